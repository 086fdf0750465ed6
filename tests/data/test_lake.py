import json

import duckdb
import pytest

from workbench.data.lake import Lake
from workbench.errors import DataError, ParameterError

LINEAGE = {"branches": {"rows": 1}, "products": {"rows": 1}}


@pytest.fixture
def connection():
    return duckdb.connect()


@pytest.fixture
def lake(tmp_path):
    return Lake(tmp_path / "湖 a")


def branches(connection, *rows, name="new", mark="a"):
    values = ", ".join(
        f"('{number}', '{label}', NULL, '440300', 'relationship', '{mark}')"
        for number, label in rows
    )
    columns = "branch_id, branch_name, parent_branch_id, region_code, dept_role, taken_from"
    connection.execute(
        f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM (VALUES {values}) t({columns})"
    )
    return name


def take(lake, connection, *rows, sha="a"):
    relations = {"branches": branches(connection, *rows)}
    return lake.commit(connection, relations, lineage=LINEAGE, files={sha: f"{sha}.csv"})


def names(lake, connection, snapshot):
    rows = connection.sql(lake.relation("branches", snapshot) + " ORDER BY branch_id").fetchall()
    return [(row[0], row[1]) for row in rows]


def test_a_lake_without_data_reads_as_typed_and_empty(lake, connection):
    relation = connection.sql(lake.relation("loan_months", lake.current()))
    assert relation.fetchall() == []
    assert str(relation.types[relation.columns.index("balance")]) == "DECIMAL(18,2)"


def test_rows_are_added_and_rows_with_a_known_key_replaced(lake, connection):
    first = take(lake, connection, ("B1", "甲支行"), ("B2", "乙支行"))
    second = take(lake, connection, ("B2", "乙支行（更名）"), ("B3", "丙支行"), sha="b")
    assert names(lake, connection, first) == [("B1", "甲支行"), ("B2", "乙支行")]
    expected = [("B1", "甲支行"), ("B2", "乙支行（更名）"), ("B3", "丙支行")]
    assert names(lake, connection, second) == expected
    assert set(second.files) == {"a", "b"}


def test_new_keys_are_appended_without_rewriting_the_table(lake, connection):
    take(lake, connection, ("B1", "甲支行"))
    second = take(lake, connection, ("B2", "乙支行"), sha="b")
    assert len(lake.files("branches", second)) == 2


def test_a_commit_that_no_snapshot_names_is_not_read_and_undone(lake, connection):
    first = take(lake, connection, ("B1", "甲支行"))
    lost = take(lake, connection, ("B2", "乙支行"), sha="b")
    (lake.snapshots / f"{lost.id}.json").unlink()
    assert lake.current().id == first.id
    assert names(lake, connection, lake.current()) == [("B1", "甲支行")]
    third = take(lake, connection, ("B3", "丙支行"), sha="c")
    assert names(lake, connection, third) == [("B1", "甲支行"), ("B3", "丙支行")]


def test_a_first_commit_without_a_snapshot_is_replaced(lake, connection):
    lost = take(lake, connection, ("B1", "甲支行"))
    (lake.snapshots / f"{lost.id}.json").unlink()
    second = take(lake, connection, ("B2", "乙支行"), sha="b")
    assert names(lake, connection, second) == [("B2", "乙支行")]


def test_lineage_is_stored_with_the_commit(lake, connection):
    take(lake, connection, ("B1", "甲支行"))
    assert json.loads(lake.history("branches")[0]["rows"]) == 1


def test_old_versions_survive_a_hundred_commits_with_an_aged_log(lake, connection, tmp_path):
    import os
    import time

    first = take(lake, connection, ("B1", "甲支行"))
    for number in range(110):
        take(lake, connection, ("B1", f"第{number}版"), sha=str(number))
        long_ago = time.time() - 400 * 24 * 3600
        for path in (lake.tables / "branches" / "_delta_log").iterdir():
            os.utime(path, (long_ago, long_ago))
    assert names(lake, connection, first) == [("B1", "甲支行")]
    assert len(lake.history("branches")) == 111


def test_an_unfinished_snapshot_is_ignored(lake, connection):
    first = take(lake, connection, ("B1", "甲支行"))
    (lake.snapshots / "0002-00000000.unfinished").write_text("{")
    (lake.snapshots / "note.json").write_text("{}")
    assert lake.current().id == first.id


def test_a_snapshot_that_is_not_there_is_named(lake, connection):
    take(lake, connection, ("B1", "甲支行"))
    with pytest.raises(ParameterError, match="no snapshot '0009-00000000'"):
        lake.snapshot("0009-00000000")


def test_a_damaged_lake_is_reported_in_one_line(lake, connection):
    snapshot = take(lake, connection, ("B1", "甲支行"))
    for path in (lake.tables / "branches" / "_delta_log").iterdir():
        path.unlink()
    with pytest.raises(DataError, match="restore the lake") as caught:
        lake.files("branches", snapshot)
    assert "\n" not in str(caught.value)
