"""Drawing many values at once: choices, shares that sum up, numbered ids, amounts."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.data.demo.segments import Floats, Ints

KEPT = 1 << 16
"""Most labels that are kept in memory for the next block."""


def numbered(prefix: str, numbers: Ints, width: int) -> "pd.Series[Any]":
    """Return `prefix` and each number from 1, padded with zeros to `width`; below 1 is missing."""
    labels = _labels(prefix, int(numbers.max(initial=0)), width)
    return pd.Series(pd.Categorical.from_codes(np.maximum(numbers - 1, -1), labels))


@lru_cache(maxsize=4)
def _labels(prefix: str, count: int, width: int) -> "pd.Index[Any]":
    """Return the labels from 1 to `count`; several tables in a row ask for the same ones."""
    enough = 1 << count.bit_length()
    return _written(prefix, enough, width)[:count] if enough <= KEPT else _new(prefix, count, width)


@lru_cache(maxsize=16)
def _written(prefix: str, count: int, width: int) -> "pd.Index[Any]":
    """Return the labels from 1 to `count`, once for all blocks of a large bank."""
    return _new(prefix, count, width)


def _new(prefix: str, count: int, width: int) -> "pd.Index[Any]":
    return pd.Index([f"{prefix}{number:0{width}d}" for number in range(1, count + 1)], dtype=object)


def pick(labels: Sequence[str], rows: Ints) -> "pd.Series[Any]":
    """Return the label of each row; a row below 0 is missing."""
    return pd.Series(pd.Categorical.from_codes(rows, pd.Index(np.array(labels, dtype=object))))


def choose(rng: np.random.Generator, size: int, weights: Sequence[float]) -> Ints:
    """Return `size` positions drawn with probabilities proportional to `weights`."""
    share = np.cumsum(np.asarray(weights, dtype=np.float64))
    return np.searchsorted(share / share[-1], rng.random(size), "right").astype(np.int64)


def choose_by(rng: np.random.Generator, group: Ints, weights: Floats) -> Ints:
    """Return a position per row, drawn with the weights of its group (groups in rows)."""
    share = np.cumsum(weights, axis=1)
    share /= share[:, -1:]
    drawn = rng.random(len(group))
    return np.asarray((drawn[:, None] >= share[group]).sum(axis=1), dtype=np.int64)


def expit(log_odds: Floats) -> Floats:
    """Return probabilities."""
    return np.asarray(1 / (1 + np.exp(-log_odds)))


def logit(probability: Floats) -> Floats:
    """Return log-odds."""
    return np.asarray(np.log(probability / (1 - probability)))


def amounts(rng: np.random.Generator, mean: Floats, spread: Floats, largest: Floats) -> Floats:
    """Return log-normal amounts with these means, cut off at `largest`."""
    drawn = mean * np.exp(spread * rng.standard_normal(len(mean)) - spread**2 / 2)
    return np.minimum(drawn, largest)


def times(days: NDArray[np.datetime64], hours: Floats) -> NDArray[np.datetime64]:
    """Return moments `hours` after midnight of each day, in seconds."""
    return np.asarray(
        days.astype("datetime64[s]") + np.round(hours * 3600).astype("timedelta64[s]")
    )


def optional(values: Floats, known: NDArray[np.bool_]) -> Floats:
    """Return `values`, missing where not `known`."""
    return np.where(known, values, np.nan)


def whole(values: Floats) -> "pd.Series[int]":
    """Return whole numbers that may be missing."""
    return pd.Series(values).round().astype("Int64")


def stacked(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Return `parts` one under the other, categories united."""
    whole = {}
    for name in parts[0].columns:
        columns = [part[name] for part in parts]
        if isinstance(columns[0].dtype, pd.CategoricalDtype):
            plain = [
                pd.Categorical.from_codes(
                    column.cat.codes.to_numpy(), column.cat.categories.astype(object)
                )
                for column in columns
            ]
            whole[name] = pd.Series(pd.api.types.union_categoricals(plain))
        else:
            whole[name] = pd.concat(columns, ignore_index=True)
    return pd.DataFrame(whole)
