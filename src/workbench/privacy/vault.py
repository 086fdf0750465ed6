"""The vault: the one file that says who a pseudonym stands for, encrypted whole by SQLCipher.

`vault/identities.db` holds the table `customer_identities`. Every page is encrypted with AES-256
and carries an HMAC, so that no column is encrypted a second time: a second key beside the first
would open the same door. The key is 32 random bytes, which SQLCipher takes as they are: only the
keys that people think up need to be derived slowly. No analysis opens the vault, and every opening
is put into the audit log.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from workbench import durable, schema
from workbench.errors import DataError, LockedError, MachineError, ParameterError
from workbench.privacy.audit import Log
from workbench.privacy.keys import Key, Keys
from workbench.privacy.roles import Role

TABLE = "customer_identities"
FILE = "identities.db"
KEY_ID = "identities.key-id"
"""Beside the vault: the version of its key, which tells a wrong key from a damaged file."""
OPENED, REFUSED = "open vault", "vault refused"
"""Actions of audit entries; their subject is the purpose."""
PATIENCE_SECONDS = 30
PORTION = 500
"""Pseudonyms looked up with one statement."""
Purpose = Literal["scan vault", "deliver", "keep vault"]
"""What it is opened for, each a right of its own: to look for names in a report that is to be
published; to say who the customers of a list are; to take in, change the key, forget."""
Identity = Mapping[str, str | None]
"""A row of `customer_identities`: column → value."""


class Vault:
    """An open vault; `opened` makes it.

    Attributes
    ----------
    path : Path
        The encrypted file.
    purpose : Purpose
        What it was opened for.
    """

    def __init__(self, path: Path, connection: Any, purpose: Purpose) -> None:
        self.path, self.purpose = path, purpose
        self._connection = connection

    def put(self, rows: Iterable[Identity]) -> int:
        """Add `rows`, or replace the ones of the same customer, all or none; return how many.

        Raises
        ------
        DataError
            A row has a column that there is not, or lacks a required one. No value is repeated.
        """
        self._only("keep vault")
        names = _columns()
        marks = ", ".join("?" for _ in names)
        changes = ", ".join(f"{name} = excluded.{name}" for name in names if name not in _key())
        statement = (
            f"INSERT INTO {TABLE} ({', '.join(names)}) VALUES ({marks}) "
            f"ON CONFLICT ({', '.join(_key())}) DO UPDATE SET {changes}"
        )
        with self._transaction() as connection:
            cursor = connection.executemany(
                statement, (_values(*row) for row in enumerate(rows, 1))
            )
        return int(cursor.rowcount)

    def identities(self, customers: Iterable[str]) -> dict[str, Identity]:
        """Return pseudonym → identity for those of `customers` that the vault knows."""
        self._only("deliver", "keep vault")
        wanted, found, names = iter(customers), dict[str, Identity](), _columns()
        while part := list(islice(wanted, PORTION)):
            marks = ", ".join("?" for _ in part)
            statement = f"SELECT {', '.join(names)} FROM {TABLE} WHERE customer_id IN ({marks})"
            for row in self._connection.execute(statement, part):
                identity = dict(zip(names, row, strict=True))
                found[identity["customer_id"]] = identity
        return found

    def customers(self) -> Iterator[str]:
        """Give the pseudonym of every customer in the vault."""
        self._only("deliver", "keep vault")
        for (customer,) in self._connection.execute(f"SELECT customer_id FROM {TABLE}"):
            yield customer

    def names(self) -> Iterator[str]:
        """Give every legal name, in no order that says whose it is: what no report may contain."""
        self._only("scan vault", "keep vault")
        statement = f"SELECT DISTINCT legal_name FROM {TABLE} ORDER BY legal_name"
        for (name,) in self._connection.execute(statement):
            yield name

    def __len__(self) -> int:
        """Return how many customers the vault knows."""
        return int(self._connection.execute(f"SELECT count(*) FROM {TABLE}").fetchone()[0])

    def change_key(self, new: Key) -> None:
        """Encrypt the vault anew with `new`, which must be kept in a safe place already."""
        self._only("keep vault")
        with _explained(self.path):
            self._connection.execute(f"PRAGMA rekey = \"x'{new.secret.hex()}'\"")
        _note_key(self.path, new)

    def forget(self, customers: Iterable[str]) -> int:
        """Destroy the rows of `customers` and return how many there were.

        What they left in the file is overwritten and the file rebuilt. Copies of the file, such as
        backups, and blocks that the disk has not yet overwritten, still hold them encrypted: they
        are gone for good when the key is changed and the old one destroyed.
        """
        self._only("keep vault")
        with self._transaction() as connection:
            statement = f"DELETE FROM {TABLE} WHERE customer_id = ?"
            gone = connection.executemany(statement, ((customer,) for customer in customers))
        with _explained(self.path):
            self._connection.execute("VACUUM")
        return int(gone.rowcount)

    def check(self) -> list[str]:
        """Return which pages of the file were changed or damaged; none when it is whole."""
        return [row[0] for row in self._connection.execute("PRAGMA cipher_integrity_check")]

    def _only(self, *purposes: Purpose) -> None:
        if self.purpose not in purposes:
            raise ParameterError(
                f"the vault was opened to {self.purpose!r}; this takes {' or '.join(purposes)}"
            )

    @contextmanager
    def _transaction(self) -> Iterator[Any]:
        with _explained(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")


def exists(folder: Path) -> bool:
    """Tell whether the bank in `folder` has a vault."""
    return _place(folder).exists()


@contextmanager
def opened(keys: Keys, role: Role, purpose: Purpose) -> Iterator[Vault]:
    """Give the vault of the bank whose `keys` these are, and close it afterwards.

    It is made, with its key, when it is opened to be kept for the first time.

    Raises
    ------
    ParameterError
        The role may not open it for `purpose`, or its key is missing or another one.
    DataError
        There is no vault, or its file is damaged.
    MachineError
        The file, the key or the audit log cannot be used.
    """
    path, log = _place(keys.folder), Log(keys.folder)
    try:
        role.require(purpose)
    except ParameterError:
        log.append(role.name, REFUSED, purpose)
        raise
    there = path.exists()
    if not there and purpose != "keep vault":
        raise DataError(f"the bank {keys.folder} has no vault of identities; take them in first")
    key = keys.get("vault") if there else keys.get_or_create("vault")
    log.append(role.name, OPENED, purpose)
    with _explained(path):
        connection = _connected(path)
    try:
        _unlock(connection, path, key)
        yield Vault(path, connection, purpose)
    finally:
        connection.close()


def _place(folder: Path) -> Path:
    return folder / "vault" / FILE


def _connected(path: Path) -> Any:
    from sqlcipher3 import dbapi2

    durable.folder(path.parent, mode=0o700)
    # Made here, because SQLite would make it readable by others.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    connection = dbapi2.connect(str(path), timeout=PATIENCE_SECONDS, isolation_level=None)
    # SQLCipher writes what goes wrong to stderr by itself, past every Python handler.
    connection.execute("PRAGMA cipher_log_level = NONE")
    return connection


def _unlock(connection: Any, path: Path, key: Key) -> None:
    """Give `key` to the connection and make sure that it fits; an empty file becomes a vault."""
    from sqlcipher3 import dbapi2

    connection.execute(f"PRAGMA key = \"x'{key.secret.hex()}'\"")
    connection.execute("PRAGMA secure_delete = ON")
    try:
        with _explained(path, unreadable=False):
            connection.execute(_ddl())
    except dbapi2.DatabaseError:
        noted = _noted_key(path)
        if noted and noted != key.id:
            raise ParameterError(
                f"vault {path} was made with key {noted}, but the vault key found is {key.id}; "
                "use the key it was made with"
            ) from None
        raise DataError(
            f"vault {path} cannot be read with key {key.id}: it is damaged, or was made with "
            "another key; restore it from the backup"
        ) from None
    if _noted_key(path) != key.id:
        _note_key(path, key)


def _ddl() -> str:
    """Return the statement that creates the table unless it is there; it reads the file anyway."""
    columns = ", ".join(
        f"{column.name} TEXT{'' if column.nullable else ' NOT NULL'}"
        for column in schema.table(TABLE).columns
    )
    return (
        f"CREATE TABLE IF NOT EXISTS {TABLE} ({columns}, PRIMARY KEY ({', '.join(_key())})) "
        "WITHOUT ROWID"
    )


def _columns() -> list[str]:
    return [column.name for column in schema.table(TABLE).columns]


def _key() -> tuple[str, ...]:
    return schema.table(TABLE).key


def _values(number: int, row: Identity) -> list[str | None]:
    """Return the values of row `number` in the order of the columns."""
    if unknown := sorted(row.keys() - set(_columns())):
        raise DataError(f"identity {number}: there are no columns {unknown} in {TABLE}")
    columns = schema.table(TABLE).columns
    if lacking := [c.name for c in columns if not c.nullable and not row.get(c.name)]:
        raise DataError(f"identity {number}: {lacking} are empty, but required in {TABLE}")
    return [row.get(column.name) for column in columns]


def _noted_key(path: Path) -> str | None:
    place = path.with_name(KEY_ID)
    return place.read_text("ascii").strip() if place.exists() else None


def _note_key(path: Path, key: Key) -> None:
    durable.write(path.with_name(KEY_ID), f"{key.id}\n")


@contextmanager
def _explained(path: Path, *, unreadable: bool = True) -> Iterator[None]:
    """Turn what SQLite refuses into one line; no message repeats a value."""
    from sqlcipher3 import dbapi2

    try:
        yield
    except OSError as error:
        raise MachineError(f"vault {path} cannot be opened: {error.strerror}") from error
    except dbapi2.OperationalError as error:
        if "locked" in str(error):
            raise LockedError(f"vault {path} is held by another process; try again") from error
        raise MachineError(f"vault {path}: {error}") from error
    except dbapi2.DatabaseError as error:
        if not unreadable:
            raise
        raise DataError(f"vault {path} is damaged; restore it from the backup") from error
