"""What to send back to whom: the list a reader of the information report acts on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

import pandas as pd

from workbench import check
from workbench.result import Column, Fact, Finding, Result, Word

ELSEWHERE = ("freshness", "consent_live", "collateral_age", "class_floor", "stage_and_npe")
"""Checks that other results tell in more detail: late tables, gaps of consent by reason, old
appraisals, statuses against the rules."""


@dataclass(frozen=True, eq=False, repr=False)
class SendBack(Result):
    """One row per matter and receiver.

    Attributes
    ----------
    table : DataFrame
        `receiver` (department), `due` (day by which it answers), `cause` (code), `matter`
        (`list:code`), `case_count`, `case_unit` (code: what is counted), `share` of those it could
        concern, `people` the matter is about (missing where it is about tables or branches); by
        receiver, then the first due, then most cases.
    facts : mapping
        `matters`, `receivers`; `urgent` (due on the first day), and `cases` of the largest matter,
        not counting days.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("receiver", "code", values="dept_role"),
        Column("matter", "codes"),
        Column("cause", "code", values="send_back_cause"),
        Column("case_count", "count"),
        Column("case_unit", "code", values="case_unit"),
        Column("share", "share2"),
        Column("due", "date"),
    )
    unfolded: ClassVar[bool] = True
    base: ClassVar[str | None] = "people"
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say how many matters go to how many receivers, when the first is due, and the largest."""
        if self.table.empty:
            return Finding(f"{self.name}.none")
        largest = _counted(self.table).sort_values("case_count", kind="stable").iloc[-1]
        values, _, code = str(largest["matter"]).partition(":")
        words = {
            "receiver": Word(largest["receiver"], "dept_role"),
            "matter": Word(code, values),
            "unit": Word(largest["case_unit"], "case_unit"),
            "due": Word(str(self.table["due"].min().date()), "date"),
        }
        shown = ("matters", "receivers", "urgent", "cases")
        return Finding(f"{self.name}.finding", shown, words)


def send_back(
    matters: Iterable[pd.DataFrame], *, as_of: date, due_days: Mapping[str, int]
) -> SendBack:
    """Return everything that goes back to somebody.

    Parameters
    ----------
    matters : iterable of DataFrame
        `receiver`, `cause`, `matter`, `case_count`, `case_unit`, `share`, `people`; rows without
        cases are left out.
    as_of : date
        Day of the data.
    due_days : mapping of str to int
        Cause → days after `as_of` within which it has to be dealt with.
    """
    parts = list(matters)
    needed = ("receiver", "cause", "matter", "case_count", "case_unit", "share", "people")
    for part in parts:
        check.columns(part, *needed)
    table = pd.concat(parts, ignore_index=True)
    days = pd.to_timedelta(table["cause"].map(dict(due_days)), unit="D")
    table = table.assign(due=pd.Timestamp(as_of) + days)[table["case_count"] > 0]
    table = table.sort_values(
        ["receiver", "due", "cause", "case_count", "matter"],
        ascending=[True, True, True, False, True],
        ignore_index=True,
    )
    facts = {
        "matters": Fact(len(table), "count"),
        "receivers": Fact(table["receiver"].nunique(), "count"),
        "urgent": Fact(int((table["due"] == table["due"].min()).sum()), "count"),
        "cases": _most(_counted(table)),
    }
    return SendBack("information.send_back", table, facts)


def _most(table: pd.DataFrame) -> Fact:
    """Return the cases of the largest matter, with the people it is about."""
    if table.empty:
        return Fact(float("nan"), "count")
    first = table.iloc[int(table["case_count"].argmax())]
    people = first["people"]
    return Fact(float(first["case_count"]), "count", n=None if pd.isna(people) else int(people))


def _counted(table: pd.DataFrame) -> pd.DataFrame:
    """Return the matters that count something; all where there is nothing but days."""
    rows = table[table["case_unit"] != "days"]
    return table if rows.empty else rows


def of_totals(totals: pd.DataFrame) -> pd.DataFrame:
    """Return the items of the ledger that differ from the loans (table of `control_totals`)."""
    rows = totals[totals["reconciled"] == "differs"].groupby("item", as_index=False).size()
    return _matters(
        "operations", "off_ledger", _coded("control_item", rows["item"]), rows["size"], "items"
    )


def of_loads(register: pd.DataFrame) -> pd.DataFrame:
    """Return the tables with rows that intake rejected (table of `load_register`)."""
    rows = register[register["rows_rejected"] > 0]
    matter = _coded("table", rows["table_name"])
    share = rows["rejected_share"]
    return _matters("operations", "rejected_rows", matter, rows["rows_rejected"], "rows", share)


def of_drift(moved: pd.DataFrame) -> pd.DataFrame:
    """Return the tables with columns that moved beyond a limit (table of `month_drift`)."""
    rows = moved[moved["drift_level"] != "quiet"].groupby("table_name", as_index=False).size()
    return _matters(
        "operations", "drifted", _coded("table", rows["table_name"]), rows["size"], "columns"
    )


def of_facts(file: pd.DataFrame, *, least: float) -> pd.DataFrame:
    """Return the facts that fewer than `least` of the customers have (table of `customer_file`)."""
    rows = file[file["complete_share"] < least]
    matter, share = _coded("file_fact", rows["fact"]), 1 - rows["complete_share"]
    table = _matters(rows["owner"], "missing_fact", matter, rows["lacking"], "customers", share)
    return table.assign(people=rows["customers"].to_numpy())


def of_tables(ages: pd.DataFrame) -> pd.DataFrame:
    """Return the tables that are late (table of `freshness`); the cases are days overdue."""
    rows = ages[ages["overdue_days"] > 0]
    matter = _coded("table", rows["table_name"])
    return _matters("operations", "late_table", matter, rows["overdue_days"], "days")


def of_checks(breaks: pd.DataFrame, owners: Mapping[str, str]) -> pd.DataFrame:
    """Return the checks between tables that rows break, without those that stand elsewhere.

    `owners` names the department that corrects a check; operations corrects the others.
    """
    rows = breaks[(breaks["broken"] > 0) & ~breaks["check_name"].isin(ELSEWHERE)]
    owner = rows["check_name"].map(dict(owners)).fillna("operations")
    matter = _coded("cross_check", rows["check_name"])
    share = rows["broken_share"]
    return _matters(owner, "broken_check", matter, rows["broken"], "rows", share)


def of_controls(board: pd.DataFrame) -> pd.DataFrame:
    """Return the controls that branches do not meet (table of `controls`)."""
    rows = board[board["unmet"] > 0]
    matter, share = _coded("control_code", rows["control"]), 1 - rows["met_share"]
    return _matters("operations", "unmet_control", matter, rows["unmet"], "branches", share)


def of_conflicts(conflicts: pd.DataFrame) -> pd.DataFrame:
    """Return the facts on which sources contradict each other (table of `fact_conflicts`)."""
    matter, share = _coded("fact_pair", conflicts["fact_pair"]), conflicts["share"]
    cases = conflicts["conflicting"]
    table = _matters(conflicts["owner"], "conflict", matter, cases, "customers", share)
    return table.assign(people=conflicts["compared"].to_numpy())


def of_lookalikes(alike: pd.DataFrame) -> pd.DataFrame:
    """Return the entries to be compared by name in the vault (table of `lookalikes`)."""
    matter = _coded("customer_type", alike["customer_type"])
    table = _matters("operations", "duplicate", matter, alike["rare_pairs"], "pairs")
    return table.assign(people=alike["customers"].to_numpy())


def of_statuses(statuses: pd.DataFrame) -> pd.DataFrame:
    """Return the statuses milder than the rules allow (table of `status_reconciliation`)."""
    matter, share = _coded("loan_status", statuses["loan_status"]), statuses["milder_share"]
    table = _matters("risk", "mild_status", matter, statuses["milder"], "loans", share)
    return table.assign(people=statuses["loans"].to_numpy())


def _coded(values: str, codes: "pd.Series[str]") -> "pd.Series[str]":
    """Return codes with the list they belong to; also when there are none."""
    return values + ":" + codes.astype(object)


def _matters(
    receiver: "pd.Series[str] | str",
    cause: str,
    matter: "pd.Series[str]",
    cases: "pd.Series[int]",
    unit: str,
    share: "pd.Series[float] | float" = float("nan"),
) -> pd.DataFrame:
    table = pd.DataFrame({"matter": matter, "case_count": cases})
    table = table.assign(receiver=receiver, cause=cause, case_unit=unit, share=share)
    table["people"] = float("nan")
    return table.reset_index(drop=True)
