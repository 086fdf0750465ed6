"""What a report to management stands on: records there are, of which day, and what is hidden."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from workbench import text
from workbench.record import Upstream
from workbench.result import Column, Fact, Finding, Result, Word

THIS_RUN, PUBLISHED, MISSING = "this_run", "published", "missing"
"""Codes of the list `upstream_state`."""


@dataclass(frozen=True, eq=False, repr=False)
class Sources(Result):
    """Records the report reads, those that are missing included.

    Attributes
    ----------
    table : DataFrame
        One row per notebook: `notebook` (in each language), `upstream_state` (code), `record_day`,
        `results`, `facts_told`, `facts_hidden` (rest on too few), `findings_untold` (that may not
        be told).
    facts : mapping
        `wanted`, and of these `here` (of this run), `published` (of another run) and `absent`;
        `facts_told`, `facts_hidden`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("notebook", "said"),
        Column("upstream_state", "code", values="upstream_state"),
        Column("record_day", "date"),
        Column("results", "count"),
        Column("facts_told", "count"),
        Column("facts_hidden", "count"),
        Column("findings_untold", "count"),
    )
    about: ClassVar[str] = "ledger"
    unfolded: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say how many records there are, and which are missing."""
        quoted = ("wanted", "here", "published", "facts_told", "facts_hidden")
        gone = self.table[self.table["upstream_state"] == MISSING]
        if gone.empty:
            return Finding("summary.sources.whole", quoted)
        joint = text.catalogue()["format.joint"]
        said = {
            str(language): joint[language].join(each[language] for each in gone["notebook"])
            for language in text.LANGUAGES
        }
        return Finding("summary.sources.gaps", ("absent", *quoted), {"names": Word("", said=said)})


def management_sources(upstream: Upstream, notebooks: Sequence[str]) -> Sources:
    """Say of each of `notebooks` whether its record was there, of which day, and what is hidden."""
    rows = [_row(upstream, notebook) for notebook in notebooks]
    table = pd.DataFrame(rows, columns=[column.name for column in Sources.columns])
    states = table["upstream_state"].value_counts()
    counts = {
        "wanted": len(table),
        "here": int(states.get(THIS_RUN, 0)),
        "published": int(states.get(PUBLISHED, 0)),
        "absent": int(states.get(MISSING, 0)),
        "facts_told": int(table["facts_told"].sum()),
        "facts_hidden": int(table["facts_hidden"].sum()),
    }
    facts = {name: Fact(count, "count") for name, count in counts.items()}
    return Sources("summary.sources", table, facts)


def _row(upstream: Upstream, notebook: str) -> dict[str, Any]:
    named = {}
    for language in text.LANGUAGES:
        with text.spoken(language):
            named[str(language)] = text.say(f"notebook.{notebook}")
    recorded = upstream.records.get(notebook)
    blocks = recorded.blocks if recorded else ()
    day = upstream.days.get(notebook, upstream.day)
    hidden = sum(len(block.hidden) for block in blocks)
    state = PUBLISHED if notebook in upstream.days else THIS_RUN
    return {
        "notebook": named,
        "upstream_state": state if recorded else MISSING,
        "record_day": pd.Timestamp(day) if recorded and day else None,
        "results": len(blocks),
        "facts_told": sum(len(block.facts) for block in blocks) - hidden,
        "facts_hidden": hidden,
        "findings_untold": sum(block.found.is_untold for block in blocks),
    }
