"""How answers are best shared among strata: Neyman's allocation, with costs and within bounds.

Neyman (1934), Journal of the Royal Statistical Society 97:558–625. Whole numbers are the exact
optimum for a given total (Wright 2012, The American Statistician 66:217–224).
"""

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.errors import DataError, ParameterError
from workbench.stats.arrays import Vector, vector

Counts = NDArray[np.int64]


@dataclass(frozen=True, eq=False, repr=False)
class Strata:
    """Where answers may come from; arrays (H,).

    Attributes
    ----------
    population : Vector
        Whom each stratum stands for.
    deviation : Vector
        Standard deviation of one answer within it.
    low, high : Counts
        Fewest and most answers it may give.
    cost : Vector
        Cost of an answer.
    """

    population: Vector
    deviation: Vector
    low: Counts
    high: Counts
    cost: Vector

    @classmethod
    def build(
        cls,
        population: ArrayLike,
        deviation: ArrayLike,
        *,
        low: ArrayLike = 1,
        high: ArrayLike | None = None,
        cost: ArrayLike = 1.0,
    ) -> "Strata":
        """Describe strata; no `high`: as many answers as there are people.

        A stratum that cannot give `low` answers gives as many as it can.

        Raises
        ------
        DataError
            A number is missing, negative or zero where it may not be.
        """
        people = vector(population, "the populations")
        size = people.shape
        spread = np.broadcast_to(np.asarray(deviation, np.float64), size).copy()
        price = np.broadcast_to(np.asarray(cost, np.float64), size).copy()
        most = np.floor(people if high is None else np.broadcast_to(np.asarray(high), size))
        least = np.minimum(np.broadcast_to(np.asarray(low), size), most)
        numbers = np.stack([people, spread, most, least, price])
        if not np.isfinite(numbers).all() or (numbers < 0).any() or (price <= 0).any():
            raise DataError("populations, deviations, bounds and costs must be numbers above zero")
        return cls(people, spread, least.astype(np.int64), most.astype(np.int64), price)

    def variance(self, answers: ArrayLike) -> float:
        """Return the variance of the mean of everybody, without finite correction."""
        n = np.asarray(answers, dtype=np.float64)
        part = (self.population * self.deviation) ** 2
        used = part > 0
        with np.errstate(divide="ignore"):
            return float((part[used] / n[used]).sum() / self.population.sum() ** 2)

    def neyman(self, answers: int) -> Counts:
        """Return how `answers` are best shared: no other sharing has a smaller variance.

        Each answer in turn goes where it lowers the variance most, which is exact because the gain
        of one more only falls. Costs play no part.

        Raises
        ------
        ParameterError
            The total lies outside the bounds.
        """
        if not self.low.sum() <= answers <= self.high.sum():
            raise ParameterError(
                f"{answers} answers cannot be shared: the strata need {self.low.sum()} and can "
                f"give {self.high.sum()}"
            )
        return self._filled(float(answers), np.ones(len(self.cost)))

    def affordable(self, budget: float) -> Counts:
        """Return the sharing that `budget` buys: answers go where money lowers variance most.

        Starts from the optimum in real numbers, clip(κ·N·S/√cost), rounded down, so that it costs
        no more than the budget and at most about one answer a stratum is left to place.

        Raises
        ------
        ParameterError
            The budget does not pay for the fewest answers.
        """
        if (floor := float(self.cost @ self.low)) > budget:
            raise ParameterError(f"the fewest answers cost {floor:,.2f}, above {budget:,.2f}")
        whole = np.floor(self._continuous(budget) + 1e-9).astype(np.int64)
        return self._filled(budget, self.cost, whole)

    def _continuous(self, budget: float) -> Vector:
        """Return the real-valued optimum (H,) whose cost is the budget, or every maximum."""
        slope = self.population * self.deviation / np.sqrt(self.cost)

        def shared(factor: float) -> Vector:
            return np.clip(factor * slope, self.low, self.high)

        if not slope.any() or float(self.cost @ self.high) <= budget:
            return self.high.astype(float) if slope.any() else self.low.astype(float)
        bends = np.concatenate([self.low[slope > 0], self.high[slope > 0]])
        bends = np.unique(bends / np.tile(slope[slope > 0], 2))
        spent = np.array([self.cost @ shared(bend) for bend in bends])
        at = int(np.searchsorted(spent, budget, "right"))
        if at == len(bends):
            return shared(float(bends[-1]))
        low, high = float(bends[at - 1]), float(bends[at])
        rise = float(spent[at] - spent[at - 1])
        return shared(low + (high - low) * (budget - float(spent[at - 1])) / rise)

    def _filled(self, total: float, price: Vector, start: Counts | None = None) -> Counts:
        """Return `start` (or the fewest) with one answer at a time until `total` is spent."""
        n = (self.low if start is None else start).copy()
        left = total - float(price @ n)
        weight = (self.population * self.deviation) ** 2 / price

        def gain(at: int) -> float:
            return float(weight[at] / (n[at] * (n[at] + 1))) if n[at] else np.inf

        queue = [(-gain(at), at) for at in range(len(n)) if n[at] < self.high[at]]
        heapq.heapify(queue)
        while queue:
            _, at = heapq.heappop(queue)
            if price[at] > left + 1e-9:
                continue
            n[at] += 1
            left -= price[at]
            if n[at] < self.high[at]:
                heapq.heappush(queue, (-gain(at), at))
        return n


def rounded(values: ArrayLike, total: int) -> Counts:
    """Return whole numbers that are in the proportion of `values` (k,) and add up to `total`.

    Largest remainders; of equal ones the first.
    """
    share = vector(values, "the shares")
    if not (share >= 0).all() or not share.any():
        raise DataError("shares must be numbers of zero or more, and not all zero")
    exact = share / share.sum() * total
    whole = np.floor(exact + 1e-9).astype(np.int64)
    order = np.argsort(whole - exact, kind="stable")
    whole[order[: total - int(whole.sum())]] += 1
    return np.asarray(whole)
