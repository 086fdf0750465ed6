"""All tables of a demo bank, drawn in the order in which one depends on the other."""

from typing import Any

import numpy as np
import pandas as pd

from workbench.data.demo import (
    applications,
    book,
    interactions,
    months,
    performance,
    profiles,
    ratings,
    survey,
    truth,
)
from workbench.data.demo.draws import numbered
from workbench.data.demo.months import Life
from workbench.data.demo.people import People, people
from workbench.data.demo.profiles import Profiles
from workbench.data.demo.segments import Ints
from workbench.data.demo.state import Rows

WARMING = 24
"""Months lived before the first month written down, so that arrears and defaults are in balance."""


def compose(
    customers: int, window: Ints, seed: int
) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Return the tables of a bank of `customers` over the months `window`, and the truth."""
    span = np.arange(window[0] - WARMING, window[-1] + 1)
    folk = people(customers, span, seed)
    known = profiles.profiles(folk, span, seed)
    life, written = months.live(folk, known, span, int(window[0]), seed)
    late = arrears(life, written, window, customers)
    found = {
        "branches": folk.branches,
        "staff": folk.staff,
        "products": folk.products,
        "customers": folk.customers,
        "consents": profiles.consents(folk, seed),
        "financials": profiles.financials(folk, known, window, seed),
        "bureau_reports": profiles.bureau_reports(folk, known, late, window, seed),
        **_lending(folk, known, life, written, seed),
        "interactions": interactions.interactions(folk, late, window, seed),
        "risk_assessments": ratings.risk_assessments(folk, known, window, seed),
    }
    frames = survey.frames(folk, found["loans"], late, window, seed)
    fields = [survey.fieldwork(folk, frame, seed) for frame in frames]
    found["survey_waves"] = survey.waves(frames)
    found["survey_questions"] = survey.questions(frames)
    for name, part in (
        ("survey_invitations", survey.invitations),
        ("survey_answers", survey.answers),
    ):
        if fields:
            found[name] = stacked([part(folk, field, seed) for field in fields])
    return found, truth.truth(folk, known, life, written, fields)


def arrears(life: Life, written: Rows, window: Ints, customers: int) -> Ints:
    """Return the months in arrears (customers, months) of each customer's worst loan."""
    late = np.zeros((customers, len(window)), dtype=np.int64)
    bad = np.flatnonzero((written.late > 0) & (written.balance > 0))
    place = (life.places.customer[written.slot[bad]], written.month[bad] - window[0])
    np.maximum.at(late, place, written.late[bad])
    return late


def stacked(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Return `parts` one under the other, categories united."""
    whole = {}
    for name in parts[0].columns:
        columns = [part[name] for part in parts]
        if isinstance(columns[0].dtype, pd.CategoricalDtype):
            whole[name] = pd.Series(pd.api.types.union_categoricals(columns))
        else:
            whole[name] = pd.concat(columns, ignore_index=True)
    return pd.DataFrame(whole)


def _lending(
    folk: People, known: Profiles, life: Life, written: Rows, seed: int
) -> dict[str, pd.DataFrame]:
    loans, number = book.loans(folk, life.places, life.ledger, life.first)
    terms = life.ledger.all().take(np.flatnonzero(number >= 0))
    loans["risk_grade_at_origination"] = applications.graded(folk, known, life.places, terms, seed)
    recent = np.flatnonzero(terms.month >= life.first)
    asked, numbers = applications.applications(folk, known, life.places, terms.take(recent), seed)
    application = np.full(len(loans), -1)
    application[recent] = numbers
    loans.insert(1, "application_id", numbered("Q", application, 9))
    return {
        "applications": asked,
        "facilities": book.facilities(loans, terms),
        "loans": loans,
        "loan_months": performance.loan_months(life, written, number, seed),
    }
