"""Changes of keys: other pseudonyms for everybody, and another key for the vault.

The pseudonym key is changed in steps, each of which can be done again: the new version is noted in
`bank.json`; the lake gets a snapshot with new pseudonyms; the vault's rows are renamed; the new key
takes the old one's place; `bank.json` names it. Cut short in between, the next call goes on. The
numbers of customers come from the vault. Those of staff are kept nowhere: a list of them is given.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import workbench
from workbench import durable, schema
from workbench.data import bank, listing
from workbench.data.holding import explained, held
from workbench.data.lake import MARK, Lake, Snapshot
from workbench.errors import DataError, ParameterError
from workbench.privacy import vault
from workbench.privacy.audit import Log
from workbench.privacy.keys import Found, Keys
from workbench.privacy.pseudonym import Key
from workbench.privacy.roles import Role
from workbench.privacy.vault import Vault

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

RIGHT = "change keys"
"""The right it takes, and the action of its audit entries."""
NEXT = "_next"
"""What the name of a key ends in until it is in force."""
PORTION = 10_000
CUT_SHORT = "the change of key was cut short"
KINDS = {"c": "customer", "s": "staff"}
"""First letter of a pseudonym → whose it is."""


@dataclass(frozen=True)
class Rotated:
    """A change of key: its name, both versions, and what was changed (nothing for the vault)."""

    key: str
    before: str
    after: str
    snapshot: str = ""
    tables: int = 0
    people: int = 0


def rotate(folder: Path, staff: Path | None = None) -> Rotated:
    """Give everybody in the bank in `folder` a new pseudonym, under a new key.

    The new key is the one called `pseudonym_next`, or made.

    Parameters
    ----------
    folder : Path
        The bank's folder.
    staff : Path, optional
        CSV file or workbook with the numbers of all staff, also former, in a column `staff_id`.

    Raises
    ------
    ParameterError
        The role in force may not, a key is missing, or the new one cannot take its place.
    DataError
        Somebody's number is not known; nothing was changed.
    LockedError, MachineError
        The bank is held; something cannot be read or written.
    """
    role = bank.role(folder)
    role.require(RIGHT)
    if bank.about(folder).demo:
        raise ParameterError(f"{folder} is a demo bank: its keys are public and the same for all")
    with explained(folder, CUT_SHORT), held(folder):
        return _rotated(folder, role, staff)


def rotate_vault(folder: Path) -> Rotated:
    """Encrypt the vault of the bank in `folder` anew, with `vault_next` or a new key.

    Raises
    ------
    ParameterError
        The role in force may not, a key is missing, or the new one cannot take its place.
    DataError, LockedError, MachineError
        There is no vault; the bank is held; something cannot be read or written.
    """
    role = bank.role(folder)
    role.require(RIGHT)
    with explained(folder, CUT_SHORT), held(folder):
        bank.require_whole(folder)
        return change_vault_key(bank.keys(folder), role)


def change_vault_key(keys: Keys, role: Role, gone: Sequence[str] = ()) -> Rotated:
    """Do what `rotate_vault` does for a bank that is held already, forgetting customers before."""
    if keys.demo:
        raise ParameterError(f"{keys.folder} is a demo bank: its keys are public")
    old, new = _found(keys, "vault"), following(keys, "vault")
    try:
        Log(keys.folder).append(role.name, RIGHT, f"vault {old.key.id} to {new.key.id}")
        with vault.opened(keys, role, "keep vault") as opened:
            if gone:
                opened.forget(gone)
            opened.change_key(new.key)
    except (ParameterError, DataError):
        # A change that was cut short has left a vault that only the next key opens.
        if not _opens(_Ahead(keys.folder, keys.bank, key=new), role):
            raise
    _settle(keys, "vault", new)
    return Rotated("vault", old.key.id, new.key.id)


@dataclass(frozen=True)
class _Ahead(Keys):
    """The keys of a bank in which `key` is in force already."""

    key: Found | None = None

    def find(self, name: str) -> Found | None:
        return self.key


def _rotated(folder: Path, role: Role, staff: Path | None) -> Rotated:
    about, keys, lake = bank.about(folder), bank.keys(folder), Lake(folder)
    if not about.next_key_id:
        bank.require_whole(folder)
    keys = replace(keys, in_force={})
    new = following(keys, "pseudonym", about.next_key_id)
    after = Key(new.key.secret)
    newest = lake.current()
    if newest is None:
        raise DataError(f"the bank {folder} has no data yet: there is no pseudonym to change")
    Log(folder).append(role.name, RIGHT, f"pseudonym {about.key_id} to {after.id}", newest.id)
    people = tables = 0
    with vault.opened(keys, role, "keep vault") as opened:
        if newest.key != after.id:
            before = Key(_in_force(keys, about.key_id).key.secret)
            names = {**_customers(opened, before, after), **_staff(staff, before, after)}
            change = _Change(lake, newest, names)
            change.check()
            replace(about, next_key_id=after.id).write(folder)
            newest = change.commit(after.id)
            people, tables = len(names), len(change.tables)
        _rename(opened, after)
    _settle(keys, "pseudonym", new)
    replace(bank.about(folder), key_id=after.id, next_key_id="").write(folder)
    return Rotated("pseudonym", about.key_id, after.id, newest.id, tables, people)


def _found(keys: Keys, name: str) -> Found:
    found = keys.find(name)
    if found is None:
        keys.get(name)
        raise ParameterError(f"key {name!r} is missing")
    return found


def _in_force(keys: Keys, version: str) -> Found:
    found = _found(keys, "pseudonym")
    if found.key.id != version:
        raise ParameterError(
            f"{found.place} holds key {found.key.id}, but {keys.folder} was taken in with "
            f"{version}; use the key it was taken in with"
        )
    return found


def following(keys: Keys, name: str, wanted: str = "") -> Found:
    """Return the key that is to follow, made when there is none.

    Once a change has begun, it is the `wanted` one, which may have taken its place already.
    """
    current, found = keys.find(name), keys.find(name + NEXT)
    if wanted:
        for each in (found, current):
            if each and each.key.id == wanted:
                return each
        raise ParameterError(
            f"a change to key {wanted} was cut short, but neither {name!r} nor {name + NEXT!r} is "
            "that key; put it back to finish the change"
        )
    if found is None:
        keys.create(name + NEXT)
        found = _found(keys, name + NEXT)
    if current and current.key.id == found.key.id:
        raise ParameterError(
            f"{found.place} holds the key that is in force already; remove it, or put a new one "
            "in its place"
        )
    return found


def _opens(keys: Keys, role: Role) -> bool:
    try:
        with vault.opened(keys, role, "keep vault"):
            return True
    except (ParameterError, DataError):
        return False


def _settle(keys: Keys, name: str, new: Found) -> None:
    """Put the new key in the old one's place, if both are files; elsewhere that is for people."""
    current = _found(keys, name)
    if current.key.id == new.key.id:
        return
    here, there = keys.file(name), keys.file(name + NEXT)
    if current.place != f"key file {here}" or new.place != f"key file {there}":
        raise ParameterError(
            f"{current.place} still holds key {current.key.id}: put key {new.key.id}, now in "
            f"{new.place}, in its place, then run the same command again to finish the change"
        )
    durable.move(there, here)


def _customers(opened: Vault, before: Key, after: Key) -> dict[str, str]:
    """Return old → new pseudonym of everybody in the vault.

    Raises
    ------
    DataError
        Somebody's old pseudonym is not that of the number in the vault.
    """
    found, odd = dict[str, str](), 0
    for rows in _portions(opened):
        numbers = list(rows.values())
        old, new = (key.pseudonyms(numbers, "customer") for key in (before, after))
        odd += sum(old[number] != customer for customer, number in rows.items())
        found.update((customer, new[number]) for customer, number in rows.items())
    if odd:
        raise DataError(
            f"{odd} customers of the vault are not under the pseudonym of their number; take their "
            "identities in again; nothing was changed"
        )
    return found


def _portions(opened: Vault) -> Iterator[dict[str, str]]:
    """Give pseudonym → number at the bank, a portion of the vault at a time."""
    known = iter(list(opened.customers()))
    while part := list(islice(known, PORTION)):
        rows = opened.identities(part)
        yield {name: str(row["core_customer_no"]) for name, row in rows.items()}


def _staff(place: Path | None, before: Key, after: Key) -> dict[str, str]:
    """Return old → new pseudonym of the staff in the list `place`."""
    if place is None:
        return {}
    numbers = {row["staff_id"] for row in listing.read(place, "staff_id")}
    old, new = (key.pseudonyms(numbers, "staff") for key in (before, after))
    return {old[number]: new[number] for number in numbers}


def _rename(opened: Vault, after: Key) -> None:
    """Put the vault's rows under new pseudonyms; what has them already stays."""
    stale: list[str] = []
    for rows in _portions(opened):
        names = after.pseudonyms(rows.values(), "customer")
        moved = [name for name, number in rows.items() if names[number] != name]
        found = opened.identities(moved)
        opened.put({**row, "customer_id": names[rows[name]]} for name, row in found.items())
        stale += moved
    if stale:
        opened.forget(stale)


class _Change:
    """The lake with other pseudonyms: `names` is old → new of everybody in `newest`."""

    def __init__(self, lake: Lake, newest: Snapshot, names: Mapping[str, str]) -> None:
        self.lake, self.newest, self.names = lake, newest, names

    @cached_property
    def tables(self) -> dict[str, list[str]]:
        """Return table → its columns of pseudonyms, for the tables that have data and any."""
        columns = {
            name: [each.name for each in schema.table(name).columns if each.pseudonymised]
            for name in self.newest.tables
        }
        return {name: found for name, found in columns.items() if found}

    def check(self) -> None:
        """Refuse when somebody in the lake has no new pseudonym."""
        with self._connection() as connection:
            found = " UNION ".join(
                f"SELECT {column} AS name FROM ({self.lake.relation(table, self.newest)})"
                for table, columns in self.tables.items()
                for column in columns
            )
            rows = connection.sql(
                f"SELECT name[1], count(*) FROM ({found}) ANTI JOIN renamed ON name = old "
                "WHERE name IS NOT NULL GROUP BY 1 ORDER BY 1"
            ).fetchall()
        if rows:
            counts = " and ".join(f"{count} {KINDS.get(kind, kind)}" for kind, count in rows)
            raise DataError(
                f"the numbers of {counts} in the lake are not known: customers must be in the "
                "vault, staff in the list given with --staff; nothing was changed"
            )

    def commit(self, key: str) -> Snapshot:
        """Write the lake with the new pseudonyms and return its snapshot."""
        lineage = {"change": "pseudonym key", "key": key, "version": workbench.__version__}
        with self._connection() as connection:
            queries = {name: self._query(name) for name in self.tables}
            return self.lake.rewrite(connection, queries, lineage=lineage, key=key)

    def _query(self, table: str) -> str:
        renamed = self.tables[table]
        names = [*(column.name for column in schema.table(table).columns), MARK]
        chosen = ", ".join(
            f"n_{name}.new AS {name}" if name in renamed else f"rows.{name}" for name in names
        )
        joins = " ".join(
            f"LEFT JOIN renamed AS n_{name} ON n_{name}.old = rows.{name}" for name in renamed
        )
        stored = self.lake.relation(table, self.newest, marked=True)
        return f"SELECT {chosen} FROM ({stored}) AS rows {joins}"

    @contextmanager
    def _connection(self) -> Iterator["DuckDBPyConnection"]:
        import duckdb

        with duckdb.connect(config={"autoload_known_extensions": False}) as connection:
            connection.execute("SET enable_progress_bar = false")
            connection.execute("CREATE TABLE renamed (old VARCHAR, new VARCHAR)")
            connection.execute(
                "INSERT INTO renamed SELECT unnest($old), unnest($new)",
                {"old": list(self.names), "new": list(self.names.values())},
            )
            yield connection
