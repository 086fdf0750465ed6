"""Spoiled files: every error stands where the list says, and intake finds it there."""

import csv
import json
from pathlib import Path

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


CHECKS = {
    "decided_before_applied": "application_order",
    "step_ends_before_it_starts": "application_order",
    "answer_outside_scale": "answers_of_respondents",
    "answers_of_one_who_refused": "answers_of_respondents",
    "weights_miss_the_population": "design_weights",
    "control_arm_contacted": "campaign_contacts",
    "contacted_before_assigned": "campaign_contacts",
    "rule_not_in_force": "warning_rule_valid",
    "measure_of_nothing": "action_origin",
    "part_over_the_whole": "statement_parts",
    "query_without_consent": "consent_live",
    "closed_before_its_months": "balance_after_close",
    "another_currency": "one_currency",
    "schedule_off_principal": "schedule_principal",
    "balance_jumps": "balance_step",
    "days_past_due_off": "dpd_recomputed",
    "class_too_good": "class_floor",
    "guarantor_is_borrower": "guarantor_is_borrower",
}
"""What is wrong between tables → the check that must find it."""


def test_what_is_wrong_between_tables_is_found_and_holds_the_load_back(made, tmp_path):
    folders = [made[0] / spoiled.BETWEEN, made[0] / "clean"]
    loads = [
        intake.check([folder], tmp_path / "bank", source="demo", error_limit=1.0)
        for folder in folders
    ]
    spoilt, clean = ({each.name: each.rows for each in load.checks} for load in loads)
    kinds = {fault.kind for fault in of(made, spoiled.BETWEEN)}
    others = {"control_total_off", "card_number_in_text", "identity_number_in_text"}
    assert kinds == CHECKS.keys() | others
    missed = [kind for kind, name in CHECKS.items() if spoilt[name] <= clean[name]]
    assert missed == []
    assert {hold.kind for hold in loads[0].held} >= {"control", "check"}
    assert loads[1].held == ()


def test_numbers_of_cards_and_people_in_free_text_are_found_by_line(made, tmp_path):
    load = intake.check(
        [made[0] / spoiled.BETWEEN], tmp_path / "bank", source="demo", error_limit=1
    )
    report = json.loads(Path(load.report).with_name("report.json").read_text("utf-8"))
    found = {(entry["line"], entry["rule"]) for entry in report["entries"]}
    faults = {fault.kind: fault.line for fault in of(made, spoiled.BETWEEN)}
    # Rows that refer to a rejected row are rejected with it.
    assert {each for each in found if each[1] != "parent"} == {
        (faults["card_number_in_text"], "card_number"),
        (faults["identity_number_in_text"], "identity_number"),
    }


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
    [kind for kind in spoiled.REFUSED if kind not in REFUSED_BY_HEADER],
)
def test_files_that_are_not_whole_are_refused(made, kind, tmp_path):
    with pytest.raises(DataError) as refusal:
        intake.take_in([made[0] / kind], tmp_path / "bank", source="demo")
    (fault,) = of(made, kind)
    assert fault.file in str(refusal.value)
    if kind == "half_line":
        assert f"line {fault.line}:" in str(refusal.value)


@pytest.mark.parametrize("kind", REFUSED_BY_HEADER)
def test_columns_that_may_not_be_held_are_refused_by_their_header(made, kind, tmp_path):
    (fault,) = of(made, kind)
    with pytest.raises(DataError, match=rf"the column '{fault.header}' holds .* never taken in"):
        intake.take_in([made[0] / kind], tmp_path / "bank", source="demo")


def test_a_bank_too_small_to_spoil_is_refused(tmp_path):
    demo.generate(tmp_path / "clean", customers=100, months=2)
    with pytest.raises(ParameterError, match="larger demo bank"):
        spoiled.write(tmp_path / "out", tmp_path / "clean")
