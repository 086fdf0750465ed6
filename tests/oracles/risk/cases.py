"""The risk reference cases, their input files and their tolerances."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

HERE = Path(__file__).parent
CASES = {case["id"]: case for case in json.loads((HERE / "oracle.json").read_text("utf-8"))}


def case(name):
    return CASES[name]


def table(name):
    return pd.read_csv(HERE / name)


def close(name, field):
    """Return what `field` of a case should be, as a value that compares at the case's tolerance."""
    own = CASES[name]
    limits = {"rtol": 0.0, "atol": 0.0, **own["tolerance"]}
    limits |= limits.pop("fields", {}).get(field, {})
    return pytest.approx(own["expected"][field], rel=limits["rtol"], abs=limits["atol"])


def german():
    """Return design, outcome and coefficient names of the German model's development rows.

    Treatment coding with the levels of R; the level that R's names leave out is the reference.
    """
    rows = table("german_model.csv").query("dev == 1")
    names = list(CASES["glm_binomial_german_dev"]["expected"]["coef"])
    account = "status.of.existing.checking.account"
    columns = [
        rows[name] if name in rows else rows[account] == name.removeprefix(account)
        for name in names[1:]
    ]
    design = np.column_stack([np.asarray(column, dtype=float) for column in columns])
    return design, rows["y"].to_numpy(float), names


def validation():
    """Return predictions and outcome of the validation rows."""
    rows = table("german_val_pred.csv")
    return rows["p_full"].to_numpy(), rows["p_small"].to_numpy(), rows["y"].to_numpy(float)
