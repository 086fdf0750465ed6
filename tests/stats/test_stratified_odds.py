"""Odds ratios over strata: against R's mantelhaen.test, by simulation, and at the edges."""

import numpy as np
import pytest

from workbench.stats.stratified_odds import odds_ratio

# UCBAdmissions (R datasets): admitted men, admitted women, rejected men, rejected women.
ADMISSIONS = (
    *((512, 89, 313, 19), (353, 17, 207, 8), (120, 202, 205, 391)),
    *((138, 131, 279, 244), (53, 94, 138, 299), (22, 24, 351, 317)),
)
KINDS = ((1, 1), (1, 0), (0, 1), (0, 0))


def rows(cells):
    event, exposed, strata = [], [], []
    for stratum, counts in enumerate(cells):
        for (happened, inside), count in zip(KINDS, counts, strict=True):
            event += [happened] * count
            exposed += [inside] * count
            strata += [stratum] * count
    return np.array(event, bool), np.array(exposed, bool), np.array(strata)


def test_it_agrees_with_r():
    # mantelhaen.test(UCBAdmissions, correct = FALSE), R 4.2.2.
    found = odds_ratio(*rows(ADMISSIONS))
    assert found.value == pytest.approx(0.9046968, abs=5e-8)
    assert found.low == pytest.approx(0.7719074, abs=5e-8)
    assert found.high == pytest.approx(1.0603298, abs=5e-8)


def test_intervals_cover_and_nothing_is_seldom_something():
    rng = np.random.default_rng(4)
    inside, found = 0, 0
    for draw in range(600):
        truth = 1.0 if draw % 2 else 1.8
        strata = rng.integers(0, 4, 700)
        exposed = rng.random(700) < np.array([0.1, 0.3, 0.5, 0.2])[strata]
        odds = np.array([0.5, 1.0, 1.5, 0.8])[strata] * np.where(exposed, truth, 1.0)
        result = odds_ratio(rng.random(700) < odds / (1 + odds), exposed, strata)
        inside += result.low < truth < result.high
        found += draw % 2 and result.p_value < 0.05
    assert 0.93 <= inside / 600 <= 0.97
    assert found / 300 <= 0.05 + 3 * (0.05 * 0.95 / 300) ** 0.5


@pytest.mark.parametrize("cells", [[(5, 0, 0, 5)], [(0, 0, 4, 4)]])
def test_where_nothing_can_be_told_it_is_missing(cells):
    assert np.isnan(odds_ratio(*rows(cells)).value)


def test_no_rows_tell_nothing():
    none = np.array([], dtype=bool)
    assert np.isnan(odds_ratio(none, none, np.array([], dtype=np.intp)).p_value)
