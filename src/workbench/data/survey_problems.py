"""What is wrong with answers that came back: one line each, with its place and what to do."""

import csv
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from workbench import text
from workbench.data.invitation_codes import SHAPE
from workbench.data.quarantine import REPORT, inert, masked

NOTED = ("partial", "outside")
"""Kinds that are only said: the answers count."""
SHORT = re.compile(r"-?[0-9][0-9.]{0,3}|[A-Za-z]{1,2}")
"""A value that is shown as it is: a point of a scale, or one mistyped. Names can be as short."""
COLUMNS = ("file", "row", "column", "value", "expected", "remedy")


@dataclass(frozen=True)
class Problem:
    """One value, return or file that was not taken as it is.

    Attributes
    ----------
    kind : str
        Key of the sentences that say what was expected and what to do.
    file : str
        Name of the file, as it may be shown.
    row : int or None
        Row of the file; None for a form, or for a whole file.
    column : str
        Key of the value; empty for a whole file.
    value : str
        What stood there.
    values : mapping
        What the sentences quote.
    """

    kind: str
    file: str
    row: int | None
    column: str
    value: str
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def counts(self) -> bool:
        """Tell whether something was left out."""
        return self.kind not in NOTED

    def shown(self) -> str:
        """Return the value as it may be shown: codes and points of scales, of others one letter."""
        is_plain = SHORT.fullmatch(self.value) or SHAPE.fullmatch(self.value.replace("-", ""))
        return self.value if is_plain else masked(self.value or None)

    def cells(self) -> tuple[str, ...]:
        """Return it as the values of `COLUMNS`, in the current language."""
        said = [
            text.say(f"questionnaire.{part}.{self.kind}", **self.values)
            for part in ("expected", "remedy")
        ]
        row = "" if self.row is None else str(self.row)
        return (self.file, row, self.column, self.shown(), *said)

    def line(self) -> str:
        """Return all of it in one line, in the current language."""
        file, row, column, value, expected, remedy = self.cells()
        return text.say(
            "questionnaire.problem",
            file=file,
            row=row or "-",
            column=column or "-",
            value=value or "-",
            expected=expected,
            remedy=remedy,
        )


def write(folder: Path, problems: Sequence[Problem]) -> Path:
    """Write the report of one take into `folder`: `report.csv` in Chinese, `report.en.csv`."""
    passage = folder.with_name(folder.name + ".unfinished")
    passage.mkdir(parents=True, exist_ok=True)
    for language in text.LANGUAGES:
        name = REPORT if language == "zh" else f"report.{language}.csv"
        with (
            text.spoken(language),
            (passage / name).open("w", encoding="utf-8-sig", newline="") as file,
        ):
            writer = csv.writer(file)
            writer.writerow([text.say(f"questionnaire.heading.{each}") for each in COLUMNS])
            writer.writerows([inert(cell) for cell in each.cells()] for each in problems)
    if folder.exists():
        shutil.rmtree(folder)
    passage.replace(folder)
    return folder / REPORT
