"""KPIs of the portfolio by hand, with loans that were repaid, sold or written off."""

import pytest

from tests.sql.kpi.mini import bank, read

BOOK = """
customers: customer_id
1
loans: loan_id customer_id
A 1
B 1
C 2
D 3
E 4
F 5
loan_months: loan_id month_end balance dpd five_class provision rate
A 06-30 400 0 normal 4 0.04
B 06-30 300 30 special_mention 6 0.05
C 06-30 200 91 substandard 80 0.06
D 06-30 80 90 normal 1 0.10
E 06-30 20 60 doubtful 15 0.08
F 06-30 0 0 loss 0 0.05
A 05-31 999 0 normal 9 0.99
"""


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("LOAN_BAL", 1000),
        ("BORROWERS", 4),
        ("BAL_PER_BORROWER", 250),
        ("NPL_RATIO", 0.22),
        ("SM_RATIO", 0.3),
        ("OVERDUE_RATIO", 0.6),
        ("PAR30", 0.3),
        ("OVERDUE90_TO_NPL", 200 / 220),
        ("COVERAGE", 106 / 220),
        ("PROV_TO_LOAN", 0.106),
        ("WAVG_RATE", (16 + 15 + 12 + 8 + 1.6) / 1000),
    ],
)
def test_the_book_at_the_end_of_the_month(code, value):
    # 30 days is not more than 30, 90 not more than 90; what was written off is owed by nobody.
    assert read(BOOK, code, window="moment")["value"] == pytest.approx(value, rel=1e-12)


def test_formation_adds_what_was_written_off_and_what_was_sold():
    content = """
    loans: loan_id closed_on close_type
    A - -
    B - -
    S 03-10 transferred
    Q 02-10 transferred
    W 05-20 written_off
    loan_months: loan_id month_end balance five_class written_off_amount
    A 2025-12-31 100 normal 0
    B 2025-12-31 100 substandard 0
    S 2025-12-31 50 doubtful 0
    Q 2025-12-31 20 normal 0
    W 2025-12-31 30 special_mention 7
    Q 01-31 20 normal 0
    S 02-28 40 doubtful 0
    S 03-31 0 doubtful 5
    W 05-31 0 loss 30
    A 06-30 60 substandard 0
    B 06-30 100 substandard 0
    """
    # Sold at 40 less the 5 written off in the sale; Q was performing; W's 7 are of last year.
    found = read(content, "NPL_FORMATION", window="year_to_date")
    assert (found["numerator"], found["denominator"]) == (160 - 150 + 35 + 35, 300)


LARGE = """
customers: customer_id group_id
1 G
2 G
3 -
4 -
5 -
6 -
7 -
8 -
9 -
10 -
11 -
G -
loans: loan_id customer_id
L1 1
L2 2
L3 3
L4 4
L5 5
L6 6
L7 7
L8 8
L9 9
L10 10
L11 11
LG G
loan_months: loan_id month_end balance
L1 06-30 50
L2 06-30 60
""" + "\n".join(f"L{name} 06-30 10" for name in (*range(3, 12), "G"))


def test_a_group_is_one_borrower_and_no_customer_of_the_same_name_belongs_to_it():
    assert read(LARGE, "TOP10_SHARE", window="moment")["value"] == pytest.approx(200 / 210)
    assert read(LARGE, "TOP10_CAPITAL", window="moment")["value"] == pytest.approx(0.2)
    more = read(LARGE, "TOP10_CAPITAL", window="moment", net_capital=400)
    assert (more["value"], more["base"]) == (0.5, 11)


def test_concentration_is_of_firms():
    content = """
    customers: customer_id customer_type industry_code
    1 corporate C13
    2 corporate C13
    3 corporate F51
    4 corporate -
    5 individual -
    loans: loan_id customer_id
    A 1
    B 2
    C 3
    D 4
    E 5
    loan_months: loan_id month_end balance
    A 06-30 30
    B 06-30 30
    C 06-30 40
    D 06-30 100
    E 06-30 1000
    """
    found = read(content, "HHI_INDUSTRY", window="moment")["value"]
    assert found == pytest.approx(0.3**2 + 0.2**2 + 0.5**2)


def test_repaid_loans_stay_in_the_denominator_of_the_roll_rate():
    content = """
    loan_months: loan_id month_end balance dpd
    A 05-31 100 0
    A 06-30 90 5
    B 05-31 100 0
    C 05-31 100 0
    C 06-30 100 31
    D 05-31 100 0
    D 06-30 100 0
    E 05-31 100 3
    E 06-30 100 30
    F 05-31 0 0
    F 06-30 70 1
    """
    # Joined only with rows of June it would be 90 of 300.
    assert read(content, "ROLL_0_30", window="month")["value"] == pytest.approx(90 / 400)


def test_what_falls_due_in_ninety_days():
    content = """
    loans: loan_id matures_on
    A 06-30
    B 07-01
    C 09-28
    D 09-29
    E 07-15
    loan_months: loan_id month_end balance
    A 06-30 1
    B 06-30 10
    C 06-30 20
    D 06-30 40
    E 06-30 0
    """
    assert read(content, "MATURING_90D", window="moment")["value"] == 30


def test_real_estate_is_what_the_money_is_for():
    content = """
    products: product_id product_type
    M mortgage
    W working_capital
    customers: customer_id industry_code
    1 -
    2 C13
    3 7010
    4 K70
    loans: loan_id customer_id product_id use_industry_code
    A 1 M -
    B 2 W K70
    C 3 W -
    D 4 W C13
    E 2 W -
    F 1 W -
    loan_months: loan_id month_end balance
    A 06-30 100
    B 06-30 50
    C 06-30 25
    D 06-30 25
    E 06-30 60
    F 06-30 40
    """
    assert read(content, "REAL_ESTATE_SHARE", window="moment")["value"] == pytest.approx(175 / 300)


INCLUSIVE = """
products: product_id product_type
W working_capital
O business_owner
M mortgage
C consumer
customers: customer_id customer_type size_class
1 corporate small
2 corporate micro
3 business_owner -
4 individual -
5 corporate large
6 corporate small
7 corporate small
facilities: facility_id customer_id credit_limit signed_on expires_on closed_on
F1 1 850 2025-01-01 - -
F2 1 550 2024-01-01 05-31 -
F3 2 600 2025-01-01 - -
F4 2 600 2025-01-01 06-30 -
F5 7 1200 2025-01-01 - 06-30
F6 1 500 07-01 - -
loans: loan_id customer_id product_id disbursed_on principal rate_at_origination renewal_type
A 1 W 05-10 100 0.04 -
B 2 W 05-10 200 0.09 -
C 3 O 2025-12-31 80 0.07 -
D 3 M 05-10 70 0.03 -
E 4 O 02-10 300 0.06 no_repayment
F 4 C 05-10 40 0.12 -
G 5 W 05-10 500 0.02 -
H 6 W 05-10 1001 0.02 -
I 7 W 2025-05-10 60 0.05 -
J 1 W 06-01 100 0.99 extension
loan_months: loan_id month_end balance
A 06-30 100
B 06-30 200
C 06-30 50
D 06-30 70
E 06-30 30
F 06-30 40
G 06-30 500
H 06-30 1001
I 06-30 60
"""


@pytest.mark.parametrize(
    ("code", "window", "value"),
    [
        ("INCLUSIVE_BAL", "moment", 100 + 50 + 30 + 60),
        ("INCLUSIVE_CUSTOMERS", "moment", 4),
        ("INCLUSIVE_RATE", "year_to_date", (100 * 0.04 + 300 * 0.06) / 400),
    ],
)
def test_inclusive_loans_by_customer_use_and_all_lines_together(code, window, value):
    # 2 has two live lines of 600; 6 owes more than the limit without a line; 7's line was closed.
    assert read(INCLUSIVE, code, window=window)["value"] == pytest.approx(value)


def test_one_yuan_more_of_lines_leaves_the_inclusive_loans():
    assert read(INCLUSIVE, "INCLUSIVE_BAL", window="moment", inclusive_limit=849)["value"] == 140


def test_new_loans_are_weighted_with_principal_and_extensions_are_none():
    content = """
    loans: loan_id disbursed_on principal rate_at_origination renewal_type
    A 06-01 100 0.04 -
    B 06-30 300 0.06 refinancing
    C 06-15 1000 0.01 extension
    D 05-31 1000 0.01 -
    """
    assert read(content, "NEW_LOAN_RATE", window="month")["value"] == pytest.approx(0.055)


def test_recoveries_of_written_off_loans_are_cash_and_the_price_of_sold_ones_is_not():
    content = """
    loans: loan_id closed_on close_type
    A 2025-11-20 written_off
    S 03-10 transferred
    loan_months: loan_id month_end balance recovered_amount
    A 2025-12-31 0 100
    A 02-28 0 10
    S 02-28 40 5
    S 03-31 0 40
    """
    assert read(content, "CASH_RECOVERED", window="year_to_date")["value"] == 15


RATED = """
loans: loan_id customer_id
A 1
B 2
C 2
D 3
E 4
loan_months: loan_id month_end balance dpd
A 05-31 3000 0
A 06-30 1000 90
B 06-30 100 0
C 06-30 100 91
D 06-30 300 0
E 06-30 0 0
risk_assessments: assessment_id customer_id assessed_on pd_12m lgd next_review_on
a 1 2024-06-30 0.5 0.9 2025-06-30
b 1 2025-06-30 0.02 - 06-29
c 1 07-01 0.9 0.9 2027-06-30
d 2 2025-06-30 0.1 0.5 06-30
e 4 2025-06-30 0.1 0.5 01-31
"""


@pytest.mark.parametrize(
    ("code", "value"),
    # 4 owes nothing: nobody has to review it.
    [("EXPECTED_LOSS", 1000 * 0.02 * 0.45 + 5), ("UNRATED_BALANCE", 300), ("REVIEW_OVERDUE", 0.5)],
)
def test_the_last_assessment_counts_and_what_has_none_stands_beside(code, value):
    assert read(RATED, code, window="moment")["value"] == pytest.approx(value)


def test_return_on_capital():
    revenue = """
    account_months: customer_id month_end revenue_to_bank
    1 05-31 60
    1 06-30 70
    3 06-30 -
    4 06-30 1000
    5 2025-06-30 1000
    """
    rates = {"operating_cost_rate": 0.01, "capital_rate": 0.1, "tax_rate": 0.25}
    found = read(RATED + revenue, "RAROC", window="12_months", **rates)
    # 4 owes nothing; mean balance of the two months: (3000 + 1500) / 2.
    assert found["numerator"] == pytest.approx((130 - 22.5 - 14) * 0.75)
    assert found["denominator"] == pytest.approx(225)


def test_an_assessment_repeated_on_one_day_counts_once():
    twice = bank(RATED)
    twice.execute("INSERT INTO risk_assessments SELECT * FROM risk_assessments")
    assert read(twice, "UNRATED_BALANCE", window="moment")["value"] == 300
    assert read(twice, "EXPECTED_LOSS", window="moment")["value"] == pytest.approx(14)


def test_grades_changed_by_people():
    content = """
    risk_assessments: assessment_id assessed_on risk_grade override_grade
    a 2025-06-30 1 2
    b 2025-07-01 1 -
    c 06-30 1 1
    d 06-30 1 2
    """
    assert read(content, "OVERRIDE_RATE", window="12_months")["value"] == pytest.approx(1 / 3)
