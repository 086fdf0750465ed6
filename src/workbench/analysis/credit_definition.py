"""What counts as default, of whom, seen from when to when: the definitions behind the sample."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

import pandas as pd

from workbench import check, text
from workbench.result import Column, Fact, Finding, Result
from workbench.rules import cure, default, five_tier, pack, risk_model
from workbench.text import formats

ITEMS = (
    "default",
    "level",
    "horizon",
    "window",
    "at_risk",
    "cure",
    "censoring",
    "clock",
    "refused",
    "protected",
)
"""What is defined, in the order in which it is told."""
FROM = {
    "default": default.NAME,
    "cure": cure.FIVE_TIER,
    "clock": default.NAME,
    "refused": risk_model.NAME,
}
"""Rule packs behind the items that have one."""


@dataclass(frozen=True, eq=False, repr=False)
class CreditDefinition(Result):
    """The definitions, one line an item, with the rule pack behind it and how far it is verified.

    Attributes
    ----------
    table : DataFrame
        `definition_item`, `definition_said` (a text per language), `definition_pack` (title of the
        rule pack per language, missing where the notebook's parameters or the method decide) and
        `verification`.
    facts : mapping
        `days` past due, `horizon` and `window` (months), `clean_months` (that cure;
        missing before there was a rule),
        `unconfirmed` (rule packs behind the definitions that nobody has compared with their
        source), `cohorts`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("definition_item", "code", values="definition_item"),
        Column("definition_said", "said"),
        Column("definition_pack", "said"),
        Column("verification", "code", values="rule_standing"),
    )
    figure: ClassVar[tuple[float, float] | None] = None
    unfolded: ClassVar[bool] = True

    def summary(self) -> Finding:
        """Say the definition in one sentence, and what of it is unconfirmed."""
        kind = "finding" if "clean_months" in self.facts else "uncured"
        return Finding(f"{self.name}.{kind}", tuple(self.facts))


def credit_definition(
    cases: pd.DataFrame, *, horizon_months: int, window_months: int, day: date
) -> CreditDefinition:
    """Write down what the sample rests on, from the rule packs in force and the parameters.

    Parameters
    ----------
    cases : DataFrame
        One row per loan and cohort: `cohort`.
    horizon_months, window_months : int
        Months behind the cohort day in which a default counts, and before it that features see.
    day : date
        Which edition of the five-tier rules is in force.
    """
    check.columns(cases, "cohort")
    check.rows(cases, "loans with a known outcome")
    given, loans = default.read(), cure.rule(day)
    days = pd.to_datetime(cases["cohort"])
    numbers = {
        "days": given.default.overdue_days,
        "horizon": horizon_months,
        "window": window_months,
        "clean_months": loans.cure.months if loans else 0,
        "periods": loans.cure.periods if loans else 0,
        "lag": given.known.financials_lag_months,
    }
    packs = _packs(given, loans)
    sources = [FROM.get(item) if FROM.get(item) in packs else None for item in ITEMS]
    said = _said(numbers, days, cured=loans is not None)
    table = pd.DataFrame(
        {
            "definition_item": ITEMS,
            "definition_said": [said[item] for item in ITEMS],
            "definition_pack": [name and packs[name].title for name in sources],
            "verification": [name and packs[name].standing for name in sources],
        }
    )
    named = ("days", "horizon", "window", *(("clean_months",) if loans else ()))
    facts = {name: Fact(numbers[name], "count") for name in named}
    unconfirmed = sum(each.standing == "unconfirmed" for each in packs.values())
    facts["unconfirmed"] = Fact(unconfirmed, "count")
    facts["cohorts"] = Fact(int(days.nunique()), "count")
    return CreditDefinition("risk.definition", table, facts)


@dataclass(frozen=True)
class _Pack:
    """A rule pack behind a definition: its title in each language, and how far it is verified."""

    title: Mapping[str, str]
    standing: str


def _packs(given: default.DefaultDefinition, loans: five_tier.FiveTier | None) -> dict[str, _Pack]:
    """Return the rule packs in force by name."""
    standing: dict[str, str] = {
        default.NAME: given.pack.verification,
        risk_model.NAME: risk_model.read().pack.verification,
    }
    if loans:
        standing[cure.FIVE_TIER] = loans.standing("cure")[1]
    headers = pack.headers()
    titles: dict[str, dict[str, str]] = {name: {} for name in standing}
    for language in text.LANGUAGES:
        with text.spoken(language):
            for name in standing:
                titles[name][language] = headers[name].title()
    return {name: _Pack(titles[name], own) for name, own in standing.items()}


def _said(
    numbers: Mapping[str, int], days: "pd.Series[pd.Timestamp]", *, cured: bool
) -> dict[str, dict[str, str]]:
    """Return each definition in each language."""
    said: dict[str, dict[str, str]] = {item: {} for item in ITEMS}
    for language in text.LANGUAGES:
        with text.spoken(language):
            first, last = (formats.day(day.date()) for day in (days.min(), days.max()))
            for item in ITEMS:
                key = "no_cure" if item == "cure" and not cured else item
                said[item][language] = text.say(
                    f"risk.definition.{key}", **numbers, first=first, last=last
                )
    return said
