"""Needs stated, gaps, holdings, next products and the way to a loan, on data made for it."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from tests.analysis import survey
from workbench import text
from workbench.analysis import holding_affinity, need_propensity, needs_stated, next_product
from workbench.analysis.need_funnel import need_funnel
from workbench.analysis.need_gaps import ITEMS, importance_gaps
from workbench.analysis.risk_tolerance import risk_tolerance
from workbench.data.stated_needs import Cases, StatedNeeds
from workbench.errors import DataError
from workbench.privacy.suppress import suppress
from workbench.rules import need_topics
from workbench.rules import next_product as next_rules
from workbench.stats.effects import adjusted

DAY = date(2026, 9, 30)
TOPICS, RULES = need_topics.topics(DAY), next_rules.rules(DAY)
CODES = list(TOPICS.topic)
NO_IMPORTANCE = pd.DataFrame({"customer_id": [], "construct": [], "importance": []})


def people(n, rng, segments=("micro", "small", "consumer")):
    names = [f"c{at:05d}" for at in range(n)]
    return pd.DataFrame({"customer_id": names, "segment": rng.choice(segments, n)})


def spoken(customers, topic, outcome, day="2026-06-01", source="application"):
    marks = np.zeros((len(customers), len(CODES)), dtype=bool)
    marks[np.arange(len(customers)), topic] = True
    rows = customers[["customer_id"]].assign(
        said_on=pd.Timestamp(day), source=source, need_outcome=outcome
    )
    return StatedNeeds(rows.reset_index(drop=True), tuple(CODES), marks)


def test_a_topic_that_goes_unserved_more_often_is_found():
    rng = np.random.default_rng(1)
    customers = people(6000, rng)
    topic = rng.integers(0, len(CODES), 6000)
    amount = CODES.index("amount")
    unserved = rng.random(6000) < np.where(topic == amount, 0.6, 0.4)
    outcome = np.where(unserved, "unserved", "served")
    found = needs_stated.stated_needs(spoken(customers, topic, outcome), customers, TOPICS)
    row = found.table.iloc[0]
    assert (row["topic"], row["need_standing"]) == ("amount", "above")
    # Odds of 0.6 against 0.4: 1.5 · 1.5.
    assert row["odds_low"] < 2.25 < row["odds_high"]
    assert list(found.table["need_standing"].iloc[1:]).count("above") == 0
    assert "first_unmet" in found.facts


def test_a_customer_counts_once_and_own_risk_is_no_unserved_need():
    customers = pd.DataFrame({"customer_id": ["a", "b", "c"], "segment": ["micro"] * 3})
    rows = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b", "c"],
            "said_on": pd.to_datetime(["2026-01-01", "2026-05-01", "2026-05-01", "2026-05-01"]),
            "source": "application",
            "need_outcome": ["unserved", "served", "own_risk", "unserved"],
        }
    )
    marks = np.zeros((4, len(CODES)), dtype=bool)
    marks[:, 0] = True
    needs = StatedNeeds(rows, tuple(CODES), marks)
    row = needs_stated.stated_needs(needs, customers, TOPICS).table.iloc[0]
    assert (row["stating"], row["judged_needs"], row["unmet_needs"]) == (3, 2, 1)


def test_topics_that_differ_by_chance_alone_are_no_findings():
    rng = np.random.default_rng(2)
    hits = 0
    for _ in range(80):
        customers = people(900, rng)
        topic = rng.integers(0, len(CODES), 900)
        outcome = rng.choice(["served", "unserved"], 900)
        needs = spoken(customers, topic, outcome)
        stated = needs_stated.stated_needs(needs, customers, TOPICS).table
        cells = needs_stated.needs_by_segment(needs, customers, TOPICS).table
        hits += stated["need_standing"].isin(("above", "below")).any()
        hits += cells["need_standing"].isin(("above", "below")).any()
    assert hits / 160 <= 0.05 + 3 * (0.05 * 0.95 / 160) ** 0.5


def test_a_segment_that_states_a_need_more_often_is_found_and_small_segments_are_hidden():
    rng = np.random.default_rng(3)
    customers = people(3000, rng)
    customers.loc[:2, "segment"] = "large"
    likely = customers["segment"].eq("micro") & (rng.random(3000) < 0.5)
    topic = np.where(likely, 0, rng.integers(1, len(CODES), 3000))
    needs = spoken(customers, topic, "served")
    found = needs_stated.needs_by_segment(needs, customers, TOPICS)
    top = found.table.set_index(["segment", "topic"]).loc[("micro", CODES[0])]
    assert top["need_standing"] == "above"
    hidden = set(found.table["segment"].iloc[sorted(suppress(found).rows)])
    # One more segment is hidden: the number of all customers would give the small one away.
    assert "large" in hidden
    assert len(hidden) == 2
    for language in text.LANGUAGES:
        with text.spoken(language):
            assert found.summary().say(found.facts)


def test_no_statements_say_so():
    customers = people(5, np.random.default_rng(1))
    needs = spoken(customers.head(0), [], "served")
    for result in (
        needs_stated.stated_needs(needs, customers, TOPICS),
        needs_stated.needs_by_segment(needs, customers, TOPICS),
    ):
        assert result.summary().say(result.facts)


def scored(seed, means, spread=0.8):
    """Return a wave in which everybody scores the items around own mood and the item's mean."""
    table = survey.survey(seed)
    rng = np.random.default_rng(seed)
    mood = rng.normal(0, spread, (len(table), 1))
    score = np.array(means) + mood + rng.normal(0, 0.5, (len(table), len(ITEMS)))
    answered = table["status"].isin(("complete", "partial")).to_numpy()
    table[list(ITEMS)] = np.where(answered[:, None], score, np.nan)
    return survey.wave(table)


def drivers(importance):
    return pd.DataFrame({"construct": list(ITEMS), "importance": importance})


def test_a_weak_side_falls_short_only_where_it_matters():
    wave = scored(1, (4.0, 4.0, 4.0, 4.0, 3.6))
    weighty = importance_gaps(wave, drivers([0.1, 0.1, 0.1, 0.1, 0.6]), NO_IMPORTANCE)
    row = weighty.table.iloc[0]
    assert (row["construct"], row["item_gap"], row["importance_kind"]) == (
        *("price", "falls_short"),
        "derived",
    )
    assert row["gap_low"] < -0.4 < row["gap_high"]
    light = importance_gaps(wave, drivers([0.3, 0.3, 0.2, 0.15, 0.05]), NO_IMPORTANCE).table
    assert light.set_index("construct").loc["price", "item_gap"] == "minor"


def test_stated_importance_is_compared_within_people():
    wave = scored(2, (4.0, 4.0, 4.0, 4.0, 4.0), spread=1.5)
    answers = wave.answers
    told = answers[["customer_id", *ITEMS]].melt("customer_id", var_name="construct")
    told = told.dropna().rename(columns={"value": "importance"})
    told.loc[told["construct"] == "speed", "importance"] += 0.3
    found = importance_gaps(wave, drivers([0.2] * 5), told)
    by = found.table.set_index("construct")
    assert found.stated
    assert by.loc["speed", "item_gap"] == "falls_short"
    # The mood of a person is in both scores and cancels: the gap is exact.
    assert by.loc["speed", "item_gap_mean"] == pytest.approx(-0.3, abs=1e-9)
    assert set(by.drop("speed")["item_gap"]) == {"meets"}


def test_sides_alike_show_no_gap_beyond_the_error_of_the_family():
    hits = sum(
        importance_gaps(scored(seed, (4.0,) * 5), drivers([0.2] * 5), NO_IMPORTANCE)
        .table["item_gap"]
        .ne("meets")
        .any()
        for seed in range(60)
    )
    assert hits / 60 <= 0.05 + 3 * (0.05 * 0.95 / 60) ** 0.5


def test_too_few_answers_are_said():
    table = survey.survey(1)
    table[list(ITEMS)] = np.nan
    found = importance_gaps(survey.wave(table), drivers([0.2] * 5), NO_IMPORTANCE)
    assert found.summary().key == "needs.importance.too_few"


def test_risk_tolerance_that_differs_is_found_and_that_does_not_is_not():
    rng = np.random.default_rng(5)
    customers = people(4000, rng)
    levels = np.array(["low", "medium", "high"])
    same = customers[["customer_id"]].assign(risk_tolerance=levels[rng.integers(0, 3, 4000)])
    assert set(risk_tolerance(same, customers).table["tolerance_view"]) == {"alike"}
    bold = np.minimum(rng.integers(0, 3, 4000) + customers["segment"].eq("micro"), 2)
    other = customers[["customer_id"]].assign(risk_tolerance=levels[bold])
    found = risk_tolerance(other, customers)
    by = found.table.set_index("segment")
    assert by.loc["micro", "tolerance_view"] == "higher"
    # By hand: two thirds of the bold are high, the others medium; of the rest a third are each.
    low, high = by.loc["micro", ["chance_low", "chance_high"]]
    assert low < 2 / 3 * 5 / 6 + 1 / 3 / 2 < high
    assert found.summary().key == "needs.tolerance.apart"


def held_table(customers, **shares):
    rng = np.random.default_rng(7)
    parts = [
        customers.loc[rng.random(len(customers)) < share, ["customer_id"]].assign(held=name)
        for name, share in shares.items()
    ]
    return pd.concat(parts, ignore_index=True)


def test_things_held_by_chance_are_no_affinity_and_planted_ones_are():
    customers = people(5000, np.random.default_rng(6))
    held = held_table(customers, payroll=0.3, online=0.4, consumer=0.2)
    plain = holding_affinity.matrix(held, customers)
    found = holding_affinity.holding_affinity(plain, RULES.holding)
    assert set(found.table["need_standing"]) == {"alike"}
    assert found.summary().key == "needs.affinity.none"
    assert holding_affinity.holding_combinations(plain, RULES.holding).table.empty
    payroll = held[held["held"] == "payroll"]
    wealth = payroll.iloc[::2].assign(held="wealth")
    planted = holding_affinity.matrix(pd.concat([held, wealth]), customers)
    found = holding_affinity.holding_affinity(planted, RULES.holding)
    first = found.table.iloc[0]
    assert {first["held_first"], first["held_second"]} == {"payroll", "wealth"}
    # Everybody with wealth products has a salary paid in: lift is 1 / share.
    assert first["affinity_low"] < len(customers) / len(payroll) < first["affinity_high"]
    rules = holding_affinity.holding_combinations(planted, RULES.holding).table
    said = rules["held_given"] + " " + rules["held_then"]
    assert "holding:wealth payroll" in set(said)


def cases(n=4000, seed=8, effect=1.2, drift=0.0):
    """Return cases in which contacts about a need foretell a consumer loan."""
    rng = np.random.default_rng(seed)
    days = [date(2025, 3, 31), date(2025, 9, 30), date(2026, 3, 31)]
    features, taken, held = {}, {}, {}
    for at, day in enumerate([*days, DAY]):
        table = people(n, rng, ("consumer",))
        for name in RULES.feature:
            table[name] = rng.normal(size=n) ** 2
        p = 1 / (1 + np.exp(2.5 - effect * (table["need_contacts"] - 1) - drift * at))
        features[day] = table
        takes = table.loc[rng.random(n) < p, ["customer_id"]]
        taken[day] = takes.assign(product_type="consumer")
        held[day] = pd.DataFrame({"customer_id": ["c00000"], "held": ["consumer"]})
    taken.pop(DAY)
    return Cases(days, DAY, features, held, taken)


def test_a_planted_propensity_is_found_and_scored():
    found = need_propensity.propensities(cases(seed=9), RULES)
    row = found.table.set_index("product_type").loc["consumer"]
    assert row["propensity_verdict"] == "calibrated"
    assert row["slope_low"] < 1 < row["slope_high"]
    assert row["time_low"] > 0.8
    assert found.judged_on == date(2026, 3, 31)
    assert set(found.scores["product_type"]) == {"consumer"}
    assert "c00000" not in set(found.scores["customer_id"])
    others = found.table[found.table["product_type"] != "consumer"]
    assert set(others["propensity_verdict"]) == {"too_few"}


def test_without_drift_slopes_lie_around_one():
    rows = [
        need_propensity.propensities(cases(seed=seed), RULES)
        .table.set_index("product_type")
        .loc["consumer"]
        for seed in range(8, 18)
    ]
    slopes = np.array([row["calibration_slope"] for row in rows])
    assert slopes.mean() == pytest.approx(1, abs=4 * slopes.std(ddof=1) / len(slopes) ** 0.5)
    # What a model learnt amiss by chance counts against it: more than one in twenty is refuted.
    assert sum(row["propensity_verdict"] == "calibrated" for row in rows) >= 6


def test_what_foretells_nothing_is_no_better_than_chance_or_seldom_more():
    verdicts = [
        need_propensity.propensities(cases(1500, seed, effect=0.0), RULES)
        .table.set_index("product_type")
        .loc["consumer", "propensity_verdict"]
        for seed in range(20)
    ]
    assert verdicts.count("no_better") >= 17


def test_drift_is_seen_in_the_calibration():
    found = need_propensity.propensities(cases(drift=0.6), RULES)
    row = found.table.set_index("product_type").loc["consumer"]
    assert row["propensity_verdict"] == "ranks_only"
    assert row["large_low"] > 0
    assert row["taken_share"] > row["told_share"]


def test_a_leaking_feature_stops_everything():
    leaking = RULES.model_copy(
        update={"feature": {**RULES.feature, "answer": "applications.decision"}}
    )
    with pytest.raises(DataError, match="'answer' leaks"):
        need_propensity.propensities(cases(50), leaking)


def test_one_day_alone_cannot_judge():
    whole = cases(200)
    alone = Cases(whole.days[:1], DAY, whole.features, whole.held, whole.taken)
    found = need_propensity.propensities(alone, RULES)
    assert (found.judged_on, set(found.table["propensity_verdict"])) == (None, {"too_few"})
    assert found.summary().key == "needs.propensity.none"
    none = Cases([], DAY, whole.features, whole.held, {})
    assert need_propensity.propensities(none, RULES).scores.empty


FREE = {
    **{"do_not_contact": False, "consents": True, "days_rested": np.nan, "dpd": 0},
    **{"class_rank": 0, "warning_rank": 0, "pd": 0.01, "years_here": 3.0},
}
BLOCKS = {
    "do_not_contact": {"do_not_contact": True},
    "no_consent": {"consents": False},
    "overdue": {"dpd": 1},
    "class_below": {"class_rank": 1},
    "warned": {"warning_rank": 2},
    "risky": {"pd": 0.2},
    "resting": {"days_rested": 5},
    "too_new": {"years_here": 0.1},
}


def customer(name, **values):
    about = {"segment": "micro", "branch_id": "B1", "preferred_channel": "phone"}
    return {"customer_id": name, **about, **FREE, **values}


def scores(*rows):
    return pd.DataFrame(rows, columns=["customer_id", "product_type", "probability"])


def no_needs():
    return spoken(pd.DataFrame({"customer_id": []}), [], "served")


NOTHING = pd.DataFrame({"customer_id": [], "held": []}).astype(str)


def test_every_exclusion_excludes_and_is_counted_once():
    rows = [customer("free")]
    rows += [customer(code, **values) for code, values in BLOCKS.items()]
    rows.append(customer("all", **{k: v for each in BLOCKS.values() for k, v in each.items()}))
    customers = pd.DataFrame(rows)
    told = scores(*((row["customer_id"], "credit", 0.5) for row in rows))
    proposed = next_product.next_products(customers, told, NOTHING, no_needs(), TOPICS, RULES)
    assert proposed.people["customer_id"].tolist() == ["free"]
    table = next_product.exclusions(customers, proposed, RULES).table.set_index("offer_block")
    assert table["excluded_here"].sum() == len(customers)
    assert table.loc["do_not_contact", "excluded_here"] == 2
    for code in BLOCKS:
        assert table.loc[code, "concerned"] == 2
    assert table.loc["offered", "excluded_here"] == 1


def test_a_stated_need_goes_before_a_likelier_product_and_held_ones_are_left_out():
    customers = pd.DataFrame([customer(name) for name in ("need", "plain", "holder", "unlikely")])
    told = scores(
        *(("need", "credit", 0.6), ("need", "secured", 0.02)),
        *(("plain", "credit", 0.6), ("plain", "secured", 0.3)),
        *(("holder", "credit", 0.6), ("holder", "secured", 0.3)),
        ("unlikely", "credit", 0.01),
    )
    held = pd.DataFrame({"customer_id": ["holder"], "held": ["credit"]})
    equipment = CODES.index("equipment")
    needs = spoken(pd.DataFrame({"customer_id": ["need"]}), equipment, "unserved")
    found = next_product.next_products(customers, told, held, needs, TOPICS, RULES)
    by = found.people.set_index("customer_id")
    assert by["product_type"].to_dict() == {
        **{"need": "secured", "plain": "credit"},
        "holder": "secured",
    }
    assert by["offer_basis"].to_dict()["need"] == "stated_need"
    assert by.loc["plain", "second_product"] == "secured"
    served = spoken(pd.DataFrame({"customer_id": ["need"]}), equipment, "served")
    again = next_product.next_products(customers, told, held, served, TOPICS, RULES).people
    assert again.set_index("customer_id").loc["need", "offer_basis"] == "propensity"


def test_what_is_not_meant_for_a_segment_is_never_proposed():
    customers = pd.DataFrame([customer("a", segment="large")])
    found = next_product.next_products(
        customers, scores(("a", "credit", 0.9)), NOTHING, no_needs(), TOPICS, RULES
    )
    assert found.people.empty
    assert found.summary().key == "needs.next_products.none"


def test_the_list_holds_nothing_that_is_shown():
    customers = pd.DataFrame([customer(f"c{at}") for at in range(30)])
    told = scores(*((f"c{at}", "credit", 0.5) for at in range(30)))
    found = next_product.next_products(customers, told, NOTHING, no_needs(), TOPICS, RULES)
    shown = found.written().to_string() + repr(found)
    assert not any(name in shown for name in customers["customer_id"])


def contacts(n, rng, shares, segment="micro"):
    applied = rng.random(n) < shares[0]
    approved = applied & (rng.random(n) < shares[1])
    drawn = approved & (rng.random(n) < shares[2])
    return pd.DataFrame(
        {
            **{"segment": segment, "applied": applied, "approved": approved, "drawn": drawn},
            **{"days_to_apply": 10, "days_to_decide": 4, "days_to_draw": 2},
        }
    )


def test_the_funnel_s_intervals_cover_and_chance_is_no_finding():
    rng = np.random.default_rng(9)
    inside, hits = 0, 0
    for _ in range(150):
        rows = [contacts(400, rng, (0.5, 0.6, 0.9), each) for each in ("micro", "small", "medium")]
        found = need_funnel(pd.concat(rows, ignore_index=True))
        loan = found.facts["loan"]
        inside += loan.low < 0.27 < loan.high
        hits += found.table["need_standing"].isin(("above", "below")).any()
    assert 0.90 <= inside / 150 <= 0.99
    assert hits / 150 <= 0.05 + 3 * (0.05 * 0.95 / 150) ** 0.5


def test_a_segment_that_loses_more_is_found_and_steps_are_nested():
    rng = np.random.default_rng(10)
    good, bad = contacts(500, rng, (0.6, 0.8, 0.9)), contacts(500, rng, (0.6, 0.3, 0.9), "small")
    odd = contacts(1, rng, (0.0, 0.0, 0.0)).assign(drawn=True)
    found = need_funnel(pd.concat([good, bad, odd], ignore_index=True))
    by = found.table.set_index("segment")
    assert by["need_standing"].to_dict() == {"micro": "above", "small": "below"}
    assert by.loc["small", "days_to_decide"] == 4
    assert by.loc["micro", "loan_share"] == pytest.approx(good["drawn"].sum() / 501)
    assert found.summary().key == "needs.funnel.below"
    assert need_funnel(good.head(0)).summary().key == "needs.funnel.none"


def test_adjusted_values_leave_missing_ones_missing():
    assert np.isnan(adjusted(np.array([0.01, np.nan]))[1])
