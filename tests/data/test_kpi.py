"""Every KPI agrees with an independent computation, and none is missing without a reason."""

from datetime import date
from functools import cache

import pytest

from tests.data import kpi_oracle, random_bank
from workbench import sql
from workbench.data import kpi
from workbench.sql import catalogue

JUNE = date(2026, 6, 30)
GIVEN = {
    **{"net_capital": 5000, "inclusive_limit": 9000, "overdue_days": 90, "lgd": 0.45},
    **{"renewal_days": 30, "churn_days": 90},
    **{"operating_cost_rate": 0.01, "tax_rate": 0.25, "capital_rate": 0.08},
}
SYSTEM = {code: 3.5 for code, one in catalogue.kpis().items() if one.source == "system"}


class Tables:
    """What the KPIs ask of a bank, on a database of the test's own."""

    withheld = ()

    def __init__(self, connection, as_of=JUNE):
        self.connection = connection
        self.as_of = as_of

    def empty(self, *names):
        return [name for name in names if not len(self.table(name))]

    def table(self, name):
        return self.connection.sql(f"SELECT * FROM {name}").df()

    def query(self, name, **values):
        text = catalogue.kpi(name.removeprefix("kpi/").upper()).query
        wanted = {each: values[each] for each in sql.parameters(text)}
        return self.connection.execute(text, wanted).df()


@pytest.fixture(scope="module", params=[1, 2, 3])
def bank(request):
    return Tables(random_bank.connection(request.param))


@pytest.mark.parametrize("at", [JUNE, date(2026, 2, 28)])
def test_every_kpi_agrees_with_pandas_on_a_random_bank(bank, at):
    found = kpi.kpis(bank, at=at, given={**GIVEN, **SYSTEM})
    assert set(found["code"]) == set(catalogue.kpis())
    assert found["reason"].isna().all(), found[found["reason"].notna()]
    assert disagreements(found, bank.table) == []


def disagreements(found, table, **given):
    """Return what pandas makes otherwise of the rows of `found`: code, window and both values."""
    held = cache(table)
    values = {**GIVEN, **given}
    wrong = []
    for one in found[~found["code"].isin(SYSTEM)].itertuples():
        days = {"opening": one.opening, "closing": one.closing}
        other = kpi_oracle.value(held, one.code, **days, **values)
        if other is None or one.value != pytest.approx(other, rel=1e-9):
            wrong.append((one.code, one.window, one.value, other))
    return wrong
