"""A bank drawn at random from the schema: any code, any order of days, gaps wherever they may be.

It obeys none of the regularities of a real bank: two computations of one number agree on it only
when they ask the same question.
"""

import numpy as np
import pandas as pd

from tests.sql import tables
from workbench import schema

FIRST, LAST = pd.Timestamp("2025-01-01"), pd.Timestamp("2026-07-31")
MONTHS = pd.date_range("2025-01-31", "2026-06-30", freq="ME")
MISSING = 0.15
ROWS = {
    **{"branches": 3, "staff": 200, "products": 12, "customers": 300, "facilities": 250},
    **{"loans": 900, "loan_months": 8000, "price_list": 900, "account_months": 3000},
    **{"applications": 300, "process_events": 5000, "survey_waves": 3, "survey_questions": 100},
    **{
        "survey_answers": 6000,
        "survey_invitations": 1000,
        "warning_rules": 8,
        "campaigns": 6,
        "control_attestations": 300,
    },
}
OTHERS = 600
PICKS = {
    "loan_months.dpd": (0, 0, 0, 0, 0, 1, 30, 31, 90, 91, 120, 200),
    "loan_months.balance": (0, 100, 250.5, 1000, 3000.25, 20000),
    "loan_months.written_off_amount": (0, 0, 0, 10.5),
    "loans.principal": (100, 500, 1000, 5000),
    "loans.use_industry_code": ("K", "K70", "7010", "C13", "17"),
    "customers.industry_code": ("K70", "C13", "C14", "F51", "A01"),
    "customers.group_id": ("G1", "G2", "customer-1"),
    "facilities.credit_limit": (100, 2000, 9000),
    "price_list.amount_from": (0, 500),
    "price_list.amount_to": (500, 1000, 10000),
    "price_list.term_from_m": (0, 6, 12),
    "price_list.term_to_m": (6, 12, 36),
    "price_list.product_id": ("products-0", "products-1"),
    "loans.product_id": tuple(f"products-{number}" for number in (0, 0, 1, 1, *range(12))),
    "survey_answers.value_num": (-1, 0, 1, 2, 3, 4, 5, 6, 8, 9, 9, 10, 10, 99),
    "survey_invitations.final_weight": (0.5, 1, 2.25),
    "survey_questions.scale": ("nps_0_10", "likert_5", "likert_5"),
    "survey_questions.construct": ("recommend", "overall"),
    "warning_rules.response_hours": (0, 24, 72),
    "warning_rules.rule_version": (1, 2),
    "warnings.rule_version": (1, 2),
    "actions.origin_type": ("warning", "warning", "complaint"),
    "actions.origin_id": tuple(f"warnings-{number}" for number in range(OTHERS)),
    "process_events.outcome": (*["pass"] * 15, "return"),
    "loans.base_rate_code": ("LPR1Y", "LPR5Y"),
    "price_list.base_rate_code": ("LPR1Y", "LPR5Y"),
    "process_events.sla_hours": (1, 24, 4000),
    "campaign_contacts.arm": ("treatment", "treatment", "control"),
}
"""Values that lie on and beside the borders of the definitions."""
GRADES = ("1", "2")


def connection(seed):
    """Return a DuckDB database with the random bank of `seed` in all tables of the lake."""
    rng = np.random.default_rng(seed)
    found = tables.connection()
    for name in schema.ordered():
        if name in schema.stored("lake"):
            rows = drawn(name, rng)
            found.register("rows", rows)
            found.execute(f"INSERT INTO {name} BY NAME SELECT * FROM rows")
            found.unregister("rows")
    return found


def drawn(name, rng):
    """Return random rows of the table `name`, each key once."""
    table = schema.table(name)
    count = ROWS.get(name, OTHERS)
    rows = pd.DataFrame({each.name: column(each, count, rng) for each in table.columns})
    if name == "loans":
        start = rows["disbursed_on"]
        for later in ("matures_on", "closed_on"):
            wait = pd.to_timedelta(rng.integers(1, 500, count), unit="D")
            rows[later] = rows[later].where(rows[later].isna(), start + wait)
    return rows.drop_duplicates(list(table.key))


def column(one, count, rng):
    """Return `count` random values of a column, missing where they may be."""
    values = pd.Series(_values(one, count, rng))
    if one.nullable:
        values = values.mask(rng.random(count) < MISSING)
    return values


def _values(one, count, rng):
    name = f"{one.table}.{one.name}"
    if name in PICKS:
        return rng.choice(np.array(PICKS[name]), count)
    if one.name.endswith(("grade", "grade_at_origination")):
        return rng.choice(GRADES, count)
    if one.values:  # noqa: PD011
        return rng.choice([*schema.values(one.values)], count)
    if one.refers_to:
        parent = one.refers_to.partition(".")[0]
        return [f"{parent}-{at}" for at in rng.integers(0, ROWS.get(parent, OTHERS), count)]
    if one.name == "rule_id":
        return [f"rule-{at}" for at in rng.integers(0, 4, count)]
    if one.type in ("str", "text"):
        owned = one.is_key and len(schema.table(one.table).key) == 1
        if owned:
            return [f"{one.table}-{at}" for at in range(count)]
        return [f"{one.name}-{at}" for at in rng.integers(0, 20, count)]
    return _measured(one, count, rng)


def _measured(one, count, rng):
    if one.name in ("month_end", "period_end"):
        return rng.choice(MONTHS.to_numpy(), count)
    if one.type in ("date", "ts"):
        days = FIRST + pd.to_timedelta(rng.integers(0, (LAST - FIRST).days, count), unit="D")
        # A third at midnight: that is where windows are cut wrongly.
        minutes = rng.integers(0, 1440, count) * (rng.random(count) < 2 / 3)
        return days + pd.to_timedelta(minutes if one.type == "ts" else 0, unit="min")
    if one.type == "bool":
        return rng.random(count) < 0.4
    low = 0 if one.low is None else one.low
    high = min(1000 if one.high is None else one.high, low + 1000)
    drawn = rng.uniform(low, high, count)
    return drawn.astype("int64") if one.type == "int" else drawn.round(2)
