"""What the demo bank says it planted is found again in its tables, plant by plant."""

import duckdb
import numpy as np
import pytest

from workbench import schema
from workbench.data import demo


@pytest.fixture(scope="module")
def drawn():
    """Give the default bank's tables and its truth."""
    return demo.tables()


@pytest.fixture(scope="module")
def planted(drawn):
    """Give what the truth says was planted, by name."""
    return drawn[1]["planted"]


@pytest.fixture(scope="module")
def bank(drawn):
    """Give the tables in DuckDB, typed as the schema says, and the segment of each customer."""
    frames, truth = drawn
    connection = duckdb.connect()
    for name, frame in frames.items():
        if name in ("repayment_schedule", "account_months"):
            continue
        connection.register(f"drawn_{name}", frame)
        columns = ", ".join(
            f"cast({column.name} as {column.sql_type}) as {column.name}"
            for column in schema.table(name).columns
            if column.name in frame.columns
        )
        connection.execute(f"create table {name} as select {columns} from drawn_{name}")
    connection.execute(
        "create table groups as select unnest($numbers) as customer_id, "
        "unnest($segments) as segment",
        {"numbers": truth["customers"]["core_number"], "segments": truth["customers"]["segment"]},
    )
    return connection


def one(bank, query):
    return bank.execute(query).fetchone()[0]


def test_the_market_moves_with_the_economy_as_planted(bank, drawn, planted):
    """The slope of the series on the factor of all loans is the planted one."""
    factor = np.array(drawn[1]["default"]["economy"]["log_odds"])
    for series, name in (("UNEMP", "unemployment_rate"), ("PMI", "manufacturing_pmi")):
        rows = bank.execute(
            "select value from market_series where series_code = ? order by period_end", [series]
        ).fetchall()
        values = np.array([value for (value,) in rows], dtype=float)
        slope = np.polyfit(factor[-len(values) :], values, 1)[0]
        assert slope == pytest.approx(planted["market.economy"]["value"][name], rel=0.5)


def test_house_prices_fall_as_planted(bank, planted):
    first, last = (
        one(
            bank,
            f"select arg_{end}(value, period_end) from market_series where series_code = 'HPI'",
        )
        for end in ("min", "max")
    )
    assert last / first - 1 == pytest.approx(planted["market.house_prices"]["value"], abs=0.005)


def test_one_supplier_without_licence_sells_the_planted_share(bank, planted):
    told = planted["third_party.unlicensed"]["value"]
    persons = "from third_party_items join groups using (customer_id) where segment in "
    persons += "('business_owner', 'mortgage', 'consumer')"
    assert one(bank, f"select avg((not licensed_bureau)::int) {persons}") == pytest.approx(told)
    assert one(bank, f"select count(distinct provider) {persons} and not licensed_bureau") == 1


def test_providers_cover_what_was_planted_of_those_who_consented(bank, planted):
    told = planted["third_party.coverage"]["value"]
    rows = bank.execute(
        "with asked as (select customer_id, segment from groups where customer_id in "
        "(select customer_id from consents where purpose = 'third_party_sharing') and customer_id "
        "in (select customer_id from customers where opened_on < date '2022-10-01')), "
        "offers as (select distinct provider, item_code, segment from third_party_items "
        "join groups using (customer_id)) "
        "select o.provider || '.' || o.item_code, avg((exists (select 1 from third_party_items t "
        "where t.customer_id = a.customer_id and t.provider = o.provider "
        "and t.item_code = o.item_code))::int) "
        "from offers o join asked a using (segment) group by 1"
    ).fetchall()
    assert {name for name, _ in rows} == set(told)
    for name, share in rows:
        assert share == pytest.approx(told[name], abs=0.06), name


def test_applications_are_sent_back_as_planted_by_way_of_application(bank, planted):
    told = planted["process.sent_back"]
    back = (
        "select avg((application_id in (select application_id from process_events "
        "where activity = 'documents_request'))::int) from applications where channel {}"
    )
    online = "in ('app', 'web', 'partner')"
    assert one(bank, back.format(online)) == pytest.approx(told["value"]["online"], abs=0.02)
    assert one(bank, back.format(f"not {online}")) == pytest.approx(
        told["value"]["offline"], abs=0.02
    )


def test_contacts_by_lot_add_the_planted_uplift(bank, planted):
    told = planted["campaigns.uplift"]["value"]
    rows = {
        arm: (rate, told["control"] * (1 - told["control"]) / n)
        for arm, rate, n in bank.execute(
            "select arm, avg((converted_loan_id is not null)::int), count(*) "
            "from campaign_contacts "
            "join campaigns using (campaign_id) where product_id is not null and campaign_id in "
            "(select campaign_id from campaign_contacts where arm = 'control') group by 1"
        ).fetchall()
    }
    (control, spread), (treated, more) = rows["control"], rows["treatment"]
    # 99.8 % of draws by lot: some 3,500 customers in the control arm, of whom 32 borrow.
    assert control == pytest.approx(told["control"], abs=3.09 * np.sqrt(spread))
    assert treated - control == pytest.approx(told["uplift"], abs=3.09 * np.sqrt(spread + more))


def test_complaints_come_back_as_often_as_planted(bank, planted):
    again = one(bank, "select avg(repeated::int) from complaints")
    told = planted["complaints.coming_back"]["value"]
    assert again == pytest.approx(told / (1 + told), abs=0.04)


def test_warnings_other_than_on_arrears_recall_what_was_planted(bank, planted):
    failed = (
        "(select customer_id, min(month_end) as failed from loan_months join loans using (loan_id) "
        "where dpd > 90 group by 1 having min(month_end) > date '2023-09-30')"
    )
    signs = "rule_id not in ('BEH-DPD', 'BEH-OFTEN', 'BEH-SHORT')"
    near = "w.raised_at < f.failed and w.raised_at > f.failed - interval 12 month"
    recall = one(
        bank,
        "select avg((exists (select 1 from warnings w where w.customer_id = f.customer_id "
        f"and {signs} and {near}))::int) from {failed} f",
    )
    lead = one(
        bank,
        "select median(date_diff('day', w.raised_at, f.failed)) from warnings w "
        f"join {failed} f using (customer_id) where {signs} and {near}",
    )
    assert recall == pytest.approx(planted["warnings.recall"]["value"], abs=0.06)
    assert lead == pytest.approx(planted["warnings.lead"]["value"], rel=0.25)


def test_those_whom_help_saved_did_not_fail(bank, drawn, planted):
    saved = drawn[1]["saved_after_warning"]
    bank.execute("create table saved as select unnest($saved) as customer_id", {"saved": saved})
    failed = one(
        bank,
        "select count(distinct customer_id) from loan_months join loans using (loan_id) "
        "join saved using (customer_id) join (select customer_id, min(raised_at) as warned "
        "from warnings group by 1) using (customer_id) where dpd > 90 and month_end > warned "
        "and month_end <= warned + interval 12 month",
    )
    warned = one(
        bank, "select avg((customer_id in (select customer_id from warnings))::int) from saved"
    )
    assert (failed, warned) == (0, 1)
    assert len(saved) > 0
    assert planted["warnings.helped"]["value"] == 0.25


def test_straight_lines_are_as_frequent_as_planted(bank, planted):
    rows = bank.execute(
        "select mode_answered, avg((least = most)::int) from (select mode_answered, "
        "min(value_num) as least, max(value_num) as most from survey_answers join survey_questions "
        "using (wave_id, question_id) join survey_invitations using (wave_id, customer_id) "
        "where scale = 'likert_5' and status = 'complete' "
        "group by 1, wave_id, customer_id) group by 1"
    ).fetchall()
    told = planted["survey.straight_lining"]["value"]
    by_mode = dict(rows)
    # Some are alike by chance, so each mode has at least the planted share.
    for mode, share in told.items():
        assert by_mode[mode] > 0.6 * share
    assert by_mode["web"] - by_mode["phone"] == pytest.approx(told["web"] - told["phone"], abs=0.06)


def test_the_slow_step_of_drills_and_the_laggard_control_are_found(bank, planted):
    step, times = bank.execute(
        "with steps as (select step_no as step, median(actual_minutes / target_minutes) as ratio "
        "from drills group by 1) select arg_max(step, ratio), max(ratio) / "
        "median(ratio) from steps"
    ).fetchone()
    assert str(step) == "4"
    assert times == pytest.approx(planted["drills.slow_step"]["value"], rel=0.2)
    control, met = bank.execute(
        "select control_code, avg((status = 'met')::int) as met from control_attestations "
        "where status <> 'not_applicable' group by 1 order by met limit 1"
    ).fetchone()
    assert control == "backup_restore_test"
    assert met == pytest.approx(planted["controls.laggard"]["value"], abs=0.05)


def test_the_banks_own_model_sees_micro_firms_too_low(bank, planted):
    """Rated PD over what happened within a year, micro firms beside the small ones."""
    rows = dict(
        bank.execute(
            "with rated as (select customer_id, assessed_on, pd_12m as pd from risk_assessments "
            "where assessed_on between date '2023-01-01' and date '2025-09-30'), "
            "judged as (select segment, pd, exists (select 1 from loan_months m join loans l "
            "using (loan_id) where l.customer_id = r.customer_id and m.dpd > 90 and m.month_end > "
            "r.assessed_on and m.month_end <= r.assessed_on + interval 12 month)::int as failed, "
            "exists (select 1 from loan_months m join loans l using (loan_id) where l.customer_id "
            "= r.customer_id and m.month_end = last_day(r.assessed_on) and m.balance > 0 "
            "and m.dpd <= 90) as lent from rated r join groups using (customer_id)) "
            "select segment, avg(pd) / avg(failed) from judged where lent group by 1"
        ).fetchall()
    )
    others = np.mean([rows[name] for name in ("business_owner", "consumer")])
    assert rows["micro"] / others == pytest.approx(planted["model.micro_firms"]["naive"], abs=0.2)


def test_industries_fail_more_often_as_planted(bank, planted):
    """Failures over those expected of the segments, on the planted log-odds.

    The log-odds act on falling into arrears by 0.7 and once more on staying there, so a unit of
    them shows as about one in the log of failures.
    """
    rows = bank.execute(
        "with firms as (select customer_id, segment, industry_code as section, exists (select 1 "
        "from loan_months join loans l using (loan_id) where l.customer_id = c.customer_id "
        "and dpd > 90)::int as failed from customers c join groups using (customer_id) "
        "where segment in ('medium', 'small', 'micro', 'business_owner')), "
        "usual as (select segment, avg(failed) as rate from firms group by 1) "
        "select section, sum(failed), sum(rate) from firms join usual using (segment) group by 1"
    ).fetchall()
    told = planted["default.industry"]["value"]
    expected = np.array([usual for _, _, usual in rows])
    excess = np.log([(failed + 0.5) / (usual + 0.5) for _, failed, usual in rows])
    risk = np.array([told[section] for section, _, _ in rows])
    slope = np.polyfit(risk, excess, 1, w=np.sqrt(expected))[0]
    assert 0.6 < slope < 1.6


def test_one_large_default_was_chosen(bank, planted):
    found = one(
        bank,
        "select count(distinct customer_id) from loan_months join loans using (loan_id) "
        "join groups using (customer_id) where segment = 'large' and dpd > 90",
    )
    assert found == planted["default.large_firms"]["value"]


OFFERS = (
    "select case when product_id in ('P06', 'P07') then 'business_owner' else 'consumer' end as g, "
    "round(1e4 * (offered_rate - approved_rate)) as shift, (decision = 'approved_reduced')::int, "
    "1 - customer_accepted::int from applications where price_test is not null"
)


def test_price_tests_recover_the_planted_sensitivity(bank, planted):
    """A logit of refusal on the price drawn by lot has the planted slope within its error."""
    import statsmodels.api as sm

    rows = bank.execute(OFFERS).fetchall()
    for name, truth in planted["offers.price_sensitivity"]["value"].items():
        own = np.array([row[1:] for row in rows if row[0] == name], dtype=float)
        fit = sm.Logit(own[:, 2], sm.add_constant(own[:, :2])).fit(disp=0)
        assert abs(fit.params[1] - truth) < 2.6 * fit.bse[1]
        assert fit.bse[1] < truth / 5
        cut = planted["offers.full_amount"]["value"]
        assert abs(fit.params[2] - cut) < 2.6 * fit.bse[2]


def test_prices_that_officers_set_look_less_sensitive_than_they_are(planted):
    told = planted["offers.price_sensitivity"]
    for name, truth in told["value"].items():
        assert told["naive"][name] < 0.8 * truth


def test_prices_drawn_by_lot_differ_from_the_usual_ones_and_no_others_do(bank):
    query = (
        "select count(*) from applications where {} and abs(offered_rate - approved_rate) > 1e-9"
    )
    assert one(bank, query.format("price_test is null")) == 0
    assert one(bank, query.format("price_test is not null")) > 1000


def test_an_accepted_offer_has_the_rate_of_its_loan(bank):
    query = (
        "select max(abs(a.offered_rate - l.rate_at_origination)) from loans l "
        "join applications a using (application_id) where a.customer_accepted"
    )
    assert one(bank, query) < 1e-9


def test_approvals_below_the_list_are_as_often_too_low_as_planted(planted):
    assert planted["offers.approved_too_low"]["value"] == pytest.approx(0.08, abs=0.01)
