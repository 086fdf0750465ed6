"""Word of mouth: who would recommend the bank, who came by recommendation, what the news says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, text
from workbench.plots import lines
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.stats import panel
from workbench.stats.arrays import Vector
from workbench.stats.proportions import effective_n, promoter_score, share_interval
from workbench.stats.respondents import Wave
from workbench.stats.scores import comparable, p_values

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROOM = 1.25
"""Height of the figure over its highest point, which would be cut in half at the rim."""
YEAR = 4
"""Quarters of a year."""


@dataclass(frozen=True, eq=False, repr=False)
class WordOfMouth(Result):
    """Promoters among customers, and applications that came by recommendation.

    Attributes
    ----------
    table : DataFrame
        One row per quarter, oldest first: `until` (its last day), `applications`, `named` (of
        these, with a source noted), `referred` (by an existing customer) and `referred_share`.
    facts : mapping
        `promoters` (weighted share of customers, with interval) and `promoters_change` since the
        wave before in percentage points; of the last four quarters `named` and `referred` (share),
        and `referred_before`, of the four before. Applications are all there are: no interval. What
        cannot be told is not there: promoters where nobody answered, their change where nobody did
        before or the answers are too much alike, applications without a source.
    beyond : bool
        Whether the share of promoters changed by more than sampling error.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    beyond: bool
    columns: ClassVar[tuple[Column, ...]] = (
        Column("until", "date"),
        Column("applications", "count"),
        Column("named", "count"),
        Column("referred", "count"),
        Column("referred_share", "share"),
    )
    base: ClassVar[str | None] = "named"
    parts: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = (7.2, 2.6)
    key: ClassVar[tuple[str, ...]] = ("promoters", "promoters_change", "referred")

    def summary(self) -> Finding:
        """Say who would recommend, whether that changed, and who came by recommendation."""
        quoted = [name for name in ("promoters", "promoters_change") if name in self.facts]
        # What is known of customers, and behind it what is known of applications.
        kind = ("silent_", "first_", "")[len(quoted)]
        if "referred" in self.facts:
            kind += "finding"
            quoted += ["named", "referred", "referred_before"]
        else:
            kind += "no_source"
        if "promoters_change" not in quoted:
            return Finding(f"{self.name}.{kind}", tuple(quoted))
        mark = "beyond" if self.beyond else "within"
        said = {}
        for language in text.LANGUAGES:
            with text.spoken(language):
                said[str(language)] = text.say(f"survey.answer.mark_{mark}")
        return Finding(f"{self.name}.{kind}", tuple(quoted), {"mark": Word(mark, said=said)})

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the share of applications by recommendation over the quarters on `ax`."""
        if not self.table["referred_share"].notna().any():
            ax.set_axis_off()
            return ax
        labels = [f"{until:%Y-%m}" for until in pd.to_datetime(self.table["until"])]
        lines.draw(
            self.table.assign(label=labels),
            columns="label",
            lines={"referred_share": text.say("column.referred_share")},
            unit="share",
            label=text.say("survey.referred_axis"),
            ax=ax,
        )
        ax.set_ylim(top=ROOM * float(self.table["referred_share"].max()) or 1.0)
        return ax


@dataclass(frozen=True, eq=False, repr=False)
class News(Result):
    """News about customers, by the day the bank found it.

    Attributes
    ----------
    table : DataFrame
        One row per quarter, oldest first: `until`, `negative` and `positive` items, `firms` (the
        customers they are about).
    facts : mapping
        Of the last four quarters `negative`, `positive`, and `negative_before` of the four before.
        All that was found, no sample: no interval.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("until", "date"),
        Column("negative", "count"),
        Column("positive", "count"),
        Column("firms", "count"),
    )
    base: ClassVar[str | None] = "firms"
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say how much negative news was found, against the year before."""
        if not self.facts:
            return Finding(f"{self.name}.none")
        return Finding(f"{self.name}.finding", ("negative", "negative_before", "positive"))


def word_of_mouth(
    wave: Wave, previous: Wave, quarters: pd.DataFrame, *, confidence: float = 0.95
) -> WordOfMouth:
    """Estimate the share of promoters and its change, and count applications by recommendation.

    Parameters
    ----------
    wave, previous : Wave
        From `stats.respondents.weighted`; one that nobody answered says nothing.
    quarters : DataFrame
        Eight quarters, oldest first, as the query `word_of_mouth` gives them.
    confidence : float
        Coverage of the intervals.
    """
    check.columns(quarters, "until", "applications", "named", "referred")
    named = quarters["named"]
    table = quarters.assign(referred_share=quarters["referred"] / named.where(named > 0))
    facts, beyond = _promoters(wave, previous, confidence)
    late, early = table.iloc[-YEAR:], table.iloc[:-YEAR]
    if late["named"].sum():
        count = int(late["named"].sum())
        facts["named"] = Fact(count, "count", n=count)
        facts["referred"] = _share(late)
        facts["referred_before"] = _share(early)
    return WordOfMouth("survey.word_of_mouth", table, facts, beyond)


def news(quarters: pd.DataFrame) -> News:
    """Count the news about customers that the bank found.

    Parameters
    ----------
    quarters : DataFrame
        As for `word_of_mouth`, with `negative`, `positive` and `firms`.
    """
    check.columns(quarters, "until", "negative", "positive", "firms")
    table = quarters[["until", "negative", "positive", "firms"]].reset_index(drop=True)
    if not table["firms"].sum():
        return News("survey.news", table.iloc[:0], {})
    late, early = table.iloc[-YEAR:], table.iloc[:-YEAR]
    facts = {
        "negative": _sum(late, "negative"),
        "positive": _sum(late, "positive"),
        "negative_before": _sum(early, "negative"),
    }
    return News("survey.news", table, facts)


def _promoters(wave: Wave, previous: Wave, confidence: float) -> tuple[dict[str, Fact], bool]:
    y_now, y_before = (_promoter(each) for each in (wave, previous))
    if np.isnan(y_now).all():
        return {}, False
    share = _share_of_customers(wave, y_now, confidence)
    if np.isnan(y_before).all():
        return {"promoters": share}, False
    found = panel.change(wave.design, previous.design, y_now=y_now, y_before=y_before)
    step = found.interval(confidence)
    low, high = (100 * float(end[0]) for end in step)
    value, n = 100 * float(found.value[0]), int(found.n[0])
    change = Fact(value, "points", low, high, confidence, n)
    pair = (pd.DataFrame(each) for each in (y_now, y_before))
    p = float(p_values(found.value, np.where(comparable(*pair), found.se, 0.0), found.df)[0])
    if np.isnan(p):
        return {"promoters": share}, False
    return {"promoters": share, "promoters_change": change}, p < 1 - confidence


def _share_of_customers(wave: Wave, event: Vector, confidence: float) -> Fact:
    """Return the weighted share of 1 among 0 and 1, with its adjusted Wald interval."""
    grid = wave.design.domain_means(event[:, None], np.zeros(len(event), np.intp), 1)
    share, n = grid.mean[:, 0], grid.n[:, 0]
    size = effective_n(share * (1 - share), grid.se[:, 0], n, grid.kish_n[:, 0], grid.df)
    ends = share_interval(share, size, confidence)
    low, high = float(ends.low[0]), float(ends.high[0])
    return Fact(float(share[0]), "share", low, high, confidence, int(n[0]))


def _promoter(wave: Wave) -> Vector:
    """Return 1 for a promoter, 0 for others, missing without an answer."""
    score = promoter_score(wave.answers["nps"].astype(float))
    return np.where(np.isnan(score), np.nan, (score > 0).astype(float))


def _share(part: pd.DataFrame) -> Fact:
    named = int(part["named"].sum())
    share = float(part["referred"].sum()) / named if named else float("nan")
    return Fact(share, "share", n=named)


def _sum(part: pd.DataFrame, name: str) -> Fact:
    # The firms of single quarters overlap: the largest quarter is a base that is surely there.
    return Fact(int(part[name].sum()), "count", n=int(part["firms"].max()))
