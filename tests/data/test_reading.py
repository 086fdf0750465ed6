"""Files as tables of text: wrappings, encodings and names that banks' systems produce."""

import gzip

import duckdb
import pytest
import xlsxwriter

from tests.data.files import HEADER, ROWS, customers
from workbench.data import reading
from workbench.data.bank import open_bank
from workbench.data.intake import take_in
from workbench.data.scratch import opened
from workbench.data.sources import FileMap
from workbench.errors import DataError


def rows(path, scratch, **kind):
    """Return the records of `path` as read."""
    with duckdb.connect() as connection:
        given = FileMap(pattern="*", table=[], **kind)
        raw = reading.read(connection, path, given, "raw", scratch)
        query = f"SELECT {reading.RECORD} AS record, * FROM raw ORDER BY 1"
        return connection.sql(query).fetchall(), raw


@pytest.fixture
def scratch(tmp_path):
    with opened(tmp_path) as made:
        yield made


@pytest.mark.parametrize(("delimiter", "quote"), [(",", '"'), ("\t", '"'), (";", "'"), ("|", '"')])
def test_delimiter_and_quote_are_those_stated(tmp_path, scratch, delimiter, quote):
    text = f"a{delimiter}b\n{quote}x{delimiter}{quote}{quote}y{quote}{delimiter}5\n"
    (tmp_path / "f.txt").write_text(text, "utf-8")
    found, _ = rows(tmp_path / "f.txt", scratch, delimiter=delimiter, quote=quote)
    assert found == [(1, f"x{delimiter}{quote}y", "5")]


def test_a_file_without_quotes_names_one_that_never_occurs(tmp_path, scratch):
    (tmp_path / "f.txt").write_text('a|b\n6" pipe|5\n', "utf-8")
    found, _ = rows(tmp_path / "f.txt", scratch, delimiter="|", quote="\x01")
    assert found == [(1, '6" pipe', "5")]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_records_are_numbered_over_blank_lines_and_quoted_newlines(tmp_path, scratch, newline):
    text = newline.join(["a,b", '1,"x', 'y"', "", "2,z", ""])
    (tmp_path / "f.csv").write_bytes(text.encode())
    found, raw = rows(tmp_path / "f.csv", scratch)
    assert [each[:2] for each in found] == [(1, "1"), (2, "2")]
    assert reading.lines(raw, FileMap(pattern="*", table=[]), {1, 2}) == {1: 2, 2: 5}


def test_quoted_newlines_survive_where_the_file_is_read_in_pieces(tmp_path, scratch):
    count = 300_000
    path = tmp_path / "f.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("id,note\n")
        file.writelines(f'{at},"a\n""{"x" * 150},\n{at}"\n' for at in range(count))
    with duckdb.connect() as connection:
        raw = reading.read(connection, path, FileMap(pattern="*", table=[]), "raw", scratch)
        wrong = connection.sql("SELECT count(*) FROM raw WHERE CAST(h0 AS INT) <> rowid")
        assert raw.rows == count
        assert wrong.fetchall() == [(0,)]


@pytest.mark.parametrize("name", ["loans[1].csv", "loans*.csv", "loans?.csv", "a'b.csv"])
def test_a_name_that_looks_like_a_pattern_means_one_file(tmp_path, scratch, name):
    for other in ("loans1.csv", "loans2.csv"):
        (tmp_path / other).write_text("a\nanother file\n", "utf-8")
    (tmp_path / name).write_text("a\nthis one\n", "utf-8")
    found, _ = rows(tmp_path / name, scratch)
    assert found == [(1, "this one")]


def test_a_parquet_file_whose_name_looks_like_a_pattern_is_read_itself(tmp_path, scratch):
    for name, text in (("b1.parquet", "another"), ("c.parquet", "this one")):
        with duckdb.connect() as own:
            own.sql(f"SELECT '{text}' AS a").write_parquet(str(tmp_path / name))
    (tmp_path / "c.parquet").rename(tmp_path / "b[1].parquet")
    found, _ = rows(tmp_path / "b[1].parquet", scratch)
    assert found == [(1, "this one")]
    kind = FileMap(pattern="*", table=[])
    assert reading.header(tmp_path / "b[1].parquet", kind, scratch) == ["a"]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("stated", [None, "utf-8", "UTF8"])
def test_a_byte_order_mark_is_no_part_of_the_first_header(tmp_path, scratch, stated, packed):
    content = "客户号,b\n1,2\n".encode("utf-8-sig")
    path = tmp_path / ("f.csv.gz" if packed else "f.csv")
    path.write_bytes(gzip.compress(content) if packed else content)
    _, raw = rows(path, scratch, encoding=stated)
    assert list(raw.headers) == ["客户号", "b"]


@pytest.mark.parametrize("stated", ["utf-8", "ascii"])
def test_a_file_in_another_encoding_than_stated_is_refused_in_one_line(tmp_path, scratch, stated):
    (tmp_path / "f.csv").write_bytes(b"a,b\n" + "1,客户\n".encode("gb18030"))
    with pytest.raises(DataError, match=rf"f\.csv is not {stated}: byte 0x") as caught:
        rows(tmp_path / "f.csv", scratch, encoding=stated)
    assert "\n" not in str(caught.value)


def test_an_encoding_nobody_knows_is_named(tmp_path, scratch):
    (tmp_path / "f.csv").write_text("a\n1\n")
    with pytest.raises(DataError, match="the encoding 'gbx' is unknown"):
        rows(tmp_path / "f.csv", scratch, encoding="gbx")


def test_columns_without_a_header_are_let_be(drop, bank):
    text = "\n".join(f"{line},," for line in customers().splitlines()) + "\n"
    (drop / "customers.csv").write_text(text, "utf-8")
    load = take_in([drop], bank)
    assert load.tables["customers"].accepted == len(ROWS)
    assert load.unknown["customers.csv"] == ()


def workbook(path, *records):
    book = xlsxwriter.Workbook(path)
    sheet, bold = book.add_worksheet("客户"), book.add_format({"bold": True})
    sheet.write_row(0, 0, HEADER.split(","))
    sheet.write_blank(0, 10, None, bold)
    for at, record in enumerate(records, start=1):
        if record is None:
            sheet.write_blank(at, 0, None, bold)
        else:
            sheet.write_row(at, 0, record)
    book.close()


def test_rows_of_a_workbook_that_were_only_formatted_are_no_records(drop, bank):
    (drop / "customers.csv").unlink()
    first, last = (row.split(",") for row in ROWS[:2])
    workbook(drop / "customers.xlsx", first, *[None] * 30, last)
    load = take_in([drop], bank)
    assert (load.tables["customers"].accepted, load.tables["customers"].quarantined) == (2, 0)


def test_a_number_that_excel_has_rounded_is_refused(drop, bank):
    (drop / "customers.csv").unlink()
    record = [6222021234567890123.0, *ROWS[0].split(",")[1:]]
    workbook(drop / "customers.xlsx", record)
    with pytest.raises(DataError, match="row 2: Excel has rounded a number of more than 15"):
        take_in([drop], bank)


def test_a_title_above_the_header_is_skipped(drop, bank, home):
    path = home / "data" / "sources" / "test.toml"
    text = path.read_text("utf-8").replace('sheet = "客户"', 'sheet = "客户"\nskip_rows = 2')
    path.write_text(text, "utf-8")
    (drop / "customers.csv").write_text("客户清单\n\n" + customers(), "utf-8")
    take_in([drop], bank)
    assert len(open_bank(bank).table("customers")) == len(ROWS)
