"""How much groups differ: effect sizes with intervals, for numbers and for categories."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special, stats

from workbench.stats.arrays import Codes, Vector


@dataclass(frozen=True)
class Effect:
    """An effect size with its interval, and the p-value of no effect.

    Attributes
    ----------
    size, low, high, p_value : float
        Missing where nothing can be said.
    rows : int
        Rows with a value.
    """

    size: float
    low: float
    high: float
    p_value: float
    rows: int


NONE = Effect(np.nan, np.nan, np.nan, np.nan, 0)


def eta_squared(values: Vector, groups: Codes, *, confidence: float = 0.95) -> Effect:
    """Return the share of the variance of `values` that lies between `groups`.

    The interval inverts the noncentral F distribution (Steiger 2004). Missing values are left out.
    """
    known = np.isfinite(values)
    y, group = values[known], np.unique(groups[known], return_inverse=True)[1]
    k, n = (int(group.max()) + 1 if len(group) else 0), len(y)
    if k < 2 or n <= k + 1 or not y.var() > 0:
        return NONE
    size = np.bincount(group)
    means = np.bincount(group, y) / size
    between = float(size @ (means - y.mean()) ** 2)
    total = float(((y - y.mean()) ** 2).sum())
    share = between / total
    if share >= 1:
        return Effect(1.0, 1.0, 1.0, 0.0, n)
    f = (between / (k - 1)) / ((total - between) / (n - k))
    ends = _inverted(lambda c: float(special.ncfdtr(k - 1, n - k, c, f)), f * (k - 1), confidence)
    low, high = (end / (end + n) for end in ends)
    return Effect(share, low, high, float(special.fdtrc(k - 1, n - k, f)), n)


def cramers_v(codes: Codes, groups: Codes, *, confidence: float = 0.95) -> Effect:
    """Return Cramér's V of a category, -1 where missing, by `groups`.

    The interval inverts the noncentral chi-square distribution (Smithson 2003).
    """
    known = codes >= 0
    row = np.unique(codes[known], return_inverse=True)[1]
    column = np.unique(groups[known], return_inverse=True)[1]
    if not len(row) or row.max() < 1 or column.max() < 1:
        return NONE
    table = np.zeros((int(row.max()) + 1, int(column.max()) + 1))
    np.add.at(table, (row, column), 1.0)
    n = float(table.sum())
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / n
    chi = float(((table - expected) ** 2 / expected).sum())
    df, least = (len(table) - 1) * (table.shape[1] - 1), min(table.shape) - 1
    ends = _inverted(lambda c: float(special.chndtr(chi, df, c)), chi, confidence)
    low, high = (min(float(np.sqrt(end / (n * least))), 1.0) for end in ends)
    size = float(np.sqrt(chi / (n * least)))
    return Effect(size, low, high, float(special.chdtrc(df, chi)), int(n))


def standardised(values: Vector, inside: np.ndarray, *, confidence: float = 0.95) -> Effect:
    """Return the mean of `values` inside less that outside, in pooled standard deviations.

    Hedges' g with its large-sample interval; the p-value is Welch's. Missing values are left out.
    """
    known = np.isfinite(values)
    one, two = values[known & inside], values[known & ~inside]
    if min(len(one), len(two)) < 2:
        return NONE
    n, m = len(one), len(two)
    pooled = np.sqrt(((n - 1) * one.var(ddof=1) + (m - 1) * two.var(ddof=1)) / (n + m - 2))
    if not pooled > 0:
        return NONE
    g = float((one.mean() - two.mean()) / pooled) * (1 - 3 / (4 * (n + m) - 9))
    half = float(special.ndtri((1 + confidence) / 2)) * np.sqrt(
        (n + m) / (n * m) + g * g / (2 * (n + m))
    )
    p = float(stats.ttest_ind(one, two, equal_var=False).pvalue)
    return Effect(g, g - half, g + half, p, n)


def adjusted(p_values: Vector) -> Vector:
    """Return p-values adjusted for the false discovery rate (Benjamini–Hochberg); missing stay."""
    found = np.array(p_values, dtype=np.float64)
    known = np.isfinite(found)
    if known.any():
        found[known] = stats.false_discovery_control(found[known])
    return found


def _inverted(
    below: Callable[[float], float], guess: float, confidence: float
) -> tuple[float, float]:
    """Return the noncentralities at which the statistic is the upper and the lower quantile."""
    tails = (1 + confidence) / 2, (1 - confidence) / 2
    found = []
    for tail in tails:
        if below(0.0) <= tail:
            found.append(0.0)
            continue
        end = max(2 * guess, 1.0)
        while below(end) > tail:
            end *= 2
        found.append(float(optimize.brentq(lambda c, t=tail: below(c) - t, 0.0, end, xtol=1e-9)))
    return found[0], found[1]
