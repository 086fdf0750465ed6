"""The questionnaire as workbooks: a list with one row for each code, and a sheet for one person.

Cells are typed and take only what their question allows; labels, codes and keys are locked, without
a password. Neither holds anything of who an invitation belongs to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from workbench import durable, schema, text
from workbench.data.survey_returns import (
    ANSWER,
    ATTEMPTS,
    CODE,
    COMPLETED,
    CONSENT,
    KEYS,
    MODE,
    OUTCOME,
    STARTED,
    WAVE,
)
from workbench.data.survey_wave import Wave
from workbench.report import fit, workbook
from workbench.report.questionnaire_form import EXAMPLE
from workbench.rules.questionnaire import Item, Questionnaire

LOCKED = (WAVE, CODE)
ABOUT = (WAVE, CODE, CONSENT, OUTCOME, ATTEMPTS, STARTED, COMPLETED, MODE)
WIDTHS = {WAVE: 9, CODE: 17, CONSENT: 11, OUTCOME: 12, ATTEMPTS: 12, STARTED: 17, COMPLETED: 17}
WIDTH, WIDE = 15, 46
"""Widths of columns of closed and of open questions, in characters."""
BOLD = 0.85
"""How many bold letters have room where one ordinary one has."""
TIME = "yyyy-mm-dd hh:mm"
MANY = 999
LINE = 255
"""Characters that Excel allows in the list, and in the message, of a cell's rule."""
GUIDE, PAGE = (12, 60, 44), (7, 40, 36, 34)
"""Widths of the columns of the guide, and of the sheet for one person, in characters."""
ROW, LETTER, PITCH = 21, 11, 5.25
"""Height of a row of one line, size of letters, and width of a character, in points."""
GREY, INK, EDGE = "#EEF1F5", "#1F2937", "#B6BEC9"


@dataclass(frozen=True)
class _Styles:
    """Formats of cells."""

    head: Any
    fixed: Any
    free: Any
    time: Any
    words: Any
    cell: Any
    title: Any
    plain: Any


def listed(asked: Questionnaire, wave: Wave, codes: Sequence[str], place: Path) -> None:
    """Write the workbook `place` with one row for each of `codes`, and a guide behind it."""
    target = BytesIO()
    with _opened(target, asked, wave) as book:
        styles = _styles(book)
        sheet = book.add_worksheet(text.say("questionnaire.sheet_answers"))
        keys = [*ABOUT, *(item.id for item in asked.item)]
        for at, key in enumerate(keys):
            sheet.write_string(0, at, _head(_label(asked, key), key), styles.head)
            sheet.set_column(at, at, _width(asked, key))
        for row, code in enumerate(codes, start=1):
            sheet.set_row(row, ROW)
            for at, key in enumerate(keys):
                known = {WAVE: wave.id, CODE: code}.get(key)
                if known is None:
                    sheet.write_blank(row, at, None, _style(asked, key, styles))
                else:
                    sheet.write_string(row, at, known, styles.fixed)
        for at, key in enumerate(keys):
            if rule := _rule(asked, key):
                sheet.data_validation(1, at, max(len(codes), 1), at, rule)
        wraps = [_height(_label(asked, key), (_width(asked, key) - 2) * BOLD) for key in keys]
        sheet.set_row(0, max(wraps) + ROW)
        sheet.freeze_panes(1, 2)
        sheet.autofilter(0, 0, max(len(codes), 1), len(keys) - 1)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        _protect(sheet)
        _guide(book, asked, styles)
    _write(place, target.getvalue())


def single(asked: Questionnaire, wave: Wave, place: Path) -> None:
    """Write the workbook `place` for one person: one row for each question, on one page."""
    target = BytesIO()
    with _opened(target, asked, wave) as book:
        styles = _styles(book)
        sheet = book.add_worksheet(text.say("questionnaire.sheet_answers"))
        for at, width in enumerate((*PAGE, 3)):
            sheet.set_column(at, at, width, None, {"hidden": at == 4})
        row = _above(sheet, asked, wave, styles)
        heads = ("number", "question", "answer", "scale", "key")
        for at, name in enumerate(heads):
            key = {"answer": ANSWER, "key": KEYS}.get(name)
            said = text.say(f"questionnaire.{name}")
            sheet.write_string(row, at, _head(said, key) if key else said, styles.head)
        sheet.set_row(row, 2 * ROW)
        for key in (WAVE, CODE, CONSENT, *(item.id for item in asked.item)):
            row += 1
            _line(sheet, row, key, asked, wave, styles)
        sheet.set_portrait()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 1)
        sheet.print_area(0, 0, row, 3)
        _protect(sheet)
    _write(place, target.getvalue())


def _line(
    sheet: Any, row: int, key: str, asked: Questionnaire, wave: Wave, styles: _Styles
) -> None:
    """Write the row of one key: its number, what is asked, room for the answer, and a hint."""
    place = [item.id for item in asked.item].index(key) + 1 if key not in ABOUT else ""
    sheet.write_string(row, 0, str(place), styles.cell)
    sheet.write_string(row, 1, _label(asked, key), styles.cell)
    if key == WAVE:
        sheet.write_string(row, 2, wave.id, styles.fixed)
    else:
        sheet.write_blank(row, 2, None, styles.words if key == CODE else _style(asked, key, styles))
    sheet.write_string(row, 3, _hint(asked, key), styles.cell)
    sheet.write_string(row, 4, key, styles.cell)
    sheet.set_row(row, ROW * (6 if _is_open(asked, key) else 2))
    if rule := _rule(asked, key):
        sheet.data_validation(row, 2, row, 2, rule)


def _above(sheet: Any, asked: Questionnaire, wave: Wave, styles: _Styles) -> int:
    """Write what stands above the questions; return the row below it."""
    edition = text.say("questionnaire.edition", wave=wave.id, edition=asked.pack.edition)
    lines = (
        (asked.pack.title(), styles.title),
        (edition, styles.plain),
        (asked.intro.words(), styles.plain),
        (asked.consent.words(), styles.plain),
        (text.say("questionnaire.guide_sheet"), styles.plain),
    )
    for row, (said, style) in enumerate(lines):
        sheet.merge_range(row, 0, row, len(PAGE) - 1, said, style)
        sheet.set_row(row, _height(said, sum(PAGE)) if row else 1.6 * ROW)
    return len(lines)


def _guide(book: Any, asked: Questionnaire, styles: _Styles) -> None:
    """Add the sheet with what to read out, and how to fill in."""
    sheet = book.add_worksheet(text.say("questionnaire.sheet_guide"))
    for at, width in enumerate(GUIDE):
        sheet.set_column(at, at, width)
    most = asked.counts.comment
    lines = (
        asked.intro.words(),
        asked.consent.words(),
        text.say("questionnaire.guide_list"),
        text.say("questionnaire.guide_answers", code=asked.skip.code),
        text.say("questionnaire.open_hint", most=most),
        text.say("questionnaire.guide_return"),
    )
    sheet.merge_range(0, 0, 0, 2, asked.pack.title(), styles.title)
    sheet.set_row(0, 1.6 * ROW)
    for row, said in enumerate(lines, start=1):
        sheet.merge_range(row, 0, row, 2, said, styles.plain)
        sheet.set_row(row, _height(said, sum(GUIDE)))
    for at, name in enumerate(("number", "question", "scale")):
        said = text.say(f"questionnaire.{name}")
        sheet.write_string(len(lines) + 1, at, said, styles.head)
    for row, item in enumerate(asked.item, start=len(lines) + 2):
        sheet.set_row(row, 2 * ROW)
        for at, said in enumerate((item.id, item.words(), _hint(asked, item.id))):
            sheet.write_string(row, at, said, styles.cell)
    sheet.set_portrait()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.protect()


def _opened(target: BytesIO, asked: Questionnaire, wave: Wave) -> Any:
    return workbook.opened(target, wave.first, {"title": asked.pack.title()})


def _styles(book: Any) -> _Styles:
    edged = {"border": 1, "border_color": EDGE, "font_color": INK, "valign": "vcenter"}
    edged |= {"indent": 1, "align": "left"}
    grey = {**edged, "bg_color": GREY, "text_wrap": True}
    free = {**edged, "locked": False}
    return _Styles(
        head=book.add_format({**grey, "bold": True, "valign": "top"}),
        fixed=book.add_format({**edged, "bg_color": GREY, "num_format": "@"}),
        free=book.add_format({**free, "align": "center", "indent": 0}),
        time=book.add_format({**free, "num_format": TIME}),
        words=book.add_format({**free, "text_wrap": True, "num_format": "@"}),
        cell=book.add_format({**edged, "text_wrap": True}),
        title=book.add_format({"bold": True, "font_size": 16, "font_color": INK}),
        plain=book.add_format({"text_wrap": True, "valign": "vcenter", "font_color": INK}),
    )


def _style(asked: Questionnaire, key: str, styles: _Styles) -> Any:
    if key in (STARTED, COMPLETED):
        return styles.time
    return styles.words if _is_open(asked, key) else styles.free


def _item(asked: Questionnaire, key: str) -> Item | None:
    return next((item for item in asked.item if item.id == key), None)


def _is_open(asked: Questionnaire, key: str) -> bool:
    item = _item(asked, key)
    return item is not None and item.is_open


def _width(asked: Questionnaire, key: str) -> int:
    return WIDE if _is_open(asked, key) else WIDTHS.get(key, WIDTH)


def _head(label: str, key: str) -> str:
    """Return a header: what it is, and its key as the last word."""
    return label if label.casefold() == key else f"{label}\n{key}"


def _height(said: str, characters: float) -> float:
    """Return the height in points of a row that wraps `said` in so many characters."""
    return ROW + (fit.lines(said, LETTER, PITCH * characters) - 1) * LETTER * 1.5


def _label(asked: Questionnaire, key: str) -> str:
    item = _item(asked, key)
    return item.words() if item else text.say(f"questionnaire.{key}")


def _hint(asked: Questionnaire, key: str) -> str:
    """Return how the value of `key` is given."""
    item = _item(asked, key)
    if key == CODE:
        return text.say("questionnaire.code_hint", example=EXAMPLE)
    if key == CONSENT:
        return " / ".join(_words(CONSENT))
    if item is None:
        return ""
    if item.is_open:
        return text.say("questionnaire.open_hint", most=asked.counts.comment)
    scale = asked.scale[item.scale]
    labels = scale.points()
    ends = text.say(
        "questionnaire.points",
        low=scale.low,
        low_label=labels[scale.low],
        high=scale.high,
        high_label=labels[scale.high],
    )
    skip = text.say("questionnaire.skip_hint", code=asked.skip.code)
    return f"{ends}\n{skip}" if item.skip else ends


def _words(key: str) -> list[str]:
    """Return what may be picked for `key`, in the current language."""
    if key == CONSENT:
        return [text.say("questionnaire.yes"), text.say("questionnaire.no")]
    values = {OUTCOME: "response_status", MODE: "survey_mode"}[key]
    return [schema.value(values, code) for code in schema.values(values)]


def _rule(asked: Questionnaire, key: str) -> dict[str, Any] | None:
    """Return what the cells of `key` take."""
    if key in (CONSENT, OUTCOME, MODE):
        return _picked(_words(key))
    if key == ATTEMPTS:
        return {"validate": "integer", "criteria": "between", "minimum": 0, "maximum": MANY}
    item = _item(asked, key)
    if item is None:
        return None
    if item.is_open:
        most = asked.counts.comment
        said = text.say("questionnaire.open_hint", most=most)[:LINE]
        rule = {"validate": "length", "criteria": "<=", "value": most}
        return {**rule, "input_title": "", "input_message": said}
    scale = asked.scale[item.scale]
    points = [str(point) for point in range(scale.low, scale.high + 1)]
    return {
        **_picked([*points, *([asked.skip.code] if item.skip else [])]),
        "input_title": item.id,
        "input_message": _hint(asked, key)[:LINE],
    }


def _picked(choices: Sequence[str]) -> dict[str, Any]:
    said = text.say("questionnaire.pick_text", choices=", ".join(choices))
    return {
        "validate": "list",
        "source": list(choices),
        "error_title": text.say("questionnaire.pick_title"),
        "error_message": said[:LINE],
    }


def _protect(sheet: Any) -> None:
    """Lock labels, codes and keys; whoever fills in may still filter, sort and change widths."""
    allowed = ("format_columns", "format_rows", "sort", "autofilter")
    sheet.protect("", dict.fromkeys(allowed, True))


def _write(place: Path, content: bytes) -> None:
    durable.folder(place.parent)
    durable.write(place, content, mode=0o600)
