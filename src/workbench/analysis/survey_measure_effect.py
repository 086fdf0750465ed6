"""Whether measures in branches raised the score, or only chance brought low scores back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.plots import intervals
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.stats import did
from workbench.stats.clustered import Clustered
from workbench.stats.did import Effect
from workbench.stats.respondents import Wave
from workbench.stats.scores import measures as scored

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEAST = 5
"""Branches with a kind of measure below which that kind is not judged by itself."""
ALL = "measure_scope:all"
CHOSEN = 0.05
"""Level at which a lower prior score counts as the reason a branch was chosen."""


@dataclass(frozen=True)
class Judging:
    """How effects are judged.

    Attributes
    ----------
    aim : float
        Effect, in points, that is worth finding.
    power : float
        How surely it should be found.
    confidence : float
        Coverage of the intervals.
    seed : int
        Of the bootstrap.
    before, after : int
        Waves a comparison looks back and forth.
    """

    aim: float = 8.0
    power: float = 0.8
    confidence: float = 0.95
    seed: int = 1
    before: int = 1
    after: int = 1


@dataclass(frozen=True, eq=False, repr=False)
class MeasureEffect(Result):
    """The effect of measures on the net promoter score, compared in several ways.

    Attributes
    ----------
    table : DataFrame
        One row per kind of measure and comparison: `measure_kind` (as `list:code`), `comparison`
        (`before_after`, `difference` in differences, `same_score`: with branches of equal prior
        score, `placebo`: as if measures had begun a wave earlier), `treated` and `controls`
        (branches), `answers` (effective, of the treated), `effect` in points with `_low` and
        `_high`, `p`, and `detectable_change`: the
        smallest effect found as surely as wished.
    facts : mapping
        `treated`, `controls`, `aim`; of all measures `before_after`, `difference`, `same_score`,
        and where a comparison reaches back far enough `placebo`; `detectable`; `below` (prior
        score of the treated less that of the others); `given_back` (change that chance alone lets
        expect). Empty but for `aim` where nothing can be compared.
    chosen : bool
        Whether the branches had a lower score before: then `same_score` is the answer, else
        `difference`.
    few : bool
        Whether so few branches are on a side that the errors come from the wild bootstrap.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    chosen: bool
    few: bool
    columns: ClassVar[tuple[Column, ...]] = (
        Column("measure_kind", "codes"),
        Column("comparison", "code", values="effect_comparison"),
        Column("treated", "count"),
        Column("controls", "count"),
        Column("answers", "count"),
        Column("effect", "points", interval=("effect_low", "effect_high"), signed=True),
        Column("p", "p"),
        Column("detectable_change", "points"),
    )
    base: ClassVar[str | None] = "answers"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 2.4)

    @property
    def answer(self) -> str:
        """The comparison that is fair: a name of a fact."""
        return "same_score" if self.chosen else "difference"

    def summary(self) -> Finding:
        """Say first whether the bank is large enough to tell, then what the measures did."""
        if self.table.empty:
            return Finding(f"{self.name}.none")
        how = "chosen" if self.chosen else "given"
        effect = self.facts[self.answer]
        beyond = effect.low is not None and effect.high is not None
        beyond = beyond and not float(effect.low or 0) <= 0 <= float(effect.high or 0)
        small = self.facts["detectable"].value > self.facts["aim"].value
        verdict = "too_small" if small else ("beyond" if beyond else "within")
        quoted = ["treated", "controls", "before_after", self.answer, "detectable", "aim"]
        if self.chosen:
            quoted += ["below", "given_back"]
        said = {}
        for language in text.LANGUAGES:
            with text.spoken(language):
                kind = "bootstrap" if self.few else "clustered"
                said[str(language)] = text.say(f"{self.name}.errors_{kind}")
        words = {"errors": Word("errors", said=said)}
        return Finding(f"{self.name}.{how}_{verdict}", tuple(quoted), words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw what each comparison makes of all measures, and zero, on `ax`, if there are any."""
        if self.table.empty:
            ax.set_axis_off()
            return ax
        rows = self.table[self.table["measure_kind"] == ALL]
        names = [schema.value("effect_comparison", str(code)) for code in rows["comparison"]]
        columns = {"effect": "value", "effect_low": "low", "effect_high": "high"}
        return intervals.draw(
            rows.rename(columns=columns).assign(label=names),
            rows="label",
            unit="points",
            label=text.say("survey.effect_axis"),
            ax=ax,
            reference=0.0,
        )


def measure_effect(
    waves: Sequence[Wave],
    fielded: pd.DataFrame,
    measures: pd.DataFrame,
    *,
    metric: str = "NPS",
    judging: Judging | None = None,
) -> MeasureEffect:
    """Compare branches with a measure to branches without one, before and after.

    Parameters
    ----------
    waves : sequence of Wave
        Oldest first, from `stats.respondents.weighted`, with `branch_id`.
    fielded : DataFrame
        `wave_id` and `field_from` of these waves (`Bank.survey_waves`).
    measures : DataFrame
        As `Bank.measures` gives them; those with a branch, a start and this `metric` as target
        count from the first wave whose fieldwork begins on or after their start.
    metric : str
        Target of the measures.
    judging : Judging or None
        How effects are judged.
    """
    how = judging or Judging()
    aim = {"aim": Fact(how.aim, "points")}
    nothing = MeasureEffect(
        "survey.measure_effect", MeasureEffect.no_rows(), aim, chosen=False, few=False
    )
    if not waves:
        return nothing
    cells = did.cells(
        [
            (scored(w)["nps"].to_numpy(float), w.answers["branch_id"], w.design.weights)
            for w in waves
        ]
    )
    if cells.empty:
        return nothing
    starts = _starts(waves, fielded, measures, metric)
    stack = did.rounds(cells, starts, before=how.before, after=how.after)
    if min(did.sides(stack)) < did.LEAST:
        return nothing
    compared = _compared(stack, how)
    further = did.rounds(cells, starts, before=max(how.before, 2), after=how.after)
    if min(did.sides(further[further["relative"] == -2])) >= did.LEAST:
        reaching = _reaching_back(further)
        compared["placebo"] = _judged(did.placebo(reaching), reaching, how)
    below = did.below(stack)
    chosen = bool(below.coefficients[0] < 0 and below.p_values[0] < CHOSEN)
    rows = [_row(ALL, name, effect) for name, effect in compared.items()]
    rows += _kinds(stack, starts, how)
    answer = compared["same_score" if chosen else "difference"]
    facts = aim | _facts(compared, answer, how)
    n = round(answer.answers)
    facts["below"] = Fact(float(below.coefficients[0]), "points", n=n)
    facts["given_back"] = Fact(did.given_back(stack, cells), "points", n=n)
    return MeasureEffect(
        "survey.measure_effect", pd.DataFrame(rows), facts, chosen=chosen, few=answer.few
    )


def _starts(
    waves: Sequence[Wave], fielded: pd.DataFrame, measures: pd.DataFrame, metric: str
) -> pd.DataFrame:
    """Return `unit`, `period` (first wave after the start) and `measure` of each measure."""
    check.columns(fielded, "wave_id", "field_from")
    check.columns(measures, "branch_id", "measure", "started_on", "target_metric")
    own = measures[measures["target_metric"].eq(metric)].dropna(subset=["branch_id", "started_on"])
    begins = fielded.set_index("wave_id").loc[[wave.name for wave in waves], "field_from"]
    days = pd.to_datetime(begins).to_numpy()
    period = np.searchsorted(days, pd.to_datetime(own["started_on"]).to_numpy(), "left")
    return pd.DataFrame(
        {"unit": own["branch_id"], "period": period, "measure": own["measure"]}
    ).reset_index(drop=True)


def _compared(stack: pd.DataFrame, how: Judging) -> dict[str, Effect]:
    fits = {
        "before_after": did.before_after(stack),
        "difference": did.difference(stack),
        "same_score": did.same_score(stack),
    }
    return {name: _judged(fit, stack, how) for name, fit in fits.items()}


def _judged(fit: Clustered, stack: pd.DataFrame, how: Judging) -> Effect:
    return did.judged(fit, stack, seed=how.seed, confidence=how.confidence, power=how.power)


def _reaching_back(stack: pd.DataFrame) -> pd.DataFrame:
    """Return the units and rounds that have a score two waves before the start."""
    pairs = ["round", "unit"]
    back = stack.loc[stack["relative"] == -2, pairs]
    own = stack.merge(back, on=pairs)
    return own[own["relative"].between(-2, -1)]


def _kinds(stack: pd.DataFrame, starts: pd.DataFrame, how: Judging) -> list[dict[str, object]]:
    """Return the rows of each kind of measure that enough branches have."""
    rows = []
    for measure, own in starts.groupby("measure", observed=True):
        pairs = set(zip(own["period"], own["unit"], strict=True))
        mine = [pair in pairs for pair in zip(stack["round"], stack["unit"], strict=True)]
        part = stack[np.array(mine) | ~stack["treated"]]
        rounds = set(part.loc[part["treated"], "round"])
        part = part[part["round"].isin(rounds)]
        if did.sides(part)[0] >= LEAST:
            found = _compared(part, how)
            rows += [_row(f"measure:{measure}", name, each) for name, each in found.items()]
    return rows


def _row(kind: str, comparison: str, effect: Effect) -> dict[str, object]:
    return {
        "measure_kind": kind,
        "comparison": comparison,
        "treated": effect.treated,
        "controls": 0 if comparison == "before_after" else effect.controls,
        "answers": round(effect.answers),
        "effect": effect.value,
        "effect_low": effect.low,
        "effect_high": effect.high,
        "p": effect.p,
        "detectable_change": effect.detectable,
    }


def _facts(compared: Mapping[str, Effect], answer: Effect, how: Judging) -> dict[str, Fact]:
    n = round(answer.answers)
    facts = {
        name: Fact(each.value, "points", each.low, each.high, how.confidence, n)
        for name, each in compared.items()
    }
    return facts | {
        "treated": Fact(answer.treated, "count", n=n),
        "controls": Fact(answer.controls, "count", n=n),
        "detectable": Fact(answer.detectable, "points", n=n),
    }
