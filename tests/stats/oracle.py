"""Reference results from R: cases, inputs and the designs they were computed on."""

import json
import os
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.stats.design import Design

FOLDER = Path(__file__).parents[1] / "oracles" / "survey"
DESIGNS = {"strat_fpc": "apistrat", "clus1_nofpc": "apiclus1", "clus2_fpc": "apiclus2"}
BLOCKS = tuple(DESIGNS)


@cache
def cases():
    return {case["id"]: case for case in json.loads((FOLDER / "oracle.json").read_text("utf-8"))}


@cache
def schools(name):
    return pd.read_csv(FOLDER / "inputs" / f"{name}.csv")


def design(block):
    table = schools(DESIGNS[block])
    if block == "strat_fpc":
        return Design.build(table["pw"], strata=table["stype"], population=table["fpc"])
    if block == "clus1_nofpc":
        return Design.build(table["pw"], clusters=table["dnum"])
    units, counts = [table["dnum"], table["snum"]], [table["fpc1"], table["fpc2"]]
    return Design.build(clusters=units, population=counts)


def answers(block, *columns):
    return schools(DESIGNS[block])[list(columns)].to_numpy(float)


def agrees(own, case, field):
    """Assert that `own` meets the expected `field` of a case at the case's tolerance."""
    expected = cases()[case]["expected"]
    for part in [field] if field in expected else field.split("."):
        expected = expected[part]
    tolerance = cases()[case]["tolerance"]
    wanted = np.asarray(expected, dtype=float)
    own = np.asarray(own, dtype=float)
    own = own if own.shape == wanted.shape else own.reshape(wanted.shape)
    assert own == pytest.approx(wanted, rel=tolerance["rtol"], abs=tolerance["atol"])


def _real(part):
    root = os.environ.get("WORKBENCH_REAL_DATA")
    if not root:
        pytest.skip("WORKBENCH_REAL_DATA is not set: it names the folder of real data sets")
    return Path(root) / "oracles" / "survey" / part


def real_case(name):
    """Return a case whose inputs must not be copied; skip where they are not at hand."""
    found = json.loads(_real("oracle.json").read_text("utf-8"))
    return next(case for case in found if case["id"] == name)


def real_inputs(name):
    """Return the input table of such a case."""
    return pd.read_csv(_real(f"inputs/{name}.csv"))
