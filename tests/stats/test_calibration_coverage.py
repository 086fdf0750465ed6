"""With the true PD as score, the intervals of calibration cover the truth as often as they say.

Seeds 1, 2, 3, … as they come; the band is the 99.8 % one of a binomial at 95 %.
"""

import numpy as np
import pytest
from scipy import special, stats

from workbench.stats import calibration
from workbench.stats.calibration import normal_quantile

LOANS, CONFIDENCE = 4000, 0.95
FACTOR = 0.01
"""Correlation of the assets when defaults move together."""


def drawn(seed, correlation=0.0):
    """Return true PDs of a light portfolio, and who defaulted."""
    random = np.random.default_rng(seed)
    pd = special.expit(random.normal(-3, 1, LOANS))
    own = random.normal(size=LOANS) * np.sqrt(1 - correlation)
    shared = random.normal() * np.sqrt(correlation)
    return pd, (own + shared < special.ndtri(pd)).astype(float)


def covered(draws, correlation=0.0):
    """Return in what share of the draws slope 1 and level 0 lie in their intervals."""
    reach, inside = normal_quantile(CONFIDENCE), []
    for seed in range(1, draws + 1):
        found = calibration.recalibration(*drawn(seed, correlation))
        inside.append(
            (
                abs(found.slope - 1) <= reach * found.slope_error,
                abs(found.in_the_large) <= reach * found.in_the_large_error,
            )
        )
    return np.mean(inside, axis=0)


def band(draws):
    low, high = stats.binom.ppf([0.001, 0.999], draws, CONFIDENCE) / draws
    return low, high


def test_the_band_is_the_stated_one():
    assert band(1000) == pytest.approx((0.927, 0.970), abs=0.001)


@pytest.mark.parametrize("draws", [50, pytest.param(1000, marks=pytest.mark.full)])
def test_true_probabilities_are_covered(draws):
    low, high = band(draws)
    slope, level = covered(draws)
    assert low <= slope <= high
    assert low <= level <= high


@pytest.mark.parametrize("draws", [50, pytest.param(1000, marks=pytest.mark.full)])
def test_a_shared_factor_breaks_the_interval_of_the_level(draws):
    slope, level = covered(draws, FACTOR)
    assert level < 0.75
    assert slope > level
