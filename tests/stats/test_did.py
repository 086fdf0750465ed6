"""Effects of measures: power, false alarms, few branches, regression to the mean."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.regression.linear_model import WLS

from tests.stats.branches import bank, stack
from workbench.errors import DataError
from workbench.stats import clustered, did, wild

LIGHT = [{"waves": (1, 1), "answers": 60}, {"waves": (4, 4), "answers": 15}]
DRAWS = pytest.mark.parametrize("draws", [80, pytest.param(1000, marks=pytest.mark.full)])


def found(seed, **given):
    return did.difference(stack(seed, **given)).p_values[0] < 0.05


def band(draws, share=0.05):
    """Return the counts that hold 99.9 % of what a test of this size rejects."""
    return stats.binom.ppf([0.0005, 0.9995], draws, share)


# --- size and power ---------------------------------------------------------------------------


@DRAWS
@pytest.mark.parametrize("given", LIGHT, ids=["2 waves", "8 waves"])
def test_eight_points_are_found_in_four_of_five_light_banks(given, draws):
    power = np.mean([found(seed, effect=8.0, **given) for seed in range(draws)])
    assert power >= 0.8


@DRAWS
@pytest.mark.parametrize("given", LIGHT, ids=["2 waves", "8 waves"])
def test_false_alarms_are_as_rare_as_they_should_be(given, draws):
    alarms = sum(found(10_000 + seed, **given) for seed in range(draws))
    low, high = band(draws)
    assert low <= alarms <= high
    if draws == 1000:
        assert 30 <= alarms <= 73


@DRAWS
@pytest.mark.parametrize("units", [12, 200])
def test_with_six_treated_branches_the_bootstrap_holds_its_size_and_the_naive_error_does_not(
    units, draws
):
    draws, alarms = 4 * draws, np.zeros(3)
    for seed in range(draws):
        fit = did.difference(stack(seed, units=units, treated=6))
        rows = fit.rows
        score = rows.sums(rows.x @ rows.bread[:, 0] * (rows.y - rows.x @ fit.coefficients))
        naive = abs(fit.coefficients[0]) / np.sqrt((score**2).sum()) > stats.norm.ppf(0.975)
        drawn = wild.bootstrap(fit, 0, seed=seed, draws=399).p_value() < 0.05
        alarms += [drawn, fit.p_values[0] < 0.05, naive]
    low, high = band(draws)
    assert (alarms[:2] <= high).all()
    assert low <= alarms[0]
    assert alarms[2] > high


def test_the_detectable_effect_is_found_as_often_as_it_says():
    effect = float(np.median([did.difference(stack(s)).detectable(0) for s in range(40)]))
    power = np.mean([found(500 + seed, effect=effect) for seed in range(80)])
    # 99.9 % of binomial shares around 0.8 of 80.
    assert 0.64 <= power <= 0.94


# --- the estimate -----------------------------------------------------------------------------


def test_two_waves_are_the_difference_of_mean_changes():
    own = stack(1).assign(answers=1.0)
    wide = own.pivot_table("value", ["unit", "treated"], "relative")
    change = (wide[0] - wide[-1]).groupby("treated").mean()
    expected = change[True] - change[False]
    assert did.difference(own).coefficients[0] == pytest.approx(expected, rel=1e-10)


def test_cells_give_what_the_answers_themselves_give():
    rng = np.random.default_rng(1)
    answers = pd.DataFrame({"unit": rng.integers(0, 12, 900), "period": rng.integers(0, 2, 900)})
    answers["y"] = rng.choice([-100.0, 0.0, 100.0], 900) + 5 * answers["unit"]
    parts = [part for _, part in answers.groupby("period")]
    cells = did.cells([(p["y"].to_numpy(), p["unit"], np.ones(len(p))) for p in parts])
    own = did.rounds(cells, pd.DataFrame({"unit": range(4), "period": 1}))
    effect = (answers["unit"] < 4) & (answers["period"] == 1)
    constants = pd.get_dummies(answers["unit"]).to_numpy(float)
    columns = np.column_stack([effect, answers["period"], constants])
    peer = WLS(answers["y"], columns).fit()
    micro = clustered.fit(answers["y"], columns, clusters=answers["unit"])
    fit = did.difference(own)
    assert fit.coefficients[0] == pytest.approx(peer.params.iloc[0], rel=1e-10)
    assert fit.se[0] == pytest.approx(micro.se[0], rel=1e-8)
    assert fit.df[0] == pytest.approx(micro.df[0], rel=1e-8)


def test_cells_weigh_as_much_as_their_effective_answers():
    y, weights = np.array([100.0, 0.0, -100.0, np.nan]), np.array([3.0, 1.0, 1.0, 1.0])
    own = did.cells([(y, pd.Series(["a", "a", "b", "b"]), weights)]).set_index("unit")
    assert own.loc["a", "value"] == 75
    assert own.loc["a", "answers"] == pytest.approx(16 / 10)
    assert own["count"].tolist() == [2, 1]


def test_waves_before_the_start_show_nothing_and_those_after_it_the_effect():
    known, fit = did.leads(stack(3, waves=(4, 4), answers=60, effect=12.0))
    assert known == [-4, -3, -2, 0, 1, 2, 3]
    assert (np.abs(fit.coefficients[:3] / fit.se[:3]) < 3.5).all()
    assert (fit.p_values[3:7] < 0.01).all()


def test_branches_that_drifted_apart_before_the_start_are_seen():
    cells, starts = bank(4, waves=(4, 4), answers=60)
    drift = cells["unit"].isin(starts["unit"]) * 5.0 * cells["period"]
    own = did.rounds(cells.assign(value=cells["value"] + drift), starts, before=4, after=4)
    known, fit = did.leads(own)
    assert fit.p_values[known.index(-4)] < 0.01


def test_the_placebo_is_nothing_but_for_branches_chosen_by_a_score_that_had_just_fallen():
    def earlier(seed, worst):
        return did.placebo(stack(seed, units=60, treated=20, waves=(2, 1), worst=worst))

    lot, low = ([earlier(seed, worst) for seed in range(100)] for worst in (False, True))
    assert sum(fit.p_values[0] < 0.05 for fit in lot) <= band(100)[1]
    assert np.mean([fit.coefficients[0] for fit in low]) < -5


def test_a_low_prior_score_is_told_from_a_choice_by_lot():
    assert did.below(stack(1, units=60, treated=20, worst=True)).p_values[0] < 0.001
    lot = [did.below(stack(seed, units=60, treated=20)).p_values[0] < 0.05 for seed in range(100)]
    assert sum(lot) <= band(100)[1]


# --- rounds -----------------------------------------------------------------------------------


def test_a_branch_already_treated_never_stands_for_one_that_is_not():
    cells, _ = bank(5, units=10, waves=(2, 3))
    starts = pd.DataFrame({"unit": [0, 1, 2, 3], "period": [1, 1, 3, 3]})
    own = did.rounds(cells, starts, before=2, after=3)
    first, second = (own[own["round"] == at] for at in (1, 3))
    assert set(first.loc[first["treated"], "unit"]) == {0, 1}
    assert not set(first["unit"]) & {2, 3}
    assert set(second.loc[second["treated"], "unit"]) == {2, 3}
    assert set(second.loc[~second["treated"], "unit"]) == set(range(4, 10)) | {0, 1}
    assert second["period"].min() == 1


def test_effects_of_rounds_that_start_apart_are_put_together():
    cells, _ = bank(6, waves=(2, 2), answers=400)
    starts = pd.DataFrame({"unit": range(80), "period": np.repeat([1, 2], 40)})
    begun = cells["unit"].map(starts.set_index("unit")["period"])
    lifted = cells.assign(value=cells["value"] + 10.0 * (cells["period"] >= begun))
    fit = did.difference(did.rounds(lifted, starts))
    assert fit.coefficients[0] == pytest.approx(10, abs=4 * fit.se[0])
    assert fit.clusters == 200


def test_too_few_branches_on_a_side_are_said():
    cells, starts = bank(7, units=10, treated=1)
    own = did.rounds(cells, starts)
    assert did.sides(own) == (1, 9)
    assert did.sides(did.rounds(cells, starts.assign(period=9))) == (0, 0)
    with pytest.raises(DataError, match="1 branches with a measure and 9 without"):
        did.judged(did.difference(own), own, seed=1)


# --- regression to the mean -------------------------------------------------------------------


def chosen(seed, effect=0.0):
    own = stack(seed, units=60, treated=20, answers=30, worst=True, effect=effect)
    return own, [make(own) for make in (did.before_after, did.difference, did.same_score)]


def test_branches_chosen_by_a_low_score_gain_by_chance_and_equal_score_takes_it_away():
    draws = 80
    values = np.array([[fit.coefficients[0] for fit in chosen(s)[1]] for s in range(draws)])
    wrong = values.mean(axis=0)
    error = values.std(axis=0) / np.sqrt(draws)
    assert wrong[0] > 5
    assert wrong[1] > 7
    assert abs(wrong[2]) < 4 * error[2]


def test_the_test_at_equal_score_has_its_size_where_the_others_cry_wolf():
    rejected = np.mean([[fit.p_values[0] < 0.05 for fit in chosen(s)[1]] for s in range(80)], 0)
    assert rejected[0] > 0.3
    assert rejected[1] > 0.3
    assert rejected[2] <= band(80)[1] / 80


def test_an_effect_behind_a_low_score_is_found_in_its_true_size():
    values = [chosen(seed, effect=10.0)[1][2].coefficients[0] for seed in range(100)]
    assert np.mean(values) == pytest.approx(10, abs=4 * np.std(values) / 10)


def test_what_chance_gives_back_is_what_the_treated_gain_without_a_measure():
    expected, gained = [], []
    for seed in range(80):
        cells, starts = bank(seed, units=60, treated=20, answers=30, worst=True)
        own = did.rounds(cells, starts)
        expected.append(did.given_back(own, cells))
        gained.append(did.before_after(own).coefficients[0])
    difference = np.array(gained) - expected
    # The shock of one wave (sd 4) comes back as well, and no sampling error tells of it.
    assert 0 < difference.mean() < 3


def test_scores_are_shrunk_by_how_much_of_their_spread_is_sampling():
    wave = pd.DataFrame(
        {"unit": list("abcd"), "value": [0.0, 10.0, 20.0, 30.0], "variance": [1e-9, 1, 1, 1e9]}
    )
    own = did.shrunk(wave.assign(variance=1e-6))
    assert own.to_numpy() == pytest.approx([-15, -5, 5, 15], rel=1e-6)
    assert (did.shrunk(wave.assign(variance=1e6)) == 0).all()


# --- the verdict ------------------------------------------------------------------------------


def test_few_branches_on_a_side_are_judged_by_the_bootstrap():
    many, few = stack(8), stack(8, units=30, treated=6)
    own = did.judged(did.difference(many), many, seed=1)
    assert not own.few
    assert (own.treated, own.controls) == (40, 160)
    assert own.p == did.difference(many).p_values[0]
    fit = did.difference(few)
    small = did.judged(fit, few, seed=1)
    assert small.few
    assert small.p == wild.bootstrap(fit, 0, seed=1).p_value()
    assert small.low < small.value < small.high
    assert small.beyond == (small.p <= 0.05)
    assert small.detectable > own.detectable > 0
