"""Tests of independence in a table of two survey questions: Rao–Scott and Wald.

A sample that is not simple random makes Pearson's statistic too large by the design effects of the
table. Rao & Scott (1984), Annals of Statistics 12:46–60, correct it; computed as R survey does.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

from workbench.errors import DataError
from workbench.stats.arrays import Codes, Vector, coded
from workbench.stats.design import Design


@dataclass(frozen=True, eq=False, repr=False)
class Independence:
    """Tests whether two answers of a population are independent.

    Attributes
    ----------
    pearson : float
        Pearson's chi-square of the weighted table, scaled to the number of answers.
    delta : Vector ((rows-1)(columns-1),)
        Generalised design effects: 1 each in a simple random sample.
    wald : float
        Wald F of the deviations from independence.
    df : int
        Design degrees of freedom.
    """

    pearson: float
    delta: Vector
    wald: float
    df: int

    @property
    def cells(self) -> int:
        """Degrees of freedom of the table, (rows-1)(columns-1)."""
        return len(self.delta)

    def second_order(self) -> tuple[float, float, float, float]:
        """Return F, p and both degrees of freedom of the second-order correction: the default."""
        first = self.delta.sum() ** 2 / (self.delta**2).sum()
        statistic = self.pearson / self.delta.sum()
        p = float(special.fdtrc(first, first * self.df, statistic))
        return statistic, p, float(first), float(first * self.df)

    def first_order(self) -> tuple[float, float]:
        """Return the chi-square divided by the mean design effect, and p."""
        corrected = self.pearson / self.delta.mean()
        return self.pearson, float(special.chdtrc(self.cells, corrected))

    def saddlepoint(self) -> float:
        """Return p by the saddlepoint approximation (Kuonen 1999, Biometrika 86:929–935)."""
        return _saddlepoint(self.pearson, self.delta, self.second_order()[3])

    def wald_test(self) -> tuple[float, float]:
        """Return Wald's F and p: too large with few sampled units; shown beside, not first."""
        return self.wald, float(special.fdtrc(self.cells, self.df, self.wald))


def independence(
    design: Design, first: Any, second: Any, *, domain: ArrayLike | None = None
) -> Independence:
    """Test whether the answers `first` (n,) and `second` (n,) are independent.

    A row of which either is missing, or that lies outside `domain` (mask), does not count.

    Raises
    ------
    DataError
        A question has a single answer left.
    """
    import pandas as pd

    known = ~(np.asarray(pd.isna(first)) | np.asarray(pd.isna(second)))
    inside = known if domain is None else known & design.mask(domain)
    one, across = _codes(first, inside, "first"), _codes(second, inside, "second")
    sizes = int(one.max()) + 1, int(across.max()) + 1
    rows = inside[:, None] & (one[:, None] == np.arange(sizes[0]))
    columns = inside[:, None] & (across[:, None] == np.arange(sizes[1]))
    cells = (rows[:, :, None] & columns[:, None, :]).reshape(len(inside), -1).astype(float)
    found = design.mean(cells, domain=inside)
    return Independence(
        pearson=_pearson(found.value, sizes, int(inside.sum())),
        delta=_delta(found.value, found.covariance, sizes, int(inside.sum())),
        wald=_wald(design, (cells, rows.astype(float), columns.astype(float)), sizes),
        df=design.df(inside),
    )


def _codes(values: Any, inside: NDArray[np.bool_], what: str) -> Codes:
    codes = np.full(len(inside), -1, np.intp)
    codes[inside], labels = coded(np.asarray(values, dtype=object)[inside], what)
    if len(labels) < 2:
        raise DataError(f"the {what} question has only the answer {labels.tolist()}: no table")
    return codes


def _pearson(share: Vector, sizes: tuple[int, int], n: int) -> float:
    table = share.reshape(sizes)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0))
    return float(n * ((table - expected) ** 2 / expected).sum())


def _delta(share: Vector, covariance: Vector, sizes: tuple[int, int], n: int) -> Vector:
    contrasts = _contrasts(sizes)
    inverse = np.divide(1, share, out=np.zeros(len(share)), where=share > 0)
    scaled = contrasts * inverse[:, None]
    simple = contrasts.T @ (contrasts * inverse[:, None]) / n
    return np.asarray(
        np.linalg.eigvals(np.linalg.solve(simple, scaled.T @ covariance @ scaled)).real
    )


def _contrasts(sizes: tuple[int, int]) -> Vector:
    """Return (cells, (r-1)(c-1)) what of a table is neither its rows nor its columns."""
    rows, columns = (np.eye(size) for size in sizes)
    main = np.column_stack(
        [
            np.ones(sizes[0] * sizes[1]),
            *(np.repeat(rows[:, at], sizes[1]) for at in range(1, sizes[0])),
            *(np.tile(columns[:, at], sizes[0]) for at in range(1, sizes[1])),
        ]
    )
    both = np.column_stack(
        [
            np.outer(rows[:, i], columns[:, j]).ravel()
            for i in range(1, sizes[0])
            for j in range(1, sizes[1])
        ]
    )
    return np.asarray(both - main @ np.linalg.lstsq(main, both, rcond=None)[0])


def _wald(design: Design, parts: tuple[Vector, Vector, Vector], sizes: tuple[int, int]) -> float:
    cells, rows, columns = parts
    weights = design.weights
    total = float(weights @ rows.sum(axis=1))
    by_row, by_column = weights @ rows, weights @ columns
    deviation = (weights @ cells).reshape(sizes) - np.outer(by_row, by_column) / total
    used = [i * sizes[1] + j for i in range(1, sizes[0]) for j in range(1, sizes[1])]
    influence = np.column_stack(
        [
            cells[:, at]
            - rows[:, at // sizes[1]] * by_column[at % sizes[1]] / total
            - columns[:, at % sizes[1]] * by_row[at // sizes[1]] / total
            + rows.sum(axis=1) * (by_row[at // sizes[1]] * by_column[at % sizes[1]] / total**2)
            for at in used
        ]
    )
    value = deviation.ravel()[used]
    statistic = value @ np.linalg.solve(design.covariance(influence), value)
    return float(statistic / len(used))


def _saddlepoint(statistic: float, effects: Vector, df: float) -> float:
    """Return the chance that a weighted sum of chi-squares over a chi-square mean of `df` exceeds.

    P(Σ aᵢχ²₁ / (χ²_df / df) > x) is P(Σ aᵢχ²₁ - (x / df) χ²_df > 0): a sum with signed weights.
    The sum below has as many terms as `df` has wholes, as in R survey.
    """
    signed = np.append(effects, np.full(int(df), -statistic / df))
    unit = signed / effects.max()

    def slope(t: float) -> float:
        return float((unit / (1 - 2 * t * unit)).sum())

    low, high = 0.99999 / (2 * unit.min()), 0.99999 / 2
    place = float(optimize.brentq(slope, low, high, xtol=1e-14))
    if abs(place) < 1e-4:
        # At the mean of the distribution the approximation is 0/0: two moments do instead.
        first = effects.sum() ** 2 / (effects**2).sum()
        return float(special.fdtrc(first, df, statistic / effects.sum()))
    cumulant = -float(np.log(1 - 2 * place * unit).sum()) / 2
    w = float(np.sign(place) * np.sqrt(-2 * cumulant))
    v = place * float(np.sqrt(2 * (unit**2 / (1 - 2 * place * unit) ** 2).sum()))
    return float(special.ndtr(-(w + np.log(v / w) / w)))
