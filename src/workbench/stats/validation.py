"""Measures of a validated score, each with what could have been found: a weak pass is none."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from workbench.errors import DataError
from workbench.stats import calibration, grades, rating_stability, smoothing, woe
from workbench.stats.arrays import Vector
from workbench.stats.discrimination import Auc, auc, ks

POWER = grades.POWER
"""Chance with which a departure of the reported size would be found."""
BANDS = 10
"""Groups of equal size, by the development scores, over which stability is measured."""

NONE = float("nan")


@dataclass(frozen=True)
class Measure:
    """One number of the validation page.

    Attributes
    ----------
    name : str
    value, low, high : float
        With its interval, missing where there is none.
    p_value : float
        Of departing from what it should be, missing where it is no test.
    detectable : float
        Departure, in the measure's own unit, that would be found with 80 % power; for a distance,
        what true predictions exceed once in twenty times. Missing where neither is known.
    """

    name: str
    value: float
    low: float = NONE
    high: float = NONE
    p_value: float = NONE
    detectable: float = NONE


@dataclass(frozen=True, eq=False, repr=False)
class Sample:
    """Out-of-sample predictions and outcomes, and the predictions of the development sample.

    Attributes
    ----------
    p, events : ndarray, shape (n,)
    developed, developed_events : ndarray, shape (m,)
        Empty where the score was cross-validated: nothing then is later than anything else.
    """

    p: Vector
    events: Vector
    developed: Vector
    developed_events: Vector


def ranking(sample: Sample, confidence: float) -> list[Measure]:
    """Return area, Gini, KS, and the fall of the area since development."""
    area = auc(sample.p, sample.events)
    low, high = area.interval(confidence)
    fall = _reach(confidence, two_sided=False) * float(np.sqrt(area.variance))
    found = [
        Measure("auc", area.value, low, high, detectable=fall),
        Measure("gini", 2 * area.value - 1, 2 * low - 1, 2 * high - 1, detectable=2 * fall),
        Measure("ks", ks(sample.p, sample.events)),
    ]
    if len(sample.developed):
        before = auc(sample.developed, sample.developed_events)
        found.append(_fall(before, area, fall))
    return found


def _fall(before: Auc, now: Auc, detectable: float) -> Measure:
    _, p_value = now.fallen_from(before.value)
    return Measure("auc_fall", before.value - now.value, p_value=p_value, detectable=detectable)


def level(sample: Sample, correlation: float, confidence: float) -> list[Measure]:
    """Return observed over predicted rate, with the tests that the PD is too low."""
    n, d = np.array([float(len(sample.p))]), np.array([float(sample.events.sum())])
    mean = np.array([float(sample.p.mean())])
    low, high = calibration.jeffreys_interval(d, n, confidence)
    ratio = float(d[0] / n[0] / mean[0])
    power = float(grades.detectable(mean, n, level=1 - confidence)[0])
    under = float(grades.jeffreys(mean, n, d)[0])
    together = float(grades.correlated_tail(mean, n, d, correlation)[0])
    ends = float(low[0] / mean[0]), float(high[0] / mean[0])
    return [
        Measure("level", ratio, *ends, p_value=under, detectable=power),
        Measure("level_over", ratio, *ends, p_value=1 - under),
        Measure("level_correlated", ratio, p_value=together),
        Measure("level_binomial", ratio, p_value=float(grades.binomial_tail(mean, n, d)[0])),
    ]


def spread(sample: Sample, confidence: float, groups: int) -> list[Measure]:
    """Return slope, level in the log odds, likelihood ratio, chi-square and Brier score."""
    cox = calibration.recalibration(sample.p, sample.events)
    shape = calibration.hosmer_lemeshow(sample.p, sample.events, groups=groups)
    brier = calibration.brier(sample.p, sample.events)
    reach = calibration.normal_quantile(confidence)
    find = _reach(confidence, two_sided=True)
    return [
        Measure(
            "slope",
            cox.slope,
            cox.slope - reach * cox.slope_error,
            cox.slope + reach * cox.slope_error,
            calibration.normal_p_value((cox.slope - 1) / cox.slope_error),
            find * cox.slope_error,
        ),
        Measure(
            "in_the_large",
            cox.in_the_large,
            cox.in_the_large - reach * cox.in_the_large_error,
            cox.in_the_large + reach * cox.in_the_large_error,
            calibration.normal_p_value(cox.in_the_large / cox.in_the_large_error),
            find * cox.in_the_large_error,
        ),
        Measure("cox", cox.statistic, p_value=cox.p_value),
        Measure("hosmer_lemeshow", shape.statistic, p_value=shape.p_value),
        Measure("spiegelhalter", brier.z, p_value=brier.p_value),
        Measure("brier", brier.score),
    ]


def distance(sample: Sample, confidence: float, groups: int) -> list[Measure]:
    """Return the calibration index over the default rate, ECE, Murphy's parts in thousandths."""
    rate = float(sample.events.mean())
    apart = smoothing.distance_spread(sample.p, sample.events, confidence=confidence)
    codes, _ = calibration.quantile_groups(sample.p, groups)
    curve = calibration.curve(sample.p, sample.events, codes, confidence=confidence)
    parts = calibration.murphy(curve)
    return [
        Measure(
            "ici",
            apart.mean / rate,
            apart.low / rate,
            apart.high / rate,
            detectable=apart.chance / rate,
        ),
        Measure("expected_error", curve.expected_error),
        *(
            Measure(name, 1000 * getattr(parts, name))
            for name in ("reliability", "resolution", "uncertainty")
        ),
    ]


def stability(sample: Sample, confidence: float) -> list[Measure]:
    """Return the stability index of the score since development; nothing without a later sample."""
    if not len(sample.developed):
        return []
    cuts = np.unique(np.quantile(sample.developed, np.linspace(0, 1, BANDS + 1)[1:-1]))
    before, now = (
        np.bincount(np.searchsorted(cuts, part, side="left"), minlength=len(cuts) + 1).astype(float)
        for part in (sample.developed, sample.p)
    )
    index = woe.stability(before, now)
    sizes = float(before.sum()), float(now.sum())
    limit = woe.stability_limit(len(before), *sizes, confidence=confidence)
    scaled = index / (1 / sizes[0] + 1 / sizes[1])
    p_value = float(special.chdtrc(len(before) - 1, scaled))
    return [Measure("psi", index, p_value=p_value, detectable=limit)]


def concentration(
    cases: Vector, developed: Vector, predicted: Vector, defaults: Vector, level: float
) -> list[Measure]:
    """Return what is measured over grades: concentration, and refuted grades by two adjustments.

    Parameters
    ----------
    cases, developed : ndarray, shape (grades,)
        Cases per grade out of sample, and in development (zeros when there is none).
    predicted, defaults : ndarray, shape (grades,)
        Mean PD and defaults, out of sample.
    level : float
        Of the tests over all grades.
    """
    if len(cases) < 2:
        raise DataError("the master scale needs two grades or more")
    initial = developed if developed.sum() > 0 else cases
    found = rating_stability.concentration(initial, cases)
    used = cases > 0
    under = grades.jeffreys(predicted[used], cases[used], defaults[used])
    holm, benjamini = grades.holm(under), grades.benjamini_hochberg(under)
    known = found.p_value if developed.sum() > 0 else NONE
    return [
        Measure("concentration", found.herfindahl_current, p_value=known),
        Measure("grades_holm", float((holm < level).sum()), p_value=float(holm.min())),
        Measure("grades_bh", float((benjamini < level).sum()), p_value=float(benjamini.min())),
    ]


def _reach(confidence: float, *, two_sided: bool) -> float:
    """Return how many standard errors a departure must be to be found with the power."""
    tail = 0.5 + confidence / 2 if two_sided else confidence
    return float(special.ndtri(tail) + special.ndtri(POWER))
