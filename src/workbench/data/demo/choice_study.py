"""A study of choices: borrowers pick one of three offers, again and again, by their attributes."""

import numpy as np
import pandas as pd

from workbench.data.demo import season
from workbench.data.demo.draws import numbered, pick
from workbench.data.demo.planting import Part, Planted, World
from workbench.data.demo.segments import Floats

STUDY = "KX2026"
LEVELS: dict[str, tuple[float, ...]] = {
    "rate_bp": (40.0, 70.0, 100.0, 130.0, 160.0),
    "approval_days": (1.0, 3.0, 7.0, 14.0),
    "amount_share": (70.0, 85.0, 100.0),
    "online": (0.0, 1.0),
    "revolving": (0.0, 1.0),
}
"""Attributes of an offer and the levels shown, each as likely and independent of the others."""
TASTE = {
    "rate_bp": -0.020,
    "approval_days": -0.060,
    "amount_share": 0.030,
    "online": 0.240,
    "revolving": 0.600,
}
"""What a unit adds to the value of an offer, in log-odds of being chosen."""
ASKED, TASKS, OFFERS = 320, 8, 3
DAYS = 28
"""Days before the end of the window in which answers came."""


def part(world: World) -> Part:
    """Return `choice_tasks`: holders of live loans choose among offers."""
    loans = world.tables["loans"]
    live = loans.loc[loans["closed_on"].isna(), "customer_id"]
    borrowers = np.unique(live.cat.codes.to_numpy())
    rng = world.random("choice study")
    who = rng.permutation(borrowers)[:ASKED]
    names = list(LEVELS)
    shape = (len(who) * TASKS, OFFERS)
    shown = np.stack([rng.choice(levels, shape) for levels in LEVELS.values()], axis=2)
    value = shown @ np.array([TASTE[name] for name in names]) + rng.gumbel(size=shape)
    chosen = value.argmax(axis=1)
    return Part({"choice_tasks": _table(world, who, shown, chosen, rng)}, (_planted(),))


def _table(
    world: World,
    who: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    shown: Floats,
    chosen: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    rng: np.random.Generator,
) -> pd.DataFrame:
    tasks, offers, width = shown.shape
    task, offer, place = (each.ravel() for each in np.indices((tasks, offers, width)))
    last = season.starts(world.window[-1:] + 1) - np.timedelta64(1, "D")
    day = last - rng.integers(0, DAYS, len(who)).astype("timedelta64[D]")
    customers = world.tables["loans"]["customer_id"].cat.categories
    return pd.DataFrame(
        {
            "study": pick([STUDY], np.zeros(len(task), dtype=np.int64)),
            "task_id": numbered("T", task + 1, 6),
            "alternative": offer + 1,
            "attribute": pick(list(LEVELS), place),
            "customer_id": pick(list(customers), who[task // TASKS]),
            "level": shown.ravel(),
            "chosen": chosen[task] == offer,
            "answered_on": day[task // TASKS],
        }
    )


def _planted() -> Planted:
    price = TASTE["rate_bp"]
    return Planted(
        "choices.worth",
        "What a unit of each attribute is worth to those who choose among offers",
        {name: round(-own / price, 4) for name, own in TASTE.items() if name != "rate_bp"},
        "basis points",
        ("choice_tasks.level", "choice_tasks.chosen"),
    )
