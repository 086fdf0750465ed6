"""The default demo bank looks like a bank: every value inside the range a banker would believe.

The ranges are typical values, unverified; `docs/methods/demo-bank.md` lists them.
"""

from collections import Counter
from datetime import date
from importlib.resources import files
from itertools import pairwise

import duckdb
import numpy as np
import pytest

from workbench import schema
from workbench.data import consent_purposes, demo
from workbench.stats import discrimination, logit

LAST = date(2026, 9, 30)
FIRMS = "('large', 'medium', 'small', 'micro')"
NPL = "('substandard', 'doubtful', 'loss')"


@pytest.fixture(scope="module")
def drawn():
    """Give the default bank's tables and its truth."""
    return demo.tables()


@pytest.fixture(scope="module")
def bank(drawn):
    """Give the default bank's tables in DuckDB, typed as the schema says, with two views."""
    frames, _ = drawn
    connection = duckdb.connect()
    for name, table in schema.tables().items():
        frame = frames.get(name)
        held = [] if frame is None else list(frame.columns)
        if frame is not None:
            connection.register(f"drawn_{name}", frame)
        columns = ", ".join(
            f"cast({column.name if column.name in held else 'null'} as {column.sql_type}) "
            f"as {column.name}"
            for column in table.columns
        )
        source = f"from drawn_{name}" if held else "where false"
        connection.execute(f"create table {name} as select {columns} {source}")
    connection.execute(
        "create table groups as select customer_id, industry_code, case customer_type "
        "when 'corporate' then size_class when 'business_owner' then 'business_owner' "
        "else case when customer_id in (select customer_id from loans join products "
        "using (product_id) where product_type = 'mortgage') then 'mortgage' else 'consumer' end "
        "end as segment from customers"
    )
    connection.execute(
        "create table book as select m.*, m.balance::double as owed, "
        f"m.five_class in {NPL} as npl, l.customer_id, l.main_security, l.matures_on, "
        "g.segment, g.industry_code from loan_months m join loans l using (loan_id) "
        f"join groups g using (customer_id) where m.month_end = '{LAST}' and m.balance > 0"
    )
    return connection


@pytest.fixture(scope="module")
def cases(bank):
    """Give the loans performing at each cohort date and whether they defaulted within a year."""
    query = files("workbench.sql").joinpath("credit_cases.sql").read_text("utf-8")
    values = {
        "as_of": LAST.isoformat(),
        "monthly_from": None,
        "horizon": 12,
        "window": 6,
        "scored_on": None,
        "overdue_days": 90,
        "financials_lag": 4,
        "purposes": consent_purposes.covered(),
    }
    return bank.execute(query, values).df()


def one(bank, query):
    return bank.execute(query).fetchone()[0]


def share(condition, where="true"):
    return (
        f"select 100 * sum(case when {condition} then owed else 0 end) / sum(owed) "
        f"from book where {where}"
    )


BOOK = {
    "loans, 亿元": ("select sum(owed) / 1e8 from book", 100, 180),
    "non-performing, %": (share("npl"), 1.2, 2.0),
    "special mention, %": (share("five_class = 'special_mention'"), 1.5, 3.0),
    "overdue, %": (share("dpd > 0"), 1.5, 2.8),
    "more than 90 days late over non-performing, %": (share("dpd > 90", "npl"), 60, 95),
    "normal, %": (share("five_class = 'normal'"), 95, 97.5),
    "substandard, %": (share("five_class = 'substandard'"), 0.3, 1.0),
    "small firms and owners who owe up to 1,000 万元, %": (
        share(
            "segment in ('small', 'micro', 'business_owner') and customer_id in "
            "(select customer_id from book group by 1 having sum(owed) <= 1e7)"
        ),
        *(15, 35),
    ),
    "state-owned firms, % of firms": (
        "select 100 * sum(case when ownership_type = 'state' then owed else 0 end) / sum(owed) "
        f"from book join customers using (customer_id) where segment in {FIRMS}",
        *(35, 60),
    ),
    "outlets with customers": ("select count(distinct branch_id) from customers", 25, 40),
    "relationship managers": (
        "select count(*) from staff where role = 'relationship_manager'",
        *(60, 120),
    ),
    "firms renewed at maturity, %": (
        "select 100 * avg((loan_id in (select renewal_of_loan_id from loans where "
        "renewal_of_loan_id is not null))::int) from loans "
        f"join groups using (customer_id) where segment in {FIRMS} and matures_on < date "
        "'2026-06-30' and abs(date_diff('day', matures_on, closed_on)) <= 20",
        *(55, 80),
    ),
    "write-offs of a year in its last quarter, %": (
        "select 100 * sum(case when quarter(month_end) = 4 then written_off_amount else 0 end)"
        "::double / sum(written_off_amount)::double from loan_months "
        "where year(month_end) between 2023 and 2025",
        *(35, 60),
    ),
    "lending of a year in January, %": (
        "select 100 * sum(case when month(disbursed_on) = 1 then principal else 0 end)::double "
        "/ sum(principal)::double from loans where year(disbursed_on) between 2023 and 2025",
        *(11, 25),
    ),
    "stage 2, %": (share("ifrs9_stage = 2"), 2.2, 5.0),
    "coverage, %": (
        "select 100 * sum(provision)::double / sum(case when npl then owed end) from book",
        *(160, 260),
    ),
    "provision over loans, %": (
        "select 100 * sum(provision)::double / sum(owed) from book",
        *(2.5, 3.8),
    ),
    "ten largest borrowers, %": (
        "select 100 * sum(held) / (select sum(owed) from book) from "
        "(select sum(owed) as held from book group by customer_id order by held desc limit 10)",
        *(8, 16),
    ),
    "largest borrower, 亿元": (
        "select max(held) / 1e8 from (select sum(owed) as held from book group by customer_id)",
        *(0.5, 1.5),
    ),
    "firms, %": (share(f"segment in {FIRMS}"), 58, 74),
    "guaranteed, % of firms": (share("main_security = 'guarantee'", f"segment in {FIRMS}"), 25, 40),
    "mortgaged, % of firms": (share("main_security = 'mortgage'", f"segment in {FIRMS}"), 30, 42),
    "pledged, % of firms": (share("main_security = 'pledge'", f"segment in {FIRMS}"), 6, 15),
    "unsecured, % of firms": (share("main_security = 'credit'", f"segment in {FIRMS}"), 15, 30),
    "written off in a year, %": (
        "select 100 * sum(written_off_amount)::double / (select sum(owed) from book) "
        f"from loan_months where month_end > date '{LAST}' - interval 12 month",
        *(0.3, 1.1),
    ),
    **{
        f"new loans of {year}, rate %": (
            "select 100 * sum(rate_at_origination * principal::double) / sum(principal::double) "
            f"from loans where year(disbursed_on) = {year}",
            *(3.3, 5.0),
        )
        for year in (2023, 2024, 2025, 2026)
    },
}


@pytest.mark.parametrize("what", BOOK)
def test_the_book_is_one_a_banker_believes(bank, what):
    query, low, high = BOOK[what]
    assert low <= one(bank, query) <= high


def test_there_are_as_many_customers_of_each_segment_as_a_branch_has(drawn):
    segments = Counter(drawn[1]["customers"]["segment"])
    assert segments["large"] == 40
    assert segments["medium"] == 150
    assert segments["small"] == 450
    assert segments["micro"] == 1_100
    assert segments["business_owner"] == 2_900
    assert segments["mortgage"] == pytest.approx(6_800, abs=20)
    assert segments["consumer"] == pytest.approx(8_560, abs=20)


@pytest.mark.parametrize(
    ("segment", "low", "high"),
    [
        ("large", 0, 1.5),
        ("medium", 1, 3),
        ("small", 1.5, 4),
        ("micro", 1.5, 4),
        ("business_owner", 1.2, 3.5),
        ("mortgage", 0.3, 1.2),
        ("consumer", 1.2, 3.5),
    ],
)
def test_segments_have_their_share_of_bad_loans(bank, segment, low, high):
    assert low <= one(bank, share("npl", f"segment = '{segment}'")) <= high


def test_most_customers_borrow_at_the_end(bank):
    """Customers who never borrowed are not in this bank; some have paid back and left."""
    assert one(bank, "select count(distinct customer_id) from book") >= 14_000
    strangers = "select count(*) from customers anti join loans using (customer_id)"
    assert one(bank, strangers) == 0


@pytest.mark.parametrize(
    ("segment", "mean"),
    [
        ("large", 10_000),
        ("medium", 1_500),
        ("small", 450),
        ("micro", 140),
        ("business_owner", 48),
        ("mortgage", 42),
        ("consumer", 8),
    ],
)
def test_borrowers_owe_what_their_segment_owes(bank, segment, mean):
    owed = one(
        bank,
        "select sum(owed) / count(distinct customer_id) / 1e4 from book "
        f"where segment = '{segment}'",
    )
    assert owed == pytest.approx(mean, rel=0.2)


@pytest.mark.parametrize(
    ("section", "low", "high"),
    [("L", 20, 35), ("C", 12, 22), ("F", 10, 20), ("N", 6, 18), ("E", 7, 13), ("K", 4, 10)],
)
def test_firms_owe_by_industry_what_a_city_banks_firms_owe(bank, section, low, high):
    held = one(bank, share(f"industry_code like '{section}%'", f"segment in {FIRMS}"))
    assert low <= held <= high


@pytest.mark.parametrize(
    ("segment", "series", "low", "high"),
    [
        ("large", "LPR1Y", -80, 0),
        ("medium", "LPR1Y", -20, 80),
        ("small", "LPR1Y", 30, 150),
        ("micro", "LPR1Y", 60, 250),
        ("business_owner", "LPR1Y", 40, 300),
        ("mortgage", "LPR5Y", -40, 20),
    ],
)
def test_rates_lie_as_far_from_the_prime_rate_as_usual(bank, segment, series, low, high):
    """The median spread in basis points of new loans over the prime rate of the day."""
    spread = one(
        bank,
        "select median(1e4 * (rate_at_origination - value)) from loans join groups "
        "using (customer_id) join products using (product_id) asof join (select period_end, value "
        f"from market_series where series_code = '{series}') on disbursed_on >= period_end where "
        f"segment = '{segment}' and (product_type = 'mortgage' or segment <> 'mortgage')",
    )
    assert low <= spread <= high


@pytest.mark.parametrize(
    ("segment", "low", "high"),
    [("mortgage", 6, 18), ("business_owner", 12, 28), ("consumer", 20, 40)],
)
def test_loans_are_paid_back_early_as_often_as_usual(bank, segment, low, high):
    """Loans closed more than 40 days before maturity, per hundred years that loans were open."""
    early = one(
        bank,
        "select 1200.0 * (select count(*) from loans join groups using (customer_id) where "
        f"segment = '{segment}' and closed_on >= date '2025-10-01' "
        "and closed_on < matures_on - interval 40 day) / count(*) from loan_months "
        f"join loans using (loan_id) join groups using (customer_id) where segment = '{segment}' "
        "and month_end >= date '2025-10-01' and balance > 0",
    )
    assert low <= early <= high


@pytest.mark.parametrize(
    ("segment", "low", "high"),
    [
        ("large", 12, 60),
        ("medium", 12, 36),
        ("small", 12, 12),
        ("micro", 12, 12),
        ("business_owner", 12, 36),
        ("consumer", 12, 36),
    ],
)
def test_loans_run_as_long_as_their_segment_borrows(bank, segment, low, high):
    shortest, longest = bank.execute(
        "select unnest(quantile_cont(date_diff('month', disbursed_on, matures_on), [0.05, 0.95])) "
        f"from loans join groups using (customer_id) where segment = '{segment}'"
    ).fetchall()
    assert low <= shortest[0] <= longest[0] <= high


@pytest.mark.parametrize(
    ("segment", "low", "high"),
    [
        ("medium", 0.8, 2),
        ("small", 1.5, 3),
        ("micro", 2, 4.5),
        ("business_owner", 1.5, 3.5),
        ("mortgage", 0.2, 0.8),
        ("consumer", 1.5, 4),
    ],
)
def test_loans_default_within_a_year_as_often_as_their_segment_does(cases, segment, low, high):
    found = 100 * cases.loc[cases["segment"] == segment, "defaulted"].mean()
    assert low <= found <= high


@pytest.mark.parametrize(
    ("segments", "flows"),
    [
        ("consumer", [(1, 2.5), (15, 35), (50, 72), (72, 92)]),
        ("mortgage", [(0.5, 1.2), (10, 27), (33, 57), (45, 75)]),
    ],
)
def test_arrears_roll_forward_as_usual(bank, segments, flows):
    found = bank.execute(
        "with late as (select m.loan_id, m.month_end, "
        "least(4, ceil(m.dpd / 30.0))::int as months from loan_months m join loans using (loan_id)"
        f" join groups using (customer_id) where segment = '{segments}' and m.balance > 0) "
        "select a.months, 100 * avg((b.months = a.months + 1)::int) from late a join late b "
        "on b.loan_id = a.loan_id and b.month_end = last_day(a.month_end + interval 1 day) "
        "where a.months < 4 group by 1 order by 1"
    ).fetchall()
    for (_, forward), (low, high) in zip(found, flows, strict=True):
        assert low <= forward <= high


@pytest.mark.parametrize(
    ("segment", "low", "high"),
    [
        ("large", 85, 95),
        ("medium", 75, 90),
        ("small", 60, 82),
        ("micro", 45, 75),
        ("business_owner", 40, 72),
        ("mortgage", 85, 94),
        ("consumer", 25, 50),
    ],
)
def test_applications_are_approved_as_often_as_usual(bank, segment, low, high):
    approved = one(
        bank,
        "select 100 * avg((decision like 'approved%')::int) from applications "
        "join groups using (customer_id) where decision in "
        f"('approved', 'approved_reduced', 'declined') and segment = '{segment}'",
    )
    assert low <= approved <= high


@pytest.mark.parametrize(
    ("mode", "low", "high"), [("phone", 15, 30), ("web", 2, 8), ("app", 1, 5), ("rm", 30, 60)]
)
def test_invitations_are_answered_as_often_as_the_mode_allows(bank, mode, low, high):
    answered = one(
        bank,
        "select 100 * avg((status in ('complete', 'partial'))::int) from survey_invitations "
        f"where mode_assigned = '{mode}'",
    )
    assert low <= answered <= high


@pytest.mark.parametrize(("mode", "low", "high"), [("phone", 90, 98), ("web", 76, 90)])
def test_most_answers_are_in_the_top_two_boxes(bank, mode, low, high):
    satisfied = one(
        bank,
        "select 100 * avg((value_num >= 4)::int) from survey_answers "
        "join survey_invitations using (wave_id, customer_id) join survey_questions "
        f"using (wave_id, question_id) where construct = 'overall' and mode_answered = '{mode}'",
    )
    assert low <= satisfied <= high


def test_part_of_each_wave_is_assigned_to_its_mode_at_random(bank):
    shares = bank.execute(
        "select avg(mode_randomised::int) from survey_invitations group by wave_id"
    ).fetchall()
    assert all(0.10 <= share <= 0.20 for (share,) in shares)


def test_web_answers_are_often_the_same_all_the_way(bank):
    same = one(
        bank,
        "select 100 * avg((least = most)::int) from (select min(value_num) as least, "
        "max(value_num) as most from survey_answers join survey_questions "
        "using (wave_id, question_id) join survey_invitations using (wave_id, customer_id) "
        "where scale = 'likert_5' and mode_answered = 'web' and status = 'complete' "
        "group by wave_id, customer_id)",
    )
    assert 10 <= same <= 30


@pytest.mark.parametrize(("kind", "low", "high"), [("in", 75, 96), ("not in", 15, 40)])
def test_customers_are_contacted_as_often_as_usual(bank, kind, low, high):
    reached = one(
        bank,
        "select 100 * avg((customer_id in (select customer_id from interactions where "
        f"started_at > date '{LAST}' - interval 90 day))::int) from (select distinct customer_id "
        f"from book where segment {kind} {FIRMS})",
    )
    assert low <= reached <= high


def test_late_payment_peaks_in_the_month_of_the_spring_festival(bank):
    late = bank.execute(
        "select strftime(month_end, '%Y-%m'), avg((dpd between 1 and 30)::int) from loan_months "
        "where balance > 0 group by 1"
    ).fetchall()
    months, rate = zip(*sorted(late), strict=True)
    for festival in ("2023-01", "2024-02", "2025-01", "2026-02"):
        at = months.index(festival)
        assert rate[at] > 1.03 * (rate[at - 1] + rate[at + 1]) / 2


def test_bad_loans_fall_at_the_end_of_the_year_and_rise_inside_a_quarter(bank):
    ratio = bank.execute(
        f"select month(month_end), sum(case when five_class in {NPL} then balance end)::double "
        "/ sum(balance)::double from loan_months group by month_end order by month_end"
    ).fetchall()
    steps = [(month, after - before) for (_, before), (month, after) in pairwise(ratio)]
    assert np.mean([step for month, step in steps if month == 12]) < 0
    assert np.mean([step for month, step in steps if month % 3]) > 0


APPLICATION = (
    *("bureau_score", "bureau_queries", "bureau_card_utilisation"),
    *("debt_service_to_income", "tenure_months"),
)
BEHAVIOUR = (*APPLICATION, "dpd_last", "dpd_max", "months_late", "bureau_dpd_max")


def discriminated(cases, features, segment):
    """Return the AUC, in later cohorts, of a logit fitted to the first one."""
    chosen = cases[cases["segment"] == segment].dropna(subset=[*features])
    scaled = (chosen[[*features]] - chosen[[*features]].mean()) / chosen[[*features]].std()
    design, events = scaled.to_numpy(), chosen["defaulted"].to_numpy(dtype=float)
    first = (chosen["cohort"] == chosen["cohort"].min()).to_numpy()
    beta, _ = logit.estimate(design[first], events[first])
    return discrimination.auc(logit.probabilities(beta, design[~first]), events[~first]).value


def test_default_is_foreseen_as_well_as_usual_and_better_with_behaviour(cases):
    application = discriminated(cases, APPLICATION, "consumer")
    behaviour = discriminated(cases, BEHAVIOUR, "consumer")
    assert 0.66 <= application <= 0.77
    assert application < behaviour <= 0.88


def test_the_planted_scores_are_usual_and_kinder_by_phone(drawn):
    for wave in drawn[1]["survey"].values():
        by_phone, by_web = wave["all"]["nps"]["phone"], wave["all"]["nps"]["web"]
        assert 20 <= by_web < by_phone <= 55
        assert 8 <= by_phone - by_web <= 20


def test_questionnaires_handed_over_by_the_manager_score_higher(drawn):
    traps = drawn[1]["traps"]["survey"].values()
    by_mode = [trap["unweighted_nps_by_mode"] for trap in traps]
    assert np.mean([scores["rm"] - scores["phone"] for scores in by_mode]) > 8
