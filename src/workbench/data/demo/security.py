"""What is pledged for loans: kinds, values, and how old the appraisals are."""

import numpy as np
import pandas as pd

from workbench.data.demo import season
from workbench.data.demo.book import SECURITIES
from workbench.data.demo.draws import choose_by, numbered, pick
from workbench.data.demo.market import house_prices
from workbench.data.demo.planting import Part, Planted, World
from workbench.data.demo.segments import HOME, OWNER, Bools, Floats, Ints

KINDS = (
    *("residential", "commercial_property", "land", "vehicle", "equipment"),
    *("receivable", "inventory", "deposit", "securities"),
)
RESIDENTIAL, PROPERTY, LAND = range(3)
KIND_WEIGHTS = np.array(
    [
        [14.0, 48, 18, 2, 18, 0, 0, 0, 0],
        [70, 27, 0, 3, 0, 0, 0, 0, 0],
        [100, 0, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 38, 14, 32, 16],
    ]
)
"""Kinds of firms' mortgages, of owners' and consumers', of home loans, and of pledges."""
LENT = np.array([0.58, 0.52, 0.50, 0.60, 0.42, 0.62, 0.45, 0.93, 0.60])
"""Usual loan to value when the loan is made, by kind."""
STALE = 0.45
"""Share of firms' things that are not appraised again when they should be."""
BY_HPI = np.array([1.0, 1.25, 1.1, 0, 0, 0, 0, 0, 0])
"""How strongly the value of each kind follows house prices."""


def part(world: World) -> Part:
    """Return the collaterals and how many appraisals are out of date."""
    frame, stale, true, told = collaterals(world)
    return Part(
        {"collaterals": frame},
        (
            Planted(
                "collateral.stale_appraisals",
                "Part of the firms' live property was last appraised more than a year ago",
                stale,
                "share of firms' live property",
                ("collaterals.appraised_on", "collaterals.appraised_value"),
            ),
            Planted(
                "collateral.loan_to_value",
                "Loan to value of live mortgages at today's prices; appraisals show a lower one",
                true,
                "share",
                ("collaterals.appraised_value", "loan_months.balance", "market_series.value"),
                naive=told,
            ),
        ),
    )


def collaterals(world: World) -> tuple[pd.DataFrame, float, float, float]:
    """Return one row per thing and loan; the share out of date; loan to value in truth, as told."""
    rng, terms = world.random("collaterals"), world.terms
    row = np.flatnonzero(terms.security >= SECURITIES.index("mortgage"))
    segment = world.life.places.segment[terms.slot[row]]
    pledge = terms.security[row] == SECURITIES.index("pledge")
    group = np.where(pledge, 3, np.where(segment == HOME, 2, (segment >= OWNER).astype(np.int64)))
    kind = choose_by(rng, group, KIND_WEIGHTS)
    lent = np.clip(LENT[kind] * rng.lognormal(0, 0.16, len(row)), 0.2, 0.97)
    worth = terms.principal[row] / lent
    appraised = _appraised(world, row, segment < OWNER, kind, rng)
    made, then = house_prices(terms.month[row]), house_prices(appraised)
    value = np.ceil(worth * (then / made) ** BY_HPI[kind] / 1000) * 1000
    claims = (kind <= LAND) & (segment < HOME) & (rng.random(len(row)) < 0.08)
    last = world.tables["loan_months"]["month_end"] == np.datetime64(season.LAST)
    months = world.tables["loan_months"][last]
    owed = np.zeros(len(terms.slot))
    owed[months["loan_id"].cat.codes.to_numpy()] = months["balance"].to_numpy()
    live, firm = owed[row] > 0, segment < OWNER
    homes = live & (segment == HOME)
    now = worth * (house_prices(world.window[-1:])[0] / made) ** BY_HPI[kind]
    old = live & firm & (kind <= LAND)
    frame = pd.DataFrame(
        {
            "collateral_id": numbered("K", np.arange(1, len(row) + 1), 8),
            "loan_id": world.tables["loans"]["loan_id"].array[row],
            "collateral_type": pick(KINDS, kind),
            "appraised_value": value,
            "appraised_on": _on(world, row, appraised, rng),
            "prior_claims": np.where(
                claims, np.round(value * rng.uniform(0.1, 0.4, len(row)), -3), 0
            ),
            "added_after_warning": firm & (rng.random(len(row)) < 0.012),
        }
    )
    stale = _mean(world.window[-1] - appraised[old] > 12)
    return (
        frame,
        stale,
        _ratio(owed[row][homes], now[homes]),
        _ratio(owed[row][homes], value[homes]),
    )


def _appraised(world: World, row: Ints, firm: Bools, kind: Ints, rng: np.random.Generator) -> Ints:
    """Return the month of the newest appraisal: firms' things once a year, others at the start."""
    made, last = world.terms.month[row], int(world.window[-1])
    ended, _ = world.life.ledger.ends()
    until = np.where(ended < 0, last, ended)[world.number >= 0][row]
    lasting = firm & (kind < len(KINDS) - 2)
    forgotten = rng.random(len(row)) < STALE
    # A loan that renews another keeps the old appraisal; a long one gets none.
    earlier = made - rng.integers(1, 13, len(row)) * (world.terms.renews[row] >= 0)
    newest = np.where(until - made > 12, until - rng.integers(0, 12, len(row)), made)
    return np.where(lasting, np.where(forgotten, earlier, newest), made)


def _on(world: World, row: Ints, month: Ints, rng: np.random.Generator) -> season.Days:
    """Return the day of appraisal; the first one lies 5 to 40 days before the loan."""
    first = world.terms.disbursed[row] - rng.integers(5, 41, len(row)).astype("timedelta64[D]")
    other = season.on(month, rng.integers(1, 29, len(row)))
    return np.where(month != world.terms.month[row], other, first)


def _ratio(above: Floats, below: Floats) -> float:
    return round(float(above.sum() / below.sum()), 4) if len(above) else 0.0


def _mean(values: Bools) -> float:
    return round(float(values.mean()), 4) if len(values) else 0.0
