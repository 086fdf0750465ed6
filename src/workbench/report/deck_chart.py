"""Charts of a deck: native and editable, with the numbers, names and colours of the figure."""

from typing import Any

from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE as TYPE
from pptx.enum.chart import XL_LABEL_POSITION as AT
from pptx.enum.chart import XL_LEGEND_POSITION, XL_TICK_LABEL_POSITION, XL_TICK_MARK
from pptx.enum.dml import MSO_THEME_COLOR as COLOUR
from pptx.oxml.ns import qn
from pptx.util import Pt

from workbench import style
from workbench.chart import Chart
from workbench.report import office
from workbench.report.deck_layout import Area
from workbench.style import ACCENT, MUTED, PALETTE

KINDS = {
    "ranked": TYPE.BAR_CLUSTERED,
    "stacked": TYPE.BAR_STACKED,
    "columns": TYPE.COLUMN_CLUSTERED,
    "lines": TYPE.LINE_MARKERS,
}
THEME = {
    colour: getattr(COLOUR, f"ACCENT_{number}") for number, colour in enumerate(PALETTE, start=1)
}
SLANT = "-2700000"
"""Names along an axis that stand too close to lie flat: 45 degrees up."""
PLACES = 12
"""At most about so many places along an axis are labelled."""
SIZE = 11
SIZES = ((10, 12), (15, 10), (30, 9), (10**6, 8))
"""Up to so many categories their names are set in so many points."""


class _Data(CategoryChartData):
    """A chart's data, whose embedded workbook takes every name as text and none as a formula."""

    @property
    def xlsx_blob(self) -> bytes:
        """Return the embedded workbook, in the places python-pptx refers to."""
        from workbench.report import workbook

        names = [series.name for series in self]
        columns = [list(series.values) for series in self]
        labels = [str(category.label) for category in self.categories]
        return workbook.embedded(labels, names, columns, self.number_format)


def draw(slide: Any, area: Area, chart: Chart) -> Any:
    """Return a new native chart in `area`."""
    data: Any = _Data(number_format=office.chart_format(chart))  # type: ignore[no-untyped-call]
    data.categories = list(chart.categories)
    for series in chart.series:
        data.add_series(series.name, series.values)
    if chart.reference is not None:
        data.add_series(_reference(chart), [chart.reference] * len(chart.categories))
    shape = slide.shapes.add_chart(
        KINDS[chart.kind], area.left, area.top, area.width, area.height, data
    )
    drawn = shape.chart
    drawn.font.size = Pt(SIZE)
    drawn.font.color.theme_color = COLOUR.TEXT_1
    _title(drawn, chart)
    _axes(drawn, chart)
    _SERIES[chart.kind](drawn, chart)
    if chart.reference is not None:
        _as_line(drawn)
    return shape


def _reference(chart: Chart) -> str:
    from workbench.text import say

    return say("deck.reference")


def _title(drawn: Any, chart: Chart) -> None:
    """Say above the chart what it shows, as the figure does along its axis."""
    drawn.has_title = True
    frame = drawn.chart_title.text_frame
    frame.text = chart.label
    font = frame.paragraphs[0].runs[0].font
    font.size, font.bold = Pt(SIZE + 1), False
    font.color.theme_color = COLOUR.TEXT_2
    drawn.chart_title.include_in_layout = False
    drawn.has_legend = len(chart.series) > 1 or chart.reference is not None
    if drawn.has_legend:
        drawn.legend.position = XL_LEGEND_POSITION.BOTTOM
        drawn.legend.include_in_layout = False


def _axes(drawn: Any, chart: Chart) -> None:
    places, numbers = drawn.category_axis, drawn.value_axis
    lying = chart.kind in ("ranked", "stacked")
    places.has_major_gridlines = False
    places.major_tick_mark = XL_TICK_MARK.NONE
    places.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    places.format.line.color.rgb = _rgb(MUTED)
    places.reverse_order = lying
    places.tick_labels.font.size = Pt(_size(chart))
    turned = not lying and len(chart.categories) > PLACES
    places._element.find(qn("c:txPr")).find(qn("a:bodyPr")).set("rot", SLANT if turned else "0")
    # LibreOffice, and narrow charts in PowerPoint, leave names out unless told not to.
    _skip(places, 1 if lying else -(-len(chart.categories) // PLACES))
    numbers.has_major_gridlines = not lying
    numbers.visible = not lying
    numbers.major_tick_mark = XL_TICK_MARK.NONE
    numbers.minimum_scale = min(0.0, _least(chart))
    if chart.kind == "stacked":
        numbers.maximum_scale = chart.whole()
    numbers.tick_labels.number_format = office.chart_format(chart)
    numbers.tick_labels.number_format_is_linked = False
    if not lying:
        numbers.major_gridlines.format.line.color.rgb = RGBColor(0xE5, 0xE7, 0xEB)
        numbers.format.line.fill.background()


def _ranked(drawn: Any, chart: Chart) -> None:
    plot = drawn.plots[0]
    plot.gap_width = _gap(chart)
    series = plot.series[0]
    _paint(series.format.fill, ACCENT)
    for at, strong in enumerate(chart.strong):
        if not strong:
            _paint(series.points[at].format.fill, MUTED)
    plot.has_data_labels = True
    labels = plot.data_labels
    labels.number_format = office.chart_format(chart)
    labels.number_format_is_linked = False
    labels.position, labels.show_value = AT.OUTSIDE_END, True
    labels.font.size = Pt(_size(chart))


def _columns(drawn: Any, chart: Chart) -> None:
    plot = drawn.plots[0]
    plot.gap_width = 45
    series = plot.series[0]
    _paint(series.format.fill, ACCENT)
    for at, strong in enumerate(chart.strong):
        if not strong:
            _paint(series.points[at].format.fill, MUTED)
    _label(series, chart, 0, AT.OUTSIDE_END)


def _stacked(drawn: Any, chart: Chart) -> None:
    plot = drawn.plots[0]
    plot.gap_width, plot.overlap = _gap(chart), 100
    for number, (series, own) in enumerate(zip(plot.series, chart.series, strict=True)):
        _paint(series.format.fill, own.colour)
        colour = COLOUR.TEXT_1 if style.on(own.colour) == style.INK else COLOUR.BACKGROUND_1
        _label(series, chart, number, AT.CENTER, colour)


def _lines(drawn: Any, chart: Chart) -> None:
    for number, (series, own) in enumerate(zip(drawn.plots[0].series, chart.series, strict=True)):
        series.smooth = False
        _paint(series.format.line, own.colour)
        series.format.line.width = Pt(2.25)
        _paint(series.marker.format.fill, own.colour)
        _paint(series.marker.format.line, own.colour)
        series.marker.size = 6
        _label(series, chart, number, AT.ABOVE)


_SERIES = {"ranked": _ranked, "stacked": _stacked, "columns": _columns, "lines": _lines}


def _label(
    series: Any, chart: Chart, number: int, position: Any, colour: Any = COLOUR.TEXT_1
) -> None:
    """Write the numbers of a series that are to be written."""
    for at, shown in enumerate(chart.labelled(chart.series[number])):
        if shown:
            label = series.points[at].data_label
            label.position = position
            label.font.size = Pt(SIZE)
            label.font.color.theme_color = colour


def _paint(target: Any, colour: str) -> None:
    """Fill, or draw, in `colour`: the theme's own where it stands for a series colour."""
    if hasattr(target, "solid"):
        target.solid()
        owner = target.fore_color
    else:
        owner = target.color
    if colour in THEME:
        owner.theme_color = THEME[colour]
    else:
        owner.rgb = _rgb(colour)


def _rgb(colour: str) -> RGBColor:
    red, green, blue = bytes.fromhex(colour.lstrip("#"))
    return RGBColor(red, green, blue)


def _size(chart: Chart) -> int:
    return next(size for most, size in SIZES if len(chart.categories) <= most)


def _gap(chart: Chart) -> int:
    """Return the room between bars in percent of their width: few bars are not to be blocks."""
    return 55 if len(chart.categories) > 5 else 110


def _least(chart: Chart) -> float:
    known = [value for series in chart.series for value in series.values if value is not None]
    return min(known, default=0.0)


def _skip(axis: Any, every: int) -> None:
    element = axis._element
    for tag in ("c:tickLblSkip", "c:tickMarkSkip"):
        skip = element.makeelement(qn(tag), {"val": str(every)})
        element.find(qn("c:noMultiLvlLbl")).addprevious(skip)


def _as_line(drawn: Any) -> None:
    """Make the last series of a column chart a dashed line over the others.

    python-pptx makes charts of one kind only: the series is moved into a line chart beside it.
    """
    bars = drawn._chartSpace.find(f".//{qn('c:barChart')}")
    series = bars.findall(qn("c:ser"))[-1]
    for tag in ("c:invertIfNegative", "c:dLbls", "c:spPr"):
        for child in series.findall(qn(tag)):
            series.remove(child)
    lines = bars.makeelement(qn("c:lineChart"), {})
    lines.append(lines.makeelement(qn("c:grouping"), {"val": "standard"}))
    lines.append(lines.makeelement(qn("c:varyColors"), {"val": "0"}))
    lines.append(series)
    series.find(qn("c:tx")).addnext(_dashes(series))
    series.find(qn("c:spPr")).addnext(_no_marker(series))
    lines.append(lines.makeelement(qn("c:marker"), {"val": "1"}))
    for axis in bars.findall(qn("c:axId")):
        lines.append(lines.makeelement(qn("c:axId"), {"val": axis.get("val")}))
    bars.addnext(lines)


def _dashes(series: Any) -> Any:
    properties = series.makeelement(qn("c:spPr"), {})
    line = properties.makeelement(qn("a:ln"), {"w": "15875"})
    fill = line.makeelement(qn("a:solidFill"), {})
    fill.append(fill.makeelement(qn("a:srgbClr"), {"val": "6B7280"}))
    line.append(fill)
    line.append(line.makeelement(qn("a:prstDash"), {"val": "dash"}))
    properties.append(line)
    return properties


def _no_marker(series: Any) -> Any:
    marker = series.makeelement(qn("c:marker"), {})
    marker.append(marker.makeelement(qn("c:symbol"), {"val": "none"}))
    return marker
