"""Net promoter score, satisfied share and mean satisfaction of a wave, overall or by group."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench import check
from workbench.stats import panel
from workbench.stats.arrays import Codes, Vector
from workbench.stats.domains import Grid
from workbench.stats.estimate import quantile_t
from workbench.stats.proportions import (
    effective_n,
    promoter_interval,
    promoter_score,
    share_interval,
)
from workbench.stats.respondents import Wave

SATISFIED = 4
"""Lowest answer on the five-point scale that counts as satisfied: the top two boxes."""
HEADLINE = ("nps", "satisfied", "effort")
"""What a wave is judged by: tested together, so that three tests raise no more alarms than one."""
JUDGED = 30
"""Answers in each of two waves below which their difference is not held against its error: the
normal intervals of scores near an end miss the truth twice as often as they should (Rocks 2016,
American Statistician)."""
SCALE = (1.0, 5.0)
"""Ends of the satisfaction scale."""


def measures(wave: Wave) -> pd.DataFrame:
    """Return what is estimated, one row per answer: `nps` in points, `satisfied` 0/1, `csat`.

    Missing where the question was not answered.
    """
    check.columns(wave.answers, "nps", "csat")
    csat = wave.answers["csat"].astype(float)
    return pd.DataFrame(
        {
            "nps": 100 * promoter_score(wave.answers["nps"].astype(float)),
            "satisfied": (csat >= SATISFIED).astype(float).where(csat.notna()),
            "csat": csat,
        }
    )


def scores(wave: Wave, codes: Codes | None = None, *, confidence: float) -> pd.DataFrame:
    """Return the scores of each group, or of everybody.

    Parameters
    ----------
    wave : Wave
        The answers and their design.
    codes : Codes (n,) or None
        Group of each answer, from 0; None is one group.
    confidence : float
        Coverage of the intervals.

    Returns
    -------
    DataFrame
        One row per group: `answers` and `effective_n` (of the net promoter score), `promoters`,
        `passives`, `detractors` (shares), `nps` in points, `satisfied` (share), `csat` (mean), each
        of the three with `_low`, `_high` and `_se`. Intervals of `nps` and `satisfied` are adjusted
        Wald on effective answers, that of `csat` is t. A group without answers is missing.
    """
    values = measures(wave)
    score = values["nps"].to_numpy(float)
    items = np.column_stack(
        [
            np.where(np.isnan(score), np.nan, score > 0),
            np.where(np.isnan(score), np.nan, score < 0),
            values["nps"] / 100,
            values["satisfied"],
            values["csat"],
        ]
    )
    groups = np.zeros(len(items), np.intp) if codes is None else codes
    grid = wave.design.domain_means(items, groups, int(groups.max()) + 1)
    return _table(grid, confidence)


def _table(grid: Grid, confidence: float) -> pd.DataFrame:
    promoters, detractors, balance, satisfied, csat = grid.mean.T
    spread = promoters + detractors - balance**2
    answers = _effective(grid, 2, spread)
    nps = promoter_interval(promoters, detractors, answers, confidence)
    share = share_interval(satisfied, _effective(grid, 3, satisfied * (1 - satisfied)), confidence)
    half = np.array([quantile_t(confidence, max(df, 1)) for df in grid.df]) * grid.se[:, 4]
    return pd.DataFrame(
        {
            "answers": grid.n[:, 2].astype(int),
            "effective_n": answers,
            "promoters": promoters,
            "passives": 1 - promoters - detractors,
            "detractors": detractors,
            "nps": 100 * balance,
            # Of few answers that are all alike the adjusted interval is centred off the estimate.
            "nps_low": 100 * np.fmin(nps.low, balance),
            "nps_high": 100 * np.fmax(nps.high, balance),
            "nps_se": 100 * grid.se[:, 2],
            "satisfied": satisfied,
            "satisfied_low": share.low,
            "satisfied_high": share.high,
            "satisfied_se": grid.se[:, 3],
            "csat": csat,
            "csat_low": np.maximum(csat - half, SCALE[0]),
            "csat_high": np.minimum(csat + half, SCALE[1]),
            "csat_se": grid.se[:, 4],
        }
    )


def _effective(grid: Grid, item: int, spread: Vector) -> Vector:
    return effective_n(spread, grid.se[:, item], grid.n[:, item], grid.kish_n[:, item], grid.df)


@dataclass(frozen=True)
class Changed:
    """The change of one measure.

    Attributes
    ----------
    value, low, high : float
        Estimate and its own t interval; no interval where the change cannot be judged.
    n : int
        Answers of the smaller wave.
    p : float
        Of the t test against no change; for one of `HEADLINE` adjusted for testing all of them
        (Holm 1979, Scandinavian Journal of Statistics 6:65–70). Missing where a wave has fewer than
        30 answers, or gives the same one throughout.
    beyond : bool
        Whether the change is beyond sampling error: `p` below the complement of the confidence.
    """

    value: float
    low: float
    high: float
    n: int
    p: float
    beyond: bool

    @property
    def judged(self) -> bool:
        """Tell whether the change can be held against its sampling error."""
        return bool(np.isfinite(self.p))


def changes(now: Wave, before: Wave, *, confidence: float) -> dict[str, Changed]:
    """Return how `nps` (points), `satisfied` (share) and `csat` differ between two waves.

    And `effort`, where both waves asked it. Customers asked in both waves are counted as such, see
    `workbench.stats.panel`.
    """
    y_now, y_before = asked(now), asked(before)
    names = [str(name) for name in y_now if _given(y_now, name) and _given(y_before, name)]
    if not names:
        return {}
    found = panel.change(now.design, before.design, y_now=y_now[names], y_before=y_before[names])
    low, high = found.interval(confidence)
    tested = np.where(comparable(y_now[names], y_before[names]), found.se, 0.0)
    low, high = (np.where(tested > 0, end, np.nan) for end in (low, high))
    p = dict(zip(names, p_values(found.value, tested, found.df).tolist(), strict=True))
    p |= holm({name: p[name] for name in HEADLINE if name in p and np.isfinite(p[name])})
    parts = zip(names, found.value, low, high, found.n, strict=True)
    return {
        name: Changed(
            *(float(value), float(below), float(above), int(n), p[name], p[name] < 1 - confidence)
        )
        for name, value, below, above, n in parts
    }


def comparable(now: pd.DataFrame, before: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell of each column (k,) whether both waves have answers enough, and not all the same."""
    found = [
        (wave.notna().sum() >= JUDGED).to_numpy() & (wave.max() > wave.min()).to_numpy()
        for wave in (now, before)
    ]
    return np.asarray(found[0] & found[1])


def is_scored(wave: Wave) -> bool:
    """Tell whether anybody said how satisfied he is, and whether he would recommend the bank."""
    return not wave.silent and bool(measures(wave).notna().any().all())


def _given(answers: pd.DataFrame, name: object) -> bool:
    return name in answers and bool(answers[name].notna().any())


def asked(wave: Wave) -> pd.DataFrame:
    """Return `measures`, and `effort` (ease of dealing, a mean) where the wave asked it."""
    found = measures(wave)
    if "effort" in wave.answers and wave.answers["effort"].notna().any():
        found["effort"] = wave.answers["effort"].astype(float)
    return found


def p_values(value: Vector, se: Vector, df: float) -> Vector:
    """Return two-sided p-values (k,) of t tests of `value` (k,) against zero.

    Missing where there is no spread: so few answers, or so alike, that their error is unknown.
    """
    from scipy import special

    t = np.divide(np.abs(value), se, out=np.full(len(value), np.nan), where=se > 0)
    return np.asarray(2 * special.stdtr(max(df, 1), -t))


def holm(p: Mapping[str, float]) -> dict[str, float]:
    """Return p-values adjusted for testing all of them at once, by Holm's steps."""
    ordered = sorted(p, key=lambda name: p[name])
    adjusted, worst = {}, 0.0
    for rank, name in enumerate(ordered):
        worst = max(worst, min(1.0, (len(ordered) - rank) * p[name]))
        adjusted[name] = worst
    return adjusted
