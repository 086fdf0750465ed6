"""Checks between tables: what no rule about a single value can see.

One query each in `sql/checks`, portable and numbered as the documentation numbers them. Each names
the table, the key of the row, what was found and what was expected.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from workbench import schema, settings, sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FRESHNESS = "freshness"
EXAMPLES = 100
"""How many rows of each check are kept; the number is of all."""


@dataclass(frozen=True)
class Example:
    """One row that breaks a check."""

    table: str
    key: str
    found: str
    expected: str


@dataclass(frozen=True)
class Checked:
    """What one check found.

    Attributes
    ----------
    name : str
        The query in `sql/checks`, or `freshness`.
    rows : int
        Rows that break it.
    share : float
        Share of the rows looked at, in the table with most of them: of a monthly table, those of
        the months of the load, or a bad month would hide behind the years before it.
    limit : float
        Share above which a load is held back, from the rule pack `intake-limits`.
    examples : tuple of Example
        The first ones, by key.
    """

    name: str
    rows: int
    share: float
    limit: float
    examples: tuple[Example, ...]

    @property
    def over(self) -> bool:
        """Tell whether a load is held back for it."""
        return self.limit < 1 and self.share > self.limit


def names() -> list[str]:
    """Return the names of all checks, in the order they are run."""
    return [*sql.names("checks"), FRESHNESS]


def concerned(name: str) -> set[str]:
    """Return the tables that check `name` reads; `freshness` is about all and names none."""
    if name == FRESHNESS:
        return set()
    words = set(re.findall(r"(?:from|join) ([a-z_]+)", sql.text(f"checks/{name}")))
    return words & schema.tables().keys()


def run(
    connection: "DuckDBPyConnection",
    *,
    since: date,
    as_of: date,
    currency: str,
    touched: Collection[str] | None = None,
) -> list[Checked]:
    """Run every check.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Has the canonical tables.
    since, as_of : date
        First month looked at in monthly tables, and the day of the data.
    currency : str
        The bank's money.
    touched : collection of str, optional
        Only the checks that read one of these tables are run. Default: all.
    """
    values = {"since": since, "as_of": as_of, "currency": currency, **_thresholds()}
    limits = settings.rulepack("intake-limits")["checks"]
    found = [
        _checked(connection, name, values, limits[name])
        for name in sql.names("checks")
        if touched is None or concerned(name) & set(touched)
    ]
    return [*found, _fresh(connection, as_of, limits[FRESHNESS])]


def _checked(
    connection: "DuckDBPyConnection", name: str, values: Mapping[str, object], limit: float
) -> Checked:
    query = sql.text(f"checks/{name}")
    given = {each: values[each] for each in sql.parameters(query)}
    connection.execute(f"CREATE OR REPLACE TEMP TABLE broken AS {query}", given)
    counts = connection.sql("SELECT table_name, count(*) FROM broken GROUP BY 1").fetchall()
    since = given.get("since")
    shares = [count / max(_size(connection, table, since), 1) for table, count in counts]
    first = connection.sql(f"SELECT * FROM broken LIMIT {EXAMPLES}").fetchall()
    examples = tuple(Example(*(str(value) for value in row)) for row in first)
    return Checked(name, sum(n for _, n in counts), max(shares, default=0.0), limit, examples)


def _size(connection: "DuckDBPyConnection", table: str, since: object) -> int:
    """Return the number of rows of `table`; of a monthly one those from `since` on, if given."""
    period = schema.table(table).period
    where, values = (
        (f"WHERE {period} >= $since", {"since": since}) if period and since else ("", {})
    )
    found = connection.execute(f"SELECT count(*) FROM {table} {where}", values).fetchall()
    return int(found[0][0])


def _fresh(connection: "DuckDBPyConnection", as_of: date, limit: float) -> Checked:
    """Compare the newest row of each table that has any with how often it should be renewed."""
    late, filled = [], 0
    for name, table in schema.stored("lake").items():
        if not table.dated or name == "data_loads":
            continue
        (newest,) = connection.sql(
            f"SELECT CAST(max({table.dated}) AS DATE) FROM {name}"
        ).fetchall()[0]
        filled += newest is not None
        if newest and (as_of - newest).days > table.refresh_days:
            expected = f"every {table.refresh_days} days up to {as_of}"
            late.append(Example(name, table.dated, str(newest), expected))
    share = len(late) / max(filled, 1)
    return Checked(FRESHNESS, len(late), share, limit, tuple(late))


def _thresholds() -> dict[str, object]:
    """Return what the checks name of the rule packs: days past due, and lists of codes."""
    loans = settings.rulepack("five-tier")["overdue"]
    cards = settings.rulepack("five-tier-cards")["overdue"]
    classes = ("special_mention", "substandard", "doubtful", "loss")
    credit = settings.rulepack("third-party-credit")["individuals"]
    stages, flagged = settings.rulepack("ifrs9-stages"), settings.rulepack("eba-npe")
    return {
        **{name: loans[name] for name in classes},
        **{f"card_{name}": cards[name] for name in classes},
        "stage_2_days": stages["stage_2"]["overdue_days"],
        "stage_3_days": stages["stage_3"]["overdue_days"],
        "npe_days": flagged["overdue"]["days"],
        "credit_items": _listed(credit["items"]),
        "natural_persons": _listed(credit["customer_types"]),
    }


def _listed(codes: Sequence[str]) -> str:
    """Return `codes` as one text in which each stands between commas: no list is portable SQL."""
    return f",{','.join(codes)},"
