"""Readings of KPIs at the month ends up to a day, as one snapshot of a bank has them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import TYPE_CHECKING

from workbench import sql
from workbench.data import kpi
from workbench.errors import ParameterError
from workbench.sql import catalogue
from workbench.sql.catalogue import Definition

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data.bank import Bank

WHOLE = "ALL"
"""Scope of a target that is the whole bank's."""
HELD = "loan_months"
"""The table that every reading reads: held in memory meanwhile, or it would be read each time."""


def month_ends(closing: date, months: int) -> list[date]:
    """Return `closing`, a month end, and the `months` month ends before it, the earliest first.

    >>> month_ends(date(2026, 3, 31), 1)
    [datetime.date(2026, 2, 28), datetime.date(2026, 3, 31)]
    """
    found = [closing]
    for _ in range(months):
        found.append(found[-1].replace(day=1) - timedelta(days=1))
    return found[::-1]


def newest_month(bank: "Bank") -> date | None:
    """Return the newest month end up to the bank's day that has loans; None when there is none."""
    row = bank.connection.execute(
        "SELECT max(month_end) FROM loan_months WHERE month_end <= ?", [bank.as_of]
    ).fetchone()
    return row[0] if row else None


def history(bank: "Bank", codes: Sequence[str], closing: date, months: int) -> "pd.DataFrame":
    """Return the value of each KPI of `codes` at `closing` and at the `months` month ends before.

    Returns
    -------
    DataFrame
        `code`, `month_end`, `value`, `cases` (how many loans or customers it rests on); a month end
        at which a KPI has no value has no row, nor has a KPI that reads what the role does not see.

    Raises
    ------
    ParameterError
        A KPI is not read at a moment.
    """
    import pandas as pd

    chosen = [catalogue.kpi(code) for code in codes]
    for each in chosen:
        if "moment" not in each.windows or each.source != "sql":
            raise ParameterError(f"KPI {each.code} is not a value of the ledger at a moment")
    first = next(iter(chosen), None)
    readable = {
        reading.code
        for reading in kpi.readings(bank, chosen, at=closing)
        if reading.reason not in ("withheld", "empty_table", "not_given")
    }
    chosen = [each for each in chosen if each.code in readable]
    with held(bank) if first else _nothing():
        rows = [
            (each.code, day, *found)
            for day in month_ends(closing, months)
            for each in chosen
            if (found := _value(bank, each, day)) is not None
        ]
    frame = pd.DataFrame(rows, columns=["code", "month_end", "value", "cases"])
    frame["month_end"] = pd.to_datetime(frame["month_end"])
    return frame


def targets(bank: "Bank", day: date) -> "pd.DataFrame":
    """Return what the bank wants its KPIs to be on `day`: `code`, `target`, `alert`.

    Who sees one branch alone has the branch's targets; who sees several has none, since there are
    none of their sum.
    """
    own = bank.role.branches
    rows = bank.connection.execute(
        "SELECT kpi_code AS code, target_value AS target, alert_value AS alert FROM kpi_targets "
        "WHERE scope = $scope AND valid_from <= $day AND (valid_to IS NULL OR valid_to >= $day) "
        "QUALIFY row_number() OVER (PARTITION BY kpi_code ORDER BY valid_from DESC) = 1 "
        "ORDER BY kpi_code",
        {"day": day, "scope": " ".join(own) or WHOLE},
    )
    return rows.df()


@contextmanager
def held(bank: "Bank") -> Iterator[None]:
    """Hold the table in memory: a temporary table goes before the view of its name."""
    bank.connection.execute("CREATE TEMPORARY TABLE held AS SELECT * FROM loan_months")
    bank.connection.execute(f"ALTER TABLE held RENAME TO {HELD}")
    try:
        yield
    finally:
        bank.connection.execute(f"DROP TABLE temp.{HELD}")


@contextmanager
def _nothing() -> Iterator[None]:
    yield


def _value(bank: "Bank", each: Definition, day: date) -> tuple[float, int] | None:
    """Return the value and how many cases it rests on; None when there is none."""
    values = kpi.parameters(day)
    wanted = sql.parameters(each.query) & {"from", "to"}
    days = dict.fromkeys(wanted, day)
    taken = {name: values[name] for name in each.parameters}
    row = bank.query(f"kpi/{each.code.lower()}", **days, **taken).iloc[0]
    value, cases = row["value"], row["base"]
    return None if value != value or value is None or not cases else (float(value), int(cases))
