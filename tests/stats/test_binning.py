import numpy as np
import pandas as pd
import pytest

from workbench.errors import DataError
from workbench.stats import binning
from workbench.stats.binning import Limits, Options


def sample(rows=5000, seed=1):
    random = np.random.default_rng(seed)
    values = random.gamma(2.0, 10.0, rows).round(2)
    values[random.random(rows) < 0.2] = 0.0
    values[random.random(rows) < 0.05] = np.nan
    values[random.random(rows) < 0.05] = 999.0
    risk = np.where(np.isnan(values), 0.3, 0.05 + 0.01 * np.nan_to_num(values).clip(0, 50))
    return values, (random.random(rows) < risk).astype(float)


def test_every_case_is_counted_once():
    values, events = sample()
    found = binning.number(values, events, Options(special=(999.0,)))
    assert found.cases.sum() == len(values)
    assert found.events.sum() == events.sum()
    assert found.counted(values).tolist() == found.cases.tolist()


def test_missing_and_special_values_have_bins_of_their_own():
    values, events = sample()
    found = binning.number(values, events, Options(special=(999.0,)))
    assert found.rule.labels[-2:] == ("999", "missing")
    assert found.cases[-2:].tolist() == [(values == 999).sum(), np.isnan(values).sum()]


def test_a_heavy_value_can_stand_alone():
    random = np.random.default_rng(5)
    values = np.concatenate([np.full(3000, 7.0), random.uniform(0, 14, 7000)])
    events = (random.random(10_000) < np.where(values == 7, 0.5, 0.1)).astype(float)
    found = binning.number(values, events, Options(trend="none"))
    codes = found.rule.codes(values)
    assert set(values[codes == codes[0]]) == {7.0}


def test_the_event_rate_is_monotone_over_the_regular_bins():
    values, events = sample()
    found = binning.number(values, events, Options(special=(999.0,)))
    rates = (found.events / found.cases)[:-2]
    assert found.trend == "ascending"
    assert len(rates) > 2
    assert (np.diff(rates) > 0).all()


def test_bins_and_weights_do_not_depend_on_the_order_of_the_rows():
    values, events = sample()
    order = np.random.default_rng(9).permutation(len(values))
    for make, column in (
        (binning.number, values),
        (binning.category, values.round(-1).astype(str)),
    ):
        first, second = make(column, events), make(column[order], events[order])
        assert first.rule.labels == second.rule.labels
        assert first.weights.tobytes() == second.weights.tobytes()


def test_each_value_gets_the_weight_of_its_bin():
    found = binning.number(np.repeat([1.0, 2.0], 500), np.tile([0.0, 0, 0, 1], 250) > 0)
    assert found.transformed([1.0, 2.0, np.nan]) == pytest.approx([0, 0, 0], abs=1e-12)
    values, events = sample()
    found = binning.number(values, events)
    codes = found.rule.codes(values)
    assert (found.transformed(values) == found.weights[codes]).all()


def test_levels_are_ordered_by_their_event_rate_and_merged():
    level = np.repeat(["a", "b", "c", "d"], 1000)
    random = np.random.default_rng(2)
    risk = pd.Series(level).map({"a": 0.4, "b": 0.05, "c": 0.4, "d": 0.05}).to_numpy()
    events = (random.random(4000) < risk).astype(float)
    found = binning.category(level, events, Options(limits=Limits(2, 0.05)))
    assert found.rule.labels == ("b, d", "a, c", "missing")


def test_a_level_never_seen_says_nothing():
    level = np.array(["a", "b"] * 500, dtype=object)
    events = np.tile([0.0, 1.0, 0.0, 0.0], 250)
    found = binning.category(level, events)
    assert found.transformed(pd.Series(["z", None, "a"]))[:2].tolist() == [0.0, 0.0]


def test_a_category_with_missing_values_keeps_them_apart():
    level = pd.Series(["a", "b", None, None] * 250, dtype=object)
    events = np.tile([0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0], 125)
    found = binning.category(level, events)
    assert found.cases[-1] == 500


def test_a_variable_without_values_has_one_bin_of_missing_ones():
    found = binning.number(np.full(10, np.nan), np.array([1.0] + [0.0] * 9))
    assert found.cases.tolist() == [0, 10]
    assert found.information_value == 0


def test_outcomes_other_than_zero_and_one_are_refused():
    with pytest.raises(DataError, match="0 or 1"):
        binning.number(np.arange(3.0), np.array([0.0, 1.0, 2.0]))


def test_a_weighted_row_counts_like_as_many_rows():
    random = np.random.default_rng(12)
    values = np.round(random.normal(size=400), 1)
    events = (random.random(400) < 1 / (1 + np.exp(-values + 1))).astype(float)
    times = random.integers(1, 4, 400)
    for make, column in (
        (binning.number, values),
        (binning.category, np.round(values).astype(str)),
    ):
        weighted = make(column, events, weights=times)
        repeated = make(np.repeat(column, times), np.repeat(events, times))
        assert weighted.information_value == pytest.approx(repeated.information_value, rel=1e-12)
        assert weighted.cases.tolist() == repeated.cases.tolist()


def test_bins_set_by_hand_are_kept_and_marked():
    random = np.random.default_rng(13)
    values, events = random.normal(size=500), (random.random(500) < 0.2).astype(float)
    found = binning.by_hand(values, events, binning.Intervals(np.array([-0.5, 1.0]), (9.0,)))
    assert found.by_hand
    assert found.cases.sum() == 500
    assert found.cases[0] == (values < -0.5).sum()
    levels = np.where(values > 0, "b", "a")
    own = binning.by_hand(levels, events, binning.Groups((("a",), ("b", "c"))))
    assert own.cases.tolist() == [(values <= 0).sum(), (values > 0).sum(), 0]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (binning.Intervals(np.array([1.0, 1.0])), "must rise"),
        (binning.Groups((("a",), ("a", "b"))), r"two groups set by hand: \['a'\]"),
        (binning.Groups((("a",),)), "in none of the bins"),
    ],
)
def test_bins_set_by_hand_that_do_not_fit_are_refused(rule, message):
    values = np.array([0.0, 2.0]) if isinstance(rule, binning.Intervals) else np.array(["a", "b"])
    with pytest.raises(DataError, match=message):
        binning.by_hand(values, np.array([0.0, 1.0]), rule)


def test_weights_below_nothing_are_refused():
    with pytest.raises(DataError, match="at least 0"):
        binning.number([1.0, 2.0], [0, 1], weights=[1, -1])
