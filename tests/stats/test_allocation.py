"""Sharing of answers against every possible sharing of small problems."""

from itertools import product

import numpy as np
import pytest

from workbench.errors import DataError, ParameterError
from workbench.stats.allocation import Strata, rounded


def problem(seed, strata=4):
    rng = np.random.default_rng(seed)
    high = rng.integers(3, 12, strata)
    return Strata.build(
        rng.integers(20, 900, strata),
        rng.uniform(20, 90, strata),
        low=rng.integers(1, 4, strata),
        high=high,
        cost=rng.uniform(1, 9, strata),
    )


def every(strata):
    ranges = [range(a, b + 1) for a, b in zip(strata.low, strata.high, strict=True)]
    return np.array(list(product(*ranges)))


def variances(strata, shared):
    part = (strata.population * strata.deviation) ** 2
    return (part / shared).sum(axis=1) / strata.population.sum() ** 2


@pytest.mark.parametrize("seed", range(25))
def test_no_other_sharing_of_the_total_is_better(seed):
    strata = problem(seed)
    total = int((strata.low.sum() + strata.high.sum()) // 2)
    own = strata.neyman(total)
    assert own.sum() == total
    assert ((own >= strata.low) & (own <= strata.high)).all()
    others = every(strata)
    best = variances(strata, others[others.sum(axis=1) == total]).min()
    assert strata.variance(own) == pytest.approx(best, rel=1e-12)


@pytest.mark.parametrize("seed", range(25))
def test_a_budget_is_kept_and_nearly_as_well_spent_as_it_can_be(seed):
    strata = problem(seed)
    budget = float(strata.cost @ (strata.low + strata.high) / 2)
    own = strata.affordable(budget)
    assert strata.cost @ own <= budget + 1e-9
    assert ((own >= strata.low) & (own <= strata.high)).all()
    others = every(strata)
    best = variances(strata, others[others @ strata.cost <= budget + 1e-9]).min()
    assert strata.variance(own) <= 1.05 * best


def test_without_bounds_in_the_way_neyman_is_proportional_to_population_times_deviation():
    strata = Strata.build([1000, 2000, 3000], [10, 20, 30])
    assert strata.neyman(1400).tolist() == [100, 400, 900]


def test_with_costs_dear_strata_get_fewer_by_the_root_of_the_cost():
    strata = Strata.build([10_000, 10_000], [50, 50], cost=[1, 4])
    # n is proportional to 1 / √cost: 2 to 1; 2k + 4k = 600.
    assert strata.affordable(600).tolist() == [200, 100]


def test_a_budget_for_everybody_asks_everybody_and_one_for_nobody_is_refused():
    strata = Strata.build([10, 20], [1, 1], low=2, cost=3)
    assert strata.affordable(1e9).tolist() == [10, 20]
    assert strata.affordable(12).tolist() == [2, 2]
    with pytest.raises(ParameterError, match=r"cost 12\.00, above 11\.00"):
        strata.affordable(11)


def test_totals_outside_the_bounds_are_refused():
    strata = Strata.build([10, 20], [1, 1], low=5)
    assert strata.neyman(30).tolist() == [10, 20]
    for total in (9, 31):
        with pytest.raises(ParameterError, match="need 10 and can give 30"):
            strata.neyman(total)


def test_a_stratum_smaller_than_the_least_gives_all_it_has():
    assert Strata.build([3, 500], [1, 1], low=30).neyman(100).tolist() == [3, 97]


def test_strata_in_which_all_say_the_same_get_no_more_than_the_least():
    strata = Strata.build([100, 100], [0, 50], low=2)
    assert strata.neyman(40).tolist() == [2, 38]
    assert strata.variance([2, 38]) == pytest.approx(25**2 / 38)


def test_numbers_that_cannot_be_are_refused():
    for given in ({"population": [1, -2]}, {"cost": [1, 0]}, {"deviation": [np.nan, 1]}):
        with pytest.raises(DataError, match="must be numbers"):
            Strata.build(**{"population": [1, 2], "deviation": 1.0, **given})


@pytest.mark.parametrize("seed", range(20))
def test_rounding_keeps_the_total_and_moves_no_number_by_one(seed):
    rng = np.random.default_rng(seed)
    shares, total = rng.random(7) * (rng.random(7) > 0.2), int(rng.integers(1, 500))
    own = rounded(shares, total)
    assert own.sum() == total
    assert (np.abs(own - shares / shares.sum() * total) < 1).all()


def test_rounding_nothing_is_refused():
    with pytest.raises(DataError, match="not all zero"):
        rounded([0, 0], 3)
