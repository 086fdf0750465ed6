"""What customers can pay and whether they pay: two scores, apart and together."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd
from scipy import special

from workbench import check, schema, text
from workbench.errors import DataError
from workbench.plots import grid, intervals
from workbench.result import Column, Fact, Finding, Result
from workbench.rules import credit_features, risk_model
from workbench.stats import logit, splits
from workbench.stats import scorecard as cards
from workbench.stats.arrays import Vector
from workbench.stats.calibration import jeffreys_interval
from workbench.stats.discrimination import Auc, auc, paired_test
from workbench.stats.points import Scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIDES = ("ability", "willingness")
BANDS = ("strong", "middle", "weak")
"""Thirds of the cases by each score, safest first."""
KEYS = ("cohort", "loan_id", "customer_id", "segment", "defaulted")


@dataclass(frozen=True, eq=False, repr=False)
class RiskGrid(Result):
    """Default rates by both scores at once.

    Attributes
    ----------
    table : DataFrame
        One row per pair of bands: `ability_band`, `willingness_band`, `cases`, `defaults`,
        `default_rate` with `low` to `high`, and `predicted` (mean PD of both scores together).
    facts : mapping
        `best`, `worst` (rates of the cells strong × strong and weak × weak), `able_unwilling`,
        `willing_unable` (of the other two corners), `rate`, `cases`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("ability_band", "code", values="risk_band"),
        Column("willingness_band", "code", values="risk_band"),
        Column("cases", "count"),
        Column("defaults", "count"),
        Column("default_rate", "share2", interval=("low", "high")),
        Column("predicted", "share2"),
    )
    base: ClassVar[str | None] = "cases"
    parts: ClassVar[bool] = True
    wholes: ClassVar[tuple[tuple[str, ...], ...]] = (("ability_band",), ("willingness_band",))
    figure: ClassVar[tuple[float, float] | None] = (5.6, 3.4)

    def summary(self) -> Finding:
        """Say the default rates in the corners of the grid."""
        return Finding(
            f"{self.name}.finding", ("best", "worst", "able_unwilling", "willing_unable", "rate")
        )

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the grid: ability down, willingness across."""
        rates = self.table.set_index(["ability_band", "willingness_band"])["default_rate"]
        values = [[rates.get((down, across), np.nan) for across in BANDS] for down in BANDS]
        names = {
            key: [text.say(key, band=schema.value("risk_band", band)) for band in BANDS]
            for key in ("risk.ability_band", "risk.willingness_band")
        }
        cells = pd.DataFrame(
            values, index=names["risk.ability_band"], columns=names["risk.willingness_band"]
        )
        return grid.draw(
            cells,
            marks=np.full(cells.shape, None),
            unit="share2",
            label=text.say("risk.rate_axis"),
            ax=ax,
            whole=True,
        )


@dataclass(frozen=True, eq=False, repr=False)
class TwoScores(Result):
    """How well each score ranks alone, and both together, out of sample.

    Attributes
    ----------
    table : DataFrame
        One row per score (`ability`, `willingness`, `together`): `score_side`, `variables` (in the
        model), `auc` with `low` to `high`, `weight` (coefficient of its log odds beside the
        other's) with `weight_low` to `weight_high`, and `p_against` (that it ranks as well as both
        together; paired DeLong).
    facts : mapping
        `ability`, `willingness`, `together` (areas), `gain` (of both over the better one) with its
        p-value `p_gain`, `correlation` (of the two scores), `cases`.
    grid : RiskGrid
        Default rates by both scores at once.
    predictions : DataFrame
        The tested cases with `ability_points`, `willingness_points` and `pd` (together).
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    grid: RiskGrid
    predictions: pd.DataFrame
    columns: ClassVar[tuple[Column, ...]] = (
        Column("score_side", "code", values="score_side"),
        Column("variables", "count"),
        Column("auc", "number", interval=("low", "high")),
        Column("side_weight", "ratio", interval=("weight_low", "weight_high")),
        Column("p_against", "p"),
    )
    figure: ClassVar[tuple[float, float] | None] = (7.2, 2.4)

    def summary(self) -> Finding:
        """Say how the two scores rank, and what they add to each other."""
        return Finding(f"{self.name}.finding", tuple(self.facts))

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the area of each score with its interval."""
        labels = [schema.value("score_side", side) for side in self.table["score_side"]]
        return intervals.draw(
            self.table.assign(value=self.table["auc"], label=labels),
            rows="label",
            unit="number",
            label=text.say("risk.area_axis"),
            ax=ax,
        )


def two_scores(
    cases: pd.DataFrame,
    *,
    horizon_months: int,
    folds: int = 5,
    seed: int = 1,
    confidence: float = 0.95,
) -> TwoScores:
    """Score ability and willingness to repay from their own sources, and combine them.

    What somebody can pay and wants to pay cannot be observed apart from each other: a score is
    named after where its information comes from (rule pack `risk-model`), not after a motive that
    was measured. Split, bins and choice of variables are as for the score of all variables.

    Parameters
    ----------
    cases : DataFrame
        One row per loan and cohort, as `scorecard` takes them.
    horizon_months, folds, seed : int
        As for `scorecard`.
    confidence : float
        Coverage of the intervals.

    Raises
    ------
    DataError
        No variable of a side is among the columns, or none carries information.
    """
    check.columns(cases, *KEYS)
    check.rows(cases, "loans with a known outcome")
    rules = risk_model.read()
    split = splits.split(cases, horizon_months=horizon_months, folds=folds, seed=seed)
    sides = {side: _features(cases, getattr(rules, side).variables, side) for side in SIDES}
    events = cases["defaulted"].to_numpy(float)
    found = [_part(sides, events, part) for part in split.parts]
    predicted = np.full((len(cases), 3), np.nan)
    for part, own in zip(split.parts, found, strict=True):
        predicted[part.test] = own.probabilities
    tested = split.tested
    return _result(cases[tested], predicted[tested], found, rules, confidence)


@dataclass(frozen=True, eq=False, repr=False)
class _Part:
    """Probabilities of the tested cases by each side and both, and what made them."""

    probabilities: logit.Matrix
    variables: tuple[int, int]
    model: logit.Logit


def _features(cases: pd.DataFrame, names: tuple[str, ...], side: str) -> pd.DataFrame:
    present = [name for name in names if name in cases]
    if not present:
        raise DataError(
            f"none of the variables of {side} is among the features; see rule pack "
            f"{risk_model.NAME!r}, which names {', '.join(names[:3])} and others"
        )
    return cases[present]


def _part(sides: Mapping[str, pd.DataFrame], events: Vector, part: splits.Part) -> _Part:
    fitted, tested, variables = [], [], []
    for features in sides.values():
        card = cards.fit(
            features[part.train], events[part.train], cards.planned(**credit_features.choice())
        )
        fitted.append(special.logit(card.probabilities(features[part.train])))
        tested.append(special.logit(card.probabilities(features[part.test])))
        variables.append(len(card.chosen))
    model = logit.fit(np.column_stack(fitted), events[part.train])
    odds = np.column_stack(tested)
    together = model.probabilities(odds)
    probabilities = np.column_stack([special.expit(odds), together])
    return _Part(probabilities, (variables[0], variables[1]), model)


def _result(
    tested: pd.DataFrame,
    predicted: logit.Matrix,
    found: list[_Part],
    rules: risk_model.RiskModel,
    confidence: float,
) -> TwoScores:
    events = tested["defaulted"].to_numpy(float)
    areas = [auc(predicted[:, at], events) for at in range(3)]
    scale = Scale(rules.scale.points, rules.scale.odds, rules.scale.double)
    points = {f"{side}_points": scale.of(predicted[:, at]) for at, side in enumerate(SIDES)}
    kept = tested[list(KEYS)].assign(**points, pd=predicted[:, 2])
    table = _table(areas, found[-1], confidence)
    odds = special.logit(predicted[:, :2])
    facts = _facts(areas, float(np.corrcoef(odds.T)[0, 1]), len(events), confidence)
    return TwoScores("risk.two_scores", table, facts, _grid(kept, confidence), kept)


def _table(areas: list[Auc], part: _Part, confidence: float) -> pd.DataFrame:
    low, high = part.model.interval(confidence)
    rows = []
    for at, side in enumerate((*SIDES, "together")):
        ends = areas[at].interval(confidence)
        alone = at < 2
        rows.append(
            {
                "score_side": side,
                "variables": part.variables[at] if alone else sum(part.variables),
                "auc": areas[at].value,
                "low": ends[0],
                "high": ends[1],
                "side_weight": part.model.coefficients[at + 1] if alone else np.nan,
                "weight_low": low[at + 1] if alone else np.nan,
                "weight_high": high[at + 1] if alone else np.nan,
                "p_against": paired_test(areas[at], areas[2])[1] if alone else np.nan,
            }
        )
    return pd.DataFrame(rows)


def _facts(areas: list[Auc], correlation: float, n: int, confidence: float) -> dict[str, Fact]:
    facts = {}
    for side, area in zip((*SIDES, "together"), areas, strict=True):
        low, high = area.interval(confidence)
        facts[side] = Fact(area.value, "number", low, high, confidence, n)
    better = max(areas[:2], key=lambda area: area.value)
    return {
        **facts,
        "gain": Fact(areas[2].value - better.value, "number", n=n),
        "p_gain": Fact(paired_test(areas[2], better)[1], "p", n=n),
        "correlation": Fact(correlation, "ratio", n=n),
        "cases": Fact(n, "count", n=n),
    }


def _grid(kept: pd.DataFrame, confidence: float) -> RiskGrid:
    bands = {side: _bands(kept[f"{side}_points"].to_numpy(float)) for side in SIDES}
    grouped = kept.assign(**{f"{side}_band": own for side, own in bands.items()}).groupby(
        [f"{side}_band" for side in SIDES], sort=False
    )
    table = pd.DataFrame(
        {
            "cases": grouped.size(),
            "defaults": grouped["defaulted"].sum(),
            "predicted": grouped["pd"].mean(),
        }
    )
    order = pd.MultiIndex.from_product([BANDS, BANDS], names=table.index.names)
    table = table.reindex(order[order.isin(table.index)]).reset_index()
    d, n = (table[name].to_numpy(float) for name in ("defaults", "cases"))
    low, high = jeffreys_interval(d, n, confidence)
    table = table.assign(default_rate=d / n, low=low, high=high)
    corners = {
        "best": ("strong", "strong"),
        "worst": ("weak", "weak"),
        "able_unwilling": ("strong", "weak"),
        "willing_unable": ("weak", "strong"),
    }
    facts = {name: _corner(table, *pair, confidence) for name, pair in corners.items()}
    total = int(n.sum())
    facts["rate"] = Fact(float(d.sum() / total), "share2", n=total)
    facts["cases"] = Fact(total, "count", n=total)
    return RiskGrid("risk.grid", table, facts)


def _bands(points: Vector) -> Vector:
    """Return the third of each case, safest first; equal points stay together."""
    cuts = np.quantile(points, [1 / 3, 2 / 3])
    return np.array(BANDS, dtype=object)[2 - np.searchsorted(cuts, points, side="right")]


def _corner(table: pd.DataFrame, ability: str, willingness: str, confidence: float) -> Fact:
    own = table[(table["ability_band"] == ability) & (table["willingness_band"] == willingness)]
    if own.empty:
        return Fact(float("nan"), "share2")
    rate, low, high, n = own[["default_rate", "low", "high", "cases"]].iloc[0]
    return Fact(float(rate), "share2", float(low), float(high), confidence, int(n))
