import numpy as np
import pytest
from scipy import special

from workbench.errors import DataError
from workbench.stats import logit
from workbench.stats import reject_inference as reject
from workbench.stats.discrimination import auc


def applicants(seed=3, n=8000):
    """Return designs of accepted and rejected applicants, and outcomes of both."""
    random = np.random.default_rng(seed)
    design = random.normal(size=(n, 3))
    p = special.expit(design @ [0.9, 0.5, 0.0] - 2)
    events = (random.random(n) < p).astype(float)
    turned_down = random.random(n) < special.expit(design[:, 0] * 2)
    return design[~turned_down], events[~turned_down], design[turned_down], events[turned_down]


DESIGN, EVENTS, REJECTED, HIDDEN = applicants()
BASE, _ = logit.estimate(DESIGN, EVENTS)
P = logit.probabilities(BASE, REJECTED)


def test_the_score_s_own_probabilities_change_nothing():
    found = reject.augmented(DESIGN, EVENTS, REJECTED, reject.fuzzy(P, 1.0))
    assert found.coefficients == pytest.approx(BASE, abs=1e-8)


def test_two_weighted_rows_per_rejected_case_give_the_same_fit():
    # The textbook form: each rejected case twice, as a default and as a sound case, with weights.
    assumed = reject.fuzzy(P, 2.0)
    found = reject.augmented(DESIGN, EVENTS, REJECTED, assumed)
    rows = np.vstack([DESIGN, REJECTED, REJECTED])
    outcome = np.concatenate([EVENTS, np.ones(len(P)), np.zeros(len(P))])
    weight = np.concatenate([np.ones(len(EVENTS)), assumed, 1 - assumed])
    beta, _ = logit.estimate(rows, outcome * weight, trials=weight)
    assert found.coefficients == pytest.approx(beta, abs=1e-8)


def test_a_higher_factor_makes_rejected_cases_riskier_and_raises_the_level():
    low, high = (
        reject.augmented(DESIGN, EVENTS, REJECTED, reject.fuzzy(P, factor)) for factor in (1, 3)
    )
    assert (high.assumed > low.assumed).all()
    everybody = np.vstack([DESIGN, REJECTED])
    means = [logit.probabilities(each.coefficients, everybody).mean() for each in (low, high)]
    assert means[1] > means[0]


def test_odds_are_multiplied():
    found = reject.fuzzy(np.array([0.2]), 2.0)[0]
    assert found / (1 - found) == pytest.approx(2 * 0.25)
    with pytest.raises(DataError, match="above 0"):
        reject.fuzzy(P, 0.0)


def test_parcelling_by_hand():
    accepted = np.array([0.01, 0.02, 0.03, 0.04])
    events = np.array([0.0, 0.0, 1.0, 1.0])
    found = reject.parcelled(accepted, events, np.array([0.001, 0.9]), bands=2, factor=1.0)
    assert found == pytest.approx([0.5 / 3, 2.5 / 3])


def test_known_outcomes_give_the_ordinary_area():
    p = logit.probabilities(BASE, DESIGN).round(2)
    assert reject.expected_area(p, EVENTS) == pytest.approx(auc(p, EVENTS).value, rel=1e-12)


def test_the_expected_area_is_the_mean_over_drawn_outcomes():
    random = np.random.default_rng(1)
    p, scores = random.uniform(0.05, 0.6, 300), random.normal(size=300)
    drawn = [auc(scores, (random.random(300) < p).astype(float)).value for _ in range(400)]
    near = 3 * np.std(drawn) / np.sqrt(400)
    assert reject.expected_area(scores, p) == pytest.approx(np.mean(drawn), abs=near)


def test_what_was_hidden_cannot_be_told_from_what_was_assumed():
    # Selection on a variable the score has: any factor fits the accepted cases as well, and only
    # the truth, which a bank never sees, says that 1 was right here.
    true = HIDDEN.mean()
    assumed = {factor: reject.fuzzy(P, factor).mean() for factor in (1.0, 2.0)}
    assert abs(assumed[1.0] - true) < 0.02 < abs(assumed[2.0] - true)
