import numpy as np
import pytest
from scipy import special, stats

from workbench.errors import DataError
from workbench.stats import cycle

PD, RHO = np.array([0.001, 0.02, 0.3]), 0.08


def test_through_the_cycle_undoes_point_in_time():
    for z in (-2.0, 0.0, 1.5):
        now = cycle.point_in_time(PD, z, RHO)
        assert cycle.through_the_cycle(now, z, RHO) == pytest.approx(PD, rel=1e-12)


def test_over_all_states_of_the_economy_the_mean_is_the_long_run_pd():
    z = np.linspace(-9, 9, 20_001)
    weight = stats.norm.pdf(z) / stats.norm.pdf(z).sum()
    means = [float(np.array([cycle.point_in_time(p, at, RHO) for at in z]) @ weight) for p in PD]
    assert means == pytest.approx(PD, rel=1e-9)


def test_a_bad_year_has_a_negative_state_and_gives_its_rate_back():
    z = cycle.state(0.05, 0.02, RHO)
    assert z < 0
    assert cycle.point_in_time(0.02, z, RHO) == pytest.approx(0.05, rel=1e-12)


def test_yearly_rates_lie_in_their_interval_as_often_as_it_says():
    low, high = cycle.rate_interval(0.02, RHO, 0.9)
    z = np.random.default_rng(6).normal(size=20_000)
    rates = cycle.point_in_time(0.02, z, RHO)
    inside = np.mean((rates >= low) & (rates <= high))
    assert abs(inside - 0.9) < 3 * np.sqrt(0.9 * 0.1 / 20_000)


def test_few_years_need_a_larger_margin_than_many():
    few = cycle.margin(0.02, 5000, years=3, correlation=RHO, confidence=0.9)
    many = cycle.margin(0.02, 5000, years=30, correlation=RHO, confidence=0.9)
    assert few.sampling == many.sampling
    assert few.correlated > many.correlated > few.sampling


def test_without_correlation_the_margin_is_the_bound_of_jeffreys():
    found = cycle.margin(0.02, 5000, years=1, correlation=0.0, confidence=0.9)
    bound = special.betaincinv(100.5, 4900.5, 0.9)
    assert found.sampling == pytest.approx(bound - 0.02, rel=1e-12)
    assert found.correlated == pytest.approx(found.sampling, rel=1e-9)


def test_the_correlated_bound_covers_the_long_run_rate_as_often_as_it_says():
    random = np.random.default_rng(11)
    covered, runs, years, n = 0, 1000, 8, 4000
    for _ in range(runs):
        rates = cycle.point_in_time(0.03, random.normal(size=years), RHO)
        rate = random.binomial(n, rates).sum() / (n * years)
        own = cycle.margin(rate, n * years, years=years, correlation=RHO, confidence=0.9)
        covered += rate + own.correlated >= 0.03
    assert covered / runs >= 0.9 - 3 * np.sqrt(0.9 * 0.1 / runs)


@pytest.mark.parametrize("correlation", [-0.1, 1.0])
def test_a_correlation_that_is_none_is_refused(correlation):
    with pytest.raises(DataError, match="at least 0 and less than 1"):
        cycle.point_in_time(0.02, 0.0, correlation)


def test_a_year_without_a_default_tells_no_state():
    with pytest.raises(DataError, match="rates between 0 and 1"):
        cycle.state(0.0, 0.02, RHO)
