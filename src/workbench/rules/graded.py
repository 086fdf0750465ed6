"""Cases sorted into the grades of the master scale."""

import numpy as np
import pandas as pd

from workbench.rules import risk_model


def counted(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return `grade`, `cases`, `defaults` and mean PD (`predicted`) of the grades in use."""
    names, upper = risk_model.grades()
    codes = np.searchsorted(np.array(upper), predictions["pd"].to_numpy(float), side="left")
    grouped = predictions.groupby(codes, sort=True)
    return pd.DataFrame(
        {
            "grade": [names[int(code)] for code in grouped.groups],  # type: ignore[call-overload]
            "cases": grouped.size().to_numpy(),
            "defaults": grouped["defaulted"].sum().to_numpy(),
            "predicted": grouped["pd"].mean().to_numpy(),
        }
    )
