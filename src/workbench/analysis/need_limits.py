"""How much could be lent by the assessed limits, what is held of it, and for whom that is known."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.plots import ranked
from workbench.result import Column, Fact, Finding, Result, Word

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEAST = 30
"""Customers of known room that a segment needs to be named in the finding."""


@dataclass(frozen=True, eq=False, repr=False)
class NeedLimits(Result):
    """One row per segment; sums are over customers whose room is known.

    Attributes
    ----------
    table : DataFrame
        `segment`, `headcount`, `stated_share` (with a statement that is not too old), `room_known`
        and `room_unknown` (customers with and without a recent report of the bureau and such a
        statement), `limit_sum`, `held_here`, `held_elsewhere` (what the bureau knows beyond what
        is owed here), `room` (with its two `largest` contributions), `room_share` (of the limit).
    facts : mapping
        `headcount`, `room_known`, `room_unknown` (customers), `unknown_share`, `limit_sum`, `room`,
        `room_share`, `without_room` (share of customers whose limit is used up).
    widest : str
        Segment with the largest share of room; empty where none is known.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    widest: str
    columns: ClassVar[tuple[Column, ...]] = (
        Column("segment", "code", values="segment"),
        Column("headcount", "count"),
        Column("room_known", "count"),
        Column("room_unknown", "count"),
        Column("limit_sum", "money"),
        Column("held_here", "money"),
        Column("held_elsewhere", "money"),
        Column("room", "money", largest=("largest", "second")),
        Column("room_share", "share"),
    )
    base: ClassVar[str | None] = "room_known"
    parts: ClassVar[bool] = True
    adds: ClassVar[tuple[str, ...]] = ("room_unknown",)
    sums: ClassVar[tuple[tuple[str, ...], ...]] = (("headcount", "room_known", "room_unknown"),)
    key: ClassVar[tuple[str, ...]] = ("room", "room_share", "unknown_share")

    def summary(self) -> Finding:
        """Say how much room there is, for whom it is known, and that it is no demand."""
        if not self.widest:
            return Finding("needs.limits.unknown", ("headcount",))
        quoted = ("room_known", "headcount", "unknown_share", "room", "room_share", "without_room")
        return Finding("needs.limits.found", quoted, {"segment": Word(self.widest, "segment")})

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the share of room in the limits of each segment; the widest stands out."""
        drawn = self.table[self.table["room_share"].notna()]
        shares = pd.DataFrame(
            {
                "label": [schema.value("segment", code) for code in drawn["segment"]],
                "value": drawn["room_share"].to_numpy(float),
                "strong": (drawn["segment"] == self.widest).to_numpy(bool),
            }
        )
        label = text.say("needs.limits.axis")
        return ranked.draw(shares, rows="label", unit="share", label=label, ax=ax)


def need_limits(customers: pd.DataFrame, assessed: pd.DataFrame) -> NeedLimits:
    """Add up assessed limits, credit held and room by segment.

    Parameters
    ----------
    customers : DataFrame
        With `segment`.
    assessed : DataFrame
        From `rules.assessed_need.assessed`, in the same order.
    """
    check.columns(customers, "segment")
    check.rows(customers, "customers")
    rows = assessed.assign(segment=customers["segment"].to_numpy())
    known = rows[rows["room"].notna()]
    by = rows.groupby("segment")
    table = pd.DataFrame({"headcount": by.size(), "stated_share": by["stated"].mean()})
    held = known.assign(held_elsewhere=known["held"] - known["held_here"]).groupby("segment")
    table["room_known"] = held.size().reindex(table.index, fill_value=0)
    table["room_unknown"] = table["headcount"] - table["room_known"]
    for name, column in (("limit_sum", "limit"), ("held_here", "held_here")):
        table[name] = held[column].sum()
    table["held_elsewhere"] = held["held_elsewhere"].sum()
    table["room"] = held["room"].sum()
    ordered = known.sort_values("room", ascending=False, kind="stable").groupby("segment")["room"]
    for place, name in enumerate(("largest", "second")):
        top = ordered.nth(place)
        table[name] = pd.Series(top.to_numpy(), index=known.loc[top.index, "segment"].to_numpy())
    table["second"] = table["second"].fillna(0.0)
    table["room_share"] = table["room"] / table["limit_sum"].where(table["limit_sum"] > 0)
    listed = [code for code in schema.values("segment") if code in table.index]
    table = table.loc[listed].rename_axis("segment").reset_index()
    judged = table[table["room_share"].notna() & (table["room_known"] >= LEAST)]
    widest = _first(judged) if len(judged) else ""
    return NeedLimits("needs.limits", table, _facts(table, known), widest)


def _first(judged: pd.DataFrame) -> str:
    return str(judged["segment"].iloc[int(judged["room_share"].to_numpy().argmax())])


def _facts(table: pd.DataFrame, known: pd.DataFrame) -> dict[str, Fact]:
    everybody, n = int(table["headcount"].sum()), len(known)
    limit, room = float(known["limit"].sum()), float(known["room"].sum())
    return {
        "headcount": Fact(everybody, "count", n=everybody),
        "room_known": Fact(n, "count", n=n),
        "room_unknown": Fact(everybody - n, "count", n=everybody),
        "unknown_share": Fact((everybody - n) / everybody, "share", n=everybody),
        "limit_sum": Fact(limit, "money", n=n),
        "room": Fact(room, "money", n=n),
        "room_share": Fact(room / limit if limit else np.nan, "share", n=n),
        "without_room": Fact(float((known["room"] <= 0).mean()) if n else np.nan, "share", n=n),
    }
