"""How satisfied the bank's customers are, and whether that has changed: the page's first answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from workbench import text
from workbench.plots import bars
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.stats.respondents import Wave
from workbench.stats.scores import changes, is_scored, scores
from workbench.style import ACCENT, MUTED, PALETTE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PARTS = {"promoters": ACCENT, "passives": MUTED, "detractors": PALETTE[4]}
"""Shares of the figure and their colours, from left to right."""


@dataclass(frozen=True, eq=False, repr=False)
class Satisfaction(Result):
    """The scores of a wave beside those of the wave before.

    Attributes
    ----------
    table : DataFrame
        One row per wave that was answered, the newest first: `wave`, and the columns of
        `stats.scores.scores`; empty where nobody answered the newest.
    facts : mapping
        `answers`, `effective_n`, `nps` (points), `satisfied` (share), `csat` (mean of 1 to 5),
        `promoters`, `detractors`; with a wave before also `nps_change` (points).
    beyond : bool or None
        Whether the net promoter score changed by more than its sampling error; None without a
        wave before, or where the answers are too few or too alike to judge.
    branch : str or None
        The branch whose customers alone were asked; None for those of the bank.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    beyond: bool | None
    branch: str | None = None
    columns: ClassVar[tuple[Column, ...]] = (
        Column("wave"),
        Column("answers", "count"),
        Column("effective_n", "count"),
        Column("nps", "points", interval=("nps_low", "nps_high")),
        Column("satisfied", "share", interval=("satisfied_low", "satisfied_high")),
        Column("csat", "score", interval=("csat_low", "csat_high")),
    )
    base: ClassVar[str | None] = "answers"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 2.2)

    def summary(self) -> Finding:
        """Say the scores, and whether the net promoter score has changed."""
        if self.table.empty:
            return Finding("survey.silent")
        quoted = ("answers", "nps", "satisfied", "csat")
        words = {"whom": self._whom()}
        if "nps_change" not in self.facts:
            return Finding("survey.headline.first", quoted, words)
        if self.beyond is None:
            return Finding("survey.headline.unknown", (*quoted, "nps_change"), words)
        change = self.facts["nps_change"].value
        kind = ("rise" if change > 0 else "fall") if self.beyond else "steady"
        return Finding(f"survey.headline.{kind}", (*quoted, "nps_change"), words)

    def _whom(self) -> Word:
        said = {}
        for language in text.LANGUAGES:
            with text.spoken(language):
                branch = self.branch and text.say("survey.whom.branch", branch=self.branch)
                said[str(language)] = branch or text.say("survey.whom.all")
        return Word(self.branch or "all", said=said)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw promoters, passives and detractors of each wave on `ax`, if there are any."""
        if self.table.empty:
            ax.set_axis_off()
            return ax
        return bars.stacked(
            self.table,
            rows="wave",
            parts={part: (text.say(f"survey.{part}"), colour) for part, colour in PARTS.items()},
            unit="share",
            label=text.say("survey.share_of_customers"),
            ax=ax,
        )


def satisfaction(
    wave: Wave, previous: Wave | None = None, *, confidence: float = 0.95
) -> Satisfaction:
    """Estimate net promoter score, satisfied share and mean satisfaction of all customers.

    Parameters
    ----------
    wave : Wave
        The wave to report, from `stats.respondents.weighted`.
    previous : Wave or None
        The wave to compare with; one that nobody answered counts as none.
    confidence : float
        Coverage of the intervals.
    """
    if not is_scored(wave):
        return Satisfaction("survey.headline", Satisfaction.no_rows(), {}, None, wave.branch)
    earlier = previous if previous and is_scored(previous) else None
    waves = [wave, *([earlier] if earlier else [])]
    rows = [scores(each, confidence=confidence).assign(wave=each.name) for each in waves]
    table = pd.concat(rows, ignore_index=True)
    facts = _facts(rows[0], confidence)
    beyond = None
    if earlier:
        found = changes(wave, earlier, confidence=confidence)["nps"]
        beyond = found.beyond if found.judged else None
        change = Fact(found.value, "points", found.low, found.high, confidence, found.n)
        facts["nps_change"] = change if found.judged else Fact(found.value, "points", n=found.n)
    return Satisfaction("survey.headline", table, facts, beyond, wave.branch)


def _facts(row: pd.DataFrame, confidence: float) -> dict[str, Fact]:
    value = {str(name): float(row[name].iloc[0]) for name in row.columns if name != "wave"}
    n = int(value["answers"])
    facts = {
        "answers": Fact(n, "count", n=n),
        "effective_n": Fact(value["effective_n"], "count", n=n),
        "promoters": Fact(value["promoters"], "share", n=n),
        "detractors": Fact(value["detractors"], "share", n=n),
    }
    for name, unit in (("nps", "points"), ("satisfied", "share"), ("csat", "score")):
        ends = value[f"{name}_low"], value[f"{name}_high"]
        facts[name] = Fact(value[name], unit, *ends, confidence, n)
    return facts
