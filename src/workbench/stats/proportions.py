"""Intervals for shares and for the net promoter score, for simple and for designed samples.

Near 0 and 1 an estimate plus or minus some standard errors covers too rarely and leaves the scale.
The intervals here stay on the scale. Those for designed samples rest on the effective number of
answers: the size of the simple random sample that would be as precise.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from workbench import check
from workbench.stats.arrays import Vector
from workbench.stats.estimate import Estimate, quantile_t

PROMOTER = 9
"""Lowest answer from 0 to 10 of a promoter (Reichheld 2003, Harvard Business Review 81(12))."""
DETRACTOR = 6
"""Highest answer from 0 to 10 of a detractor (same source)."""

CountMethod = Literal["wilson", "wilson_cc", "clopper_pearson", "agresti_coull", "jeffreys"]
DesignMethod = Literal["logit", "likelihood", "beta", "mean", "xlogit", "asin"]


@dataclass(frozen=True, eq=False, repr=False)
class Interval:
    """Lower and upper ends, arrays of one shape."""

    low: Vector
    high: Vector


def promoter_score(scores: ArrayLike) -> Vector:
    """Return 1 for promoters, -1 for detractors, 0 between; NaN stays. The mean is the NPS/100."""
    answers = np.asarray(scores, dtype=np.float64)
    balance = (answers >= PROMOTER).astype(np.float64) - (answers <= DETRACTOR)
    return np.where(np.isnan(answers), np.nan, balance)


def count_interval(
    events: float, n: float, method: CountMethod, confidence: float = 0.95
) -> tuple[float, float]:
    """Return the interval of a share of `events` among `n` simple random answers.

    `wilson` (1927, JASA 22:209–212), with continuity correction `wilson_cc` (Newcombe 1998,
    Statistics in Medicine 17:857–872), `clopper_pearson` (1934, Biometrika 26:404–413),
    `agresti_coull` (1998, American Statistician 52:119–126; may leave the scale) and
    `jeffreys` (Brown, Cai & DasGupta 2001, Statistical Science 16:101–133).
    """
    kinds: dict[str, Callable[[float, float, float], tuple[float, float]]] = {
        "wilson": _wilson,
        "wilson_cc": _wilson_cc,
        "clopper_pearson": _clopper_pearson,
        "agresti_coull": _agresti_coull,
        "jeffreys": _jeffreys,
    }
    check.choice(method, kinds, "method")
    return kinds[method](events, n, confidence)


def design_interval(
    share: Estimate, method: DesignMethod = "logit", confidence: float = 0.95
) -> tuple[float, float]:
    """Return the interval of the first share of an estimate from `Design.proportion`.

    The methods are those of `svyciprop` in R survey: `logit` and `xlogit` transform to the log
    odds, `asin` to the arc sine of the root; `likelihood` cuts a likelihood of the effective number
    of answers; `beta` is Clopper–Pearson on that number (Korn & Graubard 1998, Survey Methodology
    24:193–201); `mean` is plus or minus t standard errors. A share of exactly 0 or 1 has no
    standard error: every method then gives Clopper–Pearson on the plain number of answers.
    """
    kinds: dict[str, Callable[[_Share, float], tuple[float, float]]] = {
        "logit": _logit,
        "xlogit": _logit,
        "likelihood": _likelihood,
        "beta": _beta,
        "mean": _plain,
        "asin": _asin,
    }
    check.choice(method, kinds, "method")
    own = _Share(float(share.value[0]), float(share.se[0]), float(share.n[0]), share.df)
    if not 0 < own.p < 1 or own.se == 0:
        return _clopper_pearson(own.p * own.n, own.n, confidence)
    return kinds[method](own, confidence)


def share_interval(p: Vector, n: Vector, confidence: float = 0.95) -> Interval:
    """Return adjusted Wald intervals for shares `p` of `n` effective answers (equal shapes).

    Adds z²/2 answers of each kind (Agresti & Coull 1998), then clips to the scale.
    """
    z = quantile_t(confidence, np.inf)
    size = n + z**2
    centre = (p * n + z**2 / 2) / size
    half = z * np.sqrt(centre * (1 - centre) / size)
    return Interval(np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0))


def promoter_interval(
    promoters: Vector, detractors: Vector, n: Vector, confidence: float = 0.95
) -> Interval:
    """Return adjusted Wald intervals for `promoters` minus `detractors` (shares; equal shapes).

    Adds 3/4 of a promoter and of a detractor and three answers in all (Rocks 2016, American
    Statistician 70:365–372) to `n` effective answers. Rocks treats simple random samples; taking
    effective answers is an extension of this project, held to its coverage by simulation.
    """
    z = quantile_t(confidence, np.inf)
    up, down = ((part * n + 0.75) / (n + 3) for part in (promoters, detractors))
    centre = up - down
    half = z * np.sqrt((up + down - centre**2) / (n + 3))
    return Interval(np.maximum(centre - half, -1.0), np.minimum(centre + half, 1.0))


def effective_n(spread: Vector, se: Vector, n: Vector, kish_n: Vector, df: ArrayLike) -> Vector:
    """Return effective numbers of answers from design-based standard errors (equal shapes).

    Parameters
    ----------
    spread : Vector
        Variance of one answer: p(1 - p) for a share, p + q - (p - q)² for a net promoter score.
    se : Vector
        Design-based standard errors.
    n, kish_n : Vector
        Answers, and answers discounted for unequal weights (Σw)² / Σw². The latter stands in
        where everybody answered the same and no standard error can be seen.
    df : array
        Design degrees of freedom. Few sampled units know their own variance badly; the number is
        reduced by the squared ratio of t quantiles (Korn & Graubard 1998).
    """
    from scipy import special

    seen = (spread > 0) & (se > 0)
    variance = np.where(seen, se, 1.0) ** 2
    size = np.where(seen, n / np.maximum(n - 1, 1) * spread / variance, kish_n)
    few = special.stdtrit(np.maximum(n - 1, 1), 0.975) / special.stdtrit(np.maximum(df, 1), 0.975)
    return np.asarray(size * np.minimum(few, 1.0) ** 2)


@dataclass(frozen=True)
class _Share:
    p: float
    se: float
    n: float
    df: float

    @property
    def effective_n(self) -> float:
        return self.p * (1 - self.p) / self.se**2


def _wilson(events: float, n: float, confidence: float) -> tuple[float, float]:
    return _score(events, events, n, confidence)


def _wilson_cc(events: float, n: float, confidence: float) -> tuple[float, float]:
    # As prop.test of R: half an answer, unless the share is nearer to one half than that.
    step = min(0.5, abs(events - n / 2))
    low, high = _score(events - step, events + step, n, confidence)
    return max(low, 0.0) if events > 0 else 0.0, min(high, 1.0) if events < n else 1.0


def _score(below: float, above: float, n: float, confidence: float) -> tuple[float, float]:
    z = quantile_t(confidence, np.inf)

    def end(events: float, side: int) -> float:
        p = events / n
        root = np.sqrt(max(p * (1 - p) / n + z**2 / (4 * n**2), 0.0))
        return float((p + z**2 / (2 * n) + side * z * root) / (1 + z**2 / n))

    return max(end(below, -1), 0.0), min(end(above, 1), 1.0)


def _clopper_pearson(events: float, n: float, confidence: float) -> tuple[float, float]:
    return _beta_ends((events, n - events + 1), (events + 1, n - events), confidence)


def _jeffreys(events: float, n: float, confidence: float) -> tuple[float, float]:
    low, high = (events + 0.5, n - events + 0.5), (events + 0.5, n - events + 0.5)
    ends = _beta_ends(low, high, confidence)
    return ends[0] if events > 0 else 0.0, ends[1] if events < n else 1.0


def _beta_ends(
    low: tuple[float, float], high: tuple[float, float], confidence: float
) -> tuple[float, float]:
    from scipy import special

    tail = (1 - confidence) / 2
    return (
        float(special.betaincinv(*low, tail)) if low[0] > 0 else 0.0,
        float(special.betaincinv(*high, 1 - tail)) if high[1] > 0 else 1.0,
    )


def _agresti_coull(events: float, n: float, confidence: float) -> tuple[float, float]:
    z = quantile_t(confidence, np.inf)
    size = n + z**2
    centre = (events + z**2 / 2) / size
    half = z * float(np.sqrt(centre * (1 - centre) / size))
    return centre - half, centre + half


def _logit(share: _Share, confidence: float) -> tuple[float, float]:
    from scipy import special

    half = quantile_t(confidence, share.df) * share.se / (share.p * (1 - share.p))
    odds = float(special.logit(share.p))
    return float(special.expit(odds - half)), float(special.expit(odds + half))


def _asin(share: _Share, confidence: float) -> tuple[float, float]:
    angle = float(np.arcsin(np.sqrt(share.p)))
    half = quantile_t(confidence, share.df) * share.se / (2 * np.sqrt(share.p * (1 - share.p)))
    return float(np.sin(angle - half) ** 2), float(np.sin(angle + half) ** 2)


def _plain(share: _Share, confidence: float) -> tuple[float, float]:
    half = quantile_t(confidence, share.df) * share.se
    return share.p - half, share.p + half


def _beta(share: _Share, confidence: float) -> tuple[float, float]:
    factor = quantile_t(confidence, share.n - 1) / quantile_t(confidence, share.df)
    n = share.effective_n * factor**2
    return _clopper_pearson(share.p * n, n, confidence)


def _likelihood(share: _Share, confidence: float) -> tuple[float, float]:
    from scipy import optimize, special

    # The dispersion of a quasi-binomial fit without predictors, which R carries along.
    reached = quantile_t(confidence, share.df) ** 2 * share.n / (share.n - 1)

    def drop(p: float) -> float:
        parts = special.rel_entr([share.p, 1 - share.p], [p, 1 - p])
        return 2 * share.effective_n * float(np.sum(parts)) - reached

    edge = np.finfo(float).tiny, 1 - np.finfo(float).epsneg
    return (
        float(optimize.brentq(drop, edge[0], share.p, xtol=1e-14)),
        float(optimize.brentq(drop, share.p, edge[1], xtol=1e-14)),
    )
