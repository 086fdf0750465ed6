"""Contracts, securities, guarantees, accounts, market and controls of the default demo bank."""

from collections import Counter

import duckdb
import numpy as np
import pytest

from workbench import schema
from workbench.data import demo
from workbench.data.demo import season

FIRMS = "(select customer_id from customers where customer_type = 'corporate')"


@pytest.fixture(scope="module")
def drawn():
    return demo.tables()


@pytest.fixture(scope="module")
def planted(drawn):
    return drawn[1]["planted"]


@pytest.fixture(scope="module")
def bank(drawn):
    connection = duckdb.connect()
    for name, frame in drawn[0].items():
        text = frame.select_dtypes("category").columns
        columns = ", ".join(
            f'cast("{column}" as varchar) as "{column}"' if column in text else f'"{column}"'
            for column in frame.columns
        )
        connection.register("drawn", frame)
        connection.execute(f"create table {name} as select {columns} from drawn")
        connection.unregister("drawn")
    return connection


def one(bank, query):
    return bank.execute(query).fetchone()[0]


def test_renewals_of_a_line_stand_under_one_contract(bank):
    same = (
        "select avg((a.facility_id = b.facility_id)::int) from loans a join loans b "
        "on a.renewal_of_loan_id = b.loan_id where a.product_id {} ('P01', 'P05', 'P07', 'P11')"
    )
    assert one(bank, same.format("in")) > 0.5
    assert one(bank, same.format("not in")) == 0
    wrong = (
        "select count(*) from loans join facilities f using (facility_id) "
        "where principal > credit_limit or loans.customer_id <> f.customer_id "
        "or disbursed_on < signed_on or matures_on > expires_on"
    )
    assert one(bank, wrong) == 0


def test_what_may_still_be_drawn_is_the_limit_less_what_is_owed(bank):
    wrong = (
        "select count(*) from loan_months m join loans using (loan_id) join facilities "
        "using (facility_id) where m.balance > 0 and m.dpd = 0 and ((m.undrawn is not null) <> "
        "revolving or abs(m.undrawn - credit_limit + m.balance) > 0.01)"
    )
    assert one(bank, wrong) == 0


def test_mortgaged_and_pledged_loans_have_collateral_and_others_none(bank):
    wrong = (
        "select count(*) from loans left join collaterals using (loan_id) "
        "where (main_security in ('mortgage', 'pledge')) <> (collateral_id is not null)"
    )
    assert one(bank, wrong) == 0
    homes = (
        "select median(principal / appraised_value) from loans join collaterals using (loan_id) "
        "where product_id = 'P08'"
    )
    assert 0.45 <= one(bank, homes) <= 0.70
    assert one(bank, "select count(*) from collaterals where appraised_value <= 0") == 0


def test_some_appraisals_are_old_and_prices_have_fallen_since(bank, planted):
    old = one(
        bank,
        "select avg((appraised_on < date '2025-09-01')::int) from collaterals "
        "join loans using (loan_id) join loan_months using (loan_id) "
        f"where month_end = date '2026-09-30' and balance > 0 and customer_id in {FIRMS} "
        "and collateral_type in ('residential', 'commercial_property', 'land')",
    )
    assert 0.10 <= planted["collateral.stale_appraisals"]["value"] <= 0.45
    assert old == pytest.approx(planted["collateral.stale_appraisals"]["value"], abs=0.02)
    ratio = planted["collateral.loan_to_value"]
    told = one(
        bank,
        "select sum(balance) / sum(appraised_value) from collaterals join loans using (loan_id) "
        "join loan_months using (loan_id) where month_end = date '2026-09-30' and balance > 0 "
        "and product_id = 'P08'",
    )
    assert told == pytest.approx(ratio["naive"], rel=0.01)
    assert ratio["value"] > ratio["naive"] + 0.03


def test_guaranteed_loans_have_a_guarantor_who_is_not_the_borrower(bank):
    without = "from loans anti join guarantees using (loan_id) where main_security = 'guarantee'"
    assert one(bank, f"select count(*) {without}") <= 5
    own = "from guarantees join loans using (loan_id) where guarantor_id = customer_id"
    assert one(bank, f"select count(*) {own}") == 0


def webs(bank, kinds):
    """Return the sizes of the webs of firms tied by guarantees of these kinds."""
    edges = bank.execute(
        "select distinct guarantor_id, customer_id from guarantees join loans using (loan_id) "
        f"where guarantee_type in {kinds} and guarantor_id in {FIRMS} and customer_id in {FIRMS}"
    ).fetchall()
    web = {}
    for pair in edges:
        joined = [web.get(firm, {firm}) for firm in pair]
        whole = set().union(*joined)
        web.update(dict.fromkeys(whole, whole))
    return sorted((len(found) for found in {id(w): w for w in web.values()}.values()), reverse=True)


def test_as_many_firms_guarantee_one_another_as_usual(bank, planted):
    firms = one(bank, f"select count(*) from {FIRMS}")
    told = planted["guarantees.mutual"]["value"]
    mutual = webs(bank, "('mutual', 'group')")
    assert mutual == told["sizes"]
    assert 0.05 <= sum(mutual) / firms <= 0.20
    tied = webs(bank, "('mutual', 'group', 'joint', 'several')")
    assert 0.01 <= sum(size for size in tied if size >= 5) / firms <= 0.05
    assert 8 <= tied[0] <= 25


def test_guarantee_companies_taken_for_ties_make_one_large_web(bank):
    kinds = "('mutual', 'group', 'joint', 'several', 'company')"
    assert webs(bank, kinds)[0] > 2 * webs(bank, "('mutual', 'group')")[0]


def test_relations_are_known_no_earlier_than_they_exist(bank, planted):
    assert one(bank, "select count(*) from customer_links where found_at < valid_from") == 0
    late = one(
        bank,
        "select avg((found_at > valid_from + interval 30 day and found_at < valid_from + interval "
        "5 year)::int) from customer_links join customers c on c.customer_id = from_customer_id "
        "join customers d on d.customer_id = to_customer_id "
        "where valid_from > greatest(c.opened_on, d.opened_on)",
    )
    assert late > 0.95
    assert 0.1 < planted["links.found_late"]["value"] < 0.4


def test_every_customer_has_an_account_each_month(bank):
    gaps = (
        "select count(*) from (select date_diff('month', lag(month_end) over "
        "(partition by customer_id order by month_end), month_end) as step from account_months) "
        "where step <> 1"
    )
    assert one(bank, gaps) == 0
    assert one(bank, "select count(distinct customer_id) from account_months") == 20_000
    assert one(bank, "select count(*) from account_months where deposit_avg < 0") == 0


def test_customers_go_digital_as_planted(bank, drawn, planted):
    told = planted["segments.drift"]["value"]
    assert told["at_last"] > told["digital_at_first"] + 0.15
    ways = drawn[1]["account_ways"]
    assert Counter(ways["at_last"]) == planted["segments.behaviour"]["value"]
    logins = bank.execute(
        "select avg(digital_logins) from account_months join customers using (customer_id) "
        "where customer_type = 'individual' group by month_end order by month_end"
    ).fetchall()
    assert logins[-1][0] > 1.3 * logins[0][0]


def test_deposits_fall_before_arrears(bank):
    """The months before the first arrears, beside the same customers' months long before."""
    change = one(
        bank,
        "with first as (select customer_id, min(month_end) as fell from loan_months "
        "join loans using (loan_id) where dpd > 0 group by 1) "
        "select avg(ln(deposit_avg)) filter (month_end >= fell - interval 3 month) "
        "- avg(ln(deposit_avg)) filter (month_end < fell - interval 6 month) "
        "from account_months join first using (customer_id) "
        "where month_end < fell and deposit_avg > 0 and month_end > fell - interval 18 month",
    )
    assert -0.45 < change < -0.15


def test_the_ledger_agrees_with_the_loans_but_for_one_trifle(bank, planted):
    sums = (
        "select month_end, 'ALL' as scope, sum(balance) as loan_balance, sum(provision) as "
        "provision, sum(written_off_amount) as written_off, count(*) filter (balance > 0) as "
        "loan_count, count(distinct customer_id) filter (balance > 0) as borrower_count, "
        "coalesce(sum(balance) filter (five_class in ('substandard', 'doubtful', 'loss')), 0) as "
        "npl_balance, coalesce(sum(balance) filter (five_class = 'special_mention'), 0) as "
        "special_mention_balance from loan_months join loans using (loan_id) group by 1"
    )
    by_branch = sums.replace("'ALL' as scope", "branch_id as scope").replace("by 1", "by 1, 2")
    query = (
        f"with sums as ({sums} union all {by_branch}), long as (unpivot sums on "
        "columns(* exclude (month_end, scope)) into name item value total) "
        "select item, scope, value, total from control_totals "
        "left join long using (month_end, item, scope) "
        "where total is null or abs(value - total) > 0.02"
    )
    different = bank.execute(query).fetchall()
    assert [(item, scope) for item, scope, _, _ in different] == [("provision", "ALL")]
    told = planted["controls.difference"]
    assert different[0][2] == told["naive"]
    assert different[0][3] == pytest.approx(told["value"], abs=0.01)
    assert abs(told["naive"] / told["value"] - 1) < 1e-5


def test_prime_rates_are_the_published_ones_and_known_on_their_day(bank):
    rates = bank.execute(
        "select period_end, value from market_series where series_code = 'LPR5Y'"
    ).fetchall()
    for day, value in rates:
        month = np.array([season.number(day.date())])
        assert value == pytest.approx(season.lpr(month, np.array([360]))[0])
    assert one(bank, "select max(published_on) from market_series").date() <= season.LAST


def test_unemployment_moves_with_the_economy_that_loans_share(bank, drawn):
    factor = drawn[1]["default"]["economy"]["log_odds"][-48:]
    values = bank.execute(
        "select value from market_series where series_code = 'UNEMP' order by period_end"
    ).fetchall()
    rates = np.array([value for (value,) in values])
    assert np.corrcoef(rates, factor[: len(rates)])[0, 1] > 0.6


def test_series_and_codes_are_those_of_the_schema(bank):
    for table, column in (
        ("market_series", "series_code"),
        ("collaterals", "collateral_type"),
        ("guarantees", "guarantee_type"),
        ("customer_links", "link_type"),
        ("control_totals", "item"),
    ):
        known = set(schema.values(schema.table(table).column(column).values))
        found = {
            code for (code,) in bank.execute(f"select distinct {column} from {table}").fetchall()
        }
        assert found <= known


def test_the_price_list_has_a_price_for_every_product_grade_and_year(bank):
    missing = (
        "select count(*) from loans l join products using (product_id) anti join price_list p "
        "on p.product_id = l.product_id and p.risk_grade = l.risk_grade_at_origination "
        "and l.disbursed_on between p.valid_from and coalesce(p.valid_to, date '2999-01-01') "
        "where l.disbursed_on >= date '2022-10-01'"
    )
    assert one(bank, missing) == 0
