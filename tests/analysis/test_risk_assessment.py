"""Reviews due, overrides, the model in use, migration, and losses: counted by hand."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from workbench import text
from workbench.analysis.exposure_at_default import exposure_at_default
from workbench.analysis.loss_given_default import OTHERS, loss_given_default
from workbench.analysis.loss_model import loss_model
from workbench.analysis.model_refresh import model_refresh
from workbench.analysis.override_outcomes import override_outcomes
from workbench.analysis.rating_migration import rating_migration
from workbench.analysis.review_due import review_due
from workbench.privacy.suppress import suppress
from workbench.rules import risk_model, risk_refresh
from workbench.rules.risk_refresh import Downturn

DAY = date(2026, 9, 30)


def rows(n=1, **values):
    """Return `n` assessments alike but for the customer."""
    given = {
        "assessed_on": "2025-06-30",
        "model_id": "default",
        "model_version": "20250630-1a2b3c4d",
        "pd_12m": 0.02,
        "risk_grade": "4",
        "override_grade": None,
        "next_review_on": "2026-12-31",
        "branch_name": "甲支行",
        "borrows": 1,
        "outcome_known": 1,
        "defaulted": 0,
        **values,
    }
    return pd.DataFrame([given] * n)


def together(*parts):
    found = pd.concat(parts, ignore_index=True)
    for name in ("assessed_on", "next_review_on"):
        found[name] = pd.to_datetime(found[name])
    people = [f"C{at:05d}" for at in range(len(found))]
    if "customer_id" in found:
        people = found["customer_id"].fillna(pd.Series(people))
    return found.assign(
        assessment_id=[f"E{at:05d}" for at in range(len(found))], customer_id=people
    )


def says(result):
    """Return the finding in both languages."""
    said = {}
    for language in text.LANGUAGES:
        with text.spoken(language):
            said[language] = result.summary().say(result.facts)
    return said


def test_the_newest_assessment_of_each_borrower_is_due_by_its_own_day():
    table = together(
        rows(customer_id="A", next_review_on="2026-01-31"),
        rows(customer_id="A", assessed_on="2026-02-28", next_review_on="2026-12-31"),
        rows(20, next_review_on="2026-09-29"),
        rows(30, next_review_on="2026-09-30"),
        rows(15, next_review_on="2027-01-31", branch_name="乙支行"),
        rows(9, next_review_on="2026-01-01", borrows=0),
    )
    found = review_due(table, day=DAY)
    assert found.table["branch_name"].tolist() == ["甲支行", "乙支行"]
    assert found.table["customers_assessed"].tolist() == [51, 15]
    assert found.table["overdue_review"].tolist() == [20, 0]
    assert found.table["due_soon"].tolist() == [31, 0]
    assert found.facts["overdue_share"].value == pytest.approx(20 / 66)
    assert found.facts["oldest"].value == 1
    assert found.light == "red"
    assert "30.3%" in says(found)["en"]


def test_grades_are_those_in_force_safest_first_and_unapproved_models_are_counted():
    table = together(
        rows(12, risk_grade="5", pd_12m=0.04),
        rows(11, risk_grade="3", pd_12m=0.01, override_grade="5"),
        rows(14, risk_grade="3", pd_12m=0.01, model_version="1-unapproved"),
    )
    found = review_due(table, day=DAY, by="risk_grade")
    assert found.table["risk_grade"].tolist() == ["3", "5"]
    assert found.table["customers_assessed"].tolist() == [14, 23]
    assert found.facts["unapproved"].value == 14


def test_what_falls_due_on_one_day_is_said_while_nothing_is_overdue():
    table = together(
        rows(20, next_review_on="2026-10-31"),
        rows(30, next_review_on="2026-12-31", risk_grade="6", pd_12m=0.08),
        rows(15, next_review_on="2027-06-30", risk_grade="6", pd_12m=0.08),
    )
    found = review_due(table, day=DAY)
    assert found.summary().key == "risk.due_branch.none"
    assert (found.facts["peak"].value, found.busiest) == (30, date(2026, 12, 31))
    assert "30 of them on one day, 31 December 2026" in says(found)["en"]
    graded = review_due(table, day=DAY, by="risk_grade")
    assert graded.facts["urgent"].value == 30
    assert graded.facts["urgent"].n == 45
    assert "30 customers of grade 6, the riskiest" in says(graded)["en"]
    wave = review_due(together(rows(9), rows(5, next_review_on="2027-06-30")), day=DAY)
    assert wave.summary().key == "risk.due_branch.wave"
    later = review_due(together(rows(9, next_review_on="2027-06-30")), day=DAY)
    assert later.summary().key == "risk.due_branch.calm"


def test_small_branches_are_suppressed_and_nobody_can_work_them_out():
    table = together(rows(3), rows(40, branch_name="乙支行"), rows(50, branch_name="丙支行"))
    safe = suppress(review_due(table, day=DAY))
    names = safe.result.table.loc[sorted(safe.rows), "branch_name"].tolist()
    assert "甲支行" in names
    assert len(names) == 2


def test_nobody_assessed_has_nothing_to_show():
    empty = together(rows()).iloc[:0]
    assert review_due(empty, day=DAY) is None
    assert override_outcomes(empty) is None
    assert model_refresh(empty) is None
    assert rating_migration(empty) is None


def overridden(defaults, n=200):
    """Two grades of 1 % and 4 %; `n` of the worse one made safer, of whom some defaulted."""
    return together(
        rows(500, risk_grade="3", pd_12m=0.01),
        rows(500, risk_grade="5", pd_12m=0.04),
        rows(n - defaults, risk_grade="5", pd_12m=0.04, override_grade="3"),
        rows(defaults, risk_grade="5", pd_12m=0.04, override_grade="3", defaulted=1),
    )


@pytest.mark.parametrize(
    ("defaults", "n", "verdict"),
    [(9, 200, "model"), (6, 600, "officer"), (5, 250, "open"), (4, 60, "open")],
)
def test_overrides_are_judged_by_what_followed(defaults, n, verdict):
    found = override_outcomes(overridden(defaults, n))
    own = found.table.set_index("override_kind").loc["safer"]
    assert own["assessments_judged"] == n
    assert own["model_rate"] == pytest.approx(0.04)
    assert own["officer_rate"] == pytest.approx(0.01)
    assert own["default_rate"] == pytest.approx(defaults / n)
    assert own["override_verdict"] == verdict
    assert found.facts["safer"].value == n
    assert found.facts["riskier"].value == 0


def test_a_bad_year_is_no_point_against_the_officer():
    """6 of 210 are surely above 1 %, but not above 1.4 %, as many as others made of 1 %."""
    table = together(
        overridden(6, 210),
        rows(10, risk_grade="3", pd_12m=0.01, defaulted=1),
        rows(26, risk_grade="5", pd_12m=0.04, defaulted=1),
    )
    own = override_outcomes(table).table.set_index("override_kind")
    assert own.loc["safer", "level"] == pytest.approx(36 / (510 * 0.01 + 526 * 0.04))
    assert own.loc["safer", "officer_rate"] < own.loc["safer", "low"] < own.loc["safer", "implied"]
    assert own.loc["safer", "override_verdict"] == "open"
    assert pd.isna(own.loc["kept", "override_verdict"])
    other = table.assign(model_id=np.where(table["override_grade"].isna(), "other", "default"))
    alone = override_outcomes(other).table.set_index("override_kind").loc["safer"]
    assert (alone["level"], alone["override_verdict"]) == (1, "model")


def test_the_same_grade_again_is_no_override_and_unknown_outcomes_do_not_count():
    table = together(
        rows(50, override_grade="4"),
        rows(30, risk_grade="2", pd_12m=0.004, override_grade="4", defaulted=None),
    )
    found = override_outcomes(table)
    assert found.facts["overridden"].value == found.facts["riskier"].value == 30
    assert found.table["override_kind"].tolist() == ["kept"]
    assert found.summary().key == "risk.overrides.none"
    assert "30" in says(found)["zh"]


def cohort(day, sizes, defaults, **more):
    """Return a cohort: (grade, PD) → how many, and how many of them default."""
    parts = []
    for (grade, pd_), size in sizes.items():
        failed = defaults.get(grade, 0)
        own = {"risk_grade": grade, "pd_12m": pd_, "assessed_on": day, **more}
        parts += [rows(size - failed, **own), rows(failed, **own, defaulted=1)]
    return pd.concat([part for part in parts if len(part)])


GOOD = {("3", 0.01): 2000, ("6", 0.06): 1000}


@pytest.mark.parametrize(
    ("later", "failures", "decision"),
    [
        (GOOD, {"3": 20, "6": 60}, "keep"),
        (GOOD, {"3": 60, "6": 180}, "recalibrate"),
        (GOOD, {"3": 55, "6": 25}, "rebuild"),
        ({("3", 0.01): 600, ("6", 0.06): 2400}, {"3": 6, "6": 144}, "rebuild"),
    ],
    ids=["as it was", "level off", "ranking gone", "other customers"],
)
def test_the_model_is_kept_recalibrated_or_rebuilt(later, failures, decision):
    table = together(
        cohort("2024-06-30", GOOD, {"3": 20, "6": 60}), cohort("2025-06-30", later, failures)
    )
    found = model_refresh(table)
    assert found.decision == decision
    own = found.table.set_index("refresh_measure")
    predicted = sum(pd_ * size for (_, pd_), size in later.items())
    assert own.loc["level", "refresh_value"] == pytest.approx(sum(failures.values()) / predicted)
    assert own.loc["population", "assessments_judged"] == 3000
    assert ("rebuilt" in says(found)["en"]) == (decision == "rebuild")
    assert found.facts["acting"].value == (decision != "keep")
    assert own.loc["level", "refresh_within"]["en"] == "0.90 to 1.10"


def test_what_chance_alone_may_do_decides_nothing():
    few = {("3", 0.01): 200, ("6", 0.06): 100}
    table = together(
        cohort("2024-06-30", few, {"3": 2, "6": 6}), cohort("2025-06-30", few, {"3": 3, "6": 7})
    )
    found = model_refresh(table)
    level = found.table.set_index("refresh_measure").loc["level"]
    assert level["refresh_value"] == pytest.approx(1.25)
    assert level["low"] < 1 < level["high"]
    assert found.decision == "keep"


def test_a_version_counts_from_the_day_it_was_first_applied():
    table = together(
        cohort("2024-06-30", {("3", 0.01): 900}, {"3": 9}, model_version="old"),
        cohort("2025-06-30", GOOD, {}, model_version="new", outcome_known=0),
    )
    found = model_refresh(table)
    assert found.since == pd.Timestamp("2025-06-30")
    assert found.facts["psi"].value == 0
    assert np.isnan(found.facts["level"].value)
    assert found.summary().key == "risk.refresh.young"
    assert "2025" in says(found)["zh"]


def test_migration_compares_models_by_the_master_scale():
    names, upper = risk_model.grades()
    former = [
        rows(customer_id=f"P{at}", assessed_on="2026-03-31", pd_12m=0.015, risk_grade="B2")
        for at in range(12)
    ]
    now = [
        rows(customer_id=f"P{at}", assessed_on="2026-09-30", pd_12m=pd_, model_id="other")
        for at, pd_ in enumerate([0.015] * 5 + [0.03] * 4 + [0.1] * 2 + [0.004])
    ]
    table = together(*former, *now, rows(7, assessed_on="2026-09-30"))
    found = rating_migration(table)
    (row,) = found.table.to_dict("records")
    assert row["grade"] == names[np.searchsorted(upper, 0.015)]
    assert (row["stayed"], row["improved"], row["worsened"]) == (5 / 12, 1 / 12, 6 / 12)
    assert row["moved_far"] == 3 / 12
    assert found.facts["first_time"].value == 7
    assert found.facts["other_model"].value == 1
    assert row["pd_now"] == pytest.approx((5 * 0.015 + 4 * 0.03 + 2 * 0.1 + 0.004) / 12)
    assert "50.0%" in says(found)["en"]


def loans(n, **values):
    given = {
        "segment": "small",
        "main_security": "credit",
        "defaulted_on": pd.Timestamp("2022-06-30"),
        "exposure": 100.0,
        "rate": 0.0,
        "observed_months": 48,
        "cured_month": 0,
        "ended": "written_off",
        "security_value": 0.0,
        **values,
    }
    return pd.DataFrame([given] * n)


def numbered(*parts):
    found = pd.concat(parts, ignore_index=True)
    return found.assign(
        loan_id=[f"L{at}" for at in range(len(found))],
        customer_id=[f"C{at}" for at in range(len(found))],
    )


def recovered(table, amount, month="2022-09-30"):
    """Return one recovery of `amount` for each loan of `table`."""
    return pd.DataFrame(
        {"loan_id": table["loan_id"], "month_end": pd.Timestamp(month), "recovered": amount}
    )


def test_a_loss_is_what_was_not_recovered_less_cost_in_each_cell():
    table = numbered(
        loans(12),
        loans(14, segment="micro", main_security="pledge"),
        loans(3, main_security="pledge"),
    )
    flows = recovered(table.iloc[:12], 40.0)
    found = loss_given_default(table, flows)
    own = found.table.set_index("loss_cell")
    cost = risk_refresh.read().loss.cost_share
    assert own.index.tolist() == [
        *("segment:small|main_security:credit", "segment:micro|main_security:pledge", OTHERS)
    ]
    assert own["loss_mean"].tolist()[:2] == pytest.approx([1 - 0.4 * (1 - cost), 1.0])
    assert np.isnan(own.loc[OTHERS, "loss_mean"])
    assert own["defaults_seen"].tolist() == [12, 14, 3]
    assert own.loc["segment:micro|main_security:pledge", "loss_downturn"] == 1.05
    assert found.facts["open"].value == 0
    assert "29" in says(found)["zh"]


def test_open_workouts_lie_between_the_two_naive_ways():
    table = numbered(
        loans(30, ended="matured", observed_months=6, defaulted_on=pd.Timestamp("2026-03-31")),
        loans(30, ended=None, observed_months=6, defaulted_on=pd.Timestamp("2026-03-31")),
        loans(20, ended="matured"),
        loans(40, ended="matured"),
    )
    flows = pd.concat(
        [
            recovered(table.iloc[:30], 100.0, "2026-05-31"),
            recovered(table.iloc[60:80], 100.0, "2022-07-31"),
            recovered(table.iloc[80:100], 100.0, "2024-06-30"),
        ]
    )
    found = loss_given_default(table, flows)
    facts = {name: fact.value for name, fact in found.facts.items()}
    assert facts["open"] == 30
    assert facts["ended_only"] < facts["loss"] < facts["open_lost"]
    keep = 1 - risk_refresh.read().loss.cost_share
    assert facts["loss"] == pytest.approx(1 - keep * (20 / 120 + 30 / 120 + 20 / 60))


def test_the_downturn_is_capped():
    rule = Downturn(addition=0.15, most=1.05)
    assert rule.of(0.5) == pytest.approx(0.65)
    assert rule.of(0.97) == pytest.approx(1.05)


def test_without_defaults_there_is_no_loss_to_show():
    table = numbered(loans(3, observed_months=0))
    assert loss_given_default(table, recovered(table, 1.0)) is None
    assert loss_model(table, recovered(table, 1.0)) is None


def history(seed, drop=0.0, n=900):
    """Return four years of defaults whose loss falls with cover, by `drop` higher in the last."""
    rng = np.random.default_rng(seed)
    ago = rng.integers(18, 48, n)
    cover = rng.uniform(0, 1.2, n)
    mean = 1 / (1 + np.exp(-(1.0 - 1.8 * cover))) + drop * (ago < 30)
    share = np.clip(1 - mean + rng.normal(0, 0.15, n), 0, 1)
    table = numbered(loans(n, main_security="mortgage", exposure=1e5)).assign(
        observed_months=ago,
        security_value=cover * 1e5,
        exposure=np.round(10 ** rng.uniform(4, 6, n)),
        defaulted_on=[pd.Timestamp("2026-06-30") - pd.offsets.MonthEnd(int(m)) for m in ago],
    )
    table["security_value"] = cover * table["exposure"]
    flows = pd.DataFrame(
        {
            "loan_id": table["loan_id"],
            "month_end": table["defaulted_on"] + pd.offsets.MonthEnd(4),
            "recovered": share * table["exposure"],
        }
    )
    return table, flows


def test_cover_lowers_the_loss_and_size_does_not():
    found = loss_model(*history(1))
    own = found.table.set_index("loss_term")
    assert own.loc["loss_term:cover", "high"] < -1
    assert own.loc["loss_term:exposure", "low"] < 0 < own.loc["loss_term:exposure", "high"]
    assert found.facts["least"].value < found.facts["most"].value
    assert "900" in says(found)["en"]
    assert found.leading == "loss_term:cover"


def test_the_effect_of_a_level_is_the_difference_of_means_with_its_own_error():
    """Two segments and nothing else: the delta method gives the error of two independent means."""
    rng = np.random.default_rng(3)
    table = numbered(loans(80, segment="consumer"), loans(60))
    share = np.concatenate([rng.uniform(0.2, 0.9, 80), rng.uniform(0.0, 0.6, 60)])
    flows = recovered(table, share * 100.0)
    (row,) = loss_model(table, flows).table.to_dict("records")
    loss = 1 - share * (1 - risk_refresh.read().loss.cost_share)
    one, two = loss[:80], loss[80:]
    error = np.sqrt((np.var(one) / 80 + np.var(two) / 60) * 140 / 138)
    assert row["loss_term"] == "segment:small"
    assert row["loss_effect"] == pytest.approx(two.mean() - one.mean(), abs=1e-8)
    reach = (row["effect_high"] - row["effect_low"]) / 2
    assert reach == pytest.approx(1.959964 * error, rel=1e-5)


def test_the_back_test_passes_what_holds_and_finds_what_does_not():
    held = loss_model(*history(2)).backtest
    fallen = loss_model(*history(2, drop=0.12)).backtest
    assert set(held.table["light"]) == {"green"}
    assert fallen.table["light"].tolist()[0] == "red"
    assert fallen.facts["gap"].value == pytest.approx(0.11, abs=0.04)
    assert held.facts["ranking"].low > 0.7
    assert held.facts["tested"].value + held.facts["learnt"].value == 900
    assert (held.summary().key, fallen.summary().key) == (
        *("risk.loss_backtest.holds", "risk.loss_backtest.low"),
    )
    assert "red rows" in says(fallen)["en"]


def lines(n, limit, drawn, exposure):
    return pd.DataFrame({"credit_limit": [limit] * n, "drawn": drawn, "exposure": exposure})


def of_customers(*parts):
    found = pd.concat(parts, ignore_index=True)
    return found.assign(customer_id=[f"C{at}" for at in range(len(found))])


def test_conversion_factors_by_hand():
    table = of_customers(
        lines(20, 100.0, 40.0, 70.0), lines(20, 100.0, 90.0, 95.0), lines(4, 100.0, 98.0, 100.0)
    )
    found = exposure_at_default(table)
    own = found.table.set_index("line_use")
    assert own["conversion_factor"].tolist() == pytest.approx([0.5, 0.5])
    assert own["line_drawn"].tolist() == pytest.approx([0.4, 0.9])
    assert found.facts["left_out"].value == 4
    assert found.facts["ratio"].value == pytest.approx(1.0)
    assert "50.0%" in says(found)["en"]


def test_factors_outside_zero_to_one_stay_and_their_mean_is_recovered():
    """A planted factor of 40 % with noise: within its 95 % interval in 1,000 draws, 929 to 971."""
    rng = np.random.default_rng(7)
    hits = 0
    for _ in range(1000):
        drawn = rng.uniform(20, 80, 40)
        exposure = drawn + rng.normal(0.4, 0.5, 40) * (100 - drawn)
        found = exposure_at_default(
            of_customers(lines(40, 100.0, drawn, np.maximum(exposure, 1e-9)))
        )
        fact = found.facts["conversion"]
        hits += fact.low <= 0.4 <= fact.high
    assert 929 <= hits <= 971


def test_a_mean_below_nothing_is_used_as_nothing():
    found = exposure_at_default(of_customers(lines(20, 100.0, 60.0, 56.0)))
    assert found.facts["conversion"].value == pytest.approx(-0.1)
    assert found.facts["used"].value == 0
    assert found.facts["ratio"].value == pytest.approx(56 / 60)
    assert found.summary().key == "risk.exposure.none"


def test_a_few_lines_give_no_factor():
    assert exposure_at_default(of_customers(lines(5, 100.0, 40.0, 70.0))) is None
