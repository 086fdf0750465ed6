"""Whether a segment deserves a score of its own: proven on cases neither score has seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd
from scipy import special

from workbench import check, schema, text
from workbench.errors import DataError
from workbench.plots import intervals
from workbench.result import Column, Fact, Finding, Result
from workbench.rules import credit_features
from workbench.rules.credit_features import PROTECTED
from workbench.stats import scorecard as cards
from workbench.stats import splits
from workbench.stats.arrays import Vector
from workbench.stats.calibration import SMALLEST, normal_quantile
from workbench.stats.discrimination import auc

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False)
class SegmentModels(Result):
    """Per segment, its own score against the score of all.

    Attributes
    ----------
    table : DataFrame
        One row per segment, most cases first: `segment`, `cases`, `defaults` (tested),
        `auc_pooled`, `auc_own`, `loss_saved` (log loss per thousand cases that the own score
        saves) with `gain_low` to `gain_high`, robust to several loans of a customer, and
        `segment_model` (`own`: surely better; `pooled`; `too_few`: not enough defaults to learn
        from or be judged).
    facts : mapping
        `segments`, `own`, `too_few` (numbers of segments), `least` (defaults needed), `cases`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("segment", "code", values="segment"),
        Column("cases", "count"),
        Column("defaults", "count"),
        Column("auc_pooled", "number"),
        Column("auc_own", "number"),
        Column("loss_saved", "number", interval=("gain_low", "gain_high")),
        Column("segment_model", "code", values="segment_model", judged=True),
    )
    base: ClassVar[str | None] = "cases"
    parts: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = (7.2, 2.4)

    def summary(self) -> Finding:
        """Say how many segments deserve a score of their own."""
        kind = "own" if self.facts["own"].value else "pooled"
        better = ("own",) if kind == "own" else ()
        return Finding(f"{self.name}.{kind}", ("segments", *better, "too_few", "least"))

    def plot(self, ax: "Axes") -> "Axes":
        """Draw what the own score saves per segment that can be judged, with its interval."""
        judged = self.table[self.table["loss_saved"].notna()]
        own = judged if len(judged) else self.table
        drawn = own.assign(
            value=own["loss_saved"],
            low=own["gain_low"],
            high=own["gain_high"],
            label=[schema.value("segment", str(code)) for code in own["segment"]],
        )
        return intervals.draw(
            drawn, rows="label", unit="number", label=text.say("risk.gain_axis"), ax=ax, reference=0
        )


def segment_models(  # noqa: PLR0913 - both scores, and the same split
    cases: pd.DataFrame,
    predictions: pd.DataFrame,
    *,
    horizon_months: int,
    folds: int = 5,
    seed: int = 1,
    least: int = 50,
    confidence: float = 0.95,
) -> SegmentModels:
    """Fit a scorecard per segment and compare it with the score of all on the tested cases.

    Parameters
    ----------
    cases : DataFrame
        One row per loan and cohort: the columns `KEYS`, `segment`, and features.
    predictions : DataFrame
        The tested cases of the score of all: `cohort`, `loan_id`, `pd`.
    horizon_months, folds, seed : int
        As for the score of all, so that both see the same split.
    least : int
        Defaults a segment needs in every training part and among its tested cases.
    confidence : float
        Coverage of the intervals; an own score is better when its interval is above 0.
    """
    credit_features.checked(cases, "segment")
    check.columns(predictions, "cohort", "loan_id", "pd")
    split = splits.split(cases, horizon_months=horizon_months, folds=folds, seed=seed)
    joined = cases[["cohort", "loan_id"]].merge(
        predictions[["cohort", "loan_id", "pd"]], on=["cohort", "loan_id"], how="left"
    )
    pooled = joined["pd"].to_numpy(float)
    features = credit_features.features(cases, (*PROTECTED, "segment"))
    rows = [
        {
            "segment": code,
            **_compared(cases, features, pooled, split, code, least, confidence),
        }
        for code in sorted(cases.loc[split.tested, "segment"].dropna().unique())
    ]
    table = pd.DataFrame(rows).sort_values(
        "cases", ascending=False, kind="stable", ignore_index=True
    )
    counts = table["segment_model"].value_counts()
    n = int(table["cases"].sum())
    facts = {
        "segments": Fact(len(table), "count"),
        "own": Fact(int(counts.get("own", 0)), "count"),
        "too_few": Fact(int(counts.get("too_few", 0)), "count"),
        "least": Fact(least, "count"),
        "cases": Fact(n, "count", n=n),
    }
    return SegmentModels("risk.segment_models", table, facts)


def _compared(  # noqa: PLR0913 - one segment of what was given
    cases: pd.DataFrame,
    features: pd.DataFrame,
    pooled: Vector,
    split: splits.Split,
    code: str,
    least: int,
    confidence: float,
) -> dict[str, object]:
    inside = (cases["segment"] == code).to_numpy()
    events, tested = cases["defaulted"].to_numpy(float), split.tested & inside
    counts = {"cases": int(tested.sum()), "defaults": int(events[tested].sum())}
    none = dict.fromkeys(("auc_pooled", "auc_own", "loss_saved", "gain_low", "gain_high"), np.nan)
    enough = [float(events[part.train & inside].sum()) for part in split.parts]
    if min(*enough, counts["defaults"], counts["cases"] - counts["defaults"]) < least:
        return {**counts, **none, "segment_model": "too_few"}
    own = np.full(len(cases), np.nan)
    try:
        for part in split.parts:
            train, test = part.train & inside, part.test & inside
            card = cards.fit(
                features[train], events[train], cards.planned(**credit_features.choice())
            )
            own[test] = card.probabilities(features[test])
    except DataError:
        # Nothing tells defaulters apart within the segment: the score of all stays.
        return {**counts, **none, "segment_model": "pooled"}
    saved = _log_loss(pooled[tested], events[tested]) - _log_loss(own[tested], events[tested])
    customers = pd.factorize(cases.loc[tested, "customer_id"])[0]
    sums = np.bincount(customers, weights=saved - saved.mean())
    reach = normal_quantile(confidence) * float(np.sqrt(np.sum(sums**2))) / len(saved)
    gain = float(saved.mean())
    return {
        **counts,
        "auc_pooled": auc(pooled[tested], events[tested]).value,
        "auc_own": auc(own[tested], events[tested]).value,
        "loss_saved": 1000 * gain,
        "gain_low": 1000 * (gain - reach),
        "gain_high": 1000 * (gain + reach),
        "segment_model": "own" if gain - reach > 0 else "pooled",
    }


def _log_loss(p: Vector, events: Vector) -> Vector:
    p = np.clip(p, SMALLEST, 1 - SMALLEST)
    return -np.asarray(special.xlogy(events, p) + special.xlog1py(1 - events, -p))
