import numpy as np
import pytest
from scipy import stats

from workbench.stats.effects import adjusted, cramers_v, eta_squared, standardised
from workbench.stats.rules_of_groups import group_rules


def test_eta_squared_and_its_p_value_are_those_of_an_analysis_of_variance():
    rng = np.random.default_rng(1)
    groups = rng.integers(0, 3, 200)
    values = rng.normal(groups * 0.5)
    values[:5] = np.nan
    found = eta_squared(values, groups)
    f, p = stats.f_oneway(*(values[(groups == g) & np.isfinite(values)] for g in range(3)))
    assert found.rows == 195
    assert found.p_value == pytest.approx(p)
    assert found.size == pytest.approx(f * 2 / (f * 2 + 192))
    # The ends are the effects at which the statistic is the upper and the lower quantile.
    for end, tail in ((found.low, 0.975), (found.high, 0.025)):
        assert stats.ncf.cdf(f, 2, 192, 195 * end / (1 - end)) == pytest.approx(tail, abs=1e-6)


def test_cramers_v_is_that_of_scipy():
    rng = np.random.default_rng(2)
    groups = rng.integers(0, 3, 400)
    codes = np.where(rng.random(400) < 0.3, groups, rng.integers(0, 4, 400))
    found = cramers_v(codes, groups)
    table = np.zeros((4, 3))
    np.add.at(table, (codes, groups), 1)
    assert found.size == pytest.approx(stats.contingency.association(table.astype(int)))
    assert found.low < found.size < found.high
    assert found.p_value == pytest.approx(stats.chi2_contingency(table).pvalue)


def test_intervals_of_effects_cover_as_often_as_they_say():
    rng = np.random.default_rng(3)
    inside = np.arange(120) < 40
    covered = 0
    for _ in range(400):
        found = standardised(rng.normal(0.6 * inside), inside)
        covered += found.low <= 0.6 <= found.high
    assert 0.92 <= covered / 400 <= 0.98


def test_nothing_is_said_where_nothing_can_be_said():
    assert np.isnan(eta_squared(np.ones(10), np.arange(10) % 2).size)
    assert np.isnan(eta_squared(np.arange(10.0), np.zeros(10, dtype=int)).size)
    assert np.isnan(cramers_v(np.full(10, -1), np.arange(10) % 2).size)
    assert np.isnan(standardised(np.arange(3.0), np.array([True, False, False])).size)
    found = adjusted(np.array([0.01, np.nan, 0.04]))
    assert found[[0, 2]] == pytest.approx([0.02, 0.04])
    assert np.isnan(found[1])


def test_groups_are_told_by_the_cut_that_makes_them():
    rng = np.random.default_rng(4)
    x = rng.random((600, 3))
    labels = np.where(x[:, 1] > 0.6, 0, np.where(x[:, 0] > 0.5, 1, 2))
    rules = group_rules(x, labels)
    assert all(rule.fidelity > 0.93 for rule in rules)
    assert [(c.at, c.above) for c in rules[0].conditions] == [(1, True)]
    assert {(c.at, c.above) for c in rules[2].conditions} == {(0, False), (1, False)}
    for group, rule in enumerate(rules):
        met = np.ones(600, dtype=bool)
        for c in rule.conditions:
            met &= (x[:, c.at] > c.cut) == c.above
        own = labels == group
        assert rule.precision == pytest.approx(own[met].mean())
        assert rule.coverage == pytest.approx(met[own].mean())
