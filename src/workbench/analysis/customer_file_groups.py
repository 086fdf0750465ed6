"""How complete and fresh the customer files are by branch, by preferred channel and by source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from workbench import check
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.rules.customer_file import FACT, past_age

NOTABLE = 0.005
"""Share by which a group must lag behind the bank in a fact for it to be named."""


@dataclass(frozen=True, eq=False, repr=False)
class CustomerFileBy(Result):
    """How complete and how fresh the files are by branch or by channel.

    Attributes
    ----------
    table : DataFrame
        One row per `group`, least complete first: `customers`, `complete_share` (of the facts that
        apply), one share per kind of information, `stale_share` (of the dated facts on file that
        are past their age), `facts_lacking` to supply, and the `largest_gap`: the fact missing most
        against the bank (missing where none lags behind).
    facts : mapping
        `groups`, `complete` (whole bank), `lowest`, `highest`, `gap` between them in share.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("group"),
        Column("customers", "count"),
        Column("complete_share", "share"),
        *(Column(kind, "share") for kind in ("basic", "financial", "loan", "interaction")),
        Column("stale_share", "share"),
        Column("facts_lacking", "count"),
        Column("largest_gap", "code", values=FACT, judged=True),
    )
    base: ClassVar[str | None] = "customers"
    parts: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say how far the groups lie apart, and which are first and last."""
        groups = self.table["group"]
        words = {"lowest_group": Word(groups.iloc[0]), "highest_group": Word(groups.iloc[-1])}
        shown = ("groups", "complete", "lowest", "highest")
        return Finding(f"{self.name}.finding", shown, words)


@dataclass(frozen=True, eq=False, repr=False)
class CustomerFileByChannel(CustomerFileBy):
    """How complete the files are by the channel customers prefer; `group` is its code."""

    columns: ClassVar[tuple[Column, ...]] = (
        Column("group", "code", values="preferred_channel"),
        *CustomerFileBy.columns[1:],
    )

    def summary(self) -> Finding:
        """Say how far the channels lie apart, and which are first and last."""
        found = super().summary()
        words = {name: Word(word.code, "preferred_channel") for name, word in found.words.items()}
        return Finding(found.key, found.facts, words)


@dataclass(frozen=True, eq=False, repr=False)
class CustomerFileBySource(Result):
    """How complete and how fresh the files are by source and kind of information.

    Attributes
    ----------
    table : DataFrame
        One row per `source` and `kind`, least complete first: `facts` wanted of it, `customers`
        they apply to, `complete_share`, `stale_share` (of the dated ones on file that are past
        their age, missing without any), `facts_lacking`, `age_days` (median of the dated ones).
    facts : mapping
        `pairs` of source and kind, `lowest` share, `stale` (share of all dated facts on file).
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("source", "code", values="source_kind"),
        Column("kind", "code", values="information_kind"),
        Column("facts", "count"),
        Column("customers", "count"),
        Column("complete_share", "share"),
        Column("stale_share", "share"),
        Column("facts_lacking", "count"),
        Column("age_days", "count"),
    )
    base: ClassVar[str | None] = "customers"
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say which source is least complete, and how much of what is on file is too old."""
        first = self.table.iloc[0]
        words = {
            "source": Word(str(first["source"]), "source_kind"),
            "kind": Word(str(first["kind"]), "information_kind"),
        }
        return Finding(f"{self.name}.finding", ("pairs", "lowest", "stale"), words)


def by_source(files: pd.DataFrame, wanted: Sequence[Mapping[str, Any]]) -> CustomerFileBySource:
    """Return how complete and fresh the files are by source and kind of information.

    The parameters are those of `customer_file`.
    """
    names = [str(fact["name"]) for fact in wanted]
    check.rows(files, "borrowers with a live loan")
    there, aged = files[names].astype(float), past_age(files, names)
    sorts = dict.fromkeys((str(fact["source"]), str(fact["kind"])) for fact in wanted)
    rows = []
    for source, kind in sorts:
        own = [str(f["name"]) for f in wanted if (f["source"], f["kind"]) == (source, kind)]
        dated = [name for name in own if name in aged]
        days = files[[f"{name}_days" for name in dated]].astype(float)
        count = there[own].count().sum()
        rows.append(
            {
                "source": source,
                "kind": kind,
                "facts": len(own),
                "customers": int(there[own].notna().any(axis=1).sum()),
                "complete_share": there[own].sum().sum() / count if count else float("nan"),
                "stale_share": _mean(aged[dated]),
                "facts_lacking": int(count - there[own].sum().sum()),
                "age_days": days.melt()["value"].median() if dated else float("nan"),
            }
        )
    table = pd.DataFrame(rows)
    table = table[table["customers"] > 0].sort_values(
        ["complete_share", "source", "kind"], ignore_index=True
    )
    lowest = table.iloc[0]
    facts = {
        "pairs": Fact(len(table), "count"),
        "lowest": Fact(lowest["complete_share"], "share", n=int(lowest["customers"])),
        "stale": Fact(_mean(aged), "share", n=len(files)),
    }
    return CustomerFileBySource("information.file_sources", table, facts)


def _mean(flags: pd.DataFrame) -> float:
    """Return the share of all known flags that are set."""
    known = flags.count().sum()
    return float(flags.sum().sum() / known) if known else float("nan")


def by_branch(
    files: pd.DataFrame, wanted: Sequence[Mapping[str, Any]], branches: pd.DataFrame
) -> CustomerFileBy:
    """Return how complete the files are by managing branch.

    Parameters
    ----------
    files, wanted
        As `customer_file`.
    branches : DataFrame
        `branch_id`, `branch_name`.
    """
    named = files.merge(branches[["branch_id", "branch_name"]], on="branch_id", how="left")
    table = _grouped(named.assign(group=named["branch_name"]), wanted)
    return CustomerFileBy("information.file_branches", table, _spread(table, files, wanted))


def by_channel(files: pd.DataFrame, wanted: Sequence[Mapping[str, Any]]) -> CustomerFileByChannel:
    """Return how complete the files are by preferred channel; the parameters are as above."""
    table = _grouped(files.assign(group=files["channel"]), wanted)
    return CustomerFileByChannel("information.file_channels", table, _spread(table, files, wanted))


def _grouped(files: pd.DataFrame, wanted: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    names = [str(fact["name"]) for fact in wanted]
    check.rows(files, "borrowers with a live loan")
    there = files[names].astype(float)
    grouped = there.groupby(files["group"])
    aged = past_age(files, names).groupby(files["group"])
    table = pd.DataFrame({"customers": files.groupby("group").size()})
    table["complete_share"] = grouped.sum().sum(axis=1) / grouped.count().sum(axis=1)
    for kind in dict.fromkeys(str(fact["kind"]) for fact in wanted):
        own = [str(fact["name"]) for fact in wanted if fact["kind"] == kind]
        table[kind] = grouped[own].sum().sum(axis=1) / grouped[own].count().sum(axis=1)
    table["stale_share"] = aged.sum().sum(axis=1) / aged.count().sum(axis=1)
    table["facts_lacking"] = (grouped.count() - grouped.sum()).sum(axis=1)
    behind = grouped.mean() - there.mean()
    table["largest_gap"] = behind.idxmin(axis=1).where(behind.min(axis=1) <= -NOTABLE)
    table = table.reset_index().sort_values(["complete_share", "group"], ignore_index=True)
    return table.reindex(columns=[column.name for column in CustomerFileBy.columns])


def _spread(
    table: pd.DataFrame, files: pd.DataFrame, wanted: Sequence[Mapping[str, Any]]
) -> dict[str, Fact]:
    there = files[[str(fact["name"]) for fact in wanted]].astype(float)
    lowest, highest = table.iloc[0], table.iloc[-1]
    return {
        "groups": Fact(len(table), "count"),
        "complete": Fact(float(there.sum().sum() / there.count().sum()), "share", n=len(files)),
        "lowest": Fact(lowest["complete_share"], "share", n=int(lowest["customers"])),
        "highest": Fact(highest["complete_share"], "share", n=int(highest["customers"])),
        "gap": Fact(
            highest["complete_share"] - lowest["complete_share"],
            "share",
            n=int(min(lowest["customers"], highest["customers"])),
        ),
    }
