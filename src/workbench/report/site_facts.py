"""Facts over all runs of a pack, and how their numbers are written, for a page that draws them.

Numbers go to the page as they are; it writes them by the same rules as `text.formats`, which are
handed over as a factor, decimals and a pattern.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import isnan
from pathlib import Path
from typing import Any

from workbench import text
from workbench.report import comparison, fact_rows
from workbench.report.history import Run
from workbench.result import Fact
from workbench.text import formats, say

FIGURES = 12
"""Significant figures that are handed over."""
PLAIN = ("share", "share2", "pp", "points", "score", "bp", "ratio", "p", "year")
"""Units whose thousands are not set apart."""
FACTORS = {"share": 100.0, "share2": 100.0, "pp": 100.0, "bp": 1e4}
DECIMALS = {"count": 0, "share": 1, "share2": 2, "pp": 2, "bp": 1, "points": 1, "score": 2}
MORE = {"number": 3, "statistic": 4, "ratio": 2, "p": 3, "ledger": 2, "exact": 2, "year": 0}
SMALLEST = {"p": 0.001}
"""Values of a unit below which only that is said."""


def writing(unit: str) -> dict[str, Any]:
    """Return how numbers in `unit` are written in the current language.

    `factor` and `decimals` of the number, `grouped` thousands, and the `before` and `after` it;
    `whole` where decimals are left out of whole numbers, `least` below which only that is said.
    """
    if unit.startswith("money"):
        size, name = formats.SCALES[text.language()][int(unit.removeprefix("money") or 0)]
        zh = text.language() == "zh"
        written = {"factor": 1 / size, "decimals": 2 if size > 1 else 0, "grouped": True}
        return {**written, "before": "" if zh else "CNY ", "after": name}
    decimals = (DECIMALS | MORE)[unit]
    around = {"share": "%", "share2": "%"}.get(unit, "")
    before, _, after = say("format.pp", value="|").partition("|") if unit == "pp" else ("", "", "")
    return {
        "factor": FACTORS.get(unit, 1.0),
        "decimals": decimals,
        "grouped": unit not in PLAIN,
        "before": before,
        "after": after or around,
        "whole": unit == "ledger",
        "least": SMALLEST.get(unit, 0.0),
    }


def series(runs: Sequence[Run]) -> dict[str, Any]:
    """Return the facts of `runs` (the oldest first) in the current language.

    `facts`: of each its `id`, `label`, names of how it and its change are written, and by run its
    value, ends of interval, what it rests on (None where a run has none), and where it was too
    small to be shown; `writings`: how numbers are written, by name.
    """
    recorded = [_recorded(run.folder) for run in runs]
    names = list(dict.fromkeys(name for each in reversed(recorded) for name in each))
    facts = [_fact(name, [each.get(name) for each in recorded]) for name in names]
    used = {name for fact in facts for name in (fact["unit"], fact["change"]) if name}
    return {"facts": facts, "writings": {unit: writing(unit) for unit in sorted(used)}}


def label(name: str) -> str:
    """Return what readers call the fact with this full name, in the current language."""
    result, _, fact = name.rpartition(".")
    return fact_rows.fact_label(result, fact)


def _recorded(folder: Path | None) -> Mapping[str, Fact]:
    return comparison.recorded_facts(folder) if folder else {}


def _fact(name: str, over: Sequence[Fact | None]) -> dict[str, Any]:
    newest = next(fact for fact in reversed(over) if fact)
    over = [fact if fact and fact.unit == newest.unit else None for fact in over]
    unit = formats.common(newest.unit, [fact.value for fact in over if fact])
    unit = "money0" if unit == "money" else unit
    told = newest.unit not in fact_rows.UNTOLD
    change = comparison.change_unit(unit) if told else ""
    said = {"id": name, "label": label(name), "unit": unit, "change": change}
    ends = {
        end: [_plain(getattr(fact, end)) if fact else None for fact in over]
        for end in ("value", "low", "high", "n")
    }
    return {
        **said,
        **{end: kept for end, kept in ends.items() if _any(kept)},
        "value": ends["value"],
    }


def _any(kept: Iterable[float | None]) -> bool:
    return any(each is not None for each in kept)


def _plain(value: float | None) -> float | None:
    """Return a number as it is handed over; None where there is none, or it is hidden."""
    if value is None or isnan(value):
        return None
    return float(f"{value:.{FIGURES}g}")
