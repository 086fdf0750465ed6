"""Which segments are attractive, in which the bank is strong, and what follows for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench import check, schema, text
from workbench.plots import quadrants
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.rules.segmentation import Plan, Segmentation, Weight

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Said = Mapping[str, str]
LEAST = 30
"""Customers with a value, below which a measure of a segment is not given."""
SPREAD = 0.5
"""Standard deviation of the logarithm of a weight when weights are drawn anew."""


@dataclass(frozen=True, eq=False, repr=False)
class SegmentPositions(Result):
    """Each segment by attractiveness and strength, the most attractive first.

    Attributes
    ----------
    table : DataFrame
        `rank`, `segment` (name in each language), `code`, `headcount`, `attractiveness` and
        `strength` (weighted sums of standardised measures, 0 is the mean of the segments) with
        `_low` and `_high` over drawn weights, `position` in the matrix, `position_share` (of the
        drawn weights that leave it there), and the measures.
    facts : mapping
        `segments`, `invest` and `invest_share` (of the customers), `sure` (whose place holds for
        80 % of the drawn weights), `best` (share of drawn weights in which the first is the most
        attractive).
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("rank", "count"),
        Column("segment", "said"),
        Column("headcount", "count"),
        Column("attractiveness", "ratio", interval=("attractiveness_low", "attractiveness_high")),
        Column("strength", "ratio", interval=("strength_low", "strength_high")),
        Column("position", "code", values="segment_position", judged=True),
        Column("position_share", "share"),
    )
    base: ClassVar[str | None] = "headcount"
    parts: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = (7.2, 4.8)

    def summary(self) -> Finding:
        """Say which segments to invest in, and how far that depends on the weights."""
        first = self.table.iloc[0]
        words = {
            "segment": Word("", said=first["segment"]),
            "place": Word(str(first["position"]), "segment_position"),
        }
        chosen = self.table[self.table["position"] == "invest"]
        if chosen.empty:
            return Finding("segments.positions.nowhere", ("segments", "sure", "best"), words)
        words["names"] = Word("", said=_joined(chosen["segment"]))
        return Finding("segments.positions.found", tuple(self.facts), words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw strength against attractiveness, with what other weights make of them, on `ax`."""
        axes = {
            **{"strength": "x", "strength_low": "x_low", "strength_high": "x_high"},
            **{"attractiveness": "y", "attractiveness_low": "y_low"},
            "attractiveness_high": "y_high",
        }
        drawn = self.table.rename(columns=axes)
        marked = drawn["position"] == "invest"
        # Names of all would lie on one another; those to invest in are what is looked for.
        labels = [
            f"{rank} {said[text.language()]}" if named else str(rank)
            for rank, said, named in zip(drawn["rank"], drawn["segment"], marked, strict=True)
        ]
        return quadrants.draw(
            drawn.assign(
                label=labels,
                marked=marked,
            ),
            rows="label",
            scales=(
                ("ratio", text.say("segments.positions.strength_axis")),
                ("ratio", text.say("segments.positions.attractiveness_axis")),
            ),
            quadrants=[
                schema.value("segment_position", code)
                for code in ("build", "invest", "serve", "keep")
            ],
            cuts=(0.0, 0.0),
            ax=ax,
        )


def segment_positions(
    customers: tuple[pd.DataFrame, pd.DataFrame],
    placed: tuple[pd.DataFrame, pd.DataFrame],
    names: Mapping[str, Said],
    rules: Segmentation,
    *,
    draws: int = 1000,
    seed: int = 1,
) -> SegmentPositions:
    """Place each segment of the later month in the matrix of the rule pack.

    Parameters
    ----------
    customers, placed : pair of DataFrame
        Before and after: customers with what segments are measured by, and their segments.
    names : mapping
        Code of each segment → its name in each language.
    draws, seed : int
        Drawn sets of weights for the sensitivity, and what they are drawn with.
    """
    measured = _measured(customers[1], placed, list(names))
    scores: dict[str, tuple[Any, Any]] = {}
    rng = np.random.default_rng([seed, 13])
    for axis in ("attractiveness", "strength"):
        weights: Sequence[Weight] = getattr(rules, axis)
        check.columns(measured, *(each.measure for each in weights))
        own = _standardised(measured[[each.measure for each in weights]].to_numpy(float))
        given = np.array([each.weight for each in weights])
        scores[axis] = _score(own, given[None])[0], _score(own, _drawn(given, draws, rng))
    table = measured[["code", "headcount"]].copy()
    table.insert(0, "segment", table["code"].map(names))
    for axis, (value, drawn) in scores.items():
        table[axis] = value
        table[f"{axis}_low"], table[f"{axis}_high"] = np.quantile(drawn, [0.025, 0.975], axis=0)
    attractive, strong = scores["attractiveness"], scores["strength"]
    own_place = _places(attractive[0], strong[0])
    held = (_places(attractive[1], strong[1]) == own_place).mean(axis=0)
    table["position"], table["position_share"] = own_place, held
    first = attractive[1].argmax(axis=1)
    table["first_share"] = (first[:, None] == np.arange(len(table))).mean(axis=0)
    found = table.join(measured.drop(columns=["code", "headcount"])).sort_values(
        ["attractiveness", "code"], ascending=[False, True], ignore_index=True
    )
    found.insert(0, "rank", np.arange(1, len(found) + 1))
    invest = found["position"] == "invest"
    facts = {
        "segments": Fact(len(found), "count"),
        "invest": Fact(int(invest.sum()), "count"),
        "invest_share": Fact(
            float(found.loc[invest, "headcount"].sum() / found["headcount"].sum()), "share"
        ),
        "sure": Fact(int((found["position_share"] >= 0.8).sum()), "count"),
        "best": Fact(float(found["first_share"].iloc[0]), "share"),
    }
    return SegmentPositions("segments.positions", found, facts)


def _joined(names: "pd.Series[Any]") -> Said:
    """Return names that stand in each language, joined as in a sentence."""
    found = {}
    for language in text.LANGUAGES:
        with text.spoken(language):
            found[str(language)] = text.say("segments.joint").join(each[language] for each in names)
    return found


def _measured(
    now: pd.DataFrame, placed: tuple[pd.DataFrame, pd.DataFrame], codes: list[str]
) -> pd.DataFrame:
    check.columns(now, "earned", "pd", "wallet", "products", "recommend")
    before = placed[0]["segment"].value_counts()
    grouped = now.groupby(placed[1]["segment"].to_numpy(), sort=True)
    found = pd.DataFrame({"headcount": grouped.size()})
    measures = {
        "revenue": "earned",
        "expected_loss": "pd",
        "wallet": "wallet",
        "products": "products",
        "recommend": "recommend",
    }
    for name, column in measures.items():
        known = grouped[column].count() >= LEAST
        found[name] = grouped[column].mean().astype(float).where(known)
    # Amounts are compared by their logarithm: firms and people differ by orders of magnitude.
    found["revenue"] = np.log1p(found["revenue"].clip(lower=0))
    found["growth"] = found["headcount"] / before.reindex(found.index) - 1
    order = [code for code in codes if code in found.index]
    return found.loc[order].reset_index(names="code")


def _standardised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return measures in standard deviations of the segments; a missing one is the mean."""
    known = np.isfinite(values)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, values, 0.0).sum(axis=0) / count
    apart = np.where(known, values - mean, 0.0)
    spread = np.sqrt((apart**2).sum(axis=0) / count)
    return apart / np.where(spread > 0, spread, 1.0)


def _drawn(given: NDArray[np.float64], draws: int, rng: np.random.Generator) -> Any:
    return given * np.exp(SPREAD * rng.standard_normal((draws, len(given))))


def _score(own: NDArray[np.float64], weights: Any) -> Any:
    return (weights / np.abs(weights).sum(axis=1, keepdims=True)) @ own.T


def _places(attractive: Any, strong: Any) -> NDArray[np.object_]:
    codes = np.array([["serve", "keep"], ["build", "invest"]], dtype=object)
    found: NDArray[np.object_] = codes[(attractive > 0).astype(int), (strong > 0).astype(int)]
    return found


@dataclass(frozen=True, eq=False, repr=False)
class SegmentPlans(Result):
    """One line of strategy for each segment: what to offer, how, who, and how it is judged.

    Attributes
    ----------
    table : DataFrame
        `segment`, `code`, `headcount`, `position`, `purpose` (commonest of their applications),
        `product_type` (asked for most beyond what others ask), `price` (median of the rates
        approved) with the quartiles as corridor, `preferred_channel`, `owner`, `plan_kpi` (in each
        language), `review_on`.
    facts : mapping
        `segments`, `targets` (in which to invest), `target_share` (of the customers); `price` of
        the first target (its quartiles as ends), where enough rates are known.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("segment", "said"),
        Column("position", "code", values="segment_position", judged=True),
        Column("product_type", "code", values="product_type", judged=True),
        Column("price", "share2", interval=("price_low", "price_high")),
        Column("preferred_channel", "code", values="preferred_channel", judged=True),
        Column("owner", "code", values="dept_role"),
        Column("plan_kpi", "said"),
        Column("review_on", "date"),
    )
    base: ClassVar[str | None] = "headcount"
    parts: ClassVar[bool] = True
    unfolded: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say which segments are targets, and what is done for the first of them."""
        targets = self.table[self.table["position"] == "invest"]
        if targets.empty:
            return Finding("segments.plans.nowhere", ("segments",))
        words = {"names": Word("", said=_joined(targets["segment"]))}
        first = targets.iloc[0]
        if "price" not in self.facts or first["product_type"] is None:
            return Finding("segments.plans.found", ("segments", "targets", "target_share"), words)
        words |= {
            "product": Word(str(first["product_type"]), "product_type"),
            "owner": Word(str(first["owner"]), "dept_role"),
            "kpi": Word("", said=first["plan_kpi"]),
            "review": Word(first["review_on"].date().isoformat(), "date"),
        }
        return Finding("segments.plans.target", tuple(self.facts), words)


def segment_plans(
    customers: pd.DataFrame,
    placed: pd.DataFrame,
    positions: pd.DataFrame,
    rules: Segmentation,
    *,
    as_of: date,
) -> SegmentPlans:
    """Draw up the strategy page from the matrix and from what customers ask for.

    Parameters
    ----------
    customers, placed : DataFrame
        Customers with `purpose`, `product_type`, `approved_rate` and `preferred_channel`, and
        their segments.
    positions : DataFrame
        Table of `segment_positions`.
    rules : Segmentation
        Owner, KPI and review of each place.
    as_of : date
        Day the reviews count from.
    """
    check.columns(customers, "purpose", "product_type", "approved_rate", "preferred_channel")
    plans = {plan.place: plan for plan in rules.plans}
    everybody = customers["product_type"].value_counts(normalize=True)
    rows = [
        {
            "segment": row["segment"],
            "code": row["code"],
            "headcount": row["headcount"],
            "position": row["position"],
            **_asked(customers[(placed["segment"] == row["code"]).to_numpy()], everybody),
            **_planned(plans[row["position"]], as_of),
        }
        for _, row in positions.iterrows()
    ]
    table = pd.DataFrame(rows)
    targets = table["position"] == "invest"
    facts = {
        "segments": Fact(len(table), "count"),
        "targets": Fact(int(targets.sum()), "count"),
        "target_share": Fact(
            float(table.loc[targets, "headcount"].sum() / table["headcount"].sum()), "share"
        ),
    }
    for _, row in table[targets].head(1).dropna(subset="price").iterrows():
        ends = float(row["price_low"]), float(row["price_high"])
        facts["price"] = Fact(float(row["price"]), "share2", *ends, n=int(row["headcount"]))
    return SegmentPlans("segments.plans", table, facts)


def _asked(own: pd.DataFrame, everybody: "pd.Series[float]") -> dict[str, Any]:
    purposes, products = own["purpose"].dropna(), own["product_type"].dropna()
    channels = own["preferred_channel"].dropna()
    channels = channels[channels != "none"]
    rates = own["approved_rate"].dropna().astype(float)
    row: dict[str, Any] = {"purpose": None, "product_type": None, "preferred_channel": None}
    if len(purposes) >= LEAST:
        row["purpose"] = purposes.value_counts().sort_index().idxmax()
    if len(products) >= LEAST:
        share = products.value_counts(normalize=True).sort_index()
        # A product few ask for can have a high ratio by chance: one in ten at least.
        common = share[share >= 0.1]
        row["product_type"] = (common / everybody.reindex(common.index)).idxmax()
    if len(channels) >= LEAST:
        row["preferred_channel"] = channels.value_counts().sort_index().idxmax()
    enough = len(rates) >= LEAST
    low, middle, high = (
        np.quantile(rates, [0.25, 0.5, 0.75]) if enough else (np.nan, np.nan, np.nan)
    )
    return {**row, "price": float(middle), "price_low": float(low), "price_high": float(high)}


def _planned(plan: Plan, as_of: date) -> dict[str, Any]:
    review = pd.Timestamp(as_of) + pd.DateOffset(months=plan.review_months)
    return {
        "owner": plan.owner,
        "plan_kpi": {"zh": plan.kpi_zh, "en": plan.kpi_en},
        "review_on": review,
    }
