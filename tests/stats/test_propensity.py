"""Ridge logistic regression: against scikit-learn, planted truth, gaps and separation."""

import numpy as np
import pytest
from scipy import special
from sklearn.linear_model import LogisticRegression

from workbench.errors import DataError
from workbench.stats import calibration, propensity


def planted(n, seed, slopes=(0.8, -0.5, 0.0)):
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, len(slopes))) * [1, 5, 0.1] + [0, 100, 3]
    scaled = (features - [0, 100, 3]) / [1, 5, 0.1]
    p = special.expit(-2 + scaled @ np.array(slopes))
    return features, (rng.random(n) < p).astype(float), p


def test_it_agrees_with_scikit_learn():
    features, events, _ = planted(2000, 1)
    own = propensity.fit(features, events, penalty=3.0)
    scaled = (features - features.mean(axis=0)) / features.std(axis=0)
    peer = LogisticRegression(C=1 / 3.0, tol=1e-10, max_iter=1000).fit(scaled, events)
    assert own.slopes == pytest.approx(peer.coef_[0], abs=1e-5)
    assert own.constant == pytest.approx(peer.intercept_[0], abs=1e-5)


def test_planted_probabilities_come_back_calibrated():
    features, events, _ = planted(60_000, 2)
    fresh, later, truth = planted(60_000, 3)
    told = propensity.fit(features, events).probabilities(fresh)
    assert np.abs(told - truth).mean() < 0.005
    found = calibration.recalibration(told, later)
    assert found.slope == pytest.approx(1, abs=4 * found.slope_error)
    assert found.in_the_large == pytest.approx(0, abs=4 * found.in_the_large_error)


def test_a_missing_value_may_tell_something():
    features, events, _ = planted(5000, 4)
    gone = np.random.default_rng(5).random(5000) < np.where(events > 0, 0.6, 0.1)
    features[gone, 0] = np.nan
    model = propensity.fit(features, events)
    assert model.gaps.tolist() == [True, False, False]
    with_gap, without = model.probabilities(np.array([[np.nan, 100, 3], [0.0, 100, 3]]))
    assert with_gap > 2 * without


def test_an_outcome_that_is_separated_has_finite_slopes():
    features = np.arange(40.0)[:, None]
    model = propensity.fit(features, (features[:, 0] > 19).astype(float), penalty=1.0)
    assert np.isfinite(model.slopes).all()
    assert model.slopes[0] > 1


def test_repeated_features_share_their_slope():
    features, events, _ = planted(2000, 6)
    twice = propensity.fit(np.column_stack([features[:, 0]] * 2), events)
    assert twice.slopes[0] == pytest.approx(twice.slopes[1])


@pytest.mark.parametrize("events", [np.zeros(5), np.ones(5)])
def test_one_outcome_alone_is_refused(events):
    with pytest.raises(DataError, match="both are needed"):
        propensity.fit(np.arange(5.0)[:, None], events)
