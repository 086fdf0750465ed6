import numpy as np
import pytest
from scipy import stats

from tests.oracles.risk.cases import case, close
from workbench.errors import DataError
from workbench.stats import low_default

LEVELS = range(6)


def counts(name, cases="n"):
    own = case(name)["params"]
    return np.array(own[cases], float), np.array(own["d"], float), own


@pytest.mark.parametrize("at", LEVELS)
def test_independent_bounds_agree_with_the_reference(at):
    n, d, own = counts("pluto_tasche_independent_0")
    found = low_default.pluto_tasche(n, d, confidence=own["gamma"][at])
    expected = [row[at] for row in case("pluto_tasche_independent_0")["expected"]["pd"]]
    assert found.tolist() == pytest.approx(expected, rel=1e-10, abs=1e-10)


@pytest.mark.parametrize("at", LEVELS)
def test_correlated_bounds_agree_with_the_reference(at):
    n, d, own = counts("pluto_tasche_correlated_0")
    found = low_default.pluto_tasche(n, d, confidence=own["gamma"][at], correlation=own["rho"])
    expected = [row[at] for row in case("pluto_tasche_correlated_0")["expected"]["pd"]]
    assert found.tolist() == pytest.approx(expected, rel=1e-7, abs=1e-7)


def test_bounds_with_defaults_agree_with_the_reference():
    n, d, own = counts("pluto_tasche_LDPD_example", "n_worst_to_best")
    found = low_default.pluto_tasche(n[::-1], d[::-1], confidence=own["gamma"])
    assert found[::-1].tolist() == close("pluto_tasche_LDPD_example", "pd_worst_to_best")


def test_at_the_bound_so_few_defaults_have_the_chance_left():
    n, d = np.array([300.0, 200.0]), np.array([1.0, 2.0])
    found = low_default.pluto_tasche(n, d, confidence=0.9)
    pooled = np.array([500, 200])
    assert stats.binom.cdf([3, 2], pooled, found) == pytest.approx([0.1, 0.1])


def test_correlation_makes_the_bound_more_prudent_above_the_middle():
    n, d = np.array([400.0, 300.0]), np.array([0.0, 1.0])
    alone = low_default.pluto_tasche(n, d, confidence=0.9)
    together = low_default.pluto_tasche(n, d, confidence=0.9, correlation=0.12)
    assert (together > alone).all()


def test_more_defaults_than_cases_are_refused():
    with pytest.raises(DataError, match="no more defaults than cases"):
        low_default.pluto_tasche(np.array([5.0]), np.array([6.0]), confidence=0.5)


def test_a_grade_in_which_all_defaulted_is_bounded_by_one():
    for correlation in (0.0, 0.1):
        found = low_default.pluto_tasche(
            np.array([9.0, 2.0]), np.array([0.0, 2.0]), confidence=0.5, correlation=correlation
        )
        assert found[1] == 1


def test_the_expected_accuracy_ratio_agrees_with_the_reference():
    own = case("expected_AR_discrete")["params"]
    found = low_default.expected_accuracy_ratio(np.array(own["pd"]), np.array(own["n"], float))
    assert found == close("expected_AR_discrete", "AR")
