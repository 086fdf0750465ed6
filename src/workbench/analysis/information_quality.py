"""One score for each kind of information, made of four parts that are shown beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from workbench import check, schema, text
from workbench.plots import ranked
from workbench.result import Column, Fact, Finding, Result, Word

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PARTS = ("complete_share", "timely", "valid", "consistent")
"""Codes of the value list `quality_part`, each a column."""
KINDS = ("basic", "financial", "loan", "interaction")
"""The four kinds of information of a customer; codes of `information_kind`."""


@dataclass(frozen=True, eq=False, repr=False)
class InformationQuality(Result):
    """The quality of each kind of information.

    Attributes
    ----------
    table : DataFrame
        One row per `kind`, worst first: `complete_share` (facts of a customer file that are there),
        `timely` (tables renewed in time), `valid` (rows that passed the rules at intake),
        `consistent` (rows that break no check between tables), `quality` (mean of the four),
        `weakest_part`.
    facts : mapping
        `<kind>` score of each kind, `lowest`, `mean`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("kind", "code", values="information_kind"),
        Column("quality", "share"),
        *(Column(part, "share") for part in PARTS),
        Column("weakest_part", "code", values="quality_part"),
    )
    figure: ClassVar[tuple[float, float] | None] = (7.2, 2.8)

    def summary(self) -> Finding:
        """Say which kind is worst, and by which part."""
        first = self.table.iloc[0]
        words = {
            "kind": Word(first["kind"], "information_kind"),
            "part": Word(first["weakest_part"], "quality_part"),
        }
        return Finding(f"{self.name}.finding", ("lowest", "mean"), words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the score of each kind; the worst one stands out."""
        table = self.table.assign(
            value=self.table["quality"],
            strong=[at == 0 for at in range(len(self.table))],
            label=[schema.value("information_kind", kind) for kind in self.table["kind"]],
        )
        return ranked.draw(
            table, rows="label", unit="share", label=text.say("information.quality_axis"), ax=ax
        )


def information_quality(
    facts: pd.DataFrame, ages: pd.DataFrame, loads: pd.DataFrame, breaks: pd.DataFrame
) -> InformationQuality:
    """Return the quality of the four kinds of information.

    Parameters
    ----------
    facts : DataFrame
        Table of the result `customer_file`: `kind`, `customers`, `complete_share`.
    ages : DataFrame
        `table_name`, `kind`, `newest`, `age_days`, `refresh_days`.
    loads : DataFrame
        The table `data_loads`: `table_name`, `rows_in`, `rows_rejected`.
    breaks : DataFrame
        `tables` (names joined by blanks) and `broken_share` of each check; a check counts for the
        kinds of all tables it reads.

    Notes
    -----
    The score is the plain mean: the parts are shares of different things, and a weighting of them
    would be an opinion. Parts without data are left out of it.
    """
    check.columns(facts, "kind", "customers", "complete_share")
    check.columns(ages, "kind", "newest", "age_days", "refresh_days")
    check.columns(breaks, "tables", "broken_share")
    kinds = {name: table.kind for name, table in schema.tables().items()}
    taken = loads.assign(kind=loads["table_name"].map(kinds)).groupby("kind")
    read, rejected = taken["rows_in"].sum(), taken["rows_rejected"].sum()
    dated = ages[ages["newest"].notna()]
    in_time = (dated["age_days"] <= dated["refresh_days"]).groupby(dated["kind"]).mean()
    weight = (facts["complete_share"] * facts["customers"]).groupby(facts["kind"]).sum()
    parts = pd.DataFrame(
        {
            "complete_share": weight / facts.groupby("kind")["customers"].sum(),
            "timely": in_time,
            "valid": 1 - rejected / read,
            "consistent": _consistent(breaks, kinds),
        }
    ).reindex(list(KINDS))
    parts["quality"] = parts.mean(axis=1)
    parts["weakest_part"] = parts[list(PARTS)].idxmin(axis=1)
    table = parts.rename_axis("kind").reset_index()
    table = table.sort_values(["quality", "kind"], ignore_index=True)
    found = {str(row["kind"]): Fact(row["quality"], "share") for _, row in table.iterrows()}
    found["lowest"] = Fact(float(table["quality"].iloc[0]), "share")
    found["mean"] = Fact(float(table["quality"].mean()), "share")
    return InformationQuality("information.quality", table, found)


def _consistent(breaks: pd.DataFrame, kinds: Mapping[str, str]) -> "pd.Series[float]":
    """Return per kind the share of rows that break no check, mean over the checks about it."""
    shares: dict[str, list[float]] = {}
    for tables, share in zip(breaks["tables"], breaks["broken_share"], strict=True):
        for kind in {kinds[name] for name in str(tables).split()}:
            shares.setdefault(kind, []).append(1 - float(share))
    return pd.Series({kind: sum(each) / len(each) for kind, each in shares.items()}, dtype=float)
