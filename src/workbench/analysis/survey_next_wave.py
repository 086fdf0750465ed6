"""The next wave: how many answers it needs from whom, how many to invite, and who is drawn."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.errors import DataError
from workbench.plots import bars
from workbench.result import Column, Fact, Finding, Result
from workbench.rules.survey_plan import SurveyPlan
from workbench.stats.allocation import Counts, Strata, rounded
from workbench.stats.arrays import Vector
from workbench.stats.drawing import drawn, ranked
from workbench.stats.respondents import ANSWERED, Wave
from workbench.stats.sample_size import Precision
from workbench.stats.scores import measures
from workbench.style import ACCENT, MUTED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LOT = ("phone", "web")
"""Modes that are drawn by lot."""
LIKE_ALL = 10
"""Invitations and answers of everybody that each segment's own are joined with."""


@dataclass(frozen=True)
class Wish:
    """What a plan keeps to.

    Attributes
    ----------
    answers : int or None
        Total to share among the segments.
    budget : float or None
        Money to spend; goes before `answers`.
    confidence : float
        Coverage of intervals.
    """

    answers: int | None = None
    budget: float | None = None
    confidence: float = 0.95


@dataclass(frozen=True, eq=False, repr=False)
class NextWave(Result):
    """How many answers the next wave needs from each segment, and how many to invite for them.

    Attributes
    ----------
    table : DataFrame
        One row per `segment`: `population`, `available`, `answers_before`; `deviation` of one
        answer (points, with the loss by weights), `response_rate` and `cost_per_answer` as last
        time; `needed` (answers to find the change wished for in this segment alone; missing where
        they are more than its customers), `planned` answers, `to_invite`, `planned_cost`;
        `margin` and `detectable_change` of the segment.
    facts : mapping
        `planned`, `to_invite`, `cost`; `margin` and `detectable` of all customers; `aim`, `power`;
        `as_before` (answers that sharing by population would need for the same margin); `alone`
        (segments for which the plan finds the change by itself). Where a segment can give no
        answer, margin and change of all customers are unknown; where nobody may be asked there is
        `population` only.
    reached : bool
        Whether the change wished for is found.
    modes : DataFrame
        `segment`, `mode_assigned`, `share` of the invitations, as last time.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    reached: bool
    modes: pd.DataFrame
    columns: ClassVar[tuple[Column, ...]] = (
        Column("segment", "code", values="segment"),
        Column("population", "count"),
        Column("available", "count"),
        Column("answers_before", "count"),
        Column("response_rate", "share"),
        Column("needed", "count"),
        Column("planned", "count"),
        Column("to_invite", "count"),
        Column("planned_cost", "money"),
        Column("detectable_change", "points"),
    )
    base: ClassVar[str | None] = "answers_before"
    parts: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = (7.2, 2.6)

    def summary(self) -> Finding:
        """Say what the wave takes, and what it can and cannot find."""
        if self.table.empty:
            return Finding(f"{self.name}.nobody", ("population",))
        if (self.table["planned"] == 0).any():
            return Finding(f"{self.name}.silent", ("planned", "to_invite", "cost", "aim"))
        quoted = ("planned", "to_invite", "cost", "margin", "detectable", "aim", "power", "alone")
        return Finding(f"{self.name}.{'reached' if self.reached else 'missed'}", quoted)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw planned and further needed answers of each segment on `ax`, if any are planned."""
        if self.table.empty:
            ax.set_axis_off()
            return ax
        labels = [schema.value("segment", str(code)) for code in self.table["segment"]]
        more = (self.table["needed"] - self.table["planned"]).clip(lower=0).fillna(0)
        return bars.stacked(
            self.table.assign(label=labels, more=more),
            rows="label",
            parts={
                "planned": (text.say("column.planned"), ACCENT),
                "more": (text.say("survey.more_needed"), MUTED),
            },
            unit="count",
            label=text.say("column.answers"),
            ax=ax,
        )


def next_wave(
    wave: Wave,
    survey: pd.DataFrame,
    reach: pd.DataFrame,
    *,
    plan: SurveyPlan,
    wish: Wish | None = None,
) -> NextWave:
    """Plan the answers and invitations of the next wave.

    Parameters
    ----------
    wave : Wave
        The last wave, from `stats.respondents.weighted`: spread of the answers.
    survey : DataFrame
        Its invitations (`Bank.survey`): how many answered, and by which mode they were asked.
    reach : DataFrame
        `segment`, `population` and `available` (table of `survey_reachable.reachable`).
    plan : SurveyPlan
        Change to be found, costs, fewest answers.
    wish : Wish or None
        A total or a budget to keep to. None: the fewest answers with which two such waves find the
        change of the plan.

    Raises
    ------
    ParameterError
        The total or budget cannot be met.
    DataError
        Nobody answered the last wave, or a mode has no cost.

    Where nobody may be asked there is nothing to plan, and that is said. A wave that nobody
    answered plans nothing either: then the plan is that of `first_wave`, and where fewer than ten
    answered, or all alike, so is the spread.
    """
    check.columns(reach, "segment", "population", "available")
    if wave.silent:
        return first_wave(reach, plan=plan, wish=wish)
    known, modes = _last_time(wave, survey, reach, plan)
    return _planned(known, modes, plan, wish or Wish())


def first_wave(reach: pd.DataFrame, *, plan: SurveyPlan, wish: Wish | None = None) -> NextWave:
    """Plan the first wave of a bank, from what the plan assumes in place of an earlier one.

    The parameters and errors are those of `next_wave`.
    """
    check.columns(reach, "segment", "population", "available")
    known = reach[["segment", "population", "available"]].copy()
    share, response = (pd.Series(each) for each in (plan.first.share, plan.first.response))
    rate = float((share * response).sum())
    price = float((share * pd.Series(plan.cost.by_mode())).sum())
    known["answers_before"] = 0
    known["response_rate"] = rate
    known["deviation"] = plan.first.deviation
    known["cost_per_answer"] = price / rate
    each = share[share > 0].rename_axis("mode_assigned").rename("share").reset_index()
    modes = [each.assign(segment=segment) for segment in known["segment"]]
    whole = pd.concat([each.iloc[:0], *modes], ignore_index=True)
    return _planned(known, whole, plan, wish or Wish())


def _planned(known: pd.DataFrame, modes: pd.DataFrame, plan: SurveyPlan, how: Wish) -> NextWave:
    """Return the plan from what is known of each segment, and its modes."""
    strata = Strata.build(
        known["population"],
        known["deviation"],
        low=plan.aim.least,
        high=np.floor(known["available"] * known["response_rate"]),
        cost=known["cost_per_answer"],
    )
    if not strata.high.sum():
        return _nobody(known, modes)
    aim = Precision(1.0, confidence=how.confidence, power=plan.aim.power)
    planned = _shared(strata, aim, plan.aim.change, how)
    invited = np.ceil(planned / known["response_rate"].to_numpy() - 1e-9).astype(np.int64)
    invited = np.minimum(invited, known["available"].to_numpy())
    table = known.assign(planned=planned, to_invite=invited)
    table["planned_cost"] = table["to_invite"] * table["cost_per_answer"] * table["response_rate"]
    each = [Precision(s, 1.0, how.confidence, plan.aim.power) for s in known["deviation"]]
    alone = pd.Series([np.ceil(one.for_change(plan.aim.change)) for one in each], table.index)
    table["needed"] = alone.where(alone <= table["population"])
    sized = list(zip(each, planned, strict=True))
    table["margin"] = [one.margin(n) if n else np.nan for one, n in sized]
    table["detectable_change"] = [one.detectable(n) if n else np.nan for one, n in sized]
    facts = _facts(table, strata, aim, plan)
    reached = bool(facts["detectable"].value <= plan.aim.change)
    return NextWave("survey.next_wave", table, facts, reached, modes)


def _nobody(known: pd.DataFrame, modes: pd.DataFrame) -> NextWave:
    empty = pd.DataFrame(columns=[column.name for column in NextWave.columns])
    facts = {"population": Fact(int(known["population"].sum()), "count")}
    return NextWave("survey.next_wave", empty, facts, reached=False, modes=modes)


def draw(people: pd.DataFrame, planned: NextWave, *, plan: SurveyPlan, seed: int) -> pd.DataFrame:
    """Draw whom the next wave asks, by pseudonym, and by which mode.

    Parameters
    ----------
    people : DataFrame
        `customer_id`, `segment`, `branch_id` of those who may be asked (`Reachable.people`).
    planned : NextWave
        How many to invite of each segment.
    plan : SurveyPlan
        Share whose mode is drawn by lot.
    seed : int
        Same seed and people, same sample.

    Returns
    -------
    DataFrame
        `customer_id`, `segment`, `branch_id`, `mode_assigned`, `mode_randomised`, `frame_count` and
        `design_weight` (population over invited: those who may not be asked are taken to be like
        those who may), by customer. It is a list of people: `workbench deliver` turns it into
        lists for branches, and no notebook shows it.
    """
    sizes = planned.table.set_index("segment")["to_invite"]
    chosen = people[drawn(people["customer_id"], people["segment"], sizes, seed=seed)]
    place = ranked(chosen["customer_id"], chosen["segment"], seed=seed + 1)
    chosen = chosen.assign(place=place, mode_assigned="", mode_randomised=False)
    parts = [
        _with_modes(
            own.sort_values("place"),
            planned.modes[planned.modes["segment"] == segment],
            plan.aim.lot,
        )
        for segment, own in chosen.groupby("segment")
    ]
    table = pd.concat(parts) if parts else chosen
    count = table["segment"].map(planned.table.set_index("segment")["population"])
    table = table.assign(frame_count=count, design_weight=count / table["segment"].map(sizes))
    return table.drop(columns="place").sort_values("customer_id", ignore_index=True)


def _with_modes(own: pd.DataFrame, modes: pd.DataFrame, lot: float) -> pd.DataFrame:
    """Return the people of a segment with modes: the first by lot, the others as last time."""
    by_lot = round(lot * len(own))
    halves = np.arange(by_lot) % len(LOT)
    counts = rounded(modes["share"], len(own) - by_lot)
    others = np.repeat(modes["mode_assigned"].to_numpy(), counts)
    return own.assign(
        mode_assigned=[*np.array(LOT)[halves], *others],
        mode_randomised=np.arange(len(own)) < by_lot,
    )


def _last_time(
    wave: Wave, survey: pd.DataFrame, reach: pd.DataFrame, plan: SurveyPlan
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what the last wave says of each segment, and its modes."""
    check.columns(survey, "segment", "status", "mode_assigned")
    known = reach[["segment", "population", "available"]].copy()
    answered = survey["status"].isin(ANSWERED)
    pooled = float(answered.mean())
    if not pooled:
        raise DataError(f"nobody answered wave {wave.name!r}; its response plans nothing")
    by = answered.groupby(survey["segment"])
    hits, tries = (known["segment"].map(part).fillna(0) for part in (by.sum(), by.size()))
    known["answers_before"] = hits.astype(int)
    known["response_rate"] = (hits + LIKE_ALL * pooled) / (tries + LIKE_ALL)
    known["deviation"] = _deviations(wave, known["segment"], plan.first.deviation)
    modes = _modes(survey, known["segment"])
    price = modes["mode_assigned"].map(plan.cost.by_mode()).astype(float)
    if price.isna().any():
        unknown = sorted(set(modes.loc[price.isna(), "mode_assigned"].astype(str)))
        raise DataError(f"modes {unknown} have no cost in the rule pack survey-plan")
    each = (price * modes["share"]).groupby(modes["segment"]).sum()
    known["cost_per_answer"] = known["segment"].map(each) / known["response_rate"]
    return known, modes


def _deviations(wave: Wave, segments: "pd.Series[str]", assumed: float) -> list[float]:
    """Return the spread of one answer in each segment, as if weights were equal there.

    What unequal weights cost is part of it: the variance is multiplied with n Σw² / (Σw)². A
    segment with few answers takes part of its spread from everybody; where everybody's are few, or
    all alike, that is the one `assumed`.
    """
    nps = measures(wave)["nps"].to_numpy(float)
    inside = ~np.isnan(nps)
    few = inside.sum() < LIKE_ALL or not np.ptp(nps[inside])
    everybody = assumed**2 if few else _spread(nps[inside], wave.design.weights[inside])
    found = []
    for segment in segments:
        own = inside & (wave.answers["segment"] == segment).to_numpy()
        n = int(own.sum())
        spread = _spread(nps[own], wave.design.weights[own]) if n > 1 else everybody
        found.append(float(np.sqrt((n * spread + LIKE_ALL * everybody) / (n + LIKE_ALL))))
    return found


def _spread(y: Vector, weights: Vector) -> float:
    centre = np.average(y, weights=weights)
    within = np.average((y - centre) ** 2, weights=weights) * len(y) / (len(y) - 1)
    return float(within * len(y) * (weights @ weights) / weights.sum() ** 2)


def _modes(survey: pd.DataFrame, segments: "pd.Series[str]") -> pd.DataFrame:
    """Return the shares of modes in the invitations of each segment that no lot decided."""
    lot = survey.get("mode_randomised", pd.Series(data=False, index=survey.index))
    chosen = survey[~lot.fillna(value=False).astype(bool)]
    chosen = chosen if len(chosen) else survey
    everybody = chosen["mode_assigned"].value_counts(normalize=True)
    parts = []
    for segment in segments:
        own = chosen.loc[chosen["segment"] == segment, "mode_assigned"]
        share = own.value_counts(normalize=True) if len(own) else everybody
        parts.append(share.sort_index().rename("share").reset_index().assign(segment=segment))
    columns = ["segment", "mode_assigned", "share"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _shared(strata: Strata, aim: Precision, change: float, wish: Wish) -> Counts:
    if wish.budget is not None:
        return strata.affordable(wish.budget)
    if wish.answers is not None:
        return strata.neyman(wish.answers)
    low, high = int(strata.low.sum()), int(strata.high.sum())
    while low < high:
        middle = (low + high) // 2
        found = _precise(aim, strata, strata.neyman(middle)).detectable(1.0) <= change
        low, high = (low, middle) if found else (middle + 1, high)
    return strata.neyman(low)


def _precise(aim: Precision, strata: Strata, answers: Counts) -> Precision:
    """Return the precision of the mean of everybody, as if it were one answer."""
    spread = float(np.sqrt(strata.variance(answers)))
    return Precision(spread, 1.0, aim.confidence, aim.power)


def _facts(
    table: pd.DataFrame, strata: Strata, aim: Precision, plan: SurveyPlan
) -> dict[str, Fact]:
    n = int(table["answers_before"].sum())
    planned = table["planned"].to_numpy()
    whole = _precise(aim, strata, planned)
    share = strata.population / strata.population.sum()
    spread = share @ strata.deviation**2
    silent = bool((planned == 0).any())
    unknown = {name: Fact(float("nan"), "points") for name in ("margin", "detectable")}
    sized = {
        "margin": Fact(whole.margin(1.0), "points", n=n),
        "detectable": Fact(whole.detectable(1.0), "points", n=n),
        "as_before": Fact(float(np.ceil(spread / strata.variance(planned))), "count", n=n),
    }
    return {
        "planned": Fact(int(planned.sum()), "count", n=n),
        "to_invite": Fact(int(table["to_invite"].sum()), "count", n=n),
        "cost": Fact(float(table["planned_cost"].sum()), "money", n=n),
        **(unknown if silent else sized),
        "aim": Fact(plan.aim.change, "points"),
        "power": Fact(plan.aim.power, "share"),
        "alone": Fact(int((table["detectable_change"] <= plan.aim.change).sum()), "count"),
    }
