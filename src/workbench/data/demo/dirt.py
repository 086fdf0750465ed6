"""Rows typed by hand, each with one mistake: what intake is there to find.

They stand in files of their own beside the exports, as later additions do, and are copies of good
rows under keys of their own: who sets all of them aside loses nothing.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.data.demo.planting import Part, Planted, World

BY_HAND = "手工补录"
"""Put into the names of these files."""
RARE = 200
"""Good rows for each with a mistake, or the table has none: intake refuses what is too dirty."""
KEYS = {
    "financials": ("period_end", "{year}-12-31"),
    "bureau_reports": ("bureau_report_id", "R9{number:07d}"),
    "applications": ("application_id", "Q9{number:08d}"),
    "collaterals": ("collateral_id", "K9{number:07d}"),
}
"""Column that gives a copied row a key of its own, and its form."""


@dataclass(frozen=True)
class Mistake:
    """One mistake: what kind it is, where, and what was typed."""

    kind: str
    table: str
    column: str
    typed: str


MISTAKES = (
    Mistake("required_value_missing", "financials", "income", ""),
    Mistake("words_for_a_number", "financials", "total_assets", "约三百万"),
    Mistake("not_a_number", "financials", "total_liabilities", "NaN"),
    Mistake("below_the_least", "financials", "expense", "-120000"),
    Mistake("commas_in_the_wrong_places", "financials", "current_assets", "1,20,000"),
    Mistake("day_that_does_not_exist", "financials", "received_on", "2016-02-30"),
    Mistake("month_without_a_day", "financials", "received_on", "2016-03"),
    Mistake("whole_number_with_decimals", "financials", "period_months", "11.5"),
    Mistake("unknown_code", "financials", "basis", "估计"),
    Mistake("parent_missing", "bureau_reports", "customer_id", "C99999999"),
    Mistake("key_twice", "bureau_reports", "bureau_report_id", ""),
    Mistake("time_with_an_offset", "bureau_reports", "queried_at", "2025-03-01T09:00:00+08:00"),
    Mistake("above_the_most", "bureau_reports", "card_utilisation", "62"),
    Mistake("letter_for_a_digit", "bureau_reports", "open_loans", "1O"),
    Mistake("blank_in_a_number", "collaterals", "collateral_id", "K9 0001"),
    Mistake("neither_yes_nor_no", "collaterals", "added_after_warning", "也许"),
    Mistake("code_of_another_list", "applications", "channel", "短信"),
    Mistake("percent_sign", "applications", "approved_rate", "4.5%"),
)


def part(_: World) -> Part:
    """Return what is wrong in the files typed by hand; the tables hold none of it."""
    return Part(
        planted=(
            Planted(
                "files.dirty_rows",
                "Rows typed by hand with one mistake each, in files of their own; intake sets all aside",
                {mistake.kind: 1 for mistake in MISTAKES},
                "rows",
                tuple(dict.fromkeys(f"{one.table}.{one.column}" for one in MISTAKES)),
            ),
        ),
        detail={
            "dirty_rows": [
                {"table": one.table, "column": one.column, "kind": one.kind} for one in MISTAKES
            ]
        },
    )


def spoil(path: Path, table: str, headers: Mapping[str, str]) -> None:
    """Make the good rows of `table` in the file `path` wrong, one mistake to a row.

    `headers` names the header of each column. The file has as many rows as the table has mistakes.
    """
    with path.open(encoding="utf-8", newline="") as file:
        head, *rows = list(csv.reader(file))
    mistakes = of(table)
    for number, (row, mistake) in enumerate(zip(rows, mistakes, strict=True), start=1):
        key, form = KEYS[table]
        if mistake.kind != "key_twice":
            row[head.index(headers[key])] = form.format(number=number, year=1990 + number)
        if mistake.typed or mistake.kind == "required_value_missing":
            row[head.index(headers[mistake.column])] = mistake.typed
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([head, *rows])


def fits(table: str, rows: int) -> bool:
    """Tell whether a table has mistakes, and `rows` enough to bear them."""
    return 0 < RARE * len(of(table)) <= rows


def of(table: str) -> Sequence[Mistake]:
    """Return the mistakes in a table."""
    return [mistake for mistake in MISTAKES if mistake.table == table]
