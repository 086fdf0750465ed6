"""A demo bank with known truth: invented customers, loans and surveys, the same from one seed.

Everything is a draw from `segments.toml` and from constants in these modules; `truth.json` beside
the files says what was planted. The files look like a bank's own, with Chinese headers and fake
core numbers, and come into the lake by the same road, through `data/sources/demo.toml`.
"""

from typing import TYPE_CHECKING, Any

from workbench.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd

CUSTOMERS, MONTHS, SEED = 20_000, 36, 20260930
FEWEST = 100
"""Customers below which segments would stand empty."""


def tables(
    customers: int = CUSTOMERS, months: int = MONTHS, seed: int = SEED
) -> "tuple[dict[str, pd.DataFrame], dict[str, Any]]":
    """Return the canonical tables of a demo bank, and the truth planted in it.

    Parameters
    ----------
    customers : int
        Borrowers, from 100 to 1,000,000.
    months : int
        Months of `loan_months`, up to September 2026.
    seed : int
        The same seed gives the same bank.

    Returns
    -------
    tables : dict of str to DataFrame
        Canonical table → rows with core numbers instead of pseudonyms; codes are categorical.
    truth : dict
        What was planted, and what careless estimates make of it; ready for JSON.

    Raises
    ------
    ParameterError
        Too few customers or months.
    """
    import numpy as np

    from workbench.data.demo import season
    from workbench.data.demo.compose import compose

    if customers < FEWEST or months < 2:
        raise ParameterError(f"a demo bank needs {FEWEST} customers and 2 months at least")
    last = season.number(season.LAST)
    return compose(customers, np.arange(last - months + 1, last + 1), seed)
