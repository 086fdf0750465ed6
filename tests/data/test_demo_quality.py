"""How bad loans move in the default demo bank, by class, year and industry, and how long it lends.

The ranges are typical values, unverified; `docs/methods/demo-bank.md` lists them.
"""

from datetime import date
from itertools import product

import numpy as np
import pytest

from tests.sql import tables
from workbench.data import demo

LAST = date(2026, 9, 30)
YEARS = {
    "2023": (date(2022, 12, 31), date(2023, 12, 31)),
    "2024": (date(2023, 12, 31), date(2024, 12, 31)),
    "2025": (date(2024, 12, 31), date(2025, 12, 31)),
    "newest": (date(2025, 9, 30), LAST),
}
RATES = {
    "mig_normal": (1.2, 3.5),
    "mig_sm": (18, 45),
    "mig_sub": (35, 85),
    "mig_doubt": (25, 80),
    "mig_performing": (0.9, 2.0),
}
CLASSES = {
    "normal": (95, 97.5),
    "special_mention": (1.5, 3.0),
    "substandard": (0.3, 1.0),
    "doubtful": (0.25, 0.75),
    "loss": (0.20, 0.55),
}
MATURITIES = {"up to a year": (33, 47), "one to five years": (20, 34), "above": (26, 40)}
SECTIONS = {
    **{"A": (2.0, 6.0), "C": (1.1, 3.3), "E": (0.9, 2.7), "F": (1.6, 4.8), "H": (2.25, 6.75)},
    **{"K": (1.75, 5.25), "G": (0, 1.4), "L": (0, 1.2), "N": (0, 0.6)},
}
"""Half to one and a half times the usual ratio; up to twice where one firm is the whole ratio."""
GROUPS = {"GLN": (0, 0.9), "CE": (1.0, 3.1), "AFHK": (1.7, 5.1)}
"""The same for the industries together: a month-end has a handful of bad firms in each."""
SEEDS = (1, 2, 3)
UNUSUAL = ("mig_sub", "2023")
"""Of what was substandard at the end of 2022 more was put right than lost; the page says so."""
USUAL = [pair for pair in product(RATES, YEARS) if pair != UNUSUAL]


def connected(frames):
    """Return a database that holds what these tests ask about."""
    found = tables.connection()
    for name in ("customers", "loans", "loan_months"):
        frame = frames[name]
        plain = frame.astype(dict.fromkeys(frame.select_dtypes("category").columns, object))
        found.register("made", plain)
        found.execute(f"INSERT INTO {name} BY NAME SELECT * FROM made")
        found.unregister("made")
    return found


@pytest.fixture(scope="module")
def drawn():
    return demo.tables()


@pytest.fixture(scope="module")
def bank(drawn):
    return connected(drawn[0])


def one(bank, query):
    return float(bank.execute(query).fetchone()[0])


def migration(bank, rate, year):
    """Return a migration rate of the named query in percent."""
    opening, closing = YEARS[year]
    found = tables.query(bank, f"kpi/{rate}", **{"from": opening, "to": closing})
    return 100 * found["value"].iloc[0]


def share(bank, condition, where="true", day=f"= date '{LAST}'"):
    """Return the percentage of the balance that fulfils the condition."""
    return one(
        bank,
        f"select 100 * sum(case when {condition} then balance else 0 end) / sum(balance) "
        "from loan_months join loans using (loan_id) join customers using (customer_id) "
        f"where month_end {day} and {where}",
    )


BAD = "five_class in ('substandard', 'doubtful', 'loss')"
UNTIL = {"up to a year": "2027-09-30", "one to five years": "2031-09-30"}


def matures(bank, bucket):
    """Return the percentage of the balance that matures within the bucket."""
    first, second = (f"matures_on <= date '{day}'" for day in UNTIL.values())
    within = {
        "up to a year": first,
        "one to five years": f"{second} and not {first}",
        "above": f"not {second}",
    }
    return share(bank, within[bucket])


def bad_firms(bank, sections, day=f"= date '{LAST}'"):
    """Return the percentage of the balance of firms of these industries that is bad."""
    letters = ", ".join(f"'{letter}'" for letter in sections)
    firms = f"customer_type = 'corporate' and industry_code[1] in ({letters})"
    return share(bank, BAD, firms, day)


def formed(bank):
    """Return what became bad in a year over the balance, in percent, on average of three years."""
    return one(
        bank,
        "with moved as (select month_end, balance, "
        f"{BAD} and not lag({BAD}) over (partition by loan_id order by month_end) as fresh "
        "from loan_months where balance > 0), months as (select month_end, sum(balance) as owed, "
        "sum(case when fresh then balance else 0 end) as fresh from moved "
        "where year(month_end) between 2023 and 2025 group by 1) "
        "select 100 * sum(fresh) / avg(owed) / 3 from months",
    )


@pytest.mark.parametrize("five_class", CLASSES)
def test_each_class_holds_its_usual_share(bank, five_class):
    low, high = CLASSES[five_class]
    assert low <= share(bank, f"five_class = '{five_class}'") <= high


@pytest.mark.parametrize("rate", RATES)
def test_loans_migrate_as_usual_on_average(bank, rate):
    low, high = RATES[rate]
    assert low <= np.mean([migration(bank, rate, year) for year in YEARS]) <= high


@pytest.mark.parametrize(("rate", "year"), USUAL)
def test_loans_migrate_as_usual_in_the_year(bank, rate, year):
    low, high = RATES[rate]
    assert low <= migration(bank, rate, year) <= high


def test_as_much_becomes_bad_in_a_year_as_usual(bank):
    assert 0.9 <= formed(bank) <= 1.8


@pytest.mark.parametrize("bucket", MATURITIES)
def test_the_balance_matures_as_usual(bank, bucket):
    low, high = MATURITIES[bucket]
    assert low <= matures(bank, bucket) <= high


@pytest.mark.parametrize("section", SECTIONS)
def test_firms_of_an_industry_are_as_bad_as_usual_over_the_window(bank, section):
    low, high = SECTIONS[section]
    assert low <= bad_firms(bank, section, "is not null") <= high


def test_industries_stand_in_the_usual_order_at_the_newest_month(bank):
    found = {group: bad_firms(bank, group) for group in GROUPS}
    assert found["GLN"] < found["CE"] < found["AFHK"]
    for group, (low, high) in GROUPS.items():
        assert low <= found[group] <= high, group


def test_what_is_doubtful_before_270_days_is_ill_secured(bank):
    """Unsecured loans are doubtful early more often than mortgaged ones."""
    early = (
        "select 100 * avg((five_class = 'doubtful')::int) from loan_months join loans "
        "using (loan_id) where balance > 0 and dpd between 180 and 270 and main_security = '{}'"
    )
    assert one(bank, early.format("credit")) > 1.5 * one(bank, early.format("mortgage"))


@pytest.mark.full
def test_banks_of_other_seeds_lie_about_the_same_values():
    """Not the draw of one seed but the mechanism: the averages of three other banks are usual."""
    banks = [connected(demo.tables(seed=seed)[0]) for seed in SEEDS]

    def average(of):
        return float(np.mean([of(bank) for bank in banks]))

    for five_class, (low, high) in CLASSES.items():
        found = average(lambda bank, name=five_class: share(bank, f"five_class = '{name}'"))
        assert low <= found <= high, five_class
    for rate, (low, high) in RATES.items():
        found = average(
            lambda bank, rate=rate: np.mean([migration(bank, rate, year) for year in YEARS])
        )
        assert low <= found <= high, rate
    for bucket, (low, high) in MATURITIES.items():
        assert low <= average(lambda bank, bucket=bucket: matures(bank, bucket)) <= high, bucket
    for group, (low, high) in GROUPS.items():
        found = average(lambda bank, group=group: bad_firms(bank, group, "is not null"))
        assert low <= found <= high, group
    assert 0.9 <= average(formed) <= 1.8
