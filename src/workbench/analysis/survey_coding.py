"""How far the code frame agrees with people who coded the same comments blind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.data.comments import Comments
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.rules.code_frame import TONES, Frame
from workbench.stats import agreement, text_classifier
from workbench.stats.arrays import Vector

Marks = NDArray[np.bool_]
COLUMNS = (
    *("topic", "topic_title", "tone", "coded", "hand", "machine"),
    *("precision", "recall", "f1", "learned_f1", "kappa", "kappa_low", "kappa_high"),
)


@dataclass(frozen=True, eq=False, repr=False)
class Coding(Result):
    """Agreement of the code frame with a person, the worst first.

    Attributes
    ----------
    table : DataFrame
        One row per topic and tone that either found: `topic`, `topic_title`, `tone`, `coded`
        (comments coded blind), `hand` and `machine` (of them with the code), `precision`, `recall`,
        `f1`, `learned_f1` (of a classifier trained on the other comments; missing without one),
        `kappa` with `_low` and `_high` (missing where both found it everywhere).
    facts : mapping
        `coded`; and if any are, `macro_f1` (mean over the rows), `kappa` (of all decisions
        together) and `worst` (the smallest); and with a classifier `learned_macro_f1`, over the
        same rows.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("topic_title", "said"),
        Column("tone", "code", values="comment_tone"),
        Column("coded", "count"),
        Column("hand", "count"),
        Column("machine", "count"),
        Column("precision", "share"),
        Column("recall", "share"),
        Column("f1", "ratio"),
        Column("learned_f1", "ratio"),
        Column("kappa", "ratio", interval=("kappa_low", "kappa_high")),
    )
    base: ClassVar[str | None] = "coded"
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say how well the code frame does, and where worst, or that nobody has looked."""
        if self.table.empty:
            return Finding("survey.coding.none")
        row = self.table.iloc[0]
        words = {
            "worst_name": Word("", said=row["topic_title"]),
            "worst_tone": Word(str(row["tone"]), "comment_tone"),
        }
        quoted = ("coded", "kappa", "macro_f1", "worst")
        if "learned_macro_f1" not in self.facts:
            return Finding("survey.coding.finding", quoted, words)
        own, other = self.facts["macro_f1"].value, self.facts["learned_macro_f1"].value
        better = "ahead" if own >= other else "behind"
        return Finding(f"survey.coding.{better}", (*quoted, "learned_macro_f1"), words)


def coding(comments: Comments, frame: Frame, *, confidence: float = 0.95) -> Coding:
    """Compare the codes of comments that a person coded blind; corrections are no evidence."""
    blind = comments.blind
    hand, machine = comments.hand[blind] > 0, comments.machine[blind]
    learned = None if comments.learned is None else comments.learned[blind]
    names = [(code, topic.title, tone) for code, topic in frame.code.items() for tone in TONES]
    rows = [
        _row(name, hand[:, at], machine[:, at], confidence)
        for at, name in enumerate(names)
        if (hand[:, at] | machine[:, at]).any()
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    if learned is not None:
        table["learned_f1"] = _learned_f1(table, names, hand, learned)
    table = table.sort_values(["kappa", "topic", "tone"], ignore_index=True)
    return Coding("survey.coding", table, _facts(table, hand, machine, confidence))


def _row(
    name: tuple[str, Mapping[str, str], str], hand: Marks, machine: Marks, confidence: float
) -> dict[str, object]:
    both = int((hand & machine).sum())
    found = agreement.kappa(agreement.crossed(hand, machine))
    low, high = found.interval(confidence)
    return {
        **dict(zip(COLUMNS[:3], name, strict=True)),
        "coded": len(hand),
        "hand": int(hand.sum()),
        "machine": int(machine.sum()),
        "precision": both / machine.sum() if machine.any() else np.nan,
        "recall": both / hand.sum() if hand.any() else np.nan,
        "f1": 2 * both / (hand.sum() + machine.sum()),
        "learned_f1": np.nan,
        **{"kappa": found.value, "kappa_low": low, "kappa_high": high},
    }


def _learned_f1(
    table: pd.DataFrame,
    names: Sequence[tuple[str, Mapping[str, str], str]],
    hand: Marks,
    own: Marks,
) -> Vector:
    """Return the classifier's F1 of each row's topic and tone; a mark it never gave is zero."""
    place = {(code, tone): at for at, (code, _, tone) in enumerate(names)}
    rows = [place[pair] for pair in zip(table["topic"], table["tone"], strict=True)]
    return np.nan_to_num(text_classifier.f1(hand, own)[rows])


def _facts(table: pd.DataFrame, hand: Marks, machine: Marks, confidence: float) -> dict[str, Fact]:
    n = len(hand)
    facts = {"coded": Fact(n, "count")}
    if table.empty:
        return facts
    # Decisions about one comment depend on one another: no interval for all of them together.
    overall = agreement.kappa(agreement.crossed(hand.ravel(), machine.ravel()))
    worst = table.iloc[0]
    ends = (float(worst[name]) for name in ("kappa", "kappa_low", "kappa_high"))
    value, low, high = ends
    if table["learned_f1"].notna().all():
        facts["learned_macro_f1"] = Fact(float(table["learned_f1"].mean()), "ratio", n=n)
    return {
        **facts,
        "kappa": Fact(overall.value, "ratio", n=n),
        "macro_f1": Fact(float(table["f1"].mean()), "ratio", n=n),
        "worst": Fact(value, "ratio", low, high, confidence, n),
    }
