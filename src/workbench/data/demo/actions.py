"""Measures and their follow-up, whatever raised them: warnings, complaints, surveys, reviews."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from workbench.data.demo import names, season
from workbench.data.demo.draws import numbered, optional, pick, stacked, times
from workbench.data.demo.planting import Part, Planted, World
from workbench.data.demo.segments import Floats, Ints
from workbench.data.demo.survey import WAVES

ANSWERED, IN_TIME = 0.97, 0.90
"""Share of warnings that get a measure; share of these opened within the rule's hours."""
DONE_IN_TIME = 0.87
WORST = 6
"""Outlets with the lowest score in a wave, which get measures behind it."""
RESPONSES = {
    "rate_and_fee": "communication",
    "collection": "training",
    "credit_record": "review",
    "approval": "communication",
    "efficiency": "process_change",
    "marketing": "training",
    "service_attitude": "training",
    "privacy": "process_change",
    "system": "process_change",
    "other": "communication",
}
"""Measure after a complaint, by its category."""
WORDS = ("origin_type", "origin_id", "customer_id", "branch_id", "measure", "description")
"""Columns of few or repeated words."""
COST = {
    "visit": 300.0,
    "training": 2_000.0,
    "process_change": 20_000.0,
    "product_change": 50_000.0,
    "litigate": 8_000.0,
    "compensation": 500.0,
}
"""Yuan a measure costs; others cost nothing that is booked."""


@dataclass(frozen=True, eq=False, repr=False)
class _Case:
    """Measures of one origin before they are followed up; columns of one length."""

    frame: pd.DataFrame
    opened: season.Days
    days: float
    owner: Ints
    baseline: Floats
    target: Floats
    metric: str


def part(world: World) -> Part:
    """Return `actions`."""
    makers = (_warnings, _complaints, _surveys, _drills, _audits)
    cases = [maker(world, world.random(maker.__name__)) for maker in makers]
    rng = world.random("follow-up")
    table = stacked([_followed(rng, case) for case in cases if case is not None])
    table = table.take(np.argsort(table["opened_at"].to_numpy(), kind="stable"))
    table = table.reset_index(drop=True).astype(dict.fromkeys(WORDS, "category"))
    table.insert(0, "action_id", numbered("M", np.arange(1, len(table) + 1), 8))
    return Part({"actions": table}, _planted(world))


def _frame(
    origin: str,
    number: Any,
    customer: Any,
    branch: Any,
    measure: Any,
    description: Any,
) -> pd.DataFrame:
    size = len(number)
    return pd.DataFrame(
        {
            "origin_type": np.array([origin] * size, dtype=object),
            "origin_id": np.asarray(number, dtype=object),
            "customer_id": np.asarray(customer, dtype=object),
            "branch_id": np.asarray(branch, dtype=object),
            "measure": np.asarray(measure, dtype=object),
            "description": np.asarray(description, dtype=object),
        }
    )


def _warnings(world: World, rng: np.random.Generator) -> _Case:
    raised, rules = world.tables["warnings"], world.tables["warning_rules"]
    newest = rules.drop_duplicates("rule_id").set_index("rule_id")
    rule = newest.reindex(raised["rule_id"].astype(str).to_numpy())
    at = raised["raised_at"].to_numpy().astype("datetime64[s]")
    hours = rule["response_hours"].to_numpy()
    late = rng.random(len(raised)) >= IN_TIME
    wait = hours * np.where(late, rng.uniform(1.1, 3.0, len(late)), rng.beta(2, 2.5, len(late)))
    opened = at + np.maximum(3600 * wait, 60).astype("timedelta64[s]")
    now = np.datetime64(season.LAST, "s") + np.timedelta64(86_399, "s")
    rows = np.flatnonzero((rng.random(len(raised)) < ANSWERED) & (opened <= now))
    customer = raised["customer_id"].cat.codes.to_numpy()[rows]
    measure = rule["default_action"].to_numpy()[rows].copy()
    helps = raised["verdict"].eq("confirmed").to_numpy()[rows]
    helps &= rng.random(len(rows)) < 0.4
    measure[helps] = rng.choice(["restructure", "add_collateral", "reduce_limit"], int(helps.sum()))
    return _Case(
        _frame(
            "warning",
            raised["warning_id"].astype(str).to_numpy()[rows],
            raised["customer_id"].astype(str).to_numpy()[rows],
            world.people.customers["branch_id"].to_numpy()[customer],
            measure,
            rule["name_zh"].to_numpy()[rows],
        ),
        opened[rows],
        30.0,
        world.people.manager[customer],
        np.full(len(rows), np.nan),
        np.full(len(rows), np.nan),
        "WARN_RESPONSE_ONTIME",
    )


def _complaints(world: World, rng: np.random.Generator) -> _Case:
    found = world.tables["complaints"]
    rows = np.flatnonzero(found["upheld"].fillna(value=False).to_numpy().astype(bool))
    customer = found["customer_id"].cat.codes.to_numpy()[rows]
    at = found["received_at"].to_numpy().astype("datetime64[s]")[rows]
    return _Case(
        _frame(
            "complaint",
            found["complaint_id"].astype(str).to_numpy()[rows],
            found["customer_id"].astype(str).to_numpy()[rows],
            world.people.customers["branch_id"].to_numpy()[customer],
            [RESPONSES[code] for code in found["category"].astype(str).to_numpy()[rows]],
            ["投诉整改"] * len(rows),
        ),
        at + (3600 * rng.uniform(2, 60, len(rows))).astype("timedelta64[s]"),
        30.0,
        world.people.manager[customer],
        np.full(len(rows), 0.05),
        np.full(len(rows), 0.03),
        "COMPLAINT_REPEAT",
    )


def _surveys(world: World, rng: np.random.Generator) -> _Case | None:
    """Return a measure for each of the worst outlets of every wave that is over."""
    scores = outlet_scores(world)
    rows = [
        (wave, str(branch), round(score, 1))
        for wave, by_branch in scores.items()
        for branch, score in by_branch.nsmallest(WORST).items()
    ]
    if not rows:
        return None
    over = {wave: last for wave, _, _, last in WAVES}
    days: season.Days = np.array([over[wave] for wave, _, _ in rows], dtype="datetime64[D]")
    opened = np.asarray(days + np.timedelta64(10, "D"))
    keeps = np.asarray(opened <= np.datetime64(season.LAST))
    kept = [row for row, keep in zip(rows, keeps.tolist(), strict=True) if keep]
    score = np.array([score for _, _, score in kept])
    return _Case(
        _frame(
            "survey",
            [wave for wave, _, _ in kept],
            [None] * len(kept),
            [branch for _, branch, _ in kept],
            rng.choice(["training", "process_change", "communication"], len(kept)),
            ["满意度调查后整改"] * len(kept),
        ),
        times(opened[keeps], np.full(len(kept), 10.0)),
        60.0,
        _chief(world, [branch for _, branch, _ in kept]),
        score,
        score + 5,
        "NPS",
    )


def outlet_scores(world: World) -> "dict[str, pd.Series[float]]":
    """Return the unweighted net promoter score of each outlet, wave by wave, in points."""
    answers = world.tables.get("survey_answers")
    if answers is None:
        return {}
    said = answers[answers["question_id"].eq(names.QUESTIONS[0][0])]
    branch = world.people.customers["branch_id"].to_numpy()
    where = pd.Series(branch[said["customer_id"].cat.codes.to_numpy()], index=said.index)
    point = np.where(said["value_num"] >= 9, 100.0, np.where(said["value_num"] <= 6, -100.0, 0.0))
    points = pd.DataFrame({"wave": said["wave_id"].astype(str), "branch": where, "point": point})
    return {
        str(wave): group.groupby("branch")["point"].mean() for wave, group in points.groupby("wave")
    }


def _drills(world: World, rng: np.random.Generator) -> _Case:
    drills = world.tables["drills"]
    rows = np.flatnonzero(~drills["passed"].to_numpy())
    held: season.Days = drills["held_on"].to_numpy().astype("datetime64[D]")[rows]
    share = drills.groupby("drill_id", observed=True)["passed"].mean()
    return _Case(
        _frame(
            "drill",
            drills["drill_id"].astype(str).to_numpy()[rows],
            [None] * len(rows),
            [str(world.people.branches["branch_id"].iloc[1])] * len(rows),
            rng.choice(["process_change", "training"], len(rows)),
            drills["step_name"].astype(str).to_numpy()[rows],
        ),
        times(np.asarray(held + np.timedelta64(3, "D")), np.full(len(rows), 10.0)),
        45.0,
        _chief(world, [str(world.people.branches["branch_id"].iloc[1])] * len(rows)),
        share.loc[drills["drill_id"].iloc[rows]].to_numpy(),
        np.full(len(rows), 0.95),
        "DRILL_PASS",
    )


def _audits(world: World, rng: np.random.Generator) -> _Case:
    reviews = world.tables["control_attestations"]
    rows = np.flatnonzero(reviews["status"].eq("not_met").to_numpy())
    when: season.Days = reviews["reviewed_on"].to_numpy().astype("datetime64[D]")[rows]
    branch = reviews["branch_id"].astype(str).to_numpy()[rows]
    return _Case(
        _frame(
            "audit",
            reviews["evidence_ref"].to_numpy()[rows],
            [None] * len(rows),
            branch,
            rng.choice(["process_change", "training", "review"], len(rows)),
            reviews["control_code"].astype(str).to_numpy()[rows],
        ),
        times(np.asarray(when + np.timedelta64(2, "D")), np.full(len(rows), 9.5)),
        90.0,
        _chief(world, branch.tolist()),
        np.full(len(rows), 0.0),
        np.full(len(rows), 1.0),
        "CONTROLS_MET",
    )


def _chief(world: World, branches: list[str]) -> Ints:
    """Return the first member of staff of each branch, or of the bank."""
    staff = world.people.staff["branch_id"].astype(str)
    first = staff.reset_index(drop=True).drop_duplicates()
    place = dict(zip(first.to_numpy(), first.index, strict=True))
    return np.array([int(place.get(branch, 0)) for branch in branches], dtype=np.int64)


def _followed(rng: np.random.Generator, case: _Case) -> pd.DataFrame:
    """Return the rows with owner, clock and aim; what falls behind the last day is still open."""
    size = len(case.frame)
    now = np.datetime64(season.LAST, "s") + np.timedelta64(86_399, "s")
    due = case.opened + np.timedelta64(round(case.days * 86_400), "s")
    late = rng.random(size) >= DONE_IN_TIME
    share = np.where(late, rng.uniform(1.05, 1.8, size), rng.beta(4, 2, size))
    done = case.opened + (share * case.days * 86_400).astype("timedelta64[s]")
    begun = case.opened.astype("datetime64[D]")
    begun = begun + np.floor(0.3 * share * case.days).astype("timedelta64[D]")
    cost = np.array([COST.get(measure, 0.0) for measure in case.frame["measure"]])
    frame = case.frame.copy()
    frame["owner_staff_id"] = numbered("S", case.owner + 1, 4)
    frame["opened_at"] = case.opened
    frame["started_on"] = np.where(begun <= now, begun, np.datetime64("NaT", "D"))
    frame["due_at"] = due
    frame["done_at"] = np.where(done <= now, done, np.datetime64("NaT", "s"))
    frame["target_metric"] = pick((case.metric,), np.zeros(size, dtype=np.int64))
    frame["baseline_value"], frame["target_value"] = case.baseline, case.target
    frame["cost"] = optional(cost, cost > 0)
    return frame


def _planted(world: World) -> tuple[Planted, ...]:
    scores = list(outlet_scores(world).values())
    gains = [
        float((later.reindex(worst.index) - worst).mean())
        for now, later in pairwise(scores)
        for worst in (now.nsmallest(WORST),)
    ]
    return (
        Planted(
            "actions.in_the_worst_outlets",
            "effect on NPS of the measures behind each wave; naive: gain, by the next wave, of the "
            "outlets that were chosen because they were worst (regression to the mean)",
            0.0,
            "points",
            ("actions.branch_id", "survey_answers.value_num"),
            naive=round(float(np.mean(gains)), 2) if gains else None,
        ),
    )
