"""KPIs of warnings, customers, renewals and consents by hand."""

import pytest

from tests.sql.kpi.mini import read

DEFAULTS = """
loans: loan_id customer_id
A 1
B 2
C 3
D 4
E 5
F 6
loan_months: loan_id month_end dpd
A 02-28 64
A 03-31 95
A 04-30 125
B 04-30 100
C 05-31 91
D 2025-03-31 92
D 06-30 400
E 03-31 95
F 05-31 91
F 04-30 90
warnings: warning_id customer_id raised_at
a 1 01-26T10:00
b 2 2024-01-01T10:00
c 3 05-31T09:00
d 4 2025-02-01T10:00
e 5 03-29T10:00
f 6 05-21T10:00
g 6 05-01T10:00
"""


def test_a_default_is_warned_about_in_the_twelve_months_before_its_day():
    # B's warning is too old, C's of the day itself, E's after 27 March.
    found = read(DEFAULTS, "WARN_RECALL", window="12_months")
    assert (found["numerator"], found["denominator"]) == (2, 5)


def test_the_lead_runs_from_the_first_warning_to_the_day_of_default():
    assert read(DEFAULTS, "WARN_LEAD_DAYS", window="12_months")["value"] == (60 + 30) / 2


def test_no_day_of_a_window_is_cut_off():
    content = """
    warnings: warning_id raised_at verdict
    a 06-30T18:00 confirmed
    b 04-01T00:00 confirmed
    c 05-01T10:00 false_alarm
    d 05-01T10:00 duplicate
    e 05-01T10:00 pending
    f 05-01T10:00 -
    g 03-31T23:59 false_alarm
    h 07-01T00:00 false_alarm
    """
    assert read(content, "WARN_PRECISION", window="quarter")["value"] == pytest.approx(2 / 3)


def test_warnings_that_nobody_answered_are_late():
    content = """
    warning_rules: rule_id rule_version response_hours
    r 1 24
    r 2 9999
    warnings: warning_id rule_id rule_version raised_at
    a r 1 06-10T10:00
    b r 1 06-10T10:00
    c r 1 06-10T10:00
    d r 1 06-30T12:00
    e r 1 06-10T10:00
    actions: action_id origin_type origin_id opened_at
    1 warning a 06-11T10:00
    2 warning a 06-12T10:00
    3 warning b 06-11T10:01
    4 complaint e 06-10T10:00
    """
    assert read(content, "WARN_RESPONSE_ONTIME", window="quarter")["value"] == 1 / 4


def test_a_warning_one_department_never_saw_was_not_shared():
    content = """
    warnings: warning_id raised_at seen_by_relationship_at seen_by_risk_at
    a 06-10T10:00 06-11T10:00 06-10T11:00
    b 06-10T10:00 06-10T11:00 -
    c 06-10T10:00 06-11T10:01 06-10T11:00
    d 06-30T12:00 - -
    """
    # An average over missing days would be 1 of 2.
    assert read(content, "SHARED_24H", window="quarter")["value"] == pytest.approx(1 / 3)


def test_drills():
    content = """
    drills: held_on passed
    06-30 true
    06-30 false
    2025-06-30 false
    """
    assert read(content, "DRILL_PASS", window="12_months")["value"] == 0.5


@pytest.mark.parametrize(("code", "value"), [("AUM", 300), ("PRODUCTS_PER_CUST", 2)])
def test_accounts_of_the_last_month(code, value):
    content = """
    account_months: customer_id month_end aum_avg products_held
    1 06-30 100 1
    2 06-30 200 4
    3 06-30 - 1
    1 05-31 999 9
    """
    assert read(content, code, window="moment")["value"] == value


def test_customers_of_the_day_for_each_manager():
    content = """
    customers: customer_id relationship_manager_id opened_on closed_on
    1 a 2020-01-01 -
    2 a 2020-01-01 07-01
    3 b 06-30 -
    4 - 2020-01-01 -
    5 c 2020-01-01 06-30
    6 d 07-01 -
    """
    assert read(content, "CUSTOMERS_PER_RM", window="moment")["value"] == 3 / 2


def test_calls_that_nobody_answered_reach_nobody():
    content = """
    customers: customer_id opened_on closed_on
    1 2020-01-01 -
    2 2020-01-01 -
    3 2020-01-01 -
    4 2020-01-01 -
    5 2020-01-01 05-31
    interactions: interaction_id customer_id started_at outcome
    a 1 04-02T00:00 resolved
    b 1 06-02T00:00 resolved
    c 2 04-01T23:59 resolved
    d 3 06-02T00:00 no_answer
    e 4 06-30T18:00 -
    f 5 04-02T00:00 resolved
    """
    assert read(content, "CONTACT_COVERAGE", window="moment")["value"] == 2 / 4


CHURN = """
loans: loan_id customer_id disbursed_on closed_on close_type
A stays 2025-01-01 - -
B refinanced 2025-01-01 01-31 prepaid_refinanced
C gone 2025-01-01 04-01 matured
D undecided 2025-01-01 04-02 matured
E written 2025-01-01 01-31 written_off
F sold 2025-01-01 01-31 transferred
G own 2025-01-01 01-31 prepaid_own_funds
H back 2025-01-01 01-31 matured
I back 03-01 - -
J new 03-01 - -
K former 2024-01-01 2025-06-30 prepaid_refinanced
L stays 2025-01-01 01-31 written_off
loan_months: loan_id month_end balance
A 2025-06-30 100
A 06-30 100
B 2025-06-30 100
C 2025-06-30 100
D 2025-06-30 100
E 2025-06-30 100
F 2025-06-30 100
G 2025-06-30 100
H 2025-06-30 100
I 06-30 100
J 06-30 100
K 2025-06-30 0
L 2025-06-30 100
"""


def test_who_left_and_who_only_owes_nothing():
    # By balance alone 6 of 8 would have left. C fell due 90 days ago, D 89.
    found = read(CHURN, "CHURN_RATE", window="12_months")
    assert (found["numerator"], found["denominator"]) == (2, 5)


@pytest.mark.parametrize(("code", "value"), [("REFI_RATE", 0.2), ("REFI_UNKNOWN", 0.1)])
def test_refinanced_is_measured_on_the_balance_at_the_start(code, value):
    content = """
    loans: loan_id principal closed_on close_type
    A 900 06-30 prepaid_refinanced
    B 900 01-31 prepaid_unknown
    C 900 - -
    D 999 01-31 prepaid_refinanced
    E 999 07-01 prepaid_refinanced
    loan_months: loan_id month_end balance
    A 2025-06-30 100
    B 2025-06-30 50
    C 2025-06-30 250
    D 2025-12-31 999
    E 2025-06-30 100
    """
    assert read(content, code, window="12_months")["value"] == value


RENEWALS = """
loans: loan_id facility_id disbursed_on matures_on closed_on close_type renewal_of_loan_id renewal_type
a F1 2025-01-01 2025-09-30 - matured - -
b F1 2025-09-30 03-31 - matured a after_repayment
n1 F1 04-20 2027-04-20 - - b no_repayment
c F2 2025-05-31 05-31 - matured - -
n2 F9 06-30 2027-05-31 - - c -
d - 2025-06-15 06-15 - - - -
e - 2024-12-31 2025-12-31 - renewed - -
n3 - 2025-12-31 2026-12-31 - - e refinancing
f - 2025-01-31 01-31 - - - -
n4 - 01-31 2027-01-31 - - f extension
g - 2025-01-31 01-31 - matured - -
n5 - 03-03 2027-03-03 - - g after_repayment
h - 2025-01-31 01-31 01-15 transferred - -
i - 2025-01-31 01-31 - written_off - -
j - 2025-01-31 01-31 05-15 transferred - -
k - 2024-05-31 2025-05-31 - matured - -
n6 - 2025-05-31 2026-12-31 - - k after_repayment
"""  # noqa: E501


@pytest.mark.parametrize(("code", "cases"), [("RENEWAL_RATE", 2), ("RENEWAL_REFINANCED", 1)])
def test_renewals_by_facility_with_all_days_over(code, cases):
    # a and b are one facility; d's 30 days are not over; g came 31 days late; h was sold before.
    found = read(RENEWALS, code, window="12_months")
    assert (found["numerator"], found["denominator"]) == (cases, 7)


def test_a_first_loan_is_a_first_loan_once():
    content = """
    customers: customer_id is_first_loan
    1 true
    2 true
    3 false
    4 -
    loans: loan_id customer_id disbursed_on
    A 1 02-01
    B 1 03-01
    C 2 2025-05-01
    D 2 03-01
    E 3 02-01
    F 4 02-01
    """
    found = read(content, "FIRST_LOAN_CUSTOMERS", window="year_to_date")
    assert (found["value"], found["base"]) == (1, 3)


CONSENTS = """
loans: loan_id customer_id
A 1
B 2
C 3
D 4
E 5
F 6
loan_months: loan_id month_end balance
A 06-30 1
B 06-30 1
C 06-30 1
D 06-30 1
E 06-30 1
F 06-30 0
consents: consent_id customer_id purpose granted_at withdrawn_at expires_at
a 1 credit_assessment 2025-01-01T10:00 - -
b 2 credit_assessment 2025-01-01T10:00 06-30T10:00 -
c 3 credit_assessment 2025-01-01T10:00 - 06-30T00:00
d 4 marketing 2025-01-01T10:00 - -
e 5 credit_assessment 06-30T18:00 - 07-01T00:00
f 6 credit_assessment 2025-01-01T10:00 - -
"""


def test_consents_live_at_the_end_of_the_day():
    assert read(CONSENTS, "CONSENT_COVERAGE", window="moment")["value"] == 2 / 5


def test_queries_need_a_consent_of_that_customer_that_is_live():
    queries = """
    bureau_reports: bureau_report_id customer_id consent_id queried_at
    p 1 a 06-30T20:00
    q 1 - 06-15T10:00
    r 2 b 06-30T11:00
    s 2 b 06-30T09:00
    t 1 d 06-15T10:00
    u 5 e 06-30T17:00
    v 3 c 06-30T00:00
    w 1 x 06-15T10:00
    x 1 - 05-31T23:59
    """
    # A join on the consent alone would count q, u and w only.
    found = read(CONSENTS + queries, "QUERY_NO_CONSENT", window="month")
    assert (found["value"], found["base"]) == (6, 8)
