"""The demo bank beside lending: values in their ranges, tables that agree, plants that are found.

The ranges are typical values, unverified; `docs/methods/demo-bank.md` lists them.
"""

import json
import re
from datetime import date

import duckdb
import numpy as np
import pandas as pd
import pytest

from workbench import schema, settings
from workbench.data import demo
from workbench.data.demo import campaigns, early_warning, identities, public_records, wording

LAST = date(2026, 9, 30)
FIRMS = "('large', 'medium', 'small', 'micro')"
UNUSED = {"repayment_schedule", "account_months"}
FAILED = (
    "(select customer_id, min(month_end) as failed from loan_months join loans using (loan_id) "
    "where dpd > 90 group by 1 having min(month_end) > date '2022-10-31')"
)
SIGNS = "rule_id not in ('BEH-DPD', 'BEH-OFTEN', 'BEH-SHORT')"
YEARS = 4


@pytest.fixture(scope="module")
def drawn():
    """Give the default bank's tables and its truth."""
    return demo.tables()


@pytest.fixture(scope="module")
def bank(drawn):
    """Give the tables in DuckDB, typed as the schema says, and the segment of each customer."""
    frames, truth = drawn
    connection = duckdb.connect()
    for name, table in schema.tables().items():
        frame = frames.get(name)
        if frame is None or name in UNUSED:
            continue
        connection.register(f"drawn_{name}", frame)
        columns = ", ".join(
            f"cast({column.name if column.name in frame.columns else 'null'} as "
            f"{column.sql_type}) as {column.name}"
            for column in table.columns
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


def planted(drawn, name):
    return drawn[1]["planted"][name]


VALUES = {
    "sent back off line, %": (
        "select 100 * avg(back) from (select max((outcome = 'return')::int) as back from "
        "process_events join applications a using (application_id) "
        "where a.channel not in ('app', 'web', 'partner') group by application_id)",
        *(25, 45),
    ),
    "sent back on line, %": (
        "select 100 * avg(back) from (select max((outcome = 'return')::int) as back from "
        "process_events join applications a using (application_id) "
        "where a.channel in ('app', 'web', 'partner') group by application_id)",
        *(3, 15),
    ),
    "steps of the bank within their limit, %": (
        "select 100 * avg((date_diff('second', started_at, ended_at) <= 3600 * sla_hours)::int) "
        "from process_events where sla_hours is not null and ended_at is not null",
        *(80, 98),
    ),
    "complaints per 10,000 borrowers a year": (
        f"select 1e4 * count(*) / {YEARS} / (select avg(n) from (select month_end, "
        "count(distinct customer_id) as n from loan_months join loans using (loan_id) "
        "where balance > 0 group by 1)) from complaints",
        *(15, 60),
    ),
    "complaints on time, %": (
        "select 100 * avg((closed_at <= due_at)::int) from complaints where closed_at is not null",
        *(96, 100),
    ),
    "complaints that come back, %": ("select 100 * avg(repeated::int) from complaints", 3, 8),
    "complaints through the regulator, %": (
        "select 100 * avg((source in ('regulator_transfer', 'hotline12378'))::int) from complaints",
        *(5, 15),
    ),
    "control arm converts, %": (
        "select 100 * avg((converted_loan_id is not null)::int) from campaign_contacts "
        "join campaigns using (campaign_id) where arm = 'control' and product_id is not null",
        *(0.3, 2.5),
    ),
    "uplift in campaigns by lot, points": (
        "select 100 * (avg(won) filter (arm = 'treatment') - avg(won) filter (arm = 'control')) "
        "from (select *, (converted_loan_id is not null)::int as won from campaign_contacts "
        "join campaigns using (campaign_id) where product_id is not null and campaign_id in "
        "(select campaign_id from campaign_contacts where arm = 'control'))",
        *(0.2, 1.6),
    ),
    "contacts that opt out, %": (
        "select 100 * avg(opted_out::int) from campaign_contacts where contacted_at is not null",
        *(0.4, 2.0),
    ),
    "calls answered, %": (
        "select 100 * avg((responded_at is not null)::int) from campaign_contacts "
        "where channel = 'phone'",
        *(22, 45),
    ),
    "attended courses, %": ("select 100 * avg(attended::int) from training_records", 85, 98),
    "score before a course": ("select avg(pre_score) from training_records", 70, 74),
    "gain of those who came": (
        "select avg(post_score - pre_score) from training_records where attended",
        *(6, 15),
    ),
    "warnings per 100 firms a year": (
        f"select 100.0 * count(*) / {YEARS} / (select count(*) from groups where segment in "
        f"{FIRMS}) from warnings join groups using (customer_id) where segment in {FIRMS}",
        *(8, 25),
    ),
    "warnings per 100 others a year": (
        f"select 100.0 * count(*) / {YEARS} / (select count(*) from groups where segment not in "
        f"{FIRMS}) from warnings join groups using (customer_id) where segment not in {FIRMS}",
        *(3, 5),
    ),
    "red warnings confirmed, %": (
        "select 100 * avg((verdict = 'confirmed')::int) from warnings where level = 'red'",
        *(25, 55),
    ),
    "yellow warnings confirmed, %": (
        "select 100 * avg((verdict = 'confirmed')::int) from warnings where level = 'yellow'",
        *(8, 25),
    ),
    "failures warned of within a year, without rules on arrears, %": (
        "select 100 * avg((exists (select 1 from warnings w where w.customer_id = f.customer_id "
        f"and {SIGNS} and w.raised_at < f.failed and w.raised_at > f.failed - interval 12 month)"
        f")::int) from {FAILED} f",
        *(30, 60),
    ),
    "lead of these warnings, days": (
        "select median(date_diff('day', w.raised_at, f.failed)) from warnings w join "
        f"{FAILED} f using (customer_id) where {SIGNS} and w.raised_at < f.failed",
        *(60, 180),
    ),
    "warnings answered in time, %": (
        "select 100 * avg(coalesce(a.first <= w.raised_at + to_hours(r.response_hours), false)"
        "::int) from warnings w join warning_rules r using (rule_id, rule_version) left join "
        "(select origin_id, min(opened_at) as first from actions where origin_type = 'warning' "
        "group by 1) a on a.origin_id = w.warning_id",
        *(75, 96),
    ),
    "measures done in time, %": (
        "select 100 * avg(coalesce(done_at <= due_at, false)::int) from actions "
        f"where due_at <= date '{LAST}'",
        *(80, 94),
    ),
    "steps of drills passed, %": ("select 100 * avg(passed::int) from drills", 65, 95),
    "controls met, %": (
        "select 100 * avg((status = 'met')::int) from control_attestations "
        "where status <> 'not_applicable'",
        *(85, 97),
    ),
    "bureau queries without live consent, %": (
        "select 100 * avg(coalesce(c.expires_at < b.queried_at "
        "or c.withdrawn_at < b.queried_at, c.consent_id is null)::int) from bureau_reports b "
        "left join consents c using (consent_id)",
        *(0.5, 1.5),
    ),
    "third-party items without live consent, %": (
        "select 100 * avg(coalesce(c.expires_at < t.received_at "
        "or c.withdrawn_at < t.received_at, c.consent_id is null)::int) from third_party_items t "
        "left join consents c using (consent_id)",
        *(1, 4),
    ),
}


@pytest.mark.parametrize("what", VALUES)
def test_values_are_ones_a_banker_believes(bank, what):
    query, low, high = VALUES[what]
    assert low <= one(bank, query) <= high


@pytest.mark.parametrize(
    ("segment", "online", "low", "high"),
    [
        ("consumer", True, 0.001, 1),
        ("micro", True, 0.1, 3),
        ("small", False, 7, 20),
        ("large", False, 20, 45),
        ("mortgage", False, 10, 25),
    ],
)
def test_money_takes_as_long_as_usual(bank, segment, online, low, high):
    days = one(
        bank,
        "with x as (select application_id, min(started_at) as s, max(ended_at) filter "
        "(activity = 'disbursement') as e from process_events group by 1) "
        "select median(date_diff('second', s, e)) / 86400 from x join applications a "
        "using (application_id) join groups using (customer_id) where e is not null and "
        f"segment = '{segment}' and (a.channel in ('app', 'web', 'partner')) = {online}",
    )
    assert low <= days <= high


def test_rates_and_collection_are_the_commonest_causes_of_complaints(bank):
    causes = bank.execute(
        "select category from complaints group by 1 order by count(*) desc limit 2"
    ).fetchall()
    assert {cause for (cause,) in causes} == {"rate_and_fee", "collection"}


BROKEN = {
    "8 a decision before its application": (
        "select count(*) from applications where decided_at < applied_at"
    ),
    "8 a step that ends before it starts": (
        "select count(*) from process_events where ended_at < started_at"
    ),
    "8 a step before the one in front of it ends": (
        "select count(*) from (select started_at, lag(ended_at) over (partition by application_id "
        "order by event_id) as before from process_events) where started_at < before"
    ),
    "8 steps that begin at another time than the application": (
        "select count(*) from (select application_id, min(started_at) as s from process_events "
        "group by 1) join applications using (application_id) where s <> applied_at"
    ),
    "8 money on another day than the loan": (
        "select count(*) from process_events join loans l using (application_id) "
        "where activity = 'disbursement' and ended_at::date <> l.disbursed_on"
    ),
    "8 a loan with an application but no money paid out": (
        "select count(*) from loans anti join (select application_id from process_events "
        "where activity = 'disbursement') using (application_id) where application_id is not null"
    ),
    "an application without steps": (
        "select count(*) from applications anti join process_events using (application_id)"
    ),
    "9 a consent of another customer": (
        "select count(*) from third_party_items t join consents c using (consent_id) "
        "where t.customer_id <> c.customer_id or c.purpose <> 'third_party_sharing'"
    ),
    "9 a consent given after it was used": (
        "select count(*) from bureau_reports b join consents c using (consent_id) "
        "where c.granted_at > b.queried_at or c.purpose not in ('bureau_query', 'marketing')"
    ),
    "10 an answer of somebody who did not answer": (
        "select count(*) from survey_answers anti join (select * from survey_invitations "
        "where status in ('complete', 'partial')) using (wave_id, customer_id)"
    ),
    "10 an answer outside its scale": (
        "select count(*) from survey_answers join survey_questions using (wave_id, question_id) "
        "where (scale = 'nps_0_10' and value_num not between 0 and 10) "
        "or (scale = 'likert_5' and value_num not between 1 and 5) "
        "or (scale = 'likert_7' and value_num not between 1 and 7) "
        "or (scale = 'open') <> (value_text is not null) "
        "or (scale = 'open') <> (value_num is null)"
    ),
    "11 a stratum whose weights miss its population by 1 %": (
        "select count(*) from (select wave_id, stratum from survey_invitations group by 1, 2 "
        "having abs(sum(design_weight) / max(frame_count) - 1) > 0.01)"
    ),
    "12 a contact before its assignment or of the control arm": (
        "select count(*) from campaign_contacts "
        "where contacted_at < assigned_at or (arm = 'control' and contacted_at is not null)"
    ),
    "12 a contact without a consent to marketing": (
        "select count(*) from campaign_contacts k join customers c using (customer_id) "
        "where not c.do_not_contact and contacted_at is not null and not exists (select 1 from "
        "consents s where s.customer_id = k.customer_id and s.purpose = 'marketing' "
        "and s.granted_at <= k.contacted_at "
        "and (s.withdrawn_at is null or s.withdrawn_at > k.contacted_at))"
    ),
    "12 a loan that followed before the contact, or of somebody else": (
        "select count(*) from campaign_contacts k join loans l on l.loan_id = k.converted_loan_id "
        "where l.customer_id <> k.customer_id "
        "or l.disbursed_on < coalesce(contacted_at, assigned_at)::date"
    ),
    "13 a warning by a rule not in force": (
        "select count(*) from warnings anti join (select w.warning_id from warnings w "
        "join warning_rules r using (rule_id, rule_version) "
        "where w.raised_at::date >= r.valid_from "
        "and (r.valid_to is null or w.raised_at::date <= r.valid_to)) using (warning_id)"
    ),
    "13 a value below the level it raised": (
        "select count(*) from warnings join warning_rules using (rule_id, rule_version) "
        "where observed_value < case level when 'yellow' then threshold_yellow "
        "when 'orange' then threshold_orange else threshold_red end - 1e-4"
    ),
    "14 a measure raised by nothing on record": (
        "select count(*) from actions anti join (select 'warning' as origin_type, "
        "warning_id as origin_id from warnings union all select 'complaint', complaint_id from "
        "complaints union all select 'survey', wave_id from survey_waves union all "
        "select distinct 'drill', drill_id from drills union all "
        "select 'audit', evidence_ref from control_attestations) using (origin_type, origin_id)"
    ),
    "a measure done before it was proposed": (
        "select count(*) from actions where done_at < opened_at or due_at < opened_at"
    ),
    "a complaint due after another number of days": (
        "select count(*) from complaints where date_diff('day', received_at, due_at) <> "
        "case complexity when 'simple' then 15 when 'complex' then 30 else 60 end"
    ),
    "a complaint about a loan of somebody else or not yet made": (
        "select count(*) from complaints k join loans l using (loan_id) "
        "where l.customer_id <> k.customer_id or l.disbursed_on > k.received_at::date"
    ),
    "a record found before it happened": (
        "select count(*) from public_records where found_at::date < event_date"
    ),
    "an item bought before it was observed": (
        "select count(*) from third_party_items where received_at::date < observed_on"
    ),
    "a course before the pupil was hired": (
        "select count(*) from training_records join staff using (staff_id) where held_on < hired_on"
    ),
    "an identity of nobody, or nobody's identity": (
        "select count(*) from customers full join customer_identities using (customer_id) "
        "where core_customer_no is distinct from customer_id"
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_tables_agree(bank, what):
    assert one(bank, BROKEN[what]) == 0


def test_only_the_planted_contacts_break_a_refusal(bank):
    broken = "contacted_at is not null and do_not_contact"
    found = one(
        bank,
        f"select avg(({broken})::int) from campaign_contacts join customers using (customer_id) "
        "where arm = 'treatment'",
    )
    assert found == pytest.approx(campaigns.FORBIDDEN, abs=0.002)


def test_the_campaign_of_the_keenest_looks_better_than_it_is(drawn):
    entry = planted(drawn, "campaigns.chosen_by_propensity")
    assert entry["naive"] > 2 * entry["value"]


def test_who_stayed_away_shows_the_effect_of_practice(bank, drawn):
    gain = one(bank, "select avg(post_score - pre_score) from training_records where not attended")
    practice = planted(drawn, "courses.practice")["value"]
    assert gain == pytest.approx(practice, abs=1.5)
    whole = one(bank, "select avg(post_score - pre_score) from training_records where attended")
    assert whole - gain == pytest.approx(planted(drawn, "courses.effect")["value"], abs=1.5)


def test_the_slow_sub_branch_is_slow_at_review_only(bank, drawn):
    slow = re.search(r"B\d{4}", planted(drawn, "process.slow_review")["what"]).group()
    ratio = one(
        bank,
        "with x as (select p.application_id, c.branch_id in (select branch_id from branches where "
        f"parent_branch_id = '{slow}') as slow, sum(date_diff('second', started_at, ended_at)) "
        "filter (activity = 'review') / sum(date_diff('second', started_at, ended_at)) filter "
        "(activity in ('risk_scoring', 'bureau_query')) as r from process_events p "
        "join applications using (application_id) join customers c using (customer_id) "
        "group by 1, 2) select median(r) filter (slow) / median(r) filter (not slow) from x",
    )
    assert ratio == pytest.approx(planted(drawn, "process.slow_review")["value"], rel=0.15)


def test_measures_in_the_worst_outlets_seem_to_work(drawn):
    entry = planted(drawn, "actions.in_the_worst_outlets")
    assert entry["value"] == 0
    assert entry["naive"] > 3


def test_help_makes_good_warnings_look_false(drawn):
    entry = planted(drawn, "warnings.precision")
    assert entry["value"] > 1.15 * entry["naive"]


@pytest.mark.parametrize("item", ["invoice_sales_12m", "housing_fund_base", "fraud_score"])
def test_items_tell_those_who_fail_apart_by_what_was_planted(bank, drawn, item):
    """Shift of the mean in standard deviations, within provider: equal to the log-odds planted."""
    measure = "value" if item == "fraud_score" else "ln(value / income)"
    rows = bank.execute(
        f"with f as {FAILED}, d as (select customer_id, income from financials qualify "
        "row_number() over (partition by customer_id order by period_end desc) = 1) "
        f"select provider, {measure} as z, coalesce(f.failed > received_at and f.failed <= "
        "received_at + interval 365 day, false) as fails, segment from third_party_items "
        "join groups using (customer_id) join d using (customer_id) left join f using "
        f"(customer_id) where item_code = '{item}' and value > 0"
    ).df()
    truth = planted(drawn, "third_party.marginal_value")["value"]
    for provider, own in rows.groupby("provider"):
        own = own[own["z"] > own["z"].median() - 0.5] if item != "fraud_score" else own
        spread = own.groupby("fails")["z"].std()[False]
        mean = own.groupby("fails")["z"].mean()
        shift = abs(mean[True] - mean[False]) / spread
        error = 2.5 / np.sqrt(own["fails"].sum())
        assert shift == pytest.approx(truth[f"{provider}.{item}"], abs=error)


def test_what_happened_lately_is_not_all_found_yet(bank, drawn):
    """Of old events the delay is the planted one and the wait for the weekly search."""
    delays = dict(
        bank.execute(
            "select record_type, median(date_diff('day', event_date, found_at)) from "
            "public_records where event_date < date '2026-01-01' group by 1"
        ).fetchall()
    )
    for kind, _, _, days, _ in public_records.KINDS[1:]:
        if kind != "bankruptcy":
            assert delays[kind] == pytest.approx(days + 3.5, rel=0.25, abs=2)
    assert one(bank, "select max(found_at) from public_records").date() <= LAST


CONFLICTS = {
    "income_over_invoices": (
        "select avg((d.income > 1.8 * t.value)::int) from third_party_items t join (select "
        "customer_id, income from financials qualify row_number() over (partition by customer_id "
        "order by period_end desc) = 1) d using (customer_id) where item_code = 'invoice_sales_12m'"
    ),
    "staff_over_insured": (
        "select avg((value < 0.5 * employees)::int) from third_party_items "
        "join customers using (customer_id) where item_code = 'social_security_heads' "
        "and employees > 5"
    ),
    "income_over_fund_base": (
        "select avg((d.income > 12 * 1.8 * t.value)::int) from third_party_items t join (select "
        "customer_id, income from financials qualify row_number() over (partition by customer_id "
        "order by period_end desc) = 1) d using (customer_id) where item_code = 'housing_fund_base'"
    ),
    "region": (
        "select avg((c.region_code <> b.region_code)::int) from customers c "
        "join branches b using (branch_id)"
    ),
}


@pytest.mark.parametrize("name", CONFLICTS)
def test_sources_contradict_each_other_as_often_as_planted(bank, drawn, name):
    share = planted(drawn, f"conflicts.{name}")["value"]
    assert one(bank, CONFLICTS[name]) == pytest.approx(share, abs=0.015)


def test_consent_gaps_are_those_told(bank, drawn):
    gaps = planted(drawn, "consents.bureau_gaps")["value"]
    without = one(bank, "select avg((consent_id is null)::int) from bureau_reports")
    assert without == pytest.approx(gaps["none"], abs=1e-6)
    for kind, column in (("expired", "expires_at"), ("withdrawn", "withdrawn_at")):
        late = one(
            bank,
            f"select count(*) filter (c.{column} < b.queried_at) / count(*) from bureau_reports b "
            "left join consents c using (consent_id)",
        )
        assert late == pytest.approx(gaps[kind], abs=1e-6)
        assert late > 0


def test_queries_under_a_consent_to_marketing_are_those_told(bank, drawn):
    told = planted(drawn, "consents.bureau_purpose")
    wrong = one(
        bank,
        "select avg(coalesce(c.purpose <> 'bureau_query', false)::int) from bureau_reports b "
        "left join consents c using (consent_id)",
    )
    assert wrong == pytest.approx(told["value"], abs=1e-6)
    assert wrong > told["naive"] == 0


def test_duplicates_share_name_and_telephone_and_nobody_else_does(bank, drawn):
    told = {tuple(sorted(pair)) for pair in drawn[1]["duplicates"]}
    found = bank.execute(
        "select a.customer_id, b.customer_id from customer_identities a join customer_identities b "
        "on a.phone = b.phone and a.legal_name = b.legal_name and a.customer_id < b.customer_id"
    ).fetchall()
    assert {tuple(sorted(pair)) for pair in found} == told
    assert len(told) == planted(drawn, "customers.entered_twice")["value"] == 60


def test_identities_are_well_formed_and_belong_to_nobody(drawn):
    table = drawn[0]["customer_identities"]
    numbers = table["id_number"].to_numpy()
    kind = table["id_type"].astype(str).to_numpy()
    people, firms = numbers[kind == "resident_id"], numbers[kind == "uscc"]
    assert all(number[:4] == "1199" for number in people)
    assert all(number[2:6] == "1199" for number in firms)
    digits = np.array([[int(digit) for digit in number[:17]] for number in people])
    assert (identities.resident_check(digits) == [number[17] for number in people]).all()
    codes = np.array([[identities.LETTERS.index(letter) for letter in row] for row in firms])
    assert (identities.credit_check(codes[:, :17]) == codes[:, 17]).all()
    assert table["phone"].str.fullmatch(r"154\d{8}").all()
    assert table["email"].dropna().str.endswith("@example.com").all()


def test_check_characters_are_those_of_the_standards():
    """Published examples: GB 11643, annex; the credit code of a well-known public body."""
    assert identities.resident_check(np.array([list(map(int, "11010519491231002"))]))[0] == "X"
    assert identities.resident_check(np.array([list(map(int, "44052418800101001"))]))[0] == "4"
    code = "91350100M000100Y43"
    letters = np.array([[identities.LETTERS.index(letter) for letter in code]])
    assert identities.LETTERS[identities.credit_check(letters[:, :17])[0]] == code[17]


def test_years_of_birth_and_gender_agree_with_resident_numbers(drawn):
    frames, _ = drawn
    both = frames["customers"].merge(frames["customer_identities"], on="customer_id")
    own = both[both["id_type"].eq("resident_id") & both["birth_year"].notna()]
    assert (own["id_number"].str[6:10].astype(int) == own["birth_year"].astype(int)).all()
    assert ((own["id_number"].str[16].astype(int) % 2 == 1) == own["gender"].eq("male")).all()


def test_comments_are_about_what_the_truth_says(bank, drawn):
    told = drawn[1]["comment_topics"]
    count = one(bank, "select count(*) from survey_answers where value_text is not null")
    assert count == sum(len(wave["topic"]) for wave in told.values()) > 150
    for wave, topics in told.items():
        texts = dict(
            bank.execute(
                "select customer_id, value_text from survey_answers where wave_id = $wave "
                "and value_text is not null",
                {"wave": wave},
            ).fetchall()
        )
        for number, topic in zip(topics["core_number"], topics["topic"], strict=True):
            said = texts[number]
            assert said in (*wording.COMMENTS_ZH[topic], *wording.COMMENTS_EN[topic])


def test_detractors_comment_more_often(bank):
    written = dict(
        bank.execute(
            "select n.value_num <= 6, avg((c.value_text is not null)::int) from survey_answers n "
            "join survey_invitations i using (wave_id, customer_id) left join (select * from "
            "survey_answers where question_id = 'Q9') c using (wave_id, customer_id) "
            "where n.question_id = 'Q1' and i.status = 'complete' and mode_answered = 'phone' "
            "group by 1"
        ).fetchall()
    )
    assert written[True] > 1.2 * written[False]


def test_metrics_of_measures_and_rules_are_coded(drawn):
    frames, _ = drawn
    rules = frames["warning_rules"]
    assert rules["rule_id"].nunique() >= 40
    assert set(rules["family"]) == set(schema.values("signal_family"))
    assert not rules.duplicated(["rule_id", "rule_version"]).any()
    metrics = set(frames["actions"]["target_metric"].astype(str))
    assert metrics <= {
        *("WARN_RESPONSE_ONTIME", "COMPLAINT_REPEAT", "NPS", "DRILL_PASS", "CONTROLS_MET")
    }


AS_OF = date(2026, 6, 30)
KNOWN = {
    "financials": "received_on <= $as_of",
    "bureau_reports": "queried_at::date <= $as_of",
    "public_records": "found_at::date <= $as_of",
    "third_party_items": "received_at::date <= $as_of",
    "market_series": "published_on <= $as_of",
    "loan_months": "month_end <= $as_of",
    "account_months": "month_end <= $as_of",
    "repayment_schedule": "due_on <= $as_of",
    "risk_assessments": "assessed_on <= $as_of",
    "interactions": "started_at::date <= $as_of",
    "complaints": "received_at::date <= $as_of",
    "collaterals": "appraised_on <= $as_of",
    "loans": "disbursed_on <= $as_of",
    "guarantees": "valid_from <= $as_of",
}
"""What of each table the bank knew on a day."""


@pytest.fixture(scope="module")
def small():
    """Give a small bank in DuckDB, and in the schema `past` what was known of it on a day."""
    frames, _ = demo.tables(1_000, 30)
    connection = duckdb.connect()
    connection.execute("create schema past")
    for name, table in schema.tables().items():
        frame = frames.get(name)
        if frame is None:
            continue
        connection.register(f"drawn_{name}", frame)
        columns = ", ".join(
            f"cast({column.name if column.name in frame.columns else 'null'} as "
            f"{column.sql_type}) as {column.name}"
            for column in table.columns
        )
        connection.execute(f"create table {name} as select {columns} from drawn_{name}")
        known = KNOWN.get(name, "true")
        given = {"as_of": AS_OF} if name in KNOWN else {}
        connection.execute(f"create table past.{name} as from {name} where {known}", given)
    return connection


def ran(connection, rule, space):
    connection.execute(f"use memory.{space}")
    found = connection.execute(rule["expression"], {"as_of": AS_OF}).df()
    return found.sort_values("customer_id", ignore_index=True)


RULES = {rule["id"]: rule for rule in settings.rulepack(early_warning.PACK)["rule"]}


@pytest.mark.parametrize("name", RULES)
def test_rules_give_one_value_a_customer_from_what_was_known_on_the_day(small, name):
    rule = RULES[name]
    found = ran(small, rule, "main")
    assert list(found.columns) == ["customer_id", "value"]
    assert found["customer_id"].is_unique
    pd.testing.assert_frame_equal(found, ran(small, rule, "past"))


@pytest.mark.parametrize("name", RULES)
def test_rules_name_known_measures_owners_and_rising_levels(name):
    rule = RULES[name]
    assert rule["levels"] == sorted(rule["levels"])
    assert rule["action"] in schema.values("measure")
    assert rule["owner"] in schema.values("owner_dept")
    assert rule["about"] in ("firms", "persons", "all")


def test_most_rules_have_something_to_say_of_a_small_bank(small):
    silent = {name for name, rule in RULES.items() if ran(small, rule, "main").empty}
    assert len(silent) <= 6


def test_the_truth_of_the_smallest_bank_can_be_stored():
    _, truth = demo.tables(100, 2)
    json.dumps(truth, allow_nan=False)
