"""Scoring a bank: a frozen model on all performing loans of a day, one assessment a customer.

A customer is as risky as the riskiest of his or her loans. Customers with a loan in default are
not scored: there is nothing to predict.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from workbench import schema
from workbench.data import bank as banks
from workbench.data import score_rows
from workbench.data.bank import Bank, open_bank
from workbench.data.load import Load
from workbench.errors import DataError, ParameterError
from workbench.privacy.audit import Log
from workbench.privacy.roles import Role
from workbench.report import model_freeze
from workbench.rules import risk_model, risk_refresh
from workbench.stats.model_card import ModelCard, Scored

if TYPE_CHECKING:
    import pandas as pd

APPLIED = "score bank"
"""Action of the audit entry; its subject is the card and the day."""
UNAPPROVED = "unapproved"
"""What the version of a card that nobody approved ends with in the table."""


NEEDED = (
    *("bureau_reports", "consents", "customers", "facilities", "financials", "interactions"),
    *("loan_months", "loans", "products", "risk_assessments"),
)
"""Tables that whoever scores must see whole, free text aside."""


@dataclass(frozen=True, eq=False, repr=False)
class Scores:
    """Scores of a bank on one day, which stand nowhere yet.

    Attributes
    ----------
    card : ModelCard
        What gave them.
    bank : Bank
        What they are of.
    approved : bool
        Whether somebody approved the card.
    loans : DataFrame
        One row per scored loan: `loan_id`, `customer_id`, `segment`, `pd`, `risk_grade`, points.
    rows : DataFrame
        One row per customer: the columns of `risk_assessments`.
    in_default : int
        Customers left out because a loan of theirs is in default.
    unknown : mapping of str to int
        Variable → loans with a category that the card has never seen.
    empty : tuple of str
        Variables of the card that no loan has a value of.
    """

    card: ModelCard
    bank: Bank
    approved: bool
    loans: "pd.DataFrame"
    rows: "pd.DataFrame"
    in_default: int
    unknown: Mapping[str, int]
    empty: tuple[str, ...]

    def said(self) -> dict[str, object]:
        """Return what the command says of them: counts, never people."""
        counts = self.rows["risk_grade"].value_counts()
        by_grade = {grade: int(counts.get(grade, 0)) for grade, _ in self.card.grades}
        return {
            "model": self.card.model,
            "version": _version(self.card, self.approved),
            "sha256": self.card.sha256,
            "approved": self.approved,
            "as_of": str(self.bank.as_of),
            "customers": len(self.rows),
            "loans": len(self.loans),
            "in_default": self.in_default,
            "by_grade": by_grade,
            "mean_pd": round(float(self.rows["pd_12m"].mean()), 6),
            "unknown_categories": dict(self.unknown),
            "empty_features": list(self.empty),
        }

    def keep(self, folder: Path) -> Load:
        """Write them into the bank in `folder`, as `score_rows.keep` does."""
        records = [
            {str(name): value for name, value in row.items()}
            for row in self.rows.astype(object).to_dict("records")
        ]
        day, snapshot = self.bank.as_of, self.bank.snapshot
        load = score_rows.keep(folder, self.card.model, day, records, snapshot=snapshot)
        said = f"{self.card.model}-{_version(self.card, self.approved)} {day}: {len(self.rows)}"
        Log(folder).append(self.bank.role.name, APPLIED, said, str(load.snapshot))
        return load


def scores(folder: Path, name: str | None, as_of: str | None = None) -> Scores:
    """Score the bank in `folder` with the card `name` (see `model_freeze.find`).

    Raises
    ------
    ParameterError
        There is no such card, or the role may not score or sees too little.
    DataError
        The card was changed or is of another format; the loans lack a feature of it; or there is
        nothing to score on the day.
    """
    role = banks.role(folder)
    role.require(model_freeze.SCORE)
    card = model_freeze.read(model_freeze.find(folder, name))
    opened = open_bank(folder, as_of=as_of)
    _may_score(role)
    loans = opened.loans_to_score(int(card.made["parameters"]["window_months"]))
    if loans.empty:
        raise DataError(
            f"there is no loan to score on {opened.as_of}: scores need a month end that the bank "
            "has, and the months before it that the features look back to"
        )
    bad = opened.customers_in_default()
    kept = loans[~loans["customer_id"].isin(bad)].reset_index(drop=True)
    found = card.scored(kept)
    approved = model_freeze.is_approved(folder, card)
    written = _loans(kept, found, card)
    rows = _rows(written, card, opened, _version(card, approved))
    return Scores(card, opened, approved, written, rows, len(bad), found.unknown, found.empty)


def _may_score(role: Role) -> None:
    """Refuse a role that sees too little: empty columns would be scored as missing values."""
    hidden = [
        f"{name}.{column.name}"
        for name in NEEDED
        for column in schema.table(name).columns
        if column.type != "text" and not role.sees(column)
    ]
    if hidden or role.branches:
        what = f"does not see {', '.join(hidden[:5])}" if hidden else "sees some branches only"
        raise ParameterError(
            f"role {role.name!r} may not score the bank: it {what}; WORKBENCH_ROLE says the role"
        )


def _version(card: ModelCard, approved: bool) -> str:
    return card.version if approved else f"{card.version}-{UNAPPROVED}"


def _loans(loans: "pd.DataFrame", found: Scored, card: ModelCard) -> "pd.DataFrame":
    grades = np.array([grade for grade, _ in card.grades], dtype=object)
    reasons = [",".join(name for name in row if name) for row in found.reasons]
    return loans[["loan_id", "customer_id", "segment"]].assign(
        pd=found.pd,
        raw=found.raw,
        risk_grade=grades[found.grade],
        points=found.points,
        ability_score=found.ability,
        willingness_score=found.willingness,
        reason_codes=reasons,
    )


def _rows(loans: "pd.DataFrame", card: ModelCard, opened: Bank, version: str) -> "pd.DataFrame":
    """Return one row per customer, of the riskiest of his or her loans."""
    import pandas as pd

    ordered = loans.sort_values(["pd", "loan_id"], ascending=[False, True], kind="stable")
    worst = ordered.drop_duplicates("customer_id").sort_values("customer_id", kind="stable")
    day = opened.as_of
    months = np.minimum(
        worst["risk_grade"].map(risk_model.read().refresh.months_of),
        worst["segment"].map(risk_refresh.read().review.months_by_segment).fillna(np.inf),
    ).astype(int)
    following = {n: _month_end(day, n) for n in sorted(set(months))}
    return pd.DataFrame(
        {
            "assessment_id": [f"{card.model}-{day:%Y%m%d}-{who}" for who in worst["customer_id"]],
            "customer_id": worst["customer_id"].to_numpy(),
            "assessed_on": day,
            "model_id": card.model,
            "model_version": version,
            "ability_score": worst["ability_score"].to_numpy(),
            "willingness_score": worst["willingness_score"].to_numpy(),
            "pd_12m": worst["pd"].to_numpy(),
            "lgd": None,
            "risk_grade": worst["risk_grade"].to_numpy(),
            "reason_codes": worst["reason_codes"].replace("", None).to_numpy(),
            "override_grade": None,
            "override_reason": None,
            "next_review_on": [following[n] for n in months],
        }
    )


def _month_end(day: object, months: int) -> object:
    """Return the end of the month that lies `months` later."""
    import pandas as pd

    return (pd.Timestamp(str(day)) + pd.offsets.MonthEnd(months)).date()
