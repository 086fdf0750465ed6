"""What a text means: every rule of every type, on DuckDB itself."""

from datetime import date, datetime
from decimal import Decimal

import duckdb
import pytest

from workbench import schema
from workbench.data import rules
from workbench.data.sources import Cell, Target


def meant(table, column, text, cell=None):
    """Return what intake makes of `text` in `column`."""
    sql = rules.typed(schema.table(table).column(column), cell or Cell(), "t")
    with duckdb.connect() as connection:
        query = f"SELECT {sql} FROM (SELECT CAST(? AS VARCHAR) AS t)"
        return connection.execute(query, [text]).fetchall()[0][0]


@pytest.mark.parametrize(
    "text",
    ["2020-03-05", "2020/3/5", "2020.03.05", "20200305", "2020年3月5日", "2020-03-05 00:00:00"],
)
def test_a_day_is_read_in_the_forms_banks_write(text):
    assert meant("loans", "disbursed_on", text) == date(2020, 3, 5)


@pytest.mark.parametrize(
    "text",
    [
        "2020-02-31",
        "20200231",
        "2020年2月31日",
        "2019-02-29",
        "2020-13-01",
        "202011",
        "2020-11",
        "2020年11月",
        "2020111",
        "2020-0305",
        "2020-03-05 10:00",
        "0000-01-01",
        "infinity",
        "epoch",
        "2020-03-05 (BC)",
        "43895",
        "05/03/2020",
    ],
)
def test_no_day_is_made_up_for_a_text_that_is_none(text):
    assert meant("loans", "disbursed_on", text) is None


def test_a_leap_day_is_a_day():
    assert meant("loans", "disbursed_on", "2020-02-29") == date(2020, 2, 29)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2020-01-02 08:05:09", datetime(2020, 1, 2, 8, 5, 9)),
        ("2020/1/2 8:05", datetime(2020, 1, 2, 8, 5)),
        ("2020-01-02T08:05:09.5", datetime(2020, 1, 2, 8, 5, 9, 500000)),
        ("2020年1月2日", datetime(2020, 1, 2)),
        ("20200102", datetime(2020, 1, 2)),
    ],
)
def test_a_time_is_read_in_the_forms_banks_write(text, time):
    assert meant("applications", "applied_at", text) == time


@pytest.mark.parametrize(
    "text",
    [
        "infinity",
        "-infinity",
        "epoch",
        "2020-01-02 (BC)",
        "2020-02-31 10:00:00",
        "2020-01-02T10:00:00Z",
        "2020-01-02T10:00:00+08:00",
        "202011",
    ],
)
def test_no_time_is_made_up_and_no_offset_dropped(text):
    assert meant("applications", "applied_at", text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", 12), ("+5", 5), ("1,200", 1200), ("1.0", 1), ("-3", -3)]
    + [(text, None) for text in ("12.5", "1,2", "1_0", "0x10", "inf", "nan", "１２", "2147483648")],
)
def test_a_whole_number_is_whole_and_written_in_digits(text, number):
    assert meant("customers", "employees", text) == number


@pytest.mark.parametrize(
    ("text", "factor", "amount"),
    [
        ("1,234.56", 1, "1234.56"),
        ("1.005", 1, "1.01"),
        ("1.2345678", 10_000, "12345.68"),
        ("0.1", 10_000, "1000.00"),
        ("1234", 0.01, "12.34"),
        ("-5", 1, "-5.00"),
    ],
)
def test_an_amount_is_exact_to_the_cent_after_its_unit(text, factor, amount):
    cell = Cell(header=["x"], factor=factor)
    assert meant("loans", "principal", text, cell) == Decimal(amount)


@pytest.mark.parametrize("text", ["nan", "inf", "12a", "(100)", "￥100", "0x10", "1_000", "1e300"])
def test_what_is_no_amount_has_no_meaning(text):
    assert meant("loans", "principal", text) is None


def test_a_percentage_becomes_a_fraction():
    cell = Cell(header=["x"], factor=0.01)
    assert meant("loans", "rate_at_origination", "4.35", cell) == pytest.approx(0.0435, abs=1e-15)


def test_an_age_becomes_a_year():
    cell = Cell(header=["x"], subtract_from=2005)
    assert meant("customers", "birth_year", "24", cell) == 1981


@pytest.mark.parametrize(
    ("text", "flag"),
    [("是", True), ("Y", True), ("1", True), ("否", False), ("no", False), ("2", None)],
)
def test_yes_and_no_are_read_in_both_languages(text, flag):
    assert meant("customers", "do_not_contact", text) is flag


@pytest.mark.parametrize("code", list(schema.values("customer_type")))
def test_a_code_is_read_as_itself_and_by_either_label(code):
    labels = schema.values("customer_type")[code]
    for text in (code, code.upper(), labels["zh"], labels["en"]):
        assert meant("customers", "customer_type", text) == code
    assert meant("customers", "customer_type", "no such code") is None


def test_a_column_that_is_not_supplied_is_not_required():
    target = Target(table="loans", not_supplied=["rate_type"], allow_negative=["principal"])
    held = {(rule.column.name, rule.name) for rule in rules.of(target)}
    assert ("rate_type", "required") not in held
    assert ("principal", "low") not in held
    assert {("currency", "required"), ("currency", "pattern")} <= held


def test_every_rule_says_true_or_false_of_an_empty_row():
    for table in schema.tables().values():
        columns = ", ".join(
            f"CAST(NULL AS {c.sql_type}) AS {c.name}, CAST(NULL AS VARCHAR) AS t_{c.name}"
            for c in table.columns
        )
        for rule in rules.of(Target(table=table.name)):
            with duckdb.connect() as own:
                said = own.sql(f"SELECT {rule.holds} FROM (SELECT {columns})").fetchall()[0][0]
            assert said is (rule.name != "required"), (table.name, rule.column.name, rule.name)
