"""What a notebook sees of a bank: canonical tables as of a snapshot and a day."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from workbench import durable, schema, settings, sql
from workbench.data import free_query, hand_coding
from workbench.data.comments import (
    COLUMN,
    LEAST_CODED,
    Coder,
    Comments,
    Learner,
    coded,
    learned,
    marked,
)
from workbench.data.lake import Lake, Snapshot
from workbench.data.lending import Lending
from workbench.errors import DataError, ParameterError
from workbench.privacy import pseudonym, roles
from workbench.privacy.audit import Log
from workbench.privacy.keys import Keys
from workbench.privacy.roles import Role

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from duckdb import DuckDBPyConnection
    from numpy.typing import NDArray

BANK = "bank.json"
FORGETTING = "forgetting.json"
"""Note of who is being forgotten, while that is under way."""
OPENED = "open bank"
"""Action of the audit entry; its subject is the notebook, when one is run."""


@dataclass(frozen=True)
class About:
    """What `bank.json` says.

    Attributes
    ----------
    name, name_en : str
        The bank's name in reports.
    currency : str
        ISO 4217 code of its money.
    demo : bool
        Whether everything in it is invented; only then is its pseudonym key public.
    generator : str
        Fingerprint of the program that made a demo bank.
    key_id : str
        Version of the pseudonym key its rows were taken in with; empty before the first load.
    next_key_id : str
        Version that a change of the pseudonym key leads to, while it is under way.
    id : str
        What key management service and keyring know it by; empty for a demo bank.
    role : str
        The role of whoever opens it without saying which; see `data/rulepacks/roles.toml`.
    """

    name: str
    name_en: str
    currency: str = "CNY"
    demo: bool = False
    generator: str = ""
    key_id: str = ""
    id: str = ""
    role: str = "analyst"
    next_key_id: str = ""

    def write(self, folder: Path) -> None:
        """Store this in `folder`, in one rename."""
        durable.folder(folder)
        plain = json.dumps(asdict(self), ensure_ascii=False, indent=1)
        durable.write(folder / BANK, plain + "\n")


def about(folder: Path) -> About:
    """Return what `bank.json` in `folder` says.

    Raises
    ------
    ParameterError
        `folder` is not a bank.
    """
    try:
        return About(**json.loads((folder / BANK).read_text("utf-8")))
    except FileNotFoundError:
        raise ParameterError(
            f"{folder} is not a bank: it has no {BANK}; run `workbench intake` or `workbench demo`"
        ) from None
    except (ValueError, TypeError) as error:
        raise DataError(f"{folder / BANK} is damaged ({error}); restore it") from error


def keys(folder: Path) -> Keys:
    """Return the keys of the bank in `folder`; a bank without an id gets one."""
    bank = about(folder)
    if not bank.demo and not bank.id:
        bank = replace(bank, id=token_hex(8))
        bank.write(folder)
    in_force = {"pseudonym": bank.key_id} if bank.key_id else {}
    return Keys(folder, bank.id, bank.demo, in_force)


def key(folder: Path) -> pseudonym.Key:
    """Return the pseudonym key of the bank in `folder`, made on first use.

    Raises
    ------
    ParameterError
        It is missing, damaged, or not the key that the bank's rows were taken in with; or the
        bank is not whole.
    MachineError
        The place it is kept in fails, or others may read it.
    """
    require_whole(folder)
    return pseudonym.Key(keys(folder).get_or_create("pseudonym").secret)


def require_whole(folder: Path) -> None:
    """Refuse a bank in which a change of everybody's rows was cut short.

    Raises
    ------
    ParameterError
        The command that finishes it is named.
    """
    if about(folder).next_key_id:
        raise ParameterError(
            f"a change of the pseudonym key of {folder} was cut short; run `workbench rotate` to "
            "finish it"
        )
    if (folder / FORGETTING).exists():
        raise ParameterError(
            f"forgetting customers of {folder} was cut short; run `workbench forget --yes` to "
            "finish it"
        )


def role(folder: Path) -> Role:
    """Return the role in which this process reads the bank in `folder`.

    Raises
    ------
    ParameterError
        `folder` is not a bank, there is no such role, or it needs branches and none are named.
    """
    return roles.current(about(folder).role)


class Bank(Lending):
    """One bank as of a snapshot and a day; `open_bank` makes it.

    Attributes
    ----------
    folder : Path
        Where it is.
    about : About
        Its name and nature.
    snapshot : str
        Id of the snapshot read.
    as_of : date
        Day up to which facts may be used: the newest month end, unless given.
    role : Role
        Who reads it: columns and rows the role does not see are empty.
    """

    def __init__(self, folder: Path, version: Snapshot, as_of: date | None, role: Role) -> None:
        self.folder = folder
        self.role = role
        self.about = about(folder)
        self.snapshot = version.id
        self._version = version
        self._given = as_of
        self._gathered = False

    @property
    def taken_in(self) -> datetime:
        """Return when the load that made this snapshot was taken in."""
        return datetime.fromisoformat(self._version.created)

    @property
    def is_demo(self) -> bool:
        """Tell whether everything in this bank is invented."""
        return self.about.demo

    @property
    def withheld(self) -> tuple[str, ...]:
        """Return what the role does not see: `table.column`, or a `table` as a whole."""
        return self.role.withheld()

    @cached_property
    def as_of(self) -> date:
        """Return the day up to which facts may be used."""
        if self._given:
            return self._given
        newest = self.connection.sql("SELECT max(month_end) FROM loan_months").fetchall()[0][0]
        return newest or date.fromisoformat(self._version.created[:10])

    def table(self, name: str) -> "pd.DataFrame":
        """Return the canonical table `name`, ordered by its key.

        Money and rates are floats, days and times datetimes; a missing value is missing.

        Raises
        ------
        DataError
            There is no such table, or it is kept in the vault, which no notebook opens.
        """
        if schema.table(name).store != "lake":
            raise DataError(f"table {name!r} is kept in the vault, which no notebook opens")
        order = ", ".join(schema.table(name).key)
        return self.connection.sql(f"SELECT * FROM {name} ORDER BY {order}").df()

    def of_branches(self, branches: Sequence[str]) -> "Bank":
        """Return this bank on the same day, as if its reader saw the rows of `branches` alone.

        Raises
        ------
        ParameterError
            None is named, or the role does not see one of them.
        """
        seen = self.role.branches
        if not branches or (seen and not set(branches) <= set(seen)):
            raise ParameterError(
                f"role {self.role.name!r} sees the branches {', '.join(seen) or 'of the bank'}, "
                f"not {', '.join(branches) or 'none'}; name some that it sees"
            )
        own = replace(self.role, branches=tuple(branches))
        return Bank(self.folder, self._version, self.as_of, own)

    def empty(self, *tables: str) -> list[str]:
        """Return those of `tables` that have no row the role sees."""
        found = {name: self.connection.sql(f"SELECT 1 FROM {name} LIMIT 1") for name in tables}
        return [name for name, rows in found.items() if rows.fetchone() is None]

    def query(self, name: str, **values: object) -> "pd.DataFrame":
        """Return the rows of a query: one SELECT in SQL, or the named query `sql/<name>.sql`.

        SQL is read-only. It sees the canonical tables as the role does, and no file, address,
        extension or setting; that it was asked, or tried, is put into the audit log, without its
        literals.

        Parameters
        ----------
        name : str
            SQL, such as `"SELECT branch_id, count(*) AS loans FROM loans GROUP BY ALL"`, or a name.
        **values
            What a query takes: the value of `$wave` is given as `wave=`. `$as_of` is this bank's
            day.

        Raises
        ------
        ParameterError
            The SQL is not one SELECT, is wrong, or reads what the role does not see.

        Examples
        --------
        >>> bank.query("SELECT count(*) AS loans FROM loans")  # doctest: +SKIP
        """
        if free_query.is_name(name):
            return self._queried(self.connection, name, values)
        Log(self.folder).append(
            self.role.name, free_query.QUERIED, free_query.noted(name), self.snapshot
        )
        query = free_query.asked(name, self.role)
        with self._connected(self.role) as connection:
            return free_query.answered(query, connection, {**values, "as_of": self.as_of})

    def _queried(
        self, connection: "DuckDBPyConnection", name: str, values: Mapping[str, object]
    ) -> "pd.DataFrame":
        text = files(sql).joinpath(f"{name}.sql").read_text("utf-8")
        wanted = set(re.findall(r"\$([a-z_]+)", re.sub(r"--.*", "", text)))
        given: Mapping[str, object] = {**values, "as_of": self.as_of}
        if missing := wanted - given.keys():
            raise ParameterError(f"query {name!r} needs {sorted(missing)}")
        return connection.execute(text, {each: given[each] for each in sorted(wanted)}).df()

    def survey_waves(self) -> "pd.DataFrame":
        """Return the survey waves up to the day: one row per wave, oldest first."""
        return self.query("survey_waves")

    def survey(self, wave: str) -> "pd.DataFrame":
        """Return one row per invitation of `wave`: design, response and scores.

        None where nobody was invited of those whom the role sees: a branch may be left out.

        Raises
        ------
        DataError
            There is no such wave.
        """
        rows = self.query("survey_responses", wave=wave)
        waves = list(self.survey_waves()["wave_id"]) if rows.empty else [wave]
        if wave not in waves:
            known = ", ".join(waves)
            there = f"there are {known}" if known else "the bank has no survey: take one in first"
            raise DataError(f"there is no survey wave {wave!r} up to {self.as_of}; {there}")
        return rows

    def comments(self, wave: str, coder: Coder, learn: Learner | None = None) -> Comments:
        """Return the comments of `wave` with the marks that `coder` gives them.

        Beside them, where `learn` is given, what it says of those people coded, trained on all
        waves.

        A role that sees no free text gets the marks without the words, if the rule pack `roles`
        lets the answers be coded for it, and else nothing. Marks that people gave are beside them;
        see `workbench.data.hand_coding`.
        """
        reader = self.role.reader_of(COLUMN)
        with self._connected(reader) as connection:
            rows = self._queried(connection, "survey_comments", {"wave": wave})
            hand = hand_coding.read(self.folder)
            known = None
            if learn and len(hand.codes) >= LEAST_CODED:
                every = self._queried(connection, "survey_comments", {"wave": None})
                known = learned(list(rows["said"]), list(every["said"]), coder.marks, hand, learn)
        return replace(coded(rows, coder, hand, self.role.free_text), learned=known)

    def coded(
        self, name: str, column: str, coder: Coder, **values: object
    ) -> "tuple[pd.DataFrame, NDArray[np.bool_]]":
        """Return the rows of the named query without their text `said`, and the marks of it.

        The text is that of the free-text `column`. It is read for a role that sees no free text
        if the rule pack `roles` lets it be coded, and else the rows are those without any text.

        Raises
        ------
        DataError
            The coder says anything but yes or no of every text and mark.
        """
        with self._connected(self.role.reader_of(column)) as connection:
            rows = self._queried(connection, name, values)
        return rows.drop(columns="said"), marked(coder, rows["said"].tolist())

    def survey_frame(self) -> "pd.DataFrame":
        """Return the population of the next wave: one row per customer with a live loan."""
        return self.query("survey_frame")

    def measures(self) -> "pd.DataFrame":
        """Return one row per measure raised up to the day, whatever raised it, oldest first."""
        return self.query("measures")

    def latest_survey(self) -> "pd.DataFrame":
        """Return the invitations of the newest wave, as `survey`; without any wave, no row."""
        waves = self.survey_waves()
        wave = str(waves["wave_id"].iloc[-1]) if len(waves) else ""
        return self.query("survey_responses", wave=wave)

    def status_steps(self) -> "pd.DataFrame":
        """Return counts of loans by month, months late then, and months late one month later."""
        return self.query("status_steps")

    @cached_property
    def connection(self) -> "DuckDBPyConnection":
        """Return a connection in which the canonical tables are views, as the role sees them."""
        return self._connected(self.role)

    def _connected(self, role: Role) -> "DuckDBPyConnection":
        import duckdb

        # One thread: with two, floating sums differ between runs in their last digits.
        connection = duckdb.connect(config={"threads": 1, "autoload_known_extensions": False})
        self._known_branches(connection, self._stored["branches"])
        for name, table in schema.stored("lake").items():
            seen = role.view(table, self._stored.__getitem__)
            connection.execute(f"CREATE VIEW {name} AS {seen}")
        return connection

    @cached_property
    def _stored(self) -> Mapping[str, str]:
        """Return SQL that reads each table as of the snapshot, whose files never change."""
        lake = Lake(self.folder)
        return {name: lake.relation(name, self._version) for name in schema.stored("lake")}

    def gather(self) -> None:
        """Hold the rows of a bank narrowed to branches in memory, for queries that follow.

        Whatever asks many questions about many tables calls this first: the rows of a branch are
        few, and each question would look for them in the files of the whole bank. The rows of a
        whole bank stay where they are.
        """
        if self.role.branches and not self._gathered:
            self._gathered = True
            self.connection.execute("CREATE SCHEMA own")
            for name in schema.stored("lake"):
                self.connection.execute(f"CREATE TABLE own.{name} AS SELECT * FROM {name}")
            for name in schema.stored("lake"):
                self.connection.execute(
                    f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM own.{name}"
                )

    def _known_branches(self, connection: "DuckDBPyConnection", relation: str) -> None:
        """Refuse branches that the bank does not have: they would look like ones without rows."""
        if not self.role.branches:
            return
        rows = connection.sql(f"SELECT branch_id FROM ({relation}) ORDER BY branch_id").fetchall()
        known = [row[0] for row in rows]
        if unknown := [name for name in self.role.branches if name not in known]:
            raise ParameterError(
                f"there are no branches {unknown} (WORKBENCH_BRANCHES); there are {known[:10]}"
            )


def open_bank(
    folder: Path | str | None = None, *, snapshot: str | None = None, as_of: str | None = None
) -> Bank:
    """Return the bank to read, as the role in force sees it; the opening is put into the audit log.

    Parameters
    ----------
    folder : Path or str, optional
        The bank's folder. Default: the run's, `WORKBENCH_BANK`, own data, the demo bank.
    snapshot : str, optional
        Id of the snapshot. Default: the run's, else the newest.
    as_of : str, optional
        ISO day up to which facts may be used. Default: the run's, else the newest month end.

    Raises
    ------
    ParameterError
        There is no bank, snapshot or role of that name.
    MachineError
        The audit log cannot be written.
    DataError
        The bank has no data yet.
    """
    run = settings.run()
    place = Path(folder) if folder else settings.bank_folder()
    reader = role(place)
    name = snapshot or (run.snapshot if run else None)
    day = as_of or (run.as_of if run else None)
    lake = Lake(place)
    version = lake.snapshot(name) if name else lake.current()
    if version is None:
        raise DataError(f"the bank {place} has no data yet; run `workbench intake` first")
    bank = Bank(place, version, date.fromisoformat(day) if day else None, reader)
    Log(place).append(reader.name, OPENED, run.record.name if run else "", version.id)
    return bank
