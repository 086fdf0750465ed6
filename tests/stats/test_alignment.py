import numpy as np
import pytest
from statsmodels.stats.contingency_tables import SquareTable

from workbench.errors import DataError
from workbench.stats.alignment import aligned, same_shares, symmetry

MOVES = np.array([[120.0, 30.0, 9.0], [12.0, 200.0, 25.0], [4.0, 11.0, 90.0]])


def test_tests_of_moves_are_those_of_statsmodels():
    peer = SquareTable(MOVES, shift_zeros=False)
    bowker, maxwell = peer.symmetry(), peer.homogeneity(method="stuart_maxwell")
    own = symmetry(MOVES)
    assert (own.statistic, own.p_value) == pytest.approx((bowker.statistic, bowker.pvalue))
    own = same_shares(MOVES)
    assert (own.statistic, own.p_value) == pytest.approx((maxwell.statistic, maxwell.pvalue))
    assert own.df == 2


def test_without_moves_there_is_nothing_to_test():
    assert symmetry(np.diag([5.0, 6.0])).df == 0
    assert same_shares(np.diag([5.0, 6.0])).df == 0


def test_segments_are_matched_one_to_one_whatever_their_order():
    table = np.array([[2.0, 0.0, 90.0], [80.0, 5.0, 0.0], [0.0, 60.0, 10.0]])
    found = aligned(table)
    assert found.old.tolist() == [1, 2, 0]
    assert found.kept == pytest.approx(230 / 247)
    assert found.overlap[0] == pytest.approx(80 / (85 + 82 - 80))


def test_a_segment_with_too_little_overlap_is_a_new_one():
    table = np.array([[50.0, 45.0, 5.0], [0.0, 5.0, 95.0]])
    found = aligned(table)
    assert found.old.tolist() == [0, -1, 1]
    assert aligned(table, least=0.95).old.tolist() == [-1, -1, -1]
    with pytest.raises(DataError, match="no customer is in both"):
        aligned(np.zeros((2, 2)))
