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
LEAST_CODED = 100
"""Different comments coded by hand below which nothing is trained on them."""


class Coder(Protocol):
    """What tells of texts which marks they bear, a yes or no each."""

    @property
    def marks(self) -> tuple[str, ...]:
        """Names of the marks."""

    def coded(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Return which marks each of `texts` bears, shape (n, marks)."""


class Learner(Protocol):
    """What trains on coded texts and says of each what it would say had it not seen it."""

    def __call__(
        self,
        texts: Sequence[str],
        marks: NDArray[np.bool_],
        names: Sequence[str],
        groups: Sequence[str],
    ) -> NDArray[np.bool_]:
        """Return marks of the shape of `marks`; texts of one group are not trained on together."""


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
    learned : ndarray of bool, shape (n, marks), or None
        What a classifier says that was trained on other comments coded by hand; of comments that
        nobody coded, nothing. None where too few were coded, or none was asked for.
    """

    rows: "pd.DataFrame"
    marks: tuple[str, ...]
    machine: NDArray[np.bool_]
    hand: NDArray[np.float64]
    blind: NDArray[np.bool_]
    withheld: bool
    learned: NDArray[np.bool_] | None = None

    @property
    def final(self) -> NDArray[np.bool_]:
        """Return the marks (n, marks) to report: a person's where there are any."""
        return np.where(np.isnan(self.hand), self.machine, self.hand > 0)


def fingerprint(said: str) -> str:
    """Return what stands for the words of a comment: equal words, equal fingerprint."""
    plain = " ".join(unicodedata.normalize("NFKC", said).split())
    return hashlib.sha256(plain.encode()).hexdigest()[:LETTERS]


def learned(
    texts: Sequence[str],
    others: Sequence[str],
    marks: Sequence[str],
    hand: HandCodes,
    learn: Learner,
) -> NDArray[np.bool_] | None:
    """Return what `learn` says of `texts`, trained on them and `others` as people coded them.

    None where fewer than `LEAST_CODED` different ones were coded.

    Raises
    ------
    DataError
        It says anything but yes or no.
    """
    by_key = {fingerprint(said): said for said in (*others, *texts)}
    keys = sorted(key for key in by_key if hand.of(key))
    if len(keys) < LEAST_CODED:
        return None
    given = [hand.codes[key].marks for key in keys]
    table = np.array([[mark in one for mark in marks] for one in given], dtype=np.bool_)
    said = learn([by_key[key] for key in keys], table, marks, keys)
    if said.dtype != np.bool_ or said.shape != table.shape:
        raise DataError(f"a learner gives booleans {table.shape}, not {said.dtype} {said.shape}")
    place = {key: at for at, key in enumerate(keys)}
    found = np.zeros((len(texts), len(marks)), dtype=np.bool_)
    for row, text in enumerate(texts):
        at = place.get(fingerprint(text))
        if at is not None:
            found[row] = said[at]
    return found


def marked(coder: Coder, texts: Sequence[str]) -> NDArray[np.bool_]:
    """Return which marks `coder` gives each of `texts`, shape (n, marks).

    Raises
    ------
    DataError
        It says anything but yes or no: that could carry the words to somebody who may not see them.
    """
    shape = (len(texts), len(coder.marks))
    found = coder.coded(texts)
    if found.dtype != np.bool_ or found.shape != shape:
        raise DataError(f"a coder gives booleans {shape}, not {found.dtype} {found.shape}")
    return found


def coded(rows: "pd.DataFrame", coder: Coder, hand: HandCodes, free_text: bool) -> Comments:
    """Return the comments `rows` (`customer_id`, `said`) with their marks.

    Raises
    ------
    DataError
        The coder says anything but yes or no of every comment and mark.
    """
    texts = rows["said"].tolist()
    found = marked(coder, texts)
    given = [hand.of(fingerprint(said)) for said in texts]
    person = np.full(found.shape, np.nan)
    for row, one in enumerate(given):
        if one is not None:
            person[row] = [mark in one.marks for mark in coder.marks]
    seen = rows[["customer_id", "said"]] if free_text else rows[["customer_id"]].assign(said=None)
    blind = np.array([one is not None and one.blind for one in given], dtype=np.bool_)
    return Comments(seen, coder.marks, found, person, blind, not free_text)
