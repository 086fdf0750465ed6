"""Pages of the report to management: each quotes one result of another notebook, with its source.

A page has the finding of the result that leads it, its figure or table, and a few numbers more.
Nothing is worked out here: every number is a fact of a record, and says which.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import pandas as pd

from workbench import text
from workbench.record import Block, Upstream
from workbench.result import Column, Fact, Finding, Result, Word

KEY = "key-figures"
SURVEY, PRICING = "satisfaction-survey", "products-and-pricing"
RISK, VALIDATION = "risk-calibration", "risk-validation"
INFORMATION, NEEDS = "customer-information", "needs-analysis"
MOST = 3
"""Numbers beside a finding."""
COLUMNS = (
    Column("fact_label", "said"),
    Column("kpi_value", "number", units="unit", interval=("low", "high")),
    Column("change_month", "number", units="change_unit", signed=True),
    Column("taken_from"),
)


@dataclass(frozen=True)
class Outline:
    """What a page is made of.

    Its sentence is the text `summary.<name>.<key of the leading finding>` or else
    `summary.<name>.found`; the leading finding itself where neither is written, or where a fact it
    quotes may not be told.

    Attributes
    ----------
    name : str
        Of the page; the result is `summary.<name>`.
    leads : tuple of (notebook, result)
        The results that may lead it: the first one there is. An empty result means the notebook's
        first one that has a figure.
    numbers : tuple of str
        Facts beside the finding, `<notebook>:<result>.<fact>`, of which the first three stand
        large and all may be quoted; the leading result's own when empty.
    figure : str
        Result of the same notebook whose figure is shown; the leading one's when empty.
    columns : tuple of str
        Columns of the leading result's table, which is shown in place of the figure where one of
        its rows may be; none for the figure.
    """

    name: str
    leads: tuple[tuple[str, str], ...]
    numbers: tuple[str, ...] = ()
    figure: str = ""
    columns: tuple[str, ...] = ()


def _facts(notebook: str, result: str, *names: str) -> tuple[str, ...]:
    """Return the full addresses of facts of one result."""
    return tuple(f"{notebook}:{result}.{name}" for name in names)


OUTLINES = (
    Outline("board", ((KEY, "kpi.board"),)),
    Outline(
        "volume",
        ((KEY, "ledger.growth"),),
        _facts(KEY, "kpi.volume", "loan_bal", "borrowers", "inclusive_bal"),
    ),
    Outline("market", ((KEY, "market.share"),)),
    Outline("segments", (("segmentation", "segments.positions"), ("segmentation", ""))),
    Outline(
        "needs",
        ((NEEDS, "needs.stated"), (NEEDS, "")),
        (
            *_facts(NEEDS, "needs.funnel", "loan"),
            *_facts(NEEDS, "needs.answer", "decline_rate"),
            *_facts(NEEDS, "needs.limits", "room_share"),
            *_facts(NEEDS, "needs.answer", "over_today", "over_worst"),
        ),
    ),
    Outline(
        "products",
        ((PRICING, "products.fit"),),
        _facts(PRICING, "products.fit", "widest", "unserved", "gaps"),
    ),
    Outline("pricing", ((PRICING, "pricing.floor"),)),
    Outline("acceptance", ((PRICING, "pricing.profit"), (PRICING, "pricing.demand"))),
    Outline(
        "campaigns",
        ((KEY, "campaign.uplift"),),
        (
            *_facts(KEY, "campaign.uplift", "campaign_uplift", "above"),
            *_facts(KEY, "kpi.relations", "opt_out_rate"),
        ),
    ),
    Outline("service", ((KEY, "kpi.service"),)),
    Outline(
        "satisfaction",
        ((SURVEY, "survey.answer"), (SURVEY, "survey.headline")),
        (
            *_facts(SURVEY, "survey.answer", "nps", "satisfied"),
            *_facts(KEY, "kpi.board", "nps_target"),
        ),
        figure="survey.trend",
    ),
    Outline(
        "priorities",
        ((SURVEY, "survey.priorities"),),
        (
            *_facts(SURVEY, "survey.priorities", "first"),
            *_facts(SURVEY, "survey.drivers", "improve_performance", "explained"),
        ),
        figure="survey.drivers",
    ),
    Outline(
        "complaints",
        ((KEY, "complaints.causes"),),
        (
            *_facts(KEY, "complaints.causes", "complaints"),
            *_facts(KEY, "kpi.board", "complaint_ontime", "complaints_per_10k"),
        ),
    ),
    Outline(
        "owners",
        ((KEY, "measures.register"),),
        _facts(KEY, "measures.register", "raised", "unfinished", "on_time"),
        columns=(
            *("owner_dept", "origin_type", "measure_kind", "raised", "open", "past_due"),
            "on_time",
        ),
    ),
    Outline("relations", ((KEY, "kpi.relations"),)),
    Outline(
        "quality",
        ((KEY, "ledger.quality"),),
        (
            *_facts(KEY, "ledger.quality", "npl_share", "special_mention_share"),
            *_facts(KEY, "kpi.board", "coverage"),
        ),
    ),
    Outline("migration", ((KEY, "ledger.migration"),)),
    Outline("vintage", ((KEY, "ledger.vintage"),)),
    Outline(
        "npl",
        ((KEY, "npl.movement"),),
        (
            *_facts(KEY, "npl.movement", "change", "entered"),
            *_facts(KEY, "npl.disposals", "disposed"),
        ),
    ),
    Outline(
        "disposals",
        ((KEY, "npl.disposals"),),
        _facts(KEY, "npl.disposals", "disposed", "collected_share", "written_off"),
    ),
    Outline(
        "movers",
        ((KEY, "npl.movers"),),
        _facts(KEY, "npl.movers", "customers_in", "top_in_share", "top_out_share"),
        columns=("npl_direction", "place", "customer", "branch_name", "way", "amount"),
    ),
    Outline(
        "early",
        ((KEY, "kpi.early"),),
        _facts(KEY, "kpi.early", "warn_recall", "warn_precision", "warn_response_ontime"),
    ),
    Outline(
        "model",
        ((VALIDATION, "risk.validation"), (RISK, "risk.discrimination")),
        (
            *_facts(VALIDATION, "risk.validation", "auc", "level", "slope"),
            *_facts(VALIDATION, "risk.months", "judged", "failed", "level_lowest"),
            *_facts(VALIDATION, "risk.months", "level_highest"),
        ),
        figure="risk.months",
    ),
    Outline(
        "information",
        ((INFORMATION, "information.quality"),),
        (
            *_facts(INFORMATION, "information.consent", "gaps"),
            *_facts(INFORMATION, "information.controls", "unmet"),
            *_facts(INFORMATION, "information.totals", "apart"),
            *_facts(INFORMATION, "information.consent", "gap_share", "affected"),
        ),
    ),
    Outline(
        "plan",
        ((KEY, "kpi.board"),),
        _facts(KEY, "kpi.board", "elapsed", "behind", "alert"),
        columns=("kpi", "kpi_value", "change_year_start", "target", "due_value", "progress"),
    ),
)
"""The pages in order, without decisions and sources, which are results of their own."""
NOTEBOOKS = tuple(dict.fromkeys(notebook for each in OUTLINES for notebook, _ in each.leads))
"""Notebooks whose records the pages read."""


@dataclass(frozen=True, eq=False, repr=False)
class Page(Result):
    """One page.

    Attributes
    ----------
    table : DataFrame
        One row per number: `fact_label` (in each language), `kpi_value`, `low`, `high`,
        `change_month`, `taken_from`, `unit`, `change_unit`; or the leading result's own table.
    facts : mapping
        What the finding quotes, under its own names, and the numbers beside it.
    found : Finding
        The leading result's.
    columns, key, moves, sources, quoted
        As `Result` says.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    found: Finding
    columns: tuple[Column, ...] = COLUMNS  # type: ignore[misc]
    key: tuple[str, ...] = ()  # type: ignore[misc]
    moves: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    quoted: Mapping[str, tuple[bytes, Any]] = field(default_factory=dict)
    about: ClassVar[str] = "ledger"
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Return the finding of the leading result, or that it is missing."""
        return self.found


@dataclass(frozen=True)
class _Taken:
    """A fact as a page has it."""

    name: str
    block: Block
    fact: str
    source: str

    @property
    def value(self) -> Fact:
        return self.block.facts[self.fact]

    @property
    def move(self) -> Fact | None:
        found = self.block.facts.get(self.block.moves.get(self.fact, ""))
        return None if found is None or math.isnan(found.value) else found


def management_page(name: str, upstream: Upstream) -> Page:
    """Return the page `name` of `OUTLINES` from the records of other notebooks.

    Where nothing that may lead it was recorded, the page says so.
    """
    outline = next(each for each in OUTLINES if each.name == name)
    lead = _lead(outline, upstream)
    if lead is None:
        return _missing(outline)
    notebook, block = lead
    beside = [*_beside(outline, upstream, notebook, block)]
    own = [_taken(upstream, notebook, block, fact) for fact in block.facts if _is_told(block, fact)]
    known = {each.name: each for each in (*beside, *own)}
    found = _found(outline, block, known)
    quoted = [known.get(fact) or _taken(upstream, notebook, block, fact) for fact in found.facts]
    every = {each.name: each for each in (*quoted, *beside)}
    facts = {each.name: each.value for each in every.values()}
    sources = {each.name: each.source for each in every.values()}
    moves = {}
    for each in every.values():
        if each.move is not None:
            moves[each.name] = f"{each.name}_month"
            facts[moves[each.name]] = each.move
            sources[moves[each.name]] = each.source
    tabled = bool(outline.columns) and not (block.table.suppressed and all(block.table.suppressed))
    page = Page(
        name=f"summary.{name}",
        table=_table(every.values()),
        facts=facts,
        found=found,
        key=tuple(each.name for each in beside)[:MOST],
        moves=moves,
        sources=sources,
        quoted={} if tabled else _figures(_drawn(outline, upstream, notebook, block)),
    )
    return replace(page, **_quoted_table(block, outline.columns)) if tabled else page


def _found(outline: Outline, block: Block, known: Mapping[str, _Taken]) -> Finding:
    """Return the page's own sentence if all it quotes may be told, else the finding."""
    for kind in (block.found.key, "found"):
        key = f"summary.{outline.name}.{kind}"
        fields = text.fields(key) if text.known(key) else ()
        facts = tuple(name for name in fields if name in known)
        words = {name: word for name, word in block.found.words.items() if name in fields}
        if fields and {*facts, *words} == set(fields):
            return Finding(key, facts, words)
    return block.found


def _drawn(outline: Outline, upstream: Upstream, notebook: str, block: Block) -> Block:
    """Return the result whose figure is shown."""
    blocks = upstream.records[notebook].blocks
    return next((each for each in blocks if each.name == outline.figure), block)


def _lead(outline: Outline, upstream: Upstream) -> tuple[str, Block] | None:
    for notebook, result in outline.leads:
        if notebook not in upstream.records:
            continue
        blocks = upstream.records[notebook].blocks
        for block in blocks:
            if block.name == result or (not result and block.figures):
                return notebook, block
    return None


def _missing(outline: Outline) -> Page:
    notebooks = list(dict.fromkeys(notebook for notebook, _ in outline.leads))
    said = {}
    for language in text.LANGUAGES:
        with text.spoken(language):
            names = [text.say(f"notebook.{notebook}") for notebook in notebooks]
            said[str(language)] = text.say("format.joint").join(names)
    found = Finding("summary.missing", (), {"notebook": Word(notebooks[0], said=said)})
    return Page(f"summary.{outline.name}", _table([]), {}, found)


def _beside(outline: Outline, upstream: Upstream, notebook: str, lead: Block) -> Iterator[_Taken]:
    """Give the numbers beside the finding: those of the outline, else the leading result's."""
    found = []
    for address in outline.numbers:
        other, _, full = address.partition(":")
        result, _, fact = full.rpartition(".")
        recorded = upstream.records.get(other)
        blocks = {block.name: block for block in recorded.blocks} if recorded else {}
        if result in blocks and _is_told(blocks[result], fact):
            found.append(_taken(upstream, other, blocks[result], fact, lead=lead))
    own = [*lead.key, *(fact for fact in lead.found.facts if lead.named(fact))]
    for fact in dict.fromkeys(own):
        if len(found) < MOST and _is_told(lead, fact):
            found.append(_taken(upstream, notebook, lead, fact))
    yield from {each.name: each for each in found}.values()


def _is_told(block: Block, fact: str) -> bool:
    known = fact in block.facts and fact not in block.hidden
    return known and not math.isnan(block.facts[fact].value)


def _taken(
    upstream: Upstream, notebook: str, block: Block, fact: str, lead: Block | None = None
) -> _Taken:
    """Return a fact under its own name in the leading result, else with its result before it."""
    other = lead is not None and lead.name != block.name
    name = f"{block.name}.{fact}".replace(".", "_") if other else fact
    day = upstream.days.get(notebook)
    behind = f"@{day.isoformat()}" if day and day != upstream.day else ""
    return _Taken(name, block, fact, f"{notebook}:{block.name}.{fact}{behind}")


def _figures(block: Block) -> dict[str, tuple[bytes, Any]]:
    return {
        language: (place.read_bytes(), block.charts.get(language))
        for language, place in block.figures.items()
    }


def _quoted_table(block: Block, names: tuple[str, ...]) -> dict[str, Any]:
    """Return some columns of the block's table, without the rows that were suppressed."""
    pairs = zip(block.table.rows, block.table.suppressed, strict=True)
    rows = [dict(row) for row, small in pairs if not small]
    columns = [replace(column, largest=None) for column in block.table.columns]
    return {
        "table": pd.DataFrame(rows) if rows else pd.DataFrame(columns=list(names)),
        "columns": tuple(column for column in columns if column.name in names),
    }


def _table(every: Any) -> pd.DataFrame:
    rows = []
    for each in every:
        fact, move, label = each.value, each.move, {}
        for language in text.LANGUAGES:
            with text.spoken(language):
                label[str(language)] = each.block.label(each.fact)
        rows.append(
            {
                "fact_label": label,
                "kpi_value": fact.value,
                "low": math.nan if fact.low is None else fact.low,
                "high": math.nan if fact.high is None else fact.high,
                "change_month": math.nan if move is None else move.value,
                "taken_from": each.source,
                "unit": fact.unit,
                "change_unit": fact.unit if move is None else move.unit,
            }
        )
    names = [*(column.name for column in COLUMNS), "low", "high", "unit", "change_unit"]
    return pd.DataFrame(rows, columns=names)
