import numpy as np
import pandas as pd
import pytest
from scipy import special
from statsmodels.stats.outliers_influence import variance_inflation_factor

from workbench.errors import DataError
from workbench.stats import scorecard, selection


def correlations(weights):
    return np.corrcoef(weights, rowvar=False)


def mixed(columns=6, rows=500, seed=3):
    random = np.random.default_rng(seed)
    return random.normal(size=(rows, columns)) @ random.normal(size=(columns, columns))


@pytest.mark.parametrize("seed", range(5))
def test_inflation_agrees_with_statsmodels(seed):
    weights = mixed(seed=seed)
    design = np.column_stack([np.ones(len(weights)), weights])
    expected = [variance_inflation_factor(design, at) for at in range(1, design.shape[1])]
    found = selection.inflation(correlations(weights))
    assert found == pytest.approx(expected, rel=1e-8)


def test_columns_that_repeat_each_other_are_inflated_without_bound():
    one = np.random.default_rng(1).normal(size=(200, 1))
    found = selection.inflation(correlations(np.hstack([one, one])))
    assert (found > 1e10).all()


def test_a_column_that_others_tell_together_leaves_although_no_pair_is_alike():
    random = np.random.default_rng(5)
    parts = random.normal(size=(4000, 4))
    together = parts.sum(axis=1) + random.normal(0, 0.4, 4000)
    correlation = correlations(np.column_stack([parts, together]))
    kept, left = selection.apart(correlation, 0.9)
    assert (kept, left) == ([0, 1, 2, 3, 4], [])
    kept, left = selection.uninflated(correlation, kept, 5.0)
    assert kept == [0, 1, 2, 3]
    assert [(each.column, each.reason) for each in left] == [(4, "collinear")]
    assert left[0].value == pytest.approx(selection.inflation(correlation)[4])


def test_of_two_alike_the_weaker_leaves_and_names_the_stronger():
    random = np.random.default_rng(6)
    one, other = random.normal(size=(2, 3000))
    weights = np.column_stack([one, other, one + 0.1 * random.normal(size=3000)])
    kept, left = selection.apart(correlations(weights), 0.9)
    assert kept == [0, 1]
    assert (left[0].column, left[0].beside) == (2, 0)


def test_columns_leave_by_sign_before_by_significance():
    random = np.random.default_rng(7)
    weights = random.normal(size=(6000, 3))
    events = (random.random(6000) < special.expit(weights @ [1.0, -0.5, 0.0] - 2)).astype(float)
    kept, beta, left = selection.needed(weights, events, 0.05)
    assert kept == [0]
    assert left[0].reason == "wrong_sign"
    assert left[0].column == 1
    assert {each.column for each in left} == {1, 2}
    assert beta[1] == pytest.approx(1.0, abs=0.2)


def test_nothing_that_helps_is_an_error():
    random = np.random.default_rng(8)
    events = (random.random(500) < 0.1).astype(float)
    with pytest.raises(DataError, match="no variable carries information"):
        selection.needed(
            -np.abs(random.normal(size=(500, 1))) * (1 + events)[:, None], events, 0.05
        )


def test_the_card_tells_why_and_in_which_order_variables_left():
    random = np.random.default_rng(9)
    n = 12_000
    parts = random.normal(size=(n, 3))
    events = (random.random(n) < special.expit(parts.sum(axis=1) * 0.7 - 2.5)).astype(float)
    features = pd.DataFrame(parts, columns=["a", "b", "c"]).assign(
        copy=parts[:, 0] + 0.02 * random.normal(size=n),
        noise=random.normal(size=n),
        same=1.0,
        none=np.nan,
    )
    card = scorecard.fit(features, events)
    fates = card.fates
    assert {name for name, fate in fates.items() if fate == "alike"} <= {"a", "copy"}
    assert (fates["noise"], fates["same"], fates["none"]) == ("weak", "constant", "not_supplied")
    order = [step.fate for step in card.steps]
    assert order == sorted(order, key=("weak", "alike", "collinear", "not_needed").index)
    alike = next(step for step in card.steps if step.fate == "alike")
    assert {alike.variable, alike.beside} == {"a", "copy"}
    assert set(card.inflation) >= set(card.chosen)
    left = {step.variable for step in card.steps}
    assert left | set(card.chosen) | {"same", "none"} == set(features.columns)


def test_a_plan_of_plain_values_bins_as_set_by_hand():
    random = np.random.default_rng(11)
    number, level = random.normal(size=4000), random.choice(["a", "b", "c"], 4000)
    events = (random.random(4000) < special.expit(number + (level == "c") - 2)).astype(float)
    plan = scorecard.planned(
        least_value=0.0,
        alike=0.9,
        inflation=5.0,
        level=0.05,
        cuts={"number": ((0.0,), ())},
        groups={"level": (("a", "b"), ("c",))},
    )
    card = scorecard.fit(pd.DataFrame({"number": number, "level": level}), events, plan)
    assert all(own.by_hand for own in card.binnings.values())
    assert card.binnings["level"].rule.groups == (("a", "b"), ("c",))
    assert (card.binnings["number"].cases > 0).sum() == 2
