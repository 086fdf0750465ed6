"""Intervals for shares and the net promoter score: against R, and their coverage by simulation."""

import numpy as np
import pytest
from scipy import special

from tests.stats.oracle import BLOCKS, agrees, answers, cases, design
from workbench.errors import ParameterError
from workbench.stats.design import Design
from workbench.stats.estimate import quantile_t
from workbench.stats.proportions import (
    count_interval,
    design_interval,
    effective_n,
    promoter_interval,
    promoter_score,
    share_interval,
)

METHODS = ("logit", "likelihood", "beta", "mean", "xlogit", "asin")
COUNTS = ("wilson", "wilson_cc", "clopper_pearson", "agresti_coull", "jeffreys")


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("method", METHODS)
def test_intervals_of_designed_shares_agree_with_r(block, method):
    share = design(block).proportion((answers(block, "api00") > 700).astype(float))
    low, high = design_interval(share, method)
    fields = {"est": share.value, "lci": low, "uci": high}
    if (block, method) == ("clus2_fpc", "likelihood"):
        del fields["lci"]  # see the next test
    for field, own in fields.items():
        agrees(own, f"{block}.svyciprop_{method}", field)


def test_the_one_end_that_differs_from_r_is_where_r_interpolates():
    """R reads the ends off a coarse curve; both must lie on one level of the likelihood."""

    def level(p):
        parts = special.rel_entr([value, 1 - value], [p, 1 - p])
        return 2 * value * (1 - value) / share.se[0] ** 2 * parts.sum()

    share = design("clus2_fpc").proportion((answers("clus2_fpc", "api00") > 700).astype(float))
    value, expected = share.value[0], cases()["clus2_fpc.svyciprop_likelihood"]["expected"]
    low, high = design_interval(share, "likelihood")
    assert level(low) == pytest.approx(level(high), rel=1e-10)
    assert level(expected["lci"]) != pytest.approx(level(expected["uci"]), rel=5e-4)
    assert low == pytest.approx(expected["lci"], rel=4e-4)


@pytest.mark.parametrize("case", ["prop.0_20", "prop.1_30", "prop.48_50", "prop.150_400"])
@pytest.mark.parametrize("method", COUNTS)
def test_intervals_of_counts_agree_with_r(case, method):
    given = cases()[case]["params"]
    agrees(count_interval(given["x"], given["n"], method, given["level"]), case, method)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("answer", [0.0, 1.0])
def test_a_share_without_any_variance_still_has_an_interval(method, answer):
    share = Design.build(np.ones(20)).proportion(np.full(20, answer))
    own = design_interval(share, method)
    assert own == count_interval(20 * answer, 20, "clopper_pearson")


def test_an_unknown_method_is_refused():
    with pytest.raises(ParameterError, match="method must be one of"):
        count_interval(1, 2, "wald")


def test_promoters_passives_and_detractors_are_told_apart():
    own = promoter_score([10, 9, 8, 7, 6, 0, np.nan])
    assert own[:6].tolist() == [1, 1, 0, 0, -1, -1]
    assert np.isnan(own[6])


def test_the_promoter_interval_is_that_of_rocks():
    # 62 promoters and 23 detractors of 100, worked by hand from the paper's formula.
    own = promoter_interval(np.array([0.62]), np.array([0.23]), np.array([100.0]))
    up, down, n = 62.75 / 103, 23.75 / 103, 103
    half = quantile_t(0.95, np.inf) * np.sqrt((up + down - (up - down) ** 2) / n)
    assert (own.low[0], own.high[0]) == pytest.approx((up - down - half, up - down + half))


def test_intervals_stay_on_the_scale():
    everybody, nobody, few = np.array([1.0]), np.array([0.0]), np.array([5.0])
    assert promoter_interval(everybody, nobody, few).high[0] == 1
    assert promoter_interval(nobody, everybody, few).low[0] == -1
    assert share_interval(everybody, few).high[0] == 1
    assert share_interval(nobody, few).low[0] == 0


def test_simple_random_answers_are_all_effective():
    y = promoter_score([10, 9, 8, 7, 6, 0, 10, 3])
    found = Design.build(np.full(8, 100.0)).mean(y)
    spread = np.array([6 / 8 - found.value[0] ** 2])
    own = effective_n(spread, found.se, np.array([8.0]), np.array([8.0]), found.df)
    assert own[0] == pytest.approx(8, rel=1e-12)


def test_where_everybody_agrees_the_answers_count_by_their_weights():
    own = effective_n(np.zeros(1), np.zeros(1), np.array([10.0]), np.array([7.0]), 9)
    assert own[0] == pytest.approx(7)


def test_few_clusters_are_worth_fewer_answers():
    parts = np.array([0.8]), np.array([0.05]), np.array([200.0]), np.array([200.0])
    assert effective_n(*parts, 9)[0] < effective_n(*parts, 150)[0]


# --- coverage ---------------------------------------------------------------------------------

SIZES, SHARES = np.array([40, 40, 40]), np.array([0.1, 0.3, 0.6])
PROMOTERS, DETRACTORS = np.array([0.70, 0.55, 0.45]), np.array([0.05, 0.15, 0.25])


def waves(draws, promoters, detractors, sizes, seed):
    """Return counts of promoters and detractors (draws, strata) of stratified samples."""
    rng = np.random.default_rng(seed)
    parts = np.stack([promoters, detractors, 1 - promoters - detractors], axis=1)
    counts = np.stack(
        [rng.multinomial(n, part, size=draws) for n, part in zip(sizes, parts, strict=True)], axis=1
    )
    return counts[..., 0], counts[..., 1]


def covered(low, high, truth):
    return float(np.mean((low <= truth) & (truth <= high)))


def test_the_designed_interval_covers_where_the_naive_one_does_not():
    draws = 20_000
    up, down = waves(draws, PROMOTERS, DETRACTORS, SIZES, seed=7)
    truth = float(SHARES @ (PROMOTERS - DETRACTORS))
    p, q = up / SIZES @ SHARES, down / SIZES @ SHARES
    means = (up - down) / SIZES
    spread = ((up + down) / SIZES - means**2) / (SIZES - 1)
    se, n = np.sqrt(spread @ SHARES**2), np.full(draws, float(SIZES.sum()))
    kish = np.full(draws, 1 / float((SHARES**2 / SIZES).sum()))
    size = effective_n(p + q - (p - q) ** 2, se, n, kish, float(SIZES.sum() - 3))
    own = promoter_interval(p, q, size)
    naive = 1.96 * np.sqrt((p + q - (p - q) ** 2) / n)
    assert 0.935 <= covered(own.low, own.high, truth) <= 0.965
    assert covered(p - q - naive, p - q + naive, truth) < 0.90


def test_the_error_in_the_simulation_is_that_of_the_design():
    up, down = (part[0] for part in waves(1, PROMOTERS, DETRACTORS, SIZES, seed=7))
    y = np.concatenate(
        [np.repeat([1, -1, 0], [u, d, n - u - d]) for u, d, n in zip(up, down, SIZES, strict=True)]
    )
    strata = np.repeat(np.arange(3), SIZES)
    found = Design.build((SHARES / SIZES)[strata], strata=strata).mean(y)
    means = (up - down) / SIZES
    spread = ((up + down) / SIZES - means**2) / (SIZES - 1)
    assert found.se[0] == pytest.approx(np.sqrt(spread @ SHARES**2), rel=1e-12)


@pytest.mark.parametrize("n", [30, 50, 100])
def test_extreme_scores_of_small_groups_are_covered(n):
    up, down = waves(20_000, np.array([0.92]), np.array([0.02]), np.array([n]), seed=n)
    p, q = up[:, 0] / n, down[:, 0] / n
    own = promoter_interval(p, q, np.full(len(p), float(n)))
    wald = 1.96 * np.sqrt((p + q - (p - q) ** 2) / n)
    assert 0.935 <= covered(own.low, own.high, 0.9) <= 0.985
    assert covered(p - q - wald, p - q + wald, 0.9) < covered(own.low, own.high, 0.9)


@pytest.mark.parametrize("n", [30, 100])
def test_high_satisfaction_of_small_groups_is_covered(n):
    rng = np.random.default_rng(n)
    p = rng.binomial(n, 0.94, 20_000) / n
    own = share_interval(p, np.full(len(p), float(n)))
    assert 0.935 <= covered(own.low, own.high, 0.94) <= 0.99
