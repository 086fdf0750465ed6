"""What customers write, in their own words: redacted examples, for those who may see them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.data.comments import Comments
from workbench.privacy.redact import redacted
from workbench.result import Column, Fact, Finding, Result
from workbench.rules.code_frame import TONES, Frame

SHORTEST, LONGEST = 4, 160
"""Characters of a comment that may be an example."""
COLUMNS = ("topic", "topic_title", "tone", "speakers", "quote")


@dataclass(frozen=True, eq=False, repr=False)
class Quotes(Result):
    """Examples of what is said about each topic.

    Attributes
    ----------
    table : DataFrame
        One row per example: `topic` (code), `topic_title` (by language), `tone`, `speakers`
        (customers who say so), `quote`; the topics in the order of the code frame. Empty where the
        role does not see what customers wrote.
    facts : mapping
        `quotes`, `customers` (who wrote anything), `unfit` (comments that still held something that
        identifies somebody).
    withheld : bool
        Whether the words are withheld from the role.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    withheld: bool
    columns: ClassVar[tuple[Column, ...]] = (
        Column("topic_title", "said"),
        Column("tone", "code", values="comment_tone"),
        Column("speakers", "count"),
        Column("quote", judged=True),
    )
    base: ClassVar[str | None] = "speakers"
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say how many examples there are, or why there are none."""
        if self.withheld:
            return Finding("survey.quotes.withheld")
        if self.table.empty:
            return Finding("survey.quotes.none")
        return Finding("survey.quotes.finding", ("quotes", "customers"))


def quotes(comments: Comments, frame: Frame, *, each: int = 2) -> Quotes:
    """Choose `each` examples of every topic and tone: of one topic only, and of usual length.

    What people said is redacted (`workbench.privacy.redact`); a comment in which something stays
    that identifies somebody is never an example.
    """
    rows = [] if comments.withheld else _chosen(comments, frame, each)
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    unfit = 0 if comments.withheld else sum(redacted(s) is None for s in comments.rows["said"])
    facts = {
        "quotes": Fact(len(table), "count"),
        "customers": Fact(comments.rows["customer_id"].nunique(), "count"),
        "unfit": Fact(unfit, "count"),
    }
    return Quotes("survey.quotes", table, facts, comments.withheld)


def _chosen(comments: Comments, frame: Frame, each: int) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    marks, used = comments.final, set[str]()
    for number, (code, topic) in enumerate(frame.code.items()):
        for place, tone in enumerate(TONES):
            bears = marks[:, 2 * number + place]
            speakers = comments.rows["customer_id"][bears].nunique()
            named = {"topic": code, "topic_title": topic.title, "tone": tone, "speakers": speakers}
            fresh = (said for said in _examples(comments, bears) if said not in used)
            chosen = list(islice(fresh, each))
            used.update(chosen)
            rows += [{**named, "quote": said} for said in chosen]
    return rows


def _examples(comments: Comments, bears: NDArray[np.bool_]) -> Iterator[str]:
    """Give different comments: those of few marks first, then those nearest to usual length."""
    found = comments.rows.assign(marks=comments.final.sum(axis=1))[bears].drop_duplicates("said")
    length = found["said"].str.len()
    found = found.assign(away=(length - length.median()).abs())
    found = found[length.between(SHORTEST, LONGEST)].sort_values(["marks", "away", "said"])
    clean = (redacted(said) for said in found["said"])
    return (said for said in clean if said is not None)
