"""Forgetting: customers whose retention is over disappear from lake, snapshots and vault.

Only the rule pack `retention` decides who may be forgotten. What is under way is noted in
`forgetting.json`; cut short, the next call goes on, and nothing else is done with the bank before.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import workbench
from workbench import durable, schema, settings
from workbench.data import bank, listing, rotation
from workbench.data.erasing import Erasing
from workbench.data.holding import explained, held
from workbench.data.lake import Lake, Snapshot
from workbench.errors import DataError, NothingToDoError
from workbench.privacy import vault
from workbench.privacy.audit import Log
from workbench.privacy.roles import Role

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

RIGHT = "forget"
"""The right it takes, and the action of its audit entries."""
PACK = "retention"
KEY = "customer_id"


@dataclass(frozen=True)
class Forgotten:
    """Who was forgotten, or would be.

    Attributes
    ----------
    customers : int
        How many.
    rows : mapping of str to int
        Table → rows that are removed, or lose their reference.
    lost : tuple of str
        Snapshots that can no longer be read.
    snapshot : str
        The snapshot without them; empty when nothing was done.
    """

    customers: int
    rows: Mapping[str, int]
    lost: tuple[str, ...]
    snapshot: str = ""


@dataclass(frozen=True)
class _Note:
    """What `forgetting.json` says: whom, in which tables, and the vault's key before."""

    customers: list[str]
    tables: list[str]
    rows: dict[str, int]
    vault_key: str

    def write(self, folder: Path) -> None:
        durable.write(folder / bank.FORGETTING, json.dumps(vars(self)))


def forget(
    folder: Path, place: Path | None = None, *, today: date | None = None, do: bool = False
) -> Forgotten:
    """Forget the customers of the bank in `folder` whose retention is over.

    Parameters
    ----------
    folder : Path
        The bank's folder.
    place : Path, optional
        CSV file or workbook with the pseudonyms of some of them in the column `customer_id`.
        Default: all.
    today : date, optional
        Day on which the periods must be over. Default: today.
    do : bool
        Whether anything is changed; otherwise it is only said what would be.

    Raises
    ------
    ParameterError
        The role in force may not, or a key is missing or cannot be replaced.
    DataError
        Somebody listed is not known, or must be kept; nothing was changed.
    NothingToDoError
        Nobody's retention is over.
    LockedError, MachineError
        The bank is held; something cannot be read or written.
    """
    role = bank.role(folder)
    role.require(RIGHT)
    with explained(folder, "forgetting was cut short"), held(folder):
        noted = _noted(folder)
        begun = noted is not None
        if noted is None:
            bank.require_whole(folder)
            noted = _planned(folder, place, today or date.today())
        if not do:
            lost = _lost(Lake(folder), noted.tables)
            return Forgotten(len(noted.customers), noted.rows, lost)
        if not begun:
            if noted.vault_key:
                rotation.following(bank.keys(folder), "vault")
            about = f"{len(noted.customers)} customers, rule {PACK} {_pack()['pack']['edition']}"
            Log(folder).append(role.name, RIGHT, about)
            noted.write(folder)
        return _done(folder, role, noted)


def _done(folder: Path, role: Role, noted: _Note) -> Forgotten:
    """Do, or finish, what is noted; each step can be done again."""
    lake = Lake(folder)
    with _connection(noted.customers) as connection:
        erasing = Erasing(connection, lake, _newest(lake))
        if erasing.rows:
            lineage = {"change": "forget", "version": workbench.__version__}
            lake.rewrite(connection, erasing.queries(), lineage=lineage)
    newest = _newest(lake)
    lost = _lost(lake, noted.tables, newest.id)
    for name in lost:
        lake.give_up(name)
    for table in noted.tables:
        lake.sweep(table)
    if noted.vault_key:
        keys = bank.keys(folder)
        current = keys.find("vault")
        if current is None or current.key.id == noted.vault_key:
            rotation.change_vault_key(keys, role, noted.customers)
    (folder / bank.FORGETTING).unlink()
    durable.settle(folder)
    return Forgotten(len(noted.customers), noted.rows, lost, newest.id)


def _noted(folder: Path) -> _Note | None:
    place = folder / bank.FORGETTING
    return _Note(**json.loads(place.read_text("utf-8"))) if place.exists() else None


def _planned(folder: Path, place: Path | None, today: date) -> _Note:
    """Return whom to forget, and which tables that touches."""
    lake, keys = Lake(folder), bank.keys(folder)
    newest = _newest(lake)
    with _connection([]) as connection:
        _due(connection, lake, newest)
        customers = _listed(connection, place, today) if place else _over(connection, today)
    if not customers:
        raise NothingToDoError(f"nobody's retention is over on {today}; nothing was changed")
    with _connection(customers) as connection:
        rows = Erasing(connection, lake, newest).rows
    key = keys.get("vault").id if vault.exists(folder) and not keys.demo else ""
    return _Note(customers, sorted(rows), rows, key)


def _due(connection: "DuckDBPyConnection", lake: Lake, newest: Snapshot) -> None:
    """Make the table `due`: per customer and rule the last day, empty when it has not begun."""
    connection.execute("CREATE TABLE due (customer_id VARCHAR, kind VARCHAR, last DATE)")
    for rule in _pack()["keep"]:
        connection.execute(
            f"INSERT INTO due SELECT customer_id, $kind, last FROM ({_ends(lake, newest, rule)})",
            {"kind": rule["kind"]},
        )


def _over(connection: "DuckDBPyConnection", today: date) -> list[str]:
    """Return the customers for whom every period is over."""
    query = (
        "SELECT customer_id FROM due GROUP BY 1 HAVING bool_or(kind = 'identity') "
        "AND bool_and(coalesce(last <= $today, FALSE)) ORDER BY 1"
    )
    return [row[0] for row in connection.execute(query, {"today": today}).fetchall()]


def _listed(connection: "DuckDBPyConnection", place: Path, today: date) -> list[str]:
    """Return the customers of the list `place`; refuse it when somebody must be kept."""
    rows = [row[KEY] for row in listing.read(place, KEY)]
    over = set(_over(connection, today))
    refused = [number for number, customer in enumerate(rows, 1) if customer not in over]
    if refused:
        more = f" and {len(refused) - 1} more" if len(refused) > 1 else ""
        why = _kept(connection, rows[refused[0] - 1], today)
        raise DataError(
            f"{place.name}: record {refused[0]}{more} may not be forgotten: {why}; remove it from "
            "the list; nothing was changed"
        )
    return sorted(set(rows))


def _kept(connection: "DuckDBPyConnection", customer: str, today: date) -> str:
    """Say which rule keeps a customer longest, and until when."""
    query = (
        "SELECT kind, last FROM due WHERE customer_id = $customer "
        "AND coalesce(last > $today, TRUE) ORDER BY last DESC NULLS FIRST, kind"
    )
    row = connection.execute(query, {"customer": customer, "today": today}).fetchone()
    if row is None:
        return "there is no such customer"
    return f"rule {row[0]!r} keeps it " + (f"until {row[1]}" if row[1] else "as it has not ended")


def _ends(lake: Lake, newest: Snapshot, rule: Mapping[str, Any]) -> str:
    """Return SQL for customer and last day of one rule's period."""
    table, customer = rule["table"], rule["customer"]
    rows = f"({lake.relation(table, newest)}) AS t"
    parent, dot, ends = str(rule["ends"]).rpartition(".")
    if dot:
        (own,) = (
            c for c in schema.table(table).columns if (c.refers_to or "").startswith(f"{parent}.")
        )
        key = str(own.refers_to).partition(".")[2]
        rows += f" LEFT JOIN ({lake.relation(parent, newest)}) AS p ON p.{key} = t.{own.name}"
    end = f"CAST({'p' if dot else 't'}.{ends} AS DATE)"
    last = f"CAST(max({end}) + INTERVAL {int(rule['years'])} YEAR AS DATE)"
    return (
        f"SELECT t.{customer} AS customer_id, "
        f"CASE WHEN bool_or({end} IS NULL) THEN NULL ELSE {last} END AS last "
        f"FROM {rows} WHERE t.{customer} IS NOT NULL GROUP BY 1"
    )


def _lost(lake: Lake, tables: Sequence[str], newest: str = "") -> tuple[str, ...]:
    """Return the snapshots but the `newest` that hold one of `tables`."""
    others = (lake.snapshot(name) for name in lake.ids() if name != newest)
    return tuple(each.id for each in others if any(table in each.tables for table in tables))


def _newest(lake: Lake) -> Snapshot:
    newest = lake.current()
    if newest is None:
        raise DataError(f"the bank {lake.tables.parent} has no data yet: nobody can be forgotten")
    return newest


@contextmanager
def _connection(customers: Sequence[str]) -> Iterator["DuckDBPyConnection"]:
    """Give a connection with the table `gone` of those who are forgotten."""
    import duckdb

    with duckdb.connect(config={"autoload_known_extensions": False}) as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute("CREATE TABLE gone (customer_id VARCHAR)")
        connection.execute("INSERT INTO gone SELECT unnest($all)", {"all": list(customers)})
        yield connection


def _pack() -> dict[str, Any]:
    return settings.rulepack(PACK)
