"""What the analyses of products and pricing find, on data whose truth is known."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize_scalar

from tests.analysis import pricing
from workbench.analysis.cannibalisation import cannibalisation
from workbench.analysis.price_demand import price_demand
from workbench.analysis.price_deviations import price_deviations
from workbench.analysis.price_fairness import price_fairness
from workbench.analysis.price_floor import price_floor
from workbench.analysis.price_grid import price_grid
from workbench.analysis.price_what_if import price_what_if
from workbench.analysis.product_fit import Inputs, product_fit, security_fit
from workbench.analysis.profit_curve import profit_curve
from workbench.errors import DataError, ParameterError

DAY = date(2026, 9, 30)
PRICED = price_floor(pricing.loans(), DAY).priced


def one(**given):
    """Return the priced row of a single loan."""
    table = pricing.loans(2, pd=0.02, segment="micro", principal=1e6, owed=1e6, line=1e6)
    return price_floor(table.assign(**given), DAY).priced.iloc[0]


def test_the_parts_of_the_floor_add_up_to_it():
    found = price_floor(pricing.loans(), DAY).build
    parts = found.table.set_index("price_part")["part_bp"]
    assert parts.drop("floor").sum() == pytest.approx(parts["floor"], rel=1e-12)


def test_income_that_nobody_recorded_lowers_no_floor():
    recorded, unrecorded = one(deposits=1e6), one(deposits=1e6, deposit_months=2)
    assert recorded["credit"] > 0
    assert unrecorded["credit"] == 0
    assert unrecorded["floor"] - recorded["floor"] == pytest.approx(recorded["credit"], rel=1e-12)


@pytest.mark.parametrize("column", ["floor", "life_floor", "irb_floor"])
def test_no_floor_falls_when_the_pd_rises(column):
    chances = np.concatenate([np.geomspace(0.0005, 0.25, 200)])
    table = pricing.loans(200, pd=chances, segment="micro", principal=1e6, owed=1e6, line=1e6)
    same = table.assign(term=12, repayment_method="interest_only_bullet", main_security="credit")
    for line in (1e6, 1e9):
        found = price_floor(same.assign(line=line), DAY).priced[column].to_numpy()
        assert (np.diff(found) > 0).all()


def test_a_loan_without_assessment_takes_the_mean_pd_of_its_grade():
    table = pricing.loans(400)
    table.loc[:99, "pd"] = np.nan
    found = price_floor(table, DAY)
    assert found.facts["without_pd"].value == pytest.approx(0.25)
    for grade, own in found.priced.groupby("grade"):
        np.testing.assert_allclose(own["pd"], pricing.CHANCE[grade])


def test_without_any_loan_that_can_be_priced_it_says_so():
    with pytest.raises(DataError, match="loans with a prime rate and a PD"):
        price_floor(pricing.loans(50, prime=np.nan), DAY)


def test_nothing_changed_is_as_it_is_and_a_change_does_what_it_says():
    found = price_what_if(PRICED, DAY).table
    assert found["floor_change"].abs().max() == 0
    same = float(np.average(PRICED["floor"], weights=PRICED["principal"]))
    assert found["floor_rate"].iloc[0] == pytest.approx(same, rel=1e-12)
    dear = price_what_if(PRICED, DAY, price_bp=10).table.set_index("price_scenario")
    assert dear["floor_change"].abs().max() == 0
    assert dear.loc["price", "value_sum"] > dear.loc["as_is", "value_sum"]
    risky = price_what_if(PRICED, DAY, risk_times=1.5, funding_bp=20).table
    changes = risky.set_index("price_scenario")["floor_change"]
    assert changes["together"] > max(changes["risk"], changes["funding"]) > 0
    with pytest.raises(ParameterError, match="risk_times must be 0 or more"):
        price_what_if(PRICED, DAY, risk_times=-1)


def test_a_case_says_what_is_changed_by_how_much():
    found = price_what_if(PRICED, DAY, funding_bp=25, risk_times=1.2, price_bp=-7.5)
    said = [each["en"] for each in found.table["price_case"]]
    assert said == [
        *("As it is", "Funding +25 bp", "PD × 1.2", "Hurdle +0 pp", "Prices −7.5 bp"),
        "All together",
    ]
    assert found.table["price_case"].iloc[1]["zh"] == "资金成本 +25 个基点"
    assert {name: found.facts[name].value for name in ("funding", "risk", "hurdle", "price")} == {
        **{"funding": 0.0025, "risk": 1.2, "hurdle": 0.0, "price": -0.00075},
    }


def test_the_segment_lowest_against_its_floor_is_named():
    dear = PRICED.assign(rate=PRICED["rate"] + 0.05 * (PRICED["segment"] != "micro"))
    found = price_floor(dear, DAY)
    own = found.table.set_index("segment")
    assert found.least == "micro"
    assert found.facts["least"].value == own.loc["micro", "above_floor"] == own["above_floor"].min()
    assert found.facts["least_below"].value == own.loc["micro", "below_floor"]


def test_prices_that_do_not_follow_the_risk_are_called_flat():
    """Between the ends of grades: a floor 100 bp apart, a list 60, prices 10 and then 90."""
    own = PRICED[PRICED["segment"] == "micro"].head(90).copy()
    worst = np.arange(90) >= 45
    own = own.assign(grade=np.where(worst, "C", "A"), list_base="LPR1Y", list_bp=80.0 + 60 * worst)
    for rise, kind in ((10, "flat"), (90, "sloped")):
        spread = (100.0 + rise * worst) / 1e4
        table = own.assign(
            spread_bp=spread * 1e4,
            rate=own["prime"] + spread,
            above_floor=spread - np.where(worst, 0.02, 0.01),
        )
        found = price_grid(table, DAY, segment="micro").actual
        facts = {name: found.facts[name].value for name in ("floor_rise", "list_rise", "paid_rise")}
        assert facts == pytest.approx(
            {"floor_rise": 0.01, "list_rise": 0.006, "paid_rise": rise / 1e4}
        )
        assert found.grades == ("A", "C")
        assert found.summary().key == f"pricing.actual_grid.{kind}"
    few = price_grid(
        own.assign(grade=np.where(np.arange(90) >= 70, "C", "A")), DAY, segment="micro"
    )
    assert few.actual.grades == ()
    assert "floor_rise" not in few.actual.facts


def test_bands_of_amounts_have_both_ends():
    bands = price_grid(PRICED, DAY, segment="micro").table["amount_band"]
    said = {each["en"] for each in bands} | {each["zh"] for each in bands}
    assert said <= {
        *("under CNY 100k", "CNY 100k to CNY 1m", "CNY 1m to CNY 10m", "CNY 10m and over"),
        *("10万元以下", "10万元至100万元", "100万元至1,000万元", "1,000万元及以上"),
    }
    assert len(said) >= 4


@pytest.mark.parametrize("segment", ["small", "micro", "business_owner", "consumer"])
def test_the_grid_never_falls_as_the_grade_worsens(segment):
    found = price_grid(PRICED, DAY, segment=segment).table
    for _, own in found.groupby(["amount_at", "term_at"]):
        assert own["grade"].tolist() == sorted(own["grade"])
        assert (np.diff(own["floor_spread"]) >= 0).all()
    assert found["floor_spread"].nunique() > 3


def test_a_cell_of_the_grid_does_not_move_with_one_loan():
    place = PRICED.index[PRICED["segment"] == "micro"][0]
    moved = PRICED.copy()
    moved.loc[place, "rate"] += 0.01
    moved.loc[place, "principal"] *= 1.01
    first, second = (price_grid(each, DAY, segment="micro").table for each in (PRICED, moved))
    assert first["floor_spread"].tolist() == second["floor_spread"].tolist()


def test_an_unknown_or_empty_segment_is_named():
    with pytest.raises(ParameterError, match="segment must be one of"):
        price_grid(PRICED, DAY, segment="moon")
    with pytest.raises(DataError, match="priced loans of the segment 'large'"):
        price_grid(PRICED, DAY, segment="large")


def test_an_approval_below_the_level_needed_is_counted():
    beside = np.repeat([0.0, -9.99, -10.01, -49.99, -50.01, -90.0], 40)
    given = np.tile(["manager", "branch", "head_office", None], 60)
    rate = np.full(240, 0.05)
    table = PRICED.head(240).assign(
        rate=rate, prime=0.03, list_bp=200 - beside, list_base="LPR1Y", price_approval=given
    )
    found = price_deviations(table, DAY)
    rows = found.table.set_index("price_authority")
    assert rows["loans"].to_dict() == {"manager": 80, "branch": 80, "head_office": 80}
    assert rows.loc["branch", "too_low"] == pytest.approx(1 / 3)
    assert rows.loc["head_office", "too_low"] == pytest.approx(2 / 3)
    assert np.isnan(rows.loc["manager", "too_low"])
    assert found.facts["too_low"].value == pytest.approx(0.5)
    assert found.facts["unrecorded"].value == pytest.approx(0.25)


def test_a_group_that_pays_more_at_the_same_risk_is_found_and_no_other():
    people = PRICED.assign(term=12, main_security="credit", principal=1e5)
    dear = people["gender"].eq("female").to_numpy() * 25.0
    found = price_fairness(people.assign(spread_bp=people["spread_bp"] * 0.05 + dear))
    rows = found.table.set_index("people")
    assert rows.loc["gender:female", "verdict"] == "dearer"
    assert rows.loc["gender:female", "price_gap"] == pytest.approx(25e-4, abs=3e-4)
    assert rows.loc["gender:female", "low"] < 25e-4 < rows.loc["gender:female", "high"]
    assert found.facts["apart"].value == 1


def test_a_difference_of_risk_is_no_difference_of_treatment():
    """Those of one group in worse grades pay more, and at the same grade the same."""
    people = PRICED[PRICED["gender"].notna()].assign(term=12, main_security="credit")
    rng = np.random.default_rng(5)
    worse = people["gender"].eq("female").to_numpy() & (rng.random(len(people)) < 0.8)
    grade = np.where(worse, "C1", rng.choice(["A1", "C1"], len(people), p=[0.8, 0.2]))
    spread = np.where(grade == "C1", 400.0, 100.0) + rng.standard_normal(len(people))
    found = price_fairness(people.assign(grade=grade, spread_bp=spread))
    assert (found.table["verdict"] == "alike").all()


def test_fairness_intervals_hold_a_gap_of_nothing_as_often_as_they_say():
    people = PRICED[PRICED["gender"].notna()].assign(term=12, main_security="credit")
    held = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        by_customer = rng.standard_normal(len(people))
        codes = pd.factorize(people["customer_id"])[0]
        spread = 100 + 20 * by_customer[codes] + 10 * rng.standard_normal(len(people))
        gender = np.array(["male", "female"])[rng.integers(0, 2, len(people))][codes]
        row = price_fairness(people.assign(spread_bp=spread, gender=gender)).table.iloc[0]
        held += row["low"] <= 0 <= row["high"]
    assert 0.90 <= held / 200 <= 0.99


def test_the_lot_recovers_the_slope_and_officers_do_not():
    found = price_demand(pricing.offers(12_000, slope=0.02)).table
    rows = found.set_index(["segment", "price_evidence"])
    for segment in ("consumer", "micro"):
        lot, officers = rows.loc[(segment, "lot")], rows.loc[(segment, "officers")]
        # Askers are not told apart: their mixture flattens the slope of a logit a little.
        assert lot["price_slope"] == pytest.approx(-0.2, abs=0.04)
        assert officers["price_slope"] > lot["slope_high"]


def test_intervals_of_the_slope_hold_the_truth_as_often_as_they_say():
    held = 0
    for seed in range(200):
        table = pricing.offers(1500, seed=seed, segments=("consumer",))
        lot = table[table["price_test"].notna()]
        rng = np.random.default_rng(1000 + seed)
        shift = (lot["offered_rate"] - lot["approved_rate"]) * 1e4
        less = lot["decision"].eq("approved_reduced")
        chance = 1 / (1 + np.exp(-(1.0 - 0.02 * shift - 0.8 * less)))
        own = lot.assign(
            accepted=pd.array(rng.random(len(lot)) < chance, dtype="boolean"),
            customer_id=np.arange(len(lot)),
        )
        row = price_demand(own).table.iloc[0]
        held += row["slope_low"] <= -0.2 <= row["slope_high"]
    assert 0.90 <= held / 200 <= 0.99


def test_the_full_amount_is_worth_what_was_planted():
    table = pricing.offers(20_000, segments=("consumer",))
    found = price_demand(table).worth.table.iloc[0]
    assert found["low"] < 0.8 / 0.02 / 1e4 < found["high"]
    assert found["drawn_low"] < 0.8 / 0.02 / 1e4 < found["drawn_high"]


def test_without_a_test_nothing_is_said_of_other_prices():
    table = pricing.offers(2000).assign(price_test=None)
    found = price_demand(table)
    assert found.curves == ()
    assert found.summary().key == "pricing.demand.untested"
    assert profit_curve(found.curves, PRICED, DAY).summary().key == "pricing.profit.untested"


def test_the_best_price_is_where_price_times_acceptance_is_highest():
    curve = price_demand(pricing.offers(12_000, segments=("consumer",))).curves[0]
    sharp = replace(
        curve,
        coefficients=np.array([2.0, -0.05, 0.0]),
        covariance=np.eye(3) * 1e-12,
        reduced=0.0,
        reach=(-100.0, 100.0),
    )
    own = PRICED[PRICED["segment"] == "consumer"]
    found = profit_curve([sharp], own, DAY, step_bp=1.0)
    weight = own["principal"].to_numpy()
    exempt = own["tax"].to_numpy() * 0

    def lost(change):
        rate = own["rate"].to_numpy() + change / 1e4
        kept = (1 - own["pd"]) * (1 - own["tax"] - exempt)
        spent = own["funding"] * (1 - own["capital"]) + own["operating"] + own["pd"] * own["lgd"]
        value = (rate * kept - spent) * 0.75 - own["capital"] * 0.10
        return -np.average(value, weights=weight) / (1 + np.exp(-(2.0 - 0.05 * change)))

    best = minimize_scalar(lost, bounds=(-100, 100), method="bounded").x
    assert found.facts["best_shift"].value * 1e4 == pytest.approx(best, abs=1.0)
    assert not found.edge
    usual = found.table[found.table["price_change"] == 0]["profit"].iloc[0]
    assert usual == pytest.approx(-lost(0.0), rel=1e-9)
    now, best = (found.facts[f"accepted_{name}"].value for name in ("now", "best"))
    assert now == pytest.approx(1 / (1 + np.exp(-2.0)))
    shift = found.facts["best_shift"].value * 1e4
    assert best == pytest.approx(1 / (1 + np.exp(-(2.0 - 0.05 * shift))))


def test_worse_risk_at_higher_prices_lowers_the_best_price():
    curve = price_demand(pricing.offers(12_000, slope=0.03, segments=("consumer",))).curves
    plain, worse = (
        profit_curve(curve, PRICED, DAY, worse_risk=share).facts["best_shift"].value
        for share in (0.0, 0.9)
    )
    assert worse < plain


def test_a_cell_whose_demand_goes_unserved_is_a_gap_and_no_other():
    found = product_fit(Inputs(pricing.holdings(), pricing.applications(), pricing.answers()), DAY)
    gaps = found.table[found.table["product_fit"] == "gap"]
    assert gaps[["segment", "product_type"]].to_numpy().tolist() == [["micro", "credit"]]
    assert found.place == ("micro", "credit")


def test_a_decline_for_the_customers_own_risk_is_no_gap():
    table = pricing.applications().assign(decline_reason="capacity")
    found = product_fit(Inputs(pricing.holdings(), table, pricing.answers()), DAY)
    assert found.facts["gaps"].value == 0


def test_a_margin_that_does_not_cover_the_loss_is_said():
    held = pricing.holdings()
    bad = held["main_security"].eq("credit") & held["segment"].eq("micro")
    held.loc[bad & (held["performed"] == 1), "defaulted"] = 1
    inputs = Inputs(held, pricing.applications(), pricing.answers())
    rows = security_fit(inputs, DAY).table
    losing = rows[rows["product_fit"] == "loses"]
    assert losing[["segment", "main_security"]].to_numpy().tolist() == [["micro", "credit"]]


def test_take_up_counts_customers_once():
    held = pricing.holdings()
    live = held[held["live"] == 1]
    rows = product_fit(Inputs(held, pricing.applications(), pricing.answers()), DAY).table
    for row in rows.itertuples():
        own = live[(live["segment"] == row.segment) & (live["product_type"] == row.product_type)]
        of = live.loc[live["segment"] == row.segment, "customer_id"].nunique()
        assert row.customers == own["customer_id"].nunique()
        assert row.take_up == pytest.approx(row.customers / of)


def switched(share):
    """Return holders of a secured loan, half of whom take an unsecured one; `share` then leave."""
    n = 600
    base = pricing.holdings(n).assign(
        customer_id=[f"c{at}" for at in range(n)],
        product_type="secured",
        disbursed_on=pd.Timestamp("2024-01-01"),
        live_before=1,
        live=1,
    )
    rng = np.random.default_rng(1)
    takes = np.arange(n) % 2 == 0
    leaves = np.where(takes, rng.random(n) < share, rng.random(n) < 0.1)
    new = base[takes].assign(
        product_type="credit", disbursed_on=pd.Timestamp("2026-01-01"), live_before=0
    )
    return pd.concat([base.assign(live=(~leaves).astype(int)), new])


def test_a_product_that_takes_customers_from_another_is_found():
    found = cannibalisation(switched(0.4), DAY)
    row = found.table.iloc[0]
    assert (row["product_left"], row["product_taken"]) == ("secured", "credit")
    assert row["verdict"] == "replaces"
    assert row["low"] < 0.3 < row["high"]
    assert found.summary().key.endswith("replaces")


def test_no_difference_is_not_called_one():
    assert cannibalisation(switched(0.1), DAY).table["verdict"].tolist() == ["open"]
