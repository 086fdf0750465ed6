"""Value-added tax and surcharges on the interest of loans: what share of it, and who is exempt."""

from datetime import date

import numpy as np
import pandas as pd
from pydantic import Field

from workbench import check
from workbench.rules.pack import Pack, Rule, in_force
from workbench.rules.tape import Vector, amounts


class Tax(Rule):
    """Rate of the tax, and surcharges as a share of it."""

    vat: float = Field(ge=0, lt=1)
    surcharges: float = Field(ge=0, lt=1)

    @property
    def share(self) -> float:
        """Return the share of interest that goes to the state, the tax being part of it."""
        return self.vat / (1 + self.vat) * (1 + self.surcharges)


class Exemption(Rule):
    """Interest that is exempt: of whom, up to what line and rate, until when."""

    code: str
    segments: list[str]
    most_line: float = Field(gt=0)
    most_lpr: float = Field(gt=0)
    until: date


class LoanTaxes(Pack):
    """The rule pack `loan-taxes`."""

    tax: Tax
    exempt: list[Exemption]


def rules(day: date) -> LoanTaxes:
    """Return the pack in force on `day`."""
    return in_force(LoanTaxes, "loan-taxes", day)


def highest_exempt(loans: pd.DataFrame, rules: LoanTaxes, day: date) -> Vector:
    """Return the highest rate at which each loan's interest is exempt, 0 when never.

    Parameters
    ----------
    loans : DataFrame
        `segment`, `line` (what all lines of the customer come to, yuan), `prime` (loan prime rate
        of the loan's term).
    day : date
        Day on which interest is earned.
    """
    check.columns(loans, "segment", "line", "prime")
    highest = np.zeros(len(loans))
    line, prime = amounts(loans, "line"), amounts(loans, "prime")
    for entry in rules.exempt:
        if day <= entry.until:
            holds = loans["segment"].isin(entry.segments).to_numpy() & (line <= entry.most_line)
            highest = np.where(holds, np.maximum(highest, entry.most_lpr * prime), highest)
    return highest
