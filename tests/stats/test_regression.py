"""Regressions on survey answers against R, and what makes a row count."""

import numpy as np
import pandas as pd
import pytest

from tests.stats.oracle import BLOCKS, DESIGNS, agrees, cases, design, schools
from workbench.errors import DataError
from workbench.stats import regression
from workbench.stats.design import Design
from workbench.stats.rake import Margin


def columns(block):
    table = schools(DESIGNS[block])
    return np.column_stack([np.ones(len(table)), table[["ell", "meals", "mobility"]]])


@pytest.mark.parametrize("block", BLOCKS)
def test_linear_regression_agrees_with_svyglm(block):
    found = regression.linear(design(block), schools(DESIGNS[block])["api00"], columns(block))
    agrees(found.coefficients, f"{block}.svyglm_gaussian", "est")
    agrees(found.se, f"{block}.svyglm_gaussian", "se")
    assert found.df == cases()[f"{block}.svyglm_gaussian"]["expected"]["df"]


@pytest.mark.parametrize("block", BLOCKS)
def test_logistic_regression_agrees_with_svyglm(block):
    event = (schools(DESIGNS[block])["sch.wide"] == "Yes").astype(float)
    found = regression.logistic(design(block), event, columns(block))
    agrees(found.coefficients, f"{block}.svyglm_logit", "est")
    # R stops iterating early: its own standard errors move by this much when it goes on.
    expected = cases()[f"{block}.svyglm_logit"]["expected"]["se"]
    assert found.se == pytest.approx(np.array(expected), rel=6e-5)


def test_a_second_stage_adds_to_the_errors_of_a_regression():
    y, x = schools(DESIGNS["clus2_fpc"])["api00"], columns("clus2_fpc")
    both = regression.linear(design("clus2_fpc"), y, x)
    table = schools(DESIGNS["clus2_fpc"])
    one = Design.build(
        design("clus2_fpc").weights, clusters=table["dnum"], population=table["fpc1"]
    )
    assert (one and regression.linear(one, y, x).se[3]) < 0.86 * both.se[3]


def ranks_of_r(y, weights):
    """Return ranks as R does: the places of ties in the order of the rows, averaged."""
    order = np.argsort(y, kind="stable")
    places = np.empty(len(y))
    places[order] = np.cumsum(weights[order]) - weights[order] / 2
    return pd.Series(places).groupby(y).transform("mean").to_numpy() / weights.sum()


@pytest.mark.parametrize("block", BLOCKS)
def test_the_rank_test_agrees_with_r_given_its_ranks_of_ties(block):
    table, own = schools(DESIGNS[block]), design(block)
    y, second = table["api00"].to_numpy(float), (table["comp.imp"] == "Yes").to_numpy()
    x = np.column_stack([np.ones(len(y)), second])
    found = regression.linear(own, ranks_of_r(y, own.weights), x)
    agrees(found.coefficients[1], f"{block}.svyranktest", "diff")
    agrees(found.coefficients[1] / found.se[1], f"{block}.svyranktest", "t")
    agrees(found.p_values[1], f"{block}.svyranktest", "p")


def test_ranks_do_not_depend_on_the_order_of_rows_as_those_of_r_do():
    table, own = schools(DESIGNS["strat_fpc"]), design("strat_fpc")
    y, second = table["api00"].to_numpy(float), (table["comp.imp"] == "Yes").to_numpy()
    back = slice(None, None, -1)
    assert not np.allclose(
        ranks_of_r(y, own.weights)[back], ranks_of_r(y[back], own.weights[back]), rtol=1e-6
    )
    again = Design.build(
        table["pw"].to_numpy()[back],
        strata=table["stype"].to_numpy()[back],
        population=table["fpc"].to_numpy()[back],
    )
    forward = regression.rank_difference(own, y, second)
    backward = regression.rank_difference(again, y[back], second[back])
    assert forward.coefficients == pytest.approx(backward.coefficients, rel=1e-12)
    assert forward.se == pytest.approx(backward.se, rel=1e-10)


def test_without_ties_of_unequal_weight_the_rank_test_is_that_of_r():
    table, own = schools(DESIGNS["clus1_nofpc"]), design("clus1_nofpc")
    found = regression.rank_difference(own, table["api00"], table["comp.imp"] == "Yes")
    agrees(found.coefficients[1], "clus1_nofpc.svyranktest", "diff")
    agrees(found.p_values[1], "clus1_nofpc.svyranktest", "p")


def test_a_regression_on_groups_gives_their_means_and_errors():
    table, own = schools(DESIGNS["strat_fpc"]), design("strat_fpc")
    groups = pd.get_dummies(table["stype"]).to_numpy(float)
    found = regression.linear(own, table["api00"], groups)
    means, _ = own.by(table["api00"], table["stype"])
    assert found.coefficients == pytest.approx(means.value, rel=1e-12)
    assert found.se == pytest.approx(means.se, rel=1e-10)


def test_a_domain_and_missing_values_leave_rows_out_but_not_their_units():
    table, own = schools(DESIGNS["clus1_nofpc"]), design("clus1_nofpc")
    inside = (table["stype"] == "E").to_numpy()
    y = table["api00"].to_numpy(float)
    masked = regression.linear(own, y, columns("clus1_nofpc"), domain=inside)
    missing = regression.linear(own, np.where(inside, y, np.nan), columns("clus1_nofpc"))
    assert masked.se == pytest.approx(missing.se, rel=1e-14)
    assert masked.n == inside.sum()
    only = Design.build(table["pw"][inside], clusters=table["dnum"][inside])
    alone = regression.linear(only, y[inside], columns("clus1_nofpc")[inside])
    assert masked.coefficients == pytest.approx(alone.coefficients, rel=1e-12)


def test_raking_takes_out_of_the_errors_what_the_margins_explain():
    rng = np.random.default_rng(4)
    group = rng.integers(0, 2, 600)
    y = 10 * group + rng.normal(0, 1, 600)
    plain = Design.build(np.ones(600))
    margin = Margin("group", ("a", "b"), group, np.array([500.0, 700.0]))
    ones = np.ones((600, 1))
    mean = plain.raked([margin]).mean(y)
    found = regression.linear(plain.raked([margin]), y, ones)
    assert found.se[0] == pytest.approx(mean.se[0], rel=1e-12)
    assert found.se[0] < 0.3 * regression.linear(plain, y, ones).se[0]


def test_several_coefficients_are_tested_together():
    found = regression.linear(
        design("strat_fpc"), schools("apistrat")["api00"], columns("strat_fpc")
    )
    one, p = found.test([2])
    assert one == pytest.approx((found.coefficients[2] / found.se[2]) ** 2)
    assert p == pytest.approx(found.p_values[2], rel=1e-9)
    low, high = found.interval(0.95)
    assert (low < found.coefficients).all()
    assert (found.coefficients < high).all()


@pytest.mark.parametrize(
    ("event", "x", "message"),
    [
        ([0.0, 1, 2, 1], np.ones((4, 1)), "an event must be 0 or 1"),
        ([0.0, 0, 1, 1], np.array([[1.0, 0], [1, 1], [1, 2], [1, 3]]), "does not converge"),
        ([0.0, 1, 0, 1], np.ones((4, 2)), "repeats the others"),
        ([np.nan] * 4, np.ones((4, 1)), "no row has an answer"),
        ([0.0, 1], np.ones((4, 1)), "expected \\(4,\\)"),
    ],
)
def test_what_cannot_be_fitted_is_said(event, x, message):
    with pytest.raises(DataError, match=message):
        regression.logistic(Design.build(np.ones(4)), event, x)
