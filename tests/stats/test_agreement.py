"""Kappa is that of statsmodels and of a published table; its interval covers the truth."""

import numpy as np
import pytest
from statsmodels.stats.inter_rater import cohens_kappa

from workbench.errors import DataError
from workbench.stats.agreement import crossed, f1, kappa

COHEN = np.array([[88, 14, 18], [10, 40, 10], [2, 6, 12]])
"""Cohen (1960), table 1: 200 diagnoses, kappa .492; Fleiss, Cohen & Everitt (1969) use it, too."""


def test_a_published_table_gives_its_kappa():
    found = kappa(COHEN)
    assert (found.observed, found.expected) == pytest.approx((0.70, 0.41))
    assert found.value == pytest.approx(0.492, abs=5e-4)


def test_value_and_standard_error_are_those_of_statsmodels():
    rng = np.random.default_rng(1)
    for size in (2, 3, 6):
        table = rng.integers(1, 60, (size, size)) + 80 * np.eye(size, dtype=int)
        theirs = cohens_kappa(table)
        assert kappa(table).value == pytest.approx(theirs.kappa, rel=1e-12)
        assert kappa(table).se == pytest.approx(theirs.std_kappa, rel=1e-12)


def test_the_interval_covers_the_truth():
    # Two coders of 300 comments, 30 % with the code, each wrong in 10 %.
    shares = np.array([[0.7 * 0.81 + 0.3 * 0.01, 0.09], [0.09, 0.7 * 0.01 + 0.3 * 0.81]])
    truth = kappa(shares).value
    draws = np.random.default_rng(2).multinomial(300, shares.ravel(), 2000)
    ends = [kappa(each.reshape(2, 2)).interval() for each in draws]
    assert 0.935 < np.mean([low <= truth <= high for low, high in ends]) < 0.965


def test_one_code_throughout_has_no_kappa_and_full_agreement_is_one():
    assert np.isnan(kappa([[10, 0], [0, 0]]).value)
    assert kappa([[10, 0], [0, 5]]).interval() == (1.0, 1.0)


@pytest.mark.parametrize("table", [[[1, 2]], [[0, 0], [0, 0]], [[1, -1], [0, 2]], [1, 2]])
def test_what_is_no_table_of_counts_is_refused(table):
    with pytest.raises(DataError, match="square table"):
        kappa(table)


def test_codings_are_crossed_and_f1_counts_both():
    first, second = np.array([1, 1, 0, 0, 0], bool), np.array([1, 0, 1, 0, 0], bool)
    assert crossed(first, second).tolist() == [[2, 1], [1, 1]]
    assert f1(first[:, None], second[:, None]) == pytest.approx([0.5])
    assert np.isnan(f1(np.zeros((2, 1), bool), np.zeros((2, 1), bool))).all()
