"""Curves with bands: every group is drawn and named, and below nothing is shown as well."""

import pandas as pd
from matplotlib.figure import Figure

from workbench.plots import bands

TABLE = pd.DataFrame(
    {
        "name": ["a", "a", "a", "b", "b", "b"],
        "x": [-0.01, 0, 0.01] * 2,
        "y": [-0.02, 0.0, 0.01, 0.0, 0.03, 0.01],
        "low": [-0.03, -0.01, 0.0, -0.01, 0.02, 0.0],
        "high": [-0.01, 0.01, 0.02, 0.01, 0.04, 0.02],
    }
)


def drawn(table):
    axes = Figure().subplots()
    return bands.draw(
        table, groups="name", units=("bp", "bp"), labels=("change", "profit"), ax=axes
    )


def test_each_group_has_a_curve_a_band_and_its_highest_value():
    axes = drawn(TABLE)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b"]
    assert len(axes.collections) == 2
    assert [text.get_text() for text in axes.texts] == ["100.0", "300.0"]
    low, high = axes.get_ylim()
    assert low < -0.03
    assert high > 0.04


def test_a_table_without_rows_draws_axes_only():
    axes = drawn(TABLE.head(0))
    assert axes.get_legend() is None
    assert axes.get_xlabel() == "change"
