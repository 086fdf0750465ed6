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


def test_rates_of_one_kind_are_shaded_over_the_whole_grid():
    table = pd.DataFrame({"strong": [0.1, 0.2], "weak": [0.3, np.nan]})
    marks = np.full((2, 2), None)
    ax = grid.draw(
        table, marks=marks, unit="share", label="rate", ax=Figure().subplots(), whole=True
    )
    shades = ax.images[0].get_array()
    assert np.allclose(shades.compressed(), [0.0, 1.0, 0.5])
    assert shades.mask.tolist() == [[False, False], [False, True]]


def test_long_names_break_at_spaces():
    ax = drawn()
    assert [label.get_text() for label in ax.get_xticklabels()] == ["Ease\nof\nit", "Price"]
    assert ax.get_xlabel() == "mean"


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
