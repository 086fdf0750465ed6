"""How complete the customer files are: by fact, by branch and by the channel a customer prefers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from workbench import check, schema, text
from workbench.plots import ranked
from workbench.result import Column, Fact, Finding, Result, Word

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FACT = "file_fact"
"""Value list of the facts."""
WEAK = 3
"""Facts that the finding names and the figure sets off: the least complete ones."""


@dataclass(frozen=True, eq=False, repr=False)
class CustomerFile(Result):
    """Which facts of a complete customer file are there.

    Attributes
    ----------
    table : DataFrame
        One row per `fact`, least complete first: `kind` and `source` of the information, `owner`
        that can supply it, `customers` it applies to, `complete_share` (that have it, not too old),
        `lacking` customers, `age_days` (median age where it is dated, else missing).
    facts : mapping
        `customers`; `complete` (share of all facts that apply, over all customers), `weakest` and
        its `lacking`; `<kind>` share of each kind of information.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("fact", "code", values=FACT),
        Column("kind", "code", values="information_kind"),
        Column("source", "code", values="source_kind"),
        Column("owner", "code", values="dept_role"),
        Column("customers", "count"),
        Column("complete_share", "share"),
        Column("lacking", "count"),
        Column("age_days", "count"),
    )
    base: ClassVar[str | None] = "customers"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 4.8)

    def summary(self) -> Finding:
        """Say how complete the files are, and which fact is missing most."""
        words = {"fact": Word(str(self.table["fact"].iloc[0]), FACT)}
        return Finding(f"{self.name}.finding", ("customers", "complete", "weakest"), words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the share of customers that have each fact; the least complete ones stand out."""
        table = self.table.assign(
            value=self.table["complete_share"],
            strong=[at < WEAK for at in range(len(self.table))],
            label=[schema.value(FACT, fact) for fact in self.table["fact"]],
        )
        return ranked.draw(
            table, rows="label", unit="share", label=text.say("information.complete_axis"), ax=ax
        )


@dataclass(frozen=True, eq=False, repr=False)
class CustomerFileBy(Result):
    """How complete the files are by branch or by channel.

    Attributes
    ----------
    table : DataFrame
        One row per `group`, least complete first: `customers`, `complete_share` (of the facts that
        apply), one share per kind of information, and the `fact` missing most against the bank.
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
        Column("fact", "code", values=FACT, judged=True),
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


def customer_file(files: pd.DataFrame, wanted: Sequence[Mapping[str, Any]]) -> CustomerFile:
    """Return how complete the files of borrowers are, fact by fact.

    Parameters
    ----------
    files : DataFrame
        One row per borrower (`Bank.customer_file`): per fact 1, 0, or missing where it does not
        apply, and `<fact>_days` where it is dated.
    wanted : sequence of mapping
        `name`, `kind`, `source` and `owner` of each fact: rule pack `customer-file`.
    """
    names = [str(fact["name"]) for fact in wanted]
    check.columns(files, "customer_id", *names)
    check.rows(files, "borrowers with a live loan")
    rows = []
    for fact in wanted:
        there = files[fact["name"]].astype(float).dropna()
        age = f"{fact['name']}_days"
        rows.append(
            {
                "fact": fact["name"],
                **{part: fact[part] for part in ("kind", "source", "owner")},
                "customers": len(there),
                "complete_share": there.mean(),
                "lacking": int((there == 0).sum()),
                "age_days": files[age].astype(float).median() if age in files else float("nan"),
            }
        )
    table = pd.DataFrame(rows)
    table = table[table["customers"] > 0].sort_values(["complete_share", "fact"], ignore_index=True)
    return CustomerFile("information.file", table, _facts(files, table))


def _facts(files: pd.DataFrame, table: pd.DataFrame) -> dict[str, Fact]:
    n = len(files)
    whole = _weighted(table)
    facts = {
        "customers": Fact(n, "count"),
        "complete": Fact(whole, "share", n=n),
        "weakest": Fact(
            table["complete_share"].iloc[0], "share", n=int(table["customers"].iloc[0])
        ),
        "lacking": Fact(int(table["lacking"].iloc[0]), "count", n=int(table["customers"].iloc[0])),
    }
    for kind, own in table.groupby("kind"):
        facts[str(kind)] = Fact(_weighted(own), "share", n=int(own["customers"].max()))
    return facts


def _weighted(table: pd.DataFrame) -> float:
    """Return the share of all facts that apply and are there."""
    return float((table["complete_share"] * table["customers"]).sum() / table["customers"].sum())


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
    usual = there.mean()
    grouped = there.groupby(files["group"])
    table = pd.DataFrame({"customers": files.groupby("group").size()})
    table["complete_share"] = grouped.sum().sum(axis=1) / grouped.count().sum(axis=1)
    for kind in dict.fromkeys(str(fact["kind"]) for fact in wanted):
        own = [str(fact["name"]) for fact in wanted if fact["kind"] == kind]
        table[kind] = grouped[own].sum().sum(axis=1) / grouped[own].count().sum(axis=1)
    table["fact"] = (grouped.mean() - usual).idxmin(axis=1)
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
