import numpy as np
import pytest
from scipy import special

from tests.oracles.risk.cases import close, german
from workbench.errors import DataError
from workbench.stats import logit

GERMAN = "glm_binomial_german_dev"


def planted(rows=20_000, seed=4):
    random = np.random.default_rng(seed)
    design = random.normal(size=(rows, 3))
    risk = special.expit(-2 + design @ np.array([1.0, 0.5, 0.0]))
    return design, (random.random(rows) < risk).astype(float)


@pytest.mark.parametrize("field", ["coef", "se", "z"])
def test_estimate_and_errors_agree_with_r(field):
    design, events, names = german()
    model = logit.fit(design, events)
    values = {
        "coef": model.coefficients,
        "se": model.standard_errors,
        "z": model.coefficients / model.standard_errors,
    }[field]
    assert dict(zip(names, values, strict=True)) == close(GERMAN, field)


def test_the_log_likelihood_agrees_with_r():
    design, events, _ = german()
    assert logit.fit(design, events).log_likelihood == close(GERMAN, "loglik")


def test_the_quick_fit_gives_the_same_coefficients_in_blocks(monkeypatch):
    design, events = planted()
    whole, _ = logit.estimate(design, events)
    monkeypatch.setattr(logit, "BLOCK", 777)
    assert logit.estimate(design, events)[0] == pytest.approx(whole, rel=1e-10)
    assert logit.fit(design, events).coefficients == pytest.approx(whole, rel=1e-9)


def test_the_covariance_is_the_inverse_information():
    design, events = planted()
    model = logit.fit(design, events)
    full = np.column_stack([np.ones(len(design)), design])
    p = model.probabilities(design)
    information = (full.T * (p * (1 - p))) @ full
    assert model.covariance == pytest.approx(np.linalg.inv(information), rel=1e-6, abs=1e-12)


def test_repeated_rows_of_a_customer_widen_the_errors_when_clusters_are_given():
    design, events = planted(2000)
    twice, outcome = np.repeat(design, 2, axis=0), np.repeat(events, 2)
    naive = logit.fit(twice, outcome).standard_errors
    robust = logit.fit(twice, outcome, clusters=np.repeat(np.arange(2000), 2)).standard_errors
    assert robust / naive == pytest.approx(np.full(4, np.sqrt(2)), rel=0.1)


def test_intervals_cover_the_planted_effects_95_times_in_100():
    inside = []
    for seed in range(300):
        low, high = logit.fit(*planted(1500, seed)).interval(0.95)
        inside.append((low < [-2, 1, 0.5, 0]) & (high > [-2, 1, 0.5, 0]))
    assert 0.927 <= np.mean(inside) <= 0.970


def test_a_variable_that_separates_the_outcomes_is_refused():
    design = np.linspace(-1, 1, 100)[:, None]
    with pytest.raises(DataError, match="separate"):
        logit.fit(design, (design[:, 0] > 0).astype(float))


def test_a_variable_given_twice_is_refused():
    design, events = planted(500)
    with pytest.raises(DataError, match="repeat each other"):
        logit.fit(design[:, [0, 0]], events)


def grouped_sample(rows=6000):
    """Return a design of few different rows, outcomes, and customers of about three rows each."""
    random = np.random.default_rng(21)
    design = np.column_stack(
        [random.choice([-0.6, 0.1, 0.9], rows), random.choice([-1.0, 0.4], rows)]
    )
    odds = -1.5 + design @ np.array([0.8, 0.5])
    events = (random.random(rows) < 1 / (1 + np.exp(-odds))).astype(float)
    return design, events, random.integers(0, rows // 3, rows)


def test_the_grouped_table_gives_statsmodels_the_same_estimates_and_errors():
    import statsmodels.api as sm

    design, events, _ = grouped_sample()
    rows, at = np.unique(design, axis=0, return_inverse=True)
    counts = np.column_stack([np.bincount(at, events), np.bincount(at, 1 - events)])
    model = sm.GLM(counts, sm.add_constant(rows), family=sm.families.Binomial()).fit(tol=1e-14)
    found = logit.fit(design, events)
    assert found.coefficients == pytest.approx(model.params, abs=1e-9)
    assert found.standard_errors == pytest.approx(model.bse, rel=1e-8)


def test_robust_errors_are_those_of_statsmodels():
    from statsmodels.discrete.discrete_model import Logit

    design, events, customers = grouped_sample()
    full = np.column_stack([np.ones(len(design)), design])
    model = Logit(events, full).fit(
        method="newton", tol=1e-12, disp=0, cov_type="cluster", cov_kwds={"groups": customers}
    )
    found = logit.fit(design, events, clusters=customers)
    assert found.covariance == pytest.approx(model.cov_params(), rel=1e-8, abs=1e-12)
    assert found.log_likelihood == pytest.approx(model.llf, rel=1e-12)


def test_a_start_from_some_rows_ends_where_a_start_from_nothing_ends(monkeypatch):
    random = np.random.default_rng(8)
    design = random.normal(size=(40_000, 4))
    odds = -3 + design @ np.array([1.0, -0.5, 0.2, 0.0])
    events = (random.random(len(odds)) < special.expit(odds)).astype(float)
    passes = []
    derivatives = logit._derivatives
    monkeypatch.setattr(
        logit, "_derivatives", lambda *own: passes.append(len(own[2])) or derivatives(*own)
    )
    plain, information = logit.estimate(design, events)
    from_nothing = passes.count(40_000)
    passes.clear()
    monkeypatch.setattr(logit, "BLOCK", 1_000)
    found, other = logit.estimate(design, events)
    np.testing.assert_allclose(found, plain, rtol=1e-9)
    np.testing.assert_allclose(other, information, rtol=1e-9)
    assert passes.count(40_000) < from_nothing
    # Some rows in which the outcome never happens give no start: the search begins at nothing.
    events[:: logit.AHEAD] = 0.0
    again, _ = logit.estimate(design, events)
    monkeypatch.undo()
    np.testing.assert_allclose(again, logit.estimate(design, events)[0], rtol=1e-9)
