"""The suppression report: what small-cell suppression took out of the results of a report."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from workbench import check, settings
from workbench.privacy import cells
from workbench.privacy.suppress import Safe, may_show, suppress, threshold
from workbench.result import Column, Fact, Finding, Result, Word


@dataclass(frozen=True, eq=False, repr=False)
class Disclosure(Result):
    """What was emptied before the results were shown, and whether it could be worked out.

    Attributes
    ----------
    table : DataFrame
        One row per result judged by the people or loans behind its rows, most emptied first:
        `result_name`, `judged_rows`, `small_rows` (below the threshold or dominated),
        `partner_rows` (emptied to protect these), `small_facts`, and `recoverable` rows (by linear
        programming, where the rows are parts of a whole that is shown).
    facts : mapping
        `results`, `judged`, `rows`, `small`, `partners`, `recoverable`; `least`, the threshold.
    audience : str
        For whom the results are shown.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    audience: str
    columns: ClassVar[tuple[Column, ...]] = (
        Column("result_name", "title"),
        Column("judged_rows", "count"),
        Column("small_rows", "count"),
        Column("partner_rows", "count"),
        Column("small_facts", "count"),
        Column("recoverable", "count"),
    )
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say how many rows were emptied, and whether any could be worked out."""
        words = {"audience": Word(self.audience, "audience")}
        if not self.table[["small_rows", "partner_rows"]].to_numpy().any():
            return Finding(f"{self.name}.none", ("results", "judged", "least"), words)
        return Finding(f"{self.name}.finding", tuple(self.facts), words)


def disclosure(results: Iterable[Result], *, audience: str | None = None) -> Disclosure:
    """Return what suppression takes out of `results` when they are shown.

    Parameters
    ----------
    results : iterable of Result
        The results of a report as they were computed, before suppression.
    audience : str, optional
        For whom; by default the audience of the run, `wide` outside one.
    """
    run = settings.run()
    reader = audience or (run.audience if run else "wide")
    every = list(results)
    rows = [_row(each, suppress(each, reader)) for each in every if _is_judged(each, reader)]
    table = pd.DataFrame(rows)
    check.rows(table, "results judged by the people behind them")
    table = table.sort_values(
        ["small_rows", "small_facts", "result_name"], ascending=[False, False, True]
    ).reset_index(drop=True)
    facts = {
        "results": Fact(len(every), "count"),
        "judged": Fact(len(table), "count"),
        "rows": Fact(int(table["judged_rows"].sum()), "count"),
        "small": Fact(int(table["small_rows"].sum()), "count"),
        "partners": Fact(int(table["partner_rows"].sum()), "count"),
        "recoverable": Fact(int(table["recoverable"].sum()), "count"),
        "least": Fact(threshold(), "count"),
    }
    return Disclosure("information.disclosure", table, facts, reader)


def _is_judged(result: Result, audience: str) -> bool:
    return result.base is not None and not may_show(result, audience)


def _row(result: Result, safe: Safe) -> dict[str, Any]:
    return {
        "result_name": result.name,
        "judged_rows": len(result.table),
        "small_rows": len(safe.rows) - safe.partners,
        "partner_rows": safe.partners,
        "small_facts": len(safe.facts),
        "recoverable": _recoverable(result, safe) if result.parts else float("nan"),
    }


def _recoverable(result: Result, safe: Safe) -> int:
    """Return how many emptied rows a reader could work out from the others and the whole."""
    base = np.nan_to_num(result.table[str(result.base)].to_numpy(float))
    hidden = np.isin(np.arange(len(base)), list(safe.rows))
    small = hidden & (base > 0) & (base < threshold())
    values, ends = np.append(base, base.sum()), np.array([False])
    equation = np.append(np.ones(len(base)), -1.0)[None]
    width = float(settings.rulepack("disclosure")["complement"]["width"])
    found = cells.recoverable(
        values, equation, np.append(hidden, ends), np.append(small, ends), width=width
    )
    return int(found.sum())
