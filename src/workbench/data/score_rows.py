"""Scores of a model on their way into `risk_assessments`: one load, all of it or nothing.

A day's scores of a model are one file, named by both, so that scoring again supersedes them: rows
with the same key are replaced, and those of customers that are no longer scored are withdrawn.
What an officer overruled stays with the row.
"""

import csv
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from workbench import schema
from workbench.data import intake
from workbench.data.lake import Lake
from workbench.data.load import Load
from workbench.data.sources import Cell, FileMap, Source, Target
from workbench.data.survey_wave import AFTER, rows
from workbench.errors import DataError, NothingToDoError

TABLE = "risk_assessments"
OVERRULED = ("override_grade", "override_reason")
"""What a person decided about a row; a model does not take it back."""
Row = Mapping[str, object]


def keep(folder: Path, model: str, day: date, scores: Sequence[Row], *, snapshot: str) -> Load:
    """Write the scores of `model` on `day` into the bank in `folder`, in one snapshot.

    Parameters
    ----------
    folder : Path
        The bank.
    model : str
        Its name; one file of scores for each day.
    scores : sequence of mapping
        Columns of `risk_assessments` by name; `assessment_id` says model, day and customer.
    snapshot : str
        What the scores were worked out from: another one by now stops it.

    Raises
    ------
    NothingToDoError
        The bank holds exactly these scores.
    DataError
        The bank changed since they were worked out, or they break a rule or a check.
    LockedError, MachineError, ParameterError
        As `intake.keep`.
    """
    name = f"scores_{model}_{day:%Y%m%d}.csv"

    def made(scratch: Path) -> list[Path]:
        newest = Lake(folder).current()
        if newest is None or newest.id != snapshot:
            raise DataError(
                f"the bank changed while it was scored (snapshot {snapshot}, now "
                f"{newest.id if newest else 'none'}); score it again"
            )
        of_day = rows(folder, TABLE, model_id=model, assessed_on=str(day))
        held = {str(row["assessment_id"]): row for row in of_day}
        mine = [_with_overrides(row, held.get(str(row["assessment_id"]))) for row in scores]
        if _same(mine, of_day):
            raise NothingToDoError(
                f"the bank holds exactly these {len(mine)} scores of {day}; nothing was changed"
            )
        place = scratch / name
        names = [column.name for column in schema.table(TABLE).columns]
        with place.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*names, AFTER])
            writer.writerows([*map(_text, map(row.get, names)), snapshot] for row in mine)
        return [place]

    return intake.keep(folder, _source(name), made)


def _source(name: str) -> Source:
    columns = {column.name: Cell(header=[column.name]) for column in schema.table(TABLE).columns}
    return Source(
        name="risk-scores",
        title_zh="模型评分",
        title_en="Scores of a model",
        bank="",
        bank_en="",
        error_limit=0,
        file=[FileMap(pattern=[name], table=[Target(table=TABLE, columns=columns)])],
    )


def _with_overrides(row: Row, before: Row | None) -> Row:
    if before is None:
        return row
    return {**row, **{name: row.get(name) or before[name] for name in OVERRULED}}


def _same(mine: Sequence[Row], held: Sequence[Row]) -> bool:
    """Tell whether the bank holds these rows, value by value."""
    if len(mine) != len(held):
        return False
    names = [column.name for column in schema.table(TABLE).columns]
    written = {tuple(_text(row.get(name)) for name in names) for row in mine}
    return written == {tuple(_text(row.get(name)) for name in names) for row in held}


def _text(value: object) -> str:
    return "" if value is None or value != value else str(value)
