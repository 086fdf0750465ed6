"""Native charts of a workbook, with the numbers, names and colours of the figure."""

from typing import Any

from workbench import style
from workbench.chart import Chart
from workbench.report import office, sheet_grid
from workbench.report.sheet_grid import FONT, INK, SOFT, Book, Field, cell
from workbench.style import ACCENT, MUTED
from workbench.text import language, say

KINDS: dict[str, dict[str, str]] = {
    "ranked": {"type": "bar"},
    "stacked": {"type": "bar", "subtype": "stacked"},
    "columns": {"type": "column"},
    "lines": {"type": "line"},
}
WIDTH, LEAST = 720, 300
ROW = 20
"""Pixels of a row, and of a bar that still bears its name."""


def insert(book: Book, sheet: Any, place: tuple[int, int], chart: Chart, described: str) -> None:
    """Put `chart` at `place` of `sheet`, and the numbers it is drawn from below it."""
    top, left = place
    height = max(LEAST, 90 + ROW * len(chart.categories)) if _lies(chart) else LEAST + 60
    data = top + -(-height // ROW) + 2
    columns = _data(book, sheet, (data, left), chart)
    drawn = book.made.add_chart(KINDS[chart.kind])
    count = len(chart.categories)
    span = (data + 2, data + 1 + count)
    for at in range(len(chart.series)):
        drawn.add_series(_series(sheet.name, (data + 1, left, left + 1 + at, *span), chart, at))
    if chart.reference is not None:
        line = book.made.add_chart({"type": "line"})
        line.add_series(_reference(sheet.name, (data + 1, left, left + columns, *span)))
        drawn.combine(line)
    _dress(drawn, chart)
    drawn.set_size({"width": WIDTH, "height": height})
    sheet.insert_chart(top, left, drawn, {"description": described, "object_position": 2})


def _data(book: Book, sheet: Any, place: tuple[int, int], chart: Chart) -> int:
    """Write the chart's numbers below a heading; return how many columns of them there are."""
    top, left = place
    book.words(sheet, place, say("sheet.chart"), bold=True, font_color=SOFT)
    columns = [(series.name, list(series.values)) for series in chart.series]
    if chart.reference is not None:
        columns.append((say("deck.reference"), [chart.reference] * len(chart.categories)))
    for row, category in enumerate(chart.categories):
        book.words(sheet, (top + 2 + row, left), category)
    numbers = Field("", chart.unit)
    for at, (name, values) in enumerate(columns, start=1):
        book.words(sheet, (top + 1, left + at), name, bold=True, align="right")
        wide = sheet_grid.characters(name) + 2
        sheet.set_column(left + at, left + at, min(max(wide, 12), 30))
        for row, value in enumerate(values):
            cell(book, sheet, (top + 2 + row, left + at), value, numbers)
    sheet.set_column(left, left, 26)
    return len(columns)


def _series(
    sheet: str, at: tuple[int, int, int, int, int], chart: Chart, number: int
) -> dict[str, Any]:
    """Return the options of one series; `at` is heading row, label column, column, first, last."""
    header, labels, column, first, last = at
    colour = chart.series[number].colour
    options: dict[str, Any] = {
        "name": [sheet, header, column],
        "categories": [sheet, first, labels, last, labels],
        "values": [sheet, first, column, last, column],
        "gap": 55,
    }
    options["data_labels"] = _labels(chart, number)
    if chart.kind == "lines":
        mark = {"type": "circle", "size": 5, "fill": {"color": colour}, "border": {"color": colour}}
        return {**options, "line": {"color": colour, "width": 2.25}, "marker": mark}
    options["fill"] = {"color": colour}
    if chart.strong:
        shades = [ACCENT if strong else MUTED for strong in chart.strong]
        options["points"] = [{"fill": {"color": shade}} for shade in shades]
    if chart.kind == "stacked":
        options["overlap"] = 100
    return options


def _labels(chart: Chart, number: int) -> dict[str, Any]:
    """Return the options that write the numbers of a series that are to be written."""
    series = chart.series[number]
    ink = style.on(series.colour) if chart.kind == "stacked" else INK
    return {
        "value": True,
        "num_format": _format(chart),
        "font": {**_font(9), "color": ink},
        "custom": [None if shown else {"delete": True} for shown in chart.labelled(series)],
        **({"position": "above"} if chart.kind == "lines" else {}),
    }


def _reference(sheet: str, at: tuple[int, int, int, int, int]) -> dict[str, Any]:
    header, labels, column, first, last = at
    return {
        "name": [sheet, header, column],
        "categories": [sheet, first, labels, last, labels],
        "values": [sheet, first, column, last, column],
        "line": {"color": "#6B7280", "width": 1.25, "dash_type": "dash"},
    }


def _dress(drawn: Any, chart: Chart) -> None:
    lies = _lies(chart)
    drawn.set_title({"name": chart.label, "name_font": {**_font(11), "bold": False}})
    places = {"reverse": lies, "num_font": _font(9), "line": {"color": MUTED}, "interval_unit": 1}
    if not lies:
        places.pop("interval_unit")
    least = {"min": 0} if all(v is None or v >= 0 for s in chart.series for v in s.values) else {}
    grid = {"visible": not lies, "line": {"color": "#E5E7EB"}}
    numbers = {
        **{"num_format": _format(chart), "num_font": _font(9), "visible": not lies},
        **{"major_gridlines": grid, **least},
        **({"max": chart.whole()} if chart.kind == "stacked" else {}),
    }
    # The x axis of xlsxwriter is the one that lies, whatever stands on it.
    drawn.set_x_axis(numbers if lies else places)
    drawn.set_y_axis(places if lies else numbers)
    many = len(chart.series) > 1 or chart.reference is not None
    drawn.set_legend({"position": "bottom", "font": _font(9)} if many else {"none": True})
    drawn.set_chartarea({"border": {"color": "#E5E7EB"}})


def _lies(chart: Chart) -> bool:
    return chart.kind in ("ranked", "stacked")


def _format(chart: Chart) -> str:
    return office.chart_format(chart)


def _font(size: int) -> dict[str, Any]:
    return {"name": FONT[language()], "size": size, "color": INK}
