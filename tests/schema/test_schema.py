import re
from pathlib import Path

import duckdb
import pytest

from workbench import schema, text
from workbench.errors import DataError
from workbench.schema import document

PAGES = Path(__file__).parents[2] / "docs" / "methods"
CJK = re.compile(r"[一-鿿]")
COLUMNS = [column for table in schema.tables().values() for column in table.columns]


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: f"{column.table}.{column.name}")
def test_every_column_is_labelled_in_both_languages(column):
    assert CJK.search(column.label_zh) or column.label_zh.isascii()
    assert column.label_en
    assert not CJK.search(column.label_en)


@pytest.mark.parametrize("table", schema.tables().values(), ids=lambda table: table.name)
def test_every_table_is_labelled_and_has_a_key(table):
    assert CJK.search(table.label_zh)
    assert CJK.search(table.grain_zh)
    assert not CJK.search(table.label_en + table.grain_en)
    assert table.key
    assert all(not table.column(name).nullable for name in table.key)


def test_every_code_is_labelled_in_both_languages():
    lists = {column.values for column in COLUMNS if column.values} | {"segment", "industry_section"}
    for name in lists:
        for code, labels in schema.values(name).items():
            assert labels["zh"], (name, code)
            assert labels["en"], (name, code)
            assert not CJK.search(labels["en"]), (name, code)


def test_labels_of_codes_within_a_list_differ():
    for column in COLUMNS:
        if column.values:
            for language in ("zh", "en"):
                labels = [entry[language] for entry in schema.values(column.values).values()]
                assert len(set(labels)) == len(labels), column.values


def test_the_tables_can_be_created_with_their_keys_and_checks():
    connection = duckdb.connect()
    connection.execute(schema.ddl())
    made = {row[0] for row in connection.sql("SELECT table_name FROM duckdb_tables()").fetchall()}
    assert made == set(schema.tables())


def test_the_checks_of_the_ddl_refuse_what_the_schema_refuses():
    connection = duckdb.connect()
    connection.execute(schema.ddl())
    good = "('B1', '甲', NULL, '440300', 'relationship')"
    connection.execute(f"INSERT INTO branches VALUES {good}")
    with pytest.raises(duckdb.ConstraintException):
        connection.execute("INSERT INTO branches VALUES ('B2', '乙', NULL, '440300', 'kitchen')")
    with pytest.raises(duckdb.ConstraintException):
        connection.execute(f"INSERT INTO branches VALUES {good}")


def test_parents_come_before_children():
    order = schema.ordered()
    assert set(order) == set(schema.tables())
    for column in COLUMNS:
        if column.refers_to:
            parent = column.refers_to.partition(".")[0]
            assert order.index(parent) <= order.index(column.table), column


def test_everything_that_identifies_a_person_is_pseudonymised():
    assert schema.table("customers").column("customer_id").pseudonymised
    assert schema.table("loans").column("customer_id").pseudonymised
    assert schema.table("applications").column("rm_id").pseudonymised
    assert not schema.table("loans").column("loan_id").pseudonymised


def test_nothing_authenticates_and_nothing_identifies_directly():
    assert {column.conf_class for column in COLUMNS} <= {"C0", "C1", "C2"}
    assert "direct" not in {column.pii_role for column in COLUMNS}


def test_patterns_and_ranges_are_sound():
    for column in COLUMNS:
        if column.pattern:
            re.compile(column.pattern)
        if column.low is not None and column.high is not None:
            assert column.low < column.high


def test_an_unknown_table_column_or_list_is_named():
    with pytest.raises(DataError, match="no table 'loan'"):
        schema.table("loan")
    with pytest.raises(DataError, match="no column 'amount'"):
        schema.table("loans").column("amount")
    with pytest.raises(DataError, match="no list of values 'colour'"):
        schema.values("colour")


def test_an_unknown_code_stands_for_itself():
    assert schema.value("five_class", "normal") == "正常"
    assert schema.value("five_class", "M1") == "M1"


def test_terms_are_the_ones_bankers_use():
    with text.spoken("zh"):
        assert schema.table("loans").column("close_type").label() == "借据终结方式"
    with text.spoken("en"):
        assert schema.value("product_type", "credit") == "Unsecured loan"


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_the_page_of_tables_is_up_to_date(language):
    with text.spoken(language):
        assert (PAGES / f"schema.{language}.md").read_text("utf-8") == document.markdown()
