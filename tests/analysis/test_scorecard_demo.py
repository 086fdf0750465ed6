"""The risk analyses on the demo bank, whose drivers of default are planted."""

import numpy as np
import pytest

from tests.sql import tables
from workbench.analysis.credit_sample import credit_sample
from workbench.analysis.discrimination import discrimination
from workbench.analysis.scorecard import scorecard
from workbench.analysis.status_coding import status_coding
from workbench.data import demo
from workbench.stats import binning
from workbench.stats.monotone import Limits

PLANTED = {
    "bureau_score": ("bureau_score", 1),
    "queries_3m": ("bureau_queries", 1),
    "card_utilisation": ("bureau_card_utilisation", 1),
    "debt_service_to_income": ("debt_service_to_income", 1),
    "tenure_years": ("tenure_months", 1),
}
"""Planted driver → feature of the credit cases, and the sign between their units."""
LAST = "2026-09-30"


@pytest.fixture(scope="module")
def made():
    return demo.tables()


@pytest.fixture(scope="module")
def bank(made):
    found = tables.connection()
    for name, table in made[0].items():
        plain = table.astype(dict.fromkeys(table.select_dtypes("category").columns, object))
        found.register("made", plain)
        found.execute(f"INSERT INTO {name} BY NAME SELECT * FROM made")
        found.unregister("made")
    return found


@pytest.fixture(scope="module")
def cases(bank):
    return tables.credit_cases(bank, horizon=12, window=6, as_of=LAST)


def test_the_bank_is_judged_over_time(cases):
    found = credit_sample(cases, horizon_months=12)
    assert found.kind == "time"
    assert found.facts["test_defaults"].value >= 100


def test_the_score_ranks_as_a_behaviour_score_does(cases):
    result = scorecard(cases, horizon_months=12)
    assert result.facts["not_supplied"].value == 0
    assert 0.72 <= discrimination(result.predictions).facts["auc"].value <= 0.90


@pytest.mark.parametrize("driver", PLANTED)
def test_each_planted_driver_is_binned_in_its_direction(made, cases, driver):
    feature, sign = PLANTED[driver]
    planted = sign * made[1]["default"]["log_odds_per_unit"][driver]
    found = binning.number(
        cases[feature], cases["defaulted"], binning.Options(limits=Limits(5, 0.05, 10))
    )
    assert found.trend == ("ascending" if planted > 0 else "descending")
    assert found.information_value > 0.02
    rates = found.events[:-1] / found.cases[:-1]
    assert np.sign(rates[-1] - rates[0]) == np.sign(planted)


def test_no_month_breaks_the_coding(bank):
    found = status_coding(tables.query(bank, "status_steps", as_of=LAST))
    assert found.facts["breaks"].value == 0
