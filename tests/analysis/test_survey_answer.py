"""The first page of the survey report: numbers, trend, priorities and the last measures."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from tests.analysis.survey import survey, wave
from workbench import style, text
from workbench.analysis.satisfaction_answer import answer
from workbench.analysis.satisfaction_trend import trend
from workbench.analysis.survey_measures import last_measures
from workbench.analysis.survey_priorities import priorities
from workbench.privacy.suppress import suppress
from workbench.result import Fact
from workbench.stats.scores import HEADLINE, changes, holm

DAY = date(2026, 9, 30)


def with_ease(table, seed=3, shift=0.0):
    rng = np.random.default_rng(seed)
    ease = np.clip(np.round(5 + shift + rng.normal(0, 1.2, len(table))), 1, 7)
    return table.assign(effort=np.where(table["nps"].notna(), ease, np.nan))


def waves(shift=0.0, ease=0.0):
    before = wave(with_ease(survey(2, first=5000), 4), name="2026Q2")
    return wave(with_ease(survey(1, shift=shift), 3, ease)), before


def said(result, language="en"):
    with text.spoken(language):
        return result.summary().say(result.facts)


def taken(states, wave_id="2026Q2"):
    """Return measures with the states given: done, late, open or past."""
    days = {
        "done": ("2026-08-01", "2026-07-20"),
        "late": ("2026-08-01", "2026-08-20"),
        "open": ("2026-12-31", None),
        "past": ("2026-08-01", None),
    }
    rows = [days[state] for state in states]
    return pd.DataFrame(
        {
            "origin_type": "survey",
            "origin_id": wave_id,
            "measure": "training",
            "owner_dept": "relationship",
            "opened_at": pd.Timestamp("2026-06-10 09:00"),
            "due_at": pd.to_datetime([due for due, _ in rows]),
            "done_at": pd.to_datetime([done for _, done in rows]),
        }
    )


def effect(value, low, high, detectable):
    return {
        "aim": Fact(8.0, "points"),
        "difference": Fact(value, "points", low, high, 0.95),
        "detectable": Fact(detectable, "points"),
    }


def ranked(shares):
    """Return a table of drivers with these shares of important and weak, in this order."""
    constructs = ["process", "speed", "professional", "attitude", "price"][: len(shares)]
    numbers = {"importance": 0.2, "importance_low": 0.1, "importance_high": 0.3}
    numbers |= {"performance": 4.0, "performance_low": 3.9, "performance_high": 4.1}
    return pd.DataFrame(
        {"construct": constructs, "improve_share": shares, **numbers, "answers": 900}
    )


@pytest.fixture(scope="module")
def results():
    now, before = waves()
    found = [answer(now), answer(now, before), answer(*waves(shift=0.08))]
    found += [trend([now]), trend([before, now]), trend(waves(shift=0.08)[::-1])]
    shares = ([], [0.9], [0.9, 0.2], [0.9, 0.2, 0.1], [0.4], [0.4, 0.2], [0.4, 0.2, 0.1, 0.05])
    found += [priorities(ranked(each)) for each in shares]
    own = taken(["done", "late", "open", "past"])
    found += [last_measures(own.iloc[:0], {}, fair="difference", as_of=DAY)]
    found += [
        last_measures(own, each, fair="difference", as_of=DAY)
        for each in (
            {"aim": Fact(8.0, "points")},
            effect(5, -4, 14, 13),
            effect(9, 4, 14, 7),
            effect(2, -3, 7, 7),
        )
    ]
    return found


def test_every_finding_is_said_in_both_languages(results):
    for result in results:
        zh, en = said(result, "zh"), said(result, "en")
        assert zh.endswith("。"), result.name
        assert en.endswith("."), result.name
        assert "nan" not in zh + en
        assert "–" not in en


def test_every_result_has_headings_named_facts_and_survives_suppression(results):
    for result in results:
        for language in text.LANGUAGES:
            with text.spoken(language):
                assert len(result.written()) == len(result.table)
                named = [f"fact.{result.name}.{fact}" for fact in result.facts]
                assert all(text.known(name) for name in named), named
        assert suppress(result).result.name == result.name


def test_the_trend_is_drawn_wave_by_wave(results):
    result = results[4]
    with style.house():
        ax = result.plot(Figure(figsize=result.figure).subplots())
    assert [label.get_text() for label in ax.get_yticklabels()] == ["2026Q2", "2026Q3"]


def test_a_true_rise_of_recommendation_alone_is_marked_alone():
    result = answer(*waves(shift=0.12))
    marks = result.table.set_index("headline_figure")["against_error"]
    assert marks["nps"] == "beyond"
    assert marks["effort"] == "within"
    assert "Net promoter score" in said(result)
    assert result.facts["moved"].value == (marks == "beyond").sum()


def test_with_nothing_changed_three_numbers_raise_no_more_alarms_than_one():
    alarms = 0
    for seed in range(60):
        now = wave(with_ease(survey(1000 + seed), 2000 + seed))
        before = wave(with_ease(survey(3000 + seed, first=5000), 4000 + seed), name="2026Q2")
        alarms += any(changes(now, before, confidence=0.95)[name].beyond for name in HEADLINE)
    assert alarms <= 8  # 3 of 60 expected; 8 or fewer in 99.6 % of such runs


def test_holm_steps_by_hand():
    # 3·0.01, 2·0.02, 1·0.2; and an earlier step holds the later ones up.
    assert holm({"a": 0.02, "b": 0.2, "c": 0.01}) == pytest.approx({"c": 0.03, "a": 0.04, "b": 0.2})
    assert holm({"a": 0.03, "b": 0.04}) == pytest.approx({"a": 0.06, "b": 0.06})
    assert holm({"a": 0.9, "b": 0.8}) == {"a": 1.0, "b": 1.0}


def test_the_ease_is_left_out_where_one_wave_did_not_ask_it():
    now, _ = waves()
    result = answer(now, wave(survey(2, first=5000), name="2026Q2"))
    assert result.table["headline_figure"].tolist() == ["nps", "satisfied"]
    assert "CES" not in said(result)


def test_the_ease_is_the_weighted_mean():
    now, before = waves()
    ease = now.answers["effort"].to_numpy(float)
    mean = np.average(ease, weights=now.design.weights)
    assert answer(now, before).facts["effort"].value == pytest.approx(mean)


def test_priorities_are_the_sides_most_often_important_and_weak():
    result = priorities(ranked([0.1, 0.7, 0.0, 0.3, 0.2]))
    assert result.table["construct"].tolist() == ["speed", "attitude", "price"]
    assert result.table["standing"].tolist() == ["likely", "unsure", "unsure"]
    assert result.facts["likely"].value == 1


def test_a_side_that_is_never_important_and_weak_is_no_priority():
    assert priorities(ranked([0.0, 0.6, 0.0])).table["construct"].tolist() == ["speed"]
    assert said(priorities(ranked([0.0, 0.0]))).startswith("No side of the service")


def test_a_bank_too_small_says_so_before_anything_else_of_the_measures():
    result = last_measures(taken(["done"]), effect(5, -4, 14, 13), fair="difference", as_of=DAY)
    assert said(result).startswith("The bank is too small to tell whether measures helped")
    assert said(result, "zh").startswith("样本不足以检验措施是否有效")


@pytest.mark.parametrize(
    ("found", "state"),
    [
        (effect(9, 4, 14, 7), "beyond"),
        (effect(2, -3, 7, 7), "within"),
        (effect(9, 4, 14, float("nan")), "too_small"),
        ({}, "nothing"),
    ],
)
def test_an_effect_counts_only_where_it_could_be_found(found, state):
    result = last_measures(taken(["done"]), found, fair="difference", as_of=DAY)
    assert result.state == state


def test_states_are_counted_for_the_newest_wave_with_measures():
    older = taken(["done"] * 9, "2026Q1").assign(opened_at=pd.Timestamp("2026-03-25"))
    own = pd.concat([older, taken(["done", "late", "open", "past", "past"])])
    facts = last_measures(own, {}, fair="difference", as_of=DAY).facts
    counts = {name: facts[name].value for name in ("raised", "finished", "unfinished", "overdue")}
    assert counts == {"raised": 5, "finished": 2, "unfinished": 3, "overdue": 2}
