import gzip
import json
from datetime import date

import duckdb
import pytest
import xlsxwriter

from tests.data.files import HEADER, ROWS, customers
from workbench.data.bank import about, open_bank
from workbench.data.intake import take_in
from workbench.data.lake import Lake
from workbench.errors import DataError, LockedError, NothingToDoError, ParameterError


def ids(bank):
    return open_bank(bank).table("customers")


def test_files_become_tables_of_typed_values(drop, bank):
    load = take_in([drop], bank)
    table = ids(bank).set_index("birth_year").sort_index()
    assert load.sources == ("test",)
    assert (load.tables["customers"].accepted, load.tables["branches"].accepted) == (4, 2)
    assert table.loc[1980, "customer_type"] == "individual"
    assert table.loc[1990, "opened_on"].date() == date(2022, 7, 6)
    assert table["opened_on"].dt.date.tolist()[:2] == [date(2021, 3, 5), date(2022, 7, 6)]
    assert set(table["employees"].dropna()) == {120, 1200}
    assert table["do_not_contact"].sum() == 1


def test_no_number_of_a_customer_reaches_the_lake(drop, bank):
    take_in([drop], bank)
    stored = "".join(ids(bank)["customer_id"])
    assert not {"C1", "C2", "C3", "C4"} & set(ids(bank)["customer_id"])
    assert len(stored) == 4 * 21
    files = [path.read_bytes() for path in bank.rglob("*") if path.is_file()]
    assert not any(b"C3," in content or "C3".encode("utf-16") in content for content in files)


def test_the_key_version_is_kept_with_the_bank_and_each_commit(drop, bank):
    take_in([drop], bank)
    lineage = Lake(bank).history("customers")[0]
    assert json.loads(lineage["key"]) == about(bank).key_id
    rows = {"read": 4, "accepted": 4, "quarantined": 0, "withdrawn": 0}
    assert json.loads(lineage["rows"]) == rows


def test_the_register_of_loads_names_each_file_and_table(drop, bank):
    load = take_in([drop], bank)
    register = open_bank(bank).table("data_loads")
    assert set(register["file_name"]) == {"机构.csv", "customers.csv"}
    assert set(register["load_id"]) == {load.id}
    assert register["rows_in"].sum() == 6


def test_the_same_bytes_twice_change_nothing(drop, bank):
    take_in([drop], bank)
    before = Lake(bank).ids()
    with pytest.raises(NothingToDoError, match="taken in before"):
        take_in([drop], bank)
    (drop / "again.csv").write_bytes((drop / "customers.csv").read_bytes())
    with pytest.raises(NothingToDoError):
        take_in([drop / "again.csv"], bank)
    assert Lake(bank).ids() == before


def test_a_copy_of_a_file_in_the_same_load_is_skipped(drop, bank):
    (drop / "customers copy.csv").write_bytes((drop / "customers.csv").read_bytes())
    load = take_in([drop, drop / "customers.csv"], bank, error_limit=0)
    assert (load.tables["customers"].read, load.tables["customers"].accepted) == (4, 4)
    assert len(load.files) == 2
    assert load.skipped == ("customers.csv",)


def test_a_corrected_file_replaces_rows_with_the_same_key(drop, bank):
    take_in([drop], bank)
    (drop / "customers.csv").write_text(customers((",120,", ",150,")), "utf-8")
    load = take_in([drop], bank)
    assert load.skipped == ("机构.csv",)
    assert len(ids(bank)) == 4
    assert set(ids(bank)["employees"].dropna()) == {150, 1200}


def test_unknown_columns_are_listed_and_not_kept(drop, bank):
    rows = [f"{row},13800000000" for row in ROWS]
    text = customers(rows=rows, header=f"{HEADER},手机号")
    (drop / "customers.csv").write_text(text, "utf-8")
    load = take_in([drop], bank)
    assert load.unknown["customers.csv"] == ("手机号",)
    assert "13800000000" not in ids(bank).to_csv()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("packed", [False, True])
def test_text_files_are_read_in_the_encodings_banks_use(drop, bank, encoding, packed):
    content = customers().encode(encoding)
    (drop / "customers.csv").unlink()
    name = "customers.csv.gz" if packed else "customers.csv"
    (drop / name).write_bytes(gzip.compress(content) if packed else content)
    load = take_in([drop], bank)
    assert load.encodings[name] == encoding
    assert len(ids(bank)) == 4


def test_a_workbook_gives_the_same_rows(drop, bank):
    (drop / "customers.csv").unlink()
    book = xlsxwriter.Workbook(drop / "customers.xlsx")
    book.add_worksheet("说明")
    sheet = book.add_worksheet("客户")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row(0, 0, HEADER.split(","))
    sheet.write_row(1, 0, ["C1", "企业", 440300, "B1"])
    sheet.write_datetime(1, 4, date(2020, 1, 31), day)
    sheet.write_row(1, 5, ["否", 120, ""])
    book.close()
    take_in([drop], bank)
    row = ids(bank).iloc[0]
    assert (row["region_code"], row["employees"]) == ("440300", 120)
    assert row["opened_on"].date() == date(2020, 1, 31)


def test_a_parquet_file_gives_the_same_rows(drop, bank):
    (drop / "customers.csv").unlink()
    names = HEADER.split(",")
    row = "'C1', '企业', '440300', 'B1', DATE '2020-01-31', FALSE, 120::BIGINT, NULL::INTEGER"
    listed = ", ".join(f'"{name}"' for name in names)
    relation = duckdb.sql(f"SELECT * FROM (VALUES ({row})) t({listed})")
    relation.write_parquet(str(drop / "customers.parquet"))
    take_in([drop], bank)
    assert ids(bank).iloc[0]["opened_on"].date() == date(2020, 1, 31)


def test_units_codes_and_other_delimiters_are_translated(drop, bank):
    text = "客户号;期末;口径;收入(万元);资产;负债\nC1;2025-12-31;1;1,234.5678;100;50.5\n"
    (drop / "financials.csv").write_text(text, "utf-8")
    take_in([drop], bank)
    row = open_bank(bank).table("financials").iloc[0]
    assert (row["income"], row["basis"]) == (12_345_678.0, "audited")


def test_children_find_parents_of_an_earlier_load(drop, bank):
    take_in([drop / "机构.csv"], bank)
    load = take_in([drop / "customers.csv"], bank)
    assert load.tables["customers"].accepted == 4


def test_two_loads_at_once_are_refused(drop, bank):
    from filelock import FileLock

    bank.mkdir()
    with FileLock(bank / ".lock"), pytest.raises(LockedError, match="under way"):
        take_in([drop], bank)


def test_a_file_that_fits_no_source_is_named(drop, bank):
    (drop / "wages.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match=r"….csv \(8 bytes\) fits no pattern of source 'test'"):
        take_in([drop], bank)
    assert not (bank / "lake").exists()


@pytest.mark.parametrize("name", ["湖 a", "a'b", "a#b"])
def test_a_bank_may_lie_in_a_folder_of_almost_any_name(drop, home, name):
    take_in([drop], home / name)
    (drop / "customers.csv").write_text(customers((",120,", ",150,")), "utf-8")
    take_in([drop], home / name)
    assert set(ids(home / name)["employees"].dropna()) == {150, 1200}


@pytest.mark.parametrize("name", ["a[1]", "a%20b", "a*b", "a?b"])
def test_a_folder_whose_name_means_something_else_to_the_lake_is_refused(drop, home, name):
    with pytest.raises(ParameterError, match="choose another folder"):
        take_in([drop], home / name)
    assert not (home / name).exists()


def test_an_absent_folder_is_named(home, bank):
    with pytest.raises(DataError, match="there is no file or folder"):
        take_in([home / "nowhere"], bank)
