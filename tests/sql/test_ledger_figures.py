"""Moves between the five tiers, vintages, and loans of firms beside those of all banks."""

from datetime import date
from random import Random

import pytest

from tests.sql import tables
from workbench.analysis.ledger_migration import ALL, CLASSES, RATES, ledger_migration
from workbench.sql import catalogue

OPENING, CLOSING = date(2025, 12, 31), date(2026, 12, 31)
WINDOW = {"from": OPENING, "to": CLOSING}


def random_book(seed):
    """Return a ledger of 60 loans that move, are repaid, grow or are written off at random."""
    draw, found = Random(seed), tables.connection()
    for loan in range(60):
        name = f"L{loan}"
        tables.fill(found, "loans", {"loan_id": name, "customer_id": f"C{loan % 25}"})
        balance = draw.randint(1, 100)
        months = [(OPENING, balance, draw.choice(CLASSES), 0)] if draw.random() < 0.9 else []
        if draw.random() < 0.2:
            months.append((date(2026, 6, 30), balance // 2, draw.choice(CLASSES), balance // 2))
        if draw.random() < 0.7:
            now = draw.choice((0, balance // 2, balance, 2 * balance))
            months.append((CLOSING, now, draw.choice(CLASSES), draw.choice((0, 0, 5))))
        for day, left, five_class, lost in months:
            row = {"loan_id": name, "month_end": day, "balance": left, "five_class": five_class}
            tables.fill(found, "loan_months", row | {"written_off_amount": lost})
    return found


@pytest.mark.parametrize("seed", range(8))
def test_the_matrix_has_the_rates_of_the_catalogue(seed):
    book = random_book(seed)
    found = ledger_migration(tables.query(book, "class_moves", **WINDOW), OPENING)
    rows = found.table.set_index("fact")
    for name in (*RATES.values(), ALL):
        query = catalogue.kpi(name.upper()).query
        told = book.execute(query, WINDOW).df().iloc[0]
        assert found.facts[name].value == pytest.approx(told["value"])
        if name in rows.index:
            assert rows.loc[name, "class_down_adjusted"] == pytest.approx(told["value_adjusted"])
            assert rows.loc[name, "loans"] == told["base"]
    shares = found.table[[f"to_{each}" for each in CLASSES]].sum(axis=1)
    assert shares.to_list() == pytest.approx([1.0] * len(shares))


def test_the_two_customers_that_owe_most_are_told_by_class_then():
    book = tables.connection()
    for loan, customer, owed in (("A", "a", 10), ("B", "a", 20), ("C", "b", 25), ("D", "c", 1)):
        tables.fill(book, "loans", {"loan_id": loan, "customer_id": customer})
        row = {"loan_id": loan, "month_end": OPENING, "balance": owed, "five_class": "doubtful"}
        tables.fill(book, "loan_months", row)
    found = tables.query(book, "class_moves", **WINDOW)
    assert found[["class_now", "loans", "opening", "kept"]].to_numpy().tolist() == [
        ["gone", 4, 56, 0]
    ]
    assert found[["largest", "second"]].to_numpy().tolist() == [[30, 25]]


def lent(book, loan, day, *months):
    tables.fill(book, "loans", {"loan_id": loan, "customer_id": loan, "disbursed_on": day})
    for month_end, dpd, five_class, lost in months:
        row = {"loan_id": loan, "month_end": month_end, "balance": 1, "dpd": dpd}
        tables.fill(
            book, "loan_months", row | {"five_class": five_class, "written_off_amount": lost}
        )


def test_a_loan_goes_bad_once_in_the_month_it_first_does():
    book = tables.connection()
    june, july, march = date(2025, 6, 30), date(2025, 7, 31), date(2026, 3, 31)
    # The ledger begins in June 2025: what was lent in the first half of 2025 may be missing in it.
    lent(book, "early", date(2025, 6, 3), (june, 0, "normal", 0), (july, 95, "normal", 0))
    lent(book, "late", date(2025, 7, 1), (july, 90, "normal", 0), (march, 91, "normal", 0))
    lent(book, "class", date(2025, 12, 31), (march, 0, "substandard", 0))
    lent(book, "lost", date(2025, 12, 1), (march, 0, "normal", 1), (CLOSING, 99, "loss", 0))
    lent(book, "good", date(2025, 8, 1), (march, 30, "special_mention", 0))
    lent(book, "later", date(2026, 2, 1), (CLOSING, 200, "loss", 0))
    found = tables.query(book, "vintages", to=date(2026, 11, 30), overdue_days=90)
    rows = found.astype("float64").fillna(-1).to_numpy().tolist()
    assert sorted(rows) == [[2025, 7, -1, 1], [2025, 7, 3, 2], [2025, 7, 8, 1], [2026, 1, -1, 1]]


def test_loans_of_firms_alone_are_what_the_market_series_is_about():
    book = tables.connection()
    for loan, kind, owed in (("A", "corporate", 7), ("B", "corporate", 3), ("C", "individual", 9)):
        tables.fill(book, "customers", {"customer_id": loan, "customer_type": kind})
        tables.fill(book, "loans", {"loan_id": loan, "customer_id": loan})
        for day in (OPENING, CLOSING):
            row = {"loan_id": loan, "month_end": day, "balance": owed if day == OPENING else 0}
            tables.fill(book, "loan_months", row)
    found = tables.query(book, "firm_loans", as_of=CLOSING)
    assert found[["firms", "balance"]].to_numpy().tolist() == [[2, 10]]


def test_figures_of_all_banks_count_from_the_day_they_came_out():
    book = tables.connection()
    usual = {"series_code": "SYSTEM_LOANS", "region_code": "1", "industry_code": "ALL"}
    for size, end, out in (
        ("ALL", date(2026, 3, 31), date(2026, 4, 17)),
        ("ALL", date(2026, 6, 30), date(2026, 8, 1)),
        ("micro", date(2026, 3, 31), None),
        ("micro", date(2026, 6, 30), None),
    ):
        row = usual | {"size_class": size, "period_end": end, "published_on": out, "value": 2}
        tables.fill(book, "market_series", row)
    tables.fill(book, "market_series", usual | {"series_code": "PMI", "value": 50})
    found = tables.query(book, "market_totals", as_of=date(2026, 7, 31))
    assert found["size_class"].tolist() == ["ALL", "micro"]
    assert found["market"].tolist() == [2e8, 2e8]
