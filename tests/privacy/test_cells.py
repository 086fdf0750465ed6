"""What is hidden cannot be worked out: an audit by linear programming over random tables."""

import numpy as np
import pytest

from workbench.privacy import cells

LEAST = 5


def one_way(draw):
    """Groups and their total."""
    values = draw.integers(0, 40, draw.integers(3, 9)).astype(float)
    return np.append(values, values.sum()), np.append(np.ones(len(values)), -1.0)[None]


def crossed(inner):
    """Return the cells of a table with its margins, their equations, and which are margins."""
    rows, columns = inner.shape
    full = np.zeros((rows + 1, columns + 1))
    full[:-1, :-1] = inner
    full[-1, :-1], full[:-1, -1], full[-1, -1] = inner.sum(0), inner.sum(1), inner.sum()
    equations = []
    for at in range(rows + 1):
        line = np.zeros_like(full)
        line[at, :-1], line[at, -1] = 1, -1
        equations.append(line.ravel())
    for at in range(columns + 1):
        line = np.zeros_like(full)
        line[:-1, at], line[-1, at] = 1, -1
        equations.append(line.ravel())
    margins = np.ones_like(full, dtype=bool)
    margins[:-1, :-1] = False
    return full.ravel(), np.array(equations), margins.ravel()


def two_way(draw):
    """Rows by columns with both margins and the grand total."""
    rows, columns = draw.integers(2, 6), draw.integers(2, 6)
    values, equations, _ = crossed(draw.poisson(draw.uniform(2, 25), (rows, columns)).astype(float))
    return values, equations


def nested(draw):
    """Outlets in branches in the bank."""
    sizes = draw.integers(2, 5, draw.integers(2, 5))
    outlets = draw.poisson(draw.uniform(2, 25), sizes.sum()).astype(float)
    owner = np.repeat(np.arange(len(sizes)), sizes)
    branches = np.bincount(owner, outlets)
    values = np.concatenate([outlets, branches, [outlets.sum()]])
    equations = np.zeros((len(sizes) + 1, len(values)))
    for branch in range(len(sizes)):
        equations[branch, : len(outlets)] = owner == branch
        equations[branch, len(outlets) + branch] = -1
    equations[-1, len(outlets) : -1], equations[-1, -1] = 1, -1
    return values, equations


def audited(count, seed):
    """Return how many small cells there were, and how many could be worked out before and after."""
    draw = np.random.default_rng(seed)
    small = before = after = 0
    for at in range(count):
        values, equations = (one_way, two_way, nested)[at % 3](draw)
        assert np.allclose(equations @ values, 0)
        primary = (values > 0) & (values < LEAST)
        hidden = cells.complemented(values, equations, primary, width=LEAST)
        assert (hidden | ~primary).all()
        small += primary.sum()
        before += cells.recoverable(values, equations, primary, primary, width=LEAST).sum()
        after += cells.recoverable(values, equations, hidden, primary, width=LEAST).sum()
    return small, before, after


def test_no_small_cell_of_random_tables_can_be_worked_out():
    small, before, after = audited(60, seed=1)
    assert small > 40
    assert before > 0.3 * small, "the audit finds what hiding the small cells alone gives away"
    assert after == 0


@pytest.mark.full
def test_no_small_cell_of_a_thousand_random_tables_can_be_worked_out():
    small, before, after = audited(1_000, seed=2)
    assert small > 1_000
    assert before > 0.3 * small
    assert after == 0


def test_one_partner_is_enough_where_it_is_large_enough():
    values = np.array([3.0, 8.0, 100.0, 111.0])
    equation = np.array([[1.0, 1.0, 1.0, -1.0]])
    total = np.array([False, False, False, True])
    hidden = cells.complemented(values, equation, values < LEAST, width=LEAST, fixed=total)
    assert hidden.tolist() == [True, True, False, False]
    low, high = cells.intervals(values, equation, hidden)
    assert (low[0], high[0]) == (0, 11)
    assert (low[2], high[2]) == (100, 100)


def test_where_nothing_less_protects_everything_is_hidden():
    values = np.array([3.0, 1.0, 4.0])
    equation = np.array([[1.0, 1.0, -1.0]])
    total = np.array([False, False, True])
    hidden = cells.complemented(
        values, equation, np.array([True, False, False]), width=5, fixed=total
    )
    assert hidden.tolist() == [True, True, False]


def test_empty_cells_are_no_partners():
    values = np.array([3.0, 0.0, 9.0, 12.0])
    equation = np.array([[1.0, 1.0, 1.0, -1.0]])
    fixed = np.array([False, False, False, True])
    primary = np.array([True, False, False, False])
    hidden = cells.complemented(values, equation, primary, width=5, fixed=fixed)
    assert hidden.tolist() == [True, False, True, False]


@pytest.mark.parametrize(
    ("total", "largest", "second", "is_told"),
    [(100, 60, 35, True), (100, 60, 34, False), (100, 50, 10, False), (10, 10, 0, True)],
)
def test_a_sum_gives_its_largest_part_away(total, largest, second, is_told):
    told = cells.dominated(*(np.array([float(n)]) for n in (total, largest, second)), share=0.1)
    assert told.tolist() == [is_told]
