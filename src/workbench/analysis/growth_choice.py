"""Where to grow and where not: room, market, share of it, and risk of each industry."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.plots import quadrants
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.rules import assessed_need
from workbench.rules.needs_assessment import Choice
from workbench.stats.small_area import SPARE, shrunk

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WHOLE = "ALL"
"""Code of a market series that is not split by industry, region or size."""
LEAST_SPREAD = 1e-4


@dataclass(frozen=True, eq=False, repr=False)
class GrowthChoice(Result):
    """One row per industry section in which firms have loans or room is known.

    Attributes
    ----------
    table : DataFrame
        `section`, `book_firms` (with a loan now or a year ago), `book` (their loans, with its two
        `largest`), `book_growth` (over twelve months), `market_growth` (loans of all banks),
        `market_share` and `market_share_before` (NaN without a series), `risk` (share of performing
        firms that defaulted within the year, drawn towards the bank's, `risk_low` to `risk_high`),
        `room_drawn` (share of room, drawn towards that of all, `drawn_low` to `drawn_high`),
        `choice` (`grow`, `hold`, `avoid`, or `untold` where something is not known).
    facts : mapping
        `firms`, `sections`, `grow`, `avoid`, `untold` (industries), `sure` (of those to grow
        in, whose room is above the mean beyond doubt), `risk`, `room_mean`,
        `market_growth`, `market_share`, `lost` (industries in which the share of the market fell).
    named : mapping
        Short names of the industries to `grow` in and to `avoid`, joined, in each language.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    named: Mapping[str, Mapping[str, str]]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("section", "code", values="industry_section"),
        Column("choice", "code", values="growth_choice", judged=True),
        Column("book_firms", "count"),
        Column("book", "money", largest=("largest", "second")),
        Column("book_growth", "share", signed=True),
        Column("market_growth", "share", signed=True),
        Column("market_share", "share2"),
        Column("risk", "share", interval=("risk_low", "risk_high")),
        Column("room_drawn", "share", interval=("drawn_low", "drawn_high")),
    )
    base: ClassVar[str | None] = "book_firms"
    parts: ClassVar[bool] = True
    unfolded: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = (7.6, 4.8)
    key: ClassVar[tuple[str, ...]] = ("grow", "avoid", "market_share")

    def summary(self) -> Finding:
        """Say in which industries to grow and which to avoid, and how the market share moved."""
        if np.isnan(self.facts["market_growth"].value):
            return Finding("needs.growth.no_market", ("firms", "sections", "risk", "room_mean"))
        words = {f"{choice}_places": Word("", said=said) for choice, said in self.named.items()}
        return Finding("needs.growth.found", tuple(self.facts), words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the share of room against the growth of the market, one point an industry."""
        drawn = self.table[self.table["room_drawn"].notna() & self.table["market_growth"].notna()]
        points = pd.DataFrame(
            {
                "label": [_short(code) for code in drawn["section"]],
                **dict.fromkeys(("x", "x_low", "x_high"), drawn["market_growth"]),
                "y": drawn["room_drawn"],
                "y_low": drawn["drawn_low"],
                "y_high": drawn["drawn_high"],
                "marked": drawn["choice"] == "grow",
            }
        )
        corners = ("room_only", "both", "neither", "market_only")
        return quadrants.draw(
            points,
            rows="label",
            scales=(
                ("share", text.say("needs.growth.market_axis")),
                ("share", text.say("needs.growth.room_axis")),
            ),
            quadrants=[text.say(f"needs.growth.{corner}") for corner in corners],
            cuts=(float(self.facts["cut"].value), float(self.facts["room_mean"].value)),
            ax=ax,
        )


@dataclass(frozen=True)
class Inputs:
    """What the choice is made from.

    Attributes
    ----------
    book : DataFrame
        The query `need_book`.
    market : DataFrame
        The query `market_loans`.
    customers, assessed : DataFrame
        The query `need_customers`, and `rules.assessed_need.assessed` of it.
    """

    book: pd.DataFrame
    market: pd.DataFrame
    customers: pd.DataFrame
    assessed: pd.DataFrame


def growth_choice(inputs: Inputs, choice: Choice, *, confidence: float = 0.95) -> GrowthChoice:
    """Place each industry by room, growth of the market and risk.

    Parameters
    ----------
    inputs : Inputs
        Book, market, customers and their assessed room.
    choice : Choice
        Limits of the rule pack.
    confidence : float
        Coverage of the intervals.
    """
    check.columns(inputs.book, "section", "balance", "balance_before", "performed", "defaulted")
    check.columns(inputs.market, "industry_code", "region_code", "size_class", "market")
    firms = inputs.book[inputs.book["section"].notna()]
    check.rows(firms, "firms with loans")
    table = _book(firms)
    table = table.join(_market(inputs.market), on="section")
    table["market_share"] = table["book"] / table["market"]
    table["market_share_before"] = table["book_before"] / table["market_before"]
    table["market_growth"] = table["market"] / table["market_before"] - 1
    risk, whole_risk = _risk(firms, table["section"], confidence)
    room, whole_room = _room(inputs, table["section"], confidence)
    table = table.join(risk, on="section").join(room, on="section")
    table["choice"] = _choices(table, choice, whole_risk, whole_room)
    facts = _facts(table, whole_risk, whole_room)
    facts["cut"] = Fact(choice.least_growth, "share")
    return GrowthChoice("needs.growth", table, facts, _named(table))


def _named(table: pd.DataFrame) -> dict[str, dict[str, str]]:
    """Return the names of industries to grow in and to avoid, as they stand in a sentence."""
    found: dict[str, dict[str, str]] = {}
    for choice in ("grow", "avoid"):
        codes = table.loc[table["choice"] == choice, "section"]
        found[choice] = {}
        for language in text.LANGUAGES:
            with text.spoken(language):
                said = text.say("needs.growth.joint").join(map(_short, codes))
                found[choice][str(language)] = said or text.say("needs.growth.nowhere")
    return found


def _short(code: str) -> str:
    """Return what an industry is called where room is short; one without such a name as it is."""
    key = f"needs.industry.{code}"
    return text.say(key) if text.known(key) else schema.value("industry_section", code)


def _book(firms: pd.DataFrame) -> pd.DataFrame:
    by = firms.groupby("section")
    ordered = firms.sort_values("balance", ascending=False, kind="stable")
    table = pd.DataFrame(
        {
            "book_firms": by.size(),
            "book": by["balance"].sum(),
            "book_before": by["balance_before"].sum(),
        }
    )
    for place, name in enumerate(("largest", "second")):
        top = ordered.groupby("section").nth(place)
        table[name] = pd.Series(top["balance"].to_numpy(), index=top["section"].to_numpy())
    table["second"] = table["second"].fillna(0.0)
    table["book_growth"] = table["book"] / table["book_before"].where(table["book_before"] > 0) - 1
    return table.reset_index()


def _market(market: pd.DataFrame) -> pd.DataFrame:
    """Return loans of all banks by section: of the city where there is one series for it."""
    own = market[(market["size_class"] == WHOLE) & (market["industry_code"] != WHOLE)]
    # More than one region beside one another would count firms twice where one holds the other.
    place = own.groupby("region_code")["market"].sum()
    own = own[own["region_code"] == place.idxmax()] if len(place) else own
    return own.set_index(own["industry_code"].str[:1])[["market", "market_before"]].astype(float)


def _risk(
    firms: pd.DataFrame, sections: "pd.Series[str]", confidence: float
) -> tuple[pd.DataFrame, float]:
    """Return the default rate of each section, drawn towards the bank's, and the bank's."""
    performed = firms[firms["performed"] == 1]
    whole = float(performed["defaulted"].mean()) if len(performed) else np.nan
    by = performed.groupby("section")["defaulted"]
    rates = pd.DataFrame({"mean": by.mean(), "n": by.size()}).reindex(sections).dropna()
    variance = np.full(len(rates), max(whole * (1 - whole), LEAST_SPREAD)) / rates["n"].to_numpy()
    return _shrunk(rates, variance, "risk", "risk", confidence), whole


def _room(
    inputs: Inputs, sections: "pd.Series[str]", confidence: float
) -> tuple[pd.DataFrame, float]:
    """Return the share of room of each section, drawn towards that of all, and that of all."""
    firm = ~assessed_need.private(inputs.customers)
    sections_of = inputs.customers["section"].where(firm)
    rows = inputs.assessed.assign(section=sections_of.to_numpy())
    known = rows[rows["room"].notna() & (rows["limit"] > 0) & rows["section"].notna()]
    share = known["room"] / known["limit"]
    by = share.groupby(known["section"])
    cells = pd.DataFrame({"mean": by.mean(), "n": by.size()}).reindex(sections).dropna()
    within = float((share - share.groupby(known["section"]).transform("mean")).pow(2).mean())
    variance = np.maximum(within, LEAST_SPREAD) / cells["n"].to_numpy(float)
    found = _shrunk(cells, variance, "room_drawn", "drawn", confidence)
    found["room_firms"] = cells["n"]
    return found, float(share.mean()) if len(share) else np.nan


def _shrunk(
    cells: pd.DataFrame,
    variance: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    name: str,
    prefix: str,
    confidence: float,
) -> pd.DataFrame:
    if len(cells) < 1 + SPARE:
        blank = dict.fromkeys((name, f"{prefix}_low", f"{prefix}_high"), np.nan)
        return pd.DataFrame(blank, index=cells.index)
    found = shrunk(
        cells["mean"].to_numpy(float), variance, np.ones((len(cells), 1)), confidence=confidence
    )
    ends = {name: found.mean, f"{prefix}_low": found.low, f"{prefix}_high": found.high}
    return pd.DataFrame({key: np.clip(own, 0, 1) for key, own in ends.items()}, index=cells.index)


def _choices(
    table: pd.DataFrame, choice: Choice, whole_risk: float, whole_room: float
) -> "np.ndarray[tuple[int], np.dtype[np.str_]]":
    few = ~(table["room_firms"] >= choice.least_firms)
    blank = few | table[["risk", "room_drawn", "market_growth"]].isna().any(axis=1)
    avoid = table["risk"] > choice.most_risk * whole_risk
    avoid = (avoid | (table["market_growth"] < choice.avoid_growth)) & (
        table["book_firms"] >= choice.least_firms
    )
    grows = (table["market_growth"] >= choice.least_growth) & (table["room_drawn"] >= whole_room)
    return np.select([avoid, blank, grows], ["avoid", "untold", "grow"], "hold")


def _facts(table: pd.DataFrame, risk: float, room: float) -> dict[str, Fact]:
    n = int(table["book_firms"].sum())
    there = table[table["market"].notna() & table["market_before"].notna()]
    market, before = float(there["market"].sum()), float(there["market_before"].sum())
    grown = market / before - 1 if before else np.nan
    share = float(there["book"].sum()) / market if market else np.nan
    counted = {code: int((table["choice"] == code).sum()) for code in ("grow", "avoid", "untold")}
    sure = int(((table["choice"] == "grow") & (table["drawn_low"] > room)).sum())
    lost = int((there["market_share"] < there["market_share_before"]).sum())
    return {
        "firms": Fact(n, "count", n=n),
        "sections": Fact(len(table), "ledger"),
        **{code: Fact(value, "ledger") for code, value in counted.items()},
        "risk": Fact(risk, "share2", n=n),
        "room_mean": Fact(room, "share", n=n),
        "market_growth": Fact(grown, "share"),
        "market_share": Fact(share, "share2", n=n),
        "lost": Fact(lost, "ledger"),
        "sure": Fact(sure, "ledger"),
    }
