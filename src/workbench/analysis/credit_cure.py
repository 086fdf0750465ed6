"""What the rule of cure says of the outcome: defaults that healed, and loans still on probation."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from workbench import check
from workbench.result import Column, Fact, Finding, Result
from workbench.rules import cure, default
from workbench.stats import master_scale
from workbench.stats.calibration import jeffreys_interval

COLUMNS = ("cohort", "outcome_until", "loan_id", "standing", "window_full", "outcome_known")
SOUND, PROBATION, DEFAULT = 0, 1, 2


@dataclass(frozen=True, eq=False, repr=False)
class CreditCure(Result):
    """Per cohort, what became of its defaults, and who began it on probation.

    Attributes
    ----------
    table : DataFrame
        One row per cohort with a complete outcome, oldest first: `cohort`, `cases`, `defaults`,
        `cured`, `on_probation`, `still_default` (how the loan stood on the last day of the window)
        and `gone` (closed or written off by then), `default_rate`, `rate_uncured` (defaults that
        were cured by then not counted) and `probation_cases` (loans that had been in default and
        were not cured on the cohort's day).
    facts : mapping
        Of all these cohorts together: `months` (clean month ends that cure), `cases`, `defaults`,
        `cured` (share of the defaults), `rate`, `rate_uncured`, `probation_cases`,
        `probation_rate`, `other_rate` (of all other loans), `p_probation` (that those on probation
        default no more often), `rate_without` (without those on probation).
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("cohort", "date"),
        Column("cases", "count"),
        Column("defaults", "count"),
        Column("cured", "count"),
        Column("on_probation", "count"),
        Column("still_default", "count"),
        Column("gone", "count"),
        Column("default_rate", "share2"),
        Column("rate_uncured", "share2"),
        Column("probation_cases", "count"),
    )
    base: ClassVar[str | None] = "cases"
    figure: ClassVar[tuple[float, float] | None] = None
    unfolded: ClassVar[bool] = True
    key: ClassVar[tuple[str, ...]] = ("cured", "probation_rate", "other_rate")

    def summary(self) -> Finding:
        """Say how many defaults healed, and how risky loans on probation are."""
        kind = "finding" if self.facts["probation_cases"].value else "none"
        quoted = ("months", "defaults", "cured", "rate", "rate_uncured")
        more = ("probation_cases", "probation_rate", "other_rate", "p_probation", "rate_without")
        return Finding(f"{self.name}.{kind}", quoted + (more if kind == "finding" else ()))


def credit_cure(
    outcomes: pd.DataFrame, tape: pd.DataFrame, *, day: date, confidence: float = 0.95
) -> CreditCure | None:
    """Apply the rule of cure to the outcome and to the population, beside the sample as it is.

    A default is cured at the month end that closes the months without arrears which the rule pack
    `five-tier` asks for (`rules.cure`). The score counts the first default, cured or not, and
    keeps loans on probation; what either choice does is shown here. Returns nothing where nobody
    was followed, or before there were rules.

    Parameters
    ----------
    outcomes : DataFrame
        `Bank.credit_outcomes`: the columns `COLUMNS`, `closed_on` and `failed_on`.
    tape : DataFrame
        `Bank.failed_months`: `loan_id`, `month_end`, `dpd`, `five_class` of loans that failed.
    day : date
        Which edition of the rules is in force.
    confidence : float
        Coverage of the intervals.
    """
    check.columns(outcomes, *COLUMNS, "closed_on", "failed_on")
    check.columns(tape, "loan_id", "month_end", "dpd", "five_class")
    own = outcomes[
        (outcomes["window_full"] == 1)
        & (outcomes["outcome_known"] == 1)
        & (outcomes["standing"] == "at_risk")
    ]
    loans = cure.rule(day)
    if own.empty or loans is None:
        return None
    months = loans.cure.months
    stood = cure.standing(tape, default.failed(tape), months)
    known = tape[["loan_id", "month_end"]].assign(standing=stood)
    own = own.assign(
        begin=_at(own, known, "cohort"),
        end=_at(own, known, "outcome_until"),
        defaulted=own["failed_on"].notna(),
        gone=(own["closed_on"] <= own["outcome_until"]).to_numpy(),
    )
    table = pd.DataFrame([_row(part) for _, part in own.groupby("cohort")])
    return CreditCure("risk.cure", table, _facts(own, months, confidence))


def _at(own: pd.DataFrame, known: pd.DataFrame, name: str) -> "np.ndarray[Any, Any]":
    """Return how each loan stood at the month end `name`: sound when it never failed."""
    days = own[["loan_id", name]].rename(columns={name: "month_end"})
    joined = days.merge(known, on=["loan_id", "month_end"], how="left")["standing"]
    return joined.fillna(SOUND).to_numpy(int)


def _row(part: pd.DataFrame) -> dict[str, object]:
    failed = part[part["defaulted"]]
    here = failed[~failed["gone"]]
    n = len(part)
    cured = int((here["end"] == SOUND).sum())
    return {
        "cohort": part["cohort"].iloc[0],
        "cases": n,
        "defaults": len(failed),
        "cured": cured,
        "on_probation": int((here["end"] == PROBATION).sum()),
        "still_default": int((here["end"] == DEFAULT).sum()),
        "gone": int(failed["gone"].sum()),
        "default_rate": len(failed) / n,
        "rate_uncured": (len(failed) - cured) / n,
        "probation_cases": int((part["begin"] == PROBATION).sum()),
    }


def _facts(own: pd.DataFrame, months: int, confidence: float) -> dict[str, Fact]:
    whole = _row(own)
    n, d, cured = (int(str(whole[name])) for name in ("cases", "defaults", "cured"))
    held = own["begin"].to_numpy() == PROBATION
    events = own["defaulted"].to_numpy(float)
    sizes = np.array([held.sum(), (~held).sum()], dtype=float)
    counts = np.array([events[held].sum(), events[~held].sum()])
    p = master_scale.differ(sizes[1:], counts[1:], sizes[:1], counts[:1])[0]
    rates = {
        "rate": _rate(d, n, confidence),
        "rate_uncured": _rate(d - cured, n, confidence),
        "other_rate": _rate(counts[1], sizes[1], confidence),
        "rate_without": _rate(counts[1], sizes[1], confidence),
    }
    if sizes[0]:
        rates["probation_rate"] = _rate(counts[0], sizes[0], confidence)
    return {
        "months": Fact(months, "count"),
        "cases": Fact(n, "count", n=n),
        "defaults": Fact(d, "count", n=n),
        "cured": Fact(cured / d if d else float("nan"), "share", n=d),
        **rates,
        "probation_cases": Fact(int(sizes[0]), "count", n=int(sizes[0])),
        "p_probation": Fact(float(p), "p", n=int(sizes[0])),
    }


def _rate(d: float, n: float, confidence: float) -> Fact:
    low, high = jeffreys_interval(np.array([float(d)]), np.array([float(n)]), confidence)
    return Fact(d / n, "share2", float(low[0]), float(high[0]), confidence, int(n))
