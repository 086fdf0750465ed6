"""Drills of emergency plans and the quarterly reviews of secrecy controls."""

import numpy as np
import pandas as pd

from workbench import schema
from workbench.data.demo import season
from workbench.data.demo.draws import choose, numbered, pick
from workbench.data.demo.planting import Part, Planted, World
from workbench.data.demo.segments import Ints

SCENARIOS = (
    *("mass_overdue", "guarantor_default", "data_leak"),
    *("system_outage", "liquidity_rumour", "fraud_ring"),
)
STEPS = (
    ("发现与报告", "relationship", 20.0),
    ("启动预案", "risk", 15.0),
    ("情况核实", "risk", 60.0),
    ("通知相关部门", "operations", 20.0),
    ("客户沟通", "relationship", 90.0),
    ("控制措施落地", "collection", 120.0),
    ("复盘与报告", "risk", 180.0),
)
"""Name, department and target minutes of the steps of every scenario."""
PACE, SPREAD = 0.78, 0.28
"""Median of actual over target minutes, and the standard deviation of its log."""
SLOW_STEP, SLOW = 3, 1.45
"""The step between departments that takes longer, and how much."""
LEARNING = 0.97
"""Actual minutes from one half-year to the next."""
STATUSES = ("met", "partly", "not_met", "not_applicable")
MET = [91, 6, 2, 1]
LAGGARD, LAGGING = "backup_restore_test", [62, 22, 14, 2]
"""The control that is met least, and how often."""


def part(world: World) -> Part:
    """Return `drills` and `control_attestations`."""
    return Part({"drills": _drills(world), "control_attestations": _reviews(world)}, _planted())


def _drills(world: World) -> pd.DataFrame:
    rng = world.shared("drills")
    months = world.window[world.window % 6 == 4]
    drill = np.repeat(np.arange(len(months)), len(STEPS))
    step = np.tile(np.arange(len(STEPS)), len(months))
    target = np.array([minutes for _, _, minutes in STEPS])[step]
    pace = PACE * np.where(step == SLOW_STEP, SLOW, 1.0) * LEARNING**drill
    actual = np.round(target * pace * rng.lognormal(0, SPREAD, len(step)), 1)
    day = 12 + rng.integers(0, 9, len(months))
    return pd.DataFrame(
        {
            "drill_id": numbered("D", drill + 1, 3),
            "step_no": step + 1,
            "scenario": pick(SCENARIOS, drill % len(SCENARIOS)),
            "held_on": season.on(months, day)[drill],
            "step_name": pick([name for name, _, _ in STEPS], step),
            "dept_role": pd.Categorical(
                np.array([role for _, role, _ in STEPS], dtype=object)[step]
            ),
            "target_minutes": target,
            "actual_minutes": actual,
            "passed": actual <= target,
        }
    )


def _reviews(world: World) -> pd.DataFrame:
    rng = world.shared("controls")
    controls = tuple(schema.values("control_code"))
    months = world.window[world.window % 3 == 2]
    branches = world.people.branches["branch_id"].to_numpy()
    grid = np.meshgrid(*(np.arange(len(each)) for each in (months, branches, controls)))
    quarter, branch, control = (np.transpose(axis, (1, 0, 2)).ravel() for axis in grid)
    size = len(quarter)
    status = choose(rng, size, MET)
    lags = control == controls.index(LAGGARD)
    status[lags] = choose(rng, int(lags.sum()), LAGGING)
    checked = season.on(months[quarter], np.full(size, 20))
    checked = checked + rng.integers(0, 8, size).astype("timedelta64[D]")
    officers = np.flatnonzero(world.people.staff["role"].eq("risk_officer").to_numpy())
    return pd.DataFrame(
        {
            "control_code": pick(controls, control),
            "branch_id": branches[branch],
            "reviewed_on": checked,
            "status": pick(STATUSES, status),
            "evidence_ref": _evidence(months[quarter], branches[branch], control),
            "reviewer_staff_id": numbered("S", rng.choice(officers, size) + 1, 4),
        }
    )


def _evidence(
    month: Ints, branch: "np.ndarray[tuple[int], np.dtype[np.object_]]", control: Ints
) -> list[str]:
    """Return a distinct number for the papers of each review."""
    return [
        f"BM{when // 12}Q{when % 12 // 3 + 1}-{where}-{what + 1:02d}"
        for when, where, what in zip(month.tolist(), branch, control.tolist(), strict=True)
    ]


def _planted() -> tuple[Planted, ...]:
    return (
        Planted(
            "drills.slow_step",
            f"actual over target minutes of step {SLOW_STEP + 1}, relative to the other steps",
            SLOW,
            "ratio",
            ("drills.actual_minutes", "drills.step_no"),
        ),
        Planted(
            "controls.laggard",
            f"share of reviews in which the control {LAGGARD} is met, others {MET[0] / 100}",
            LAGGING[0] / 100,
            "share",
            ("control_attestations.status",),
        ),
    )
