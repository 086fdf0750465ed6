"""How complete the customer files are, fact by fact."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from workbench import check, schema, text
from workbench.plots import ranked
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.rules.customer_file import FACT, past_age

if TYPE_CHECKING:
    from matplotlib.axes import Axes

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
        `lacking` customers, of whom `too_old` have it but past its age, and `age_days` (median
        age); both missing where the fact is not dated.
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
        Column("too_old", "count"),
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
    aged = past_age(files, names)
    rows = []
    for fact in wanted:
        name = str(fact["name"])
        there = files[name].astype(float).dropna()
        dated = name in aged
        rows.append(
            {
                "fact": name,
                **{part: fact[part] for part in ("kind", "source", "owner")},
                "customers": len(there),
                "complete_share": there.mean(),
                "lacking": int((there == 0).sum()),
                "too_old": aged[name].sum() if dated else float("nan"),
                "age_days": files[f"{name}_days"].astype(float).median() if dated else float("nan"),
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
