"""Survey waves as the bank keeps them: written down when they are drawn, and read while they last.

A wave that is drawn is a load like any other: one snapshot with the wave, its questions and its
sample, each invitation with its stratum, the population of the stratum and its design weight.
Whoever is in it counts as asked from then on. Answers that come back correct the sample and add to
it, see `workbench.data.survey_take`.
"""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from workbench import schema
from workbench.data import intake
from workbench.data.bank import Bank
from workbench.data.lake import Lake
from workbench.data.load import Load
from workbench.data.sources import Cell, FileMap, Source, Target
from workbench.errors import DataError, ParameterError
from workbench.privacy import roles
from workbench.privacy.audit import Log

NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,19}")
"""What a wave may be called: files are named by it."""
DRAWN = "draw survey"
"""Action of the audit entry; its subject says the wave and how many."""
NEEDED = (
    "customers.do_not_contact",
    "customers.branch_id",
    "consents.purpose",
    "survey_answers.value_num",
)
"""What whoever draws a wave must see: without them everybody might be asked."""
AFTER = "after"
"""Column beside the canonical ones that makes two files differ: the snapshot before them."""
Part = Literal["survey_waves", "survey_questions", "survey_invitations", "survey_answers"]
Row = Mapping[str, object]


@dataclass(frozen=True)
class Wave:
    """One wave.

    Attributes
    ----------
    id, name : str
        Its number, such as `2026Q4`, and what it is called.
    first, last : date
        First and last day of fieldwork.
    about : str
        What its population is, and by which rules and seed it was drawn.
    """

    id: str
    name: str
    first: date
    last: date
    about: str

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.id):
            raise ParameterError(
                f"the wave {self.id!r} must be 1 to 20 letters, figures, - or _, such as 2026Q4"
            )
        if self.last < self.first:
            raise ParameterError(f"fieldwork ends on {self.last}, before it begins ({self.first})")

    def file(self, part: Part) -> str:
        """Return the name of the file with its rows of `part`: the same name again corrects it."""
        return f"{part}_{self.id}_{self.first:%Y%m%d}.csv"

    def source(self) -> Source:
        """Return the map of its files: canonical names throughout."""
        parts: tuple[Part, ...] = (
            "survey_waves",
            "survey_questions",
            "survey_invitations",
            "survey_answers",
        )
        files = [
            FileMap(pattern=[self.file(part)], table=[Target(table=part, columns=_cells(part))])
            for part in parts
        ]
        return Source(
            name="survey-wave",
            title_zh="满意度调查",
            title_en="Satisfaction survey",
            bank="",
            bank_en="",
            error_limit=0,
            file=files,
        )


def _cells(part: Part) -> dict[str, Cell]:
    return {column.name: Cell(header=[column.name]) for column in schema.table(part).columns}


def may_draw(opened: Bank) -> None:
    """Refuse whoever sees too little of the bank to draw a wave.

    Raises
    ------
    ParameterError
        The role does not see consents, wishes to be left alone or answers, or not all branches.
    """
    role = opened.role
    hidden = [name for name in NEEDED if not role.sees(_column(name))]
    if hidden or role.branches:
        what = f"does not see {', '.join(hidden)}" if hidden else "sees some branches only"
        raise ParameterError(
            f"role {role.name!r} may not draw a survey: it {what}; WORKBENCH_ROLE says the role"
        )


def _column(name: str) -> schema.SchemaColumn:
    table, _, column = name.partition(".")
    return schema.table(table).column(column)


def keep(
    folder: Path, wave: Wave, questions: Sequence[Row], sample: Sequence[Row], seed: int
) -> Load:
    """Write the wave down: it, its questions and its sample, in one snapshot.

    Parameters
    ----------
    folder : Path
        The bank.
    questions : sequence of mapping
        `question_id`, `text_zh`, `text_en`, `scale`, `construct`, `is_reverse`.
    sample : sequence of mapping
        `customer_id`, `stratum`, `frame_count`, `design_weight`, `mode_assigned`,
        `mode_randomised`.
    seed : int
        What the sample was drawn with; for the audit log.

    Raises
    ------
    ParameterError
        The bank has this wave already.
    DataError, LockedError, MachineError
        As `intake.keep`.
    """
    log = Log(folder)

    def made(scratch: Path) -> list[Path]:
        if wave.id in known(folder):
            raise ParameterError(
                f"wave {wave.id!r} was drawn before; its sample is not drawn again: name another"
            )
        of_wave = {"wave_id": wave.id}
        about = {
            **of_wave,
            "name": wave.name,
            "mode": "mixed",
            "population_query": wave.about,
            "design": "stratified",
            "field_from": wave.first,
            "field_to": wave.last,
        }
        unasked = {"attempts": 0, "status": "no_contact"}
        rows: dict[Part, list[Row]] = {
            "survey_waves": [about],
            "survey_questions": [{**of_wave, **each} for each in questions],
            "survey_invitations": [{**of_wave, **unasked, **each} for each in sample],
        }
        return [write(folder, wave, part, own, scratch) for part, own in rows.items()]

    load = intake.keep(folder, wave.source(), made)
    said = f"wave {wave.id}, seed {seed}: {len(sample)} invitations"
    log.append(roles.current("operator").name, DRAWN, said, load.snapshot or "")
    return load


def write(folder: Path, wave: Wave, part: Part, rows: Iterable[Row], scratch: Path) -> Path:
    """Write rows of one table into `scratch` as a file of the load, and return it."""
    newest = Lake(folder).current()
    names = [column.name for column in schema.table(part).columns]
    place = scratch / wave.file(part)
    with place.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*names, AFTER])
        for row in rows:
            values = [_text(row.get(name)) for name in names]
            writer.writerow([*values, newest.id if newest else ""])
    return place


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, bool) else str(value)


def known(folder: Path) -> dict[str, Wave]:
    """Return the waves of the newest snapshot by id, the newest last."""
    found = {}
    names = ("wave_id", "name", "field_from", "field_to", "population_query")
    for row in rows(folder, "survey_waves", order="field_from, wave_id"):
        identity, name, first, last, about = (row[each] for each in names)
        if NAME.fullmatch(identity):
            found[identity] = Wave(identity, name, first, last, about)
    return found


def require(folder: Path, wave: str) -> Wave:
    """Return the wave with id `wave`.

    Raises
    ------
    ParameterError
        The bank has none of that name.
    """
    there = known(folder)
    if wave not in there:
        raise ParameterError(
            f"there is no survey wave {wave!r}; there are {', '.join(there) or 'none'}: draw it "
            "with `workbench survey draw`"
        )
    return there[wave]


def rows(folder: Path, part: str, *, order: str = "", **equal: str) -> list[dict[str, Any]]:
    """Return rows of a table in the newest snapshot, all columns, past the role.

    Only `equal` values count; they are in the order of the key unless `order` says another.
    """
    import duckdb

    lake = Lake(folder)
    newest = lake.current()
    if newest is None:
        raise DataError(f"the bank {folder} has no data yet; run `workbench intake` first")
    where = " AND ".join(f"{name} = ${name}" for name in equal) or "TRUE"
    query = (
        f"SELECT * FROM ({lake.relation(part, newest)}) WHERE {where} "
        f"ORDER BY {order or ', '.join(schema.table(part).key)}"
    )
    with duckdb.connect(config={"autoload_known_extensions": False}) as connection:
        found = connection.execute(query, equal)
        names = [each[0] for each in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
