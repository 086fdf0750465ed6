"""Calibrated weights against R, and what cannot be met."""

import numpy as np
import pytest

from tests.stats.oracle import agrees, schools
from workbench.errors import DataError, ParameterError
from workbench.stats.design import Design
from workbench.stats.rake import Margin

TOTALS = (6194.0, 755.0, 1018.0, 3914069.0)


def plain():
    table = schools("apiclus1")
    return Design.build(table["pw"], clusters=table["dnum"])


def auxiliaries():
    table = schools("apiclus1")
    ones = np.ones(len(table))
    return np.column_stack([ones, table["stype"] == "H", table["stype"] == "M", table["api99"]])


@pytest.mark.parametrize(
    ("case", "distance", "bounds"),
    [
        ("linear", "linear", (0.0, np.inf)),
        ("raking", "multiplicative", (0.0, np.inf)),
        ("logit", "logit", (0.6, 1.6)),
    ],
)
def test_weights_means_and_errors_agree_with_calibrate_of_r(case, distance, bounds):
    design = plain().calibrated(auxiliaries(), TOTALS, distance, bounds)
    table = schools("apiclus1")
    agrees(design.weights[:20], f"clus1.calibrate_{case}", "weights_head")
    found = design.mean(table[["api00", "enroll"]].to_numpy(float))
    agrees(found.value, f"clus1.calibrate_{case}", "mean.est")
    agrees(found.se, f"clus1.calibrate_{case}", "mean.se")
    low, high = found.interval(0.95, np.inf)
    agrees(low, f"clus1.calibrate_{case}", "mean.lci")
    agrees(high, f"clus1.calibrate_{case}", "mean.uci")


@pytest.mark.parametrize("distance", ["linear", "multiplicative", "logit", "truncated"])
def test_totals_are_met_inside_the_bounds(distance):
    design = plain().calibrated(auxiliaries(), TOTALS, distance, (0.5, 2.0))
    assert auxiliaries().T @ design.weights == pytest.approx(np.array(TOTALS), rel=1e-10)
    ratio = design.weights / plain().weights
    if distance in ("logit", "truncated"):
        assert ratio.min() >= 0.5 - 1e-12
        assert ratio.max() <= 2.0 + 1e-12


def test_the_mean_of_an_auxiliary_has_no_error_left():
    found = plain().calibrated(auxiliaries(), TOTALS).total(auxiliaries())
    assert found.value == pytest.approx(np.array(TOTALS), rel=1e-12)
    assert (found.se / found.value).max() < 1e-10


def test_raking_is_multiplicative_calibration_to_the_dummies():
    table = schools("apiclus1")
    counts = {"E": 4421.0, "H": 755.0, "M": 1018.0}
    codes = table["stype"].map({"E": 0, "H": 1, "M": 2}).to_numpy()
    margin = Margin("stype", tuple(counts), codes, np.array(list(counts.values())))
    y = table["api00"].to_numpy(float)
    dummies = codes[:, None] == np.arange(3)
    raked = plain().raked([margin])
    same = plain().calibrated(dummies, list(counts.values()), "multiplicative")
    assert same.weights == pytest.approx(raked.weights, rel=1e-10)
    assert same.mean(y).se == pytest.approx(raked.mean(y).se, rel=1e-10)
    grid, other = (design.domain_means(y, codes, 3) for design in (raked, same))
    assert grid.se == pytest.approx(other.se, rel=1e-9)


def test_totals_that_no_weights_inside_the_bounds_have_are_refused():
    with pytest.raises(DataError, match="calibration did not converge: total"):
        plain().calibrated(auxiliaries(), (6194.0, 755.0, 1018.0, 9914069.0), "logit", (0.9, 1.1))


@pytest.mark.parametrize(
    ("columns", "totals", "distance", "bounds", "message"),
    [
        (np.ones((3, 1)), [3.0], "linear", (0, 2), "auxiliaries have shape"),
        (np.full((183, 1), np.nan), [3.0], "linear", (0, 2), "is missing"),
        (np.ones((183, 1)), [3.0], "logit", (1.1, 2), "both sides of 1"),
    ],
)
def test_wrong_input_is_named(columns, totals, distance, bounds, message):
    with pytest.raises(DataError, match=message):
        plain().calibrated(columns, totals, distance, bounds)


def test_an_unknown_distance_is_refused():
    with pytest.raises((DataError, ParameterError), match="distance must be one of"):
        plain().calibrated(auxiliaries(), TOTALS, "cubic")


def test_weights_are_calibrated_once():
    with pytest.raises(DataError, match="raked before"):
        plain().calibrated(auxiliaries(), TOTALS).calibrated(auxiliaries(), TOTALS)
