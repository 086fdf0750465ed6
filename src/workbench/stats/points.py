"""A scorecard in points: what each bin gives, what a case gets, and the reasons for it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.stats.arrays import Vector
from workbench.stats.scorecard import Scorecard


@dataclass(frozen=True)
class Scale:
    """How log odds become points: more points are safer.

    Attributes
    ----------
    points : float
        Points at `odds`.
    odds : float
        Sound cases per defaulted one.
    double : float
        Points that double the odds.
    """

    points: float = 600.0
    odds: float = 50.0
    double: float = 20.0

    @property
    def factor(self) -> float:
        """Return the points of one unit of log odds."""
        return self.double / float(np.log(2))

    @property
    def offset(self) -> float:
        """Return the points at even odds."""
        return self.points - self.factor * float(np.log(self.odds))

    def of(self, probabilities: Vector) -> Vector:
        """Return the points of probabilities of default, shape (n,)."""
        return np.asarray(
            self.offset + self.factor * (np.log1p(-probabilities) - np.log(probabilities))
        )


@dataclass(frozen=True, eq=False, repr=False)
class Points:
    """Points of every bin of the variables in the model.

    Attributes
    ----------
    card : Scorecard
    scale : Scale
    """

    card: Scorecard
    scale: Scale

    def table(self) -> pd.DataFrame:
        """Return one row per bin: `variable`, `bin`, `cases`, `points` (whole), `exact`.

        The constant is spread evenly over the variables, so that the points of a case are the sum
        over its bins.
        """
        rows = []
        for at, name in enumerate(self.card.chosen):
            own = self.card.binnings[name]
            exact = self._of_bins(at)
            rows.append(
                pd.DataFrame(
                    {
                        "variable": name,
                        "bin": list(own.rule.labels),
                        "cases": own.cases,
                        "points": np.round(exact),
                        "exact": exact,
                    }
                )
            )
        return pd.concat(rows, ignore_index=True)

    def scores(self, features: pd.DataFrame) -> Vector:
        """Return the exact points of each row of `features`, shape (n,)."""
        return np.asarray(self._contributions(features).sum(axis=1))

    def reasons(self, features: pd.DataFrame, *, most: int = 4) -> NDArray[np.object_]:
        """Return the variables that cost each row most points, worst first, shape (n, most).

        A variable costs what its bin gives less than the mean of the development cases; one that
        costs nothing is no reason, and its place is empty.
        """
        shortfall = self._means() - self._contributions(features)
        worst = np.argsort(-shortfall, axis=1, kind="stable")[:, :most]
        names = np.array([*self.card.chosen, ""], dtype=object)
        costs = np.take_along_axis(shortfall, worst, axis=1)
        found = np.full((len(features), most), "", dtype=object)
        found[:, : worst.shape[1]] = names[np.where(costs > 0, worst, len(names) - 1)]
        return found

    def _of_bins(self, at: int) -> Vector:
        own, variables = self.card.binnings[self.card.chosen[at]], len(self.card.chosen)
        constant = self.scale.offset - self.scale.factor * float(self.card.coefficients[0])
        slope = self.scale.factor * float(self.card.coefficients[at + 1])
        return np.asarray(constant / variables - slope * own.weights)

    def _means(self) -> Vector:
        means = [
            float(np.average(self._of_bins(at), weights=self.card.binnings[name].cases))
            for at, name in enumerate(self.card.chosen)
        ]
        return np.array(means)

    def _contributions(self, features: pd.DataFrame) -> NDArray[np.float64]:
        variables = len(self.card.chosen)
        constant = self.scale.offset - self.scale.factor * float(self.card.coefficients[0])
        slopes = self.scale.factor * self.card.coefficients[1:]
        return np.asarray(constant / variables - self.card.design(features) * slopes)
