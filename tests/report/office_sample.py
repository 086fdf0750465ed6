"""A report with a result of every kind, for tests of office files."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import ClassVar

import pandas as pd

from tests.report import sample
from workbench import display, record, text
from workbench.plots import bars, columns, lines, ranked
from workbench.privacy.suppress import suppress
from workbench.report import page, story
from workbench.report.provenance import Code, Provenance
from workbench.result import Column, Fact, Finding, Result

ORIGIN = Provenance(
    run="20261001T080000Z-abc123",
    time=datetime(2026, 10, 1, 8, tzinfo=UTC),
    pack="sample",
    bank={"zh": "示例银行", "en": "Sample Bank"},
    demo=True,
    snapshot="s-1",
    as_of=date(2026, 9, 30),
    languages=("zh", "en"),
    code=Code("0.1.0", "0123456789abcdef", False, "f" * 64),
    audit="5a" * 32,
)
PLANTED = ("=cmd()", "+1+1", "-2", "@SUM(A1)", "\tx", "plain", "https://example.org")
"""Texts of which the first five would be formulas in a careless workbook."""
KEYS = {
    "made.ranked": ("排序", "Ranked"),
    "made.stacked": ("构成", "Parts"),
    "made.columns": ("逐月", "By month"),
    "made.lines": ("走势", "Over time"),
    "made.table": (
        "很长的名称[含:不能用于*工作表?名称/的\\字符]和更多更多更多的字",
        "A name [that]: holds?",
    ),
}


@dataclass(frozen=True, eq=False, repr=False)
class Made(Result):
    name: str
    table: pd.DataFrame
    facts: dict[str, Fact]
    kind: str
    columns: ClassVar[tuple[Column, ...]] = (
        Column("sample_branch"),
        Column("segment", "code", values="segment"),
        Column("seen", "date"),
        Column("sample_answers", "count"),
        Column("one", "share", interval=("low", "high")),
        Column("money", "money"),
    )
    base: ClassVar[str | None] = "sample_answers"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 2.6)

    def summary(self) -> Finding:
        return Finding("made.finding", ("rate", "few", "debt"))

    def plot(self, ax):
        table = self.table.assign(
            value=self.table["one"], strong=[at == 0 for at in range(len(self.table))]
        )
        shared = {"unit": "share", "label": text.say("column.sample_nps"), "ax": ax}
        match self.kind:
            case "ranked":
                return ranked.draw(table, rows="sample_branch", **shared)
            case "columns":
                return columns.draw(table, columns="sample_branch", reference=0.3, **shared)
            case "lines":
                names = {"one": "One", "two": "Two"}
                return lines.draw(table, columns="sample_branch", lines=names, **shared)
        parts = {"one": ("One", "#0B4F8A"), "two": ("=Two", "#9AA3AE")}
        return bars.stacked(table, rows="sample_branch", parts=parts, **shared)


@dataclass(frozen=True, eq=False, repr=False)
class Tabled(Made):
    figure: ClassVar[tuple[float, float] | None] = None


ENTRIES = {
    **sample.ENTRIES,
    **{f"{name}.title": {"zh": zh, "en": en} for name, (zh, en) in KEYS.items()},
    "made.finding": {
        "zh": "占比为 {rate}（{rate:interval}）。人数过少的为 {few}，余额 {debt}。",
        "en": "The share is {rate} ({rate:interval}). Of few people it is {few}, the debt {debt}.",
    },
    "fact.made.ranked.rate": {"zh": "占比", "en": "Share"},
    **{f"fact.{name}": {"zh": f"指标{name}", "en": f"Fact {name}"} for name in ("few", "debt")},
    **{f"column.{name}": {"zh": f"列{name}", "en": f"Col {name}"} for name in ("seen", "one")},
    "column.money": {"zh": "金额", "en": "Money"},
}


def made(name: str, rows: int = len(PLANTED)) -> Made:
    """Return a result named `made.<kind>`; its last row rests on too few people."""
    labels = [PLANTED[at] if at < len(PLANTED) else f"支行{at}" for at in range(rows)]
    table = pd.DataFrame(
        {
            "sample_branch": labels,
            "segment": ["micro", "large"] * (rows // 2) + ["micro"] * (rows % 2),
            "seen": pd.Timestamp("2026-08-31"),
            "sample_answers": [40 + at for at in range(rows - 1)] + [3],
            "one": [0.5 - at / 100 for at in range(rows)],
            "two": [0.25 + at / 100 for at in range(rows)],
            "low": [0.4 - at / 100 for at in range(rows)],
            "high": [0.6 - at / 100 for at in range(rows)],
            "money": [1234567.891 * (at + 1) for at in range(rows)],
        }
    )
    facts = {
        "rate": Fact(-0.123, "share", -0.2, 0.05, 0.95, 803),
        "few": Fact(0.777, "share", n=3),
        "debt": Fact(123456789.0, "money", n=803),
    }
    kind = name.partition(".")[2]
    return (Tabled if kind == "table" else Made)(name, table, facts, kind)


def report(folder: Path, *results: Result) -> page.Report:
    """Return the report of `results`, by default one of every kind, recorded in `folder`."""
    shown = results or (sample.branches(), *map(made, KEYS))
    cells = []
    for name, source in sample.CELLS.items():
        if name == "analyse":
            continue
        language = name.rpartition("-")[2]
        kind = "markdown" if language in text.LANGUAGES else "code"
        cells.append(
            {"id": name, "cell_type": kind, "source": source, "metadata": {"tags": [language]}}
        )
        if name == "analyse-en":
            cells += [_record(folder, at, each) for at, each in enumerate(shown, start=4)]
    recorded = record.read(folder)
    parameters = (("first", "'=x'", "branch"),)
    return page.Report("sample", story.told(cells, recorded), recorded, parameters, (("a", "b"),))


def _record(folder: Path, at: int, result: Result) -> dict[str, object]:
    safe = suppress(result)
    drawn = {name: display.drawn(safe.result, name) for name in text.LANGUAGES}
    record.add(
        folder,
        safe.result,
        {name: svg for name, (svg, _) in drawn.items() if svg},
        charts={name: chart for name, (_, chart) in drawn.items() if chart},
        hidden_rows=safe.rows,
        hidden_facts=safe.facts,
        execution_count=at,
    )
    part = "analyse" if at == 4 else f"analyse-{at - 3}"
    code = {"id": part, "cell_type": "code", "source": "show()", "metadata": {}}
    return {**code, "execution_count": at}
