"""What changed and where: the first page of a pack, and a short section of each of its reports.

Ordinary results in records of their own, so that every format renders them with no code for it.
The notebooks' own records stay as the notebooks wrote them, whatever came before.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from workbench import display, record, text
from workbench.analysis import run_changes
from workbench.data import kpi_history
from workbench.data.bank import Bank
from workbench.record import Block, Recorded
from workbench.report import (
    changes_rows,
    diff,
    fact_rows,
    gates,
    ledger_changes,
    once,
    story,
)
from workbench.report import references as earlier
from workbench.report.dependence import Dependence
from workbench.report.fact_rows import FactRow
from workbench.report.ledger_changes import Ledger, said
from workbench.report.page import Report
from workbench.report.plan import Plan
from workbench.report.references import References
from workbench.report.story import Element, Story
from workbench.result import Result
from workbench.text import Language, formats

NAME, MOVED = "changes", "changes.moved"
OPENING = "changed"
"""Part of a report's story that tells what moved in it."""
PARTS = {
    "kpis": ("changes.kpis",),
    "where": ("changes.balance", "changes.npl_segment", "changes.npl_branch"),
    "facts": ("changes.thresholds", "changes.facts"),
    "tables": ("changes.tables",),
    "restated": ("changes.restated",),
    "sources": ("changes.sources",),
}
"""Parts of the page and the results each may have, in order."""


@dataclass(frozen=True)
class Changes:
    """What changed, as far as there is anything to compare with.

    Attributes
    ----------
    pages : tuple of Report
        The page; none when there is nothing to compare with.
    moved : mapping of notebook to Block
        The results that open the reports.
    sentences : mapping of language to (mapping of `<result>.<fact>` to str)
        What is said of a fact's change where it stands alone.
    reasons : tuple of str
        Why it may not be published.
    """

    pages: tuple[Report, ...] = ()
    moved: Mapping[str, Block] = field(default_factory=dict)
    sentences: Mapping[Language, Mapping[str, str]] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()

    def changed(self, language: Language) -> Mapping[str, str]:
        """Return what is said of each fact's change in `language`."""
        return self.sentences.get(language, {})

    def opened(self, report: Report) -> Report:
        """Return `report` with what moved in it at its beginning."""
        block = self.moved.get(report.name)
        if block is None:
            return report
        heading = Element("heading", OPENING, _both("changes.moved.title"))
        opening = (heading, *story.shown(OPENING, block))
        apart = (story.TITLE, story.PURPOSE)
        elements = report.told.elements
        at = max((n + 1 for n, each in enumerate(elements) if each.part in apart), default=0)
        told = Story((*elements[:at], *opening, *elements[at:]))
        recorded = Recorded((block, *report.recorded.blocks))
        return replace(report, told=told, recorded=recorded)


def is_still(block: Block) -> bool:
    """Tell whether `block` only says that nothing moved: a sentence, and no table to show."""
    return block.name == MOVED and not block.table.rows


def recorded(plan: Plan, dependence: Dependence | None = None) -> Changes:
    """Compare the records of `plan` with what came before, and write what changed beside them.

    `dependence` is that of the run's other reports, which reads code and rules once for all.
    """
    known = dependence or Dependence(plan.bank)
    records = {entry.name: record.read(plan.record(entry.name)) for entry in plan.pack.notebooks}
    before = earlier.references(plan.origin.pack, plan.origin.as_of, plan.origin.snapshot)
    bank = _bank(plan)
    ledger = ledger_changes.ledger(bank, plan.pack.disclosure) if bank else None
    rows = fact_rows.rows(records, before, _targets(bank, plan.origin.as_of))
    told = [row for row in rows if row.is_told]
    results = [*_results(plan, records, before, ledger, told)]
    of_bank = ledger.results if ledger else ()
    for result in results:
        if any(result is each for each in of_bank):
            once.keep(plan, result, plan.record(NAME), known)
        else:
            _keep(plan, NAME, result)
    moved = dict(_moved(plan, told))
    page = _page(plan, before) if results else None
    folders = [plan.record(NAME), *(plan.record(f"{name}.{NAME}") for name in moved)]
    blocks = Recorded(tuple(block for folder in folders for block in record.read(folder).blocks))
    return Changes(
        pages=(page,) if page else (),
        moved=moved,
        sentences=_sentences(plan, before, ledger, told),
        reasons=(*gates.cells(blocks), *(each for at in folders for each in gates.files(at))),
    )


def early(plan: Plan, name: str, notebook: Recorded, place: Path) -> Changes:
    """Compare the record of one notebook alone; what moved in it is recorded below `place`.

    It is what `recorded` will find of that notebook once all others are through.
    """
    before = earlier.references(plan.origin.pack, plan.origin.as_of, plan.origin.snapshot)
    rows = fact_rows.rows({name: notebook}, before, _targets(_bank(plan), plan.origin.as_of))
    told = [row for row in rows if row.is_told]
    return Changes(
        moved=dict(_moved(replace(plan, place=place), told)),
        sentences=_sentences(plan, before, None, told),
    )


def _bank(plan: Plan) -> Bank | None:
    """Return the bank as the report sees it: of a branch's, that branch's rows alone."""
    if not isinstance(plan.bank, Bank):
        return None
    branch = plan.part.branch
    return plan.bank.of_branches([branch.id]) if branch else plan.bank


def _keep(plan: Plan, name: str, result: Result) -> None:
    folder = plan.record(name)
    folder.mkdir(parents=True, exist_ok=True)
    display.keep(result, folder, plan.pack.languages, plan.pack.disclosure)


def _targets(bank: Bank | None, day: date) -> dict[str, float]:
    if bank is None or "kpi_targets" in bank.empty("kpi_targets"):
        return {}
    goals = kpi_history.targets(bank, day)
    return dict(zip(goals["code"], goals["target"], strict=True))


def _results(
    plan: Plan,
    records: Mapping[str, Recorded],
    before: References,
    ledger: Ledger | None,
    told: list[FactRow],
) -> Iterator[Result]:
    """Yield the results of the page; nothing when there is nothing to compare with."""
    if ledger:
        yield from ledger.results
    now = {name: fact for each in records.values() for name, fact in each.facts().items()}
    if ledger:
        now |= {f"changes.kpis.{name}": fact for name, fact in ledger.shown.facts.items()}
    if levels := list(
        changes_rows.levels(plan.pack.thresholds, now, before.facts(before.last), records)
    ):
        yield run_changes.crossings(levels)
    if told:
        once = fact_rows.once(told)
        judged = sum(row.is_judged for row in once)
        rows = [row.values() for row in once]
        yield run_changes.fact_changes("changes.facts", rows, judged)
    if before.last and before.last.folder:
        yield changes_rows.tables(records, diff.records(before.last))
    differing, compared = changes_rows.restated(before, ledger, now, records)
    if compared:
        yield run_changes.restated(differing, compared)
    if before.last:
        yield changes_rows.sources(plan, before)


def _moved(plan: Plan, told: Iterable[FactRow]) -> Iterator[tuple[str, Block]]:
    """Record for each notebook which of its facts moved beyond error or variation."""
    judged: dict[str, list[FactRow]] = {}
    for row in told:
        if row.is_judged:
            judged.setdefault(row.notebook, []).append(row)
    for notebook, rows in judged.items():
        own = fact_rows.once(rows)
        beyond = [row.values() for row in own if row.moved.verdict in run_changes.BEYOND]
        result = run_changes.fact_changes(MOVED, beyond, len(own))
        _keep(plan, f"{notebook}.{NAME}", result)
        yield notebook, record.read(plan.record(f"{notebook}.{NAME}")).blocks[0]


def _page(plan: Plan, before: References) -> Report:
    found = record.read(plan.record(NAME))
    blocks = {block.name: block for block in found.blocks}
    elements = [
        Element("heading", story.TITLE, _both("changes.page.title")),
        Element("narrative", story.PURPOSE, _purpose(plan, before)),
    ]
    for part, results in PARTS.items():
        there = [blocks[name] for name in results if name in blocks]
        if there:
            elements.append(Element("heading", part, _both(f"changes.part.{part}")))
        for block in there:
            elements += story.shown(part, block)
    judged = ledger_changes.rule()
    values = {"months": judged.months, "width": f"{judged.width:g}", "least": judged.least}
    elements.append(Element("heading", "method", _both("changes.method.title")))
    elements.append(Element("method", "method", _both("changes.method.text", **values)))
    told = Story(tuple(elements))
    story.write(told, plan.record(NAME))
    leading = ("changes.kpis", "changes.balance", "changes.npl_segment")
    headlines = tuple(name for name in leading if name in blocks)
    return Report(NAME, told, found, (), (), headlines, plan.pack.readers())


def _purpose(plan: Plan, before: References) -> dict[Language, str]:
    """Say what the run is compared with; a branch's report looks into no other branch."""
    found: dict[Language, str] = {}
    for language in text.LANGUAGES:
        with text.spoken(language):
            named = [
                text.say(f"changes.reference.{name}", day=formats.day(run.as_of))
                for name in ("last", "year_start", "year_ago")
                if (run := getattr(before, name)) and run.as_of
            ]
            kind = "compared" if named else "first"
            joint = text.say("changes.reference.joint")
            where = text.say(f"changes.where.{'branch' if plan.part.branch else 'bank'}")
            page = text.say(f"changes.page.{kind}", where=where, reports=joint.join(named))
            found[language] = page
    return found


def _sentences(
    plan: Plan, before: References, ledger: Ledger | None, told: Iterable[FactRow]
) -> dict[Language, dict[str, str]]:
    """Return what is said of each change where a fact stands alone."""
    told = [row for row in told if row.moved.change == row.moved.change]
    found: dict[Language, dict[str, str]] = {}
    for language in plan.pack.languages:
        with text.spoken(language):
            since = _since(before, plan.origin.as_of)
            found[language] = {row.moved.name: row.sentence(since) for row in told}
            if ledger:
                found[language] |= _kpi_sentences(ledger)
    return found


def _since(before: References, as_of: date) -> str:
    if before.last is None or before.last.as_of is None:
        return ""
    months = (as_of.year - before.last.as_of.year) * 12 + as_of.month - before.last.as_of.month
    if months == 1:
        return text.say("changes.since.month")
    return formats.day(before.last.as_of)


def _kpi_sentences(ledger: Ledger) -> dict[str, str]:
    table = ledger.shown.table
    since = text.say("changes.since.month")
    return {
        f"changes.kpis.{row['code'].lower()}": fact_rows.change_said(
            row["judged"], row["change_month"], row["change_unit"], since
        )
        for row in table.to_dict("records")
        if row["change_month"] == row["change_month"]
    }


def _both(key: str, **values: object) -> dict[Language, str]:
    written = said(key, **values)
    return {language: written[language] for language in text.LANGUAGES}
