"""Lists with identities for branches: pseudonyms back into numbers and names, encrypted by branch.

The workbook is made and encrypted in memory: what is written to disk opens only with the branch's
password (ECMA-376 agile encryption, [MS-OFFCRYPTO] 2.3.4.10).
"""

import hashlib
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workbench import durable, schema, settings
from workbench.data import bank, listing
from workbench.data.holding import explained, held
from workbench.data.lake import Lake
from workbench.errors import DataError, ParameterError
from workbench.privacy import vault
from workbench.privacy.audit import Log
from workbench.privacy.keys import Keys
from workbench.privacy.roles import Role
from workbench.privacy.vault import Identity

RIGHT = "deliver"
"""The right it takes, and the action of its audit entries."""
PACK = "delivery"
KEY = "customer_id"
"""The column of a list that holds pseudonyms."""
BRANCH = re.compile(r"[^\W_][\w.-]*")
"""Numbers of branches that a file and a key may be named by."""
SHEET = "名单"

Row = Mapping[str, str]
Beside = Callable[[str, Sequence[Row]], None]
"""Called with a branch and the rows of the list in its workbook, once that is written."""


@dataclass(frozen=True)
class Listed:
    """A list whose customers are to be named.

    Attributes
    ----------
    rows : sequence of mapping
        Pseudonyms under `customer_id`, and any other columns, the same in each row.
    sha256 : str
        Fingerprint that the audit log knows it by.
    part : str
        Stands in the names of its workbooks, behind the purpose.
    beside : callable, optional
        Writes what goes with each workbook, of the same rows, without identities.
    """

    rows: Sequence[Row]
    sha256: str
    part: str = ""
    beside: Beside | None = None


@dataclass(frozen=True)
class Delivered:
    """What was delivered.

    Attributes
    ----------
    list_sha256 : str
        Fingerprint of the list.
    purpose : str
        What it was delivered for.
    files : mapping of str to str
        Branch → name of its workbook.
    rows : mapping of str to int
        Branch → rows of the list in it.
    excluded : mapping of str to int
        Why rows are in none → how many: `unknown` pseudonym, `other_branch` than the role's, no
        `identity` in the vault, `do_not_contact`, no live `consent`.
    """

    list_sha256: str
    purpose: str
    files: Mapping[str, str]
    rows: Mapping[str, int]
    excluded: Mapping[str, int]


@dataclass(frozen=True)
class _Known:
    """What the lake says of a customer: branch, whether to be left alone, whether one agreed."""

    branch: str
    left_alone: bool
    agreed: bool


def deliver(folder: Path, place: Path, to: Path, purpose: str = "marketing") -> Delivered:
    """Write one encrypted workbook per branch with the identities of the list `place`.

    Parameters
    ----------
    folder : Path
        The bank's folder.
    place : Path
        CSV file or workbook: pseudonyms in the column `customer_id`, and any other columns.
    to : Path
        Folder for the workbooks.
    purpose : str
        A purpose of the rule pack `delivery`: it says which columns a row gets from the vault, and
        who is left out. The list's other columns follow; the pseudonym does not.

    Raises
    ------
    ParameterError
        The role in force may not, there is no such purpose or list, or a key is missing.
    DataError
        The list cannot be read, or the bank has no data or no vault.
    LockedError, MachineError
        The bank is held; something cannot be read or written.
    """
    bank.role(folder).require(RIGHT)
    _purposes(purpose)
    rows = listing.read(place, KEY)
    fingerprint = hashlib.sha256(place.read_bytes()).hexdigest()
    return hand_over(folder, Listed(rows, fingerprint), to, purpose)


def hand_over(folder: Path, listed: Listed, to: Path, purpose: str) -> Delivered:
    """Write one encrypted workbook per branch with the identities of a list, as `deliver` does.

    Raises
    ------
    ParameterError, DataError, LockedError, MachineError
        As `deliver`.
    """
    role = bank.role(folder)
    role.require(RIGHT)
    purposes = _purposes(purpose)
    with explained(to, "the list was not delivered, or not to all branches"), held(folder):
        bank.require_whole(folder)
        known = _known(folder, {row[KEY] for row in listed.rows}, purposes[purpose].get("consent"))
        keys = bank.keys(folder)
        with vault.opened(keys, role, "deliver") as opened:
            people = opened.identities(known)
        sorting = _Sorting(known, people, role.branches, purposes[purpose]["do_not_contact"])
        for row in listed.rows:
            sorting.put(row)
        passwords = {branch: _password(keys, branch) for branch in sorting.branches}
        counts = {branch: len(own) for branch, own in sorting.branches.items()}
        _note(
            folder, role, f"list {listed.sha256[:12]}, purpose {purpose}", counts, sorting.excluded
        )
        durable.folder(to)
        files = {}
        name = f"{purpose}-{listed.part}" if listed.part else purpose
        for branch, own in sorting.branches.items():
            files[branch] = _written(
                to,
                f"{name}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{branch}.xlsx",
                _table(own, purposes[purpose]["columns"]),
                passwords[branch],
            )
            if listed.beside:
                listed.beside(branch, [row for _, row in own])
    return Delivered(listed.sha256, purpose, files, counts, sorting.excluded)


def _purposes(purpose: str) -> dict[str, Any]:
    """Return all purposes, if `purpose` is one of them."""
    purposes: dict[str, Any] = settings.rulepack(PACK)["purpose"]
    if purpose not in purposes:
        raise ParameterError(f"there is no purpose {purpose!r}; there are {', '.join(purposes)}")
    return purposes


def _note(
    folder: Path, role: Role, about: str, counts: Mapping[str, int], excluded: Mapping[str, int]
) -> None:
    """Put into the audit log how many go to which branch; nobody is named."""
    log = Log(folder)
    for branch, count in counts.items():
        log.append(role.name, RIGHT, f"{about}, branch {branch}: {count} rows")
    left = ", ".join(f"{why} {count}" for why, count in excluded.items())
    log.append(role.name, RIGHT, f"{about}, left out: {left}")


class _Sorting:
    """Rows of a list by branch, and how many are left out for what reason."""

    def __init__(
        self,
        known: Mapping[str, _Known],
        people: Mapping[str, Identity],
        own: Sequence[str],
        shields: bool,
    ) -> None:
        self._known, self._people, self._own, self._shields = known, people, own, shields
        self.branches: dict[str, list[tuple[Identity, Row]]] = {}
        reasons = ("unknown", "other_branch", "identity", "do_not_contact", "consent")
        self.excluded = dict.fromkeys(reasons, 0)

    def put(self, row: Row) -> None:
        """Sort one row in, or count it among those that are left out."""
        why = self._reason(row[KEY])
        if why:
            self.excluded[why] += 1
            return
        branch = self._known[row[KEY]].branch
        if not BRANCH.fullmatch(branch):
            raise DataError(f"no file can be named by branch {branch!r}; correct its number")
        self.branches.setdefault(branch, []).append((self._people[row[KEY]], row))

    def _reason(self, customer: str) -> str | None:
        one = self._known.get(customer)
        if one is None:
            return "unknown"
        if self._own and one.branch not in self._own:
            return "other_branch"
        if customer not in self._people:
            return "identity"
        if self._shields and one.left_alone:
            return "do_not_contact"
        return None if one.agreed else "consent"


def _known(folder: Path, listed: set[str], consent: str | None) -> dict[str, _Known]:
    """Return what the newest snapshot says of the customers `listed`.

    It is read past the role, which may not see who does not want to be contacted.
    """
    import duckdb

    lake = Lake(folder)
    newest = lake.current()
    if newest is None:
        raise DataError(f"the bank {folder} has no data yet; run `workbench intake` first")
    agreed = (
        f"customer_id IN (SELECT customer_id FROM ({lake.relation('consents', newest)}) "
        "WHERE purpose = $consent AND granted_at <= $now AND coalesce(expires_at > $now, TRUE) "
        "AND coalesce(withdrawn_at > $now, TRUE))"
    )
    query = (
        f"SELECT customer_id, branch_id, do_not_contact, {agreed if consent else 'TRUE'} "
        f"FROM ({lake.relation('customers', newest)}) WHERE customer_id IN (SELECT unnest($listed))"
    )
    values: dict[str, object] = {"listed": sorted(listed)}
    if consent:
        values |= {"consent": consent, "now": datetime.now()}
    with duckdb.connect(config={"autoload_known_extensions": False}) as connection:
        rows = connection.execute(query, values).fetchall()
    return {customer: _Known(*values) for customer, *values in rows}


def _password(keys: Keys, branch: str) -> str:
    """Return the password of a branch: its key as it is written down, made on first use."""
    return keys.get_or_create(f"delivery/{branch}").secret.hex()


def _table(listed: Sequence[tuple[Identity, Row]], columns: Sequence[str]) -> list[list[str]]:
    """Return header and rows: columns of the vault, then those of the list but the pseudonym."""
    labels = {column.name: column.label() for column in schema.table(vault.TABLE).columns}
    others = [name for name in listed[0][1] if name != KEY]
    body = [
        [*(person[name] or "" for name in columns), *(row[name] for name in others)]
        for person, row in listed
    ]
    return [[*(labels[name] for name in columns), *others], *body]


def _written(to: Path, name: str, table: list[list[str]], password: str) -> str:
    """Write `table` as an encrypted workbook into `to` and return its name."""
    content = _encrypted(_workbook(table), password)
    durable.write(to / name, content, mode=0o600)
    return name


def _workbook(table: list[list[str]]) -> io.BytesIO:
    import xlsxwriter

    target = io.BytesIO()
    # In memory: otherwise its parts would lie in clear among the temporary files.
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet(SHEET)
        for at, row in enumerate(table):
            for column, value in enumerate(row):
                # As text, so that no value is taken for a formula or a link.
                sheet.write_string(at, column, value)
    target.seek(0)
    return target


def _encrypted(workbook: io.BytesIO, password: str) -> bytes:
    from msoffcrypto.format.ooxml import OOXMLFile

    target = io.BytesIO()
    OOXMLFile(workbook).encrypt(password, target)
    return target.getvalue()
