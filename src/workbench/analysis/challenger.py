"""Whether boosted trees would rank the same cases better than the scorecard, and by what."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from workbench import check, progress, schema, text
from workbench.plots import ranked
from workbench.result import Column, Fact, Finding, Result
from workbench.rules import credit_features
from workbench.rules.credit_features import PROTECTED
from workbench.stats import calibration, splits
from workbench.stats.arrays import Vector
from workbench.stats.discrimination import auc, paired_test
from workbench.stats.one_thread import trees_alone
from workbench.stats.smoothing import calibration_distance

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEVELS = 250
"""Levels of a category the trees can take; rarer ones are one level together."""
SHUFFLED = 2_500
"""Cases without a default, beside all with one, among which a variable is shuffled."""
SIGNIFICANT = 0.05


@dataclass(frozen=True, eq=False, repr=False)
class Challenger(Result):
    """The variables boosted trees lean on, beside what the scorecard did with them.

    Attributes
    ----------
    table : DataFrame
        One row per variable, most important first: `variable`, `auc_lost` (when its values are
        shuffled among the tested cases) and `fate` (in the scorecard).
    facts : mapping
        `champion`, `challenger` (areas with intervals, on the same cases), `gain`, `p_gain` (paired
        DeLong), `slope` (calibration slope of the challenger), `distance`, `distance_champion`
        (integrated calibration indices), `cases`.
    predictions : DataFrame
        The tested cases with `pd` of the scorecard and `pd_challenger`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    predictions: pd.DataFrame
    columns: ClassVar[tuple[Column, ...]] = (
        Column("variable", "code", values="credit_variable"),
        Column("auc_lost", "number"),
        Column("fate", "code", values="variable_fate"),
    )
    rows: ClassVar[int] = 12
    key: ClassVar[tuple[str, ...]] = ("champion", "challenger", "gain")

    def summary(self) -> Finding:
        """Say whether the trees rank better than chance explains, and how they are calibrated."""
        surely = self.facts["p_gain"].value < SIGNIFICANT
        gain = self.facts["gain"].value
        kind = "alike" if not surely else "better" if gain > 0 else "worse"
        return Finding(f"{self.name}.{kind}", tuple(n for n in self.facts if n != "cases"))

    def plot(self, ax: "Axes") -> "Axes":
        """Draw what the ranking loses without each variable; those in the scorecard stand out."""
        drawn = self.table.head(self.rows)
        return ranked.draw(
            drawn.assign(
                value=drawn["auc_lost"],
                strong=drawn["fate"] == "chosen",
                label=[schema.value("credit_variable", name) for name in drawn["variable"]],
            ),
            rows="label",
            unit="number",
            label=text.say("risk.lost_axis"),
            ax=ax,
        )


def challenger(  # noqa: PLR0913 - both models, and the same split
    cases: pd.DataFrame,
    predictions: pd.DataFrame,
    fates: Mapping[str, str],
    *,
    horizon_months: int,
    folds: int = 5,
    seed: int = 1,
    excluded: Collection[str] = PROTECTED,
    confidence: float = 0.95,
) -> Challenger:
    """Fit gradient-boosted trees on the scorecard's training cases and judge both on its test.

    scikit-learn's histogram gradient boosting with its own defaults, small learning rate and early
    stopping; categories as such, missing values as they are. The trees are a yardstick, not a
    proposal: nobody can read them.

    Parameters
    ----------
    cases : DataFrame
        One row per loan and cohort: the columns `KEYS`, and features known at the cohort.
    predictions : DataFrame
        The scorecard's tested cases: `cohort`, `loan_id`, `defaulted`, `pd`.
    fates : mapping
        What became of each variable in the scorecard.
    horizon_months, folds, seed : int
        As for the scorecard, so that both see the same split.
    excluded : collection of str
        Columns that may not be features.
    confidence : float
        Coverage of the intervals.
    """
    credit_features.checked(cases)
    check.columns(predictions, "cohort", "loan_id", "defaulted", "pd")
    check.rows(predictions, "cases with a prediction")
    split = splits.split(cases, horizon_months=horizon_months, folds=folds, seed=seed)
    features = _coded(credit_features.features(cases, excluded), split.used)
    events = cases["defaulted"].to_numpy(float)
    found, lost = np.full(len(cases), np.nan), np.zeros(features.shape[1])
    for part in progress.steps(split.parts, "progress.challenger"):
        with trees_alone():
            model = _fitted(features[part.train], events[part.train], seed)
            found[part.test] = model.predict_proba(features[part.test])[:, 1]
            importance = _importance(model, features[part.test], events[part.test], seed)
        lost += importance / len(split.parts)
    tested = cases.loc[split.tested, ["cohort", "loan_id"]].assign(
        pd_challenger=found[split.tested]
    )
    both = predictions.merge(tested, on=["cohort", "loan_id"], validate="one_to_one")
    table = pd.DataFrame(
        {
            "variable": list(features.columns),
            "auc_lost": lost,
            "fate": [fates.get(name, "weak") for name in features.columns],
        }
    ).sort_values("auc_lost", ascending=False, kind="stable", ignore_index=True)
    return Challenger("risk.challenger", table, _facts(both, confidence), both)


def _coded(features: pd.DataFrame, used: splits.Mask) -> pd.DataFrame:
    """Return numbers as they are and categories as codes, without empty columns."""
    columns = {}
    for name in features.columns:
        own = features[name]
        if own.isna().all():
            continue
        if pd.api.types.is_numeric_dtype(own):
            columns[name] = own.astype(float)
        else:
            levels = own[used].astype(object).value_counts().index[:LEVELS]
            columns[name] = pd.Series(
                pd.Categorical(own.astype(object), categories=sorted(map(str, levels))), own.index
            )
    return pd.DataFrame(columns)


def _fitted(features: pd.DataFrame, events: Vector, seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        learning_rate=0.05,
        max_iter=150,
        max_leaf_nodes=15,
        min_samples_leaf=50,
        l2_regularization=1.0,
        categorical_features="from_dtype",
        early_stopping=True,
        random_state=seed,
    )
    return model.fit(features, events)


def _importance(model: Any, features: pd.DataFrame, events: Vector, seed: int) -> Vector:
    """Return what the area loses when each variable is shuffled among the rows."""
    random = np.random.default_rng(seed)
    others = np.flatnonzero(events == 0)
    some = random.permutation(others)[:SHUFFLED]
    rows = np.sort(np.concatenate([np.flatnonzero(events > 0), some]))
    own, happened = features.iloc[rows].reset_index(drop=True), events[rows]
    whole = auc(model.predict_proba(own)[:, 1], happened).value
    lost = np.zeros(features.shape[1])
    for at, name in enumerate(features.columns):
        mixed = own[name].iloc[random.permutation(len(own))].reset_index(drop=True)
        shuffled = own.assign(**{name: mixed})
        lost[at] = whole - auc(model.predict_proba(shuffled)[:, 1], happened).value
    return lost


def _facts(both: pd.DataFrame, confidence: float) -> dict[str, Fact]:
    events, n = both["defaulted"].to_numpy(float), len(both)
    scores = {"champion": both["pd"], "challenger": both["pd_challenger"]}
    p = {name: own.to_numpy(float) for name, own in scores.items()}
    areas = {name: auc(own, events) for name, own in p.items()}
    facts = {}
    for name, area in areas.items():
        low, high = area.interval(confidence)
        facts[name] = Fact(area.value, "number", low, high, confidence, n)
    cox = calibration.recalibration(p["challenger"], events)
    reach = calibration.normal_quantile(confidence) * cox.slope_error
    distances = {name: calibration_distance(own, events).mean for name, own in p.items()}
    return {
        **facts,
        "gain": Fact(areas["challenger"].value - areas["champion"].value, "number", n=n),
        "p_gain": Fact(paired_test(areas["challenger"], areas["champion"])[1], "p", n=n),
        "slope": Fact(cox.slope, "ratio", cox.slope - reach, cox.slope + reach, confidence, n),
        "distance": Fact(distances["challenger"], "share2", n=n),
        "distance_champion": Fact(distances["champion"], "share2", n=n),
        "cases": Fact(n, "count", n=n),
    }
