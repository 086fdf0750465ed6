"""What to send back to whom: the list a reader of the information report acts on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from workbench import check
from workbench.result import Column, Fact, Finding, Result, Word

ELSEWHERE = ("freshness", "consent_live")
"""Checks that other results tell in more detail: late tables, and gaps of consent by reason."""


@dataclass(frozen=True, eq=False, repr=False)
class SendBack(Result):
    """One row per matter and receiver.

    Attributes
    ----------
    table : DataFrame
        `receiver` (department), `cause` (code), `matter` (`list:code`), `case_count` (customers,
        rows, days or branches), `share` of those it could concern, `people` the matter is about
        (missing where it is about tables or branches); most cases first within each receiver.
    facts : mapping
        `matters`, `receivers`, and `case_count` of the first matter.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("receiver", "code", values="dept_role"),
        Column("cause", "code", values="send_back_cause"),
        Column("matter", "codes"),
        Column("case_count", "count"),
        Column("share", "share2"),
    )
    base: ClassVar[str | None] = "people"
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say how many matters go to how many receivers, and which is largest."""
        if self.table.empty:
            return Finding(f"{self.name}.none")
        largest = self.table.sort_values("case_count", kind="stable").iloc[-1]
        words = {
            "receiver": Word(largest["receiver"], "dept_role"),
            "cause": Word(largest["cause"], "send_back_cause"),
        }
        return Finding(f"{self.name}.finding", ("matters", "receivers", "cases"), words)


def send_back(matters: Iterable[pd.DataFrame]) -> SendBack:
    """Return everything that goes back to somebody.

    Parameters
    ----------
    matters : iterable of DataFrame
        `receiver`, `cause`, `matter`, `case_count`, `share`, `people`; rows without cases are left
        out.
    """
    parts = list(matters)
    for part in parts:
        check.columns(part, "receiver", "cause", "matter", "case_count", "share", "people")
    table = pd.concat(parts, ignore_index=True)
    table = table[table["case_count"] > 0].sort_values(
        ["receiver", "case_count", "matter"], ascending=[True, False, True], ignore_index=True
    )
    cases = Fact(float("nan"), "count")
    if len(table):
        first = table.iloc[int(table["case_count"].argmax())]
        most, people = first["case_count"], first["people"]
        cases = Fact(float(most), "count", n=None if pd.isna(people) else int(people))
    facts = {
        "matters": Fact(len(table), "count"),
        "receivers": Fact(table["receiver"].nunique(), "count"),
        "cases": cases,
    }
    return SendBack("information.send_back", table, facts)


def of_facts(file: pd.DataFrame, *, least: float) -> pd.DataFrame:
    """Return the facts that fewer than `least` of the customers have (table of `customer_file`)."""
    rows = file[file["complete_share"] < least]
    return _matters(
        rows["owner"],
        "missing_fact",
        "file_fact:" + rows["fact"],
        rows["lacking"],
        1 - rows["complete_share"],
        people=rows["customers"],
    )


def of_tables(ages: pd.DataFrame) -> pd.DataFrame:
    """Return the tables that are late (table of `freshness`); `case_count` are days overdue."""
    rows = ages[ages["overdue_days"] > 0]
    owner = pd.Series("operations", rows.index)
    share = pd.Series(float("nan"), rows.index)
    return _matters(owner, "late_table", "table:" + rows["table_name"], rows["overdue_days"], share)


def of_checks(breaks: pd.DataFrame, owners: Mapping[str, str]) -> pd.DataFrame:
    """Return the checks between tables that rows break, without those that stand elsewhere.

    `owners` names the department that corrects a check; operations corrects the others.
    """
    rows = breaks[(breaks["broken"] > 0) & ~breaks["check_name"].isin(ELSEWHERE)]
    owner = rows["check_name"].map(dict(owners)).fillna("operations")
    matter = "cross_check:" + rows["check_name"]
    return _matters(owner, "broken_check", matter, rows["broken"], rows["broken_share"])


def of_controls(board: pd.DataFrame) -> pd.DataFrame:
    """Return the controls that branches do not meet (table of `controls`)."""
    rows = board[board["unmet"] > 0]
    owner = pd.Series("operations", rows.index)
    matter = "control_code:" + rows["control"]
    return _matters(owner, "unmet_control", matter, rows["unmet"], 1 - rows["met_share"])


def _matters(
    receiver: "pd.Series[str]",
    cause: str,
    matter: "pd.Series[str]",
    cases: "pd.Series[int]",
    share: "pd.Series[float]",
    people: "pd.Series[int] | float" = float("nan"),
) -> pd.DataFrame:
    columns = {"receiver": receiver, "matter": matter, "case_count": cases, "share": share}
    table = pd.DataFrame(columns).assign(cause=cause, people=people)
    return table.reset_index(drop=True)
