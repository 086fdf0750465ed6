import pandas as pd
import pytest
from matplotlib.figure import Figure

from workbench import style
from workbench.plots import bars


def drawn(rows):
    table = pd.DataFrame(rows, columns=["group", "yes", "no"])
    ax = Figure().subplots()
    parts = {"yes": ("Ja", "#000000"), "no": ("Nein", "#ff0000")}
    return bars.stacked(table, rows="group", parts=parts, unit="share", label="x", ax=ax)


def test_the_parts_of_a_row_follow_one_another():
    ax = drawn([("a", 0.25, 0.75)])
    assert [(bar.get_x(), bar.get_width()) for bar in ax.patches] == [(0, 0.25), (0.25, 0.75)]
    assert [bar.get_facecolor()[0] for bar in ax.patches] == [0, 1]


def test_rows_run_from_the_top_and_parts_are_named():
    ax = drawn([("a", 0.25, 0.75), ("b", 0.5, 0.5)])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]
    assert [entry.get_text() for entry in ax.get_legend().get_texts()] == ["Ja", "Nein"]


def test_numbers_stand_only_where_there_is_room():
    ax = drawn([("a", 0.02, 0.98)])
    assert [text.get_text() for text in ax.texts] == ["98.0%"]


def test_a_missing_part_takes_no_place():
    ax = drawn([("a", float("nan"), 1.0)])
    assert [bar.get_width() for bar in ax.patches] == [0, 1]


@pytest.mark.parametrize("colour", [*style.PALETTE, style.MUTED])
def test_numbers_can_be_read_on_the_colour_of_their_part(colour):
    table = pd.DataFrame([("a", 1.0)], columns=["group", "yes"])
    ax = Figure().subplots()
    bars.stacked(table, rows="group", parts={"yes": ("Ja", colour)}, unit="share", label="x", ax=ax)
    assert style.contrast(ax.texts[0].get_color(), colour) >= 4.5
