"""Workbooks in which a person codes comments: written redacted, read back, kept by fingerprint."""

import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from workbench import durable, text
from workbench.data import hand_coding, listing
from workbench.data.bank import Bank
from workbench.data.comments import LETTERS, Coder, fingerprint
from workbench.data.hand_coding import BLIND, EDITION, KEY, HandCode
from workbench.data.holding import explained
from workbench.errors import DataError, ParameterError
from workbench.privacy.audit import Log
from workbench.privacy.redact import redacted
from workbench.privacy.roles import Role

SAID, DONE = "said", "done"
FIXED = (KEY, BLIND, EDITION, SAID, DONE)
YES, NO = ("1", "x", "X", "√", "✓"), ("", "0")
EXPORTED, IMPORTED = "export comments", "import comments"
"""Actions of the audit entries."""
HIDDEN = (KEY, BLIND, EDITION)
"""Columns of no use to who codes."""
WIDTHS = {SAID: 60, DONE: 10}
MARK_WIDTH, HEAD = 14, 48


class Frame(Coder, Protocol):
    """A coder that people code by, too."""

    @property
    def edition(self) -> str:
        """Edition of the code frame."""

    def labels(self) -> Mapping[str, str]:
        """Return what each mark is called in the current language."""


@dataclass(frozen=True)
class Exported:
    """A workbook that was written: comments in it, and how many were left out as unfit."""

    file: str
    comments: int
    left_out: int


@dataclass(frozen=True)
class Imported:
    """What a workbook held: comments looked at, of them new and changed, and not yet looked at."""

    file: str
    coded: int
    new: int
    changed: int
    open: int


def export(
    bank: Bank, wave: str, frame: Frame, place: Path, *, sample: int | None = None
) -> Exported:
    """Write the different comments of `wave` into the workbook `place`, redacted.

    Parameters
    ----------
    sample : int or None
        So many comments, drawn at random from those nobody has coded, without what the code frame
        found: for agreement. None writes all with what it found, to be corrected.

    Raises
    ------
    ParameterError
        The role in force sees no comments, or there is such a file.
    DataError
        The wave has no comment.
    """
    bank.role.require_free_text()
    if place.exists():
        raise ParameterError(f"{place} exists, and may hold somebody's coding; name another file")
    found = bank.comments(wave, frame)
    if found.rows.empty:
        raise DataError(f"wave {wave!r} has no comment up to {bank.as_of}")
    known = hand_coding.read(bank.folder)
    texts: dict[str, tuple[str, Sequence[bool]]] = {}
    for said, marks in zip(found.rows["said"], found.final.tolist(), strict=True):
        texts.setdefault(fingerprint(said), (said, marks))
    chosen = list(texts) if sample is None else _drawn(texts, known, wave, sample)
    rows = list(_rows(texts, chosen, frame, blind=sample is not None))
    with explained(place, "no workbook was written"):
        _write(place, _workbook(frame, rows))
    about = f"wave {wave}: {len(rows)} comments"
    Log(bank.folder).append(bank.role.name, EXPORTED, about, bank.snapshot)
    return Exported(place.name, len(rows), len(chosen) - len(rows))


def take_in(folder: Path, role: Role, frame: Frame, place: Path) -> Imported:
    """Keep the marks of the workbook `place` in the bank in `folder`.

    Raises
    ------
    ParameterError
        The role sees no comments, or there is no such file.
    DataError
        It is not such a workbook, is of another edition, or a cell holds neither yes nor no.
    """
    role.require_free_text()
    rows = [
        {(name.split() or [name])[-1]: value for name, value in row.items()}
        for row in listing.read(place, KEY)
    ]
    missing = [name for name in (*FIXED, *frame.marks) if name not in rows[0]]
    if missing:
        raise DataError(f"{place.name} lacks the columns {missing}; export it anew")
    found: dict[str, HandCode] = {}
    for row in rows:
        one = _read(row, frame, place.name)
        if row[KEY] in found:
            raise DataError(f"{place.name}: comment {row[KEY]} is there twice; remove one row")
        if one:
            found[row[KEY]] = one
    new, changed = hand_coding.keep(folder, found)
    Log(folder).append(role.name, IMPORTED, f"{len(found)} comments")
    return Imported(place.name, len(found), new, changed, len(rows) - len(found))


def _drawn(
    texts: Mapping[str, object], known: hand_coding.HandCodes, wave: str, sample: int
) -> list[str]:
    """Return comments in the order of a hash: a random sample that is the same every time."""
    fresh = [key for key in texts if known.of(key) is None]
    return sorted(fresh, key=lambda key: hashlib.sha256(f"{wave} {key}".encode()).digest())[:sample]


def _rows(
    texts: Mapping[str, tuple[str, Sequence[bool]]],
    chosen: Sequence[str],
    frame: Frame,
    *,
    blind: bool,
) -> Iterator[list[str]]:
    for key in chosen:
        said, marks = texts[key]
        clean = redacted(said)
        if clean is not None:
            found = ["" if blind or not mark else "1" for mark in marks]
            yield [key, str(int(blind)), frame.edition, clean, "", *found]


def _read(row: Mapping[str, str], frame: Frame, name: str) -> HandCode | None:
    if not re.fullmatch(rf"[0-9a-f]{{{LETTERS}}}", row[KEY]):
        raise DataError(f"{name}: {row[KEY]!r} is no {KEY} of a comment; leave that column alone")
    if row[EDITION] != frame.edition:
        raise DataError(
            f"{name}, comment {row[KEY]}: edition {row[EDITION]!r} of the code frame, expected "
            f"{frame.edition!r}; export it anew"
        )
    ticked = {mark: _yes(row, mark, name) for mark in (*frame.marks, DONE)}
    if not ticked.pop(DONE):
        return None
    marks = frozenset(mark for mark, yes in ticked.items() if yes)
    return HandCode(marks, row[BLIND] == "1", row[EDITION])


def _yes(row: Mapping[str, str], column: str, name: str) -> bool:
    if row[column] not in (*YES, *NO):
        raise DataError(
            f"{name}, comment {row[KEY]}, column {column}: {row[column]!r}; expected 1 or nothing"
        )
    return row[column] in YES


def _workbook(frame: Frame, rows: Sequence[Sequence[str]]) -> bytes:
    import xlsxwriter

    target = io.BytesIO()
    said, done = text.say("survey.sheet_said"), text.say("survey.sheet_done")
    labels = {**frame.labels(), SAID: said, DONE: done}
    names = [*FIXED, *frame.marks]
    # In memory: otherwise its parts would lie among the temporary files.
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet(SAID)
        for at, name in enumerate(names):
            label = labels.get(name)
            sheet.set_column(at, at, WIDTHS.get(name, MARK_WIDTH), None, {"hidden": name in HIDDEN})
            sheet.write_string(0, at, f"{label}\n{name}" if label else name, head)
        for number, row in enumerate(rows, start=1):
            _line(sheet, number, row, wrapped)
        sheet.set_row(0, HEAD)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        sheet.freeze_panes(1, len(FIXED))
        sheet.autofilter(0, 0, max(len(rows), 1), len(names) - 1)
        ticks = {"validate": "list", "source": ["1"], "ignore_blank": True}
        sheet.data_validation(1, len(FIXED) - 1, max(len(rows), 1), len(names) - 1, ticks)
    return target.getvalue()


def _line(sheet: Any, number: int, row: Sequence[str], wrapped: Any) -> None:
    for at, value in enumerate(row):
        if at >= len(FIXED) and value:
            sheet.write_number(number, at, int(value))
        elif value:
            # As text, so that no comment is taken for a formula or a link.
            sheet.write_string(number, at, value, wrapped)


def _write(place: Path, content: bytes) -> None:
    durable.folder(place.parent)
    durable.write(place, content, mode=0o600)
