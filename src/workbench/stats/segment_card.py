"""A frozen segmentation: everything needed to place a customer, as JSON with its own hash."""

import json
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

import numpy as np

from workbench.errors import DataError
from workbench.stats.arrays import Codes, Vector
from workbench.stats.latent_mixed import LOG_TAU, MixedClasses
from workbench.stats.one_thread import one_thread

FORMAT = 1
BLOCK = 16_384
TRANSFORMS = ("none", "log", "root")
"""How a number is taken: as it is, log(1 + x), or √x (counts)."""


@dataclass(frozen=True)
class Number:
    """A number that forms segments, and where its rows lay when they were found.

    Attributes
    ----------
    name, transform : str
    cuts : tuple of float
        Inner bounds of bins of equal share, on the transformed scale: drift is measured on them.
    counts : tuple of float
        Rows by bin; the last is those without a value.
    """

    name: str
    transform: str
    cuts: tuple[float, ...]
    counts: tuple[float, ...]


@dataclass(frozen=True)
class Category:
    """A category that forms segments: its codes, and rows by code; the last is those without."""

    name: str
    codes: tuple[str, ...]
    counts: tuple[float, ...]


@dataclass(frozen=True)
class Card:
    """A segmentation of one cell of customers.

    Attributes
    ----------
    cell : str
        The cell of the rules that it holds for.
    learned_on : str
        ISO day of the rows it was found in.
    rows, seed : int
    numbers, categories : tuple
        What it looks at.
    segments : tuple of str
        Names of the segments; the order of all that follows.
    shares : tuple of float
    means, deviations : tuple of tuple of float
        By segment and number, on the transformed scale.
    answers : tuple of tuple of tuple of float
        By category, segment and code.
    """

    cell: str
    learned_on: str
    rows: int
    seed: int
    numbers: tuple[Number, ...]
    categories: tuple[Category, ...]
    segments: tuple[str, ...]
    shares: tuple[float, ...]
    means: tuple[tuple[float, ...], ...]
    deviations: tuple[tuple[float, ...], ...]
    answers: tuple[tuple[tuple[float, ...], ...], ...]

    @property
    def hash(self) -> str:
        """Return the SHA-256 of the card's contents, in hexadecimal."""
        return sha256(_canonical(self).encode()).hexdigest()

    def write(self) -> str:
        """Return the card as JSON text; equal cards give equal text."""
        content = {"format": FORMAT, "sha256": self.hash, **json.loads(_canonical(self))}
        return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


@dataclass(frozen=True, eq=False, repr=False)
class Scores:
    """Where customers belong.

    Attributes
    ----------
    labels : ndarray of int, shape (n,)
        The likeliest segment, its place in `Card.segments`.
    posterior : ndarray, shape (n, k)
        Probability of each segment.
    """

    labels: Codes
    posterior: Vector


def read(text: str) -> Card:
    """Return the card that `text` holds.

    Raises
    ------
    DataError
        It is no card, of another format, or not as it was written.
    """
    try:
        content = json.loads(text)
        stated, form = content.pop("sha256"), content.pop("format")
        if form != FORMAT:
            raise DataError(f"the segment card has format {form}, not {FORMAT}; freeze it anew")
        numbers = tuple(Number(**_tuples(each)) for each in content.pop("numbers"))
        categories = tuple(Category(**_tuples(each)) for each in content.pop("categories"))
        card = Card(numbers=numbers, categories=categories, **_tuples(content))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"this is no segment card ({error}); restore or freeze it anew") from None
    if card.hash != stated:
        raise DataError(
            f"the segment card was changed after it was frozen: it says {str(stated)[:12]}, its "
            f"contents give {card.hash[:12]}; restore it or freeze it anew"
        )
    return card


def _canonical(card: Card) -> str:
    return json.dumps(asdict(card), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _tuples(content: dict[str, Any]) -> dict[str, Any]:
    return {name: _tuple(value) for name, value in content.items()}


def _tuple(value: Any) -> Any:
    return tuple(_tuple(each) for each in value) if isinstance(value, list) else value


def transformed(values: Vector, transform: str) -> Vector:
    """Return `values` on the scale of `transform`; what the scale does not know is missing.

    Raises
    ------
    DataError
        There is no such transform.
    """
    if transform not in TRANSFORMS:
        raise DataError(f"there is no transform {transform!r}; there are {list(TRANSFORMS)}")
    if transform == "none":
        return np.asarray(values, dtype=np.float64)
    known = np.where(values >= 0, values, np.nan)
    return np.asarray(np.log1p(known) if transform == "log" else np.sqrt(known))


def frozen(
    fit: MixedClasses,
    prepared: tuple[Vector, Codes],
    columns: tuple[tuple[tuple[str, str], ...], tuple[tuple[str, tuple[str, ...]], ...]],
    about: tuple[str, str, int],
    *,
    bins: int = 10,
) -> Card:
    """Return the card of a fitted model.

    Parameters
    ----------
    fit : MixedClasses
    prepared : tuple
        Transformed numbers (n, d) and codes (n, q) the model was fitted to.
    columns : tuple
        Name and transform of each number; name and codes of each category.
    about : tuple
        Cell, day of the rows, and seed.
    """
    numbers, codes = prepared
    cell, day, seed = about
    cuts = [_cuts(column, bins) for column in numbers.T]
    return Card(
        *(cell, day, len(numbers), seed),
        numbers=tuple(
            Number(name, transform, own, tuple(_binned(column, own).tolist()))
            for (name, transform), column, own in zip(columns[0], numbers.T, cuts, strict=True)
        ),
        categories=tuple(
            Category(name, known, tuple(_counted(column, len(known)).tolist()))
            for (name, known), column in zip(columns[1], codes.T, strict=True)
        ),
        segments=tuple(f"{cell}.{at + 1}" for at in range(len(fit.shares))),
        shares=tuple(fit.shares.tolist()),
        means=_tuple(fit.means.tolist()),
        deviations=_tuple(fit.deviations.tolist()),
        answers=tuple(_tuple(each.tolist()) for each in fit.answers),
    )


@one_thread
def scored(card: Card, numbers: Vector, codes: Codes) -> Scores:
    """Place rows of transformed `numbers` (n, d), NaN where missing, and `codes` (n, q), -1.

    A code the card does not know is passed as missing.

    Raises
    ------
    DataError
        There are other columns than on the card.
    """
    if (numbers.shape[1], codes.shape[1]) != (len(card.numbers), len(card.categories)):
        raise DataError(
            f"the card needs {len(card.numbers)} numbers and {len(card.categories)} categories, "
            f"not {numbers.shape[1]} and {codes.shape[1]}"
        )
    means, variances = np.array(card.means), np.array(card.deviations) ** 2
    loads = np.concatenate([(means / variances).T, (-0.5 / variances).T])
    constant = (-0.5 * (LOG_TAU + np.log(variances) + means**2 / variances)).T
    tables = [
        np.concatenate([np.log(np.maximum(np.array(own), 1e-300)).T, np.zeros((1, len(means)))])
        for own in card.answers
    ]
    logs = np.log(np.maximum(np.array(card.shares), 1e-300))
    labels, posterior = np.empty(len(numbers), dtype=np.intp), np.empty((len(numbers), len(logs)))
    for first in range(0, len(numbers), BLOCK):
        own = slice(first, first + BLOCK)
        known = np.isfinite(numbers[own])
        x = np.where(known, numbers[own], 0.0)
        score = np.concatenate([x, x * x], axis=1) @ loads + known.astype(np.float64) @ constant
        score += logs
        for at, table in enumerate(tables):
            score += table[codes[own, at]]
        labels[own] = score.argmax(axis=1)
        score = np.exp(score - score.max(axis=1, keepdims=True))
        posterior[own] = score / score.sum(axis=1, keepdims=True)
    return Scores(labels, posterior)


def drifted(card: Card, numbers: Vector, codes: Codes) -> list[tuple[str, Vector, Vector]]:
    """Return name, rows by bin then, and rows by bin now, for each column of the card."""
    found = [
        (own.name, np.array(own.counts), _binned(column, own.cuts))
        for own, column in zip(card.numbers, numbers.T, strict=True)
    ]
    return found + [
        (own.name, np.array(own.counts), _counted(column, len(own.codes)))
        for own, column in zip(card.categories, codes.T, strict=True)
    ]


def _cuts(column: Vector, bins: int) -> tuple[float, ...]:
    known = column[np.isfinite(column)]
    ends = np.quantile(known, np.arange(1, bins) / bins) if len(known) else np.array([])
    return tuple(float(end) for end in np.unique(ends))


def _binned(column: Vector, cuts: tuple[float, ...]) -> Vector:
    known = np.isfinite(column)
    places = np.searchsorted(np.array(cuts), column[known], side="right")
    counts = np.bincount(places, minlength=len(cuts) + 1)
    return np.append(counts, (~known).sum()).astype(np.float64)


def _counted(codes: Codes, size: int) -> Vector:
    counts = np.bincount(codes[codes >= 0], minlength=size)
    return np.append(counts, (codes < 0).sum()).astype(np.float64)
