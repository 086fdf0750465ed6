"""Estimates and their variance, against R and against algebra."""

import numpy as np
import pytest

from tests.stats.oracle import BLOCKS, DESIGNS, agrees, answers, cases, design, schools
from workbench.errors import DataError, ParameterError
from workbench.stats.design import Design
from workbench.stats.rake import Margin


def sample(size=400, seed=1):
    """Return answers, weights, strata, clusters and domains without any structure to rely on."""
    rng = np.random.default_rng(seed)
    clusters = rng.integers(0, 40, size)
    return (
        rng.normal(7, 2, (size, 3)),
        rng.uniform(0.5, 5, size),
        clusters % 4,
        clusters,
        rng.integers(0, 6, size),
    )


def rows(mask):
    return np.flatnonzero(mask)


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize(
    ("case", "columns"), [("svymean", ("api00", "api99")), ("svymean_enroll", ("enroll",))]
)
def test_means_and_t_intervals_agree_with_r(block, case, columns):
    found = design(block).mean(answers(block, *columns))
    low, high = found.interval(0.95)
    for field, own in {"est": found.value, "se": found.se, "lci": low, "uci": high}.items():
        agrees(own, f"{block}.{case}", field)
    assert found.df == cases()[f"{block}.{case}"]["expected"]["df"]


@pytest.mark.parametrize("block", BLOCKS)
def test_both_design_effects_agree_with_r(block):
    found = design(block).mean(answers(block, "api00", "api99"))
    agrees(found.deff, f"{block}.svymean", "deff")
    agrees(found.deff_replace, f"{block}.svymean", "deff_replace")


@pytest.mark.parametrize("block", BLOCKS)
def test_totals_agree_with_r(block):
    found = design(block).total(answers(block, "enroll"))
    low, high = found.interval(0.95)
    for field, own in {"est": found.value, "se": found.se, "lci": low, "uci": high}.items():
        agrees(own, f"{block}.svytotal_enroll", field)
    assert found.df == cases()[f"{block}.svytotal_enroll"]["expected"]["df"]


@pytest.mark.parametrize("block", BLOCKS)
def test_ratios_agree_with_r(block):
    tested, enrolled = answers(block, "api.stu", "enroll").T
    found = design(block).ratio(tested, enrolled)
    low, high = found.interval(0.95)
    for field, own in {"est": found.value, "se": found.se, "lci": low, "uci": high}.items():
        agrees(own, f"{block}.svyratio", field)


@pytest.mark.parametrize("block", BLOCKS)
def test_shares_of_levels_agree_with_r_even_where_the_error_is_zero(block):
    levels = schools_of(block)["stype"].to_numpy()[:, None] == np.array(["E", "H", "M"])
    found = design(block).proportion(levels)
    low, high = found.interval(0.95)
    for field, own in {"est": found.value, "se": found.se, "lci": low, "uci": high}.items():
        agrees(own, f"{block}.svymean_stype", field)


@pytest.mark.parametrize("block", BLOCKS)
def test_means_by_group_and_their_covariance_agree_with_r(block):
    found, labels = design(block).by(answers(block, "api00")[:, 0], schools_of(block)["stype"])
    assert labels.tolist() == cases()[f"{block}.svyby_stype"]["expected"]["level"]
    agrees(found.value, f"{block}.svyby_stype", "est")
    agrees(found.se, f"{block}.svyby_stype", "se")
    agrees(found.covariance, f"{block}.svyby_stype", "vcov")


@pytest.mark.parametrize("block", BLOCKS)
def test_a_domain_keeps_the_units_outside_it(block):
    above = (answers(block, "api00") > 700).astype(float)
    found = design(block).proportion(above, domain=(schools_of(block)["stype"] == "E").to_numpy())
    agrees(found.value, f"{block}.subset_prop", "est")
    agrees(found.se, f"{block}.subset_prop", "se")
    assert found.df == cases()[f"{block}.subset_prop"]["expected"]["df"]


@pytest.mark.parametrize("block", BLOCKS)
def test_a_difference_of_two_domains_agrees_with_the_t_test_of_r(block):
    improved = (schools_of(block)["comp.imp"] == "Yes").to_numpy()
    found = design(block).difference(answers(block, "api00"), improved, ~improved)
    agrees(found.value, f"{block}.svyttest", "diff")
    agrees(found.value / found.se, f"{block}.svyttest", "t")


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("at", range(3))
def test_quantiles_and_woodruff_intervals_agree_with_r(block, at):
    expected = cases()[f"{block}.svyquantile"]["expected"]
    own = design(block).quantile(answers(block, "api00"), expected["p"][at])
    assert own == tuple(expected[field][at] for field in ("est", "lci", "uci"))


@pytest.mark.parametrize("block", BLOCKS)
def test_the_grid_of_domains_equals_one_estimate_after_the_other(block):
    types = schools_of(block)["stype"].map({"E": 0, "H": 1, "M": 3}).to_numpy()
    items = answers(block, "api00", "enroll")
    found = design(block).domain_means(items, types, 4)
    for group in (0, 1, 3):
        single = design(block).mean(items, domain=types == group)
        assert found.mean[group] == pytest.approx(single.value, rel=1e-13)
        assert found.se[group] == pytest.approx(single.se, rel=1e-11)
        assert found.n[group] == pytest.approx(single.n)
        assert found.df[group] == design(block).df(types == group)


def test_an_empty_domain_of_the_grid_is_missing():
    y, w, strata, clusters, domains = sample()
    found = Design.build(w, strata=strata, clusters=clusters).domain_means(y, domains, 7)
    assert np.isnan(found.mean[6]).all()
    assert np.isnan(found.se[6]).all()
    assert found.n[6].tolist() == [0, 0, 0]
    assert np.isfinite(found.mean[:6]).all()


@pytest.mark.parametrize("clustered", [True, False])
@pytest.mark.parametrize("missing", [True, False])
def test_the_grid_knows_about_raking_and_missing_answers(clustered, missing):
    y, w, strata, clusters, domains = sample()
    if missing:
        y[::7, 1] = np.nan
    plain = Design.build(w, strata=strata, clusters=clusters if clustered else None)
    raked = plain.raked(margins_of(len(w)))
    found = raked.domain_means(y, domains, 6)
    for group in range(6):
        single = raked.mean(y, domain=domains == group)
        assert found.mean[group] == pytest.approx(single.value, rel=1e-12)
        assert found.se[group] == pytest.approx(single.se, rel=1e-10)


def test_the_grid_treats_single_units_as_the_single_estimates_do():
    y, w, strata, clusters, domains = sample()
    strata = strata.copy()
    strata[clusters == 3] = 9
    for how in ("certainty", "average", "centered"):
        plain = Design.build(w, strata=strata, clusters=clusters, single_unit=how)
        for own in (plain, plain.raked(margins_of(len(w)))):
            found = own.domain_means(y, domains, 6)
            single = own.mean(y, domain=domains == 2)
            assert found.se[2] == pytest.approx(single.se, rel=1e-10)


def test_simple_random_sampling_gives_the_textbook_error():
    y = np.array([1.0, 4.0, 2.0, 8.0])
    found = Design.build(np.full(4, 25.0)).mean(y)
    assert found.se[0] == pytest.approx(y.std(ddof=1) / 2, rel=1e-14)
    assert found.deff_replace[0] == pytest.approx(1, rel=1e-14)
    assert found.effective_n[0] == pytest.approx(4, rel=1e-14)
    assert found.df == 3


def test_a_complete_sample_has_no_error():
    y = np.array([1.0, 4.0, 2.0, 8.0])
    assert Design.build(population=np.full(4, 4)).mean(y).se[0] == 0


def test_the_unequal_weights_cost_what_kish_says():
    assert Design.build([1.0, 1.0, 2.0]).kish_deff == pytest.approx(3 * 6 / 16)


def test_missing_answers_leave_the_domain_not_the_sample():
    y, w, strata, clusters, _ = sample()
    y[::5, 0] = np.nan
    found = Design.build(w, strata=strata, clusters=clusters).mean(y)
    seen = ~np.isnan(y[:, 0])
    own = Design.build(w, strata=strata, clusters=clusters).mean(
        np.where(seen, y[:, 0], 0), domain=seen
    )
    assert found.value[0] == pytest.approx(own.value[0], rel=1e-14)
    assert found.se[0] == pytest.approx(own.se[0], rel=1e-14)
    assert found.n.tolist() == [seen.sum(), 400, 400]


def test_clusters_of_one_name_in_two_strata_are_two_units():
    design = Design.build(np.ones(4), strata=[0, 0, 1, 1], clusters=["a", "b", "a", "b"])
    assert design.df() == 2


def test_a_stratum_with_one_unit_stops_by_default_and_is_named():
    with pytest.raises(DataError, match="single unit: \\['west'\\]; merge strata"):
        Design.build(np.ones(3), strata=["east", "east", "west"])


def test_the_ways_to_treat_a_single_unit_order_as_they_should():
    y, w, strata = np.array([1.0, 3, 6, 2, 9]), np.ones(5), ["a", "a", "b", "b", "c"]
    se = {
        how: Design.build(w, strata=strata, single_unit=how).mean(y).se[0]
        for how in ("certainty", "average", "centered")
    }
    certainty = Design.build(w[:4], strata=strata[:4]).total(y[:4]).se[0] / 5
    assert se["certainty"] == pytest.approx(certainty, rel=1e-12)
    assert se["average"] == pytest.approx(se["certainty"] * np.sqrt(3 / 2), rel=1e-12)
    # The mean is 4.2, so influence values add up to zero and the lone unit is off by 4.8 / 5.
    assert se["centered"] ** 2 == pytest.approx(se["certainty"] ** 2 + (4.8 / 5) ** 2, rel=1e-12)


def test_a_single_unit_that_is_its_whole_stratum_is_no_problem():
    design = Design.build(strata=["a", "a", "b"], population=[10, 10, 1])
    assert design.mean([1.0, 2.0, 3.0]).se[0] > 0


def test_an_unknown_way_to_treat_single_units_is_refused():
    with pytest.raises(ParameterError, match="single_unit must be one of"):
        Design.build(np.ones(2), single_unit="ignore")


def test_a_population_smaller_than_the_sample_is_refused():
    with pytest.raises(DataError, match="population of stage 1 is 1 in a stratum with 2"):
        Design.build(np.ones(2), population=[1, 1])


def test_a_population_that_differs_inside_a_stratum_is_refused():
    with pytest.raises(DataError, match="differs between rows of one stratum"):
        Design.build(np.ones(2), population=[10, 11])


@pytest.mark.parametrize("weights", [[1.0, -1.0], [1.0, np.nan], [0.0, 0.0]])
def test_weights_that_are_not_weights_are_refused(weights):
    with pytest.raises(DataError, match="weights must be numbers of zero or more"):
        Design.build(weights)


def test_a_missing_stratum_is_counted_in_the_error():
    with pytest.raises(DataError, match="strata of stage 1 is missing in 1 of 2 rows"):
        Design.build(np.ones(2), strata=["a", None])


def test_a_domain_must_be_a_mask():
    with pytest.raises(DataError, match="a domain is a mask of 2 booleans"):
        Design.build(np.ones(2)).mean([1.0, 2.0], domain=[0, 1])


def test_a_domain_without_answers_is_refused():
    with pytest.raises(DataError, match="no answer with a positive weight"):
        Design.build(np.ones(2)).mean([1.0, np.nan], domain=[False, True])


def test_weights_cannot_be_raked_twice():
    _, w, *_ = sample()
    raked = Design.build(w).raked(margins_of(len(w)))
    with pytest.raises(DataError, match="raked before"):
        raked.raked(margins_of(len(w)))


def schools_of(block):
    return schools(DESIGNS[block])


def margins_of(size):
    """Return two margins, of three and of two levels, over `size` rows."""
    at = np.arange(size)
    return [
        Margin("third", ("a", "b", "c"), at % 3, np.array([500.0, 300, 200])),
        Margin("half", ("x", "y"), at // 5 % 2, np.array([450.0, 550])),
    ]
