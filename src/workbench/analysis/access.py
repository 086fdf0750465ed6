"""The access review: who opened the bank and the vault, how often, and what was refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from workbench import check
from workbench.result import Column, Fact, Finding, Result, Word

VAULT = ("open vault", "vault refused")
"""Actions of the audit log that are about the vault."""


@dataclass(frozen=True, eq=False, repr=False)
class Access(Result):
    """What the audit log holds of the time looked at.

    Attributes
    ----------
    table : DataFrame
        One row per `access_role` and `action`: `times`, `accounts` (number of accounts), `last_at`;
        vault first, then by number.
    facts : mapping
        `entries`, `accounts`, `bank` (openings of the bank), `vault` (of the vault), `refused`.
    head : str
        First characters of the hash of the newest entry.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    head: str
    columns: ClassVar[tuple[Column, ...]] = (
        Column("access_role", "code", values="access_role"),
        Column("action", "code", values="audit_action"),
        Column("times", "count"),
        Column("accounts", "count"),
        Column("last_at", "date"),
    )
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say how often bank and vault were opened, and how often refused."""
        shown = ("entries", "accounts", "bank", "vault", "refused")
        return Finding(f"{self.name}.finding", shown, {"head": Word(self.head)})


def access(entries: pd.DataFrame) -> Access:
    """Return the access review.

    Parameters
    ----------
    entries : DataFrame
        One row per entry of the audit log: `at`, `who`, `role`, `action`, `hash`.
    """
    check.columns(entries, "at", "who", "role", "action", "hash")
    check.rows(entries, "entries of the audit log")
    table = (
        entries.groupby(["role", "action"])
        .agg(times=("who", "size"), accounts=("who", "nunique"), last_at=("at", "max"))
        .reset_index()
    )
    table["vault"] = table["action"].isin(VAULT)
    table = table.sort_values(["vault", "times", "role"], ascending=[False, False, True])
    count = entries["action"].value_counts()
    facts = {
        "entries": Fact(len(entries), "count"),
        "accounts": Fact(entries["who"].nunique(), "count"),
        "bank": Fact(int(count.get("open bank", 0)), "count"),
        "vault": Fact(int(count.get("open vault", 0)), "count"),
        "refused": Fact(int(count.get("vault refused", 0)), "count"),
    }
    head = str(entries["hash"].iloc[-1])[:12]
    table = table.drop(columns="vault").rename(columns={"role": "access_role"})
    return Access("information.access", table, facts, head)
