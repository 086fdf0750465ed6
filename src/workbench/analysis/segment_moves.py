"""Who moved between segments since they were found, what value moved along, and what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from workbench import check, text
from workbench.plots import ranked
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.stats import alignment
from workbench.stats.clusters import crossed
from workbench.stats.segment_card import scored
from workbench.stats.segmentation import Learned

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Said = Mapping[str, str]


@dataclass(frozen=True, eq=False, repr=False)
class SegmentMoves(Result):
    """Moves of the customers of both months between segments of one frozen segmentation.

    Attributes
    ----------
    table : DataFrame
        `segment_from`, `segment_to` (names in each language), `code_from`, `code_to`, `headcount`,
        `move_share` (of those who were in the first), `earned` (mean of those who moved, in
        the twelve months after).
    facts : mapping
        `followed` customers, `moved` (share), `value_moved` (share of all earned).
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("segment_from", "said"),
        Column("segment_to", "said"),
        Column("headcount", "count"),
        Column("move_share", "share"),
        Column("earned", "money"),
    )
    base: ClassVar[str | None] = "headcount"
    folded: ClassVar[bool] = True
    parts: ClassVar[bool] = True
    rows: ClassVar[int] = 10

    def summary(self) -> Finding:
        """Say how many moved, which move is the commonest, and what value moved."""
        other = self.table[self.table["code_from"] != self.table["code_to"]]
        if other.empty:
            return Finding("segments.moves.none", ("followed",))
        row = other.iloc[int(other["headcount"].argmax())]
        words = {
            "before": Word("", said=row["segment_from"]),
            "after": Word("", said=row["segment_to"]),
        }
        return Finding("segments.moves.found", ("followed", "moved", "value_moved", "most"), words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the commonest moves on `ax`."""
        language = text.language()
        other = self.table[self.table["code_from"] != self.table["code_to"]]
        first = other.sort_values("headcount", ascending=False, kind="stable").head(self.rows)
        labels = [
            text.say("segments.moves.arrow", before=one[language], after=two[language])
            for one, two in zip(first["segment_from"], first["segment_to"], strict=True)
        ]
        drawn = pd.DataFrame({"label": labels, "value": first["move_share"], "strong": False})
        label = text.say("segments.moves.axis")
        return ranked.draw(drawn, rows="label", unit="share", label=label, ax=ax)


def segment_moves(
    customers: tuple[pd.DataFrame, pd.DataFrame],
    placed: tuple[pd.DataFrame, pd.DataFrame],
    names: Mapping[str, Said],
) -> SegmentMoves:
    """Follow the customers who are there in both months.

    Parameters
    ----------
    customers : pair of DataFrame
        Before and after: `customer_id`, and `earned` after.
    placed : pair of DataFrame
        `segment` of the same rows, by the same cards.
    names : mapping
        Code of each segment → its name in each language.
    """
    both = _both(customers, placed)
    grouped = both.groupby(["segment_before", "segment_after"], sort=True)
    found = grouped.agg(headcount=("earned", "size"), earned=("earned", "mean"))
    table = found.reset_index(names=["code_from", "code_to"])
    table["move_share"] = table["headcount"] / table.groupby("code_from")["headcount"].transform(
        "sum"
    )
    table["segment_from"] = table["code_from"].map(names)
    table["segment_to"] = table["code_to"].map(names)
    other = both["segment_before"] != both["segment_after"]
    value = both["earned"].fillna(0.0)
    facts = {
        "followed": Fact(len(both), "count"),
        "moved": Fact(float(other.mean()), "share", n=int(other.sum()) or None),
        "value_moved": Fact(float(value[other].sum() / value.sum()), "share"),
    }
    moves = table[table["code_from"] != table["code_to"]]
    if len(moves):
        row = moves.iloc[int(moves["headcount"].argmax())]
        facts["most"] = Fact(float(row["move_share"]), "share", n=int(row["headcount"]))
    return SegmentMoves("segments.moves", table, facts)


def _both(
    customers: tuple[pd.DataFrame, pd.DataFrame], placed: tuple[pd.DataFrame, pd.DataFrame]
) -> pd.DataFrame:
    check.columns(customers[1], "customer_id", "earned")
    before = customers[0][["customer_id"]].assign(
        segment=placed[0]["segment"].to_numpy(), cell_group=placed[0]["cell_group"].to_numpy()
    )
    after = customers[1][["customer_id", "earned"]].assign(segment=placed[1]["segment"].to_numpy())
    return before.merge(after, on="customer_id", suffixes=("_before", "_after"))


@dataclass(frozen=True, eq=False, repr=False)
class SegmentTests(Result):
    """Whether the moves have a direction, by group of cells.

    Attributes
    ----------
    table : DataFrame
        `cell_group`, `headcount` followed who stayed in the group, `moved_share`,
        `symmetry_p` (Bowker: as many there as back), `shares_p` (Stuart–Maxwell: as large
        after as before).
    facts : mapping
        `groups`, `shifted` (whose segments changed in size beyond chance).
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("cell_group", "code", values="segment_group"),
        Column("headcount", "count"),
        Column("moved_share", "share"),
        Column("symmetry_p", "p"),
        Column("shares_p", "p"),
    )
    base: ClassVar[str | None] = "headcount"
    folded: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say in how many groups the segments changed in size."""
        quoted = ("groups", "shifted")
        return Finding(f"segments.tests.{'found' if len(self.table) else 'none'}", quoted)


def segment_tests(
    customers: tuple[pd.DataFrame, pd.DataFrame],
    placed: tuple[pd.DataFrame, pd.DataFrame],
    *,
    level: float = 0.05,
) -> SegmentTests:
    """Test the moves inside each group that has segments; parameters as in `segment_moves`."""
    both = _both(customers, placed)
    rows = []
    for group, own in both.groupby("cell_group", sort=True):
        prefix = f"{group}."
        stay = own[own["segment_after"].str.startswith(prefix)]
        stay = stay[stay["segment_before"].str.startswith(prefix)]
        if stay.empty:
            continue
        codes = sorted({*stay["segment_before"], *stay["segment_after"]})
        place = {code: at for at, code in enumerate(codes)}
        table = np.zeros((len(codes), len(codes)))
        pairs = (stay["segment_before"].map(place), stay["segment_after"].map(place))
        np.add.at(table, tuple(each.to_numpy() for each in pairs), 1.0)
        rows.append(
            {
                "cell_group": group,
                "headcount": len(stay),
                "moved_share": float(1 - np.trace(table) / table.sum()),
                "symmetry_p": alignment.symmetry(table).p_value,
                "shares_p": alignment.same_shares(table).p_value,
            }
        )
    found = pd.DataFrame(rows, columns=[column.name for column in SegmentTests.columns])
    facts = {
        "groups": Fact(len(found), "count"),
        "shifted": Fact(int((found["shares_p"] < level).sum()), "count"),
    }
    return SegmentTests("segments.tests", found, facts)


@dataclass(frozen=True, eq=False, repr=False)
class SegmentAlignment(Result):
    """Segments found anew beside the frozen ones.

    Attributes
    ----------
    table : DataFrame
        `cell_group`, `new_segment` (its number), `headcount`, `continues` (name of the frozen
        segment, missing where it is a new one), `overlap`, `continuity` (`continues` or `new`).
    facts : mapping
        `found` segments, `continued`, `least` overlap of one that continues, `kept` (share of the
        customers who stay in a segment that continues).
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("cell_group", "code", values="segment_group"),
        Column("new_segment", "count"),
        Column("headcount", "count"),
        Column("continues", "said"),
        Column("overlap", "share"),
        Column("continuity", "code", values="segment_continuity", judged=True),
    )
    base: ClassVar[str | None] = "headcount"
    folded: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say how many segments found anew continue frozen ones."""
        if not len(self.table):
            return Finding("segments.alignment.none")
        return Finding("segments.alignment.found", ("found", "continued", "kept"))


def segment_alignment(
    frozen: Sequence[Learned], anew: Sequence[Learned], names: Mapping[str, Said], *, least: float
) -> SegmentAlignment:
    """Say which frozen segment each segment found anew continues.

    Parameters
    ----------
    frozen, anew : sequence of Learned
        What was found in the earlier month, and in the later one.
    names : mapping
        Code of each frozen segment → its name in each language.
    least : float
        Overlap from which a segment continues.
    """
    rows: list[dict[str, Any]] = []
    kept, total = 0.0, 0.0
    before = {each.group: each.card for each in frozen if each.card}
    for each in anew:
        card = before.get(each.group)
        if each.card is None or card is None:
            continue
        old = scored(card, each.rows.numbers, each.rows.codes).labels
        new = scored(each.card, each.rows.numbers, each.rows.codes).labels
        table = crossed(old, new)
        found = alignment.aligned(table, least=least)
        kept, total = kept + found.kept * len(new), total + len(new)
        for at, (own, overlap) in enumerate(zip(found.old, found.overlap, strict=True)):
            rows.append(
                {
                    "cell_group": each.group,
                    "new_segment": at + 1,
                    "headcount": int((new == at).sum()),
                    "continues": names[card.segments[own]] if own >= 0 else None,
                    "overlap": float(overlap),
                    "continuity": "continues" if own >= 0 else "new",
                }
            )
    frame = pd.DataFrame(rows, columns=[column.name for column in SegmentAlignment.columns])
    facts = {
        "found": Fact(len(frame), "count"),
        "continued": Fact(int((frame["continuity"] == "continues").sum()), "count"),
    }
    if rows:
        facts["kept"] = Fact(kept / total, "share")
    return SegmentAlignment("segments.alignment", frame, facts)
