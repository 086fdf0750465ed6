"""Checks of applications: eligibility of the applicant, and whether amount, term and use fit."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from workbench import check
from workbench.errors import ParameterError
from workbench.rules import affordability, assessed_need, needs_assessment
from workbench.rules.assessed_need import Packs
from workbench.rules.instalments import instalment
from workbench.rules.pack import Pack, Rule, in_force
from workbench.rules.tape import Flags, Vector, amounts, ratio
from workbench.rules.working_capital import new_loan

MEASURES = (
    *("statement_months", "max_dpd_24m", "queries_3m", "dsti_before", "dsti_after", "residual"),
    *("over_need", "years_founded", "age_at_end", "amount_over_income", "term_over_life"),
)
"""What a check may measure."""


class Check(Rule):
    """One check: a measure with a bound, or purposes that do not fit.

    Attributes
    ----------
    most, least : float or str or None
        Bound of the measure: a number, or the name of a limit of the pack `household-affordability`
        for `most`.
    groups, products, sections : tuple of str
        Whom it applies to: codes of segments, kinds of products, industry sections; none means all.
    purposes : tuple of str
        With a measure, what it applies to besides; without one, the purposes that do not fit.
    reason : str or None
        Recorded reason for a decline that failing it would explain.
    """

    code: str = Field(pattern="^[A-Za-z][A-Za-z0-9_]*$")
    title_zh: str
    title_en: str
    measure: str | None = None
    most: float | str | None = None
    least: float | None = None
    groups: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    reason: str | None = None

    @model_validator(mode="after")
    def _whole(self) -> "Check":
        if self.measure is not None and self.measure not in MEASURES:
            raise ValueError(f"measure must be one of {', '.join(MEASURES)}; it is {self.measure}")
        bounds = [self.most, self.least]
        if (self.measure is None) != (bounds == [None, None]):
            raise ValueError(f"check {self.code!r} needs a measure and a bound, or neither")
        if self.measure is None and not self.purposes:
            raise ValueError(f"check {self.code!r} has no measure: name the purposes")
        return self

    def said(self) -> dict[str, str]:
        """Return its title in each language."""
        return {"zh": self.title_zh, "en": self.title_en}


class Bullet(Rule):
    """Kinds of products of which only interest is due every month."""

    products: tuple[str, ...]


class ApplicationChecks(Pack):
    """The rule pack `application-checks`."""

    life_months: dict[str, int]
    bullet: Bullet
    eligibility: list[Check] = Field(min_length=1)
    purpose: list[Check] = Field(min_length=1)


def rules(day: date) -> ApplicationChecks:
    """Return the pack in force on `day`."""
    return in_force(ApplicationChecks, "application-checks", day)


@dataclass(frozen=True, eq=False, repr=False)
class Outcome:
    """One check of all applications, arrays (n,) of bool.

    Attributes
    ----------
    check : Check
    applies : array
        Whether the check is about the application.
    fails : array
        Whether it does not pass, as far as can be told.
    unknown : array
        Whether it applies and the measure is not known: neither passed nor failed.
    """

    check: Check
    applies: Flags
    fails: Flags
    unknown: Flags


def measures(
    applications: pd.DataFrame, rules: ApplicationChecks, packs: Packs
) -> dict[str, Vector]:
    """Return each of `MEASURES` for all applications, NaN where it is unknown or of no meaning.

    Parameters
    ----------
    applications : DataFrame
        As the query `need_applications` gives them: what was known by the day of each.
    """
    asked = {name: amounts(applications, name) for name in ("requested", "term", "income")}
    income = assessed_need.monthly_income(applications, packs)
    service = amounts(applications, "debt_service")
    after = service + _due(applications, rules, packs)
    living = needs_assessment.living_cost(amounts(applications, "expense"), packs.house)
    life = applications["purpose"].astype(object).map(rules.life_months).to_numpy(float)
    named = ("statement_months", "max_dpd_24m", "queries_3m", "years_founded")
    dsti = affordability.debt_service_to_income
    return {
        **{name: amounts(applications, name) for name in named},
        "dsti_before": dsti(service, income),
        "dsti_after": dsti(after, income),
        "residual": affordability.residual_income(income, after, living),
        "over_need": _over_need(applications, asked["requested"], packs),
        "age_at_end": amounts(applications, "age") + asked["term"] / 12,
        "amount_over_income": ratio(asked["requested"], asked["income"]),
        "term_over_life": asked["term"] - life,
    }


def outcomes(
    checks: list[Check],
    applications: pd.DataFrame,
    measured: dict[str, Vector],
    household: affordability.Affordability,
) -> list[Outcome]:
    """Return the outcome of each of `checks`, in their order."""
    check.columns(applications, "segment", "purpose", "product_type", "section")
    return [_outcome(each, applications, measured, household) for each in checks]


def reason_codes(outcomes: list[Outcome]) -> "np.ndarray[tuple[int], np.dtype[np.object_]]":
    """Return the codes of the checks that each application fails, joined by `|`; empty if none."""
    found = np.full(len(outcomes[0].fails), "", dtype=object)
    for each in outcomes:
        joint = np.where(found == "", "", "|")
        found = np.where(each.fails, found + joint + each.check.code, found)
    return found


def _outcome(
    each: Check,
    applications: pd.DataFrame,
    measured: dict[str, Vector],
    household: affordability.Affordability,
) -> Outcome:
    lists = {"segment": each.groups, "product_type": each.products, "section": each.sections}
    applies = np.ones(len(applications), dtype=np.bool_)
    for column, codes in lists.items():
        if codes:
            applies = applies & applications[column].isin(codes).to_numpy()
    meant = applications["purpose"].isin(each.purposes).to_numpy()
    if each.measure is None:
        return Outcome(each, applies, applies & meant, np.zeros_like(applies))
    if each.purposes:
        applies = applies & meant
    value = measured[each.measure]
    beyond = np.zeros_like(applies)
    if each.most is not None:
        beyond = beyond | (value > _bound(each, household))
    if each.least is not None:
        beyond = beyond | (value < each.least)
    return Outcome(each, applies, applies & beyond, applies & np.isnan(value))


def _bound(each: Check, household: affordability.Affordability) -> float:
    if not isinstance(each.most, str):
        return float(each.most or 0.0)
    named = household.limits.model_dump()
    if each.most not in ("housing", "all_debt"):
        raise ParameterError(
            f"check {each.code!r} of application-checks names the limit {each.most!r}; "
            "household-affordability has housing and all_debt"
        )
    return float(named[each.most])


def _due(applications: pd.DataFrame, rules: ApplicationChecks, packs: Packs) -> Vector:
    """Return what the loan asked for would cost a month: interest alone if it is paid at the end.

    Rates are those of the house pack: of housing for mortgages, of spare room for the rest.
    """
    kind = applications["product_type"]
    homes = kind.eq("mortgage").to_numpy()
    rate = np.where(homes, packs.house.housing.rate, packs.house.spare.rate)
    amount, months = amounts(applications, "requested"), amounts(applications, "term")
    even = instalment(amount, rate, np.maximum(months, 1))
    return np.where(kind.isin(rules.bullet.products), amount * rate / 12, even)


def _over_need(applications: pd.DataFrame, requested: Vector, packs: Packs) -> Vector:
    """Return the amount asked for over the new loan that the formula leaves; NaN for others.

    The loan that a renewal pays back is still among the credit held: what was asked for is compared
    with need less own funds and credit elsewhere, so that no renewal is held against itself.
    Without a room the ratio is infinite.
    """
    need = assessed_need.need(applications, packs).need
    own = packs.house.own_funds.share * need
    held = amounts(applications, "owed_elsewhere")
    room = new_loan(need, own, held, np.zeros(len(applications)))
    firm = ~assessed_need.private(applications)
    over = requested / np.where(room > 0, room, np.nan)
    return np.where(firm & (room <= 0), np.inf, np.where(firm, over, np.nan))
