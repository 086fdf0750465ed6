"""Spoiled files: every error stands where the list says, and intake finds it there."""

import csv
import json

import duckdb
import pytest

from workbench.data import demo, intake
from workbench.data.demo import spoiled
from workbench.errors import DataError, ParameterError

REFUSED_BY_HEADER = ("password_column", "cvv_column")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Give the folder of spoiled files and the list of errors."""
    folder = tmp_path_factory.mktemp("spoiled")
    demo.generate(folder / "clean", customers=600, months=20)
    return folder, spoiled.write(folder, folder / "clean")


def of(made, folder):
    return [fault for fault in made[1] if fault.folder == folder]


def taken(made, name, tmp_path):
    return intake.take_in([made[0] / name], tmp_path / "bank", source="demo", error_limit=1.0)


def stands(folder, fault):
    """Return what stands in the file at the line and under the header of `fault`."""
    path = folder / fault.folder / fault.file
    if path.suffix == ".parquet":
        rows = duckdb.sql(f"SELECT \"{fault.header}\"::VARCHAR FROM '{path}'").fetchall()
        return rows[fault.line - 1][0]
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    return rows[fault.line - 1][rows[0].index(fault.header)]


def test_every_error_stands_where_the_list_says(made):
    folder, faults = made
    located = [fault for fault in faults if fault.record]
    assert len(located) > 38
    for fault in located:
        assert (stands(folder, fault) or "") == fault.typed
    assert len(json.loads((folder / spoiled.FAULTS).read_text("utf-8"))) == len(faults)


def test_no_two_errors_are_of_one_kind_or_in_one_row(made):
    faults = made[1]
    assert len({fault.kind for fault in faults}) == len(faults)
    rows = [(fault.folder, fault.file, fault.record) for fault in faults if fault.record]
    assert len(set(rows)) == len(rows)


def test_intake_finds_each_value_by_line_and_column_and_nothing_else(made, tmp_path):
    load = taken(made, spoiled.VALUES, tmp_path)
    report = tmp_path / "bank" / "quarantine" / load.id / "report.csv"
    with report.open(encoding="utf-8-sig", newline="") as file:
        rows = [list(row.values()) for row in csv.DictReader(file)]
    found = {(row[0], int(row[1]), int(row[2]), row[4]) for row in rows}
    expected = {
        (fault.file, fault.line, fault.record, fault.header) for fault in of(made, spoiled.VALUES)
    }
    assert found == expected
    aside = sum(counts.quarantined for counts in load.tables.values())
    assert aside == len(spoiled.TYPED)


def test_values_cover_every_rule_intake_has(made):
    rules = {fault.rule for fault in of(made, spoiled.VALUES)}
    assert rules == {
        *("required", "control", "int", "num", "rate", "money", "date", "ts", "bool", "code"),
        *("low", "high", "pattern", "parent", "duplicate"),
    }


def test_what_only_other_tables_show_comes_in(made, tmp_path):
    load = taken(made, spoiled.BETWEEN, tmp_path)
    assert sum(counts.quarantined for counts in load.tables.values()) == 0
    assert len(of(made, spoiled.BETWEEN)) == len(spoiled.ODD) + 1


def test_odd_shapes_are_read_all_the_same(made, tmp_path):
    load = taken(made, spoiled.SHAPES, tmp_path)
    assert sum(counts.quarantined for counts in load.tables.values()) == 0
    encodings = {name.split("_")[0]: each for name, each in load.encodings.items()}
    assert encodings["员工"] == "gb18030"
    assert encodings["机构"] == "utf-8-sig"
    beyond = {name.split("_")[0]: each for name, each in load.unknown.items() if each}
    assert beyond == {"培训记录": ("备注",)}


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(
            kind,
            marks=[pytest.mark.xfail(raises=UnicodeDecodeError, strict=True)]
            if kind == "open_quote"
            else [],
        )
        for kind in spoiled.REFUSED
        if kind not in REFUSED_BY_HEADER
    ],
)
def test_files_that_are_not_whole_are_refused(made, kind, tmp_path):
    with pytest.raises(DataError) as refusal:
        intake.take_in([made[0] / kind], tmp_path / "bank", source="demo")
    (fault,) = of(made, kind)
    assert fault.file in str(refusal.value)
    if kind == "half_line":
        assert f"line {fault.line}:" in str(refusal.value)


@pytest.mark.parametrize("kind", REFUSED_BY_HEADER)
def test_columns_that_may_not_be_held_stand_in_the_header(made, kind):
    (fault,) = of(made, kind)
    path = made[0] / kind / fault.file
    assert path.read_text("utf-8").splitlines()[0].endswith(f",{fault.header}")


def test_a_bank_too_small_to_spoil_is_refused(tmp_path):
    demo.generate(tmp_path / "clean", customers=100, months=2)
    with pytest.raises(ParameterError, match="larger demo bank"):
        spoiled.write(tmp_path / "out", tmp_path / "clean")
