"""What stands behind the value of a KPI in a bank: each row that it adds up, and whose it is."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from workbench.data import kpi, kpi_rows
from workbench.data.kpi import Reading
from workbench.data.kpi_rows import PART, WHOLE, NoRowsError
from workbench.errors import DataError, ParameterError
from workbench.sql import catalogue
from workbench.sql.catalogue import Definition

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data.bank import Bank

KINDS = {"DECIMAL": "money", "DOUBLE": "number"}
"""What a sum is, by the type of what is summed; anything else counts."""
CLOSE = 1e-9
"""Share by which sums of floating numbers may differ when they are added in another order."""
TABLES = {"loan_id": "loans", "application_id": "applications", "staff_id": "staff"}
OF_LOAN = ("balance", "dpd", "five_class")


@dataclass(frozen=True, eq=False)
class Behind:
    """A KPI and its rows.

    Attributes
    ----------
    definition : Definition
        The KPI.
    reading : Reading
        Its value, as everybody reads it.
    rows : DataFrame
        One row per row that is summed: what it is, branch, product and customer, and for a loan its
        balance, days past due and class at the end of the window; `kpi_part` is what it adds to the
        numerator, `kpi_whole` to the denominator.
    kinds : tuple of str
        What numerator and denominator are: `money`, `count` or `number`.
    query : str
        The SQL of the rows, without whose they are.
    fixed, quotient : bool
        Whether the denominator is a number that was given, and whether there is one at all.
    names : mapping
        What branches and products are called, by their codes.
    """

    definition: Definition
    reading: Reading
    rows: "pd.DataFrame"
    kinds: tuple[str, str]
    query: str
    fixed: bool
    quotient: bool
    names: Mapping[str, str]


def behind(
    bank: "Bank",
    code: str,
    *,
    at: date | None = None,
    window: str | None = None,
    given: Mapping[str, float] | None = None,
) -> Behind:
    """Return the rows behind the KPI `code` of `bank`; they add up to its value.

    Parameters
    ----------
    at : date, optional
        Month end, as for `workbench.data.kpi.kpis`.
    window : str, optional
        One of the KPI's windows; its first one by default.
    given : mapping, optional
        What the bank's tables do not tell, as for `workbench.data.kpi.kpis`.

    Raises
    ------
    ParameterError
        There is no such KPI or window, or `at` is no month end up to the bank's day.
    DataError
        The KPI has no value, or is no sum of rows; the message says why.
    """
    one = catalogue.kpi(code)
    reading = _reading(bank, one, at, window, given)
    try:
        found = kpi_rows.rows(one)
    except NoRowsError as error:
        raise DataError(
            f"KPI {code} does not come apart into rows: {kpi_rows.REASONS[str(error)]}; "
            f"docs/methods/kpis.en.md says what it is"
        ) from None
    values = {**kpi.parameters(reading.closing), **(given or {})}
    days = {"from": reading.opening, "to": reading.closing}
    known = {**{name: values[name] for name in one.parameters}, **days}
    taken = {name: value for name, value in known.items() if f"${name}" in found.query}
    totals = bank.connection.execute(
        f"SELECT CAST(sum({PART}) AS DOUBLE), CAST(sum({WHOLE}) AS DOUBLE),"
        f" typeof(any_value({PART})), typeof(any_value({WHOLE})) FROM ({found.query})",
        taken,
    ).fetchall()[0]
    _require_equal(reading, totals[0], totals[1], fixed=found.fixed)
    query = _whose(found.query, found.identifiers)
    own = {**taken, "closing": reading.closing} if "$closing" in query else taken
    rows = bank.connection.execute(query, own).df()
    kinds = tuple(KINDS.get(str(each).partition("(")[0], "count") for each in totals[2:])
    return Behind(
        one,
        reading,
        rows,
        (kinds[0], kinds[1]),
        found.query,
        fixed=found.fixed,
        quotient=found.quotient,
        names=_names(bank),
    )


def _names(bank: "Bank") -> dict[str, str]:
    rows = bank.connection.execute(
        "SELECT branch_id, branch_name FROM branches WHERE branch_name IS NOT NULL"
        " UNION ALL SELECT product_id, product_name FROM products WHERE product_name IS NOT NULL"
    ).fetchall()
    return dict(rows)


def _reading(
    bank: "Bank",
    one: Definition,
    at: date | None,
    window: str | None,
    given: Mapping[str, float] | None,
) -> Reading:
    if window is not None and window not in one.windows:
        raise ParameterError(
            f"KPI {one.code} is read over {', '.join(one.windows)}, not {window!r}"
        )
    found = {each.window: each for each in kpi.readings(bank, [one], at=at, given=given)}
    reading = found[window or one.windows[0]]
    if reading.value is None:
        why = f"{reading.reason} {reading.missing}".strip()
        raise DataError(f"KPI {one.code} is not available at {reading.closing}: {why}")
    return reading


def _require_equal(
    reading: Reading, part: float | None, whole: float | None, *, fixed: bool
) -> None:
    """Stop rather than show rows that come to something else than the KPI."""
    sides = [(reading.numerator, part)]
    if reading.denominator is not None and not fixed:
        sides.append((reading.denominator, whole))
    for told, summed in sides:
        if not math.isclose(told or 0.0, summed or 0.0, rel_tol=CLOSE):
            raise DataError(
                f"the rows behind KPI {reading.code} come to {summed}, not to {told}; its query "
                "and the rows disagree: report it"
            )


def _whose(query: str, identifiers: tuple[str, ...]) -> str:
    """Return SQL of the rows of `query` with whose they are beside them."""
    joins, places = [], {name: f"b.{name}" for name in identifiers}
    for key, table in TABLES.items():
        if key in identifiers:
            joins.append(f"LEFT JOIN {table} AS {table} ON {table}.{key} = b.{key}")
    by = {"branch_id": ("loans", "staff"), "product_id": ("loans", "applications")}
    by["customer_id"] = ("loans", "applications")
    joined = {table for key, table in TABLES.items() if key in identifiers}
    for name, tables in by.items():
        own = [f"{table}.{name}" for table in tables if table in joined]
        if name in identifiers:
            own.insert(0, f"b.{name}")
        places[name] = f"coalesce({', '.join(own)})" if own else "CAST(NULL AS VARCHAR)"
    joins.append(f"LEFT JOIN customers AS c ON c.customer_id = {places['customer_id']}")
    places["branch_id"] = f"coalesce({places['branch_id']}, c.branch_id)"
    for name in ("customer_type", "size_class", "industry_code", "region_code"):
        places[name] = f"c.{name}"
    if "loan_id" in identifiers:
        joins.append(
            "LEFT JOIN loan_months AS m ON m.loan_id = b.loan_id AND m.month_end = $closing"
        )
        places |= {name: f"m.{name}" for name in OF_LOAN}
    columns = ", ".join(f"{place} AS {name}" for name, place in places.items())
    order = ", ".join(f"b.{name}" for name in identifiers) or "1"
    return (
        f"SELECT {columns}, b.{PART}, b.{WHOLE} FROM ({query}) AS b {' '.join(joins)}"
        f" ORDER BY b.{PART} DESC NULLS LAST, {order}"
    )
