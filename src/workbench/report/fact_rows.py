"""Facts beside those of earlier reports: what they are called, and how a change is judged."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from math import isnan
from typing import Any

from workbench import settings, text
from workbench.analysis.headline_kpis import Rule, state
from workbench.record import Block, Recorded
from workbench.report import comparison, ledger_changes, numbers
from workbench.report.comparison import BEYOND_ERROR, NOT_JUDGED, WITHIN_ERROR, FactChange
from workbench.report.references import References, month_end
from workbench.result import Fact
from workbench.sql import catalogue
from workbench.stats.variation import variation
from workbench.text import formats

UNTOLD = ("p", "statistic", "year")
"""Units of facts whose change says nothing: values of tests, and years."""
CHANGE = "_change"
"""Ending of a fact that is itself the change of another: it knows what both estimates share."""
MOVES = ".change"
"""Ending of a result that is about changes alone."""
LEDGER = "ledger"
UNSURE = "unsure"
"""Code of `target_state` of an estimate whose interval holds the target."""


@dataclass(frozen=True)
class FactRow:
    """One fact, how it moved, and where its target stands.

    Attributes
    ----------
    notebook : str
        Whose fact it is.
    block : Block
        The result it belongs to.
    fact : str
        Its name in the result.
    moved : FactChange
        Against the last report, or as the record's own change fact says.
    own : bool
        Whether the record itself says how it changed since the wave before.
    year_start, year_ago : float
        Change since then; NaN when there is no such report.
    target : float
    better : str
        Direction that is good, of the KPI the fact is; empty when it is none.
    """

    notebook: str
    block: Block
    fact: str
    moved: FactChange
    own: bool = False
    year_start: float = float("nan")
    year_ago: float = float("nan")
    target: float = float("nan")
    better: str = ""

    @property
    def is_judged(self) -> bool:
        """Tell whether its change was compared with error or variation."""
        return self.moved.verdict != NOT_JUDGED

    @property
    def is_told(self) -> bool:
        """Tell whether there is anything to say: it moved, or it has a target."""
        change = self.moved.change
        return not isnan(self.target) or (not isnan(change) and (change != 0 or self.is_judged))

    def values(self) -> dict[str, Any]:
        """Return its row in a table of changes."""
        now, moved = self.block.facts[self.fact], self.moved
        return {
            "fact_label": label(self.block, self.fact),
            "kpi_value": now.value,
            "unit": now.unit,
            "change_unit": moved.unit,
            "moved_by": moved.change,
            "low": moved.low,
            "high": moved.high,
            "judged": moved.verdict,
            "change_year_start": self.year_start,
            "change_year_ago": self.year_ago,
            "target": self.target,
            "target_state": _state(now, self.target, self.better),
        }

    def sentence(self, since: str) -> str:
        """Say the change in the current language, since `since` or the wave before."""
        when = text.say("changes.since.wave") if self.own else since
        return change_said(self.moved.verdict, self.moved.change, self.moved.unit, when)


def rows(
    records: Mapping[str, Recorded], references: References, targets: Mapping[str, float]
) -> list[FactRow]:
    """Return a row for every fact of `records`, with what earlier reports say of it.

    Parameters
    ----------
    records : mapping of notebook to Recorded
        The run's own records.
    references : References
        Earlier reports.
    targets : mapping of KPI code to float
        Targets in force.
    """
    last, start, ago = (
        references.facts(run)
        for run in (references.last, references.year_start, references.year_ago)
    )
    rule = ledger_changes.rule()
    monthly = references.series(rule.months + 1)
    found = []
    for notebook, recorded in records.items():
        own = _own_changes(recorded)
        for block, name, fact in _facts(recorded):
            full = f"{block.name}.{name}"
            kpi = kpi_of(full)
            moved = comparison.fact(full, last.get(full), fact)
            if full in own:
                moved = own[full]
            elif block.about == LEDGER:
                values = {
                    month: each[full].value for month, each in monthly.items() if full in each
                }
                moved = _usual(moved, values, rule)
            found.append(
                FactRow(
                    notebook=notebook,
                    block=block,
                    fact=name,
                    moved=moved,
                    own=full in own,
                    year_start=comparison.fact(full, start.get(full), fact).change,
                    year_ago=comparison.fact(full, ago.get(full), fact).change,
                    target=targets.get(kpi, float("nan")),
                    better=catalogue.kpi(kpi).better if kpi else "",
                )
            )
    return found


def once(rows: Sequence[FactRow]) -> list[FactRow]:
    """Return `rows` without those of a number that another result of the notebook told before."""
    found: dict[tuple[str, str, float], FactRow] = {}
    for row in rows:
        found.setdefault((row.notebook, row.fact, row.block.facts[row.fact].value), row)
    return list(found.values())


def label(block: Block, fact: str) -> dict[str, str]:
    """Return what readers call `fact` of `block`, in every language, behind the block's title."""
    found = {}
    for language in text.LANGUAGES:
        with text.spoken(language):
            named = block.named(fact)
            found[str(language)] = (
                text.say("changes.label", title=block.title(), fact=named)
                if named
                else fact_label(block.name, fact)
            )
    return found


def fact_label(result: str, fact: str) -> str:
    """Return what readers call `fact` in the current language, behind the title of its result."""
    keys = (f"fact.{result}.{fact}", f"fact.{fact}", f"column.{fact}")
    known = next((text.say(key) for key in keys if text.known(key)), fact)
    title = f"{result}.title"
    return (
        text.say("changes.label", title=text.say(title), fact=known) if text.known(title) else known
    )


def change_said(verdict: str, change: float, unit: str, since: str) -> str:
    """Say a change where its fact stands alone; one that is written as zero is none."""
    written = formats.signed(change, unit)
    if not set(written) & formats.DIGITS:
        return text.say(numbers.UNCHANGED)
    return text.say(f"changes.said.{verdict}", since=since, change=written)


def kpi_of(fact: str) -> str:
    """Return the code of the KPI that the fact `<result>.<fact>` is; empty when it is none."""
    named: Mapping[str, str] = settings.rulepack(ledger_changes.PACK)["kpi_of_fact"]
    code = named.get(fact, fact.rpartition(".")[2].upper())
    return code if code in catalogue.kpis() else ""


def _facts(recorded: Recorded) -> Iterator[tuple[Block, str, Fact]]:
    for block in recorded.blocks:
        for name, fact in block.facts.items():
            untold = fact.unit in UNTOLD or name.endswith(CHANGE) or isnan(fact.value)
            # A number taken from another result is compared there, a change with nothing.
            if not untold and name not in {*block.sources, *block.moves.values()}:
                yield block, name, fact


def _own_changes(recorded: Recorded) -> dict[str, FactChange]:
    """Return the changes that results themselves estimated, by the fact they are the change of."""
    facts = recorded.facts()
    changes = [
        (name, fact)
        for name, fact in facts.items()
        if name.endswith(CHANGE) and fact.low is not None and fact.high is not None
    ]
    found = {}
    for name, fact in facts.items():
        own = next((move for other, move in changes if _is_change_of(other, name, facts)), None)
        if own is not None:
            found[name] = _as_change(name, fact, own)
    return found


def _is_change_of(change: str, name: str, facts: Mapping[str, Fact]) -> bool:
    """Tell whether the fact `change` is that of `name`: of its result, or of one beside it.

    A result beside it has the same number, or is about changes alone: names such as `best_change`
    may mean something else there.
    """
    (result, _, fact), (place, _, moved) = name.rpartition("."), change.rpartition(".")
    if moved != fact + CHANGE:
        return False
    subject = result.partition(".")[0]
    same = facts.get(f"{place}.{fact}")
    alike = same is not None and same.value == facts[name].value
    return place in (result, f"{subject}{MOVES}") or (place.startswith(f"{subject}.") and alike)


def _as_change(name: str, fact: Fact, own: Fact) -> FactChange:
    assert own.low is not None
    assert own.high is not None
    # The change of a share may be kept in percentage points.
    factor = 0.01 if fact.unit in comparison.SHARES and own.unit == "points" else 1.0
    value, low, high = (factor * end for end in (own.value, own.low, own.high))
    verdict = BEYOND_ERROR if low > 0 or high < 0 else WITHIN_ERROR
    return FactChange(name, fact, fact, value, low, high, verdict)


def _usual(moved: FactChange, values: Mapping[date, float], rule: Rule) -> FactChange:
    """Judge the change of a ledger fact by its own changes from month to month before.

    A gap between two reports is no monthly change.
    """
    if moved.verdict != NOT_JUDGED or isnan(moved.change):
        return moved
    changes = [
        values[two] - values[one]
        for one, two in pairwise(values)
        if month_end(one + timedelta(days=1)) == two
    ]
    band = variation(changes)
    if band.months < rule.least:
        return moved
    beyond = band.beyond(moved.change, rule.width)
    return replace(moved, verdict="beyond_usual" if beyond else "within_usual")


def _state(now: Fact, target: float, better: str) -> str | None:
    if isnan(target):
        return None
    if now.low is not None and now.high is not None and now.low < target < now.high:
        return UNSURE
    return state(now.value, target, better)
