from datetime import date, datetime

from tests.sql import tables


def test_a_delay_is_whole_days_and_later_finds_do_not_count():
    bank = tables.connection()
    for at, found in enumerate(
        (datetime(2026, 9, 30, 23), datetime(2026, 9, 30, 1), datetime(2026, 10, 1))
    ):
        row = {"record_id": str(at), "record_type": "litigation", "found_at": found}
        tables.fill(bank, "public_records", {**row, "event_date": date(2026, 9, 1)})
    rows = tables.query(bank, "record_delays", as_of=date(2026, 9, 30))
    assert rows.to_numpy().tolist() == [["litigation", 29, 2]]
