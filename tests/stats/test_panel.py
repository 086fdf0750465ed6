"""Change between waves: against stacked designs where those are exact, and by simulation."""

import numpy as np
import pytest

from workbench.stats.design import Design
from workbench.stats.panel import change


def answers(size, seed):
    return np.random.default_rng(seed).normal(7, 2, (size, 2))


def test_separate_samples_equal_domains_of_a_stacked_design():
    now, before = answers(60, 1), answers(80, 2)
    strata = np.arange(140) % 4 + np.where(np.arange(140) < 60, 0, 10)
    weights = np.linspace(1, 3, 140)
    stacked = Design.build(weights, strata=strata)
    wave = np.arange(140) < 60
    expected = stacked.difference(np.vstack([now, before])[:, 0], wave, ~wave)
    own = change(
        Design.build(weights[wave], strata=strata[wave], clusters=np.arange(60)),
        Design.build(weights[~wave], strata=strata[~wave], clusters=np.arange(60, 140)),
        y_now=now,
        y_before=before,
    )
    assert own.value[0] == pytest.approx(expected.value[0], rel=1e-12)
    assert own.se[0] == pytest.approx(expected.se[0], rel=1e-12)
    assert own.df == expected.df


def test_the_same_people_asked_twice_give_the_paired_difference():
    before = answers(50, 3)
    now = before + np.random.default_rng(4).normal(0.5, 1, before.shape)
    order = np.random.default_rng(5).permutation(50)
    own = change(
        Design.build(np.ones(50), clusters=np.arange(50)),
        Design.build(np.ones(50), clusters=np.arange(50)[order]),
        y_now=now,
        y_before=before[order],
    )
    paired = Design.build(np.ones(50)).mean(now - before)
    assert own.value == pytest.approx(paired.value, rel=1e-12)
    assert own.covariance == pytest.approx(paired.covariance, rel=1e-12)
    assert own.df == 49


def test_samples_without_names_count_as_independent():
    now, before = answers(40, 6), answers(40, 7)
    one, other = Design.build(np.ones(40)), Design.build(np.ones(40))
    own = change(one, other, y_now=now, y_before=before)
    assert own.covariance == pytest.approx(
        one.mean(now).covariance + other.mean(before).covariance, rel=1e-12
    )


def test_the_error_of_a_change_is_right_when_half_the_sample_stays():
    """Two stratified waves of 200 + 200, half of each stratum kept, answers correlated 0.7."""
    rng = np.random.default_rng(8)
    strata = np.repeat([0, 1], 200)
    people_before = np.arange(400)
    people_now = np.where(np.arange(400) % 2 == 0, people_before, people_before + 1000)
    stays = people_now == people_before
    shares = np.where(strata == 0, 0.8, 0.2) / 200
    changes, errors = [], []
    for _ in range(400):
        before = rng.normal(np.where(strata == 0, 5.0, 8.0), 2)
        fresh = rng.normal(np.where(strata == 0, 5.0, 8.0), 2)
        level = np.where(strata == 0, 5.0, 8.0)
        kept = level + 0.7 * (before - level) + np.sqrt(1 - 0.49) * rng.normal(0, 2, 400)
        now = np.where(stays, kept, fresh)
        own = change(
            Design.build(shares, strata=strata, clusters=people_now),
            Design.build(shares, strata=strata, clusters=people_before),
            y_now=now,
            y_before=before,
        )
        changes.append(own.value[0])
        errors.append(own.se[0])
    true = np.std(changes)
    assert np.mean(errors) == pytest.approx(true, rel=0.08)
    assert abs(np.array(changes) < 1.96 * np.array(errors)).mean() > 0.9
    ignoring = np.sqrt(2 * (0.8**2 + 0.2**2) * 4 / 200)
    assert ignoring > 1.15 * true
