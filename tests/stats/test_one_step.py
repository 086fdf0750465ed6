import numpy as np
import pytest

from workbench.stats import logit, one_step


def sample(rows=3000, seed=41):
    random = np.random.default_rng(seed)
    design = random.normal(size=(rows, 2))
    odds = -1.5 + design @ np.array([0.7, 0.0])
    return design, (random.random(rows) < 1 / (1 + np.exp(-odds))).astype(float)


def test_the_spread_is_that_of_fits_on_resampled_rows():
    design, events = sample()
    random, fits = np.random.default_rng(1), []
    for _ in range(300):
        own = random.integers(0, len(events), len(events))
        fits.append(logit.estimate(design[own], events[own])[0])
    found = one_step.resampled(design, events, np.arange(len(events)), draws=1000)
    spread = found.coefficients.std(axis=0)
    assert spread == pytest.approx(np.std(fits, axis=0), rel=0.15)
    assert found.coefficients.mean(axis=0) == pytest.approx(
        logit.estimate(design, events)[0], abs=0.01
    )


def test_the_spread_is_that_of_robust_errors_when_customers_repeat():
    design, events = sample(1000)
    again, customers = np.repeat(design, 3, axis=0), np.repeat(np.arange(1000), 3)
    found = one_step.resampled(again, np.repeat(events, 3), customers, draws=2000)
    model = logit.fit(again, np.repeat(events, 3), clusters=customers)
    assert found.coefficients.std(axis=0) == pytest.approx(model.standard_errors, rel=0.06)


def test_a_variable_without_effect_changes_its_sign_and_a_real_one_does_not():
    design, events = sample()
    positive = one_step.resampled(design, events, np.arange(len(events))).positive()
    assert positive[1] == 1
    assert 0.05 < positive[2] < 0.999


def test_equal_seeds_give_equal_draws():
    design, events = sample(500)
    own = [one_step.resampled(design, events, np.arange(500), draws=20, seed=3) for _ in range(2)]
    assert (own[0].coefficients == own[1].coefficients).all()
