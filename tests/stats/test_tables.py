"""Tests of independence against R, and their size under clustering."""

import numpy as np
import pytest

from tests.stats.oracle import BLOCKS, DESIGNS, agrees, design, schools
from workbench.errors import DataError
from workbench.stats import tables
from workbench.stats.design import Design


def found(block):
    table = schools(DESIGNS[block])
    return tables.independence(design(block), table["sch.wide"], table["stype"])


@pytest.mark.parametrize("block", BLOCKS)
def test_the_second_order_correction_agrees_with_r(block):
    own = dict(zip(("statistic", "p", "ndf", "ddf"), found(block).second_order(), strict=True))
    for field, value in own.items():
        agrees(value, f"{block}.svychisq_F", field)


@pytest.mark.parametrize("block", BLOCKS)
def test_first_order_wald_and_saddlepoint_agree_with_r(block):
    statistic, p = found(block).first_order()
    agrees(statistic, f"{block}.svychisq_Chisq", "statistic")
    agrees(p, f"{block}.svychisq_Chisq", "p")
    statistic, p = found(block).wald_test()
    agrees(statistic, f"{block}.svychisq_Wald", "statistic")
    agrees(p, f"{block}.svychisq_Wald", "p")
    agrees(found(block).saddlepoint(), f"{block}.svychisq_saddlepoint", "p")


def test_a_simple_random_sample_gives_pearson():
    rng = np.random.default_rng(3)
    first, second = rng.integers(0, 2, 500), rng.integers(0, 3, 500)
    own = tables.independence(Design.build(np.ones(500)), first, second)
    from scipy import stats

    counts = np.array([[((first == i) & (second == j)).sum() for j in range(3)] for i in range(2)])
    pearson = stats.chi2_contingency(counts, correction=False)
    assert own.pearson == pytest.approx(pearson.statistic, rel=1e-12)
    assert own.delta == pytest.approx(np.ones(2), rel=0.2)
    assert own.second_order()[1] == pytest.approx(pearson.pvalue, rel=0.05)


def test_clustered_answers_reject_as_often_as_they_should_and_pearson_far_more_often():
    from scipy import special

    corrected = naive = 0
    for seed in range(400):
        rng = np.random.default_rng(seed)
        unit = np.repeat(np.arange(40), 10)
        first = rng.normal(size=40)[unit] + rng.normal(size=400) > 0
        second = rng.normal(size=40)[unit] + rng.normal(size=400) > 0
        own = tables.independence(Design.build(np.ones(400), clusters=unit), first, second)
        corrected += own.second_order()[1] < 0.05
        naive += special.chdtrc(1, own.pearson) < 0.05
    # 99.8 % of binomial counts around 20 of 400.
    assert 8 <= corrected <= 34
    assert naive > 60


def test_a_domain_leaves_its_complement_out():
    table = schools("apiclus1")
    inside = (table["stype"] != "H").to_numpy()
    own = design("clus1_nofpc")
    masked = tables.independence(own, table["sch.wide"], table["stype"], domain=inside)
    missing = tables.independence(
        own, table["sch.wide"], table["stype"].where(inside).astype(object)
    )
    assert masked.second_order() == pytest.approx(missing.second_order(), rel=1e-12)
    assert masked.cells == 1


def test_a_question_with_one_answer_is_refused():
    with pytest.raises(DataError, match="the second question has only the answer"):
        tables.independence(Design.build(np.ones(3)), ["a", "b", "a"], ["x"] * 3)
