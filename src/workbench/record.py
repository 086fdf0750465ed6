"""The record of one run of a notebook: facts, tables, figures and the order they were shown in.

A folder of JSON and SVG files. Every published format renders it; nothing else is rendered.

`facts.json`
    `<result>.<fact>` → value, unit, low, high, confidence, n, suppressed.
`tables/<result>.json`
    Columns as the result declares them, its base, and rows of codes and numbers.
`figures/<result>.<language>.svg`
    One drawing per language; the table is the data behind it.
`charts/<result>.<language>.json`
    Beside a bar or line drawing, what it shows as data (`workbench.chart`).
`blocks.json`
    What was shown, in order: result, title, finding, and the cell's execution count.
"""

import json
import math
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from workbench import settings, text
from workbench.chart import Chart
from workbench.errors import ParameterError
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.sql import catalogue

FACTS, BLOCKS, MANIFEST = "facts.json", "blocks.json", "manifest.json"
TABLES, FIGURES, CHARTS = "tables", "figures", "charts"


@dataclass(frozen=True)
class Written:
    """A table as a reader sees it.

    `numeric` tells per column, and `suppressed` per row, how a cell is to be set.
    """

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    suppressed: tuple[bool, ...]


@dataclass(frozen=True)
class Table:
    """A recorded table: the result's columns, codes and numbers."""

    columns: tuple[Column, ...]
    base: str | None
    rows: tuple[Mapping[str, Any], ...]
    suppressed: tuple[bool, ...]

    def written(self) -> Written:
        """Return headings and cells in the current language; what is hidden is said in words.

        A column in which no row has anything is left out.
        """
        hidden = text.say("format.suppressed")
        columns = [column.beside(self.rows) for column in self.columns if self._says(column)]
        return Written(
            headings=tuple(column.heading() for column in columns),
            rows=tuple(
                tuple(
                    hidden if small and not column.labels() else column.cell(row)
                    for column in columns
                )
                for row, small in zip(self.rows, self.suppressed, strict=True)
            ),
            numeric=tuple(column.numeric() for column in columns),
            suppressed=self.suppressed,
        )

    def _says(self, column: Column) -> bool:
        """Tell whether `column` has a value in some row, or one that was suppressed."""
        return not self.rows or any(
            small or row[column.name] is not None
            for row, small in zip(self.rows, self.suppressed, strict=True)
        )


@dataclass(frozen=True)
class Block:
    """One result as it was shown.

    `is_open` when its small cells may be seen by the audience, `unfolded` when its table is not
    folded, and `folded` when it is, however short; `about` as the result says; `charts` are the
    figures that are charts, by language; `key` and `hidden` name facts: those chosen to stand
    beside the finding, and those that were suppressed; `moves` and `sources` as the result says.
    """

    name: str
    execution_count: int | None
    found: Finding
    facts: Mapping[str, Fact]
    table: Table
    figures: Mapping[str, Path]
    is_open: bool = False
    unfolded: bool = False
    folded: bool = False
    charts: Mapping[str, Chart] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()
    about: str = "people"
    moves: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)

    def title(self) -> str:
        """Return the title in the current language."""
        return text.say(f"{self.name}.title")

    def finding(self) -> str:
        """Return the finding in the current language."""
        return self.found.say(self.facts)

    def named(self, fact: str) -> str | None:
        """Return what readers call a fact of this result; None when it has no name.

        Its own name, `fact.<result>.<fact>`, that of the fact it was taken from, that of all facts
        called so, `fact.<fact>`, of the KPI it is, or of the fact it is the change of.
        """
        taken = self.origin(fact) or f"{self.name}.{fact}"
        name = taken.rpartition(".")[2]
        for key in (f"fact.{self.name}.{fact}", f"fact.{taken}", f"fact.{name}"):
            if text.known(key):
                return text.say(key)
        if name.upper() in catalogue.kpis():
            return catalogue.kpi(name.upper()).label()
        moved = next((each for each, move in self.moves.items() if move == fact), None)
        return text.say("number.move", label=self.label(moved)) if moved else None

    def origin(self, fact: str) -> str:
        """Return the full name of the fact that `fact` was taken from; empty for one of its own."""
        return self.sources.get(fact, "").partition(":")[2].partition("@")[0]

    def label(self, fact: str) -> str:
        """Return what a fact is called in the current language; without a name, as the result."""
        return self.named(fact) or self.title()


@dataclass(frozen=True)
class Recorded:
    """All a run left behind, in the order it was shown."""

    blocks: tuple[Block, ...]

    def facts(self) -> dict[str, Fact]:
        """Return every fact by its full name, `<result>.<fact>`."""
        return {
            f"{block.name}.{name}": fact
            for block in self.blocks
            for name, fact in block.facts.items()
        }


def add(  # noqa: PLR0913 - what was shown, and how
    folder: Path,
    result: Result,
    figures: Mapping[str, bytes],
    *,
    hidden_rows: Iterable[int] = (),
    hidden_facts: Iterable[str] = (),
    execution_count: int | None = None,
    is_open: bool = False,
    charts: Mapping[str, Chart] | None = None,
) -> None:
    """Write `result`, whose small cells are already emptied, and its figures per language.

    A result shown twice under one name is an error: its facts would contradict each other.
    """
    for part in (TABLES, FIGURES, CHARTS):
        (folder / part).mkdir(parents=True, exist_ok=True)
    if result.name in {block["name"] for block in _read(folder / BLOCKS, [])}:
        raise ValueError(f"{result.name!r} was shown before in this run; give each result a name")
    hidden = set(hidden_facts)
    facts = {
        f"{result.name}.{name}": {**asdict(fact), "suppressed": name in hidden}
        for name, fact in result.facts.items()
    }
    _write(folder / TABLES / f"{result.name}.json", _table(result, set(hidden_rows)))
    for language, drawing in figures.items():
        (folder / FIGURES / f"{result.name}.{language}.svg").write_bytes(drawing)
    for language, chart in (charts or {}).items():
        _write(folder / CHARTS / f"{result.name}.{language}.json", asdict(chart))
    block: dict[str, Any] = {
        "name": result.name,
        "execution_count": execution_count,
        "finding": asdict(result.told(hidden)),
    }
    block |= {"is_open": True} if is_open else {}
    block |= {"unfolded": True} if result.unfolded else {}
    block |= {"folded": True} if result.folded else {}
    block |= {"key": list(result.key)} if result.key else {}
    block |= {"about": result.about} if result.about != Result.about else {}
    told = {"moves": result.moves, "sources": result.sources}
    block |= {name: dict(pairs) for name, pairs in told.items() if pairs}
    _extend(folder / FACTS, facts)
    _extend(folder / BLOCKS, [block])


def take(source: Path, folder: Path) -> None:
    """Add everything that is recorded in `source` to the record in `folder`."""
    for part in (TABLES, FIGURES, CHARTS):
        (folder / part).mkdir(parents=True, exist_ok=True)
        for file in (source / part).glob("*"):
            shutil.copyfile(file, folder / part / file.name)
    _extend(folder / FACTS, _read(source / FACTS, {}))
    _extend(folder / BLOCKS, _read(source / BLOCKS, []))


def read(folder: Path) -> Recorded:
    """Read the record in `folder`; one without anything shown has no blocks."""
    facts = _read(folder / FACTS, {})
    return Recorded(tuple(_block(folder, entry, facts) for entry in _read(folder / BLOCKS, [])))


def open_record(name: str) -> Recorded:
    """Return what another notebook recorded.

    Inside a run it is the record of this very run, which the pack names in `needs`; otherwise the
    newest published one.

    Raises
    ------
    ParameterError
        The pack does not name it, or nothing of that name was published.
    """
    run = settings.run()
    if run and name not in run.upstream:
        raise ParameterError(
            f"this run has no record {name!r}; name it in `needs` of the notebook in its pack"
        )
    place = run.upstream[name] if run else _published(name)
    if place is None:
        raise ParameterError(f"no published report has a record {name!r}; publish one first")
    return read(place)


@dataclass(frozen=True)
class Upstream:
    """Records of other notebooks, as far as there are any.

    Attributes
    ----------
    day : date or None
        The day of this run; outside a run, the newest day of the records; None without any.
    records : mapping of notebook to Recorded
        What there is. A record that another run published for readers who may see more is without
        what is meant for them alone.
    days : mapping of notebook to date
        The day of each record that another run published.
    """

    day: date | None
    records: Mapping[str, Recorded]
    days: Mapping[str, date]


def open_records(*names: str) -> Upstream:
    """Return what the notebooks `names` recorded, without those of which there is nothing.

    Inside a run these are the records that the pack names in `needs` and `reads`; otherwise the
    newest published ones.

    Raises
    ------
    ValueError
        A record is damaged: it is not the JSON that was written.
    """
    run = settings.run()
    places = {name: run.upstream.get(name) if run else _published(name) for name in names}
    records, days = {}, {}
    for name, place in places.items():
        if place is None or not (place / BLOCKS).is_file():
            continue
        published = _day(place)
        if published:
            days[name] = published
        found = read(place)
        closed = published and run and run.audience not in _open_to()
        records[name] = Recorded(
            tuple(block for block in found.blocks if not (closed and block.is_open))
        )
    newest = max(days.values(), default=None)
    return Upstream(date.fromisoformat(run.as_of) if run else newest, records, days)


def _day(place: Path) -> date | None:
    """Return the day of the published report that a record belongs to; None of a run under way."""
    said = _read(place.parent.parent / MANIFEST, {}).get("as_of")
    return date.fromisoformat(said) if said else None


def _open_to() -> list[str]:
    found: list[str] = settings.rulepack("disclosure")["audience"]["open"]
    return found


def _published(name: str) -> Path | None:
    """Return the folder of the newest published record called `name`."""
    root = settings.published()
    latest = [path.resolve() for path in root.glob("*/latest")]
    # Where there are no symbolic links, a text file names the run.
    latest += [path.parent / path.read_text("utf-8").strip() for path in root.glob("*/latest.txt")]
    found = [folder for folder in latest if (folder / "record" / name / BLOCKS).is_file()]
    newest = max(found, key=lambda folder: folder.name, default=None)
    return newest / "record" / name if newest else None


def _block(folder: Path, entry: Mapping[str, Any], facts: Mapping[str, Any]) -> Block:
    name, finding = entry["name"], entry["finding"]
    own = {key: value for key, value in facts.items() if key.rpartition(".")[0] == name}
    words = {key: Word(**word) for key, word in finding["words"].items()}
    return Block(
        name=name,
        execution_count=entry["execution_count"],
        found=Finding(finding["key"], tuple(finding["facts"]), words),
        facts={key.rpartition(".")[2]: _fact(value) for key, value in own.items()},
        table=_recorded_table(_read(folder / TABLES / f"{name}.json", {})),
        figures={
            language: path
            for language in text.LANGUAGES
            if (path := folder / FIGURES / f"{name}.{language}.svg").exists()
        },
        is_open=entry.get("is_open", False),
        unfolded=entry.get("unfolded", False),
        folded=entry.get("folded", False),
        charts={
            language: Chart.read(_read(path, {}))
            for language in text.LANGUAGES
            if (path := folder / CHARTS / f"{name}.{language}.json").exists()
        },
        key=tuple(entry.get("key", ())),
        hidden=frozenset(
            key.rpartition(".")[2] for key, value in own.items() if value["suppressed"]
        ),
        about=entry.get("about", Result.about),
        moves=entry.get("moves", {}),
        sources=entry.get("sources", {}),
    )


def _fact(values: Mapping[str, Any]) -> Fact:
    kept = {key: value for key, value in values.items() if key != "suppressed"}
    return Fact(**{**kept, "value": math.nan if kept["value"] is None else kept["value"]})


def _table(result: Result, hidden: set[int]) -> dict[str, Any]:
    rows = result.table.to_dict("records")
    return {
        "columns": [asdict(column) for column in result.columns],
        "base": result.base,
        "rows": [
            {**{str(key): _plain(value) for key, value in row.items()}, "_suppressed": at in hidden}
            for at, row in enumerate(rows)
        ],
    }


def _recorded_table(stored: Mapping[str, Any]) -> Table:
    columns = [
        Column(
            **{
                **column,
                **{name: tuple(column[name]) for name in ("interval", "largest") if column[name]},
            }
        )
        for column in stored["columns"]
    ]
    rows = [{key: row[key] for key in row if key != "_suppressed"} for row in stored["rows"]]
    flags = tuple(bool(row["_suppressed"]) for row in stored["rows"])
    return Table(tuple(columns), stored["base"], tuple(rows), flags)


def _plain(value: Any) -> Any:
    """Return `value` as JSON can hold it: missing as None, dates in ISO form."""
    if value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return value.item() if hasattr(value, "item") else value


def _read(path: Path, default: Any) -> Any:
    return json.loads(path.read_text("utf-8")) if path.exists() else default


def _write(path: Path, content: Any) -> None:
    path.write_text(_json(content) + "\n", "utf-8")


def _extend(path: Path, more: Any) -> None:
    """Add `more` to the list or mapping in `path`; its names must be new there.

    Only what is added is written as JSON: a notebook with many results would otherwise write all
    of them again with each.
    """
    written = _json(more)
    before = path.read_text("utf-8").rstrip("\n") if path.exists() else ""
    if more and before not in ("", "[]", "{}"):
        # A line with the opening bracket is in front of either, one with the closing behind.
        written = before.removesuffix("\n" + before[-1]) + "," + written[1:]
    elif before:
        written = written if more else before
    path.write_text(written + "\n", "utf-8")


def _json(content: Any) -> str:
    return json.dumps(_clean(content), ensure_ascii=False, indent=1, allow_nan=False)


def _clean(content: Any) -> Any:
    if isinstance(content, dict):
        return {key: _clean(value) for key, value in content.items()}
    if isinstance(content, (list, tuple)):
        return [_clean(value) for value in content]
    return _plain(content)
