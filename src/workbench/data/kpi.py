"""Values of the KPI catalogue for a bank: each with its window, its parts, or why there is none."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from workbench import progress, settings, text
from workbench.data import backup
from workbench.errors import DataError, ParameterError
from workbench.sql import catalogue
from workbench.sql.catalogue import Definition

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data.bank import Bank

CONVENTIONS = "kpi-conventions"
MONTHS = {"month": 1, "quarter": 3, "12_months": 12}
REASONS = ("not_given", "empty_table", "withheld", "no_cases")
"""Why a KPI has no value: something is not given, a table has no rows, the role does not see a
column, or nothing the KPI is about happened in the window."""


@dataclass(frozen=True)
class Reading:
    """One KPI over one window.

    Attributes
    ----------
    code, window : str
        What was read, over which of `catalogue.WINDOWS`.
    opening, closing : date
        The window: days after `opening` up to `closing`. A moment is read at `closing`.
    value : float or None
        In the KPI's unit; None when there is none.
    numerator, denominator : float or None
        What the value was made of, where it is a quotient of sums.
    base : float or None
        How many cases (loans, customers, answers …) it rests on.
    value_adjusted : float or None
        For migration rates, the rate with write-offs put back on both sides.
    reason : str or None
        One of `REASONS` when there is no value.
    missing : str
        What is missing: names of parameters, tables or columns, separated by commas.
    """

    code: str
    window: str
    opening: date
    closing: date
    value: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    base: float | None = None
    value_adjusted: float | None = None
    reason: str | None = None
    missing: str = ""

    def unavailable(self) -> str:
        """Say why there is no value, in the current language; empty when there is one."""
        if self.reason is None:
            return ""
        return text.say(f"kpi.{self.reason}", missing=self.missing)


def kpis(
    bank: "Bank",
    codes: Collection[str] | None = None,
    *,
    at: date | None = None,
    given: Mapping[str, float] | None = None,
) -> "pd.DataFrame":
    """Return the KPIs of `bank`: one row per KPI and window, in the order of the catalogue.

    Parameters
    ----------
    codes : collection of str, optional
        Default: all.
    at : date, optional
        Month end at which the period ends. Default: the newest one up to the bank's day.
    given : mapping, optional
        What the bank's tables do not tell: parameters such as `net_capital`, and values of KPIs
        without a query by their code.

    Returns
    -------
    DataFrame
        The attributes of `Reading` as columns. Where `reason` is not missing there is no value.

    Raises
    ------
    ParameterError
        A code does not exist, `at` is no month end or lies after the bank's day.
    """
    import pandas as pd

    chosen = [catalogue.kpi(code) for code in codes or catalogue.kpis()]
    rows = [asdict(each) for each in readings(bank, chosen, at=at, given=given)]
    table = pd.DataFrame(rows, columns=list(Reading.__dataclass_fields__))
    numbers = ["value", "numerator", "denominator", "base", "value_adjusted"]
    return table.astype(dict.fromkeys(numbers, "float64"))


def kpi(
    bank: "Bank",
    code: str,
    *,
    at: date | None = None,
    window: str | None = None,
    given: Mapping[str, float] | None = None,
) -> float:
    """Return the value of one KPI in its unit, over its first window unless `window` is another.

    Raises
    ------
    DataError
        It has no value; the message says what is missing.
    ParameterError
        There is no such KPI or window, or `at` is no month end up to the bank's day.
    """
    one = catalogue.kpi(code)
    if window is not None and window not in one.windows:
        raise ParameterError(f"KPI {code} is read over {', '.join(one.windows)}, not {window!r}")
    found = {each.window: each for each in readings(bank, [one], at=at, given=given)}
    reading = found[window or one.windows[0]]
    if reading.value is None:
        why = f"{reading.reason} {reading.missing}".strip()
        raise DataError(f"KPI {code} is not available at {reading.closing}: {why}")
    return reading.value


def readings(
    bank: "Bank",
    chosen: Collection[Definition],
    *,
    at: date | None = None,
    given: Mapping[str, float] | None = None,
) -> Iterator[Reading]:
    """Yield a reading of each KPI of `chosen` over each of its windows."""
    closing = _closing(bank.as_of, at)
    known = _Known(
        values={**parameters(closing), **_system(bank), **(given or {})},
        empty=bank.empty(*sorted({table for each in chosen for table in each.needs})),
        withheld=bank.withheld,
    )
    for each in progress.steps(list(chosen), "progress.kpis"):
        for window in each.windows:
            start = Reading(each.code, window, opening(closing, window), closing)
            yield _read(bank, each, start, known)


def _system(bank: "Bank") -> dict[str, float]:
    """Return the values of KPIs that no table tells: how old the last verified backup is."""
    age = backup.age_days(bank.folder, bank.taken_in)
    return {} if age is None else {"BACKUP_AGE_DAYS": float(age)}


def parameters(day: date) -> dict[str, float]:
    """Return what the rule packs say the queries' parameters are on `day`."""
    pack = settings.rulepack(CONVENTIONS)
    limits = [each for each in pack["inclusive_limit"] if each["effective_from"] <= day]
    newest = max(limits, key=lambda each: each["effective_from"], default=None)
    overdue = settings.rulepack("default-definition")["default"]["overdue_days"]
    found: dict[str, float] = {**pack["parameters"], "overdue_days": overdue}
    return found if newest is None else {**found, "inclusive_limit": newest["amount"]}


def opening(closing: date, window: str) -> date:
    """Return the last day before the window that ends with the month end `closing`.

    >>> opening(date(2026, 3, 31), "month"), opening(date(2026, 3, 31), "year_to_date")
    (datetime.date(2026, 2, 28), datetime.date(2025, 12, 31))
    """
    if window == "moment":
        return closing
    if window == "year_to_date":
        return date(closing.year - 1, 12, 31)
    months = closing.year * 12 + closing.month - MONTHS[window]
    return date(months // 12, months % 12 + 1, 1) - timedelta(days=1)


def _closing(as_of: date, at: date | None) -> date:
    newest = as_of
    if not _is_month_end(as_of):
        newest = as_of.replace(day=1) - timedelta(days=1)
    if at is not None and (not _is_month_end(at) or at > newest):
        raise ParameterError(f"KPIs are read at a month end up to {newest}, not at {at}")
    return at or newest


def _is_month_end(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1


@dataclass(frozen=True)
class _Known:
    """What holds for all KPIs of one call."""

    values: Mapping[str, float]
    empty: Collection[str]
    withheld: Collection[str]


def _read(bank: "Bank", one: Definition, start: Reading, known: _Known) -> Reading:
    """Return `start` with its value, or with the reason why there is none."""
    values = known.values
    obstacles = (
        ("withheld", _withheld(one, known.withheld)),
        ("empty_table", [table for table in one.needs if table in known.empty]),
        ("not_given", [name for name in _wanted(one) if name not in values]),
    )
    for reason, missing in obstacles:
        if missing:
            return replace(start, reason=reason, missing=", ".join(missing))
    if one.source != "sql":
        return replace(start, value=float(values[one.code]))
    days = {"from": start.opening, "to": start.closing}
    taken = {name: values[name] for name in one.parameters}
    row = bank.query(f"kpi/{one.code.lower()}", **days, **taken).iloc[0].to_dict()
    parts: dict[str, Any] = {str(name): _number(each) for name, each in row.items()}
    if parts["value"] is None or not parts["base"]:
        return replace(start, reason="no_cases", base=parts["base"] or 0.0)
    return replace(start, **parts)


def _wanted(one: Definition) -> tuple[str, ...]:
    return (one.code,) if one.source != "sql" else one.parameters


def _withheld(one: Definition, withheld: Collection[str]) -> list[str]:
    """Return what the KPI reads and the role does not see: it would look like rows without values.

    A column counts as read when the query holds its name, whatever the table: rather one KPI too
    few than a wrong one.
    """
    if one.source != "sql":
        return []
    words = set(re.findall(r"[a-z_0-9]+", re.sub(r"--.*", "", one.query)))
    names = (each.partition(".") for each in withheld)
    return [
        f"{table}{dot}{column}"
        for table, dot, column in names
        if table in one.needs and (not column or column in words)
    ]


def _number(value: Any) -> float | None:
    return None if value is None or value != value else float(value)
