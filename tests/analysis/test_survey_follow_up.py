"""Measures, their effect, and the plan of the next wave, on waves with a known truth."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from tests.analysis.survey import ANSWER, POPULATION, SEGMENTS, survey, wave
from workbench import style, text
from workbench.analysis.survey_measure_effect import Judging, measure_effect
from workbench.analysis.survey_measures import branch_measures, register
from workbench.analysis.survey_next_wave import Wish, draw, first_wave, next_wave
from workbench.analysis.survey_reachable import reachable
from workbench.errors import DataError, ParameterError
from workbench.privacy.suppress import suppress
from workbench.rules import survey_plan

DAY = date(2026, 9, 30)
PLAN = survey_plan.rules(DAY)
FIELDED = pd.DataFrame(
    {
        "wave_id": ["w0", "w1", "w2"],
        "field_from": pd.to_datetime(["2026-01-10", "2026-04-10", "2026-07-10"]),
    }
)


def branch_waves(seed, *, units=40, treated=10, effect=0.0, each=40, worst=False):
    """Return three waves of `units` branches and the branches treated between the last two."""
    rng = np.random.default_rng(seed)
    base, chosen, made = rng.normal(0, 0.4, units), np.arange(treated), []
    for at in range(3):
        if at == 2 and worst:
            chosen = made[-1][1].nsmallest(treated).index.to_numpy()
        branch = np.repeat(np.arange(units), each)
        mood = base[branch] + (at == 2) * np.isin(branch, chosen) * effect
        score = np.clip(np.round(8.2 + mood + 1.8 * rng.normal(size=len(branch))), 0, 10)
        frame = pd.DataFrame(
            {
                "customer_id": [f"{at}-{k}" for k in range(len(branch))],
                "segment": "consumer",
                "branch_id": [f"B{b:02d}" for b in branch],
                "stratum": "consumer",
                "cluster_id": None,
                "frame_count": 9000,
                "design_weight": 1.0,
                "status": "complete",
                "nps": score,
                "csat": 4.0,
            }
        )
        points = pd.Series(np.where(score >= 9, 100.0, np.where(score <= 6, -100.0, 0)))
        made.append((wave(frame, name=f"w{at}", margins=()), points.groupby(branch).mean()))
    return [each[0] for each in made], [f"B{b:02d}" for b in chosen]


def taken(branches, kinds=("training",), started="2026-05-01"):
    n = len(branches)
    return pd.DataFrame(
        {
            "origin_type": "survey",
            "origin_id": "w1",
            "branch_id": branches,
            "branch_name": branches,
            "measure": [kinds[at % len(kinds)] for at in range(n)],
            "owner_dept": "relationship",
            "opened_at": pd.Timestamp("2026-04-25 10:00"),
            "started_on": pd.Timestamp(started),
            "due_at": pd.Timestamp("2026-06-25 10:00"),
            "done_at": pd.Timestamp("2026-06-20"),
            "target_metric": "NPS",
            "baseline_value": 10.0,
            "target_value": 15.0,
        }
    )


def effect(seed, judging=None, kinds=("training",), **given):
    waves, chosen = branch_waves(seed, **given)
    return measure_effect(waves, FIELDED, taken(chosen, kinds), judging=judging)


def frame():
    """Return the population of the survey's segments, some of whom may not be asked."""
    parts = []
    for segment in SEGMENTS:
        n = POPULATION[segment]
        at = np.arange(n)
        surveyed = np.where(at % 10 == 2, np.datetime64("2026-09-10"), np.datetime64("NaT"))
        parts.append(
            pd.DataFrame(
                {
                    "customer_id": [f"{segment}{k:05d}" for k in at],
                    "segment": segment,
                    "branch_id": "B0",
                    "do_not_contact": at % 10 == 1,
                    "consents": at % 10 != 0,
                    "surveyed_on": surveyed,
                    "contacted_on": pd.NaT,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def plan(**given):
    table = survey(1)
    reach = reachable(frame(), plan=PLAN, on=DAY)
    return reach, next_wave(wave(table), table, reach.table, plan=PLAN, wish=Wish(**given))


def said(result, language="en"):
    with text.spoken(language):
        return result.summary().say(result.facts)


# --- what every result promises ---------------------------------------------------------------


@pytest.fixture(scope="module")
def results():
    waves, chosen = branch_waves(1, worst=True)
    measures = taken(chosen)
    return [
        register(measures, as_of=DAY),
        branch_measures(measures, waves[-1], as_of=DAY),
        measure_effect(waves, FIELDED, measures),
        *plan(),
    ]


def test_every_finding_is_said_in_both_languages(results):
    for result in results:
        zh, en = said(result, "zh"), said(result, "en")
        assert zh.endswith("。")
        assert en.endswith(".")
        assert "nan" not in zh + en


def test_every_result_has_a_title_headings_and_named_facts_in_both_languages(results):
    for result in results:
        assert all(text.known(f"fact.{result.name}.{name}") for name in result.facts), result.name
        for language in text.LANGUAGES:
            with text.spoken(language):
                assert result.title()
                assert len(result.written()) == len(result.table)


def test_every_figure_is_drawn_on_the_axes_it_is_given(results):
    for result in (each for each in results if each.figure):
        for language in text.LANGUAGES:
            with text.spoken(language), style.house():
                ax = Figure(figsize=result.figure).subplots()
                assert result.plot(ax) is ax
                assert ax.has_data()


def test_small_rows_are_suppressed_and_the_results_survive_it(results):
    for result in results:
        safe = suppress(result).result
        assert len(safe.table) == len(result.table)
        assert said(safe)


# --- the register -----------------------------------------------------------------------------


def test_measures_are_done_late_open_or_overdue_at_the_end_of_the_day():
    own = taken(["a", "b", "c", "d", "e"])
    own["due_at"] = pd.to_datetime(["2026-09-30 10:00"] * 4 + ["2026-10-01 00:01"])
    own["done_at"] = pd.to_datetime(["2026-09-30 10:00", "2026-09-30 10:01", None, None, None])
    result = register(own, as_of=DAY)
    row = result.table.iloc[0]
    assert row[["raised", "done", "done_late", "past_due", "open"]].tolist() == [5, 1, 1, 2, 1]
    assert result.facts["on_time"].value == pytest.approx(1 / 4)
    assert row["overdue_days"] == 0
    assert result.summary().key == "survey.measures.overdue"
    later = register(own, as_of=date(2026, 10, 10))
    assert later.facts["longest"].value == 10
    assert later.table["open"].tolist() == [0]


def test_only_the_origins_asked_for_are_in_the_register():
    own = taken(["a", "b"]).assign(origin_type=["warning", "complaint"])
    assert register(own, as_of=DAY).facts["raised"].value == 1
    assert register(own.iloc[:1], as_of=DAY).summary().key == "survey.measures.none"


def test_a_branch_without_new_answers_has_no_newest_score():
    waves, _ = branch_waves(1)
    result = branch_measures(taken(["B00", "B99"]), waves[-1], as_of=DAY)
    assert result.table["answers"].tolist() == [40, 0]
    assert result.table["latest"].isna().tolist() == [False, True]
    assert result.facts["reached"].value <= 1


def test_measures_with_another_target_are_not_listed():
    waves, _ = branch_waves(1)
    own = taken(["B00"]).assign(target_metric="COMPLAINT_REPEAT")
    assert branch_measures(own, waves[-1], as_of=DAY).summary().key.endswith("none")


# --- the effect -------------------------------------------------------------------------------


def test_a_bank_too_small_says_so_before_anything_else():
    result = effect(1, units=20, treated=5, each=15)
    assert result.facts["detectable"].value > result.facts["aim"].value
    assert said(result).startswith("The bank is too small to tell")
    assert said(result, "zh").startswith("样本不足以检验措施的效果")
    assert result.few


def test_a_true_effect_of_branches_picked_by_lot_is_beyond_sampling_error():
    result = effect(2, units=120, treated=40, effect=0.6, each=60)
    assert not result.few
    assert not result.chosen
    assert result.summary().key == "survey.measure_effect.given_beyond"
    assert result.facts["difference"].low > 0
    assert "placebo" in result.facts


def test_branches_picked_for_a_low_score_are_compared_at_equal_score():
    found = [effect(seed, units=60, treated=20, worst=True) for seed in range(12)]
    assert all(each.chosen and each.answer == "same_score" for each in found)
    naive = np.mean([each.facts["before_after"].value for each in found])
    fair = np.array([each.facts["same_score"].value for each in found])
    back = np.mean([each.facts["given_back"].value for each in found])
    assert naive > 5
    assert naive == pytest.approx(back, abs=4)
    assert abs(fair.mean()) < 3.5 * fair.std() / np.sqrt(12)
    assert "cannot be read as an effect" in said(found[0])


def test_a_kind_of_measure_is_judged_by_itself_where_enough_branches_have_it():
    kinds = effect(3, kinds=("training", "training", "training", "review")).table["measure_kind"]
    assert set(kinds) == {"measure_scope:all", "measure:training"}


def test_a_measure_counts_from_the_wave_that_begins_after_it_started():
    waves, chosen = branch_waves(4)
    begun = [
        measure_effect(waves, FIELDED, taken(chosen, started=day)).table.empty
        for day in ("2026-07-10", "2026-07-11", "2026-01-01")
    ]
    assert begun == [False, True, True]


def test_nothing_to_compare_is_said():
    result = effect(5, treated=1)
    assert result.table.empty
    assert result.summary().key == "survey.measure_effect.none"
    assert said(result, "zh").startswith("没有可比较的机构")


def test_another_seed_of_the_bootstrap_moves_the_interval_and_not_the_estimate():
    first, second = (effect(6, Judging(seed=seed)).facts["difference"] for seed in (1, 2))
    assert first.value == second.value
    assert first.low != second.low
    assert first.low == pytest.approx(second.low, abs=0.15 * (first.high - first.low))


# --- the next wave ----------------------------------------------------------------------------


def test_everybody_is_counted_once_with_the_first_reason():
    reach = reachable(frame(), plan=PLAN, on=DAY)
    row = reach.table.set_index("segment").loc["consumer"]
    assert row[["no_consent", "do_not_contact", "resting", "available"]].tolist() == [
        1200,
        1200,
        1200,
        8400,
    ]
    assert len(reach.people) == reach.facts["available"].value
    both = frame().assign(do_not_contact=True, consents=False)
    assert reachable(both, plan=PLAN, on=DAY).facts["no_consent"].value == 20_000


def test_who_was_asked_not_long_ago_rests_until_the_day_after_the_last():
    # Asked on 10 September, thirty days of rest.
    assert PLAN.rest.after_survey == 30
    resting = [
        reachable(frame(), plan=PLAN, on=day).facts["resting"].value
        for day in (date(2026, 10, 10), date(2026, 10, 11))
    ]
    assert resting == [2000, 0]


def test_the_plan_finds_the_change_it_is_to_find_and_one_answer_less_does_not():
    _, result = plan()
    assert result.reached
    assert result.facts["detectable"].value <= PLAN.aim.change
    total = int(result.facts["planned"].value)
    assert plan(answers=total - 1)[1].facts["detectable"].value > PLAN.aim.change
    assert (result.table["planned"] >= PLAN.aim.least).all()


def test_invitations_are_answers_over_the_response_of_last_time():
    _, result = plan(answers=900)
    table = result.table
    assert table["planned"].sum() == 900
    expected = table["to_invite"] * table["response_rate"]
    assert (expected >= table["planned"] - 1e-9).all()
    assert (expected < table["planned"] + 1).all()
    assert (table["to_invite"] <= table["available"]).all()
    rate = table.set_index("segment")["response_rate"].to_dict()
    assert rate == pytest.approx(ANSWER, abs=0.05)


def test_a_segment_with_fewer_customers_than_answers_needed_cannot_find_the_change_alone():
    table = survey(1)
    reach = reachable(frame(), plan=PLAN, on=DAY).table
    fewer = reach.assign(
        population=reach["population"].where(reach["segment"] != "small", 500),
        available=reach["available"].where(reach["segment"] != "small", 400),
    )
    needed = next_wave(wave(table), table, fewer, plan=PLAN).table.set_index("segment")["needed"]
    assert needed.isna().to_dict() == {"small": True, "mortgage": False, "consumer": False}


def test_a_budget_is_kept():
    _, result = plan(budget=8000.0)
    # Invitations are rounded up to whole people in each segment.
    assert result.facts["cost"].value <= 8000 + len(SEGMENTS) * max(PLAN.cost.by_mode().values())
    with pytest.raises(ParameterError, match="the fewest answers cost"):
        plan(budget=1.0)


def test_sharing_by_neyman_takes_fewer_answers_than_sharing_by_population():
    _, result = plan()
    assert result.facts["planned"].value <= result.facts["as_before"].value + len(SEGMENTS)


def test_nobody_to_ask_and_nobody_who_answered_are_said():
    table = survey(1)
    closed = reachable(frame().assign(consents=False), plan=PLAN, on=DAY)
    nobody = next_wave(wave(table), table, closed.table, plan=PLAN)
    assert nobody.table.empty
    assert not nobody.reached
    assert said(nobody).startswith("Of 20,000 customers none may be asked")
    silent = table.assign(status="refused")
    open_ = reachable(frame(), plan=PLAN, on=DAY)
    with pytest.raises(DataError, match="nobody answered wave"):
        next_wave(wave(table), silent, open_.table, plan=PLAN)
    with pytest.raises(DataError, match=r"modes \['pigeon'\] have no cost"):
        next_wave(wave(table), table.assign(mode_assigned="pigeon"), open_.table, plan=PLAN)


def test_a_segment_that_can_give_no_answer_leaves_the_precision_unknown():
    table, reach = survey(1), reachable(frame(), plan=PLAN, on=DAY).table
    reach["available"] = reach["available"].where(reach["segment"] != "small", 0)
    result = next_wave(wave(table), table, reach, plan=PLAN)
    assert "Some segments give no answer" in said(result)
    assert np.isnan(result.facts["margin"].value)
    for language in text.LANGUAGES:
        assert "∞" not in said(result, language)
        assert "nan" not in said(result, language)


def test_the_sample_honours_the_plan_and_asks_nobody_who_may_not_be_asked():
    reach, planned = plan(answers=600)
    own = draw(reach.people, planned, plan=PLAN, seed=7)
    assert own["segment"].value_counts().to_dict() == (
        planned.table.set_index("segment")["to_invite"].to_dict()
    )
    assert not own["customer_id"].duplicated().any()
    asked = frame().set_index("customer_id").loc[own["customer_id"]]
    assert asked["consents"].all()
    assert not asked["do_not_contact"].any()
    assert asked["surveyed_on"].isna().all()
    for segment, weight in own.groupby("segment")["design_weight"].sum().items():
        assert weight == pytest.approx(POPULATION[segment])


def test_the_sample_is_the_same_for_one_seed_whatever_the_order():
    reach, planned = plan(answers=600)
    shuffled = reach.people.sample(frac=1, random_state=1)
    first, again = (draw(p, planned, plan=PLAN, seed=7) for p in (reach.people, shuffled))
    pd.testing.assert_frame_equal(first, again)
    other = draw(reach.people, planned, plan=PLAN, seed=8)
    assert set(other["customer_id"]) != set(first["customer_id"])


def test_modes_are_those_of_last_time_but_for_the_share_drawn_by_lot():
    reach, planned = plan(answers=1200)
    own = draw(reach.people, planned, plan=PLAN, seed=7)
    lot = own[own["mode_randomised"]]
    assert len(lot) / len(own) == pytest.approx(PLAN.aim.lot, abs=0.002)
    assert set(lot["mode_assigned"]) == {"phone", "web"}
    assert lot["mode_assigned"].eq("phone").mean() == pytest.approx(0.5, abs=0.01)
    rest = own[~own["mode_randomised"] & (own["segment"] == "consumer")]
    share = rest["mode_assigned"].value_counts(normalize=True)
    last = planned.modes[planned.modes["segment"] == "consumer"].set_index("mode_assigned")["share"]
    assert share.to_dict() == pytest.approx(last.to_dict(), abs=1 / len(rest) * 2)


def test_a_first_wave_is_planned_from_what_the_plan_assumes():
    reach = reachable(frame(), plan=PLAN, on=DAY)
    planned = first_wave(reach.table, plan=PLAN, wish=Wish(answers=150))
    share, response = pd.Series(PLAN.first.share), pd.Series(PLAN.first.response)
    rate, table = (share * response).sum(), planned.table
    part = reach.table["population"] / reach.table["population"].sum()
    assert table["response_rate"].to_numpy() == pytest.approx(rate)
    assert table["planned"].sum() == 150
    # Equal spreads everywhere: where neither bound holds, Neyman's sharing is by population.
    most = np.floor(reach.table["available"] * rate)
    free = (table["planned"] > PLAN.aim.least) & (table["planned"] < most)
    assert free.sum() > 1
    each = table["planned"][free] / part[free]
    assert np.ptp(each) < 1 / part[free].min()
    variance = (PLAN.first.deviation**2 / table["planned"] * part**2).sum()
    margin = planned.facts["margin"].value
    assert margin == pytest.approx(1.959964 * np.sqrt(variance), rel=1e-5)
    invited = np.ceil(table["planned"] / rate - 1e-9)
    assert (table["to_invite"] == np.minimum(invited, reach.table["available"])).all()
    own = draw(reach.people, planned, plan=PLAN, seed=2)
    chosen = own.loc[~own["mode_randomised"], "mode_assigned"].value_counts(normalize=True)
    assert chosen.to_dict() == pytest.approx(share.to_dict(), abs=0.02)
