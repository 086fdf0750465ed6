"""What a measure did: branches with it against branches without it, before and after.

Answers are reduced to one score per branch and wave, weighing as much as the answers it rests on;
a regression on these cells gives what one on all answers gives, and the branch, which the measure
was given to, is the unit of all errors. Measures that start at different times are compared in
rounds, each with the branches that had none within its window, so that no branch already treated
stands for one that is not (Cengiz et al. 2019, Quarterly Journal of Economics 134:1405–1454; why:
Goodman-Bacon 2021, Journal of Econometrics 225:254–277).

A measure given *because* of a low score is compared unfairly by before and after, and by difference
in differences too: a score that is low partly by chance comes back without any measure. There the
fair comparison is with branches of equal prior score: the score afterwards is regressed on the
score before, shrunk to what it says about the branch (Morris 1983, JASA 78:47–55).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench import check
from workbench.errors import DataError
from workbench.stats import clustered, wild
from workbench.stats.arrays import Vector
from workbench.stats.clustered import Clustered

FEW = 20
"""Branches on either side below which p-value and interval come from the wild bootstrap."""
LEAST = 2
"""Branches on either side without which no error can be told."""


@dataclass(frozen=True)
class Effect:
    """An effect with its uncertainty.

    Attributes
    ----------
    value, low, high : float
        Estimate and interval.
    p : float
        Two-sided p-value against no effect.
    detectable : float
        Smallest true effect that samples like this one find as often as wished.
    treated, controls : int
        Branches on either side.
    answers : float
        Effective answers behind the treated branches.
    few : bool
        Whether so few branches are on one side that the wild bootstrap was used.
    """

    value: float
    low: float
    high: float
    p: float
    detectable: float
    treated: int
    controls: int
    answers: float
    few: bool

    @property
    def beyond(self) -> bool:
        """Tell whether zero lies outside the interval."""
        return not self.low <= 0 <= self.high


def cells(waves: Sequence[tuple[Vector, "pd.Series[str]", Vector]]) -> pd.DataFrame:
    """Return one row per unit and wave.

    Parameters
    ----------
    waves : sequence of (score, unit, weights)
        The answers of each wave, oldest first. Answers without score or unit do not count.

    Returns
    -------
    DataFrame
        `unit`, `period` (position of the wave), `value` (weighted mean), `answers` (effective,
        Kish), `count`, `variance` (of the mean, from the spread within all units of the wave).
    """
    return pd.concat([_cells(at, *wave) for at, wave in enumerate(waves)], ignore_index=True)


def _cells(period: int, score: Vector, unit: "pd.Series[str]", weights: Vector) -> pd.DataFrame:
    frame = pd.DataFrame({"unit": np.asarray(unit, dtype=object), "y": score, "w": weights})
    frame = frame[frame["unit"].notna() & frame["y"].notna() & (frame["w"] > 0)]
    frame = frame.assign(wy=frame["w"] * frame["y"], ww=frame["w"] ** 2)
    sums = frame.groupby("unit").agg(w=("w", "sum"), wy=("wy", "sum"), ww=("ww", "sum"))
    count = frame.groupby("unit").size()
    value = sums["wy"] / sums["w"]
    squares = frame["w"] * (frame["y"] - frame["unit"].map(value)) ** 2
    free = max(len(frame) - len(sums), 1)
    within = float(squares.sum() / frame["w"].sum()) * len(frame) / free if len(frame) else 0.0
    answers = sums["w"] ** 2 / sums["ww"]
    table = pd.DataFrame({"value": value, "answers": answers, "variance": within / answers})
    return table.assign(period=period, count=count).reset_index()


def rounds(
    cells: pd.DataFrame, starts: pd.DataFrame, *, before: int = 1, after: int = 1
) -> pd.DataFrame:
    """Return the cells of every round of measures, one below the other.

    Parameters
    ----------
    cells : DataFrame
        From `cells`.
    starts : DataFrame
        `unit` and `period`: the first wave after a measure of that unit started.
    before, after : int
        Waves a round looks back and forth.

    Returns
    -------
    DataFrame
        The columns of `cells`, `round` (its first wave after the start), `relative` (waves since;
        0 is the first after it), `treated`, and `prior`: the shrunk score of the unit in the wave
        before the start, as distance from that of all units. Units with a measure elsewhere in the
        window, or without a score just before and after the start, are not in a round.
    """
    check.columns(cells, "unit", "period", "value", "answers", "variance")
    check.columns(starts, "unit", "period")
    last = int(cells["period"].max())
    begun = sorted(int(at) for at in set(starts["period"]) if 1 <= at <= last)
    parts = [
        _round(cells, starts, at, (max(at - before, 0), min(at + after - 1, last))) for at in begun
    ]
    none = cells.iloc[:0].assign(round=0, relative=0, treated=False, prior=0.0)
    return pd.concat([none, *parts], ignore_index=True).astype({"treated": bool})


def _round(
    cells: pd.DataFrame, starts: pd.DataFrame, at: int, window: tuple[int, int]
) -> pd.DataFrame:
    first, last = window
    inside = starts[starts["period"].between(first + 1, last)]
    other = set(inside.loc[inside["period"] != at, "unit"])
    treated = set(inside.loc[inside["period"] == at, "unit"]) - other
    part = cells[cells["period"].between(first, last) & ~cells["unit"].isin(other)]
    present = part[part["period"].isin((at - 1, at))].groupby("unit").size() == 2
    part = part[part["unit"].isin(present.index[present])]
    prior = shrunk(cells[cells["period"] == at - 1])
    return part.assign(
        round=at,
        relative=part["period"] - at,
        treated=part["unit"].isin(treated),
        prior=part["unit"].map(prior),
    )


def sides(stack: pd.DataFrame) -> tuple[int, int]:
    """Return how many units with a measure, and without one, are in the rounds."""
    return (
        stack.loc[stack["treated"], "unit"].nunique(),
        stack.loc[~stack["treated"], "unit"].nunique(),
    )


def shrunk(wave: pd.DataFrame) -> "pd.Series[float]":
    """Return what each unit's score says about the unit, as distance from the mean of all.

    The share of the distance that is kept is τ² / (τ² + variance); τ² is the variance between
    units beyond sampling (DerSimonian & Laird 1986, Controlled Clinical Trials 7:177–188).
    """
    own = wave.set_index("unit")
    variance = own["variance"].clip(lower=1e-12)
    precision = 1 / variance
    centre = float((precision * own["value"]).sum() / precision.sum())
    excess = float((precision * (own["value"] - centre) ** 2).sum()) - (len(own) - 1)
    scale = float(precision.sum() - (precision**2).sum() / precision.sum())
    between = max(excess / scale, 0.0) if scale > 0 else 0.0
    return (own["value"] - centre) * between / (between + variance)


def before_after(stack: pd.DataFrame) -> Clustered:
    """Return the change of the treated alone (coefficient 0): no fair comparison."""
    own = stack[stack["treated"]]
    after = (own["relative"] >= 0).to_numpy(dtype=np.float64)
    return _fit(own, np.asarray(after[:, None]))


def difference(stack: pd.DataFrame) -> Clustered:
    """Return the difference in differences (coefficient 0)."""
    effect = (stack["treated"] & (stack["relative"] >= 0)).to_numpy(float)
    return _fit(stack, np.column_stack([effect, _waves(stack)]))


def leads(stack: pd.DataFrame) -> tuple[list[int], Clustered]:
    """Return the difference in each wave relative to the start, and these waves' coefficients.

    The wave just before the start is what the others are compared with. Waves before it should
    show nothing: else the branches were already drifting apart.
    """
    known = sorted(set(stack.loc[stack["treated"], "relative"]) - {-1})
    treated = stack["treated"]
    columns = [(treated & (stack["relative"] == at)).to_numpy(float) for at in known]
    return [int(at) for at in known], _fit(stack, np.column_stack([*columns, _waves(stack)]))


def same_score(stack: pd.DataFrame) -> Clustered:
    """Return the difference afterwards between branches of equal prior score (coefficient 0).

    Where prior scores differ by no more than sampling lets expect they say nothing, and are left
    out.
    """
    later = stack[stack["relative"] >= 0]
    later = later.assign(weighed=later["value"] * later["answers"])
    own = later.groupby(["round", "unit", "treated", "prior"], as_index=False)[
        ["weighed", "answers"]
    ].sum()
    columns = [
        own["treated"].astype(float),
        *pd.get_dummies(own["round"], dtype=float).T.to_numpy(),
    ]
    if own["prior"].any():
        columns.append(own["prior"])
    return clustered.fit(
        own["weighed"] / own["answers"],
        np.column_stack(columns),
        clusters=own["unit"],
        weights=own["answers"],
    )


def placebo(stack: pd.DataFrame) -> Clustered:
    """Return the difference in differences (coefficient 0) as if measures began a wave earlier.

    `stack` looks two waves back. Nothing is to be found, unless the branches were drifting apart or
    were chosen for a score that had just fallen.
    """
    earlier = stack[stack["relative"] < 0]
    return difference(earlier.assign(relative=earlier["relative"] + 1))


def below(stack: pd.DataFrame) -> Clustered:
    """Return how much higher the treated scored than the others before (coefficient 0)."""
    prior = stack[stack["relative"] == -1]
    constants = pd.get_dummies(prior["round"]).to_numpy(dtype=np.float64)
    columns = np.column_stack([prior["treated"].astype(float), constants])
    return clustered.fit(prior["value"], columns, clusters=prior["unit"])


def given_back(stack: pd.DataFrame, cells: pd.DataFrame) -> float:
    """Return the mean change of the treated that sampling alone lets expect, measure or not.

    It is what shrinking takes away of the distance of their prior scores from the mean of all.
    """
    prior = stack[(stack["relative"] == -1) & stack["treated"]]
    centres = {period: _centre(wave) for period, wave in cells.groupby("period")}
    centre = prior["period"].map(centres)
    return float((prior["prior"] - (prior["value"] - centre)).mean())


def _centre(wave: pd.DataFrame) -> float:
    return float(np.average(wave["value"], weights=1 / wave["variance"].clip(lower=1e-12)))


def judged(
    fit: Clustered,
    stack: pd.DataFrame,
    *,
    seed: int,
    confidence: float = 0.95,
    power: float = 0.8,
) -> Effect:
    """Return coefficient 0 of `fit` as an effect.

    Raises
    ------
    DataError
        There are too few branches on a side.
    """
    treated, controls = sides(stack)
    if min(treated, controls) < LEAST:
        raise DataError(
            f"{treated} branches with a measure and {controls} without have scores before and "
            f"after it; an effect needs at least {LEAST} of each"
        )
    few = min(treated, controls) < FEW
    p, ends = float(fit.p_values[0]), fit.interval(0, confidence)
    if few:
        drawn = wild.bootstrap(fit, 0, seed=seed)
        p, ends = drawn.p_value(), drawn.interval(confidence)
    return Effect(
        value=float(fit.coefficients[0]),
        low=ends[0],
        high=ends[1],
        p=p,
        detectable=fit.detectable(0, confidence, power),
        treated=treated,
        controls=controls,
        answers=float(stack.loc[stack["treated"], "answers"].sum()),
        few=few,
    )


def _fit(stack: pd.DataFrame, columns: Vector) -> Clustered:
    pairs = stack["round"].astype(str) + "|" + stack["unit"].astype(str)
    return clustered.fit(
        stack["value"], columns, clusters=stack["unit"], weights=stack["answers"], absorb=pairs
    )


def _waves(stack: pd.DataFrame) -> Vector:
    """Return one column for each wave of a round but its first."""
    wave = stack["round"] * 10_000 + stack["period"]
    first = stack.groupby("round")["period"].transform("min")
    return pd.get_dummies(wave.where(stack["period"] > first)).to_numpy(float)
