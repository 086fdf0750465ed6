"""What is wrong with the features before anything is learnt: codes, gaps, late knowledge."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from workbench import check
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.rules import risk_model
from workbench.rules.credit_features import KEYS, PROTECTED
from workbench.rules.risk_model import Fields
from workbench.stats.arrays import Vector
from workbench.stats.discrimination import auc
from workbench.stats.grades import holm

FINDINGS = ("late", "too_good", "sentinel", "missing_tells", "unstable", "empty")
"""What may be said of a feature, gravest first."""


@dataclass(frozen=True, eq=False, repr=False)
class CreditFields(Result):
    """Every feature with something to say about it, gravest first.

    Attributes
    ----------
    table : DataFrame
        `variable`, `field_finding` (`late`: known only after the outcome, and refused; `too_good`:
        ranks defaults so well alone that it is suspected to be known too late; `sentinel`: holds a
        code for never or unknown; `missing_tells`: those without a value default surely more or
        less often; `unstable`: its share of missing values, or its levels, change between cohorts;
        `empty`: no value at all), `missing` (share), `rate_missing`, `rate_present` (default
        rates), `p_missing` (adjusted over the features after Holm), `auc_alone`, `code` (the
        suspected one) and `missing_change` (largest less least share of a cohort).
    facts : mapping
        `features`, and `late`, `too_good`, `sentinel`, `missing_tells`, `unstable`, `empty`
        (numbers of features), `cases`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("variable", "code", values="credit_variable"),
        Column("field_finding", "code", values="field_finding"),
        Column("missing", "share"),
        Column("rate_missing", "share2"),
        Column("rate_present", "share2"),
        Column("p_missing", "p"),
        Column("auc_alone", "number"),
        Column("sentinel_code", "statistic"),
        Column("missing_change", "share"),
    )
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say how many features have which flaw."""
        if self.table.empty:
            return Finding(f"{self.name}.clean", ("features",))
        first = Word(str(self.table["variable"].iloc[0]), "credit_variable")
        return Finding(f"{self.name}.found", ("features", *FINDINGS), {"first": first})


def credit_fields(
    cases: pd.DataFrame, *, excluded: Collection[str] = PROTECTED, confidence: float = 0.95
) -> CreditFields:
    """Look through the features of the credit cases for what would mislead a score.

    Codes and limits come from the rule pack `risk-model`. A value that is missing for a reason is
    information of its own: the score gives missing values a bin, and here they are named.

    Parameters
    ----------
    cases : DataFrame
        One row per loan and cohort: the columns `KEYS`, and features.
    excluded : collection of str
        Columns that are no features.
    confidence : float
        1 minus it is the level at which missing values are said to tell.
    """
    check.columns(cases, *KEYS)
    check.rows(cases, "loans with a known outcome")
    rules = risk_model.read().fields
    names = [name for name in cases.columns if name not in (*KEYS, *excluded)]
    events = cases["defaulted"].to_numpy(float)
    rows = [_described(name, cases[name], cases["cohort"], events, rules) for name in names]
    table = pd.DataFrame(rows)
    table["p_missing"] = holm(table["p_missing"].to_numpy(float))
    found = [_finding(row, rules, 1 - confidence) for row in table.to_dict("records")]
    table["field_finding"] = pd.Series(found, dtype=object)
    counts = table["field_finding"].value_counts()
    place = {name: at for at, name in enumerate(FINDINGS)}
    flawed = table[table["field_finding"].notna()]
    flawed = flawed.sort_values(
        ["field_finding", "missing"],
        key=lambda own: own.map(place) if own.name == "field_finding" else -own,
        kind="stable",
        ignore_index=True,
    )
    facts = {"features": Fact(len(names), "count")}
    facts |= {name: Fact(int(counts.get(name, 0)), "count") for name in FINDINGS}
    facts["cases"] = Fact(len(cases), "count", n=len(cases))
    return CreditFields("risk.fields", flawed, facts)


def _described(
    name: str, column: "pd.Series[Any]", cohort: "pd.Series[Any]", events: Vector, rules: Fields
) -> dict[str, object]:
    missing = column.isna().to_numpy()
    by_cohort = pd.Series(missing).groupby(cohort.to_numpy()).mean()
    numeric = pd.api.types.is_numeric_dtype(column)
    return {
        "variable": name,
        "missing": float(missing.mean()),
        **_rates(missing, events),
        "auc_alone": _alone(column, events) if numeric else np.nan,
        "sentinel_code": _sentinel(column, rules) if numeric else np.nan,
        "missing_change": float(by_cohort.max() - by_cohort.min()),
        "levels_change": False if numeric else _levels_change(column, cohort, rules),
    }


def _rates(missing: NDArray[np.bool_], events: Vector) -> dict[str, float]:
    """Return default rates with and without a value, and the two-sided p of their difference."""
    n = np.array([missing.sum(), (~missing).sum()], dtype=float)
    d = np.array([events[missing].sum(), events[~missing].sum()])
    if n.min() == 0:
        return dict.fromkeys(("rate_missing", "rate_present", "p_missing"), float("nan"))
    rate, pooled = d / n, d.sum() / n.sum()
    spread = np.sqrt(pooled * (1 - pooled) * (1 / n).sum())
    z = abs(rate[0] - rate[1]) / spread if spread > 0 else 0.0
    return {
        "rate_missing": float(rate[0]),
        "rate_present": float(rate[1]),
        "p_missing": float(2 * special.ndtr(-z)),
    }


def _alone(column: "pd.Series[Any]", events: Vector) -> float:
    known = column.notna().to_numpy()
    happened = events[known]
    if not 0 < happened.sum() < len(happened):
        return float("nan")
    area = auc(column[known].to_numpy(float), happened).value
    return max(area, 1 - area)


def _sentinel(column: "pd.Series[Any]", rules: Fields) -> float:
    """Return the value that stands apart from all others as codes do, or nothing.

    A suspected value is the least or the greatest one, held by many, and farther from the next
    value than all the others are spread.
    """
    values = column.dropna().to_numpy(float)
    distinct, counts = np.unique(values, return_counts=True)
    if len(distinct) < 3:
        return float("nan")
    for code, next_to, rest in (
        (distinct[-1], distinct[-2], distinct[:-1]),
        (distinct[0], distinct[1], distinct[1:]),
    ):
        share = counts[distinct == code][0] / len(values)
        if (
            code in rules.sentinels
            and share >= rules.sentinel_share
            and abs(code - next_to) > rest[-1] - rest[0]
        ):
            return float(code)
    return float("nan")


def _levels_change(column: "pd.Series[Any]", cohort: "pd.Series[Any]", rules: Fields) -> bool:
    """Tell whether a level with a share worth naming appears or disappears between cohorts."""
    shares = pd.crosstab(cohort.to_numpy(), column.astype(object).to_numpy(), normalize="index")
    if len(shares) < 2:
        return False
    gone = (shares == 0).any(axis=0) & (shares >= rules.missing_change).any(axis=0)
    return bool(gone.any())


def _finding(row: Mapping[Any, Any], rules: Fields, level: float) -> str | None:
    """Return the gravest finding about a feature."""
    checks = {
        "late": row["variable"] in rules.after_outcome,
        "too_good": row["auc_alone"] > rules.suspicious_auc,
        "sentinel": not np.isnan(row["sentinel_code"]),
        "missing_tells": row["p_missing"] < level,
        "unstable": row["missing"] < 1
        and (row["missing_change"] > rules.missing_change or row["levels_change"]),
        "empty": row["missing"] == 1,
    }
    return next((name for name in FINDINGS if checks[name]), None)
