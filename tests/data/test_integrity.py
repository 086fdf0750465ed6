"""A file of the lake that is missing or was edited is named, in one line."""

import json

import duckdb
import pytest

from workbench.data import bank, integrity
from workbench.data.lake import Lake
from workbench.errors import DataError


@pytest.fixture
def folder(tmp_path):
    """A bank of two loads, in a folder whose name Delta must encode."""
    place = tmp_path / "行 b"
    bank.About("示例银行", "Example Bank").write(place)
    connection = duckdb.connect()
    for number in (1, 2):
        connection.execute(
            f"CREATE OR REPLACE VIEW b AS SELECT 'B{number}' branch_id, '甲' branch_name, "
            "NULL::VARCHAR parent_branch_id, '440300' region_code, 'relationship' dept_role, "
            "'a' taken_from"
        )
        lineage = {"branches": {}}
        Lake(place).commit(connection, {"branches": "b"}, lineage=lineage, files={f"{number}": "a"})
    return place


def parquet(folder):
    lake = Lake(folder)
    return [lake.tables.joinpath(name) for name in lake.current().parquet]


def one_line(error, path):
    message = str(error.value)
    assert str(path) in message
    assert "\n" not in message
    assert "restore the lake from the backup" in message


def edited(path):
    """Change one byte and leave the size as it is."""
    written = bytearray(path.read_bytes())
    written[len(written) // 2] ^= 1
    path.write_bytes(written)


def test_a_lake_as_it_was_written_has_no_flaws(folder):
    assert integrity.flaws(Lake(folder)) == []
    assert len(parquet(folder)) == 2
    assert all(path.exists() for path in parquet(folder))


def test_a_missing_file_is_named_when_its_table_is_read(folder):
    path = parquet(folder)[1]
    path.unlink()
    with pytest.raises(DataError, match=r"'branches': Parquet file .* is missing") as error:
        bank.open_bank(folder).table("branches")
    one_line(error, path)
    assert len(integrity.flaws(Lake(folder))) == 1


def test_a_file_of_another_size_is_named_when_its_table_is_read(folder):
    path = parquet(folder)[0]
    size = path.stat().st_size
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(
        DataError, match=f"edited: it has {size + 1} bytes, not the {size}"
    ) as error:
        bank.open_bank(folder).table("branches")
    one_line(error, path)


def test_a_file_edited_at_the_same_size_is_found_by_its_checksum(folder):
    path = parquet(folder)[0]
    edited(path)
    (flaw,) = integrity.flaws(Lake(folder))
    assert str(path) in flaw
    assert "edited: its SHA-256 is" in flaw


def test_every_file_is_read_once_however_many_snapshots_name_it(folder, monkeypatch):
    read = []
    own = integrity._sha256
    monkeypatch.setattr(integrity, "_sha256", lambda path: read.append(path) or own(path))
    integrity.flaws(Lake(folder))
    assert sorted(read) == sorted(parquet(folder))


def test_a_log_of_delta_that_names_other_files_is_found(folder):
    lake = Lake(folder)
    place = lake.snapshots / f"{lake.current().id}.json"
    snapshot = json.loads(place.read_text("utf-8"))
    snapshot["parquet"].popitem()
    place.write_text(json.dumps(snapshot), "utf-8")
    (flaw,) = integrity.flaws(lake)
    assert "name different files" in flaw


def test_a_snapshot_that_is_damaged_is_named(folder):
    lake = Lake(folder)
    place = lake.snapshots / f"{lake.ids()[-1]}.json"
    place.write_text("{", "utf-8")
    with pytest.raises(DataError, match="is damaged; restore it"):
        bank.open_bank(folder)
    assert [flaw for flaw in integrity.flaws(lake) if str(place) in flaw]


def test_snapshots_without_checksums_are_checked_for_missing_files_only(folder):
    lake = Lake(folder)
    for name in lake.ids():
        place = lake.snapshots / f"{name}.json"
        snapshot = json.loads(place.read_text("utf-8"))
        del snapshot["parquet"]
        place.write_text(json.dumps(snapshot), "utf-8")
    path = next(lake.tables.rglob("*.parquet"))
    edited(path)
    assert integrity.flaws(lake) == []
    path.unlink()
    assert integrity.flaws(lake)
