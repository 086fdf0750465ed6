"""Proportional odds against R, with weights that really count."""

import numpy as np
import pandas as pd
import pytest

from tests.stats.oracle import agrees, cases, real_case, real_inputs, schools
from workbench.errors import DataError
from workbench.stats import ordinal
from workbench.stats.design import Design


def test_coefficients_and_design_errors_agree_with_svyolr():
    table = schools("apiclus1")
    design = Design.build(table["pw"], clusters=table["dnum"], population=table["fpc"])
    answer = pd.cut(table["meals"], [-1, 25, 50, 75, 100]).cat.codes
    x = np.column_stack(
        [table["avg.ed"], table["mobility"], table["stype"] == "H", table["stype"] == "M"]
    )
    found = ordinal.ordinal(design, answer, x.astype(float))
    agrees(found.coefficients, "clus1.svyolr", "est")
    # The optimiser of svyolr stops early: 1.6e-4 of its errors (a Newton solution goes on).
    expected = cases()["clus1.svyolr"]["expected"]["se"]
    assert found.se == pytest.approx(np.array(expected), rel=2e-4)


def test_coefficients_agree_with_clm():
    table = real_inputs("satisfaction_ordinal")
    found = ordinal.ordinal(
        Design.build(np.ones(len(table))), table["overall"], table[["IMAG", "EXPE", "QUAL", "VAL"]]
    )
    expected = real_case("satisfaction.clm")["expected"]
    wanted = [*expected["coef"].values(), *expected["zeta"]]
    assert found.coefficients == pytest.approx(np.array(wanted), rel=1e-6)


def drawn(size, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(size, 2))
    latent = x @ [0.8, -0.5] + rng.logistic(size=size)
    return np.digitize(latent, [-1.0, 0.0, 1.5]), x, rng


def test_a_weight_of_two_is_the_row_twice():
    y, x, rng = drawn(300, 1)
    weights = rng.integers(1, 4, 300)
    weighted = ordinal.ordinal(Design.build(weights.astype(float)), y, x)
    repeated = ordinal.ordinal(
        Design.build(np.ones(weights.sum())), np.repeat(y, weights), np.repeat(x, weights, axis=0)
    )
    assert weighted.coefficients == pytest.approx(repeated.coefficients, rel=1e-9)
    unweighted = ordinal.ordinal(Design.build(np.ones(300)), y, x)
    assert np.abs(weighted.coefficients - unweighted.coefficients).max() > 0.01


def test_the_truth_is_found_and_its_intervals_cover_it():
    truth = np.array([0.8, -0.5, -1.0, 0.0, 1.5])
    inside = np.zeros(5)
    for seed in range(200):
        y, x, _ = drawn(400, seed)
        low, high = ordinal.ordinal(Design.build(np.ones(400)), y, x).interval(0.95)
        inside += (low <= truth) & (truth <= high)
    # 99.8 % of binomial counts around 190 of 200, and room for n = 400.
    assert ((inside >= 178) & (inside <= 199)).all(), inside


def test_two_levels_are_logistic_regression():
    from workbench.stats import regression

    y, x, _ = drawn(400, 7)
    event = (y >= 2).astype(float)
    design = Design.build(np.ones(400))
    found = ordinal.ordinal(design, event, x)
    other = regression.logistic(design, event, np.column_stack([np.ones(400), x]))
    assert found.coefficients[:2] == pytest.approx(other.coefficients[1:], rel=1e-7)
    assert found.coefficients[2] == pytest.approx(-other.coefficients[0], rel=1e-7)
    assert found.se[:2] == pytest.approx(other.se[1:], rel=1e-6)


def test_a_single_level_is_refused():
    with pytest.raises(DataError, match="needs two levels"):
        ordinal.ordinal(Design.build(np.ones(4)), [3.0] * 4, np.arange(4.0)[:, None])


def test_answers_that_a_column_separates_are_refused():
    with pytest.raises(DataError, match="columns separate the answers"):
        ordinal.ordinal(Design.build(np.ones(6)), [0, 0, 1, 1, 2, 2], np.arange(6.0)[:, None])
