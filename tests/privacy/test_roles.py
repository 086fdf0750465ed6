"""What each role sees of columns and rows, and what it may do."""

import duckdb
import pytest

from workbench import schema, settings
from workbench.errors import ParameterError
from workbench.privacy import roles

NAMES = tuple(settings.rulepack("roles")["role"])
LAKE = schema.stored("lake")


@pytest.fixture
def acting(monkeypatch):
    """Return a function that gives a role, for branches when they are named."""

    def act(name, *branches):
        monkeypatch.setenv("WORKBENCH_BRANCHES", ",".join(branches))
        return roles.current(name)

    return act


def columns():
    return [column for table in LAKE.values() for column in table.columns]


def test_there_are_the_five_roles_with_names_in_both_languages():
    assert NAMES == ("analyst", "risk", "relationship", "operator", "auditor")
    for entry in settings.rulepack("roles")["role"].values():
        assert entry["title_zh"]
        assert entry["title_en"].isascii()


@pytest.mark.parametrize("name", NAMES)
def test_no_role_sees_what_identifies_a_person(acting, name):
    role = acting(name, "B1")
    assert not any(role.sees(c) for c in columns() if c.pii_role == "direct")


def test_everything_that_may_hold_a_name_is_listed():
    """Text that is classed as a person's is free text, unless the pack says that it is codes."""
    listed = settings.rulepack("roles")["free_text"]
    texts = {f"{c.table}.{c.name}" for c in columns() if c.type == "text"}
    assert texts == {*listed["columns"], *listed["codes"]}


@pytest.mark.parametrize("name", NAMES)
def test_everything_a_role_is_denied_exists(name):
    for denied in settings.rulepack("roles")["role"][name]["without"]:
        table, _, column = denied.partition(".")
        assert not column or schema.table(table).column(column)
        assert table in LAKE


@pytest.mark.parametrize(
    ("name", "seen", "unseen"),
    [
        ("analyst", ["financials.income", "customers.gender"], ["interactions.note_text"]),
        ("risk", ["interactions.note_text", "loan_months.dpd"], []),
        ("relationship", ["loans.principal"], ["customers.gender", "bureau_reports.bureau_score"]),
        ("operator", ["customers.customer_id", "loans.branch_id"], ["loans.principal"]),
        ("auditor", ["branches.branch_name"], ["customers.customer_id", "loans.principal"]),
    ],
)
def test_a_role_sees_its_classes(acting, name, seen, unseen):
    role = acting(name, "B1")
    found = {f"{c.table}.{c.name}": role.sees(c) for c in columns()}
    assert [found[each] for each in seen] == [True] * len(seen)
    assert [found[each] for each in unseen] == [False] * len(unseen)


ROWS = {
    "branches": [("B1",), ("B2",), ("B'3",)],
    "customers": [("c1", "B1"), ("c2", "B2"), ("c3", "B'3")],
    "applications": [("a1", "c1"), ("a2", "c2")],
    "loans": [("l1", "c1", "B1"), ("l2", "c1", "B2"), ("l3", "c2", "B2"), ("l4", "c3", "B'3")],
    "loan_months": [("l1",), ("l2",), ("l3",), ("l4",)],
    "process_events": [("e1", "a1"), ("e2", "a2")],
    "complaints": [
        ("k1", "c1", None),
        ("k2", None, "l2"),
        ("k3", "c2", "l1"),
        ("k4", None, None),
    ],
    "guarantees": [("g1", "l1", "c2"), ("g2", "l3", "c1")],
    "products": [("p1",)],
}
NAMED = {
    "branches": "branch_id",
    "customers": "customer_id, branch_id",
    "applications": "application_id, customer_id",
    "loans": "loan_id, customer_id, branch_id",
    "loan_months": "loan_id",
    "process_events": "event_id, application_id",
    "complaints": "complaint_id, customer_id, loan_id",
    "guarantees": "guarantee_id, loan_id, guarantor_id",
    "products": "product_id",
}


@pytest.fixture
def bank():
    """A connection, and SQL for all rows of a table: `ROWS`, other columns empty."""
    connection = duckdb.connect()

    def relation(name):
        typed = ", ".join(
            f"CAST(NULL AS {column.sql_type}) AS {column.name}"
            for column in schema.table(name).columns
        )
        nothing = f"SELECT {typed} WHERE FALSE"
        if name not in ROWS:
            return nothing
        quoted = (
            "(" + ", ".join("NULL" if v is None else "$$" + v + "$$" for v in row) + ")"
            for row in ROWS[name]
        )
        there = f"SELECT * FROM (VALUES {', '.join(quoted)}) t({NAMED[name]})"
        return f"({nothing}) UNION ALL BY NAME ({there})"

    return connection, relation


def seen(bank, role, name):
    connection, relation = bank
    view = role.view(schema.table(name), relation)
    first = NAMED[name].partition(",")[0]
    return sorted(row[0] for row in connection.sql(f"SELECT {first} FROM ({view})").fetchall())


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("branches", ["B'3", "B1", "B2"]),
        ("customers", ["c1"]),
        ("applications", ["a1"]),
        ("loans", ["l1"]),
        ("loan_months", ["l1"]),
        ("process_events", ["e1"]),
        ("complaints", ["k1"]),
        ("guarantees", ["g1"]),
        ("products", ["p1"]),
    ],
)
def test_rows_are_those_of_the_branch_that_the_row_or_its_parent_names(bank, acting, name, rows):
    assert seen(bank, acting("risk", "B1"), name) == rows


def test_a_row_without_a_customer_belongs_to_the_branch_of_its_loan(bank, acting):
    assert seen(bank, acting("risk", "B2"), "complaints") == ["k2", "k3"]


def test_several_branches_and_a_name_with_a_quote(bank, acting):
    assert seen(bank, acting("risk", "B1", "B'3"), "customers") == ["c1", "c3"]


def test_without_branches_all_rows_are_seen(bank, acting):
    assert seen(bank, acting("analyst"), "complaints") == ["k1", "k2", "k3", "k4"]


@pytest.mark.parametrize("name", NAMES)
def test_every_table_keeps_its_columns_and_types_for_every_role(bank, acting, name):
    connection, relation = bank
    role = acting(name, "B1")
    for table in LAKE.values():
        found = connection.sql(role.view(table, relation))
        assert found.columns == [column.name for column in table.columns]
        whole = connection.sql(relation(table.name))
        types = dict(zip(whole.columns, whole.types, strict=True))
        assert dict(zip(found.columns, found.types, strict=True)) == types


def test_every_row_about_a_customer_or_a_loan_has_a_branch(acting):
    """No table about people escapes the restriction because nobody thought of it."""
    role = acting("risk", "B1")
    for table in LAKE.values():
        people = {"customers", "loans", "applications", "facilities"}
        parents = {str(c.refers_to).partition(".")[0] for c in table.columns if c.refers_to}
        if parents & people or table.name == "customers":
            assert "WHERE" in role.view(table, lambda name: f"SELECT * FROM {name}"), table.name


def test_a_column_that_is_not_seen_is_empty_and_listed(bank, acting):
    connection, relation = bank
    role = acting("auditor")
    view = role.view(schema.table("customers"), relation)
    rows = connection.sql(f"SELECT DISTINCT customer_id FROM ({view})").fetchall()
    assert rows == [(None,)]
    assert "customers.customer_id" in role.withheld()
    assert acting("risk").withheld() == ()


def test_a_table_that_is_not_seen_is_empty_and_listed_as_a_whole(bank, acting):
    connection, relation = bank
    role = acting("relationship", "B1")
    assert "bureau_reports" in role.withheld()
    assert not any(name.startswith("bureau_reports.") for name in role.withheld())
    view = role.view(schema.table("bureau_reports"), relation)
    assert "WHERE FALSE" in view
    assert connection.sql(view).fetchall() == []


def test_an_unknown_role_is_named(monkeypatch):
    monkeypatch.setenv("WORKBENCH_ROLE", "boss")
    with pytest.raises(ParameterError, match=r"no role 'boss'.*'analyst'"):
        roles.current("analyst")


def test_the_environment_says_the_role_before_the_bank_does(monkeypatch):
    monkeypatch.setenv("WORKBENCH_ROLE", "auditor")
    assert roles.current("analyst").name == "auditor"


def test_a_relationship_manager_without_branches_sees_nothing_at_all():
    with pytest.raises(ParameterError, match="name them in WORKBENCH_BRANCHES"):
        roles.current("relationship")


def test_a_right_that_is_missing_names_the_roles_that_have_it(acting):
    acting("auditor").require("read audit")
    with pytest.raises(ParameterError, match="'read audit', which operator, auditor has"):
        acting("analyst").require("read audit")
