import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from workbench.plots import grid


def drawn():
    table = pd.DataFrame({"Ease of it": [5.0, 6.0], "Price": [4.0, np.nan]}, index=["a", "b"])
    marks = np.array([["▼", None], [None, None]], dtype=object)
    return grid.draw(table, marks=marks, unit="score", label="mean", ax=Figure().subplots())


def test_every_cell_has_its_number_its_mark_or_a_dash():
    assert [text.get_text() for text in drawn().texts] == ["5.00 ▼", "4.00", "6.00", "–"]


def test_columns_are_shaded_apart_since_their_scales_may_differ():
    shades = drawn().images[0].get_array()
    assert shades[:, 0].tolist() == [0.0, 1.0]
    assert shades[0, 1] == 0.0
    assert shades.mask[1, 1]


def test_shares_of_one_whole_are_shaded_against_the_greatest_of_all():
    table = pd.DataFrame({"a": [0.2, np.nan], "b": [0.5, 1.0]}, index=["x", "y"])
    marks = np.full(table.shape, "")
    ax = Figure().subplots()
    grid.draw(table, marks=marks, unit="share", label="share", ax=ax, whole=True)
    shades = ax.images[0].get_array()
    assert shades.filled(-1).tolist() == [[0.2, 0.5], [-1, 1.0]]


def headings(names):
    table = pd.DataFrame([[1.0] * len(names)], columns=names, index=["x"])
    marks = np.full((1, len(names)), None, dtype=object)
    ax = grid.draw(table, marks=marks, unit="score", label="mean", ax=Figure().subplots())
    assert ax.get_xlabel() == "mean"
    return [label.get_text() for label in ax.get_xticklabels()]


def test_long_names_break_at_spaces_and_short_words_share_a_line():
    assert headings(["Ease of it", "Price", "Speed of the decision"]) == [
        "Ease of it",
        "Price",
        "Speed of the\ndecision",
    ]


def test_a_minus_a_dash_or_an_apostrophe_does_not_make_a_heading_chinese():
    assert headings(
        ["Rates +200 bp, income \u221220%", "Firms\u2019 own judgement", "收入\u221220%"]
    ) == [
        "Rates +200\nbp, income\n\u221220%",
        "Firms\u2019 own\njudgement",
        "收入\u221220%",
    ]


def test_headings_of_many_columns_break_at_hyphens_and_in_the_middle_of_chinese():
    names = ["Fixed-asset loan", "Mortgage", "Guaranteed", "住房按揭贷款", "质押", "a", "b"]
    table = pd.DataFrame([[1.0] * 7], columns=names, index=["x"])
    marks = np.full((1, 7), None, dtype=object)
    ax = grid.draw(table, marks=marks, unit="score", label="mean", ax=Figure().subplots())
    found = [label.get_text() for label in ax.get_xticklabels()]
    assert found[:5] == ["Fixed-\nasset\nloan", "Mortgage", "Guaranteed", "住房按\n揭贷款", "质押"]


def test_a_table_without_rows_is_an_empty_drawing():
    table = pd.DataFrame({"Price": np.empty(0)})
    ax = Figure().subplots()
    grid.draw(table, marks=np.empty((0, 1), dtype=object), unit="score", label="mean", ax=ax)
    assert len(ax.texts) == 0
    ax.figure.canvas.draw()
