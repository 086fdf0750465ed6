"""Results of assessed needs: counted by hand on few rows, and what they say."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from tests.rules.test_application_checks import FIRM as ASKED_FIRM
from tests.rules.test_application_checks import PERSON as ASKED_PERSON
from tests.rules.test_assessed_need import FIRM, PERSON
from workbench import text
from workbench.analysis import (
    affordability_stress,
    asset_needs,
    decline_reasons,
    eligibility,
    growth_choice,
    income_proof,
    need_limits,
    purpose_consistency,
    room_cells,
    working_capital_need,
)
from workbench.errors import DataError
from workbench.privacy.suppress import suppress
from workbench.rules import application_checks, assessed_need
from workbench.rules.instalments import instalment

DAY = date(2026, 9, 30)
PACKS = assessed_need.packs(DAY)
CHECKS = application_checks.rules(DAY)
BASE = {"section": "C", "region": "990104", "averaged": 1, "fixed_assets": 1000.0, "cash_flow": 900}


def customers(*rows):
    """Return rows as the query `need_customers` gives them."""
    table = pd.DataFrame([BASE | row for row in rows])
    table["customer_id"] = [f"c{at}" for at in range(len(table))]
    table["period_end"] = pd.to_datetime(table["period_end"])
    return table.astype({"owed_everywhere": float})


def loans(*rows):
    """Return rows as the query `need_loans` gives them."""
    usual = {
        **{"customer_id": "c0", "product_type": "mortgage", "balance": 1e5, "rate": 0.036},
        **{"floating": 1, "bullet": 0, "months_left": 240, "security_value": 2e5},
    }
    return pd.DataFrame([usual | row for row in rows or ({},)])


def assessed(table):
    return assessed_need.assessed(table, DAY, PACKS)


def test_limits_and_room_are_sums_over_those_of_whom_room_is_known():
    table = customers(
        FIRM, FIRM, FIRM | {"owed_everywhere": 900.0}, FIRM | {"owed_everywhere": None}
    )
    found = need_limits.need_limits(table, assessed(table))
    row = found.table.iloc[0]
    assert (row["headcount"], row["room_known"], row["room_unknown"]) == (4, 3, 1)
    assert row["room"] == pytest.approx(2 * 132)
    assert row["limit_sum"] == pytest.approx(3 * 432)
    assert (row["held_here"], row["held_elsewhere"]) == (300, 1200)
    assert (row["largest"], row["second"]) == pytest.approx((132, 132))
    assert found.facts["without_room"].value == pytest.approx(1 / 3)


def test_without_any_report_the_finding_says_that_no_room_is_known():
    table = customers(FIRM | {"owed_everywhere": None})
    found = need_limits.need_limits(table, assessed(table))
    text.use("en")
    assert found.summary().say(found.facts).startswith("The room of none of the 1 customers")


def test_the_need_of_firms_by_size():
    table = customers(FIRM, FIRM | {"owed_everywhere": 900.0}, PERSON)
    found = working_capital_need.working_capital_need(table, assessed(table), PACKS)
    row = found.table.iloc[0]
    assert (row["segment"], row["headcount"], row["cycle_days"]) == ("small", 2, 60)
    assert row["need_sum"] == pytest.approx(1080)
    assert row["need_income"] == pytest.approx(0.15)
    assert row["new_loan_share"] == 0.5


def test_homes_are_lent_on_by_value_or_income_and_firms_by_capital_or_cash_flow():
    table = customers(
        PERSON | {"segment": "mortgage"},
        FIRM | {"income": 3600.0, "cash_flow": 12.0},
    )
    found = asset_needs.asset_needs(table, loans(), PACKS).table.set_index("segment")
    # The firm: 10 % of 1,000 a year, of which 80 could be lent; 12 / 1.2 = 10 a year carry 44.94.
    assert found.loc["small", "asset_loan"] == pytest.approx(10 / 0.2225)
    assert found.loc["small", "by_income"] == 1
    # The person: half of 10,000 for the home, 55 % less what else is owed; the value is the limit.
    assert found.loc["mortgage", "asset_loan"] == pytest.approx(1.6e5)
    assert found.loc["mortgage", ["by_income", "held_home"]].tolist() == [0, 1e5]


def test_stress_recomputes_floating_loans_here_and_takes_all_elsewhere_to_float():
    table = customers(PERSON | {"owed_here": 1e5, "owed_everywhere": 1.6e5, "segment": "mortgage"})
    found = affordability_stress.affordability_stress(table, loans(), PACKS)
    rows = found.table.set_index("scenario_code")
    assert rows.loc["today", "dsti"] == pytest.approx(0.4)
    rise = instalment(1e5, 0.046, 240) - instalment(1e5, 0.036, 240) + 6e4 * 0.01 / 12
    assert rows.loc["rate_100", "dsti"] == pytest.approx((4000 + float(rise)) / 10000, abs=1e-9)
    assert rows.loc["income_20", "dsti"] == pytest.approx(0.5)
    assert rows.loc["income_20", "dti"] == pytest.approx(1.6e5 / 96000)
    assert rows.loc["today", "residual"] == pytest.approx(10000 - 4000 - 1500)


def test_a_fixed_loan_does_not_rise():
    table = customers(PERSON | {"owed_here": 1e5, "owed_everywhere": 1e5})
    found = affordability_stress.affordability_stress(table, loans({"floating": 0}), PACKS)
    rows = found.table.set_index("scenario_code")
    assert rows.loc["rate_200", "dsti"] == rows.loc["today", "dsti"]


def test_income_that_is_only_declared_counts_in_part():
    table = customers(PERSON, PERSON | {"basis": "self_declared"})
    found = income_proof.income_proof(table, PACKS).table.set_index("income_basis")
    assert found.loc["self_declared", ["over_stated", "over_counted"]].tolist() == [0, 1]
    assert found.loc["verified", "over_counted"] == 0


def applications(*rows):
    table = pd.DataFrame(rows)
    return table.astype({"age": float, "years_founded": float, "max_dpd_24m": float})


def judged(table, checks):
    measured = application_checks.measures(table, CHECKS, PACKS)
    return application_checks.outcomes(checks, table, measured, PACKS.household)


def declined(row, reason):
    return row | {"decision": "declined", "decline_reason": reason}


def granted(row):
    return row | {"decision": "approved", "decline_reason": None}


BAD = ASKED_FIRM | {"max_dpd_24m": 90}
TABLE = applications(
    *[declined(BAD, "willingness")] * 30,
    *[declined(ASKED_FIRM, "willingness")] * 10,
    *[declined(ASKED_FIRM, None)] * 5,
    *[granted(BAD)] * 10,
    *[granted(ASKED_FIRM)] * 45,
    granted(ASKED_FIRM | {"max_dpd_24m": None}),
)


def test_conditions_are_counted_by_segment_with_what_became_of_those_who_miss_them():
    found = eligibility.eligibility(TABLE, judged(TABLE, CHECKS.eligibility))
    row = found.table.set_index(["condition_code", "segment"]).loc[("arrears", "small")]
    assert row["asked"] == 101
    assert row["fails"] == pytest.approx(40 / 101)
    assert row["untold"] == pytest.approx(1 / 101)
    assert row["declined_fail"] == 0.75
    assert row["declined_pass"] == pytest.approx(15 / 61)


def test_reasons_add_up_and_one_that_is_not_recorded_is_another():
    found = decline_reasons.decline_mix(TABLE)
    rows = found.table.set_index("decline_reason")["reason_count"]
    assert rows.to_dict() == {"willingness": 40, "other": 5}
    assert found.first == "willingness"
    assert found.facts["decline_rate"].value == pytest.approx(45 / 101)


def test_a_reason_is_borne_out_where_more_of_the_declined_miss_its_conditions():
    found = decline_reasons.declines_borne_out(TABLE, judged(TABLE, CHECKS.eligibility))
    rows = found.table.set_index("decline_reason")
    assert rows.loc["willingness", "borne_out"] == 0.75
    assert rows.loc["willingness", "others_fail"] == pytest.approx(10 / 56)
    assert rows.loc["willingness", "borne"] == "yes"
    assert rows.loc["capacity", "reason_count"] == 0
    assert rows.loc["capacity", "borne"] == "no"


def test_purposes_that_do_not_fit_are_counted_once_each_and_in_money():
    odd = ASKED_FIRM | {"term": 48, "section": "K"}
    table = applications(granted(odd), declined(odd, "purpose"), granted(ASKED_FIRM))
    found = purpose_consistency.purpose_consistency(table, judged(table, CHECKS.purpose))
    rows = found.table.set_index("reason_code")
    assert rows.loc["T1", ["asked", "findings", "granted"]].tolist() == [3, 2, 0.5]
    assert rows.loc["I1", "asked"] == 2
    assert found.facts["found_amount"].value == 600
    assert found.facts["several"].value == pytest.approx(2 / 3)


def spread(n=400, seed=1):
    """Return firms in cells of which some are small."""
    rng = np.random.default_rng(seed)
    rows = customers(*[FIRM] * n)
    rows["section"] = rng.choice(list("CEFGHI"), n, p=[0.4, 0.2, 0.2, 0.1, 0.07, 0.03])
    rows["region"] = rng.choice(["990104", "990105", "990114"], n, p=[0.6, 0.37, 0.03])
    rows["segment"] = rng.choice(["small", "micro"], n)
    rows["owed_everywhere"] = np.where(rng.random(n) < 0.5, 200 + 200 * rng.random(n), 900.0)
    return rows


def test_cells_are_the_direct_means_and_between_them_and_their_like_after_shrinkage():
    rows = spread()
    own = assessed(rows)
    found = room_cells.room_cells(rows, own)
    share = (own["room"] / own["limit"]).to_numpy()
    first = found.table.iloc[0]
    at = (rows["section"] == first["section"]) & (rows["segment"] == first["segment"])
    at &= rows["region"] == first["region_code"]
    assert first["room_customers"] == at.sum()
    assert first["room_mean"] == pytest.approx(share[at].mean())
    assert found.table["room_drawn"].std() < found.table["room_mean"].std()
    assert found.table["room_customers"].sum() == len(rows)


def test_regions_of_few_customers_stand_together_and_small_cells_are_emptied():
    found = room_cells.room_cells(rows := spread(), assessed(rows))
    assert set(found.table["region_code"]) == {"990104", "990105", room_cells.OTHER}
    safe = suppress(found)
    small = found.table["room_customers"] < 5
    assert small.any()
    assert safe.result.table["room_customers"].isna().sum() >= small.sum()
    assert safe.result.table["room_drawn"].isna().sum() == len(safe.rows)


def test_customers_of_unknown_room_are_counted_and_not_guessed():
    rows = spread()
    rows.loc[:99, "owed_everywhere"] = np.nan
    found = room_cells.room_cells(rows, assessed(rows))
    assert found.facts["unknown"].value == 100
    assert found.facts["firms"].value == 300


def test_nobody_of_known_room_is_an_error_that_says_so():
    rows = spread().assign(owed_everywhere=np.nan)
    with pytest.raises(DataError, match="no firms or business owners of known room"):
        room_cells.room_cells(rows, assessed(rows))


def grown(market, *, defaults=(), rows=None):
    rows = spread() if rows is None else rows
    book = rows[["customer_id", "section", "segment", "region"]].assign(
        balance=100.0,
        balance_before=100.0,
        performed=1,
        defaulted=rows["section"].isin(defaults).astype(int) * (rows.index % 2 == 0),
    )
    series = pd.DataFrame(
        [
            {"industry_code": code, "region_code": "1", "size_class": "ALL"}
            | {"market": 1e6 * (1 + growth), "market_before": 1e6}
            for code, growth in market.items()
        ],
        columns=["industry_code", "region_code", "size_class", "market", "market_before"],
    )
    inputs = growth_choice.Inputs(book, series, rows, assessed(rows))
    return growth_choice.growth_choice(inputs, PACKS.house.choice)


def test_where_to_grow_follows_market_room_and_defaults():
    rows = spread()
    rows.loc[rows["section"] == "C", "owed_everywhere"] = 150.0
    market = dict.fromkeys("CEFGH", 0.05) | {"E": -0.08, "G": 0.0}
    found = grown(market, defaults=("F",), rows=rows).table.set_index("section")
    assert found["choice"].to_dict() == {
        **{"C": "grow", "E": "avoid", "F": "avoid", "G": "hold", "H": "hold", "I": "untold"}
    }
    assert found.loc["C", "market_share"] == pytest.approx(found.loc["C", "book"] / 1.05e6)


def test_without_a_market_series_there_is_no_advice_and_the_finding_says_so():
    found = grown({})
    assert set(found.table["choice"]) == {"untold"}
    text.use("en")
    assert found.summary().say(found.facts).startswith("There is no market series by industry")


def test_industries_are_named_in_both_languages():
    rows = spread()
    rows.loc[rows["section"] == "C", "owed_everywhere"] = 150.0
    found = grown(dict.fromkeys("CEFGH", 0.05), rows=rows)
    assert found.named["grow"] == {"zh": "制造", "en": "manufacturing"}
    assert found.named["avoid"] == {"zh": "无", "en": "none"}


def test_a_private_customer_is_judged_beside_firms():
    table = applications(granted(ASKED_PERSON), granted(ASKED_FIRM))
    found = eligibility.eligibility(table, judged(table, CHECKS.eligibility)).table
    assert set(found.loc[found["condition_code"] == "debt_after", "segment"]) == {"consumer"}
