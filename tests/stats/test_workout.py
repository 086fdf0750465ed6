"""Losses from workouts that are partly open: by hand, against R, and by simulation."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.errors import DataError
from workbench.stats import logit, loss_tests, workout
from workbench.stats.discrimination import auc
from workbench.stats.workout import Workouts

ORACLES = Path(__file__).parents[1] / "oracles" / "risk"


def test_recoveries_are_discounted_at_the_loans_own_rate():
    flows = (np.array([0, 0, 1, 1]), np.array([6, 12, 1, 40]), np.array([30.0, 20.0, 5.0, 99.0]))
    found = workout.discounted(flows, np.array([100.0, 10.0]), np.array([0.1, 0.21]), 36)
    assert found[0].sum() == pytest.approx(0.3 * 1.1**-0.5 + 0.2 / 1.1, abs=1e-15)
    assert found[1].sum() == pytest.approx(0.5 * 1.21 ** (-1 / 12), abs=1e-15)
    assert found[1, 36:].size == 0


def test_a_loan_put_right_loses_nothing_whatever_came_in_before_and_behind():
    recovered = np.array([[0.2, 0.0, 0.0, 0.7], [0.1, 0.1, 0.1, 0.1]])
    found = workout.with_cures(recovered, np.array([3, 0]))
    assert found.sum(axis=1).tolist() == pytest.approx([1.0, 0.4])
    assert found[0].tolist() == pytest.approx([0.2, 0.0, 0.8, 0.0])
    assert recovered[0, 3] == 0.7


def test_three_workouts_by_hand():
    """Month 1: (.5 + 0 + .3) / 3; month 2: (0 + .4) / 2, the third is not seen then."""
    recovered = np.array([[0.5, 0.0, 0.0], [0.0, 0.4, 0.1], [0.3, 0.0, 0.0]])
    made = Workouts(recovered, np.array([2, 3, 1]))
    found = workout.loss(made, np.array([0, 1, 2]))
    assert found.months == 2
    assert found.value == pytest.approx(1 - 0.8 / 3 - 0.4 / 2)
    mean = np.array([0.8 / 3, 0.2])
    own = -np.array([0.5 - mean[0] + 1.5 * (0 - 0.2), -mean[0] + 1.5 * 0.2, 0.3 - mean[0]])
    assert found.se == pytest.approx(np.sqrt(1.5 * np.sum(own**2)) / 3)
    assert found.interval(0.95) == pytest.approx(
        (found.value - 4.302652729911275 * found.se, found.value + 4.302652729911275 * found.se)
    )
    assert workout.pseudo_losses(made).mean() == pytest.approx(found.value)


def test_without_open_workouts_it_is_the_mean_and_its_standard_error():
    rng = np.random.default_rng(2)
    recovered = rng.uniform(0, 0.05, (40, 12))
    made = Workouts(recovered, np.full(40, 12))
    lost = 1 - recovered.sum(axis=1)
    found = workout.loss(made, np.arange(40))
    assert found.value == pytest.approx(lost.mean(), abs=1e-14)
    assert found.se == pytest.approx(lost.std(ddof=1) / np.sqrt(40), abs=1e-14)
    np.testing.assert_allclose(workout.pseudo_losses(made), lost, atol=1e-13)


def test_pseudo_losses_are_the_jackknifes():
    rng = np.random.default_rng(4)
    made = Workouts(rng.uniform(0, 0.1, (400, 6)), rng.integers(1, 9, 400))
    whole = workout.loss(made, np.arange(400)).value
    for row in (0, 17, 399):
        rest = made.take(np.delete(np.arange(400), row))
        left = workout.loss(rest, np.arange(399)).value
        own = 400 * whole - 399 * left
        assert workout.pseudo_losses(made)[row] == pytest.approx(own, abs=0.004)


def test_several_defaults_of_one_customer_widen_the_interval():
    rng = np.random.default_rng(3)
    one = rng.uniform(0, 0.2, (30, 4))
    made = Workouts(np.repeat(one, 2, axis=0), np.full(60, 4))
    alone = workout.loss(made, np.arange(60)).se
    together = workout.loss(made, np.repeat(np.arange(30), 2)).se
    assert together == pytest.approx(alone * np.sqrt(2), rel=0.02)


def test_no_default_observed_is_an_error():
    with pytest.raises(DataError, match="observed for a month"):
        workout.loss(Workouts(np.zeros((3, 5)), np.zeros(3, dtype=int)), np.arange(3))


def drawn(rng, n, months=24):
    """Draw workouts that end in cash at once, slowly in parts, or never; the mean loss is known.

    A fifth is paid back in the first three months, and half brings 3 % in each of 24 months.
    """
    kind = rng.choice(3, n, p=[0.2, 0.5, 0.3])
    recovered = np.zeros((n, months))
    quick = np.flatnonzero(kind == 0)
    recovered[quick, rng.integers(0, 3, len(quick))] = 1.0
    slow = kind == 1
    recovered[slow] = rng.uniform(0.02, 0.04, (slow.sum(), months))
    observed = rng.integers(1, 49, n)
    seen = np.where(observed[:, None] > np.arange(months), recovered, 0.0)
    return Workouts(seen, observed), kind


TRUTH = 1 - 0.2 - 0.5 * 0.72


def test_the_planted_loss_is_recovered_where_the_naive_ones_err():
    made, kind = drawn(np.random.default_rng(1), 40_000)
    found = workout.loss(made, np.arange(40_000))
    assert found.value == pytest.approx(TRUTH, abs=4 * found.se)
    assert found.se < 0.003
    lost = 1 - made.recovered.sum(axis=1)
    ended = (made.observed >= 24) | (lost < 1e-9)
    assert lost[ended].mean() < TRUTH - 0.05
    assert lost.mean() > TRUTH + 0.05
    assert kind.shape == (40_000,)


def test_intervals_cover_the_planted_loss():
    """95 % intervals of 1,000 samples of 120: within three errors of 95 %, 92.9 to 97.1 %."""
    rng = np.random.default_rng(20260930)
    hits = 0
    for _ in range(1000):
        made, _ = drawn(rng, 120)
        low, high = workout.loss(made, np.arange(120)).interval(0.95)
        hits += low <= TRUTH <= high
    assert 929 <= hits <= 971


def test_a_regression_on_pseudo_losses_finds_planted_coefficients_with_open_workouts():
    rng = np.random.default_rng(8)
    n = 30_000
    cover = rng.uniform(0, 1, n)
    rate = 1 - 1 / (1 + np.exp(-(0.8 - 2.0 * cover)))
    lucky = rng.random(n) < rate
    recovered = np.zeros((n, 12))
    recovered[np.flatnonzero(lucky), rng.integers(0, 12, lucky.sum())] = 1.0
    observed = rng.integers(1, 25, n)
    made = Workouts(np.where(observed[:, None] > np.arange(12), recovered, 0.0), observed)
    found = logit.fit(cover[:, None], workout.pseudo_losses(made))
    assert found.coefficients == pytest.approx([0.8, -2.0], abs=0.15)
    naive = logit.fit(cover[:, None], 1 - made.recovered.sum(axis=1))
    assert naive.coefficients[0] > 0.8 + 0.3


def test_tables_become_workouts():
    loans = pd.DataFrame(
        {
            "loan_id": ["A", "B", "C"],
            "defaulted_on": pd.to_datetime(["2025-01-31", "2025-02-28", "2025-03-31"]),
            "exposure": [100.0, 200.0, 50.0],
            "rate": [0.06, 0.05, 0.04],
            "observed_months": [9, 8, 7],
            "cured_month": [0, 0, 2],
        }
    )
    rows = [
        ("A", "2025-01-31", 10.0),
        ("A", "2025-07-31", 40.0),
        ("B", "2025-01-31", 99.0),
        ("D", "2025-07-31", 99.0),
    ]
    recoveries = pd.DataFrame(rows, columns=["loan_id", "month_end", "recovered"])
    recoveries["month_end"] = pd.to_datetime(recoveries["month_end"])
    made = workout.of_loans(loans, recoveries, months=12, cost_share=0.1, premium=0.04)
    expected = 0.9 * (0.1 * 1.1 ** (-1 / 12) + 0.4 * 1.1 ** (-6 / 12))
    assert made.recovered.sum(axis=1).tolist() == pytest.approx([expected, 0.0, 1.0])
    assert made.observed.tolist() == [9, 8, 7]


def test_the_fractional_logit_agrees_with_r():
    cases = pd.read_csv(ORACLES / "fractional_logit.csv", comment="#", skipinitialspace=True)
    fit = pd.read_csv(ORACLES / "fractional_logit_fit.csv", comment="#", skipinitialspace=True)
    x = cases[["cover", "pledge"]].to_numpy(float)
    clusters = pd.factorize(cases["customer"])[0].astype(np.intp)
    found = logit.fit(x, cases["loss"].to_numpy(float), clusters=clusters)
    np.testing.assert_allclose(found.coefficients, fit["coefficient"], rtol=0, atol=1e-10)
    np.testing.assert_allclose(found.standard_errors, fit["robust"], rtol=0, atol=1e-10)


def test_the_level_test_by_hand():
    found = loss_tests.level(np.array([0.4, 0.5, 0.6]), np.array([0.5, 0.5, 0.9]))
    assert found.difference == pytest.approx(0.4 / 3)
    assert found.se == pytest.approx(np.std([0.1, 0.0, 0.3], ddof=1) / np.sqrt(3))
    assert found.t == pytest.approx(1.5118578920369088)
    assert found.p_value == pytest.approx(0.5 - np.sqrt(16 / 30) / 2, abs=1e-14)
    assert loss_tests.level(np.array([0.4, 0.4]), np.array([0.4, 0.4])).p_value == 0.5


def test_the_size_of_the_level_test():
    """One-sided 5 % among 4,000 true predictions: within three errors, 3.97 to 6.03 %."""
    rng = np.random.default_rng(12)
    p = [loss_tests.level(np.full(60, 0.5), rng.normal(0.5, 0.3, 60)).p_value for _ in range(4000)]
    assert 159 <= np.sum(np.array(p) < 0.05) <= 241


def test_somers_d_by_hand():
    """Rows 0, 1 of (3, 1) and (1, 2): 6 pairs agree, 1 does not, of 12 with unequal rows."""
    d, se = loss_tests.somers(np.array([[3.0, 1.0], [1.0, 2.0]]))
    assert d == pytest.approx((6 - 1) / 12)
    apart = np.array([[2.0, -1.0], [-1.0, 3.0]])
    n, total, untied = np.array([[3.0, 1.0], [1.0, 2.0]]), 10.0, 24.0
    spread = untied * apart - total * (7 - np.array([[4.0], [3.0]]))
    assert se == pytest.approx(2 / untied**2 * np.sqrt((n * spread**2).sum()))


def test_with_two_outcomes_the_generalised_area_is_the_area():
    rng = np.random.default_rng(5)
    events = (rng.random(600) < 0.3).astype(float)
    score = np.round(0.3 * events + rng.uniform(0, 0.7, 600), 1)
    found = loss_tests.ranking(score, events)
    expected = auc(score, events)
    assert found.value == pytest.approx(expected.value, abs=1e-12)
    assert found.se == pytest.approx(np.sqrt(expected.variance), rel=0.03)


def test_a_ranking_needs_different_losses():
    with pytest.raises(DataError, match="one class"):
        loss_tests.ranking(np.array([0.1, 0.2]), np.array([0.43, 0.47]))
