"""Files of a demo bank spoiled on purpose, one error of every kind, and where each stands.

`values` holds single values that break a rule, `between` values that are well formed but do not
agree with other tables, `shapes` files that are odd and must be read all the same. Each of these is
a whole bank. Files that must be refused as a whole stand alone, in folders named after their error.
"""

import csv
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from workbench.data import sources
from workbench.data.demo import identities
from workbench.data.demo.files import SOURCE
from workbench.data.sources import Target
from workbench.errors import ParameterError

FAULTS = "faults.json"
VALUES, BETWEEN, SHAPES = "values", "between", "shapes"
LONG_AGO = "2000-01-03 09:00:00"
CARD = "4111111111111111"
"""A number card schemes publish for tests; its check digit is right."""


@dataclass(frozen=True)
class Fault:
    """One error and where it stands.

    Attributes
    ----------
    kind : str
        What is wrong, unique.
    folder, file : str
        Folder below the one written, and the name of the file.
    table, column, header : str
        Canonical table and column, and the header in the file; no column when it is about the file.
    line, record : int
        Line of the file from 1, and row below the header; both 0 when it is about the whole file.
    typed : str
        What stands there now.
    rule : str
        Key of the rule that a value breaks; empty in the other folders.
    """

    kind: str
    folder: str
    file: str
    table: str
    column: str = ""
    header: str = ""
    line: int = 0
    record: int = 0
    typed: str = ""
    rule: str = ""


Row = Mapping[str, str]


class Typed(NamedTuple):
    """A value that breaks a rule of the schema."""

    kind: str
    table: str
    column: str
    typed: str
    rule: str


class Odd(NamedTuple):
    """A well-formed value that does not agree with others, in a row for which `fits` holds."""

    kind: str
    table: str
    column: str
    fits: Callable[[Row], bool]
    typed: Callable[[Row], str]


TYPED = (
    Typed("day_that_does_not_exist", "collaterals", "appraised_on", "2026-02-30", "date"),
    Typed("words_for_an_amount", "financials", "income", "约三百万", "money"),
    Typed("full_width_digits", "collaterals", "appraised_value", "１２００００", "money"),
    Typed("commas_in_the_wrong_places", "guarantees", "amount", "1,20,000", "money"),
    Typed("percent_sign", "loan_months", "rate", "4.5%", "rate"),
    Typed("decimals_in_a_count", "interactions", "duration_s", "35.5", "int"),
    Typed("letter_for_a_digit", "training_records", "hours", "1O", "num"),
    Typed("moment_that_does_not_exist", "interactions", "started_at", "2026-13-01 09:00:00", "ts"),
    Typed("neither_yes_nor_no", "campaign_contacts", "opted_out", "也许", "bool"),
    Typed("unknown_code", "process_events", "activity", "盖章", "code"),
    Typed("code_of_another_list", "actions", "measure", "短信", "code"),
    Typed("value_missing", "financials", "total_assets", "", "required"),
    Typed("below_the_least", "public_records", "amount", "-1", "low"),
    Typed("above_the_most", "public_records", "sentiment", "1.5", "high"),
    Typed("form_of_a_code", "kpi_targets", "kpi_code", "npl-ratio", "pattern"),
    Typed("control_character", "third_party_items", "provider", "税务\x07数据", "control"),
    Typed("customer_unknown", "interactions", "customer_id", "C99999999", "parent"),
    Typed("branch_unknown", "actions", "branch_id", "B9999", "parent"),
    Typed("key_twice", "risk_assessments", "assessment_id", "", "duplicate"),
)
"""In tables no other table hangs on, so that one error makes one rejected row."""


def _has(column: str) -> Callable[[Row], bool]:
    return lambda row: bool(row[column])


def _is(column: str, value: str) -> Callable[[Row], bool]:
    return lambda row: row[column] == value


def _times(column: str, factor: float) -> Callable[[Row], str]:
    return lambda row: f"{float(row[column]) * factor:.2f}"


def _always(value: str) -> Callable[[Row], str]:
    return lambda _: value


ODD = (
    Odd("decided_before_applied", "applications", "decided_at", _has("decided_at"),
        _always(LONG_AGO)),
    Odd("step_ends_before_it_starts", "process_events", "ended_at", _has("ended_at"),
        _always(LONG_AGO)),
    Odd("answer_outside_scale", "survey_answers", "value_num", _is("question_id", "Q2"),
        _always("9")),
    Odd("answers_of_one_who_refused", "survey_invitations", "status", _has("completed_at"),
        _always("拒访")),
    Odd("weights_miss_the_population", "survey_invitations", "design_weight",
        _is("stratum", "micro"), _times("design_weight", 40)),
    Odd("control_arm_contacted", "campaign_contacts", "contacted_at", _is("arm", "对照组"),
        lambda row: row["assigned_at"]),
    Odd("contacted_before_assigned", "campaign_contacts", "contacted_at", _has("contacted_at"),
        _always(LONG_AGO)),
    Odd("rule_not_in_force", "warnings", "rule_version", _has("rule_id"), _always("9")),
    Odd("measure_of_nothing", "actions", "origin_id", _is("origin_type", "预警"),
        _always("W99999999")),
    Odd("part_over_the_whole", "financials", "current_assets", _has("current_assets"),
        _times("total_assets", 2)),
    Odd("query_without_consent", "bureau_reports", "consent_id", _has("consent_id"), _always("")),
    Odd("closed_before_its_months", "loans", "closed_on",
        lambda row: not row["closed_on"] and row["disbursed_on"] < "2026-03",
        lambda row: row["disbursed_on"]),
    Odd("another_currency", "loans", "currency", lambda row: not row["closed_on"],
        _always("USD")),
    Odd("control_total_off", "control_totals", "value", _is("item", "贷款余额"),
        _times("value", 1.05)),
    Odd("schedule_off_principal", "repayment_schedule", "due_principal",
        lambda row: float(row["due_principal"]) > 0, _times("due_principal", 1.5)),
    Odd("balance_jumps", "loan_months", "balance",
        lambda row: float(row["balance"]) > 1_000 and not row["undrawn"],
        _times("balance", 1.3)),
    Odd("days_past_due_off", "loan_months", "dpd",
        lambda row: row["dpd"] == "0" and float(row["balance"]) > 0, _always("17")),
    Odd("class_too_good", "loan_months", "five_class",
        lambda row: int(row["dpd"]) > 90 and row["five_class"] != "正常", _always("正常")),
    Odd("card_number_in_text", "interactions", "note_text", _has("note_text"),
        _always(f"客户来电，卡号{CARD}，要求改还款账户")),
    Odd("identity_number_in_text", "applications", "stated_need", _has("stated_need"),
        lambda _: f"本人身份证{_number()}，需要周转资金"),
)  # fmt: skip


def _number() -> str:
    """Return a resident number of nobody."""
    import numpy as np

    first = f"{identities.AREA + 1}19800101001"
    digits = np.array([[int(digit) for digit in first]])
    return first + str(identities.resident_check(digits)[0])


class _Sheet:
    """A file of the bank as rows of text."""

    def __init__(self, path: Path, target: Target) -> None:
        self.path, self.table = path, target.table
        self.headers = {name: cell.header[0] for name, cell in target.columns.items()}
        self.touched: set[int] = set()

    @cached_property
    def rows(self) -> list[list[str]]:
        """Return header and rows."""
        if self.path.suffix == ".parquet":
            return _from_parquet(self.path)
        with self.path.open(encoding="utf-8", newline="") as file:
            return list(csv.reader(file))

    def row(self, record: int) -> dict[str, str]:
        """Return the values of a record by canonical column."""
        place = {header: at for at, header in enumerate(self.rows[0])}
        return {name: self.rows[record][place[header]] for name, header in self.headers.items()}

    def free(self, fits: Callable[[Row], bool] = lambda _: True) -> int:
        """Return a record that `fits` and nothing was done to, from the middle of the file on."""
        half = len(self.rows) // 2
        record: int
        for record in (*range(max(half, 2), len(self.rows)), *range(2, half)):
            if record not in self.touched and fits(self.row(record)):
                return record
        raise ParameterError(f"{self.path.name} has no row to spoil; make a larger demo bank")

    def put(self, record: int, column: str, value: str) -> None:
        """Type `value` into a record."""
        self.rows[record][self.rows[0].index(self.headers[column])] = value
        self.touched.add(record)

    def write(self) -> None:
        """Write what was touched."""
        if not self.touched:
            return
        if self.path.suffix == ".parquet":
            _to_parquet(self.path, self.rows)
            return
        with self.path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(self.rows)


def _from_parquet(path: Path) -> list[list[str]]:
    import duckdb

    place = str(path).replace("'", "''")
    found = duckdb.sql(f"SELECT COLUMNS(*)::VARCHAR FROM read_parquet('{place}')")
    rows = [["" if value is None else value for value in row] for row in found.fetchall()]
    return [list(found.columns), *rows]


def _to_parquet(path: Path, rows: list[list[str]]) -> None:
    """Write rows of text: a Parquet file whose columns are text, as some systems make them."""
    import duckdb
    import pandas as pd

    frame = pd.DataFrame(rows[1:], columns=rows[0], dtype=object)
    frame = frame.where(frame != "", None)
    place = str(path).replace("'", "''")
    with duckdb.connect() as connection:
        connection.register("frame", frame)
        names = ", ".join(f'"{name}"::VARCHAR AS "{name}"' for name in rows[0])
        connection.execute(f"COPY (SELECT {names} FROM frame) TO '{place}' (FORMAT parquet)")


def write(folder: Path, clean: Path) -> list[Fault]:
    """Spoil the files of the demo bank in `clean` into `folder`, and list every error.

    Parameters
    ----------
    folder : Path
        Where `values`, `between`, `shapes` and a folder for each refused file are made, and
        `faults.json`; what stands there under these names is replaced.
    clean : Path
        Files as `demo.generate` writes them; a few hundred customers and a survey wave at least.

    Returns
    -------
    list of Fault
        Every error, at the line and the column where it stands.
    """
    faults = [*_values(clean, folder), *_between(clean, folder), *_shapes(clean, folder)]
    faults += _refused(clean, folder)
    text = json.dumps([asdict(fault) for fault in faults], ensure_ascii=False, indent=1)
    (folder / FAULTS).write_text(text + "\n", "utf-8")
    return faults


def _copied(clean: Path, folder: Path) -> dict[str, _Sheet]:
    """Copy the first clean file of each kind into `folder`; return them by table."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    sheets: dict[str, _Sheet] = {}
    for file in sources.read(SOURCE).files:
        for path in sorted(clean.glob(file.pattern[0]))[:1]:
            target = Path(shutil.copy(path, folder / path.name))
            sheets[file.tables[0].table] = _Sheet(target, file.tables[0])
    return sheets


def _of(sheets: Mapping[str, _Sheet], table: str) -> _Sheet:
    if table not in sheets:
        raise ParameterError(f"there is no file of {table} to spoil; make a larger demo bank")
    return sheets[table]


def _fault(kind: str, folder: str, sheet: _Sheet, **more: Any) -> Fault:
    return Fault(kind, folder, sheet.path.name, sheet.table, **more)


def _values(clean: Path, folder: Path) -> Iterator[Fault]:
    sheets = _copied(clean, folder / VALUES)
    for kind, table, column, typed, rule in TYPED:
        sheet = _of(sheets, table)
        record = sheet.free()
        if rule == "duplicate":
            # The row above keeps its key; nothing else may happen to it.
            typed = sheet.row(record - 1)[column]
            sheet.touched.add(record - 1)
        yield replace(_typed(kind, VALUES, sheet, column, record, typed), rule=rule)
    for sheet in sheets.values():
        sheet.write()


def _typed(kind: str, folder: str, sheet: _Sheet, column: str, record: int, value: str) -> Fault:
    sheet.put(record, column, value)
    return _fault(
        *(kind, folder, sheet),
        column=column,
        header=sheet.headers[column],
        line=record if sheet.path.suffix == ".parquet" else record + 1,
        record=record,
        typed=value,
    )


def _between(clean: Path, folder: Path) -> Iterator[Fault]:
    sheets = _copied(clean, folder / BETWEEN)
    for kind, table, column, fits, typed in ODD:
        sheet = _of(sheets, table)
        record = sheet.free(fits)
        yield _typed(kind, BETWEEN, sheet, column, record, typed(sheet.row(record)))
    guarantees, loans = sheets["guarantees"], sheets["loans"]
    record = guarantees.free()
    loan = guarantees.row(record)["loan_id"]
    rows = (loans.row(each) for each in range(1, len(loans.rows)))
    borrower = next(row["customer_id"] for row in rows if row["loan_id"] == loan)
    kind = "guarantor_is_borrower"
    yield _typed(kind, BETWEEN, guarantees, "guarantor_id", record, borrower)
    for sheet in sheets.values():
        sheet.write()


def _shapes(clean: Path, folder: Path) -> Iterator[Fault]:
    """Make files odd that must be read all the same."""
    sheets = _copied(clean, folder / SHAPES)
    staff = sheets["staff"].path
    staff.write_bytes(staff.read_text("utf-8").encode("gb18030"))
    yield _fault("gb18030", SHAPES, sheets["staff"])
    branches = sheets["branches"].path
    branches.write_bytes(b"\xef\xbb\xbf" + branches.read_bytes())
    yield _fault("byte_order_mark", SHAPES, sheets["branches"])
    products = sheets["products"].path
    products.write_bytes(products.read_bytes().replace(b"\n", b"\r\n"))
    yield _fault("carriage_returns", SHAPES, sheets["products"])
    courses = sheets["training_records"]
    courses.rows[0].append("备注")
    for row in courses.rows[1:]:
        row.append("")
    courses.touched.add(0)
    yield _fault("unknown_column", SHAPES, courses, header="备注", line=1)
    worth = sheets["collaterals"]
    record = worth.free()
    grouped = f"{float(worth.row(record)['appraised_value']):,.2f}"
    yield _typed("commas", SHAPES, worth, "appraised_value", record, grouped)
    drills = sheets["drills"]
    record = drills.free()
    blanks = f"\u3000{drills.row(record)['dept_role']} "
    yield _typed("blanks_around_a_code", SHAPES, drills, "dept_role", record, blanks)
    for sheet in sheets.values():
        sheet.write()


def _refused(clean: Path, folder: Path) -> Iterator[Fault]:
    """Make files that must be refused, each in a folder of its own."""
    for kind, (table, spoil) in REFUSED.items():
        file = next(each for each in sources.read(SOURCE).files if each.tables[0].table == table)
        path = next(iter(sorted(clean.glob(file.pattern[0]))))
        shutil.rmtree(folder / kind, ignore_errors=True)
        (folder / kind).mkdir(parents=True)
        sheet = _Sheet(folder / kind / path.name, file.tables[0])
        whole = path.read_bytes()
        spoilt, line, header = spoil(whole)
        sheet.path.write_bytes(spoilt)
        yield _fault(kind, kind, sheet, header=header, line=line)


Spoilt = tuple[bytes, int, str]
"""The bytes, and the line and the header in which the error stands."""


def _with_column(name: str) -> Callable[[bytes], Spoilt]:
    def spoil(whole: bytes) -> Spoilt:
        first, *rest = whole.splitlines()
        lines = [first + b"," + name.encode(), *(line + b",000000" for line in rest)]
        return b"\n".join(lines) + b"\n", 1, name

    return spoil


def _without_column(whole: bytes) -> Spoilt:
    lines = [line.split(b",", 1) for line in whole.splitlines()]
    return b"\n".join(line[1] for line in lines) + b"\n", 1, lines[0][0].decode()


def _half_line(whole: bytes) -> Spoilt:
    lines = whole.splitlines()
    at = len(lines) // 2
    lines[at] = b",".join(lines[at].split(b",")[:2])
    return b"\n".join(lines) + b"\n", at + 1, ""


def _header_twice(whole: bytes) -> Spoilt:
    first, *rest = whole.splitlines()
    name = first.split(b",")[0]
    lines = [first + b"," + name, *(line + b"," for line in rest)]
    return b"\n".join(lines) + b"\n", 1, name.decode()


def _open_quote(whole: bytes) -> Spoilt:
    lines = whole.splitlines()
    at = len(lines) // 2
    fields = lines[at].split(b",")
    fields[-1] = b'"' + fields[-1].strip(b'"')
    lines[at] = b",".join(fields)
    return b"\n".join(lines) + b"\n", at + 1, ""


REFUSED: dict[str, tuple[str, Callable[[bytes], Spoilt]]] = {
    "password_column": ("customers", _with_column("手机银行密码")),
    "cvv_column": ("campaign_contacts", _with_column("CVV")),
    "half_line": ("staff", _half_line),
    "open_quote": ("consents", _open_quote),
    "column_missing": ("interactions", _without_column),
    "header_twice": ("products", _header_twice),
    "title_rows": ("campaigns", lambda whole: ("示范银行营销活动\n制表\n".encode() + whole, 1, "")),
    "header_only": ("training_records", lambda whole: (whole.splitlines()[0] + b"\n", 1, "")),
    "empty_file": ("drills", lambda _: (b"", 0, "")),
    "cut_off": ("loan_months", lambda whole: (whole[: len(whole) // 2], 0, "")),
    "neither_encoding": ("branches", lambda whole: (whole + b"\xff\xff\xff\n", 0, "")),
}
"""Kind of error → the table whose file has it, and what is done to the file."""
