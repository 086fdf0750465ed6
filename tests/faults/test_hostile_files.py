"""Files that no bank should deliver and some do: each is refused in one line, or read as meant."""

import csv
import gzip
import os
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from tests.data.files import HEADER, ROWS, customers
from workbench.data import workbook
from workbench.data.bank import open_bank
from workbench.data.intake import check, take_in
from workbench.data.lake import Lake
from workbench.data.quarantine import REPORT
from workbench.errors import DataError

pytest_plugins = ["tests.data.conftest"]
GB18030 = customers().encode("gb18030").splitlines()
UTF8 = customers().encode().splitlines()


def book(path, *, blank=0, merged=None, cells=None):
    """Write the customers as a workbook, below `blank` empty rows."""
    with xlsxwriter.Workbook(path) as made:
        sheet, bold = made.add_worksheet("客户"), made.add_format({"bold": True})
        for at, row in enumerate([HEADER.split(","), *csv.reader(ROWS)], start=blank):
            sheet.write_row(at, 0, row)
        if merged:
            sheet.merge_range(merged, "", bold)
        for place, value in (cells or {}).items():
            if str(value).startswith("="):
                sheet.write_formula(place, value, None, "#DIV/0!")
            else:
                sheet.write(place, value)
    return path.read_bytes()


def packed(path, content):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("customers.csv", content)
    return path.read_bytes()


TEXTS = {
    "UTF-16": (customers().encode("utf-16"), r"is no text .* but in UTF-16; save it as UTF-8"),
    "two encodings": (
        b"\n".join([*UTF8[:2], GB18030[2], *UTF8[3:]]),
        r"neither UTF-8 nor GB 18030: line 3 does not fit the first, line 1 not the second",
    ),
    "two ends of lines": (
        customers(("\nC3", "\r\nC3")).encode(),
        r"line 3: ends in another way than the lines before it",
    ),
    "only a byte order mark": (b"\xef\xbb\xbf", "no header in line 1"),
    "only blank lines": (b"\n\n\n", "no header in line"),
    "a mark of the end of file": (customers().encode() + b"\x1a", "line 6: .* found 1; .* footer"),
    "padded with NUL": (customers().encode() + bytes(64), "line 6: .* found 1; .* footer"),
    "a footer": ((customers() + "共4行\n").encode(), "line 6: .* found 1; .* footer"),
    "NUL in a header": (
        customers(header=HEADER.replace("人数", "人\0数")).encode(),
        r"'人数' is missing; found .*人\\x00数",
    ),
    "other delimiter": (customers().replace(",", ";").encode(), "set delimiter = ';'"),
    "a header twice in other widths": (
        customers(header=HEADER + ",人 数", rows=[f"{row},1" for row in ROWS]).encode(),
        "columns 7 and 9 have the same header",
    ),
    "a field without end": (
        customers(("C1,", f"C{'9' * (17 << 20)},")).encode(),
        "line 2: field larger than field limit",
    ),
    "another format": (b"%PDF-1.7 " + b"\xff" * 9, "but a PDF document; ask for the data"),
}


@pytest.mark.parametrize("case", TEXTS)
def test_a_text_file_is_refused_in_one_line(drop, bank, case):
    content, message = TEXTS[case]
    (drop / "customers.csv").write_bytes(content)
    refused(drop, bank, "customers.csv", message)


def refused(drop, bank, name, message):
    with pytest.raises(DataError, match=message) as caught:
        take_in([drop], bank)
    assert str(caught.value).isprintable()
    assert name in str(caught.value)
    assert Lake(bank).ids() == []


@pytest.mark.parametrize(
    ("name", "make", "message"),
    [
        ("customers.csv", book, "but a workbook or a zip archive"),
        ("customers.csv.zip", lambda path: packed(path, customers()), "a zip archive; unpack it"),
        ("customers.xlsx", lambda _: customers().encode(), "not a whole workbook: .*; open it and"),
        ("customers.xls", lambda _: b"<table><tr></table>", "not a whole workbook: .*; open it"),
        ("customers.csv.gz", lambda _: customers().encode(), "cut off or damaged"),
        ("customers.csv.gz", lambda _: gzip.compress(b"x" * 999)[:20], "cut off or damaged"),
        ("customers.xlsx", lambda path: book(path, merged="C1:D1"), "'地区' is missing"),
    ],
)
def test_a_file_that_is_another_than_it_says_is_refused(drop, bank, name, make, message):
    (drop / "customers.csv").unlink()
    (drop / name).write_bytes(make(drop.parent / "made.xlsx"))
    refused(drop, bank, name, message)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path.mkdir(), "is a folder with the name of a file"),
        (lambda path: path.symlink_to(path.with_name("gone.csv")), "a link to a file that is not"),
        (lambda path: path.symlink_to(path), "a link to a file that is not there"),
        (os.mkfifo, "is no file; remove it"),
    ],
)
def test_what_looks_like_a_file_and_is_none_is_never_passed_over(drop, bank, make, message):
    (drop / "customers.csv").unlink()
    make(drop / "customers.csv")
    refused(drop, bank, "customers.csv", message)


@pytest.mark.parametrize(
    "name", [b"customers\n.csv", b"customers\xff\xfe.csv", b"customers\x1b.csv"]
)
def test_a_name_that_cannot_be_printed_is_refused(drop, bank, name):
    (drop / "customers.csv").rename(drop / os.fsdecode(name))
    refused(drop, bank, "customers", "has a name that cannot be printed; rename it")


@pytest.mark.parametrize("name", ["customers" + "户" * 80 + ".csv", f"customers{'x' * 239}.csv.gz"])
def test_a_name_may_be_as_long_as_the_machine_allows(drop, bank, name):
    assert len(name.encode()) <= 255
    (drop / "customers.csv").unlink()
    content = customers().encode("gb18030")
    (drop / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    assert take_in([drop], bank).tables["customers"].accepted == 4


def test_a_link_to_a_file_is_read_and_other_folders_are_let_be(drop, bank):
    (drop / "customers.csv").rename(drop.parent / "real.csv")
    (drop / "customers.csv").symlink_to(drop.parent / "real.csv")
    (drop / "archive").mkdir()
    assert take_in([drop], bank).tables["customers"].accepted == 4


def test_byte_order_marks_are_no_part_of_the_first_header(drop, bank):
    (drop / "customers.csv").write_text("\ufeff\ufeff" + customers(), "utf-8")
    assert take_in([drop], bank).tables["customers"].accepted == 4


def test_two_headers_for_one_column_are_named(drop, bank):
    (drop / "机构.csv").write_text(
        "机构编号,branch,机构名称,地区,职能\nB1,B2,甲,440300,risk\n", "utf-8"
    )
    refused(drop, bank, "机构.csv", "the headers 'branch' and '机构编号' stand for one column")


def test_a_file_that_may_not_be_read_is_named(drop, bank, monkeypatch):
    opened = Path.open

    def refuse(path, *rest, **more):
        if path.name == "customers.csv":
            raise PermissionError(13, "Permission denied")
        return opened(path, *rest, **more)

    monkeypatch.setattr(Path, "open", refuse)
    refused(drop, bank, "customers.csv", "cannot be read: Permission denied")


VALUES = {
    "digits of full width": ((",120,", ",１２０,"), "人数"),
    "a comma of full width": ((",120,", ',"1，200",'), "人数"),
    "thousands apart wrongly": ((",120,", ',"1,20",'), "人数"),
    "a unit": ((",120,", ",120人,"), "人数"),
    "hexadecimal": ((",120,", ",0x78,"), "人数"),
    "NUL": ((",120,", ",1\x0020,"), "人数"),
    "a failed formula": ((",120,", ",#N/A,"), "人数"),
    "30 February": (("2020-01-31", "2024/2/30"), "开户日"),
    "a serial number of Excel": (("2020-01-31", "43861"), "开户日"),
    "two digits of a year": (("2020-01-31", "20-1-31"), "开户日"),
    "a day before a month": (("2020-01-31", "31/01/2020"), "开户日"),
    "a number that Excel rounded": (("C1,", "6.22848E+18,"), "客户号"),
    "a failed formula for a number": (("C1,", "#REF!,"), "客户号"),
}


@pytest.mark.parametrize("case", VALUES)
def test_a_value_that_is_none_is_set_aside_with_its_line_and_header(drop, bank, case):
    change, header = VALUES[case]
    (drop / "customers.csv").write_text(customers(change), "utf-8")
    load = take_in([drop], bank)
    (row,) = said(load)
    assert (row["文件"], row["行"], row["列"]) == ("customers.csv", "2", header)
    assert row["规则"]
    assert row["处理办法"]
    assert load.tables["customers"].accepted == 3
    assert len(open_bank(bank).table("customers")) == 3


def said(load):
    with Path(load.report).with_name(REPORT).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_rows_of_a_workbook_are_named_as_excel_numbers_them(drop, bank):
    (drop / "customers.csv").unlink()
    cells = {"G5": "=1/0", "E6": 43861, "H5": "第一\n第二"}
    book(drop / "customers.xlsx", blank=3, cells=cells)
    load = check([drop], bank)
    assert [(row["行"], row["列"]) for row in said(load)] == [
        ("5", "出生年份"),
        ("5", "人数"),
        ("6", "开户日"),
    ]


def test_cells_left_empty_by_a_merge_are_named(drop, bank):
    (drop / "customers.csv").unlink()
    book(drop / "customers.xlsx", merged="D3:D4")
    load = check([drop], bank)
    assert [(row["行"], row["列"]) for row in said(load)] == [("3", "机构"), ("4", "机构")]


def test_a_failed_formula_is_found_in_the_sheet_that_is_read_and_no_other(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as made:
        for name in ("一", "二"):
            sheet = made.add_worksheet(name)
            sheet.write_row(1, 1, ["a", "b"])
            sheet.write_formula(2, 27 if name == "二" else 1, "=1/0", None, "#N/A")
    (head, first), (row, second) = workbook.rows(tmp_path / "a.xlsx", "一")
    assert (head, first[:2], row, second) == (2, ["a", "b"], 3, ["#N/A", ""])
    *_, (_, wide) = workbook.rows(tmp_path / "a.xlsx", "二")
    assert (len(wide), wide[-1]) == (27, "#N/A")


def test_a_long_text_does_not_hide_the_line_of_an_error(drop, bank):
    long = f'"{"长" * 100_000}\n"'
    rows = (f"{ROWS[0]},{long}", f"{ROWS[1]},x", "C4,个人,440300,B1,坏,1,,1990,y")
    (drop / "customers.csv").write_text(customers(rows=rows, header=f"{HEADER},备注"), "utf-8")
    (row,) = said(take_in([drop], bank))
    assert (row["行"], row["列"]) == ("5", "开户日")
