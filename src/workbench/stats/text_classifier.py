"""A classifier of short texts into several marks, trained on texts that people coded.

Logistic regressions, one per mark, on characters and pairs and triples of them weighted by how rare
they are (TF-IDF): no word list and no segmentation, so that Chinese and English go the same way.
F1 as in van Rijsbergen (1979), Information Retrieval, ch. 7; its mean over marks is macro-F1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.errors import DataError

Marks = NDArray[np.bool_]
LONGEST, PENALTY, FOLDS, SEED = 3, 10.0, 5, 1
"""Characters in a row; inverse strength of the ridge penalty; folds of the cross-fitting."""
FEWEST = 10
"""Texts with a mark below which the mark is not learned, and never given."""


@dataclass(frozen=True, eq=False, repr=False)
class Classifier:
    """A trained classifier; see `trained`.

    Attributes
    ----------
    marks : tuple of str
        Names of the marks it was trained on.
    """

    marks: tuple[str, ...]
    _words: Any
    _models: tuple[Any, ...]

    def coded(self, texts: Sequence[str]) -> Marks:
        """Return which marks each of `texts` bears, shape (n, marks)."""
        found = np.zeros((len(texts), len(self.marks)), dtype=np.bool_)
        if not texts:
            return found
        table = self._words.transform(texts)
        for at, model in enumerate(self._models):
            if model is not None:
                found[:, at] = model.predict(table)
        return found


def trained(texts: Sequence[str], marks: Marks, names: Sequence[str]) -> Classifier:
    """Train on `texts` with `marks` (n, m) of the given names; the same texts, the same classifier.

    A mark that fewer than ten texts bear, or all but fewer than ten, is never given.

    Raises
    ------
    DataError
        Texts and marks do not belong together.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    if marks.shape != (len(texts), len(names)):
        raise DataError(f"{len(texts)} texts and {len(names)} marks, but a table {marks.shape}")
    words = TfidfVectorizer(analyzer="char", ngram_range=(1, LONGEST), sublinear_tf=True, min_df=2)
    borne = marks.sum(axis=0)
    learned = (borne >= FEWEST) & (len(texts) - borne >= FEWEST)
    table = words.fit_transform(texts) if learned.any() else None
    models = [
        LogisticRegression(C=PENALTY, class_weight="balanced", solver="liblinear").fit(
            table, marks[:, at]
        )
        if known
        else None
        for at, known in enumerate(learned)
    ]
    if table is None:
        words = _Nothing()
    return Classifier(tuple(names), words, tuple(models))


def cross_fitted(
    texts: Sequence[str], marks: Marks, names: Sequence[str], groups: Sequence[str]
) -> Marks:
    """Return (n, m) what classifiers say of `texts` that were not trained on them.

    Texts of one group (such as equal ones) lie in one of five folds, drawn with a fixed seed.
    """
    order = {group: at for at, group in enumerate(sorted(set(groups)))}
    drawn = np.random.default_rng(SEED).permutation(len(order)) % FOLDS
    fold = np.array([drawn[order[group]] for group in groups])
    found = np.zeros(marks.shape, dtype=np.bool_)
    for each in range(FOLDS):
        inside = fold == each
        if inside.any() and not inside.all():
            rest = [text for text, out in zip(texts, inside, strict=True) if not out]
            own = [text for text, out in zip(texts, inside, strict=True) if out]
            found[inside] = trained(rest, marks[~inside], names).coded(own)
    return found


def f1(hand: Marks, machine: Marks) -> NDArray[np.float64]:
    """Return (m,) F1 of each mark, `machine` against `hand`; NaN where neither gave it."""
    both, either = (hand & machine).sum(axis=0), hand.sum(axis=0) + machine.sum(axis=0)
    return np.where(either > 0, 2 * both / np.maximum(either, 1), np.nan)


class _Nothing:
    """Stands for the words where nothing was learned."""

    def transform(self, texts: Sequence[str]) -> None:
        """Return nothing: no model asks for it."""
