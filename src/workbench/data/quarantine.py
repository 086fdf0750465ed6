"""The quarantine report: which value of which file broke which rule, and what to do."""

import csv
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from workbench import durable, schema, text
from workbench.data import reading, sources
from workbench.data.reading import Raw
from workbench.data.recognise import Found
from workbench.data.staging import Rejected
from workbench.privacy import vault

REPORT = "report.csv"
MOST = 10_000
"""How many values a report names per table; the counts are of all."""
HIDDEN = "•••"
COLUMNS = ("file", "line", "record", "table", "header", "value", "rule", "remedy")


@dataclass(frozen=True)
class Entry:
    """One rejected value, located.

    Attributes
    ----------
    file, line, record : str, int, int
        Where it stands; `line` counts lines of the file from 1, `record` rows below the header.
    table, column, header : str
        Canonical table and column, and the header the file has for it.
    value : str or None
        What stood there; at most its first character is ever written.
    rule : str
        Key of the rule.
    """

    file: str
    line: int
    record: int
    table: str
    column: str
    header: str
    value: str | None
    rule: str

    def said(self) -> str:
        """Return the rule in the current language."""
        return text.say(f"intake.rule.{self.rule}", **self._values())

    def remedy(self) -> str:
        """Return what to do in the current language."""
        return text.say(f"intake.remedy.{self.rule}", **self._values())

    def shown(self) -> str:
        """Return what a report may show of the value: of a person's name or number nothing."""
        table = schema.table(self.table)
        secret = self.table == vault.TABLE or table.column(self.column).pseudonymised
        return HIDDEN if secret and self.value else masked(self.value)

    def line_of_report(self) -> str:
        """Return all of it in one line."""
        return text.say(
            "intake.entry",
            file=self.file,
            line=self.line,
            header=self.header,
            value=self.shown(),
            rule=self.said(),
            remedy=self.remedy(),
        )

    def _values(self) -> dict[str, str]:
        column = schema.table(self.table).column(self.column)
        ends = {"low": column.low, "high": column.high}
        return {
            "column": column.label(),
            "type": text.say(f"intake.type.{column.type}"),
            "codes": "、".join(list(schema.values(column.values))[:12]) if column.values else "",
            "parent": (column.refers_to or "").partition(".")[0],
            "pattern": column.pattern or "",
            **{name: "" if end is None else f"{end:.12g}" for name, end in ends.items()},
        }


@dataclass(frozen=True)
class Place:
    """Where rejected values are looked up: the file, and how it was read."""

    found: Found
    raw: Raw

    def header(self, table: str, column: str) -> str:
        """Return the header of the file that canonical `column` of `table` comes from."""
        for target in self.found.kind.tables:
            for cells in target.rows():
                if target.table == table and column in cells:
                    name = sources.found(cells[column].header, self.raw.headers)
                    if name:
                        return self.raw.written[self.raw.headers[name]]
        return column


def entries(table: str, rejected: Sequence[Rejected], places: Mapping[int, Place]) -> list[Entry]:
    """Return `rejected` values of `table` with the file, line and header they come from."""
    located = []
    for file, values in groupby(rejected, key=lambda each: each.file):
        own = list(values)
        place = places.get(file)
        numbers = {each.record for each in own}
        lines = reading.lines(place.raw, place.found.kind, numbers) if place else {}
        located += [
            Entry(
                file=place.found.name if place else "data/sources",
                line=lines.get(each.record, each.record),
                record=each.record,
                table=table,
                column=each.column,
                header=place.header(table, each.column) if place else each.column,
                value=each.value,
                rule=each.rule,
            )
            for each in own
        ]
    return located


def masked(value: str | None) -> str:
    """Return the first character of `value` and dots: enough to find it, too little to tell."""
    if value is None:
        return ""
    return (value[0] if value[0].isalnum() else "•") + HIDDEN


def write(folder: Path, entries: Sequence[Entry], counts: Mapping[str, Mapping[str, int]]) -> Path:
    """Write the report of one load to `folder` and return the Chinese table's path.

    `report.csv` (Chinese), `report.en.csv` and `report.json` say the same.
    """
    passage = folder.with_name(folder.name + ".unfinished")
    durable.folder(passage)
    for language in text.LANGUAGES:
        with text.spoken(language):
            _table(passage / report(language), entries)
    plain = {"counts": counts, "entries": [_plain(entry) for entry in entries]}
    (passage / "report.json").write_text(json.dumps(plain, ensure_ascii=False, indent=1), "utf-8")
    if folder.exists():
        # Of an earlier try that took nothing in; the map or the limit has changed since.
        shutil.rmtree(folder)
    durable.flush(passage)
    durable.move(passage, folder)
    return folder / REPORT


def report(language: text.Language) -> str:
    """Return the name of the table in `language`."""
    return REPORT if language == "zh" else f"report.{language}.csv"


def inert(text: str) -> str:
    """Return `text` so that a spreadsheet does not run it as a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _table(path: Path, entries: Iterable[Entry]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([text.say(f"intake.heading.{name}") for name in COLUMNS])
        for each in entries:
            where = (inert(each.file), each.line, each.record, each.table, inert(each.header))
            writer.writerow([*where, each.shown(), each.said(), each.remedy()])


def _plain(entry: Entry) -> dict[str, object]:
    return {**vars(entry), "value": entry.shown()}
