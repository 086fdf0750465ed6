"""What default is and when the bank knew what, from the rule pack `default-definition`."""

from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field

from workbench.rules import five_tier, pack
from workbench.rules.pack import Pack, Rule
from workbench.rules.tape import Flags, amounts

NAME = "default-definition"


class Default(Rule):
    """Past due for more than so many days."""

    overdue_days: Annotated[int, Field(ge=0)]


class Known(Rule):
    """How long financial statements take to become known, in months."""

    financials_lag_months: Annotated[int, Field(ge=0)]


class DefaultDefinition(Pack):
    """The pack `default-definition`."""

    default: Default
    known: Known


def read() -> DefaultDefinition:
    """Return the definition.

    Raises
    ------
    ParameterError
        The pack lacks something or has a wrong value.
    """
    return pack.read(DefaultDefinition, NAME)


def failed(tape: pd.DataFrame) -> Flags:
    """Return which rows of a tape are in default by days past due or by class, shape (n,).

    Parameters
    ----------
    tape : DataFrame
        `dpd` and `five_class`; where neither is known a row is not in default.
    """
    late = amounts(tape, "dpd") > read().default.overdue_days
    return np.asarray(late | (five_tier.coded(tape["five_class"]) >= five_tier.NON_PERFORMING))
