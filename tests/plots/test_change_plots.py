"""Bars that add up and dots before the band of the usual."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from workbench.plots import contributions, usual


@pytest.fixture
def ax():
    return Figure().subplots()


def test_the_last_bar_is_the_sum_of_the_others(ax):
    table = pd.DataFrame({"label": ["a", "b", "c"], "value": [5.0, -2.0, np.nan]})
    contributions.draw(table, rows="label", total="all", unit="points", label="x", ax=ax)
    assert [bar.get_width() for bar in ax.patches] == [5.0, -2.0, 0.0, 3.0]
    assert [each.get_text() for each in ax.get_yticklabels()] == ["a", "b", "c", "all"]
    assert {each.get_text() for each in ax.texts} == {"+5.0", "−2.0", "0.0", "+3.0"}


def test_rows_without_a_value_are_one_that_makes_up_the_whole():
    table = pd.DataFrame({"label": ["a", "b", "c"], "value": [5.0, np.nan, np.nan]})
    found = contributions.with_rest(table, 3.0, "others")
    assert found.to_dict("records") == [
        {"label": "a", "value": 5.0},
        {"label": "others", "value": -2.0},
    ]
    whole = table.head(1)
    assert contributions.with_rest(whole, 3.0, "others").equals(whole)


def test_dots_outside_the_band_stand_out_and_far_ones_stay_on_the_page(ax):
    table = pd.DataFrame({"label": ["a", "b", "c"], "value": [1.0, -40.0, np.nan]})
    usual.draw(table, rows="label", width=2.0, label="x", ax=ax)
    inside, outside = (line.get_xdata() for line in ax.lines[-2:])
    assert [value for value in inside if np.isfinite(value)] == [1.0]
    assert list(outside) == [-usual.FARTHEST]
    low, high = ax.get_xlim()
    assert low < -usual.FARTHEST < usual.FARTHEST < high
