"""Checks on input that name what is wrong."""

from collections.abc import Iterable

import pandas as pd

from workbench.errors import DataError, ParameterError


def columns(table: pd.DataFrame, *names: str) -> None:
    """Stop at the first of `names` that `table` lacks."""
    for name in names:
        if name not in table.columns:
            raise DataError(f"column {name!r} is missing; the table has {list(table.columns)}")


def rows(table: pd.DataFrame, what: str) -> None:
    """Stop if `table` is empty; `what` says which rows were looked for."""
    if table.empty:
        raise DataError(f"there are no {what}; check the period, the as-of date and the snapshot")


def choice(value: str, allowed: Iterable[str], what: str) -> None:
    """Stop unless `value` is one of `allowed`."""
    options = list(allowed)
    if value not in options:
        raise ParameterError(f"{what} must be one of {options}, not {value!r}")
