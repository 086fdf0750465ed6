"""Whether satisfaction changed since the wave before by more than sampling can explain."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from workbench import text
from workbench.plots import intervals
from workbench.result import Column, Fact, Finding, Result
from workbench.stats.respondents import Wave
from workbench.stats.scores import changes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PHONE = "phone"
SHOWN = {"nps": (1, "points"), "satisfied": (100, "points"), "csat": (1, "score")}
"""Factor and unit each measure's change is shown with: a change of a share in percentage points."""


@dataclass(frozen=True, eq=False, repr=False)
class Change(Result):
    """The change of each score, with its interval.

    Attributes
    ----------
    table : DataFrame
        One row: `wave`, `previous`, `answers` and `answers_previous`, `both` (customers who
        answered in both), and `nps_change` (points), `satisfied_change` (percentage points),
        `csat_change` (scale points), each with `_low` and `_high`.
    facts : mapping
        The three changes; `both`; `phone` and `phone_previous`, the weighted shares of customers
        whose answers were given by telephone; `answers` and `answers_previous`, alone where nobody
        answered in either wave.
    beyond : mapping of str to bool
        Whether each measure (`nps`, `satisfied`, `csat`) changed beyond its sampling error; the
        first two are judged together with the ease of dealing, see `stats.scores.changes`.
    judged : bool
        Whether the first two can be held against their sampling errors.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    beyond: Mapping[str, bool]
    judged: bool
    columns: ClassVar[tuple[Column, ...]] = (
        Column("wave"),
        Column("answers", "count"),
        Column("answers_previous", "count"),
        Column("nps_change", "points", interval=("nps_change_low", "nps_change_high")),
        Column(
            "satisfied_change", "points", interval=("satisfied_change_low", "satisfied_change_high")
        ),
        Column("csat_change", "score", interval=("csat_change_low", "csat_change_high")),
    )
    base: ClassVar[str | None] = "answers"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 1.9)

    def summary(self) -> Finding:
        """Say which scores changed beyond sampling error, and how the mode of answering moved."""
        kinds = {
            (True, True): "both",
            (True, False): "nps_only",
            (False, True): "satisfied_only",
            (False, False): "neither",
        }
        if self.table.empty:
            return Finding("survey.change.nothing", ("answers", "answers_previous"))
        quoted = ("nps_change", "satisfied_change", "phone", "phone_previous")
        if not self.judged:
            return Finding("survey.change.unsure", (*quoted[:2], "answers", "answers_previous"))
        kind = kinds[self.beyond["nps"], self.beyond["satisfied"]]
        return Finding(f"survey.change.{kind}", quoted)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the changes that are measured in points, and zero, on `ax`, if there are any."""
        if self.table.empty or not self.judged:
            ax.set_axis_off()
            return ax
        rows = [
            {
                "label": text.say(f"column.{measure}_change"),
                "value": self.facts[f"{measure}_change"].value,
                "low": self.table[f"{measure}_change_low"].iloc[0],
                "high": self.table[f"{measure}_change_high"].iloc[0],
            }
            for measure in ("nps", "satisfied")
        ]
        return intervals.draw(
            pd.DataFrame(rows),
            rows="label",
            unit="points",
            label=text.say("survey.change_axis"),
            ax=ax,
            reference=0.0,
        )


def change(wave: Wave, previous: Wave, *, confidence: float = 0.95) -> Change:
    """Estimate the change of each score between two waves.

    Parameters
    ----------
    wave, previous : Wave
        From `stats.respondents.weighted`, with `mode_answered`. Customers who answered in both
        waves make the change more certain; where the waves sampled clusters, shared clusters do.
    confidence : float
        Coverage of the intervals.
    """
    given = {"answers": wave, "answers_previous": previous}
    counts = {name: _counted(len(each.answers)) for name, each in given.items()}
    found = {}
    if not (wave.silent or previous.silent):
        found = changes(wave, previous, confidence=confidence)
    if not set(SHOWN) <= set(found):
        return Change("survey.change", Change.no_rows(), counts, {}, judged=False)
    both = wave.answers["customer_id"].isin(previous.answers["customer_id"]).sum()
    row: dict[str, object] = {
        "wave": wave.name,
        "previous": previous.name,
        "answers": len(wave.answers),
        "answers_previous": len(previous.answers),
        "both": int(both),
    }
    facts = counts | {
        "both": Fact(int(both), "count", n=int(both)),
        "phone": _phone(wave),
        "phone_previous": _phone(previous),
    }
    for measure, (factor, unit) in SHOWN.items():
        each = found[measure]
        value, low, high = (factor * end for end in (each.value, each.low, each.high))
        column = f"{measure}_change"
        row |= {column: value, f"{column}_low": low, f"{column}_high": high}
        sure = Fact(value, unit, low, high, confidence, each.n)
        facts[column] = sure if each.judged else Fact(value, unit, n=each.n)
    beyond = {measure: found[measure].beyond for measure in SHOWN}
    judged = all(found[measure].judged for measure in ("nps", "satisfied"))
    return Change("survey.change", pd.DataFrame([row]), facts, beyond, judged)


def _counted(n: int) -> Fact:
    return Fact(n, "count", n=n)


def _phone(wave: Wave) -> Fact:
    """Return the weighted share of customers whose answers came by telephone."""
    by_phone = wave.answers["mode_answered"] == PHONE
    share = wave.design.proportion(by_phone)
    return Fact(float(share.value[0]), "share", n=len(by_phone))
