"""Common factors behind the items of a questionnaire: one confirmed, several found, one above all.

One factor by maximum likelihood with the measures of fit of a confirmatory analysis (Jöreskog 1969,
Psychometrika 34:183–202; Hu & Bentler 1999, Structural Equation Modeling 6:1–55); several by
minimal residuals, turned by varimax (Kaiser 1958, Psychometrika 23:187–200); a general one above
them by Schmid & Leiman (1957, Psychometrika 22:53–61) with the omegas of Zinbarg, Revelle, Yovel &
Li (2005, Psychometrika 70:123–133).
"""

import warnings
from dataclasses import dataclass

import numpy as np

from workbench.errors import DataError
from workbench.stats.arrays import Vector

REPEATED = 1e-10
"""Smallest eigenvalue of the correlations below which an item is taken to repeat the others."""
STEPS, SETTLED, UNSETTLED = 2000, 1e-10, 1e-3


@dataclass(frozen=True, eq=False, repr=False)
class OneFactor:
    """One common factor behind k items, as in a confirmatory factor analysis.

    Attributes
    ----------
    loadings : Vector (k,)
        Standardised, their sum not below zero.
    slopes, unique : Vector (k,)
        Loadings and own variances in the units of the items, for a factor of variance 1.
    omega : float
        Share of the variance of the items' sum that the factor explains.
    standardised : float
        The same for the sum of standardised items.
    chi2, df : float
        Likelihood ratio against any covariances.
    cfi, rmsea, srmr : float
        Comparative fit, root mean square error of approximation, standardised residual.
    """

    loadings: Vector
    slopes: Vector
    unique: Vector
    omega: float
    standardised: float
    chi2: float
    df: int
    cfi: float
    rmsea: float
    srmr: float


def one_factor(items: Vector) -> OneFactor:
    """Fit one factor to the complete rows of `items` (n, k) by maximum likelihood.

    Raises
    ------
    DataError
        Fewer than three items, no more complete rows than items, an item that does not vary or
        repeats others, or no fit inside the model (a Heywood case).
    """
    complete = _complete(items, 1)
    correlation = _correlation(complete)
    loadings = _loadings(correlation, 1, "ml")[:, 0]
    loadings = loadings * (1.0 if loadings.sum() >= 0 else -1.0)
    implied = np.outer(loadings, loadings)
    np.fill_diagonal(implied, 1.0)
    _refuse_unsettled(correlation, implied)
    n, size = complete.shape
    scale = complete.std(axis=0)
    slopes, unique = loadings * scale, scale**2 * (1 - loadings**2)
    chi2, df = n * _discrepancy(correlation, implied), size * (size - 3) // 2
    alone = n * _discrepancy(correlation, np.eye(size)) - size * (size - 1) / 2
    beyond = max(chi2 - df, 0.0)
    residual = (correlation - implied)[np.tril_indices(size)]
    return OneFactor(
        loadings,
        slopes,
        unique,
        omega=_explained(slopes, unique),
        standardised=_explained(loadings, 1 - loadings**2),
        chi2=chi2,
        df=df,
        cfi=1.0 if max(alone, beyond) == 0 else 1 - beyond / max(alone, beyond),
        rmsea=float(np.sqrt(beyond / (df * n))) if df else 0.0,
        srmr=float(np.sqrt((residual**2).mean())),
    )


@dataclass(frozen=True, eq=False, repr=False)
class SeveralFactors:
    """Several common factors behind k items.

    Attributes
    ----------
    loadings : Vector (k, m)
        Of uncorrelated factors turned by varimax, those that explain most first.
    communality : Vector (k,)
        Share of each item's variance that all factors explain.
    rmsea, tli : float
        Root mean square error of approximation; Tucker & Lewis's index.
    """

    loadings: Vector
    communality: Vector
    rmsea: float
    tli: float


def several_factors(items: Vector, count: int) -> SeveralFactors:
    """Find `count` factors in the complete rows of `items` (n, k) by minimal residuals.

    Raises
    ------
    DataError
        More factors than k items can tell apart, or no more complete rows than items.
    """
    from statsmodels.multivariate.factor_rotation import rotate_factors

    complete = _complete(items, count)
    correlation = _correlation(complete)
    loadings = _loadings(correlation, count, "pa")
    communality = (loadings**2).sum(axis=1)
    length = np.sqrt(communality)[:, None]
    turned = rotate_factors(loadings / length, "varimax")[0] * length
    turned = turned[:, np.argsort(-(turned**2).sum(axis=0), kind="stable")]
    rmsea, tli = _fit(correlation, loadings, len(complete))
    return SeveralFactors(np.asarray(turned), communality, rmsea, tli)


@dataclass(frozen=True, eq=False, repr=False)
class General:
    """One factor above several, which tells whether the sum of all items may be read as one score.

    Attributes
    ----------
    loadings : Vector (k,)
        Of each item on the general factor, items turned so that none is below zero.
    hierarchical : float
        Share of the variance of the items' sum that the general factor explains (omega h).
    total : float
        Share that all common factors explain (omega total).
    """

    loadings: Vector
    hierarchical: float
    total: float


def general_factor(items: Vector, count: int) -> General:
    """Find a general factor above `count` correlated ones in the complete rows of `items` (n, k).

    Three groups or more: the correlations of two do not determine what lies above them. Where
    there is none, chance still leaves a hierarchical share of some hundredths.

    Raises
    ------
    DataError
        Fewer than three factors, or as `several_factors`.
    """
    from statsmodels.multivariate.factor_rotation import rotate_factors

    if count < 3:
        raise DataError(f"a general factor needs three groups of items; there are {count}")
    complete = _complete(items, count)
    correlation = _correlation(complete)
    loadings = _loadings(correlation, count, "pa")
    oblique, turn = rotate_factors(loadings, "oblimin", 0, "oblique")
    above = _loadings(turn.T @ turn, 1, "pa")[:, 0]
    found = oblique @ (above * (1.0 if above.sum() >= 0 else -1.0))
    sign = np.where(found < 0, -1.0, 1.0)
    whole = float(sign @ correlation @ sign)
    own = float((1 - (loadings**2).sum(axis=1)).sum())
    return General(np.abs(found), float(np.abs(found).sum() ** 2) / whole, 1 - own / whole)


def _complete(items: Vector, count: int) -> Vector:
    """Return the complete rows of `items`, refused where they cannot tell `count` factors."""
    complete = items[np.isfinite(items).all(axis=1)]
    size = items.shape[1]
    if size < 3 or len(complete) <= size:
        raise DataError(
            f"a factor needs three items and more answers than items; there are "
            f"{size} items and {len(complete)} complete answers"
        )
    if (size - count) ** 2 < size + count:
        raise DataError(f"{size} items cannot tell {count} factors apart")
    return complete


def _correlation(complete: Vector) -> Vector:
    """Return the correlations, refused where an item does not vary or repeats the others."""
    if not (np.ptp(complete, axis=0) > 0).all():
        raise DataError("an item does not vary: all complete answers give it the same score")
    found = np.asarray(np.corrcoef(complete.T), dtype=np.float64)
    if np.linalg.eigvalsh(found)[0] < REPEATED:
        raise DataError("an item is a combination of the others; leave it out")
    return found


def _loadings(correlation: Vector, count: int, method: str) -> Vector:
    """Return (k, count) loadings: `ml`, or `pa`, whose end is that of minimal residuals."""
    from statsmodels.multivariate.factor import Factor

    size = len(correlation)
    model = Factor(corr=correlation, n_factor=count, method=method, nobs=10 * size)
    tolerance = SETTLED * (1e-2 if method == "ml" else 1.0)
    with warnings.catch_warnings():
        # It warns of rounding at the end of a search that has succeeded; `_refuse_unsettled` looks.
        warnings.simplefilter("ignore")
        return np.asarray(model.fit(maxiter=STEPS, tol=tolerance).loadings, dtype=np.float64)


def _refuse_unsettled(correlation: Vector, implied: Vector) -> None:
    """Refuse a fit that does not meet the likelihood equations of the own variances."""
    inverse = np.linalg.inv(implied)
    slope = np.abs(np.diag(inverse @ (correlation - implied) @ inverse)).max()
    if not slope < UNSETTLED:
        raise DataError("one factor cannot be fitted: an item would have no variance of its own")


def _explained(slopes: Vector, unique: Vector) -> float:
    common = float(slopes.sum() ** 2)
    return common / (common + float(unique.sum()))


def _discrepancy(correlation: Vector, implied: Vector) -> float:
    """Return the likelihood discrepancy, zero where both are equal."""
    ratio = np.linalg.solve(implied, correlation)
    return float(np.trace(ratio) - np.linalg.slogdet(ratio)[1] - len(ratio))


def _fit(correlation: Vector, loadings: Vector, n: int) -> tuple[float, float]:
    """Return RMSEA and Tucker–Lewis index, with Bartlett's (1951) count of answers."""
    size, count = loadings.shape
    implied = loadings @ loadings.T
    np.fill_diagonal(implied, 1.0)
    alone = n - 1 - (2 * size + 5) / 6
    counted = alone - 2 * count / 3
    off, df = _discrepancy(correlation, implied), ((size - count) ** 2 - size - count) / 2
    base = -float(np.linalg.slogdet(correlation)[1]) / (size * (size - 1) / 2)
    if df == 0:
        return 0.0, 1.0
    rmsea = np.sqrt(max(off * counted / (df * n) - 1 / (n - 1), 0.0))
    return float(rmsea), float((base - off / df) / (base - 1 / counted))
