"""What customers say they need, how often it goes unserved, and which segments say it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench import check, schema, text
from workbench.data.stated_needs import StatedNeeds
from workbench.plots import grid, ranked
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.rules.need_topics import NeedTopics
from workbench.stats import affinity
from workbench.stats.effects import adjusted
from workbench.stats.proportions import share_interval
from workbench.stats.stratified_odds import odds_ratio

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARKS = {"above": "▲", "below": "▼"}
LEAST = 5.0
"""Customers of a cell by chance, below which it is not compared with the rest."""


@dataclass(frozen=True, eq=False, repr=False)
class Stated(Result):
    """Topics of stated needs, the one that most customers see unserved first.

    Attributes
    ----------
    table : DataFrame
        `topic` (code), `topic_title` (by language), `topic_kind`, `stating` (customers who stated
        it), `stated_share` of all who stated a need; of them `judged` (an answer is known that is
        not about the customer's own risk), `unmet_needs` (unserved), `unmet_share` with `_low` and
        `_high` (Wilson); `unmet_odds` against the other topics within segments and sources, with
        `_low` and `_high` (Mantel–Haenszel), `p_adjusted` (Benjamini–Hochberg),
        `need_standing` (`above`, `below` or `alike`).
    facts : mapping
        `customers` who stated a need, `statements`, `coded_share` (statements of a known topic),
        `judged`, `unmet_share`, `above` (topics served worse than the others), and
        `first_unmet`: customers left unserved with the first topic.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("topic_title", "said"),
        Column("stating", "count"),
        Column("stated_share", "share"),
        Column("judged_needs", "count"),
        Column("unmet_needs", "count"),
        Column("unmet_share", "share", interval=("unmet_low", "unmet_high")),
        Column("unmet_odds", "ratio", interval=("odds_low", "odds_high")),
        Column("need_standing", "code", values="against_rest", judged=True),
    )
    base: ClassVar[str | None] = "stating"
    folded: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = (7.2, 3.8)

    def summary(self) -> Finding:
        """Say what most customers see unserved, and how many topics are served worse."""
        if self.table.empty:
            return Finding("needs.stated.none")
        first = self.table.iloc[0]
        words = {"topic_name": Word(str(first["topic"]), said=first["topic_title"])}
        return Finding("needs.stated.finding", tuple(self.facts), words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw how many customers went unserved, by topic; those served worse stand out."""
        shown = pd.DataFrame(
            {
                "label": [each[text.language()] for each in self.table["topic_title"]],
                "value": self.table["unmet_needs"].to_numpy(float),
                "strong": (self.table["need_standing"] == "above").to_numpy(bool),
            }
        )
        label = text.say("needs.unmet_axis")
        return ranked.draw(shown, rows="label", unit="count", label=label, ax=ax)


@dataclass(frozen=True, eq=False, repr=False)
class BySegment(Result):
    """What each segment states.

    Attributes
    ----------
    table : DataFrame
        One row per `segment` and `topic`: `segment_stating` (its customers who stated a need),
        `topic_title`, `stating` (of these, who named the topic), `stated_share` with `_low` and
        `_high`; `stated_lift` (over chance, with `_low` and `_high`), `p_adjusted`,
        `need_standing`.
    facts : mapping
        `customers`, `above`, `below` (cells apart from chance), and the `highest` lift.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("segment", "code", values="segment"),
        Column("segment_stating", "count"),
        Column("topic_title", "said"),
        Column("stating", "count"),
        Column("stated_share", "share", interval=("share_low", "share_high")),
        Column("stated_lift", "ratio", interval=("lift_low", "lift_high")),
        Column("p_adjusted", "p"),
        Column("need_standing", "code", values="against_rest", judged=True),
    )
    base: ClassVar[str | None] = "segment_stating"
    figure: ClassVar[tuple[float, float] | None] = (8.6, 4.2)

    def summary(self) -> Finding:
        """Say how many cells stand apart, and which need marks which segment most."""
        above = self.table[self.table["need_standing"] == "above"]
        if above.empty:
            return Finding("needs.by_segment.alike", ("customers",))
        row = above.iloc[int(above["stated_lift"].to_numpy().argmax())]
        words = {
            "segment_name": Word(str(row["segment"]), "segment"),
            "topic_name": Word(str(row["topic"]), said=row["topic_title"]),
        }
        return Finding("needs.by_segment.finding", tuple(self.facts), words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the share of each segment that states a need; cells apart are marked."""
        language = text.language()
        shown = self.table.assign(
            row=[schema.value("segment", code) for code in self.table["segment"]],
            column=[each[language] for each in self.table["topic_title"]],
            mark=[MARKS.get(code, "") for code in self.table["need_standing"]],
        )
        wide = shown.pivot_table(
            index="row", columns="column", values="stated_share", sort=False, dropna=False
        )
        marks = shown.pivot_table(
            index="row", columns="column", values="mark", aggfunc="first", sort=False, dropna=False
        )
        label = text.say("needs.segment_axis")
        return grid.draw(wide, marks=marks.fillna("").to_numpy(), unit="share", label=label, ax=ax)


def stated_needs(
    needs: StatedNeeds, customers: pd.DataFrame, topics: NeedTopics, *, confidence: float = 0.95
) -> Stated:
    """Rank the topics by how many customers see them unserved.

    A customer counts once for each topic, by the newest statement of it. Declines for the
    customer's own risk and cases still open are no unserved need and are left out of the shares.

    Parameters
    ----------
    needs : StatedNeeds
        From `data.stated_needs.stated`.
    customers : DataFrame
        `customer_id`, `segment`.
    topics : NeedTopics
        The topics that `needs` was coded by.
    confidence : float
        Coverage of the intervals; its complement is the false discovery rate.
    """
    rows = _placed(needs, customers)
    newest = rows.sort_values("said_on", kind="stable")
    parts = []
    for number, code in enumerate(needs.topics):
        own = newest[needs.marks[newest["at"], number]].drop_duplicates("customer_id", keep="last")
        judged = own[own["need_outcome"].isin(("served", "unserved"))]
        parts.append(
            {
                "topic": code,
                "topic_title": topics.topic[code].title,
                "topic_kind": topics.topic[code].kind,
                "stating": len(own),
                "judged_needs": len(judged),
                "unmet_needs": int((judged["need_outcome"] == "unserved").sum()),
                **_against_others(newest, needs.marks[:, number], confidence),
            }
        )
    table = pd.DataFrame(parts)
    people = int(rows["customer_id"].nunique())
    table = table[table["stating"] > 0].reset_index(drop=True)
    table["stated_share"] = table["stating"] / max(people, 1)
    table = table.assign(**_ends(table["unmet_needs"], table["judged_needs"], "unmet", confidence))
    table["p_adjusted"] = adjusted(table["p_value"].to_numpy(float))
    table["need_standing"] = _standing(table["p_adjusted"], table["unmet_odds"], confidence)
    ordered = table.sort_values(
        ["unmet_needs", "topic"], ascending=[False, True], ignore_index=True
    )
    return Stated("needs.stated", ordered, _facts(ordered, rows, needs, people))


def needs_by_segment(
    needs: StatedNeeds, customers: pd.DataFrame, topics: NeedTopics, *, confidence: float = 0.95
) -> BySegment:
    """Say which segments state which needs more or less often than chance would have it."""
    rows = _placed(needs, customers)
    ids, segment, said = _sayings(rows, needs)
    known = [code for code in schema.values("segment") if (segment == code).any()]
    cells = [(code, topic) for code in known for topic in range(len(needs.topics))]
    cells = [cell for cell in cells if said[:, cell[1]].any()]
    facts = {"customers": Fact(len(ids), "count", n=len(ids))}
    if not cells:
        return BySegment("needs.by_segment", _no_cells(), facts)
    inside = np.column_stack([segment == code for code, _ in cells])
    named = said[:, [topic for _, topic in cells]]
    lift = affinity.lifts(inside, named, least=LEAST, confidence=confidence)
    table = pd.DataFrame(
        {
            "segment": [code for code, _ in cells],
            "segment_stating": inside.sum(axis=0),
            "topic": [needs.topics[topic] for _, topic in cells],
            "topic_title": [topics.topic[needs.topics[topic]].title for _, topic in cells],
            "stating": lift.both.astype(int),
            "stated_lift": lift.lift,
            "lift_low": lift.low,
            "lift_high": lift.high,
            "p_adjusted": lift.p_adjusted,
        }
    )
    table = table.assign(**_ends(table["stating"], table["segment_stating"], "share", confidence))
    table = table.rename(columns={"share_share": "stated_share"})
    # Where nobody says it and hardly anybody was expected to, there is nothing to tell.
    table = table[(table["stating"] > 0) | table["p_adjusted"].notna()].reset_index(drop=True)
    table["need_standing"] = _standing(table["p_adjusted"], table["stated_lift"], confidence)
    return BySegment("needs.by_segment", table, facts | _apart(table, confidence))


def _sayings(
    rows: pd.DataFrame, needs: StatedNeeds
) -> tuple[NDArray[np.str_], NDArray[np.str_], NDArray[np.bool_]]:
    """Return who stated needs (n,), the segment of each, and which topics each named."""
    ids, who = np.unique(rows["customer_id"].to_numpy(str), return_inverse=True)
    said = np.zeros((len(ids), len(needs.topics)), dtype=np.bool_)
    np.logical_or.at(said, who, needs.marks[rows["at"]])
    of = rows.drop_duplicates("customer_id").set_index("customer_id")["segment"]
    return ids, of.reindex(ids).to_numpy(str), said


def _apart(table: pd.DataFrame, confidence: float) -> dict[str, Fact]:
    """Return how many cells stand apart from chance, and the highest lift of them."""
    above = table[table["need_standing"] == "above"]
    facts = {
        "above": Fact(len(above), "ledger"),
        "below": Fact(int((table["need_standing"] == "below").sum()), "ledger"),
    }
    if len(above):
        top = above.iloc[int(above["stated_lift"].to_numpy().argmax())]
        ends = float(top["lift_low"]), float(top["lift_high"])
        n = int(top["segment_stating"])
        facts["highest"] = Fact(float(top["stated_lift"]), "ratio", *ends, confidence, n)
    return facts


def _placed(needs: StatedNeeds, customers: pd.DataFrame) -> pd.DataFrame:
    """Return the statements with the segment of who made them, and their place in the marks."""
    check.columns(customers, "customer_id", "segment")
    rows = needs.rows.assign(at=np.arange(len(needs.rows)))
    return rows.merge(customers[["customer_id", "segment"]], on="customer_id")


def _against_others(
    newest: pd.DataFrame, named: NDArray[np.bool_], confidence: float
) -> dict[str, float]:
    """Return the odds of going unserved with the topic, by each customer's newest judged need."""
    judged = newest[newest["need_outcome"].isin(("served", "unserved"))]
    own = judged.drop_duplicates("customer_id", keep="last")
    # What is asked for in an application is served more often than what is said in passing.
    strata = np.asarray(own.groupby(["segment", "source"]).ngroup(), dtype=np.intp)
    unserved = (own["need_outcome"] == "unserved").to_numpy(bool)
    found = odds_ratio(unserved, named[own["at"]], strata, confidence=confidence)
    return {
        "unmet_odds": found.value,
        "odds_low": found.low,
        "odds_high": found.high,
        "p_value": found.p_value,
    }


def _ends(
    count: "pd.Series[int]", size: "pd.Series[int]", name: str, confidence: float
) -> dict[str, NDArray[np.float64]]:
    """Return a share with its Wilson interval as columns called after `name`."""
    n = size.to_numpy(float)
    share = np.divide(count.to_numpy(float), n, out=np.full(len(n), np.nan), where=n > 0)
    ends = share_interval(share, np.where(n > 0, n, 1.0), confidence)
    known = n > 0
    return {
        f"{name}_share": share,
        f"{name}_low": np.where(known, ends.low, np.nan),
        f"{name}_high": np.where(known, ends.high, np.nan),
    }


def _standing(
    p: "pd.Series[float]", ratio: "pd.Series[float]", confidence: float
) -> NDArray[np.object_]:
    sure = (p < 1 - confidence).to_numpy(bool)
    more = (ratio > 1).to_numpy(bool)
    found = np.select([sure & more, sure & ~more], ["above", "below"], "alike").astype(object)
    found[p.isna().to_numpy(bool)] = None
    return np.asarray(found, dtype=object)


def _no_cells() -> pd.DataFrame:
    names = [name for c in BySegment.columns for name in (c.name, *(c.interval or ()))]
    return pd.DataFrame(columns=["topic", *names])


def _facts(
    table: pd.DataFrame, rows: pd.DataFrame, needs: StatedNeeds, people: int
) -> dict[str, Fact]:
    judged = rows[rows["need_outcome"].isin(("served", "unserved"))]
    own = judged.sort_values("said_on", kind="stable").drop_duplicates("customer_id", keep="last")
    coded = needs.marks[rows["at"]].any(axis=1).mean() if len(rows) else np.nan
    unmet = (own["need_outcome"] == "unserved").mean() if len(own) else np.nan
    facts = {
        "customers": Fact(people, "count", n=people),
        "statements": Fact(len(rows), "ledger"),
        "coded_share": Fact(float(coded), "share", n=people),
        "unmet_share": Fact(float(unmet), "share", n=len(own)),
        "above": Fact(int((table["need_standing"] == "above").sum()), "ledger"),
    }
    if len(table):
        n = int(table["stating"].iloc[0])
        facts["first_unmet"] = Fact(int(table["unmet_needs"].iloc[0]), "count", n=n)
    return facts
