"""What a loss given default depends on: a fractional logit on security, segment and size."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.errors import DataError
from workbench.plots import intervals
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.rules import risk_refresh
from workbench.stats import logit, loss_tests, workout
from workbench.stats.arrays import Codes, Vector
from workbench.stats.calibration import normal_quantile
from workbench.stats.logit import Logit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LOANS = (
    *("loan_id", "customer_id", "segment", "main_security", "defaulted_on", "exposure", "rate"),
    *("observed_months", "cured_month", "security_value"),
)
REFERENCE = {"main_security": "credit", "segment": "consumer"}
"""Level that the others are compared with, and that levels with few defaults are counted as."""
COVER, EXPOSURE = "loss_term:cover", "loss_term:exposure"
MOST_COVER = 1.5
"""Security beyond this multiple of the exposure makes no difference."""
TESTED_MONTHS = 12
"""Defaults of so many months are predicted from those before them."""


@dataclass(frozen=True, eq=False, repr=False)
class LossBacktest(Result):
    """Losses of later defaults against those predicted from earlier ones.

    Attributes
    ----------
    table : DataFrame
        One row for each kind of security with enough defaults, and one for all (`loss_security` is
        `all`): `loss_security`, `defaults_seen`, `loss_predicted`, `loss_realised`, `loss_gap` with
        `low` to `high`, `p_value` (one-sided: a small one says that losses are underestimated) and
        `light`.
    facts : mapping
        `predicted`, `realised`, `gap`, `p` of all, `ranking` (generalised area), `tested`,
        `learnt` (defaults), `months` after default at which losses are compared, `red` (rows).
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("loss_security", "code", values="security_or_all"),
        Column("defaults_seen", "count"),
        Column("loss_predicted", "share"),
        Column("loss_realised", "share"),
        Column("loss_gap", "pp", interval=("low", "high"), signed=True),
        Column("p_value", "p"),
        Column("light", "code", values="validation_light", judged=True),
    )
    base: ClassVar[str | None] = "defaults_seen"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 2.6)
    key: ClassVar[tuple[str, ...]] = ("gap", "ranking")

    def summary(self) -> Finding:
        """Say whether losses were underestimated, and how well they were ranked."""
        low = self.facts["red"].value > 0
        return Finding(f"{self.name}.{'low' if low else 'holds'}", tuple(self.facts))

    def plot(self, ax: "Axes") -> "Axes":
        """Draw realised less predicted losses with their intervals."""
        labels = [schema.value("security_or_all", each) for each in self.table["loss_security"]]
        return intervals.draw(
            self.table.assign(value=self.table["loss_gap"], label=labels),
            rows="label",
            unit="pp",
            label=text.say("risk.loss_gap_axis"),
            ax=ax,
            reference=0,
        )


@dataclass(frozen=True, eq=False, repr=False)
class LossModel(Result):
    """Coefficients of the loss given default, and what each term changes on average.

    Attributes
    ----------
    table : DataFrame
        One row per term: `loss_term` (as `list:code`), `defaults_seen` (with that level),
        `loss_effect` (mean change of the loss, other things equal) with `effect_low` to
        `effect_high` (delta method), `coefficient` with `low` to `high` (log odds) and `p_value`;
        all robust to several defaults of a customer.
    facts : mapping
        `defaults`, `terms`, `significant` (terms, each by itself), `effect` (of the surest term),
        `least`, `most` (tenth and ninetieth percentile of predicted losses).
    leading : str
        The surest term, as `list:code`.
    backtest : LossBacktest or None
        None while too few defaults were observed long enough.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    leading: str
    backtest: LossBacktest | None
    columns: ClassVar[tuple[Column, ...]] = (
        Column("loss_term", "codes"),
        Column("defaults_seen", "count"),
        Column("loss_effect", "pp", interval=("effect_low", "effect_high"), signed=True),
        Column("coefficient", "ratio", signed=True),
        Column("p_value", "p"),
    )
    base: ClassVar[str | None] = "defaults_seen"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 3.6)

    key: ClassVar[tuple[str, ...]] = ("effect", "least", "most")

    def summary(self) -> Finding:
        """Say what surely moves the loss, and how far predicted losses lie apart."""
        kind = "finding" if self.facts["significant"].value else "none"
        values, _, code = self.leading.partition(":")
        return Finding(f"{self.name}.{kind}", tuple(self.facts), {"term": Word(code, values)})

    def plot(self, ax: "Axes") -> "Axes":
        """Draw what each term changes with its interval; the line is no effect."""
        column = self.columns[0]
        labels = [column.cell(row) for row in self.table.to_dict("records")]  # type: ignore[arg-type]
        return intervals.draw(
            self.table.assign(
                value=self.table["loss_effect"],
                low=self.table["effect_low"],
                high=self.table["effect_high"],
                label=labels,
            ),
            rows="label",
            unit="pp",
            label=text.say("risk.loss_effect_axis"),
            ax=ax,
            reference=0,
        )


def loss_model(
    loans: pd.DataFrame, recoveries: pd.DataFrame, *, confidence: float = 0.95
) -> LossModel | None:
    """Fit the loss given default to security, segment, cover and size, and test it on later ones.

    A fractional logit (Papke and Wooldridge 1996): the logit of the mean loss is linear, nothing
    else is assumed of its distribution. Workouts that are still open enter through
    pseudo-observations, see `stats.workout`. The back-test learns from defaults older than those
    of a year and predicts these; all were observed to the same month, so none is open there.
    Returns nothing with fewer defaults than ten for each coefficient.

    Parameters
    ----------
    loans, recoveries : DataFrame
        As `Bank.defaulted_loans` gives them.
    confidence : float
        Coverage of the intervals.
    """
    check.columns(loans, *LOANS)
    loans = loans[loans["observed_months"] > 0].reset_index(drop=True)
    rules = risk_refresh.read().loss
    terms = _terms(loans)
    design = terms[_chosen(terms, rules.least_defaults)]
    if len(loans) < 10 * (design.shape[1] + 1):
        return None
    made = _workouts(loans, recoveries, rules)
    customers = pd.factorize(loans["customer_id"])[0].astype(np.intp)
    model = logit.fit(design.to_numpy(float), workout.pseudo_losses(made), clusters=customers)
    table = _table(model, design, confidence)
    predicted = model.probabilities(design.to_numpy(float))
    n, top = len(loans), table.iloc[int(table["p_value"].argmin())]
    ends = (float(top["effect_low"]), float(top["effect_high"]))
    facts = {
        "defaults": Fact(n, "count", n=n),
        "terms": Fact(design.shape[1], "count"),
        "significant": Fact(int((table["p_value"] < 1 - confidence).sum()), "count"),
        "effect": Fact(
            float(top["loss_effect"]), "pp", *ends, confidence, int(top["defaults_seen"])
        ),
        "least": Fact(float(np.quantile(predicted, 0.1)), "share", n=n),
        "most": Fact(float(np.quantile(predicted, 0.9)), "share", n=n),
    }
    tested = _backtest(loans, recoveries, rules, confidence)
    return LossModel("risk.loss_model", table, facts, str(top["loss_term"]), tested)


def _workouts(
    loans: pd.DataFrame, recoveries: pd.DataFrame, rules: risk_refresh.Loss
) -> workout.Workouts:
    return workout.of_loans(
        loans,
        recoveries,
        months=rules.workout_months,
        cost_share=rules.cost_share,
        premium=rules.discount_premium,
    )


def _terms(loans: pd.DataFrame) -> pd.DataFrame:
    """Return dummies of all levels but the reference, cover by security, and log of exposure."""
    parts: dict[str, Vector] = {}
    for name, reference in REFERENCE.items():
        for level in schema.values(name):
            if level != reference:
                parts[f"{name}:{level}"] = np.asarray(loans[name] == level, dtype=np.float64)
    exposure = loans["exposure"].to_numpy(float)
    parts[COVER] = np.minimum(loans["security_value"].to_numpy(float) / exposure, MOST_COVER)
    parts[EXPOSURE] = np.log10(exposure)
    return pd.DataFrame(parts)


def _chosen(terms: pd.DataFrame, least: int) -> list[str]:
    """Return the terms that can be told apart: levels with `least` defaults, no repetition."""
    chosen: list[str] = []
    x = np.ones((len(terms), 1))
    for name in terms:
        column = terms[name].to_numpy(float)
        flag = name not in (COVER, EXPOSURE)
        if flag and not least <= column.sum() <= len(column) - least:
            continue
        wider = np.column_stack([x, column])
        if np.linalg.matrix_rank(wider) > x.shape[1]:
            x = wider
            chosen.append(str(name))
    return chosen


def _table(model: Logit, design: pd.DataFrame, confidence: float) -> pd.DataFrame:
    low, high = model.interval(confidence)
    x = design.to_numpy(float)
    rows = []
    for at, name in enumerate(design.columns):
        flag = name not in (COVER, EXPOSURE)
        effect, error = _effect(model, x, at, flag=flag)
        reach = normal_quantile(confidence) * error
        rows.append(
            {
                "loss_term": name,
                "defaults_seen": int(x[:, at].sum()) if flag else len(x),
                "loss_effect": effect,
                "effect_low": effect - reach,
                "effect_high": effect + reach,
                "coefficient": model.coefficients[at + 1],
                "low": low[at + 1],
                "high": high[at + 1],
                "p_value": model.p_values[at + 1],
            }
        )
    return pd.DataFrame(rows)


def _effect(model: Logit, x: Vector, at: int, *, flag: bool) -> tuple[float, float]:
    """Return the mean change of the loss by one term, and its standard error (delta method).

    A level is compared with the reference level, a number with itself plus one.
    """
    with_, without = x.copy(), x.copy()
    with_[:, at] = 1.0 if flag else x[:, at] + 1
    without[:, at] = 0.0 if flag else x[:, at]
    means, slopes = [], []
    for design in (with_, without):
        chance = model.probabilities(design)
        weight = chance * (1 - chance)
        means.append(float(chance.mean()))
        slopes.append(np.append(weight.mean(), (weight[:, None] * design).mean(axis=0)))
    slope = slopes[0] - slopes[1]
    return means[0] - means[1], float(np.sqrt(slope @ model.covariance @ slope))


def _backtest(
    loans: pd.DataFrame, recoveries: pd.DataFrame, rules: risk_refresh.Loss, confidence: float
) -> LossBacktest | None:
    """Predict the losses of a year of defaults from those before, both at the same month."""
    months = rules.backtest_months
    ago = loans["observed_months"].to_numpy(np.intp)
    learnt, tested = loss_tests.cohorts(-ago, until=-months, length=TESTED_MONTHS)
    if min(len(learnt), len(tested)) < 5 * rules.least_defaults:
        return None
    made = _workouts(loans, recoveries, rules).within(months)
    losses = 1 - made.recovered.sum(axis=1)
    terms = _terms(loans)
    every = terms[_chosen(terms.iloc[learnt], rules.least_defaults)].to_numpy(float)
    try:
        beta, _ = logit.estimate(every[learnt], losses[learnt])
    except DataError:
        return None
    predicted = logit.probabilities(beta, every[tested])
    return _tested(loans.iloc[tested], predicted, losses[tested], len(learnt), rules, confidence)


def _tested(
    loans: pd.DataFrame,
    predicted: Vector,
    realised: Vector,
    learnt: int,
    rules: risk_refresh.Loss,
    confidence: float,
) -> LossBacktest:
    rows = []
    for code, at in _groups(loans, rules.least_defaults).items():
        found = loss_tests.level(predicted[at], realised[at])
        low, high = found.interval(confidence)
        rows.append(
            {
                "loss_security": code,
                "defaults_seen": found.n,
                "loss_predicted": found.predicted,
                "loss_realised": found.realised,
                "loss_gap": found.difference,
                "low": low,
                "high": high,
                "p_value": found.p_value,
                "light": rules.light(found.p_value),
            }
        )
    table = pd.DataFrame(rows)
    rank = loss_tests.ranking(predicted, realised)
    facts = _told(table, confidence)
    facts |= {
        "ranking": Fact(rank.value, "number", *rank.interval(confidence), confidence, len(loans)),
        "learnt": Fact(learnt, "count", n=learnt),
        "months": Fact(rules.backtest_months, "count"),
    }
    return LossBacktest("risk.loss_backtest", table, facts)


def _groups(loans: pd.DataFrame, least: int) -> dict[str, Codes]:
    """Return the rows of all defaults, and those of each kind of security with `least`."""
    security = loans["main_security"].to_numpy()
    groups: dict[str, Codes] = {"all": np.arange(len(loans))}
    for code in schema.values("main_security"):
        own = np.flatnonzero(security == code)
        if len(own) >= least:
            groups[code] = own
    return groups


def _told(table: pd.DataFrame, confidence: float) -> dict[str, Fact]:
    """Return the facts of the first row, that of all defaults, and how many rows are red."""
    first = table.iloc[0]
    n, ends = int(first["defaults_seen"]), (float(first["low"]), float(first["high"]))
    return {
        "predicted": Fact(float(first["loss_predicted"]), "share", n=n),
        "realised": Fact(float(first["loss_realised"]), "share", n=n),
        "gap": Fact(float(first["loss_gap"]), "pp", *ends, confidence, n),
        "p": Fact(float(first["p_value"]), "p", n=n),
        "tested": Fact(n, "count", n=n),
        "red": Fact(int((table["light"] == "red").sum()), "count"),
    }
