"""Raking, against R and against what raking promises."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.stats.oracle import agrees, schools
from workbench.errors import DataError
from workbench.stats.design import Design
from workbench.stats.rake import Margin, calibration, raked

SCHOOLS = schools("apiclus1")
TYPES = Margin(
    "stype",
    ("E", "H", "M"),
    pd.factorize(SCHOOLS["stype"], sort=True)[0],
    np.array([4421.0, 755, 1018]),
)
WIDE = Margin(
    "sch.wide",
    ("No", "Yes"),
    pd.factorize(SCHOOLS["sch.wide"], sort=True)[0],
    np.array([1072.0, 5122]),
)


@pytest.mark.parametrize(
    ("case", "margins"), [("clus1.rake", [TYPES, WIDE]), ("clus1.postStratify", [TYPES])]
)
def test_raked_weights_and_errors_agree_with_r(case, margins):
    design = Design.build(SCHOOLS["pw"], clusters=SCHOOLS["dnum"]).raked(margins)
    agrees(design.weights[:20], case, "weights_head")
    mean = design.mean(SCHOOLS[["api00", "enroll"]])
    total = design.total(SCHOOLS["enroll"])
    for name, found in {"mean": mean, "total": total}.items():
        low, high = found.interval(0.95, df=np.inf)
        for field, own in {"est": found.value, "se": found.se, "lci": low, "uci": high}.items():
            agrees(own, case, f"{name}.{field}")


def test_every_margin_is_reproduced():
    weights = raked(SCHOOLS["pw"].to_numpy(float), [TYPES, WIDE])
    for each in (TYPES, WIDE):
        assert np.bincount(each.codes, weights) == pytest.approx(each.population, rel=1e-11)


def test_a_share_that_a_margin_fixes_has_no_error():
    design = Design.build(SCHOOLS["pw"], clusters=SCHOOLS["dnum"]).raked([TYPES, WIDE])
    found = design.proportion(SCHOOLS["stype"] == "H")
    assert found.value[0] == pytest.approx(755 / 6194, rel=1e-11)
    assert found.se[0] == pytest.approx(0, abs=1e-12)


def test_margins_one_inside_the_other_are_no_problem():
    inner = Margin("half types", ("E", "H+M"), np.minimum(TYPES.codes, 1), np.array([4421.0, 1773]))
    both = Design.build(SCHOOLS["pw"], clusters=SCHOOLS["dnum"]).raked([TYPES, inner])
    one = Design.build(SCHOOLS["pw"], clusters=SCHOOLS["dnum"]).raked([TYPES])
    assert both.mean(SCHOOLS["api00"]).se == pytest.approx(one.mean(SCHOOLS["api00"]).se, rel=1e-11)


def test_the_weights_given_are_not_changed():
    weights = SCHOOLS["pw"].to_numpy(float)
    before = weights.copy()
    raked(weights, [TYPES])
    assert (weights == before).all()


def test_a_level_without_answers_is_named_before_any_iteration():
    branch = Margin("branch", ("A", "B"), np.zeros(3, int), np.array([10.0, 5.0]))
    with pytest.raises(DataError, match="'branch' has nobody to stand for 'B' \\(population 5\\)"):
        raked(np.ones(3), [branch])


def test_answers_without_a_population_are_named():
    branch = Margin("branch", ("A", "B"), np.array([0, 1, 1]), np.array([10.0, 0.0]))
    with pytest.raises(DataError, match="answers but no population in 'B'"):
        raked(np.ones(3), [branch])


def test_a_level_that_neither_side_has_is_no_problem():
    branch = Margin("branch", ("A", "B"), np.zeros(3, int), np.array([12.0, 0.0]))
    assert raked(np.ones(3), [branch]).tolist() == [4.0, 4.0, 4.0]


def test_margins_that_count_different_populations_are_named():
    one = Margin("segment", ("A", "B"), np.array([0, 0, 1]), np.array([10.0, 5.0]))
    other = Margin("region", ("N", "S"), np.array([0, 1, 1]), np.array([10.0, 6.0]))
    with pytest.raises(DataError, match="'segment' and 'region' count different populations: 15"):
        raked(np.ones(3), [one, other])


def test_margins_that_cannot_be_met_together_stop_with_the_worst_level():
    # Everybody in A lives in the north, so A cannot be larger than the north.
    one = Margin("segment", ("A", "B"), np.array([0, 0, 1, 1]), np.array([80.0, 20.0]))
    other = Margin("region", ("N", "S"), np.array([0, 0, 1, 1]), np.array([20.0, 80.0]))
    with pytest.raises(DataError, match=r"did not converge in 500 passes: level .* is still off"):
        raked(np.ones(4), [one, other])


def test_a_count_that_is_no_count_is_refused():
    branch = Margin("branch", ("A",), np.zeros(3, int), np.array([np.nan]))
    with pytest.raises(DataError, match="not a count"):
        raked(np.ones(3), [branch])


def test_a_margin_whose_parts_do_not_fit_is_refused():
    branch = Margin("branch", ("A",), np.array([0, 1]), np.array([2.0]))
    with pytest.raises(DataError, match="codes up to 1"):
        raked(np.ones(2), [branch])


def test_the_residuals_are_the_derivative_of_raking():
    """Rake again with every weight a little changed: no formula, the same standard error.

    The derivative takes the final weights in the fit where R takes those before raking; here it is
    the fit itself that is checked, so it gets the final weights too.
    """
    rng = np.random.default_rng(0)
    size, step = 60, 1e-5
    weights, y, at = rng.uniform(1, 3, size), rng.normal(size=size), np.arange(size)
    margins = [
        Margin("a", ("0", "1"), at // 2 % 2, np.array([70.0, 50])),
        Margin("b", ("0", "1", "2"), rng.integers(0, 3, size), np.array([40.0, 50, 30])),
    ]

    def mean(changed):
        final = raked(changed, margins, tolerance=1e-14)
        return final @ y / final.sum()

    moved = [mean(weights * (1 + s * step * (at == row))) for row in at for s in (1, -1)]
    influence = np.diff(np.reshape(moved, (size, 2))[:, ::-1], axis=1) / (2 * step)
    design = Design.build(weights, strata=at % 3)
    numeric = np.sqrt((design.stages[0].residuals(influence) ** 2).sum())
    own = design.raked(margins)
    own = replace(own, calibration=calibration(own.weights, margins))
    assert own.mean(y).se[0] == pytest.approx(numeric, rel=1e-8)
