"""Facts of a customer file: which of them are on file, but past the age that the rules allow."""

from collections.abc import Sequence

import pandas as pd

FACT = "file_fact"
"""Value list of the facts."""


def past_age(files: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return which facts on file are past their age.

    Parameters
    ----------
    files : DataFrame
        One row per borrower (query `customer_file`): per fact 1, 0 or missing, and `<fact>_days`
        where it is dated.
    names : sequence of str
        The facts.

    Returns
    -------
    DataFrame
        One column per dated fact: 1 where a customer's is past its age, 0 where it is not, missing
        where there is none or it does not apply.
    """
    return pd.DataFrame(
        {
            name: (1 - files[name].astype(float)).where(files[f"{name}_days"].notna())
            for name in names
            if f"{name}_days" in files
        },
        files.index,
    )
