"""Contracts: a line of credit under which several loans are drawn one after the other, or one loan.

Working-capital and revolving loans are drawn under a line that runs three years; a loan that renews
another within that time stands under the same contract. All others have a contract of their own.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.data.demo import names, season
from workbench.data.demo.book import Contracts
from workbench.data.demo.draws import numbered
from workbench.data.demo.segments import Bools, Floats, Ints

LINES = (names.WORKING, names.MICRO_CREDIT, names.OWNER_REVOLVING, names.TRADE)
"""Products drawn under a line."""
RUNS = 36
"""Months a line runs."""


@dataclass(frozen=True, eq=False, repr=False)
class Facilities:
    """Contracts of the loans in `loans`.

    Attributes
    ----------
    of : array (loans,) of int
        Contract of each loan, from 0.
    root : array (contracts,) of int
        Row in `loans` of the first loan under each contract.
    limit : array (contracts,) of float
        The most that may be owed under it, yuan.
    revolving : array (contracts,) of bool
        Whether what was paid back may be drawn again.
    """

    of: Ints
    root: Ints
    limit: Floats
    revolving: Bools

    @property
    def revolving_limit(self) -> Floats:
        """Return the limit of each loan's contract, missing unless it revolves."""
        return np.where(self.revolving, self.limit, np.nan)[self.of]


def grouped(terms: Contracts, former: Ints) -> Facilities:
    """Return the contracts of loans; `former` is the row of the loan that each renews, or -1."""
    root = np.arange(len(former))
    line = np.isin(terms.product, LINES) & (former >= 0)
    # A renewed loan was made before the loan that renews it: each pass settles one more of a chain.
    waiting = np.flatnonzero(line)
    while len(waiting):
        ready = ~np.isin(former[waiting], waiting)
        now = waiting[ready]
        under = root[former[now]]
        root[now] = np.where(terms.month[now] < terms.month[under] + RUNS, under, now)
        waiting = waiting[~ready]
    first, of = np.unique(root, return_inverse=True)
    limit = np.zeros(len(first))
    np.maximum.at(limit, of, np.fmax(terms.principal, np.nan_to_num(terms.limit)))
    return Facilities(of, first, limit, ~np.isnan(terms.limit[first]))


def facilities(made: Facilities, loans: pd.DataFrame, terms: Contracts) -> pd.DataFrame:
    """Return the table `facilities`; a contract is closed when its last loan is."""
    root, size = made.root, len(made.root)
    line = np.isin(terms.product[root], LINES)
    matures = loans["matures_on"].to_numpy().astype("datetime64[D]")
    closed = loans["closed_on"].to_numpy().astype("datetime64[D]")
    expires = np.where(
        line, season.on(terms.month[root] + RUNS, terms.pay_day[root]), matures[root]
    )
    np.maximum.at(expires, made.of, matures)
    ends = np.full(size, np.datetime64("1900-01-01", "D"))
    np.maximum.at(ends, made.of, np.where(np.isnat(closed), np.datetime64("2900-01-01"), closed))
    # A line stays open until it expires, whether or not a loan is drawn under it.
    ends = np.where(line, np.maximum(ends, expires), ends)
    open_ = ends > np.datetime64(season.LAST)
    return pd.DataFrame(
        {
            "facility_id": numbered("F", np.arange(size) + 1, 9),
            "customer_id": loans["customer_id"].array[root],
            "product_id": loans["product_id"].array[root],
            "branch_id": loans["branch_id"].array[root],
            "credit_limit": made.limit,
            "currency": loans["currency"].array[root],
            "revolving": made.revolving,
            "signed_on": loans["disbursed_on"].to_numpy()[root],
            "expires_on": expires,
            "closed_on": np.where(open_, np.datetime64("NaT", "D"), ends),
        }
    )
