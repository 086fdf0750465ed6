"""A drawing that is a chart carries its numbers; any other carries none."""

from dataclasses import asdict

import pandas as pd
from matplotlib.figure import Figure

from workbench import chart
from workbench.plots import bars, columns, intervals, lines, ranked
from workbench.style import ACCENT, PALETTE

TABLE = pd.DataFrame(
    {"name": ["a", "b"], "value": [0.5, None], "strong": [True, False], "two": [1 / 3, 0.25]}
)
SHARED = {"unit": "share", "label": "shown"}


def noted(draw, **options):
    figure = Figure()
    draw(TABLE, ax=figure.subplots(), **SHARED, **options)
    return chart.of(figure)


def test_ranked_bars_are_noted_with_what_stands_out():
    found = noted(ranked.draw, rows="name")
    assert found == chart.Chart(
        "ranked",
        ("a", "b"),
        (chart.Series("shown", (0.5, None), ACCENT),),
        "share",
        "shown",
        (True, False),
    )


def test_columns_are_noted_with_their_reference():
    found = noted(columns.draw, columns="name", reference=0.4)
    assert (found.kind, found.reference, found.strong) == ("columns", 0.4, (True, False))


def test_parts_and_lines_are_noted_with_names_and_colours():
    parts = {"value": ("V", "#111111"), "two": ("T", "#222222")}
    found = noted(bars.stacked, rows="name", parts=parts)
    assert [(each.name, each.colour) for each in found.series] == list(parts.values())
    found = noted(lines.draw, columns="name", lines={"two": "Two"})
    assert found.series == (chart.Series("Two", (0.333333, 0.25), PALETTE[0]),)


def test_a_drawing_that_is_no_chart_is_not_noted():
    figure = Figure()
    table = TABLE.assign(low=0.1, high=0.9)
    intervals.draw(table, rows="name", ax=figure.subplots(), **SHARED)
    assert chart.of(figure) is None


def test_a_figure_of_two_charts_is_no_chart():
    figure = Figure()
    for ax in figure.subplots(1, 2):
        ranked.draw(TABLE, rows="name", ax=ax, **SHARED)
    assert chart.of(figure) is None


def test_a_chart_is_read_as_it_was_written():
    found = noted(columns.draw, columns="name", reference=0.4)
    assert chart.Chart.read(asdict(found)) == found


def test_numbers_are_written_where_the_figure_writes_them():
    found = noted(columns.draw, columns="name")
    assert found.labelled(found.series[0]) == (True, False)
    found = noted(lines.draw, columns="name", lines={"two": "Two", "value": "V"})
    assert [found.labelled(each) for each in found.series] == [(False, True), (True, False)]
    parts = {"value": ("V", "#111111"), "two": ("T", "#222222")}
    found = noted(bars.stacked, rows="name", parts=parts)
    assert found.whole() == 0.8333
    assert found.labelled(chart.Series("s", (0.04, 0.06), "#111111")) == (False, True)


def test_a_chart_without_bars_is_left_a_drawing():
    figure = Figure()
    chart.note(figure.subplots(), chart.Chart("ranked", (), (), "share", "nothing"))
    assert chart.of(figure) is None
