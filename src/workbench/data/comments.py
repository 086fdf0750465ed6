"""Comments of a survey wave with the marks of a code frame; the words for those who see them."""

import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from workbench.data.hand_coding import HandCodes
from workbench.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

COLUMN = "survey_answers.value_text"
"""Where comments are."""
LETTERS = 16
"""Length of a comment's fingerprint."""


class Coder(Protocol):
    """What tells of texts which marks they bear, a yes or no each."""

    @property
    def marks(self) -> tuple[str, ...]:
        """Names of the marks."""

    def coded(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Return which marks each of `texts` bears, shape (n, marks)."""


@dataclass(frozen=True, eq=False, repr=False)
class Comments:
    """The comments of one wave.

    Attributes
    ----------
    rows : DataFrame
        One row per comment: `customer_id`, and `said`, missing unless the role sees free text.
    marks : tuple of str
        Names of the marks.
    machine : ndarray of bool, shape (n, marks)
        What the coder found.
    hand : ndarray of float, shape (n, marks)
        What a person found; missing where nobody looked.
    blind : ndarray of bool, shape (n,)
        Whether that person did not see what the coder had found.
    withheld : bool
        Whether the words are withheld from the role.
    """

    rows: "pd.DataFrame"
    marks: tuple[str, ...]
    machine: NDArray[np.bool_]
    hand: NDArray[np.float64]
    blind: NDArray[np.bool_]
    withheld: bool

    @property
    def final(self) -> NDArray[np.bool_]:
        """Return the marks (n, marks) to report: a person's where there are any."""
        return np.where(np.isnan(self.hand), self.machine, self.hand > 0)


def fingerprint(said: str) -> str:
    """Return what stands for the words of a comment: equal words, equal fingerprint."""
    plain = " ".join(unicodedata.normalize("NFKC", said).split())
    return hashlib.sha256(plain.encode()).hexdigest()[:LETTERS]


def coded(rows: "pd.DataFrame", coder: Coder, hand: HandCodes, free_text: bool) -> Comments:
    """Return the comments `rows` (`customer_id`, `said`) with their marks.

    Raises
    ------
    DataError
        The coder says anything but yes or no of every comment and mark.
    """
    texts = rows["said"].tolist()
    shape = (len(texts), len(coder.marks))
    found = coder.coded(texts)
    if found.dtype != np.bool_ or found.shape != shape:
        # Anything else could carry the words to somebody who may not see them.
        raise DataError(f"a coder gives booleans {shape}, not {found.dtype} {found.shape}")
    given = [hand.of(fingerprint(said)) for said in texts]
    person = np.full(shape, np.nan)
    for row, one in enumerate(given):
        if one is not None:
            person[row] = [mark in one.marks for mark in coder.marks]
    seen = rows[["customer_id", "said"]] if free_text else rows[["customer_id"]].assign(said=None)
    blind = np.array([one is not None and one.blind for one in given], dtype=np.bool_)
    return Comments(seen, coder.marks, found, person, blind, not free_text)
