"""Sizes against closed forms, and against how often simulated waves do what they promise."""

import numpy as np
import pytest
from statsmodels.stats.power import NormalIndPower

from workbench.errors import ParameterError
from workbench.stats.sample_size import Precision

CHANCES = [0.25, 0.3, 0.45]
DEVIATION = float(np.sqrt(1e4 * (0.7 - 0.2**2)))


def waves(seed, n, draws, shift=0.0):
    """Return the net promoter score of `draws` simple random waves of `n` answers."""
    chances = np.add(CHANCES, [-shift / 2, 0, shift / 2])
    said = np.random.default_rng(seed).multinomial(n, chances, draws)
    return 100 * (said[:, 2] - said[:, 0]) / n


def test_a_share_within_five_points_takes_384_answers():
    assert Precision(0.5).for_margin(0.05) == pytest.approx(384.1459, abs=1e-4)
    assert Precision(0.5, deff=1.5).for_margin(0.05) == pytest.approx(576.2188, abs=1e-4)


def test_a_small_population_takes_fewer():
    # Cochran (1977), 4.4: p = 0.5, d = 0.05, t = 2, N = 4000 gives 400 / (1 + 400 / 4000) = 364.
    confidence = 2 * 0.977249868 - 1
    size = Precision(0.5, confidence=confidence).for_margin(0.05, 4000)
    assert size == pytest.approx(400 / 1.1, rel=1e-6)
    assert Precision(0.5).for_margin(0.05, 40) < 40


def test_the_margin_of_the_answers_needed_is_the_margin_wanted():
    own = Precision(80, deff=1.4, confidence=0.9)
    for population in (np.inf, 900.0):
        assert own.margin(own.for_margin(4, population), population) == pytest.approx(4)


def test_the_answers_for_a_change_are_those_of_statsmodels():
    own = Precision(DEVIATION, deff=1.3, power=0.9)
    peer = NormalIndPower().solve_power(
        effect_size=8 / (DEVIATION * np.sqrt(1.3)), alpha=0.05, power=0.9
    )
    assert own.for_change(8) == pytest.approx(peer, rel=1e-4)


def test_a_wave_before_of_another_size_is_counted():
    own = Precision(80)
    needed = own.for_change(8, before=2000)
    assert own.detectable(needed, before=2000) == pytest.approx(8)
    assert needed < own.for_change(8)
    assert own.for_change(8, before=500) == np.inf
    assert own.detectable(own.for_change(8)) == pytest.approx(8)


def test_the_power_is_the_one_promised():
    own, draws = Precision(DEVIATION), 4000
    n = int(np.ceil(own.for_change(8)))
    change = waves(1, n, draws, shift=0.08) - waves(2, n, draws)
    found = np.abs(change) > 1.959964 * DEVIATION * np.sqrt(2 / n)
    # Four standard errors of 4,000 draws, and the shifted wave's slightly smaller spread.
    assert found.mean() == pytest.approx(0.8, abs=0.03)


def test_the_margin_covers_as_often_as_promised():
    own = Precision(DEVIATION)
    n = int(np.ceil(own.for_margin(5)))
    inside = np.abs(waves(3, n, 4000) - 20) <= own.margin(n)
    assert inside.mean() == pytest.approx(0.95, abs=0.014)


@pytest.mark.parametrize("given", [{"deviation": -1}, {"deviation": 1, "deff": 0}])
def test_impossible_spreads_are_refused(given):
    with pytest.raises(ParameterError, match="must be above zero"):
        Precision(**given)


def test_impossible_wishes_are_refused():
    with pytest.raises(ParameterError, match="between 0 and 1"):
        Precision(1, power=1)
    with pytest.raises(ParameterError, match="the margin must be above zero"):
        Precision(1).for_margin(0)
    with pytest.raises(ParameterError, match="the change must be above zero"):
        Precision(1).for_change(-3)
