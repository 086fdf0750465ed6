"""Affordability of private borrowers: debt service and debt against income, and what is left."""

from datetime import date

import numpy as np
from pydantic import model_validator

from workbench.rules.pack import Pack, Rule, in_force
from workbench.rules.tape import Share, Vector, ratio


class Limits(Rule):
    """Most of the monthly income that may go into housing, and into all debt."""

    housing: Share
    all_debt: Share

    @model_validator(mode="after")
    def _ordered(self) -> "Limits":
        if self.housing > self.all_debt:
            raise ValueError("the limit of housing is above that of all debt")
        return self


class Affordability(Pack):
    """The rule pack `household-affordability`."""

    limits: Limits


def rules(day: date) -> Affordability:
    """Return the pack in force on `day`."""
    return in_force(Affordability, "household-affordability", day)


def debt_service_to_income(service: Vector, income: Vector) -> Vector:
    """Return monthly debt service over monthly income (DSTI); NaN without income."""
    return ratio(service, income)


def debt_to_income(debt: Vector, income: Vector) -> Vector:
    """Return debt over yearly income (DTI); NaN without income. Yuan both."""
    return ratio(debt, income)


def residual_income(income: Vector, service: Vector, living: Vector) -> Vector:
    """Return what is left a month after debt service and living; below nothing where it lacks."""
    return np.asarray(income - service - living)


def spare_payment(income: Vector, service: Vector, limit: float) -> Vector:
    """Return what may be paid a month on top of `service` within `limit` of income; never below 0.

    Yuan a month, shape (n,); NaN where income or service is unknown.
    """
    return np.asarray(np.maximum(limit * income - service, 0.0))
