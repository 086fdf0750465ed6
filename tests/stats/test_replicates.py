"""Replicate weights against R and against linearisation."""

import numpy as np
import pytest

from tests.stats.oracle import agrees, schools
from workbench.errors import DataError, ParameterError
from workbench.stats import replicates
from workbench.stats.design import Design
from workbench.stats.rake import Margin

MARGINS = {
    "stype": {"E": 4421, "H": 755, "M": 1018},
    "sch.wide": {"No": 1072, "Yes": 5122},
}


def margins(table):
    for name, counts in MARGINS.items():
        codes = table[name].map({level: at for at, level in enumerate(counts)}).to_numpy()
        yield Margin(name, tuple(counts), codes, np.array(list(counts.values()), float))


def compared(own, table, case):
    whole, values = own.means(table[["api00", "enroll"]].to_numpy(float))
    se = np.sqrt(np.diag(own.covariance(values)))
    agrees(whole, case, "est")
    agrees(se, case, "se")
    agrees(whole - 1.959963984540054 * se, case, "lci")


def test_leaving_out_clusters_agrees_with_r():
    table = schools("apiclus1")
    own = replicates.jackknife(Design.build(table["pw"], clusters=table["dnum"]))
    compared(own, table, "clus1.JK1")


def test_leaving_out_units_of_strata_agrees_with_r():
    table = schools("apistrat")
    own = replicates.jackknife(Design.build(table["pw"], strata=table["stype"]))
    compared(own, table, "strat.JKn")


def test_raked_replicates_agree_with_r():
    table = schools("apiclus1")
    own = replicates.jackknife(Design.build(table["pw"], clusters=table["dnum"]))
    compared(own.raked(list(margins(table))), table, "clus1.JK1_rake")


@pytest.mark.parametrize("population", [False, True])
def test_the_bootstrap_agrees_with_linearisation(population):
    table = schools("apistrat")
    sizes = table["fpc"] if population else None
    design = Design.build(table["pw"], strata=table["stype"], population=sizes)
    own = replicates.bootstrap(design, 4000, seed=1)
    y = table[["api00", "enroll"]].to_numpy(float)
    _, values = own.means(y)
    # The error of a standard error from 4,000 replicates is 1 / sqrt(8000), here times four.
    assert np.sqrt(np.diag(own.covariance(values))) == pytest.approx(design.mean(y).se, rel=0.045)


def test_a_statistic_of_weights_is_computed_on_every_replicate():
    table = schools("apiclus1")
    own = replicates.jackknife(Design.build(table["pw"], clusters=table["dnum"]))
    y = table["api00"].to_numpy(float)
    values = own.values(lambda w: np.array([w @ y / w.sum()]))
    assert values == pytest.approx(own.means(y)[1], rel=1e-12)


def test_the_same_seed_gives_the_same_replicates():
    design = Design.build(np.ones(20))
    one, two, other = (replicates.bootstrap(design, 5, seed=seed).sets for seed in (3, 3, 4))
    assert (one == two).all()
    assert not (one == other).all()


def test_what_cannot_be_resampled_is_refused():
    lone = Design.build(np.ones(2), strata=["a", "b"], single_unit="certainty")
    with pytest.raises(DataError, match="every stratum has a single unit"):
        replicates.jackknife(lone)
    with pytest.raises(ParameterError, match="at least 2 replicates"):
        replicates.bootstrap(Design.build(np.ones(3)), 1, seed=1)
    margin = Margin("half", ("x", "y"), np.array([0, 1, 1]), np.array([5.0, 5.0]))
    with pytest.raises(DataError, match="make replicates first"):
        replicates.jackknife(Design.build(np.ones(3)).raked([margin]))


def test_a_single_unit_is_in_every_replicate():
    design = Design.build(np.ones(5), strata=["a", "a", "a", "a", "b"], single_unit="certainty")
    y = np.array([1.0, 3, 6, 2, 9])
    left_out = replicates.jackknife(design)
    assert len(left_out.sets) == 4
    assert (left_out.sets[:, 4] == 1).all()
    assert (replicates.bootstrap(design, 9, seed=1).sets[:, 4] == 1).all()
    _, values = left_out.means(y)
    # A mean of 4.2 with one stratum known: linearisation with `certainty`, up to curvature.
    assert np.sqrt(left_out.covariance(values))[0, 0] == pytest.approx(
        design.mean(y).se[0], rel=0.12
    )


def test_a_level_without_rows_in_a_replicate_does_not_stop_the_others():
    codes = np.r_[np.zeros(30, int), 1]
    margin = Margin("rare", ("often", "once"), codes, np.array([300.0, 10.0]))
    drawn = replicates.bootstrap(Design.build(np.ones(31)), 50, seed=2).raked([margin])
    assert np.isfinite(drawn.sets).all()
    there = drawn.sets[:, 30] > 0
    assert 10 < there.sum() < 50
    assert drawn.sets[there].sum(axis=1) == pytest.approx(310, rel=1e-9)
