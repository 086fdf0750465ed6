"""Which customers fail and when, for what is known of them before and after."""

from dataclasses import dataclass

import numpy as np

from workbench.data.demo import season
from workbench.data.demo.planting import World
from workbench.data.demo.segments import Bools, Floats, Ints
from workbench.data.demo.state import DEFAULT


@dataclass(frozen=True, eq=False, repr=False)
class Failures:
    """First months in which customers are more than 90 days late; arrays of one length.

    Attributes
    ----------
    customer : array of int
        Who fails, once each.
    month : array of int
        First month-end in the window at which a loan is more than 90 days late.
    """

    customer: Ints
    month: Ints

    @property
    def day(self) -> season.Days:
        """Return the month-end of each failure."""
        return season.ends(self.month)


def failures(world: World) -> Failures:
    """Return who fails after the first month of the window; who enters it failed is left out."""
    bad = world.late >= DEFAULT
    customer = np.flatnonzero(bad.any(axis=1) & ~bad[:, 0])
    return Failures(customer, world.window[bad[customer].argmax(axis=1)])


def soon(world: World, customer: Ints, day: season.Days) -> Bools:
    """Tell who of `customer` fails within 365 days after `day`."""
    found = failures(world)
    when = np.full(len(world.people.segment), np.datetime64("NaT", "D"))
    when[found.customer] = found.day
    gap = (when[customer] - day.astype("datetime64[D]")) / np.timedelta64(1, "D")
    return np.asarray((gap > 0) & (gap <= 365))


def present(world: World) -> tuple[season.Days, season.Days]:
    """Return the first and the last day on which each customer is in the window as a borrower."""
    first = season.starts(np.maximum(world.people.joined, world.window[0]))
    closed = world.tables["loans"]["closed_on"].to_numpy().astype("datetime64[D]")
    last_day = np.datetime64(season.LAST)
    until = np.where(np.isnat(closed), last_day, closed)
    last = np.full(len(first), np.datetime64("1970-01-01"))
    owner = world.tables["loans"]["customer_id"].cat.codes.to_numpy()
    np.maximum.at(last, owner, until)
    return first, np.minimum(last, last_day)


def riskiness(world: World, slope: float) -> Floats:
    """Return exp(`slope` x log-odds over the segment's mean) of each customer at the end."""
    everybody = np.arange(len(world.people.segment))
    last = np.full(len(everybody), world.window[-1])
    return np.asarray(np.exp(slope * world.known.log_odds(world.people, everybody, last)))


def share(rows: Bools) -> float | None:
    """Return the share of `rows` that are true, to six decimals; None when there is no row."""
    return round(float(rows.mean()), 6) if len(rows) else None
