"""How the acceptance of offers follows their price: drawn by lot, and as officers set it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.plots import intervals
from workbench.result import Column, Fact, Finding, Result
from workbench.stats import logit, willingness
from workbench.stats.arrays import Vector
from workbench.stats.calibration import normal_quantile
from workbench.stats.proportions import share_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STEP = 10.0
"""Basis points for which effects are given."""
EVIDENCE = ("lot", "officers")
FITTED = ("effect_10bp", "low", "high", "price_slope", "slope_low", "slope_high", "p_value")
COEFFICIENTS = 3
"""Constant, price, less than was asked for."""
TOLD = 4
"""Cells of answers by smaller offers, all of which must be filled."""
EFFECT, SLOPE = ("effect_10bp", "low", "high"), ("price_slope", "slope_low", "slope_high")
WHOLE = (
    ("effect", "lot", EFFECT, "pp"),
    ("slope", "lot", SLOPE, "ratio"),
    ("officers_slope", "officers", SLOPE, "ratio"),
)
"""Facts over all segments: name, evidence, columns, unit."""
LEAST = 20
"""Refusals, and acceptances, that a fit needs: about ten for each of its two slopes."""


@dataclass(frozen=True, eq=False, repr=False)
class Curve:
    """The fitted log-odds of acceptance of a segment in offers whose price the lot set.

    Attributes
    ----------
    segment : str
    coefficients : array
        Constant, price (per bp beside the usual one), and less than was asked for (0 where that
        cannot be told).
    covariance : array
        Robust to customers with several offers.
    reduced : float
        Share of offers of less than was asked for.
    reach : tuple of float
        Least and greatest price beside the usual one that was tried, bp.
    offers : int
    """

    segment: str
    coefficients: Vector
    covariance: Vector
    reduced: float
    reach: tuple[float, float]
    offers: int


@dataclass(frozen=True, eq=False, repr=False)
class PriceDemand(Result):
    """Acceptance and its slope on price, by segment and by how the price came about.

    Attributes
    ----------
    table : DataFrame
        One row per `segment` and `price_evidence` (`lot`, `officers`): `offers`, `accepted_share`
        (with `accept_low` to `accept_high`), `effect_10bp` (what 10 bp more change in that share,
        with `low` to `high`), `price_slope` (log-odds of acceptance per 10 bp, `slope_low` to
        `slope_high`) and its `p_value`. Missing where there are too few acceptances or refusals to
        fit.
    facts : mapping
        `offers`, `tested` (offers priced by lot), `fitted` (segments with a slope from the lot),
        `effect` (of the lot), `slope` and `officers_slope`: means over the segments that have both
        kinds of evidence, weighted with their offers.
    curves : tuple of Curve
        What the lot says, by segment.
    worth : PriceWorth
        What customers would pay for an offer of all they asked for.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    curves: tuple[Curve, ...]
    worth: "PriceWorth"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("segment", "code", values="segment"),
        Column("price_evidence", "code", values="price_evidence"),
        Column("offers", "count"),
        Column("accepted_share", "share"),
        Column("effect_10bp", "pp", interval=("low", "high"), signed=True),
        Column("price_slope", "ratio", signed=True),
    )
    base: ClassVar[str | None] = "offers"
    parts: ClassVar[bool] = True
    key: ClassVar[tuple[str, ...]] = ("effect", "slope", "officers_slope")

    def summary(self) -> Finding:
        """Say what the lot says of price, and what officers' prices would have said."""
        kind = "tested" if self.curves else "untested"
        quoted = tuple(self.facts) if self.curves else ("offers", "tested")
        return Finding(f"{self.name}.{kind}", quoted)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw what 10 bp more change in the log-odds of acceptance, by segment and evidence."""
        shown = self.table.dropna(subset=["price_slope"])
        names = zip(shown["segment"], shown["price_evidence"], strict=True)
        return intervals.draw(
            shown.assign(
                value=shown["price_slope"],
                low=shown["slope_low"],
                high=shown["slope_high"],
                label=[
                    text.say(
                        "pricing.segment_evidence",
                        segment=schema.value("segment", segment),
                        evidence=schema.value("price_evidence", evidence),
                    )
                    for segment, evidence in names
                ],
            ),
            rows="label",
            unit="ratio",
            label=text.say("pricing.effect_axis"),
            ax=ax,
            reference=0.0,
        )


@dataclass(frozen=True, eq=False, repr=False)
class PriceWorth(Result):
    """What an offer of the full amount is worth to customers, in basis points of price.

    Attributes
    ----------
    table : DataFrame
        One row per `segment` of the price test: `offers`, `worth_bp` with the interval by the delta
        method `low` to `high`, and the one by drawn coefficients (Krinsky–Robb) `drawn_low` to
        `drawn_high`.
    facts : mapping
        `segments`, `least`, `most` (worth).
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("segment", "code", values="segment"),
        Column("offers", "count"),
        Column("worth_drawn", "bp", interval=("drawn_low", "drawn_high")),
    )
    base: ClassVar[str | None] = "offers"
    parts: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say what the full amount is worth."""
        return Finding(
            f"{self.name}.{'finding' if len(self.table) else 'untested'}",
            tuple(self.facts if len(self.table) else ()),
        )


def price_demand(offers: pd.DataFrame, *, confidence: float = 0.95, seed: int = 1) -> PriceDemand:
    """Fit the acceptance of offers to their price, apart for prices drawn by lot and for others.

    Parameters
    ----------
    offers : DataFrame
        The query `price_offers`; only approved applications that the customer answered count. In a
        price test, price is the offered rate less the approved one, which the lot decides; else it
        is the spread over the prime rate less the mean of product and segment, which officers
        decide, and which says nothing about what another price would do.
    confidence : float
        Coverage of the intervals.
    seed : int
        What drawn coefficients start from.
    """
    check.columns(offers, "decision", "accepted", "offered_rate", "approved_rate", "price_test")
    cases = _cases(offers)
    check.rows(cases, "offers that customers answered")
    listed = list(schema.values("segment"))
    rows, curves = [], []
    for segment in sorted(cases["segment"].unique(), key=listed.index):
        for evidence in EVIDENCE:
            own = cases[(cases["segment"] == segment) & (cases["price_evidence"] == evidence)]
            if own.empty:
                continue
            row, curve = _fitted(segment, evidence, own, confidence)
            rows.append(row)
            if curve and evidence == "lot":
                curves.append(curve)
    table = pd.DataFrame(rows)
    return PriceDemand(
        "pricing.demand",
        table,
        _facts(cases, table, confidence),
        tuple(curves),
        _worth(curves, confidence, seed),
    )


def _cases(offers: pd.DataFrame) -> pd.DataFrame:
    answered = (
        offers["decision"].isin(["approved", "approved_reduced"]) & offers["accepted"].notna()
    )
    own = offers[answered & offers["offered_rate"].notna()]
    lot = own["price_test"].notna().to_numpy()
    spread = (own["offered_rate"] - own["prime"]).to_numpy(float) * 1e4
    alike = [own["product_id"], own["segment"]]
    usual = pd.Series(spread, own.index).groupby(alike).transform("mean")
    shift = (own["offered_rate"] - own["approved_rate"]).to_numpy(float) * 1e4
    return own.assign(
        price_evidence=np.where(lot, *EVIDENCE),
        price=np.round(np.where(lot, shift, spread - usual.to_numpy(float)), 2),
        reduced=own["decision"].eq("approved_reduced").astype(float),
        accepted=own["accepted"].astype(float),
    ).dropna(subset=["price"])


def _fitted(
    segment: str, evidence: str, own: pd.DataFrame, confidence: float
) -> tuple[dict[str, object], Curve | None]:
    taken = own["accepted"].to_numpy(float)
    n, share = len(own), float(taken.mean())
    ends = share_interval(np.array([share]), np.array([float(n)]), confidence)
    row: dict[str, object] = {
        **{"segment": segment, "price_evidence": evidence, "offers": n, "accepted_share": share},
        **{"accept_low": float(ends.low[0]), "accept_high": float(ends.high[0])},
        **dict.fromkeys(FITTED, np.nan),
    }
    if min(taken.sum(), n - taken.sum()) < LEAST or own["price"].nunique() < 2:
        return row, None
    # Where only one kind of answer follows a smaller offer, its effect cannot be told.
    told = len(own[["reduced", "accepted"]].drop_duplicates()) == TOLD
    design = own[["price", "reduced"] if told else ["price"]].to_numpy(float)
    who = pd.factorize(own["customer_id"])[0].astype(np.int64)
    fit = logit.fit(design, taken, clusters=who)
    chance = fit.probabilities(design)
    # Mean of the slope of the chance: the average marginal effect.
    weight = float((chance * (1 - chance)).mean()) * STEP
    slope, error = float(fit.coefficients[1]), float(fit.standard_errors[1])
    reach = normal_quantile(confidence) * error
    row |= {
        "effect_10bp": weight * slope,
        "low": weight * (slope - reach),
        "high": weight * (slope + reach),
        "price_slope": STEP * slope,
        "slope_low": STEP * (slope - reach),
        "slope_high": STEP * (slope + reach),
        "p_value": float(fit.p_values[1]),
    }
    tried = (float(own["price"].min()), float(own["price"].max()))
    reduced = float(own["reduced"].mean())
    beta, covariance = np.zeros(COEFFICIENTS), np.zeros((COEFFICIENTS, COEFFICIENTS))
    k = len(fit.coefficients)
    beta[:k], covariance[:k, :k] = fit.coefficients, fit.covariance
    return row, Curve(segment, beta, covariance, reduced if told else 0.0, tried, n)


def _worth(curves: list[Curve], confidence: float, seed: int) -> PriceWorth:
    rows = []
    for curve in (each for each in curves if each.covariance[2, 2] > 0):
        found = willingness.worth(
            curve.coefficients, curve.covariance, (2, 1), confidence=confidence, seed=seed
        )
        # The attribute is less than was asked for: what it costs is what all of it is worth.
        low, high = -found.high, -found.low
        drawn = (-found.drawn_high / 1e4, -found.drawn_low / 1e4)
        value = -found.value / 1e4
        own = (curve.segment, curve.offers)
        rows.append((*own, value, low / 1e4, high / 1e4, value, *drawn))
    head = [
        "segment",
        "offers",
        "worth_bp",
        "low",
        "high",
        "worth_drawn",
        "drawn_low",
        "drawn_high",
    ]
    table = pd.DataFrame(rows, columns=head)
    facts: dict[str, Fact] = {}
    if rows:
        worth = table["worth_bp"].to_numpy(float)
        ends = {"least": int(worth.argmin()), "most": int(worth.argmax())}
        facts = {"segments": Fact(len(table), "ledger")}
        facts |= {
            name: Fact(
                float(worth[at]),
                "bp",
                float(table["drawn_low"].iloc[at]),
                float(table["drawn_high"].iloc[at]),
                confidence,
                int(table["offers"].iloc[at]),
            )
            for name, at in ends.items()
        }
    return PriceWorth("pricing.worth", table, facts)


def _facts(cases: pd.DataFrame, table: pd.DataFrame, confidence: float) -> dict[str, Fact]:
    n, lot = len(cases), int((cases["price_evidence"] == "lot").sum())
    fitted = table.dropna(subset=["effect_10bp"])
    both = fitted.groupby("segment")["price_evidence"].nunique().eq(2)
    pairs = fitted[fitted["segment"].isin(both.index[both])]
    facts = {
        "offers": Fact(n, "count", n=n),
        "tested": Fact(lot, "count", n=lot),
        "fitted": Fact(int((fitted["price_evidence"] == "lot").sum()), "ledger"),
    }
    for name, evidence, columns, unit in WHOLE:
        own = pairs[pairs["price_evidence"] == evidence]
        facts[name] = _together(own, columns, unit, confidence)
    return facts


def _together(
    rows: pd.DataFrame, columns: tuple[str, str, str], unit: str, confidence: float
) -> Fact:
    """Return the means of segments weighted with their offers, and the interval of that mean."""
    if rows.empty:
        return Fact(np.nan, unit)
    value, low, high = (rows[name].to_numpy(float) for name in columns)
    weight = rows["offers"].to_numpy(float) / float(rows["offers"].sum())
    mean = float(weight @ value)
    reach = float(np.sqrt((weight**2) @ ((high - low) / 2) ** 2))
    return Fact(mean, unit, mean - reach, mean + reach, confidence, int(rows["offers"].sum()))
