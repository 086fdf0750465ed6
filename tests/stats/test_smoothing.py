import numpy as np
import pytest
from scipy import special

from tests.oracles.risk.cases import close, validation
from workbench.errors import DataError
from workbench.stats import smoothing


def test_the_distance_of_the_curve_agrees_with_loess_of_r():
    p, _, events = validation()
    found = smoothing.calibration_distance(p, events)
    assert found.mean == close("ici_loess", "ICI")
    assert found.median == close("ici_loess", "E50")
    assert found.high == close("ici_loess", "E90")
    assert found.largest == close("ici_loess", "Emax")


def test_a_quadratic_is_followed_exactly():
    x = np.random.default_rng(1).uniform(-1, 2, 300)
    assert smoothing.loess(x, 3 - x + 2 * x**2) == pytest.approx(3 - x + 2 * x**2, abs=1e-10)


def test_many_points_give_the_curve_of_their_neighbours(monkeypatch):
    random = np.random.default_rng(2)
    p = special.expit(random.normal(-2, 1, 30_000))
    events = (random.random(30_000) < p**1.2).astype(float)
    thinned = smoothing.calibration_distance(p, events)
    monkeypatch.setattr(smoothing, "MOST", 100_000)
    whole = smoothing.calibration_distance(p, events)
    assert thinned.mean == pytest.approx(whole.mean, rel=0.01)


def test_true_probabilities_are_nearer_to_their_curve_than_halved_ones():
    random = np.random.default_rng(3)
    p = special.expit(random.normal(-2, 1, 20_000))
    events = (random.random(20_000) < p).astype(float)
    assert smoothing.calibration_distance(p, events).mean < 0.006
    # Half of the mean probability is missing on average.
    found = smoothing.calibration_distance(p / 2, events).mean
    assert found == pytest.approx(p.mean() / 2, abs=0.01)


def test_two_different_predictions_make_no_curve():
    with pytest.raises(DataError, match="three different predictions"):
        smoothing.loess(np.repeat([0.1, 0.2], 50), np.tile([0.0, 1.0], 50))


def test_true_predictions_exceed_what_chance_makes_as_often_as_it_says():
    random, beyond, runs = np.random.default_rng(5), 0, 100
    for run in range(runs):
        p = special.expit(random.normal(-2, 1, 1500))
        found = smoothing.distance_spread(
            p, (random.random(1500) < p).astype(float), draws=100, seed=run
        )
        beyond += found.mean > found.chance
    assert abs(beyond / runs - 0.05) < 3 * np.sqrt(0.05 * 0.95 / runs)


def test_the_interval_holds_the_true_distance():
    random, held, runs = np.random.default_rng(6), 0, 60
    for run in range(runs):
        p = special.expit(random.normal(-2, 1, 3000))
        # Predictions too high by a third everywhere: the true distance is known.
        events = (random.random(3000) < 0.75 * p).astype(float)
        found = smoothing.distance_spread(p, events, draws=100, seed=run)
        held += found.low <= 0.25 * p.mean() <= found.high
    assert held / runs > 0.88
