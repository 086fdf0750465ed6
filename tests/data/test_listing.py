"""Lists that people make are read as they are, or refused in one line."""

import pytest
import xlsxwriter

from workbench.data import listing
from workbench.errors import DataError, ParameterError


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_file_is_read_by_header(tmp_path, encoding):
    path = write(tmp_path / "a.csv", "Customer_ID ,原因\n c1,到期\n\n c2 ,\n".encode(encoding))
    rows = [{"customer_id": "c1", "原因": "到期"}, {"customer_id": "c2", "原因": ""}]
    assert listing.read(path, "customer_id") == rows


def test_a_workbook_is_read_by_header(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet()
        for at, row in enumerate([["customer_id", "n"], ["c1", 2], ["c2", 2.5]]):
            sheet.write_row(at, 0, row)
    rows = [{"customer_id": "c1", "n": "2"}, {"customer_id": "c2", "n": "2.5"}]
    assert listing.read(tmp_path / "a.xlsx", "customer_id") == rows


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "expected one column 'customer_id'"),
        ("no\nc1\n", "expected one column 'customer_id'"),
        ("customer_id,CUSTOMER_ID\nc1,c1\n", "expected one column 'customer_id'"),
        ("customer_id,x,x\nc1,1,2\n", "no header twice"),
        ("customer_id\n", "no rows below its header"),
        ("customer_id,x\nc1\n", "row 2: expected 2 values"),
        ("customer_id,x\nc1,y\n,z\n", "row 3: customer_id is empty"),
        ('customer_id\n"c1\n', "unexpected end of data"),
        (b"customer_id\n\xff\xff\n", "neither UTF-8 nor GB 18030"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, content, said):
    with pytest.raises(DataError, match=said) as error:
        listing.read(write(tmp_path / "a.csv", content), "customer_id")
    assert "c1" not in str(error.value)


def test_a_file_that_is_not_there_or_no_workbook_is_named(tmp_path):
    with pytest.raises(ParameterError, match="there is no file"):
        listing.read(tmp_path / "a.csv", "customer_id")
    with pytest.raises(DataError, match="is not a whole workbook"):
        listing.read(write(tmp_path / "a.xlsx", "PK"), "customer_id")
