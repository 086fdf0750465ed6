"""Every KPI of the demo bank agrees with an independent pandas computation, and quickly."""

import time
from functools import cache

import pytest

from tests.data import kpi_oracle
from tests.data.test_kpi import GIVEN, TOLD
from workbench import settings
from workbench.data import demo, kpi
from workbench.data.bank import open_bank
from workbench.sql import catalogue

READ = 75
"""Readings with a value in the demo bank, of 75: to be raised as more tables are filled."""
SECONDS = 3.0
OWN = ("net_capital", "operating_cost_rate", "capital_rate", "tax_rate")


@pytest.fixture(scope="module")
def bank():
    folder = settings.home() / "data" / "demo"
    demo.ensure(folder)
    return open_bank(folder)


@pytest.fixture(scope="module")
def given():
    return {name: GIVEN[name] for name in OWN} | TOLD


@pytest.fixture(scope="module")
def found(bank, given):
    return kpi.kpis(bank, given=given)


@pytest.fixture(scope="module")
def table(bank):
    return cache(bank.table)


READINGS = [
    (code, window)
    for code, one in catalogue.kpis().items()
    if one.source == "sql"
    for window in one.windows
]


@pytest.mark.parametrize(("code", "window"), READINGS)
def test_the_kpi_agrees_with_pandas(found, table, given, code, window):
    (one,) = found[(found["code"] == code) & (found["window"] == window)].itertuples()
    if isinstance(one.reason, str):
        pytest.skip(f"the demo bank does not give it: {one.reason} {one.missing}")
    values = {**kpi.parameters(one.closing), **given}
    days = {"opening": one.opening, "closing": one.closing}
    other = kpi_oracle.value(table, code, **days, **values)
    assert one.value == pytest.approx(other, rel=1e-9)


def test_no_more_kpis_are_missing_than_tables(found):
    assert found["reason"].isna().sum() - len(TOLD) >= READ


def test_all_kpis_together_are_quick(bank, given, found):
    start = time.process_time()
    again = kpi.kpis(bank, given=given)
    assert time.process_time() - start < SECONDS
    assert again.equals(found)
