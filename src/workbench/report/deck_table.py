"""Tables of a deck: native, as many rows and columns as a slide has room for, the rest counted."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls

from workbench.record import Written
from workbench.report import fit
from workbench.report.deck_layout import Area
from workbench.report.deck_text import emu, points
from workbench.text import say

ROWS = 12
"""Rows that are shown of a long table."""
WHOLE = 16
"""A table of so many rows is shown whole where it fits: a few rows left out save too little."""
SIZES = (14.0, 13.0, 12.0, 11.0, 10.0)
DENSE = (11.0, 10.0)
SPARE = 1.16
"""What words may be wider than estimated: another typeface in its place must not break them."""
FEWEST = 4
"""So many columns are kept, however wide."""
PADS = (0.53, 0.3)
"""What a row has beside its lines, in parts of its letters: as a rule, and in a dense table."""
MOST_LINES = 3
INSET = 6.0
WIDER = 3.0
"""So many times its own width a table may be stretched to fill the slide."""
WIDEST = 250.0
"""Points that a column of words may take; longer cells are cut."""
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""What XML cannot hold."""
CELL = """<a:tc><a:txBody><a:bodyPr/><a:lstStyle/><a:p><a:pPr algn="{side}"/><a:r>
<a:rPr sz="{size}" b="{bold}"><a:solidFill><a:schemeClr val="{colour}"/></a:solidFill></a:rPr>
<a:t>{said}</a:t></a:r></a:p></a:txBody><a:tcPr marL="{inset}" marR="{inset}" marT="12700"
 marB="12700" anchor="{anchor}">{fill}</a:tcPr></a:tc>""".replace("\n", "")
NO_LINES = "".join(f'<a:ln{side} w="0"><a:noFill/></a:ln{side}>' for side in "LRT")
HEADER = '<a:solidFill><a:schemeClr val="accent1"/></a:solidFill>'
BODY = (
    f'{NO_LINES}<a:lnB w="6350"><a:solidFill><a:srgbClr val="D1D5DB"/></a:solidFill></a:lnB>'
    "<a:noFill/>"
)
"""A row has a hairline below it and no other rule."""


@dataclass(frozen=True)
class Fitted:
    """What of a table is shown: its letters, header and widths in points, and how much is left.

    `lines` is how many lines a cell may take, `pad` what a row has beside them.
    """

    size: float
    header: float
    widths: tuple[float, ...]
    rows: int
    left_rows: int
    left_columns: int
    lines: int = 1
    pad: float = PADS[0]

    @property
    def row(self) -> float:
        """Return the height of a row in points."""
        return _row(self.size, self.lines, self.pad)

    @property
    def rest(self) -> str:
        """Say what is not shown; empty when everything is."""
        said = []
        if self.left_rows:
            said.append(say("deck.rows", rows=self.left_rows))
        if self.left_columns:
            said.append(say("deck.columns", columns=self.left_columns))
        return " ".join(said)


def fitted(table: Written, area: Area) -> Fitted:
    """Return how `table` fits into `area`."""
    room = points(area.width)
    for size, pad in (*((each, PADS[0]) for each in SIZES), *((each, PADS[1]) for each in DENSE)):
        widths = _widths(table, size)
        if sum(widths) <= room and _rows(table, area, size, pad) >= _most(table):
            break
    else:
        pad = PADS[0]
    kept = len(widths)
    while kept > FEWEST and sum(widths[:kept]) > room:
        kept -= 1
    widths = widths[:kept]
    stretch = min(room / sum(widths), WIDER)
    rows = max(1, min(_most(table), _rows(table, area, size, pad)))
    one = Fitted(
        size,
        _head(table, size, room),
        tuple(width * stretch for width in widths),
        rows,
        len(table.rows) - rows,
        len(table.headings) - kept,
        pad=pad,
    )
    return _in_lines(table, area, one) or one


def _in_lines(table: Written, area: Area, one: Fitted) -> Fitted | None:
    """Return how a few rows fit with more lines each, where on one line words would be cut.

    In the largest letters and the fewest lines that cut nothing; else in two lines.
    """
    shown = Fitted(one.size, one.header, one.widths, one.rows, 0, 0)
    if not _cuts(table, shown):
        return None
    room, rows, second = points(area.width), len(table.rows), None
    for size in SIZES:
        widths = _widths(table, size)
        if sum(widths) > room:
            continue
        wide = tuple(width * min(room / sum(widths), WIDER) for width in widths)
        for lines in range(2, MOST_LINES + 1):
            found = Fitted(size, _head(table, size, room), wide, rows, 0, 0, lines=lines)
            if found.header + rows * found.row > points(area.height):
                break
            if not _cuts(table, found):
                return found
            second = second or found
    return second


def _cuts(table: Written, shown: Fitted) -> bool:
    """Tell whether a cell has more words than `shown` has room for."""
    places = [(at, wide / SPARE - 2 * INSET) for at, wide in enumerate(shown.widths)]
    return any(
        fit.lines(row[at], shown.size, wide) > shown.lines
        for row in table.rows[: shown.rows]
        for at, wide in places
    )


def draw(slide: Any, area: Area, table: Written, shown: Fitted) -> Any:
    """Return a new native table in `area`, its first row flagged as header."""
    columns = len(shown.widths)
    height = emu(shown.header + shown.rows * shown.row)
    shape = slide.shapes.add_table(
        shown.rows + 1, columns, area.left, area.top, emu(sum(shown.widths)), height
    )
    drawn = shape.table
    drawn.first_row, drawn.horz_banding = True, False
    for at, width in enumerate(shown.widths):
        drawn.columns[at].width = emu(width)
    for at in range(shown.rows + 1):
        drawn.rows[at].height = emu(shown.row if at else shown.header)
    for at, row in enumerate(drawn._tbl.tr_lst):
        said = table.headings if at == 0 else table.rows[at - 1]
        row[:] = _row_of(said, table.numeric, shown, header=at == 0)
    return shape


def _most(table: Written) -> int:
    """Return how many rows are shown where there is room."""
    return len(table.rows) if len(table.rows) <= WHOLE else ROWS


def _rows(table: Written, area: Area, size: float, pad: float) -> int:
    """Return how many rows below the header `area` has room for."""
    left = points(area.height) - _head(table, size, points(area.width))
    return int(left // _row(size, pad=pad))


def _row(size: float, lines: int = 1, pad: float = PADS[0]) -> float:
    return size * (pad + fit.LINE * lines)


def _head(table: Written, size: float, room: float) -> float:
    """Return the height of the header: of one line where every heading fits on it, else of two."""
    widths = _widths(table, size)
    stretch = min(room / sum(widths), WIDER)
    pairs = zip(table.headings, widths, strict=True)
    flat = all(
        fit.width(said, size, bold=True) <= wide * stretch - 2 * INSET for said, wide in pairs
    )
    return _row(size) if flat else size * 3.1


def _widths(table: Written, size: float) -> tuple[float, ...]:
    """Return the width each column needs: its cells on one line, its heading on two."""
    found = []
    for at, heading in enumerate(table.headings):
        cells = max(fit.width(row[at], size) for row in table.rows[: _most(table)])
        longest = max(fit.width(word, size, bold=True) for word in fit.words(heading))
        head = max(fit.width(heading, size, bold=True) * 0.58, longest)
        found.append(min(max(cells, head), WIDEST) + 2 * INSET + 2)
    return tuple(found)


def _row_of(
    said: Sequence[str], numeric: Sequence[bool], shown: Fitted, *, header: bool
) -> list[Any]:
    """Return the cells of one row. Written as XML, because a deck has many hundreds of them."""
    size, fill = shown.size, HEADER if header else BODY
    colour, anchor, bold = ("bg1", "b", 1) if header else ("tx1", "ctr", 0)
    cells = []
    for words, wide, number in zip(said, shown.widths, numeric, strict=False):
        room = (wide - 2 * INSET, size * fit.LINE * shown.lines + 1)
        kept = words if header else fit.cut(words, size, room)
        cells.append(
            CELL.format(
                side="r" if number else "l",
                size=round(size * 100),
                bold=bold,
                colour=colour,
                said=escape(ILLEGAL.sub("", kept)),
                inset=emu(INSET),
                anchor=anchor,
                fill=fill,
            )
        )
    row = parse_xml(f"<a:tr {nsdecls('a')}>{''.join(cells)}</a:tr>")
    return list(row)
