"""Whether features are coded alike over time: gaps, levels and distribution, cohort by cohort."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from workbench import check
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.rules import risk_model
from workbench.rules.credit_features import KEYS, PROTECTED
from workbench.stats import woe
from workbench.stats.arrays import Codes, Vector

BANDS = 10
"""Bands of equal size in the oldest cohort over which a number's index is taken."""
LEVELS = 30
"""Levels of a category that are followed one by one; rarer ones count together."""


@dataclass(frozen=True, eq=False, repr=False)
class FieldStability(Result):
    """Per feature, how far it moved since the oldest cohort, most moved first.

    Attributes
    ----------
    table : DataFrame
        `variable`, `missing_first` and `missing_last` (shares without a value in the oldest and the
        newest cohort), `missing_change` (largest less least share of a cohort), `levels_new` and
        `levels_gone` (levels of some size that the oldest did not have, or that the newest lacks),
        `shift` (largest stability index of a cohort against the oldest), `shift_limit` (what chance
        alone exceeds once in twenty times), `shift_cohort` (when) and `coding` (`recoded`: levels
        came or went, or gaps moved beyond the limit; `moved`: the index is beyond its limit and
        chance; `steady`).
    facts : mapping
        `features`, `recoded`, `moved`, `steady` (numbers of features), `cohorts`, `cases`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("variable", "code", values="credit_variable"),
        Column("missing_first", "share"),
        Column("missing_last", "share"),
        Column("missing_change", "share"),
        Column("levels_new", "count"),
        Column("levels_gone", "count"),
        Column("shift", "number"),
        Column("shift_limit", "number"),
        Column("shift_cohort", "date"),
        Column("coding", "code", values="coding_verdict"),
    )
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say how many features are coded otherwise, and which moved most."""
        first = Word(str(self.table["variable"].iloc[0]), "credit_variable")
        changed = self.facts["recoded"].value + self.facts["moved"].value
        return Finding(
            f"{self.name}.{'changed' if changed else 'steady'}",
            ("features", "recoded", "moved", "steady", "cohorts"),
            {"first": first},
        )


def field_stability(
    cases: pd.DataFrame, *, excluded: Collection[str] = PROTECTED
) -> FieldStability | None:
    """Compare each feature in every cohort with the oldest one.

    Returns nothing with a single cohort. Limits come from the rule pack `risk-model`: the change
    of gaps, and where a stability index turns yellow.

    Parameters
    ----------
    cases : DataFrame
        One row per loan and cohort: the columns `KEYS`, and features.
    excluded : collection of str
        Columns that are no features.
    """
    check.columns(cases, *KEYS)
    check.rows(cases, "loans with a known outcome")
    cohort, days = pd.factorize(cases["cohort"], sort=True)
    if len(days) < 2:
        return None
    rules = risk_model.read()
    names = [
        name
        for name in cases.columns
        if name not in (*KEYS, *excluded) and cases[name].notna().any()
    ]
    rows = [_followed(name, cases[name], cohort, days, rules) for name in names]
    table = pd.DataFrame(rows)
    table = table.assign(
        place=table["coding"].map({"recoded": 0, "moved": 1, "steady": 2})
    ).sort_values(["place", "shift"], ascending=[True, False], kind="stable", ignore_index=True)
    counts = table["coding"].value_counts()
    facts = {
        "features": Fact(len(table), "count"),
        **{
            name: Fact(int(counts.get(name, 0)), "count") for name in ("recoded", "moved", "steady")
        },
        "cohorts": Fact(len(days), "count"),
        "cases": Fact(len(cases), "count", n=len(cases)),
    }
    return FieldStability("risk.field_stability", table.drop(columns="place"), facts)


def _followed(
    name: str,
    column: "pd.Series[Any]",
    cohort: Codes,
    days: "pd.Index[Any]",
    rules: risk_model.RiskModel,
) -> dict[str, object]:
    counts = _counts(column, cohort, len(days))
    sizes = counts.sum(axis=1)
    missing = counts[:, -1] / sizes
    numeric = pd.api.types.is_numeric_dtype(column)
    new, gone = (0, 0) if numeric else _levels(counts[:, :-1], sizes, rules.fields.missing_change)
    shifts = [woe.stability(counts[0], own) for own in counts[1:]]
    most = int(np.argmax(shifts))
    bins = max(int((counts.sum(axis=0) > 0).sum()), 2)
    limit = woe.stability_limit(bins, float(sizes[0]), float(sizes[most + 1]))
    change = float(missing.max() - missing.min())
    recoded = change > rules.fields.missing_change or new + gone > 0
    moved = shifts[most] > max(limit, rules.limits.psi_yellow)
    return {
        "variable": name,
        "missing_first": float(missing[0]),
        "missing_last": float(missing[-1]),
        "missing_change": change,
        "levels_new": np.nan if numeric else new,
        "levels_gone": np.nan if numeric else gone,
        "shift": shifts[most],
        "shift_limit": limit,
        "shift_cohort": days[most + 1],
        "coding": "recoded" if recoded else "moved" if moved else "steady",
    }


def _counts(column: "pd.Series[Any]", cohort: Codes, cohorts: int) -> "np.ndarray[Any, Any]":
    """Return cases per cohort and band or level, the missing ones last."""
    if pd.api.types.is_numeric_dtype(column):
        values: Vector = column.to_numpy(float, na_value=np.nan)
        oldest = values[(cohort == 0) & ~np.isnan(values)]
        whole = oldest if len(oldest) else values[~np.isnan(values)]
        cuts = np.unique(np.quantile(whole, np.linspace(0, 1, BANDS + 1)[1:-1]))
        codes, bands = np.searchsorted(cuts, values, side="left"), len(cuts) + 1
        codes = np.where(np.isnan(values), bands, codes)
    else:
        common = column.value_counts().index[:LEVELS]
        codes = pd.Categorical(column, categories=common).codes.astype(np.intp)
        bands = len(common) + 1
        codes = np.where(column.isna(), bands, np.where(codes < 0, bands - 1, codes))
    found = np.bincount(cohort * (bands + 1) + codes, minlength=cohorts * (bands + 1))
    return found.reshape(cohorts, bands + 1).astype(float)


def _levels(counts: "np.ndarray[Any, Any]", sizes: Vector, least: float) -> tuple[int, int]:
    """Return how many levels worth naming came since the oldest cohort, and how many went."""
    shares = counts / sizes[:, None]
    some = (shares >= least).any(axis=0)
    new = some & (counts[0] == 0)
    gone = some & (counts[-1] == 0)
    return int(new.sum()), int(gone.sum())
