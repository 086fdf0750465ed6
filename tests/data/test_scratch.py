"""What a load puts aside: nameless where the system allows it, encrypted where the engine does."""

import gzip
import os
import sys

import duckdb
import pytest

from workbench.data import reading, scratch
from workbench.data.attempt import Attempt
from workbench.data.intake import take_in
from workbench.data.scratch import PREFIX, opened

SECRET = "无名路㛃七弄"
nameless = pytest.mark.skipif(not scratch.NAMELESS, reason="files need a name on this system")


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]


@nameless
def test_a_file_has_no_name_and_is_read_from_its_beginning_each_time(tmp_path):
    with opened(tmp_path) as made:
        place = made.file()
        place.write_text(SECRET, "utf-8")
        assert files(tmp_path) == []
        with place.open(encoding="utf-8") as first, place.open(encoding="utf-8") as second:
            assert first.read(2) == second.read(2) == SECRET[:2]
        assert place.stat().st_mode & 0o077 == 0


@nameless
def test_a_file_that_is_found_under_a_name_is_a_link_to_a_nameless_one(tmp_path):
    with opened(tmp_path) as made:
        place = made.called("kunden.parquet")
        with duckdb.connect(config={**made.settings()}) as own:
            own.execute(
                f"COPY (SELECT '{SECRET}' AS a) TO '{place}' (FORMAT parquet, USE_TMP_FILE false)"
            )
            assert own.sql(f"SELECT a FROM read_parquet('{place}')").fetchall() == [(SECRET,)]
        assert files(tmp_path) == []
        assert [path.name for path in made.folder.iterdir()] == ["kunden.parquet"]
    assert [*tmp_path.iterdir()] == []


def test_files_beyond_those_that_may_be_open_have_a_name_and_hold_as_much(tmp_path, monkeypatch):
    monkeypatch.setattr(scratch, "_room", lambda: 1)
    with opened(tmp_path) as made:
        for at in range(3):
            place = made.file()
            place.write_text(f"{SECRET}{at}", "utf-8")
            assert place.read_text("utf-8") == f"{SECRET}{at}"
        assert len(files(tmp_path)) == (2 if scratch.NAMELESS else 3)
        assert all(path.stat().st_mode & 0o077 == 0 for path in files(tmp_path))
    assert [*tmp_path.iterdir()] == []


def test_what_a_killed_load_left_goes_with_the_next_one(tmp_path):
    left = tmp_path / f"{PREFIX}x" / "named"
    left.mkdir(parents=True)
    (left / "rows.txt").write_text(SECRET, "utf-8")
    (tmp_path / "bank.json").write_text("{}")
    with opened(tmp_path):
        assert not left.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["bank.json"]


@pytest.mark.parametrize("encrypted", [True, False])
def test_rows_that_the_engine_puts_aside_cannot_be_read(tmp_path, encrypted):
    with opened(tmp_path) as made:
        settings = made.settings()
        if not encrypted:
            settings = {"temp_directory": settings["temp_directory"]}
        with duckdb.connect(config={**settings, "memory_limit": "60MB", "threads": 1}) as own:
            own.execute(
                f"CREATE TABLE rows AS SELECT '{SECRET}' || hash(i) AS a FROM range(1500000) r(i)"
            )
            spilled = [path.read_bytes() for path in files(tmp_path)]
            assert sum(map(len, spilled)) > 1_000_000
            found = any(SECRET.encode() in content for content in spilled)
            assert found is not encrypted
            assert own.sql("SELECT count(DISTINCT a) FROM rows").fetchall() == [(1_500_000,)]


@pytest.mark.skipif(sys.platform != "linux", reason="asks the system what is open")
def test_a_text_that_fits_another_encoding_leaves_no_part_of_the_first_try(tmp_path):
    from workbench.data import decoding

    rows = (f"号,{SECRET}\n" * 200_000).encode("gb18030")
    packed = tmp_path / "rows.csv.gz"
    packed.write_bytes(gzip.compress(b"a,b\n" * 600_000 + rows))
    with opened(tmp_path) as made:
        text, encoding = decoding.text(packed, None, made)
        assert encoding == "gb18030"
        sizes = [os.fstat(number).st_size for number in made._open]
        assert sizes == [0, text.stat().st_size]
        assert decoding.text(packed, None, made) == (text, encoding)
        assert len(made._open) == 2


@pytest.mark.parametrize(("people", "encrypted"), [(True, True), (False, False)])
def test_encryption_is_given_up_only_where_all_is_read_in_pieces(
    drop, bank, monkeypatch, people, encrypted
):
    monkeypatch.setattr(reading, "STREAMED", 0)
    seen = []
    judge = Attempt._judged

    def judged(self, held):
        setting = self.connection.sql("SELECT current_setting('temp_file_encryption')")
        seen.append(setting.fetchall()[0][0])
        return judge(self, held)

    monkeypatch.setattr(Attempt, "_judged", judged)
    take_in([drop if people else drop / "机构.csv"], bank)
    assert seen == [encrypted]
