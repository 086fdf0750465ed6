"""Eight quarters back from a day: applications by source, news by the day the bank found it."""

from datetime import date, datetime

import pytest

from tests.sql import tables

DAY = date(2026, 9, 30)


@pytest.fixture
def bank():
    return tables.connection()


def applied(bank, number, at, source):
    row = {"application_id": str(number), "customer_id": "c", "applied_at": at}
    tables.fill(bank, "applications", {**row, "referral_source": source})


def found(bank, number, at, kind="negative_news", customer="c", happened=date(2025, 1, 1)):
    row = {"record_id": str(number), "customer_id": customer, "record_type": kind}
    tables.fill(bank, "public_records", {**row, "event_date": happened, "found_at": at})


def quarters(bank):
    return tables.query(bank, "word_of_mouth", as_of=DAY)


def test_quarters_are_counted_back_from_the_month_of_the_day(bank):
    until = quarters(bank)["until"]
    assert len(until) == 8
    assert until.iloc[[0, -2, -1]].dt.date.tolist() == [
        date(2024, 12, 31),
        date(2026, 6, 30),
        DAY,
    ]


def test_applications_are_counted_by_source_and_unknown_sources_are_apart(bank):
    applied(bank, 1, datetime(2026, 7, 1), "existing_customer")
    applied(bank, 2, datetime(2026, 9, 30, 23), "none")
    applied(bank, 3, datetime(2026, 8, 1), None)
    applied(bank, 4, datetime(2026, 6, 30), "existing_customer")
    applied(bank, 5, datetime(2026, 10, 1), "existing_customer")
    rows = quarters(bank)[["applications", "named", "referred"]].to_numpy().tolist()
    assert rows[-2:] == [[1, 1, 1], [3, 2, 1]]
    assert sum(map(sum, rows[:-2])) == 0


def test_news_counts_on_the_day_it_was_found_and_not_on_the_day_it_happened(bank):
    found(bank, 1, datetime(2026, 9, 30, 12))
    found(bank, 2, datetime(2026, 9, 1), kind="positive_news", customer="d")
    found(bank, 3, datetime(2026, 9, 2), kind="litigation")
    found(bank, 4, datetime(2026, 10, 1), happened=date(2026, 9, 1))
    rows = quarters(bank)[["negative", "positive", "firms"]].to_numpy().tolist()
    assert rows[-1] == [1, 1, 2]
    assert sum(map(sum, rows[:-1])) == 0
