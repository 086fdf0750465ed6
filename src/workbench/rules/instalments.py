"""Loans paid back in equal instalments: what is due each month, and the amount that could be paid.

The annuity formula at a nominal rate a year, paid at month ends.
"""

import numpy as np
from numpy.typing import ArrayLike

from workbench.rules.tape import Vector


def instalment(amount: ArrayLike, rate: ArrayLike, months: ArrayLike) -> Vector:
    """Return the equal monthly instalment that pays back `amount` within `months`.

    Parameters
    ----------
    amount, rate, months : array_like
        Yuan, nominal rate a year (0.045), number of instalments of at least one; shapes that fit.
    """
    return np.asarray(np.asarray(amount, dtype=np.float64) / _factor(rate, months))


def carried(payment: ArrayLike, rate: ArrayLike, months: ArrayLike) -> Vector:
    """Return the amount that `payment` a month pays back within `months`: the other way round."""
    return np.asarray(np.asarray(payment, dtype=np.float64) * _factor(rate, months))


def _factor(rate: ArrayLike, months: ArrayLike) -> Vector:
    """Return the present value of one yuan a month."""
    monthly = np.asarray(rate, dtype=np.float64) / 12
    n = np.asarray(months, dtype=np.float64)
    some = np.where(monthly == 0, 1.0, monthly)
    # expm1 and log1p: a rate near nothing loses no digits.
    return np.asarray(np.where(monthly == 0, n, -np.expm1(-n * np.log1p(some)) / some))
