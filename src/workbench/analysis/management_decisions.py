"""What the meeting is asked to decide: each question with owner, day and the facts behind."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pandas as pd

from workbench import text
from workbench.record import Block, Upstream
from workbench.result import Column, Fact, Finding, Result, day_word
from workbench.rules.management import Decision, Management


@dataclass(frozen=True, eq=False, repr=False)
class Decisions(Result):
    """Questions to the meeting, the earliest due first.

    Attributes
    ----------
    table : DataFrame
        One row per question: `decision` (in each language), `owner` (code), `due_on`, `behind_it`
        (the facts behind it in each language, the decisive one first).
    facts : mapping
        `asked`, and the fact behind each question under the question's id.
    sources : mapping
        Where each was taken from.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    sources: Mapping[str, str] = field(default_factory=dict)
    columns: ClassVar[tuple[Column, ...]] = (
        Column("decision", "said"),
        Column("behind_it", "said"),
        Column("owner", "code", values="dept_role"),
        Column("due_on", "date"),
    )
    about: ClassVar[str] = "ledger"
    unfolded: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say how many decisions are asked, and when the first is due."""
        if self.table.empty:
            return Finding("summary.decisions.none")
        first = day_word(self.table["due_on"].iloc[0].date())
        return Finding("summary.decisions.found", ("asked",), {"first": first})


def management_decisions(upstream: Upstream, rules: Management, *, most: int) -> Decisions:
    """Ask what the rule pack asks, of the records of other notebooks.

    A question whose fact was not recorded, or may not be told, is not asked; `most` are at most,
    the earliest due first.
    """
    rows: list[dict[str, Any]] = []
    facts, sources = {}, {}
    for decision in sorted(rules.decision, key=lambda each: each.days):
        block, name = _block(upstream, decision.notebook, decision.fact)
        if block is None or len(rows) == most or not decision.asked(block.facts[name].value):
            continue
        facts[decision.id] = block.facts[name]
        sources[decision.id] = f"{decision.notebook}:{decision.fact}"
        rows.append(_row(upstream, decision))
    table = pd.DataFrame(rows, columns=[column.name for column in Decisions.columns])
    asked = {"asked": Fact(len(table), "count")}
    return Decisions("summary.decisions", table, {**asked, **facts}, sources)


def _block(upstream: Upstream, notebook: str, full: str) -> tuple[Block | None, str]:
    """Return the result that has the fact `full`, if it was recorded and may be told."""
    result, _, name = full.rpartition(".")
    recorded = upstream.records.get(notebook)
    for block in recorded.blocks if recorded else ():
        told = name in block.facts and name not in block.hidden
        if block.name == result and told and not math.isnan(block.facts[name].value):
            return block, name
    return None, name


def _row(upstream: Upstream, decision: Decision) -> dict[str, Any]:
    said: dict[str, dict[str, str]] = {"decision": {}, "behind_it": {}}
    for language in text.LANGUAGES:
        with text.spoken(language):
            facts = _facts(upstream, decision)
            said["decision"][str(language)] = text.say(f"decision.{decision.id}")
            said["behind_it"][str(language)] = text.say("number.joint").join(facts)
    assert upstream.day is not None
    due = pd.Timestamp(upstream.day) + pd.Timedelta(days=decision.days)
    return {**said, "owner": decision.owner, "due_on": due}


def _facts(upstream: Upstream, decision: Decision) -> Iterator[str]:
    """Give the facts behind a question as a reader sees them, the decisive one first."""
    for full in (decision.fact, *decision.beside):
        block, name = _block(upstream, decision.notebook, full)
        if block is not None:
            yield text.say("number.value", label=block.label(name), value=f"{block.facts[name]}")
