"""Customers entered twice, and entries of the customer table that other sources contradict."""

import numpy as np

from workbench.data.demo import names
from workbench.data.demo.planting import Part, Planted, World
from workbench.data.demo.segments import Ints
from workbench.data.demo.state import DEFAULT

TWICE = 0.003
"""Pairs of entries that are one and the same customer, per customer."""
CHANGED = 0.30
"""Pairs that differ in one more attribute than number, day and branch."""
SAME = (
    *("gender", "birth_year", "marital_status", "occupation_class", "housing_status"),
    *("founded_year", "ownership_type", "industry_code", "education"),
)
ELSEWHERE = 0.02
"""Customers whose region is not that of their branch."""
UNREPORTED = 0.10
"""Bureau reports that call a customer normal whom we had more than 90 days late."""


def part(world: World) -> Part:
    """Plant duplicates and contradictions in `customers` and `bureau_reports`; make no table."""
    rng = world.random("duplicates")
    first, second = pairs(world)
    customers = world.people.customers
    for name in SAME:
        values = customers[name].array.copy()
        values[second] = values[first]
        customers[name] = values
    changed = rng.random(len(second)) < CHANGED
    persons = changed & customers["education"].notna().to_numpy()[second]
    values = customers["education"].array.copy()
    values[second[persons]] = "bachelor"
    customers["education"] = values
    _move(world)
    unreported = _unreport(world)
    numbers = customers["customer_id"].astype(str).to_numpy()
    return Part(
        planted=_planted(len(first), unreported),
        detail={"duplicates": np.stack([numbers[first], numbers[second]], axis=1).tolist()},
    )


def pairs(world: World) -> tuple[Ints, Ints]:
    """Return the first and the second entry of each customer entered twice."""
    rng = world.random("pairs")
    segment = world.people.segment
    order = rng.permutation(len(segment))
    order = order[np.argsort(segment[order], kind="stable")]
    first, second = order[:-1:2], order[1::2]
    same = segment[first] == segment[second]
    first, second = first[same], second[same]
    count = round(TWICE * len(segment))
    picked = rng.permutation(len(first))[:count]
    return first[picked], second[picked]


def _move(world: World) -> None:
    """Give some customers a region other than their branch's."""
    rng = world.random("regions")
    customers = world.people.customers
    away = rng.random(len(customers)) < ELSEWHERE
    region = customers["region_code"].astype(str).to_numpy().astype(object)
    other = [f"{names.CITY[:4]}{2 + names.DISTRICTS + place:02d}" for place in range(6)]
    region[away] = np.array(other, dtype=object)[rng.integers(0, 6, int(away.sum()))]
    customers["region_code"] = region


def _unreport(world: World) -> float:
    """Let some bureau reports call normal whom we know better; return the share of such reports."""
    rng = world.random("unreported")
    reports = world.tables["bureau_reports"]
    customer = reports["customer_id"].cat.codes.to_numpy()
    month = reports["queried_at"].to_numpy().astype("datetime64[M]").astype(np.int64) + 1970 * 12
    bad = np.cumsum(world.late >= DEFAULT, axis=1) > 0
    at = np.clip(month - world.window[0] - 1, 0, bad.shape[1] - 1)
    known = bad[customer, at] & (month > world.window[0])
    hidden = known & (rng.random(len(known)) < UNREPORTED)
    reports.loc[hidden, "worst_class"] = "normal"
    reports.loc[hidden, "max_dpd_24m"] = 0
    return float(hidden.sum() / max(known.sum(), 1))


def _planted(count: int, unreported: float) -> tuple[Planted, ...]:
    return (
        Planted(
            "customers.entered_twice",
            "pairs of entries that are one customer, listed under `duplicates`",
            count,
            "pairs",
            ("customers.birth_year", "customer_identities.legal_name"),
            naive=0,
        ),
        Planted(
            "conflicts.region",
            "share of customers whose region is not that of their branch",
            ELSEWHERE,
            "share",
            ("customers.region_code", "branches.region_code"),
        ),
        Planted(
            "conflicts.bureau_class",
            "share of bureau reports that call a customer normal whom we had over 90 days late",
            round(unreported, 4),
            "share",
            ("bureau_reports.worst_class", "loan_months.five_class"),
        ),
    )
