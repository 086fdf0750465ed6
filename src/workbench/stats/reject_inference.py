"""What a score would be if rejected cases had defaulted as assumed: a sensitivity."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from workbench.errors import DataError
from workbench.stats import logit
from workbench.stats.arrays import Vector
from workbench.stats.logit import Matrix


@dataclass(frozen=True, eq=False, repr=False)
class Augmented:
    """A logit fitted on known outcomes and on assumed ones.

    Attributes
    ----------
    coefficients : ndarray, shape (1 + variables,)
        The constant first.
    assumed : ndarray, shape (rejected,)
        Probability of default that each rejected case was given.
    """

    coefficients: Vector
    assumed: Vector


def fuzzy(p: Vector, factor: float) -> Vector:
    """Return each rejected case's assumed probability: the score's odds times `factor`."""
    if factor <= 0:
        raise DataError(f"the factor of the odds must be above 0, not {factor}")
    return np.asarray(special.expit(special.logit(p) + np.log(factor)))


def parcelled(
    p_accepted: Vector, events: Vector, p_rejected: Vector, *, bands: int, factor: float
) -> Vector:
    """Return each rejected case's assumed probability: its band's rate, odds times `factor`.

    Bands hold equal numbers of accepted cases; a rejected case beyond them belongs to the outermost
    one. Half a default and half a case without one are added to each band, so that no rate is 0
    or 1.
    """
    cuts = np.unique(np.quantile(p_accepted, np.linspace(0, 1, bands + 1)[1:-1]))
    own = np.searchsorted(cuts, p_accepted, side="left")
    cases = np.bincount(own, minlength=len(cuts) + 1)
    defaults = np.bincount(own, weights=events, minlength=len(cuts) + 1)
    rates = (defaults + 0.5) / (cases + 1)
    return fuzzy(rates[np.searchsorted(cuts, p_rejected, side="left")], factor)


def augmented(design: Matrix, events: Vector, rejected: Matrix, assumed: Vector) -> Augmented:
    """Fit the logit on accepted cases and on rejected ones with their assumed probabilities.

    A rejected case enters as a default with the weight of its probability and as a sound case with
    the rest. With the score's own probabilities the coefficients stay exactly what they were
    (Hand & Henley 1993): augmentation brings in the assumption and nothing else.

    Parameters
    ----------
    design, rejected : ndarray, shape (accepted, variables) and (rejected, variables)
    events : ndarray, shape (accepted,)
    assumed : ndarray, shape (rejected,)
    """
    beta, _ = logit.estimate(np.vstack([design, rejected]), np.concatenate([events, assumed]))
    return Augmented(beta, assumed)


def expected_area(scores: Vector, assumed: Vector) -> float:
    """Return the area under the ROC curve where outcomes are only known by their probabilities.

    The expected number of pairs in rank order over the expected number of pairs, ties one half;
    with outcomes of 0 and 1 it is the ordinary area.
    """
    _, place = np.unique(scores, return_inverse=True)
    bad = np.bincount(place, weights=assumed)
    good = np.bincount(place, weights=1 - assumed)
    below = np.cumsum(good) - good
    pairs = float(bad.sum() * good.sum())
    if pairs == 0:
        raise DataError("the area needs cases that default and cases that do not")
    return float(bad @ (below + good / 2)) / pairs
