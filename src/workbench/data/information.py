"""What a bank's own information is like: on file, fresh, reconciled, drifting, in order."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from workbench import schema, settings
from workbench.data import backup, crosschecks, drift, reconcile
from workbench.data.attempt import TAKEN_IN
from workbench.privacy.audit import Log

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data.bank import Bank

WHOLE = frozenset(("design_weights",))
"""Checks that compare sums over rows of all branches with a number for the whole bank."""


def wanted() -> list[dict[str, Any]]:
    """Return the facts of a complete customer file: `name`, `kind`, `source`, `owner` of each."""
    return list(settings.rulepack("customer-file")["fact"])


def check_owners() -> dict[str, str]:
    """Return check between tables → department that corrects what breaks it, where it is named."""
    return dict(settings.rulepack("customer-file")["check_owner"])


def due_days() -> dict[str, int]:
    """Return cause → days within which a matter that was sent back is dealt with."""
    return {
        cause: int(days) for cause, days in settings.rulepack("customer-file")["due_days"].items()
    }


def customer_files(bank: "Bank") -> "pd.DataFrame":
    """Return one row per borrower with a live loan: which facts of a complete file are there."""
    bank.gather()
    return bank.query("customer_file", **settings.rulepack("customer-file")["ages"])


def ages(bank: "Bank") -> "pd.DataFrame":
    """Return the age of each dated table.

    Returns
    -------
    DataFrame
        `table_name`, `kind`, `table_rows`, `newest` (missing without rows), `age_days` on the
        bank's day, `refresh_days`.
    """
    import pandas as pd

    rows = []
    for name, table in schema.stored("lake").items():
        if table.dated and name != "data_loads":
            count, newest = bank.connection.sql(
                f"SELECT count(*), CAST(max({table.dated}) AS DATE) FROM {name}"
            ).fetchall()[0]
            rows.append((name, table.kind, count, newest, table.refresh_days))
    frame = pd.DataFrame(
        rows, columns=["table_name", "kind", "table_rows", "newest", "refresh_days"]
    )
    frame["newest"] = pd.to_datetime(frame["newest"])
    frame["age_days"] = (pd.Timestamp(bank.as_of) - frame["newest"]).dt.days
    return frame


def control_totals(bank: "Bank") -> "pd.DataFrame":
    """Return the control totals of the newest month beside the sums of the rows.

    Of a bank narrowed to branches only theirs: the others' rows are not there to be summed.

    Returns
    -------
    DataFrame
        `authority`, `month_end`, `item`, `scope`, `stated`, `found`, `agrees`.
    """
    import pandas as pd

    first = bank.as_of.replace(day=1)
    branches = bank.role.branches
    rows = [
        each
        for each in reconcile.reconcile(bank.connection, first, bank.as_of)
        if not branches or each.scope in branches
    ]
    names = ["authority", "month_end", "item", "scope", "stated", "found", "agrees"]
    return pd.DataFrame([asdict(each) for each in rows], columns=names)


def breaks(bank: "Bank") -> "pd.DataFrame":
    """Return what the checks between tables find in the bank's newest month.

    Of a bank narrowed to branches without the checks that only the whole bank can pass.

    Returns
    -------
    DataFrame
        One row per check: `check_name`, `tables` it reads (joined by blanks), `broken` rows,
        `broken_share` of the table, and the `example_table` and `example_key` of the first.
    """
    import pandas as pd

    bank.gather()
    since = bank.as_of.replace(day=1)
    currency = bank.about.currency
    found = crosschecks.run(bank.connection, since=since, as_of=bank.as_of, currency=currency)
    rows = []
    for each in found:
        if bank.role.branches and each.name in WHOLE:
            continue
        first = each.examples[0] if each.examples else None
        rows.append(
            {
                "check_name": each.name,
                "tables": " ".join(sorted(crosschecks.concerned(each.name))),
                "broken": each.rows,
                "broken_share": each.share,
                "example_table": first.table if first else None,
                "example_key": first.key if first else None,
            }
        )
    return pd.DataFrame(rows)


def drifts(bank: "Bank") -> "pd.DataFrame":
    """Return how the newest month of each monthly table differs from the month before.

    Returns
    -------
    DataFrame
        `table_name`, `column_name`, `measure`, `before`, `now`, `change`, `codes`, `level`.
    """
    import pandas as pd

    bank.gather()
    found: list[drift.Drift] = []
    for name, table in schema.stored("lake").items():
        if table.period == "month_end" and name != "control_totals":
            found += drift.compare(bank.connection, name, _last_months(bank, name), counted=True)
    names = ["table", "column", "measure", "before", "now", "change", "codes", "level"]
    frame = pd.DataFrame([asdict(each) for each in found], columns=names)
    return frame.rename(columns={"table": "table_name", "column": "column_name"})


def _last_months(bank: "Bank", table: str) -> drift.Pair:
    """Hold the newest two months of a monthly table up to the day, which are read column by column.

    Without a month before, or without any, there are no rows of it.
    """
    days = bank.connection.execute(
        f"SELECT DISTINCT month_end FROM {table} WHERE month_end <= $day ORDER BY 1 DESC LIMIT 2",
        {"day": bank.as_of},
    ).fetchall()
    names = ("drift_now", "drift_before")
    for at, name in enumerate(names):
        day = f"DATE '{days[at][0]}'" if at < len(days) else "NULL"
        bank.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM {table} WHERE month_end = {day}"
        )
    return drift.Pair(before=f"SELECT * FROM {names[1]}", now=f"SELECT * FROM {names[0]}")


def loads(bank: "Bank") -> "pd.DataFrame":
    """Return the register of loads up to the bank's day: one row per load, table and file."""
    return bank.table("data_loads")


def access(bank: "Bank") -> "pd.DataFrame":
    """Return what the audit log says of the time up to the load that made this snapshot.

    What came later is not part of it: the same snapshot gives the same review at any time.

    Returns
    -------
    DataFrame
        `at`, `who` (a number for each account, in order of appearance), `role`, `action`, `hash`;
        up to the first mention of the snapshot when the log does not name the load.
    """
    import pandas as pd

    entries = list(Log(bank.folder).entries())
    named = [entry for entry in entries if entry.snapshot == bank.snapshot]
    made = [entry.n for entry in named if entry.action == TAKEN_IN] or [e.n for e in named]
    shown = [entry for entry in entries if not made or entry.n <= made[0]]
    accounts = {name: at for at, name in enumerate(dict.fromkeys(e.who for e in shown), 1)}
    rows = [(e.at[:10], accounts[e.who], e.role, e.action, e.hash) for e in shown]  # noqa: PD008
    frame = pd.DataFrame(rows, columns=["at", "who", "role", "action", "hash"])
    return frame.assign(at=pd.to_datetime(frame["at"]))


def backup_days(bank: "Bank") -> int | None:
    """Return how old the last verified backup was when this snapshot was made; None without one."""
    return backup.age_days(bank.folder, bank.taken_in)


def statuses(bank: "Bank") -> "tuple[pd.DataFrame, pd.DataFrame]":
    """Return the bank's statuses of its loans in the newest month, and days past due recomputed.

    Returns
    -------
    tape, schedule : DataFrame
        As the queries `loan_status` and `schedule_dpd` give them.
    """
    since = bank.as_of.replace(day=1)
    return bank.query("loan_status", since=since), bank.query("schedule_dpd", since=since)
