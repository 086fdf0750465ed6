"""Mix and within add up exactly, and their intervals cover what was planted."""

import numpy as np
import pytest

from workbench.errors import DataError
from workbench.stats import mixture, panel
from workbench.stats.design import Design
from workbench.stats.rake import Margin


def sample(rng, shares, means, size=300):
    groups = rng.choice(len(shares), size, p=shares)
    y = np.asarray(means)[groups] + rng.normal(size=size)
    return y, groups


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("raked", [False, True])
def test_the_parts_add_up_to_the_change_and_to_its_error(seed, raked):
    rng = np.random.default_rng(seed)
    (y1, g1), (y0, g0) = (sample(rng, [0.5, 0.3, 0.2], [1, 2, 3]) for _ in range(2))
    names = [f"c{at}" for at in rng.choice(1000, 600, replace=False)]
    now = Design.build(rng.uniform(1, 4, 300), clusters=names[:300])
    before = Design.build(rng.uniform(1, 4, 300), clusters=names[200:500])
    if raked:
        third = np.arange(300) % 3
        margin = Margin("third", ("a", "b", "c"), third, np.array([300.0, 200.0, 100.0]))
        now, before = now.raked([margin]), before.raked([margin])
    found = mixture.split(now, before, (y1, y0), (g1, g0))
    change = panel.change(now, before, y_now=y1, y_before=y0)
    assert found.total == pytest.approx(change.value[0], abs=1e-12)
    low, high = change.interval(0.95)
    assert found.interval("total") == pytest.approx((low[0], high[0]), rel=1e-9)


def test_with_the_same_shares_everything_is_within():
    groups = np.tile([0, 1], 50)
    y = np.arange(100.0)
    found = mixture.split(
        Design.build(np.ones(100)), Design.build(np.ones(100)), (y + 3, y), (groups, groups)
    )
    assert found.mix == pytest.approx(0, abs=1e-12)
    assert found.within == pytest.approx(3)


def test_with_the_same_means_everything_is_mix():
    first, second = np.r_[np.zeros(80, int), np.ones(20, int)], np.repeat([0, 1], 50)
    found = mixture.split(
        Design.build(np.ones(100)),
        Design.build(np.ones(100)),
        (10.0 * second, 10.0 * first),
        (second, first),
    )
    assert found.mix == pytest.approx(3)
    assert found.within == pytest.approx(0, abs=1e-12)


def test_intervals_cover_the_planted_parts():
    # Shares .6/.4 become .4/.6, means 0/20 become 1/21.
    truth = {"mix": 0.2 * (20 + 21) / 2 - 0.2 * (0 + 1) / 2, "within": 1.0}
    inside = dict.fromkeys(truth, 0)
    for seed in range(300):
        rng = np.random.default_rng(seed)
        y1, g1 = sample(rng, [0.4, 0.6], [1, 21])
        y0, g0 = sample(rng, [0.6, 0.4], [0, 20])
        design = Design.build(np.ones(300))
        found = mixture.split(design, design, (y1, y0), (g1, g0))
        for part, value in truth.items():
            low, high = found.interval(part)
            inside[part] += low <= value <= high
    # 99.8 % of binomial counts around 285 of 300.
    assert all(272 <= count <= 296 for count in inside.values()), inside


def test_missing_answers_leave_their_rows_out():
    y, groups = np.array([1.0, np.nan, 3, 5]), np.array([0, 0, 1, 1])
    design = Design.build(np.ones(4))
    kept = np.array([0, 2, 3])
    other = Design.build(np.ones(3))
    first = mixture.split(design, other, (y, y[kept]), (groups, groups[kept]))
    assert first.total == pytest.approx(0, abs=1e-12)


def test_a_group_of_only_one_sample_is_refused():
    design = Design.build(np.ones(2))
    with pytest.raises(DataError, match=r"groups \[1\] have no answers in the earlier sample"):
        mixture.split(design, design, ([1.0, 2], [1.0, 2]), (np.array([0, 1]), np.array([0, 0])))
