import numpy as np
import pytest

from tests.stats.segments import KINDS, answers, crowd, groups, no_categories
from workbench.errors import DataError
from workbench.stats.patterns import patterns
from workbench.stats.structure import Effort, Limits, embedded, structure

LIMITS = Limits(agreement=0.8, depth=0.85, z=1.645, entropy=0.8, smallest=0.03)
QUICK = Effort(pairs=6, starts=6, draws=2, sample=300, micro=500)
APART = 5.0
"""Standard deviations between the nearest centres, at which groups are to be found."""


def chosen(x, most=6):
    found = structure(x, no_categories(len(x)), most=most, limits=LIMITS, effort=QUICK)
    return found.chosen


def structureless(at, rng):
    kind = KINDS[at % len(KINDS)]
    return crowd(kind, int(rng.integers(300, 1_500)), int(rng.integers(2, 6)), rng)


def planted(at, rng):
    k = 2 + at % 4
    x, _ = groups(k, int(rng.integers(600, 2_000)), 5, APART, rng)
    return k, x


def test_structureless_data_are_said_to_have_none():
    rng = np.random.default_rng(1)
    found = [chosen(structureless(at, rng), most=4) for at in range(12)]
    assert sum(each is None for each in found) >= 11


def test_planted_groups_are_counted_right():
    rng = np.random.default_rng(2)
    sets = [planted(at, rng) for at in range(8)]
    assert sum(chosen(x) == k for k, x in sets) >= 7


@pytest.mark.full
def test_no_structure_in_95_of_100_structureless_sets():
    rng = np.random.default_rng(3)
    found = [chosen(structureless(at, rng)) for at in range(102)]
    assert sum(each is None for each in found) >= 97


@pytest.mark.full
def test_the_right_number_in_90_of_100_planted_sets():
    rng = np.random.default_rng(4)
    sets = [planted(at, rng) for at in range(100)]
    assert sum(chosen(x) == k for k, x in sets) >= 90


def test_categories_alone_tell_classes_by_certainty():
    rng = np.random.default_rng(5)
    levels = [4, 5, 4, 6, 5, 4, 5, 6]
    codes, _ = answers(2_000, 3, levels, rng)
    none = np.empty((2_000, 0))
    assert structure(none, patterns(codes, levels), most=5, limits=LIMITS, effort=QUICK).chosen == 3
    shuffled = np.column_stack([rng.permutation(column) for column in codes.T])
    found = structure(none, patterns(shuffled, levels), most=3, limits=LIMITS, effort=QUICK)
    assert found.chosen is None


def test_every_criterion_stands_in_the_table():
    _, x = planted(1, np.random.default_rng(6))
    found = structure(x, no_categories(len(x)), most=4, limits=LIMITS, effort=QUICK)
    assert [one.k for one in found.solutions] == [1, 2, 3, 4]
    for one in found.solutions[1:]:
        told = {name: value for name, value in vars(one).items() if name != "across"}
        assert np.isfinite([float(value) for value in told.values()]).all()
        assert one.agreement_low <= one.agreement <= one.agreement_high + 1e-12
    assert np.isnan(found.solutions[1].across)
    assert np.isfinite(found.solutions[2].across)


def test_two_rows_that_differ_in_a_category_lie_as_far_apart_as_gamma_says():
    data = patterns(np.array([[0], [1], [-1]]), [2])
    space = embedded(np.zeros((3, 1)), data, gamma=0.5)
    assert ((space[0] - space[1]) ** 2).sum() == pytest.approx(0.5)
    assert ((space[0] - space[2]) ** 2).sum() == pytest.approx(0.125)


def test_few_rows_are_refused():
    with pytest.raises(DataError, match="10 rows are too few"):
        structure(np.zeros((10, 1)), no_categories(10), most=3, limits=LIMITS)
