"""Importance of drivers against R relaimpo, brute force and algebra."""

from itertools import permutations

import numpy as np
import pytest

from tests.stats.oracle import real_case, real_inputs
from workbench.errors import DataError
from workbench.stats import drivers

NAMES = ["IMAG", "EXPE", "QUAL", "VAL"]


def drawn(p, seed=1, size=400):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(size, p)) + rng.normal(size=(size, 1))
    return x @ rng.normal(size=p) + rng.normal(size=size), x, rng.uniform(0.5, 3, size)


def importance(y, x, weights):
    return drivers.importance(*drivers.correlations(y, x, weights))


@pytest.mark.parametrize("field", ["lmg", "johnson", "first", "last"])
def test_four_drivers_agree_with_relaimpo(field):
    table = real_inputs("satisfaction_scores")
    own = importance(table["SAT"], table[NAMES], np.ones(len(table)))
    expected = real_case("satisfaction.relimp")["expected"]
    assert getattr(own, field) == pytest.approx(np.array(list(expected[field].values())), rel=1e-8)
    assert own.r_squared == pytest.approx(expected["R2"], rel=1e-8)


def test_weights_count_as_in_relaimpo():
    table = real_inputs("satisfaction_scores_w")
    own = importance(table["SAT"], table[NAMES], table["w"])
    expected = real_case("satisfaction.relimp_weighted")["expected"]
    assert own.lmg == pytest.approx(np.array(list(expected["lmg"].values())), rel=1e-8)
    assert own.johnson == pytest.approx(np.array(list(expected["genizi"].values())), rel=1e-8)


def test_twelve_items_agree_with_relaimpo():
    table = real_inputs("satisfaction_items12")
    own = importance(table.iloc[:, 0], table.iloc[:, 1:], np.ones(len(table)))
    expected = real_case("satisfaction.items12.lmg")["expected"]
    assert own.lmg == pytest.approx(np.array(list(expected["lmg"].values())), rel=1e-8)
    assert own.johnson == pytest.approx(np.array(list(expected["genizi"].values())), rel=1e-8)


@pytest.mark.parametrize("seed", range(5))
def test_lmg_is_the_mean_gain_over_all_orders(seed):
    y, x, weights = drawn(5, seed)
    among, with_answer = drivers.correlations(y, x, weights)
    gains = np.zeros(5)

    def explained(chosen):
        part = list(chosen)
        if not part:
            return 0.0
        return with_answer[part] @ np.linalg.solve(among[np.ix_(part, part)], with_answer[part])

    orders = list(permutations(range(5)))
    for order in orders:
        for at, driver in enumerate(order):
            gains[driver] += explained(order[: at + 1]) - explained(order[:at])
    assert drivers.importance(among, with_answer).lmg == pytest.approx(gains / len(orders), 1e-10)


@pytest.mark.parametrize("p", [1, 2, 9])
def test_the_shares_add_up_to_r_squared(p):
    own = importance(*drawn(p))
    assert own.lmg.sum() == pytest.approx(own.r_squared, rel=1e-12)
    assert own.johnson.sum() == pytest.approx(own.r_squared, rel=1e-12)
    assert (own.shares == own.lmg).all()


def test_uncorrelated_drivers_share_by_their_own_correlation():
    own = drivers.importance(np.eye(3), np.array([0.5, 0.3, 0.1]))
    assert own.lmg == pytest.approx([0.25, 0.09, 0.01], rel=1e-12)
    assert own.last == pytest.approx(own.first, rel=1e-12)


def test_beyond_twenty_drivers_johnson_serves():
    own = importance(*drawn(21))
    assert own.lmg is None
    assert own.shares.sum() == pytest.approx(own.r_squared, rel=1e-10)


def test_rows_with_a_missing_value_do_not_count():
    y, x, weights = drawn(3)
    holed = x.copy()
    holed[::7, 1] = np.nan
    kept = np.isfinite(holed).all(axis=1)
    own, other = importance(y, holed, weights), importance(y[kept], x[kept], weights[kept])
    assert own.lmg == pytest.approx(other.lmg, rel=1e-12)


def test_what_has_no_importance_is_refused():
    y, x, weights = drawn(3)
    with pytest.raises(DataError, match="combination of the others"):
        importance(y, np.column_stack([x, x[:, 0] + x[:, 1]]), weights)
    with pytest.raises(DataError, match="does not vary"):
        importance(y, np.column_stack([x, np.ones(len(y))]), weights)
    with pytest.raises(DataError, match="too few for 3 drivers"):
        importance(y[:4], x[:4], weights[:4])
