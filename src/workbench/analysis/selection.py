"""Why each variable is in the score or not, in the order in which they left."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from workbench.result import Column, Fact, Finding, Result
from workbench.rules import risk_development
from workbench.stats.scorecard import Scorecard

FATES = (
    "not_supplied",
    "constant",
    "weak",
    "alike",
    "collinear",
    "wrong_sign",
    "not_needed",
    "chosen",
)
"""What may become of a variable, in the order in which it is asked."""


@dataclass(frozen=True, eq=False, repr=False)
class Selection(Result):
    """Every variable with the step at which it left, and what decided.

    Attributes
    ----------
    table : DataFrame
        In the order of leaving, those in the model last: `left_at` (missing for those in the
        model), `variable`, `fate`, `information_value`, `decided_by` (information value,
        correlation with `beside`, variance inflation factor, or z of the coefficient; missing where
        there is no number), `decided_limit`, `beside` (the stronger variable it is alike to) and
        `inflation` (of those that reached the logit).
    facts : mapping
        `offered`, the number of variables of each fate, `inflation` (greatest of those that
        reached the logit), `inflation_limit`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("left_at", "count"),
        Column("variable", "code", values="credit_variable"),
        Column("fate", "code", values="variable_fate"),
        Column("information_value", "number"),
        Column("decided_by", "number"),
        Column("decided_limit", "number"),
        Column("beside", "code", values="credit_variable"),
        Column("inflation", "ratio"),
    )
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say at which step how many left."""
        return Finding(f"{self.name}.finding", tuple(self.facts))


def selection(card: Scorecard) -> Selection:
    """Tell the choice of variables step by step.

    Asked in this order: is there a value, and more than one; does the variable carry information;
    is it alike to a stronger one; do others tell it together; is its coefficient positive, and
    significant (the least z leaves first, the rest is fitted anew). Limits: `risk-development`.

    Parameters
    ----------
    card : stats.scorecard.Scorecard
        The scorecard with its steps.
    """
    given = risk_development.read().selection
    limits = {
        "weak": given.least_value,
        "alike": given.alike,
        "collinear": given.inflation,
        "wrong_sign": 0.0,
    }
    values = {name: own.information_value for name, own in card.binnings.items()}
    none = {"decided_by": np.nan, "decided_limit": np.nan, "beside": None}
    rows: list[dict[str, object]] = [
        {"variable": name, "fate": fate, **none}
        for fate in FATES[:2]
        for name, own in card.fates.items()
        if own == fate
    ]
    rows += [
        {
            "variable": step.variable,
            "fate": step.fate,
            "decided_by": step.value,
            "decided_limit": limits.get(step.fate, np.nan),
            "beside": step.beside,
        }
        for step in card.steps
    ]
    places: list[float] = [float(at) for at in range(1, len(rows) + 1)]
    rows += [{"variable": name, "fate": "chosen", **none} for name in card.chosen]
    table = pd.DataFrame(rows)
    table = table.assign(
        left_at=[*places, *[np.nan] * len(card.chosen)],
        information_value=table["variable"].map(values),
        inflation=table["variable"].map(dict(card.inflation)),
    )
    counts = table["fate"].value_counts()
    facts = {"offered": Fact(len(table), "count")}
    facts |= {fate: Fact(int(counts.get(fate, 0)), "count") for fate in FATES}
    facts["inflation"] = Fact(max(card.inflation.values()), "ratio")
    facts["inflation_limit"] = Fact(given.inflation, "ratio")
    return Selection("risk.selection", table, facts)
