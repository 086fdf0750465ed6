"""Whether a rating system sorts as it did: concentration, and moves between grades.

Formulas of the ECB's instructions for reporting validation results of internal models (February
2019), sections 2.5.5.1 to 2.5.5.3, as quoted; the text itself was not seen.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from workbench.errors import DataError
from workbench.stats.arrays import Vector

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Concentration:
    """How unevenly cases lie in the grades, now and at the beginning.

    Attributes
    ----------
    initial, current : float
        Coefficient of variation of the shares.
    herfindahl_initial, herfindahl_current : float
        Index, 0 when all grades hold the same and 1 when one grade holds all.
    p_value : float
        One-sided: a small one says that concentration has risen.
    """

    initial: float
    current: float
    herfindahl_initial: float
    herfindahl_current: float
    p_value: float


@dataclass(frozen=True, eq=False, repr=False)
class Migration:
    """How far customers move between the grades.

    Attributes
    ----------
    upper, lower : float
        Matrix weighted bandwidth of worsening and of improving moves: 0 when nobody moves, 1 when
        everybody who can moves as far as possible; missing when nobody can.
    z, p_value : ndarray, shape (grades, grades)
        Whether a move is rarer than the one to the grade next to it, nearer the diagonal: a large
        p says that far moves are more frequent than near ones. Missing on the diagonal and where
        neither move occurred.
    """

    upper: float
    lower: float
    z: Matrix
    p_value: Matrix


def concentration(initial: Vector, current: Vector) -> Concentration:
    """Compare the number of cases per grade, shape (grades,), with the initial one."""
    if len(initial) != len(current) or len(initial) < 2:
        raise DataError("two or more grades are needed, the same ones then and now")
    grades = len(initial)
    before, now = (_variation(counts) for counts in (initial, current))
    spread = np.sqrt(now**2 * (0.5 + now**2))
    distance = np.sqrt(grades - 1) * (now - before) / spread if spread > 0 else -np.inf
    return Concentration(
        before, now, _herfindahl(before, grades), _herfindahl(now, grades), _upper(float(distance))
    )


def migration(counts: Matrix) -> Migration:
    """Describe moves from the grade of a row to that of a column, best grade first.

    `counts` has the shape (grades, grades): customers by grade then and now.
    """
    grades = len(counts)
    cases = counts.sum(axis=1)
    shares = np.divide(counts, cases[:, None], out=np.zeros_like(counts), where=cases[:, None] > 0)
    z = np.full((grades, grades), np.nan)
    for row in range(grades):
        for column in range(grades):
            if column != row and cases[row] > 0:
                near = column - 1 if column > row else column + 1
                z[row, column] = _neighbours(shares[row, near], shares[row, column], cases[row])
    at = np.arange(grades)
    far = np.maximum(np.abs(at - (grades - 1)), at)
    steps = np.abs(at[:, None] - at[None, :])
    above = at[None, :] > at[:, None]
    bands = [_bandwidth(counts, steps, far, side) for side in (above, above.T)]
    return Migration(bands[0], bands[1], z, np.asarray(special.ndtr(z)))


def _variation(counts: Vector) -> float:
    share = counts / counts.sum()
    return float(np.sqrt(len(counts) * np.sum((share - 1 / len(counts)) ** 2)))


def _herfindahl(variation: float, grades: int) -> float:
    return float(1 + np.log((variation**2 + 1) / grades) / np.log(grades))


def _upper(z: float) -> float:
    return float(special.ndtr(-z))


def _bandwidth(
    counts: Matrix, steps: NDArray[np.intp], far: NDArray[np.intp], side: NDArray[np.bool_]
) -> float:
    moved = float((counts * steps)[side].sum())
    most = float((counts * far[:, None])[side].sum())
    return moved / most if most > 0 else float("nan")


def _neighbours(near: float, own: float, cases: float) -> float:
    variance = (near * (1 - near) + own * (1 - own) + 2 * near * own) / cases
    return float((own - near) / np.sqrt(variance)) if variance > 0 else float("nan")
