"""Offers and their prices: price tests drawn by lot beside prices that officers set, and approvals.

The loans are there before; what is drawn here is how the offers that were refused differ from those
that were accepted. Where the log-odds of refusal are linear in the price, the prices of refused
offers are those of accepted ones, tilted by the exponential of the slope: so no loan changes.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.data.demo import names, season
from workbench.data.demo.draws import choose_by, pick
from workbench.data.demo.market import price_list
from workbench.data.demo.planting import Part, Planted, World
from workbench.data.demo.segments import SEGMENTS, Bools, Floats, Ints

GROUPS = ("business_owner", "consumer")
"""Customers whose prices are put to the test, by product."""
TESTED = (
    (names.OWNER_TERM, names.OWNER_REVOLVING),
    (names.HOUSEHOLD, names.CONSUMER),
)
SLOPE = np.array([0.030, 0.026])
"""Change of the log-odds of refusal per basis point, by group."""
ACCEPTED = np.array([0.92, 0.93])
"""Share that accepts an offer in the test at the usual price and in full, by group."""
SHIFTS = np.array([-90.0, -45.0, 0.0, 45.0, 90.0])
"""Basis points that the lot puts on the usual price, each as likely."""
CUT, CUT_SHARE = 0.8, 0.18
"""Log-odds of refusal where less is offered than was asked for, and how often that is."""
MONTHS, TAKEN = 36, 0.65
"""Months of the test up to the newest, and share of the refusals in them that belong to it."""
ASKERS, FALLS, KEENER = 0.30, 0.05, 6.0
"""Customers with another offer in hand: their share at the usual price, how its log-odds fall per
basis point (they ask for a cut and get it), and how many times likelier than others they refuse."""
AUTHORITY = (-10, -50)
"""Basis points beside the list from which on a branch, and the head office, must approve."""
LEVELS = ("manager", "branch", "head_office")
SKIPPED = 0.08
"""Share of the prices that needed a higher level and were approved one level too low."""
FIXED = "FIXED"


@dataclass(frozen=True, eq=False, repr=False)
class _Offers:
    """Approved applications; arrays of one length.

    `row` is the application's, `margin` its price over the prime rate (bp), `base` that rate.
    """

    row: Ints
    segment: Ints
    product: Ints
    group: Ints
    accepted: Bools
    reduced: Bools
    month: Ints
    base: Floats
    margin: Floats


def part(world: World) -> Part:
    """Price the offers in `applications` anew where they were refused; make no table."""
    rng = world.random("offers")
    offers = _offers(world)
    margin, reduced = offers.margin.copy(), offers.reduced.copy()
    shift = np.full(len(offers.row), np.nan)
    for group in range(len(GROUPS)):
        _test(rng, world, offers, group, (margin, shift, reduced))
    _bargain(rng, offers, np.isnan(shift), (margin, reduced))
    usual = np.where(np.isnan(shift), margin, margin - np.nan_to_num(shift))
    _enter(world, offers, (usual, margin, reduced), ~np.isnan(shift))
    wrong = _approve(rng, world, offers, margin)
    return Part(planted=_planted(offers, margin, np.isnan(shift), wrong))


def _offers(world: World) -> _Offers:
    asked = world.tables["applications"]
    row = np.flatnonzero(asked["decision"].isin(["approved", "approved_reduced"]).to_numpy())
    taken = asked.iloc[row]
    codes = [line[0] for line in names.PRODUCTS]
    product = pd.Categorical(taken["product_id"], categories=codes).codes.astype(np.int64)
    group = np.full(len(row), -1)
    for place, products in enumerate(TESTED):
        group[np.isin(product, products)] = place
    day = taken["offered_at"].to_numpy().astype("datetime64[M]").astype(np.int64) + 1970 * 12
    base = season.lpr(day, taken["requested_term_m"].to_numpy())
    rate = taken["offered_rate"].to_numpy(float)
    segment = world.people.segment[taken["customer_id"].cat.codes.to_numpy()]
    return _Offers(
        *(row, segment, product, group, taken["customer_accepted"].to_numpy(bool)),
        taken["decision"].eq("approved_reduced").to_numpy(),
        *(day, base, np.round((rate - base) * 1e4, 2)),
    )


def _refusal(group: int) -> Floats:
    """Return the chance of refusal by cut (0 no, 1 yes) and shift, shape (2, shifts)."""
    usual = np.log(1 / ACCEPTED[group] - 1)
    log_odds = usual + SLOPE[group] * SHIFTS[None, :] + CUT * np.array([[0.0], [1.0]])
    return np.asarray(1 / (1 + np.exp(-log_odds)))


def _test(
    rng: np.random.Generator,
    world: World,
    offers: _Offers,
    group: int,
    drawn: tuple[Floats, Floats, Bools],
) -> None:
    """Put part of the offers of `group` into the test; `drawn` is margin, shift and cut."""
    margin, shift, reduced = drawn
    open_ = (offers.group == group) & (offers.month > world.window[-1] - MONTHS)
    no = rng.permutation(np.flatnonzero(open_ & ~offers.accepted))
    no = no[: round(TAKEN * len(no))]
    refuses = _refusal(group)
    prior = np.array([[1 - CUT_SHARE], [CUT_SHARE]]) / len(SHIFTS)
    share = float((prior * refuses).sum())
    yes = rng.permutation(np.flatnonzero(open_ & offers.accepted))
    yes = yes[: round(len(no) * (1 - share) / share)]
    if not len(no) or not len(yes):
        return
    shift[yes] = SHIFTS[choose_by(rng, offers.reduced[yes].astype(np.int64), 1 - refuses)]
    both = (prior * refuses).reshape(1, -1)
    cell = choose_by(rng, np.zeros(len(no), dtype=np.int64), both)
    shift[no], reduced[no] = SHIFTS[cell % len(SHIFTS)], cell >= len(SHIFTS)
    usual = margin[yes] - shift[yes]
    margin[no] = usual[rng.integers(0, len(yes), len(no))] + shift[no]


def _bargain(
    rng: np.random.Generator,
    offers: _Offers,
    set_by_hand: Bools,
    drawn: tuple[Floats, Bools],
) -> None:
    """Give refused offers that officers priced their prices: askers got a cut and refuse more.

    `drawn` is margin and cut.
    """
    margin, reduced = drawn
    often = CUT_SHARE * np.exp(CUT)
    kinds = offers.product * len(SEGMENTS) + offers.segment
    for kind in np.unique(kinds).tolist():
        here = set_by_hand & (kinds == kind)
        yes, no = np.flatnonzero(here & offers.accepted), np.flatnonzero(here & ~offers.accepted)
        if not len(yes) or not len(no):
            continue
        beside = margin[yes] - margin[yes].mean()
        weight = _tilt(beside, float(SLOPE[max(int(offers.group[no[0]]), 0)]))
        picked = choose_by(rng, np.zeros(len(no), dtype=np.int64), weight[None, :])
        margin[no] = margin[yes][picked]
        reduced[no] = rng.random(len(no)) < often / (1 - CUT_SHARE + often)


def _tilt(beside: Floats, slope: float) -> Floats:
    """Return the odds of refusal relative to one another at prices `beside` the mean, bp."""
    near = np.clip(beside, -100, 100)
    asks = 1 / (1 + (1 / ASKERS - 1) * np.exp(FALLS * near))
    return np.asarray(np.exp(slope * near) * (1 + asks * (KEENER - 1)))


def _enter(
    world: World, offers: _Offers, priced: tuple[Floats, Floats, Bools], tested: Bools
) -> None:
    asked = world.tables["applications"]
    usual, margin, reduced = priced
    rate = asked["offered_rate"].to_numpy(float).copy()
    approved = rate.copy()
    # The price of a loan is on its contract: only refused offers get another.
    no = ~offers.accepted
    rate[offers.row[no]] = np.round(offers.base[no] + margin[no] / 1e4, 6)
    approved[offers.row] = rate[offers.row]
    lot = offers.row[tested]
    approved[lot] = np.round(rate[lot] - (margin - usual)[tested] / 1e4, 6)
    asked["offered_rate"], asked["approved_rate"] = rate, approved
    decision = asked["decision"].array.copy()
    amount = asked["requested_amount"].to_numpy(float).copy()
    cut = offers.row[no & reduced & ~offers.reduced]
    decision[cut] = "approved_reduced"
    amount[cut] = np.round(amount[cut] * 1.25, -3)
    asked["decision"], asked["requested_amount"] = decision, amount
    year = offers.month // 12
    number = np.full(len(asked), -1)
    number[lot] = year[tested] - year.min()
    labels = [f"PT{int(each)}" for each in range(int(year.min()), int(year.max()) + 1)]
    asked["price_test"] = pick(labels, number)


def _approve(rng: np.random.Generator, world: World, offers: _Offers, margin: Floats) -> float:
    """Enter who approved each price; return the share approved too low of those it matters for."""
    asked, loans = world.tables["applications"], world.tables["loans"]
    grade = np.full(len(asked), "B1", dtype=object)
    number = loans["application_id"].cat.codes.to_numpy()
    known = np.flatnonzero(number >= 0)
    grade[number[known]] = loans["risk_grade_at_origination"].astype(object).to_numpy()[known]
    beside = _listed(world, offers, margin, grade[offers.row])
    need = (beside < AUTHORITY[0]).astype(np.int64) + (beside < AUTHORITY[1])
    skipped = (need > 0) & (rng.random(len(need)) < SKIPPED)
    level = np.full(len(asked), -1)
    level[offers.row] = need - skipped
    asked["price_approval"] = pick(LEVELS, level)
    return round(float(skipped.sum() / max((need > 0).sum(), 1)), 4)


def _listed(world: World, offers: _Offers, margin: Floats, grade: NDArray[np.object_]) -> Floats:
    """Return how many basis points each price stands beside the list of its year."""
    listed = price_list(world.window)
    listed["year"] = listed["valid_from"].dt.year
    amount = world.tables["applications"]["approved_amount"].to_numpy(float)[offers.row]
    wanted = pd.DataFrame(
        {
            "product_id": [names.PRODUCTS[place][0] for place in offers.product],
            "risk_grade": grade,
            "year": np.clip(offers.month // 12, listed["year"].min(), listed["year"].max()),
            "amount_from": np.where(amount >= 1_000_000, 1_000_000.0, 0.0),
        }
    )
    keys = list(wanted.columns)
    found = wanted.merge(listed[[*keys, "base_rate_code", "spread_bp"]], on=keys, how="left")
    whole = np.where(found["base_rate_code"].eq(FIXED), offers.base * 1e4, 0.0)
    return np.asarray(margin + whole - found["spread_bp"].to_numpy(float))


def _planted(
    offers: _Offers, margin: Floats, set_by_hand: Bools, wrong: float
) -> tuple[Planted, ...]:
    touches = ("applications.offered_rate", "applications.customer_accepted")
    return (
        Planted(
            "offers.price_sensitivity",
            "Log-odds of refusal per basis point; naive: within the prices that officers set, "
            "where customers with another offer in hand ask for a cut, get it and still refuse",
            dict(zip(GROUPS, SLOPE.tolist(), strict=True)),
            "log-odds per basis point",
            (*touches, "applications.price_test"),
            naive={
                name: _naive(offers, margin, set_by_hand & (offers.group == place))
                for place, name in enumerate(GROUPS)
            },
        ),
        Planted(
            "offers.full_amount",
            "What an offer of less than was asked for adds to the log-odds of refusal",
            CUT,
            "log-odds",
            ("applications.decision", *touches),
        ),
        Planted(
            "offers.approved_too_low",
            "Prices below the list that a level without the authority approved",
            wrong,
            "share of the prices that needed a higher level",
            ("applications.price_approval", "price_list.spread_bp"),
        ),
    )


def _naive(offers: _Offers, margin: Floats, here: Bools) -> float | None:
    """Return the slope of the log-odds that the means of refused and accepted prices imply."""
    cells = [here & (offers.product == place) for place in range(len(names.PRODUCTS))]
    found = [
        (
            float(margin[cell & ~offers.accepted].mean() - margin[cell & offers.accepted].mean()),
            float(margin[cell & offers.accepted].var()),
            int((cell & ~offers.accepted).sum()),
        )
        for cell in cells
        if (cell & ~offers.accepted).sum() > 1 and (cell & offers.accepted).sum() > 1
    ]
    if not found:
        return None
    weight = sum(count for *_, count in found)
    return round(sum(gap / spread * count for gap, spread, count in found) / weight, 4)
