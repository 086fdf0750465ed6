"""Entry, exit, mix and rate add up to the change of a ratio, whatever the groups look like."""

import numpy as np
import pytest

from workbench.errors import DataError
from workbench.stats.decomposition import Sums, ratio_change


def random_sums(drawn, groups):
    """Return sums of up to `groups` groups, some of them empty in one way or another."""

    def pair(empty):
        whole = drawn.lognormal(12, 3, groups) * (drawn.random(groups) > empty)
        return whole * drawn.beta(0.4, 8, groups), whole

    one, two = pair(0.2), pair(0.0)
    stays = one[1] > 0
    two = (two[0] * stays, two[1] * stays)
    return Sums(one, two, pair(0.4), pair(0.4))


@pytest.mark.parametrize("seed", range(400))
def test_the_four_parts_add_up_to_the_change(seed):
    drawn = np.random.default_rng(seed)
    sums = random_sums(drawn, int(drawn.integers(1, 40)))
    found = ratio_change(sums)
    parts = found.entry.sum() + found.leaving.sum() + found.mix.sum() + found.rate.sum()
    assert parts == pytest.approx(found.change, abs=1e-12)
    numerators = sums.stayed_after[0].sum() + sums.entered[0].sum()
    denominators = sums.stayed_after[1].sum() + sums.entered[1].sum()
    after = numerators / denominators if denominators else 0.0
    assert found.after == pytest.approx(after, abs=1e-12)


def of(stayed_before, stayed_after, left=((0, 0), (0, 0)), entered=((0, 0), (0, 0))):
    columns = [
        np.array(each, dtype=float).T for each in (stayed_before, stayed_after, left, entered)
    ]
    return ratio_change(Sums(*((part, whole) for part, whole in columns)))


def test_only_the_rate_moves_when_shares_stay():
    found = of([(1, 100), (5, 100)], [(3, 100), (5, 100)])
    assert found.rate == pytest.approx([0.01, 0.0])
    assert np.abs([*found.mix, *found.entry, *found.leaving]).max() == 0


def test_only_the_mix_moves_when_the_rates_stay():
    found = of([(1, 100), (10, 100)], [(0.5, 50), (15, 150)])
    assert found.mix.sum() == pytest.approx(found.change)
    # The good group shrank and the bad one grew: both count as a worse mix.
    assert (found.mix > 0).all()
    assert np.abs(found.rate).max() == pytest.approx(0, abs=1e-15)


def test_bad_loans_that_go_lower_the_ratio_and_good_ones_that_come_do_too():
    found = of([(2, 100), (0, 0)], [(2, 100), (0, 0)], [(10, 10), (0, 0)], [(0, 50), (0, 0)])
    assert found.leaving[0] == pytest.approx(-(10 - 0.02 * 10) / 110)
    assert found.entry[0] == pytest.approx(-0.02 * 50 / 150)
    assert found.change == pytest.approx(found.leaving.sum() + found.entry.sum())


def test_a_book_in_which_nothing_stayed_is_entry_and_exit():
    found = of([(0, 0), (0, 0)], [(0, 0), (0, 0)], [(5, 100), (0, 0)], [(0, 0), (1, 100)])
    assert (found.before, found.after) == (0.05, 0.01)
    assert (found.leaving.sum(), found.entry.sum()) == pytest.approx((-0.05, 0.01))


def test_columns_of_different_length_are_refused():
    with pytest.raises(DataError, match="must be 2 numbers"):
        ratio_change(Sums(([1, 2], [3, 4]), ([1], [3]), ([1, 2], [3, 4]), ([1, 2], [3, 4])))
