import numpy as np
import pytest
from scipy import stats

from tests.oracles.risk.cases import case, close
from workbench.stats import grades

SCALE = {name: np.array(values, float) for name, values in case("grade_tests")["params"].items()}


def scale():
    return grades.tested(SCALE["pd"], SCALE["n"], SCALE["d"])


def test_p_values_per_grade_agree_with_the_reference():
    found = scale()
    assert found.binomial.tolist() == close("grade_tests", "binomial")
    assert found.under.tolist() == close("grade_tests", "jeffreys")
    assert found.normal.tolist() == close("grade_tests", "normal_z")
    assert found.portfolio == close("grade_tests", "jeffreys_portfolio")


def test_hosmer_lemeshow_over_the_grades_agrees_with_the_reference():
    n, pd, d = SCALE["n"], SCALE["pd"], SCALE["d"]
    statistic = np.sum((d - n * pd) ** 2 / (n * pd * (1 - pd)))
    assert stats.chi2.sf(statistic, len(pd)) == close("grade_tests", "hosmer_lemeshow_df_k")


@pytest.mark.parametrize(("count", "field"), [(5, "p_ge_5"), (10, "p_ge_10")])
def test_the_binomial_tail_agrees_with_the_published_table(count, field):
    found = grades.binomial_tail(np.array([0.01]), np.array([250.0]), np.array([count]))
    assert found[0] == close("bcbs_binomial_250_1pct", field)


def test_no_default_is_no_evidence_that_the_pd_is_too_low():
    found = grades.tested(np.array([0.01]), np.array([50.0]), np.array([0.0]))
    assert found.binomial[0] == 1
    assert found.under[0] > 0.5


def test_the_correlated_tail_agrees_with_the_bounds_of_pluto_and_tasche():
    # At the bound, no default among the cumulated cases has the chance 1 - gamma.
    own = case("pluto_tasche_correlated_0")
    cumulated = np.cumsum(own["params"]["n"][::-1])[::-1].astype(float)
    for bounds, n in zip(own["expected"]["pd"], cumulated, strict=True):
        some = grades.correlated_tail(
            np.array(bounds), np.full(6, n), np.ones(6), own["params"]["rho"]
        )
        assert some == pytest.approx(own["params"]["gamma"], rel=1e-7, abs=1e-7)


def test_without_correlation_the_tail_is_the_binomial_one():
    n, d = np.array([1200.0, 300.0]), np.array([9.0, 40.0])
    pd = np.array([0.008, 0.12])
    assert grades.correlated_tail(pd, n, d, 0.0) == pytest.approx(grades.binomial_tail(pd, n, d))


def test_correlation_makes_many_defaults_less_surprising():
    found = [
        grades.correlated_tail(np.array([0.02]), np.array([2000.0]), np.array([70.0]), rho)[0]
        for rho in (0.0, 0.02, 0.05)
    ]
    assert found == sorted(found)


def test_holm_agrees_with_r():
    # R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")
    found = grades.holm(np.array([0.01, 0.04, 0.03, 0.005]))
    assert found == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_holm_leaves_missing_p_values_out():
    found = grades.holm(np.array([0.01, np.nan, 0.5]))
    assert found[0] == pytest.approx(0.02)
    assert np.isnan(found[1])


def test_the_jeffreys_test_has_its_size():
    # Given n and PD the chance to reject is exact: sum the binomial over the rejecting counts.
    for n, pd in ((200, 0.02), (1000, 0.01), (5000, 0.03)):
        counts = np.arange(n + 1)
        rejects = grades.jeffreys(pd, n, counts) < 0.05
        size = stats.binom.pmf(counts, n, pd)[rejects].sum()
        assert 0.03 <= size <= 0.075


def test_the_detectable_ratio_is_found_with_the_stated_power():
    pd, n = np.array([0.02]), np.array([1500.0])
    ratio = grades.detectable(pd, n, level=0.05)[0]
    counts = np.arange(1501)
    rejects = grades.jeffreys(0.02, 1500, counts) < 0.05
    power = stats.binom.pmf(counts, 1500, 0.02 * ratio)[rejects].sum()
    assert power == pytest.approx(grades.POWER, abs=1e-9)
    assert ratio > 1


def test_benjamini_and_hochberg_agree_with_r():
    # R: p.adjust(c(0.01, 0.04, 0.03, 0.005, NA), "BH")
    found = grades.benjamini_hochberg(np.array([0.01, 0.04, 0.03, 0.005, np.nan]))
    assert found[:4] == pytest.approx([0.02, 0.04, 0.04, 0.02])
    assert np.isnan(found[4])


def test_yearly_rates_are_tested_with_their_own_spread():
    # By hand: mean 0.03, spread 0.01 over three years; z = (0.03 - 0.02) * sqrt(3) / 0.01.
    found = grades.multi_year(0.02, np.array([0.02, 0.03, 0.04]))
    assert found == pytest.approx(stats.norm.sf(np.sqrt(3)))
    assert np.isnan(grades.multi_year(0.02, np.array([0.02])))


def test_lights_are_green_yellow_and_red():
    found = grades.traffic_light(np.array([0.2, 0.03, 0.001]), yellow=0.05, red=0.01)
    assert found.tolist() == ["green", "yellow", "red"]


SIZES = [(100, 0.005), (500, 0.01), (2000, 0.02), (5000, 0.001)]


@pytest.mark.parametrize(("n", "pd"), SIZES)
def test_the_simulated_size_is_the_enumerated_one(n, pd):
    counts, level, runs = np.arange(n + 1), 0.05, 10_000
    defaults = np.random.default_rng(n).binomial(n, pd, runs)
    chance = stats.binom.pmf(counts, n, pd)
    own = np.full(n + 1, pd), np.full(n + 1, float(n)), counts.astype(float)
    for name, p_values in (
        ("jeffreys", grades.jeffreys(*own)),
        ("binomial", grades.binomial_tail(*own)),
        ("normal", stats.norm.sf((counts - n * pd) / np.sqrt(n * pd * (1 - pd)))),
    ):
        exact = chance[p_values < level].sum()
        simulated = (p_values[defaults] < level).mean()
        assert abs(simulated - exact) <= 3 * np.sqrt(exact * (1 - exact) / runs), name


def test_a_small_grade_has_a_jeffreys_test_of_twice_its_level():
    counts = np.arange(101)
    rejects = grades.jeffreys(0.005, 100, counts) < 0.05
    assert stats.binom.pmf(counts, 100, 0.005)[rejects].sum() == pytest.approx(0.09, abs=5e-4)


@pytest.mark.parametrize("rho", [0.0, 0.01, 0.05])
def test_the_ratio_found_when_defaults_move_together_has_the_stated_power(rho):
    pd, n = np.array([0.004, 0.02, 0.15]), np.array([3000.0, 1500.0, 80.0])
    ratio = grades.detectable_correlated(pd, n, correlation=rho, level=0.05)
    for own, size, times in zip(pd, n, ratio, strict=True):
        counts = np.arange(1, min(int(size), 130) + 1, dtype=float)
        tails = grades.correlated_tail(
            np.full(len(counts), own), np.full(len(counts), size), counts, rho
        )
        least = counts[tails < 0.05][:1]
        reached = grades.correlated_tail(np.array([own * times]), np.array([size]), least, rho)
        assert reached[0] == pytest.approx(grades.POWER, abs=1e-6)


def test_what_moves_together_is_found_later():
    pd, n = np.array([0.01]), np.array([5000.0])
    found = [
        grades.detectable_correlated(pd, n, correlation=rho, level=0.05)[0]
        for rho in (0.0, 0.01, 0.04)
    ]
    assert found == sorted(found)
    assert found[2] > 1.5 * found[0]


def test_too_few_cases_find_nothing():
    found = grades.detectable_correlated(
        np.array([0.5]), np.array([3.0]), correlation=0.05, level=0.05
    )
    assert np.isnan(found[0])


def test_years_that_differ_find_less():
    # By hand: spread 0.01, three years; 1 + (1.6449 + 0.8416) * 0.01 / sqrt(3) / 0.02.
    found = grades.detectable_years(0.02, np.array([0.02, 0.03, 0.04]), level=0.05)
    assert found == pytest.approx(1 + 2.486474 * 0.01 / np.sqrt(3) / 0.02, rel=1e-5)
    random = np.random.default_rng(4)
    drawn = random.normal(0.02 * found, 0.01, (20_000, 3)).mean(axis=1)
    power = (drawn > 0.02 + 1.644854 * 0.01 / np.sqrt(3)).mean()
    assert power == pytest.approx(grades.POWER, abs=0.01)
    assert np.isnan(grades.detectable_years(0.02, np.array([0.02]), level=0.05))


def defaults_together(n, pd, rho, runs, seed):
    """Return defaults of portfolios that one factor moves, drawn given the factor."""
    random = np.random.default_rng(seed)
    factor = random.normal(size=runs)
    shifted = (stats.norm.ppf(pd) - np.sqrt(rho) * factor) / np.sqrt(1 - rho)
    return random.binomial(n, stats.norm.cdf(shifted))


@pytest.mark.parametrize(("n", "pd", "wrong"), [(500, 0.01, 0.09), (5000, 0.02, 0.25)])
def test_the_correlated_test_has_its_enumerated_size_and_the_independent_one_fails(n, pd, wrong):
    rho, level, runs = 0.04, 0.05, 10_000
    counts = np.arange(n + 1, dtype=float)
    own = np.full(n + 1, pd), np.full(n + 1, float(n)), counts
    few = slice(0, int(n * 4 * pd) + 1)
    together = np.zeros(n + 1)
    together[few] = grades.correlated_tail(*(each[few] for each in own), rho)
    drawn = defaults_together(n, pd, rho, runs, seed=n)
    least = int(counts[together < level][0])
    exact = together[least]
    simulated = (drawn >= least).mean()
    assert exact <= level
    assert abs(simulated - exact) <= 3 * np.sqrt(exact * (1 - exact) / runs)
    independent = grades.binomial_tail(*own) < level
    assert independent[drawn].mean() > wrong
