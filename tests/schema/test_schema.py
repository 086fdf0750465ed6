import re
from pathlib import Path

import duckdb
import pytest

from workbench import schema, text
from workbench.errors import DataError
from workbench.schema import document

PAGES = Path(__file__).parents[2] / "docs" / "methods"
CJK = re.compile(r"[一-鿿]")
LETTER = re.compile(r"[A-Za-z]")
BRANCH = "('B1', '甲', NULL, '440300', 'relationship')"
HALF_WIDTH = re.compile(r"[一-鿿][,;:()?!]|[,;:()?!][一-鿿]")
COLUMNS = [column for table in schema.tables().values() for column in table.columns]
LISTS = sorted({column.values for column in COLUMNS if column.values} | set(document.FOR_LABELS))


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: f"{column.table}.{column.name}")
def test_every_column_is_labelled_in_both_languages(column):
    assert CJK.search(column.label_zh)
    assert column.label_en
    assert not CJK.search(column.label_en)


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: f"{column.table}.{column.name}")
def test_notes_and_units_are_written_in_both_languages(column):
    assert bool(column.note_zh) == bool(column.note_en)
    assert not column.note_zh or CJK.search(column.note_zh) or not LETTER.search(column.note_zh)
    assert not CJK.search(column.note_en)
    assert not column.unit or column.unit in schema.values("unit")


def test_chinese_labels_and_notes_use_full_width_punctuation():
    written = [words for column in COLUMNS for words in (column.label_zh, column.note_zh)]
    for name in LISTS:
        written += [entry["zh"] for entry in schema.values(name).values()]
    assert [words for words in written if HALF_WIDTH.search(words)] == []


def test_labels_of_columns_within_a_table_differ():
    for table in schema.tables().values():
        for language in ("zh", "en"):
            labels = [getattr(column, f"label_{language}") for column in table.columns]
            assert len(set(labels)) == len(labels), (table.name, language)


@pytest.mark.parametrize("table", schema.tables().values(), ids=lambda table: table.name)
def test_every_table_is_labelled_and_has_a_key(table):
    assert CJK.search(table.label_zh)
    assert CJK.search(table.grain_zh)
    assert not CJK.search(table.label_en + table.grain_en)
    assert table.key
    assert all(not table.column(name).nullable for name in table.key)


@pytest.mark.parametrize("name", LISTS)
def test_every_code_is_labelled_in_both_languages(name):
    for code, labels in schema.values(name).items():
        assert labels["zh"], code
        assert labels["en"], code
        assert not CJK.search(labels["en"]), code


@pytest.mark.parametrize("name", LISTS)
def test_a_code_or_label_means_one_code_only(name):
    """Intake takes a code, its Chinese or its English label, whatever its case."""
    meant = {}
    for code, labels in schema.values(name).items():
        for word in {code.lower(), labels["zh"].lower(), labels["en"].lower()}:
            assert meant.setdefault(word, code) == code, word


def test_provinces_and_industries_are_complete():
    assert len(schema.values("province")) == 34
    assert all(re.fullmatch("[0-9]{2}0000", code) for code in schema.values("province"))
    assert "".join(schema.values("industry_section")) == "ABCDEFGHIJKLMNOPQRST"


def test_the_tables_can_be_created_with_their_keys_and_checks():
    connection = duckdb.connect()
    connection.execute(schema.ddl())
    made = {row[0] for row in connection.sql("SELECT table_name FROM duckdb_tables()").fetchall()}
    assert made == set(schema.tables())


@pytest.fixture
def branches():
    connection = duckdb.connect()
    connection.execute(schema.ddl())
    connection.execute(f"INSERT INTO branches VALUES {BRANCH}")
    return connection


@pytest.mark.parametrize(
    "row",
    [
        pytest.param("branches VALUES ('B2', '乙', NULL, '440300', 'kitchen')", id="unknown code"),
        pytest.param(f"branches VALUES {BRANCH}", id="duplicate key"),
        pytest.param("branches VALUES ('B2', NULL, NULL, '440300', 'risk')", id="required"),
        pytest.param("staff VALUES ('S1', 'B9', 'teller', NULL, NULL)", id="orphan"),
        pytest.param(
            "customers (customer_id, customer_type, region_code, branch_id, opened_on, "
            "do_not_contact, employees) "
            "VALUES ('C1', 'corporate', '440300', 'B1', '2020-01-01', FALSE, -1)",
            id="below the range",
        ),
        pytest.param(
            "customers (customer_id, customer_type, region_code, branch_id, opened_on, "
            "do_not_contact, birth_year) "
            "VALUES ('C1', 'individual', '440300', 'B1', '2020-01-01', FALSE, 2101)",
            id="above the range",
        ),
    ],
)
def test_the_checks_of_the_ddl_refuse_what_the_schema_refuses(branches, row):
    with pytest.raises(duckdb.ConstraintException):
        branches.execute(f"INSERT INTO {row}")


@pytest.mark.parametrize(
    ("name", "accepted", "refused"),
    [
        (
            "branches.branch_id",
            ["B1", "0001", "深圳分行01"],
            ["", "B 1", "B\n1", "B\x001", "B\x7f"],
        ),
        ("branches.region_code", ["440300", "CN-GD", "DE"], ["4403", "44030A", "cn", "DE-"]),
        (
            "customers.industry_code",
            ["C", "C13", "C1311", "1311", "01.11", "C10.1", "K64.19"],
            ["c13", "C1.3", "Manufacturing", "13.111", ""],
        ),
        ("loans.currency", ["CNY", "EUR"], ["cny", "RMB1", "￥"]),
        ("data_loads.file_sha256", ["0a" * 32], ["0A" * 32, "0a" * 31]),
    ],
)
def test_patterns_say_what_may_stand_in_a_column(name, accepted, refused):
    """Judged by DuckDB, as intake judges; Python reads the pattern the same way."""
    table, _, column = name.partition(".")
    pattern = schema.table(table).column(column).pattern
    connection = duckdb.connect()
    query = "SELECT regexp_full_match($word, $pattern)"
    for word in [*accepted, *refused]:
        matches = connection.execute(query, {"word": word, "pattern": pattern}).fetchone()[0]
        assert matches is (word in accepted), word
        assert bool(re.fullmatch(pattern, word)) is matches, word


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
    vault = schema.stored("vault")
    assert list(vault) == ["customer_identities"]
    assert {column.table for column in COLUMNS if column.pii_role == "direct"} == set(vault)


def test_external_facts_carry_two_clocks():
    clocks = {
        table.name: {column.clock for column in table.columns} - {""}
        for table in schema.tables().values()
    }
    external = ["financials", "public_records", "third_party_items", "market_series"]
    assert all(clocks[name] == {"event", "known"} for name in [*external, "customer_links"])
    assert schema.table("bureau_reports").known_at == "queried_at"
    assert schema.table("loans").known_at is None


def test_every_column_says_where_it_comes_from():
    kinds = schema.values("source_kind")
    for column in COLUMNS:
        assert set(column.source.split(",")) <= set(kinds), column


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("loan_months.balance", 0, None),
        ("loan_months.dpd", 0, 9999),
        ("loan_months.rate", 0, 1),
        ("risk_assessments.pd_12m", 0, 1),
        ("customers.birth_year", 1850, 2100),
        ("financials.net_profit", None, None),
    ],
)
def test_ranges_are_readable_by_machine(name, low, high):
    table, _, column = name.partition(".")
    found = schema.table(table).column(column)
    assert (found.low, found.high) == (low, high)


def test_amounts_of_debt_shares_and_counts_are_never_negative():
    for column in COLUMNS:
        if column.type == "rate" or column.unit in ("count", "rows", "persons", "days", "months"):
            assert column.low is not None, column.name
            assert column.low >= 0, column.name


BROKEN = [
    ("columns.csv", "staff,role,str", "staff,role,colour", "staff.role has the unknown type"),
    ("columns.csv", "branch_name,str,,N,,N,,,,,C1", "branch_name,str,,N,,N,,,,,C3", "class 'C3'"),
    (
        "columns.csv",
        "staff,branch_id,str,,N,branches.",
        "staff,branch_id,str,,N,banks.",
        "refers to .banks.branch_id",
    ),
    ("columns.csv", "branches,branch_id,str,,Y,,N", "branches,branch_id,str,,Y,,Y", "may be empty"),
    ("columns.csv", "staff,staff_id,str,,Y", "staff,staff_id,str,,N", "'staff' has no key"),
    ("columns.csv", "staff,hired_on", "staff,left_on", "'staff' names a column twice"),
    ("columns.csv", "N,staff_role", "N,roles", "staff.role has no list 'roles'"),
    ("columns.csv", "入行日期", "", "staff.hired_on has no label in one language"),
    ("columns.csv", ",1850,2100", ",2100,1850", "low end above its high end"),
    ("tables.csv", "staff,员工", "workers,员工", "not in tables.csv"),
    ("values.csv", "dept_role,risk,", "dept_role,operations,", "'operations' twice"),
    ("values.csv", "运营,Operations", "运营,", "no label of 'operations'"),
]


@pytest.mark.parametrize(("file", "found", "wrong", "message"), BROKEN)
def test_data_that_contradict_each_other_stop_the_reader(
    tmp_path, monkeypatch, file, found, wrong, message
):
    for name in ("tables.csv", "columns.csv", "values.csv"):
        written = (schema.SOURCE / name).read_text("utf-8")
        if name == file:
            assert found in written
            written = written.replace(found, wrong, 1)
        (tmp_path / name).write_text(written, "utf-8")
    monkeypatch.setattr(schema, "SOURCE", tmp_path)
    with pytest.raises(DataError, match=message):
        schema.tables()


def test_rows_of_a_table_need_not_stand_together(tmp_path, monkeypatch):
    for name in ("tables.csv", "values.csv"):
        (tmp_path / name).write_text((schema.SOURCE / name).read_text("utf-8"), "utf-8")
    heading, *rows = (schema.SOURCE / "columns.csv").read_text("utf-8").splitlines()
    apart = sorted(rows, key=lambda row: row.split(",")[1])
    (tmp_path / "columns.csv").write_text("\n".join([heading, *apart]), "utf-8")
    count = len(COLUMNS)
    monkeypatch.setattr(schema, "SOURCE", tmp_path)
    assert sum(len(table.columns) for table in schema.tables().values()) == count


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
