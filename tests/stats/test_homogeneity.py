import numpy as np
import pytest
from scipy import stats

from workbench.errors import DataError
from workbench.stats import homogeneity

MOVES = np.array(
    [[0.98, 0.02, 0, 0], [0.55, 0.20, 0.25, 0], [0.30, 0, 0.10, 0.60], [0.01, 0, 0, 0.99]]
)
LOANS = np.array([20_000, 350, 90, 250])


def drawn(random, number):
    return np.stack(
        [
            [random.multinomial(n, p) for n, p in zip(LOANS, MOVES, strict=True)]
            for _ in range(number)
        ]
    ).astype(float)


def test_one_table_without_thin_columns_is_the_textbook_chi_square():
    table = np.array([[30.0, 20, 50], [40.0, 35, 25]])
    counts = np.zeros((2, 3, 3))
    counts[:, 0, :] = table
    found = homogeneity.homogeneity(counts)
    expected = stats.chi2_contingency(table, correction=False)
    assert found.statistic == pytest.approx(expected.statistic, rel=1e-12)
    assert found.df == expected.dof
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-9)


def test_equal_steps_are_called_different_five_times_in_a_hundred():
    random = np.random.default_rng(12)
    single, family, runs = [], [], 150
    for _ in range(runs):
        found = homogeneity.steps(drawn(random, 12))
        single.append((found.p_value < 0.05).mean())
        family.append((found.adjusted < 0.05).any())
    assert abs(np.mean(single) - 0.05) < 0.015
    assert np.mean(family) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)


def test_a_state_that_is_suddenly_used_is_found_with_its_step_and_its_move():
    counts = drawn(np.random.default_rng(3), 6)
    counts[4, 0, 0] -= 2000
    counts[4, 0, 1] += 2000
    found, broken = homogeneity.without_breaks(counts, notable=0.05, level=0.05)
    assert np.flatnonzero(broken).tolist() == [4]
    assert (found.state_from[4], found.state_to[4]) == (0, 1)
    assert found.distance[4] == pytest.approx(2000 / LOANS.sum(), abs=0.005)
    assert found.distance[[0, 1, 2, 3, 5]].max() < 0.01


def test_a_break_does_not_make_the_ordinary_steps_look_odd():
    counts = drawn(np.random.default_rng(4), 6)
    counts[5, 0, 0] -= 4000
    counts[5, 0, 1] += 4000
    with_break = homogeneity.steps(counts).distance[:5]
    aside, _ = homogeneity.without_breaks(counts, notable=0.05, level=0.05)
    assert (aside.distance[:5] < with_break).all()


def test_two_breaks_are_both_found():
    counts = drawn(np.random.default_rng(5), 8)
    for at, loans in ((2, 2500), (6, 6000)):
        counts[at, 0, 0] -= loans
        counts[at, 0, 1] += loans
    _, broken = homogeneity.without_breaks(counts, notable=0.05, level=0.05)
    assert np.flatnonzero(broken).tolist() == [2, 6]


def test_two_steps_alone_accuse_nobody():
    counts = drawn(np.random.default_rng(6), 2)
    counts[1, 0, 0] -= 4000
    counts[1, 0, 1] += 4000
    _, broken = homogeneity.without_breaks(counts, notable=0.05, level=0.05)
    assert not broken.any()


def test_one_step_cannot_be_compared():
    with pytest.raises(DataError, match="at least two"):
        homogeneity.steps(np.ones((1, 2, 2)))
