"""Files with different units, excuses and shapes feed one table; parents and keys are judged."""

import json
from pathlib import Path

import pytest

from tests.data.files import customers
from workbench.data.bank import open_bank
from workbench.data.intake import take_in

YUAN = """
[[file]]
pattern = "yuan*"
[[file.table]]
table = "financials"
columns.customer_id = "客户号"
columns.period_end = "期末"
columns.basis = { value = "audited" }
columns.period_months = { value = "12" }
columns.income = "收入(元)"
columns.total_assets = "资产"
columns.total_liabilities = "负债"
allow_negative = ["total_assets"]
"""
WIDE = """
[[file]]
pattern = "wide*"
[[file.table]]
table = "financials"
columns.customer_id = "客户号"
columns.basis = { value = "audited" }
columns.period_months = { value = "12" }
columns.total_assets = "资产"
columns.total_liabilities = "负债"
repeat = [
  { period_end = { value = "2024-12-31" }, income = "收入(元)" },
  { period_end = { value = "2025-12-31" }, income = { header = "收入(万元)", factor = 10000 } },
]
"""
TWICE = """
[[file]]
pattern = "pairs*"
[[file.table]]
table = "branches"
columns.branch_id = "甲"
columns.branch_name = "甲名"
columns.region_code = { value = "440300" }
columns.dept_role = { value = "risk" }
[[file.table]]
table = "branches"
columns.branch_id = "乙"
columns.branch_name = "乙名"
columns.region_code = { value = "440300" }
columns.dept_role = { value = "risk" }
"""
MYRIADS = "客户号;期末;口径;收入(万元);资产;负债\n"


@pytest.fixture
def source(home):
    path = home / "data" / "sources" / "test.toml"

    def extend(more, *changed):
        text = path.read_text("utf-8")
        for old, new in changed:
            assert old in text
            text = text.replace(old, new)
        path.write_text(text + more, "utf-8")

    return extend


def test_two_files_may_give_a_column_in_different_units(drop, bank, source):
    source(YUAN)
    (drop / "financials.csv").write_text(MYRIADS + "C1;2025-12-31;1;1;1;1\n", "utf-8")
    (drop / "yuan.csv").write_text("客户号,期末,收入(元),资产,负债\nC2,2025-12-31,7,1,1\n", "utf-8")
    take_in([drop], bank)
    assert sorted(open_bank(bank).table("financials")["income"]) == [7.0, 10_000.0]


def test_the_rows_of_a_wide_record_may_have_different_units(drop, bank, source):
    source(WIDE)
    (drop / "wide.csv").write_text("客户号,收入(元),收入(万元),资产,负债\nC2,5,1,1,1\n", "utf-8")
    take_in([drop], bank)
    table = open_bank(bank).table("financials").set_index("period_end")["income"]
    assert table.sort_index().tolist() == [5.0, 10_000.0]


def test_what_one_file_is_excused_from_the_others_are_not(drop, bank, source):
    source(YUAN)
    (drop / "financials.csv").write_text(MYRIADS + "C1;2025-12-31;1;1;-5;1\n", "utf-8")
    (drop / "yuan.csv").write_text(
        "客户号,期末,收入(元),资产,负债\nC2,2025-12-31,1,-1,1\n", "utf-8"
    )
    load = take_in([drop], bank)
    assert load.tables["financials"].quarantined == 1
    assert open_bank(bank).table("financials")["total_assets"].tolist() == [-1.0]


def test_one_file_may_feed_a_table_twice(drop, bank, source):
    source(TWICE)
    (drop / "pairs.csv").write_text("甲,甲名,乙,乙名\nP1,一,P2,二\nP3,三,,四\n", "utf-8")
    load = take_in([drop / "pairs.csv"], bank)
    assert (load.tables["branches"].accepted, load.tables["branches"].quarantined) == (3, 1)
    assert open_bank(bank).table("branches")["branch_id"].tolist() == ["P1", "P2", "P3"]


def test_children_of_a_rejected_row_are_rejected_however_deep(drop, bank, source):
    column = 'columns.dept_role = "职能"'
    source("", (column, f'{column}\ncolumns.parent_branch_id = "上级"'))
    rows = (
        "B1,甲,440300,risk,",
        "B2,乙,440300,risk,B9",
        "B3,丙,440300,risk,B2",
        "B4,丁,440300,risk,B3",
    )
    text = "\n".join(["机构编号,机构名称,地区,职能,上级", *rows]) + "\n"
    (drop / "机构.csv").write_text(text, "utf-8")
    load = take_in([drop / "机构.csv"], bank, error_limit=1)
    assert load.tables["branches"].quarantined == 3
    assert open_bank(bank).table("branches")["branch_id"].tolist() == ["B1"]
    said = json.loads(Path(load.report).with_name("report.json").read_text("utf-8"))["entries"]
    assert [(each["record"], each["rule"]) for each in said] == [(n, "parent") for n in (2, 3, 4)]


def test_a_row_whose_parent_was_rejected_is_rejected(drop, bank):
    (drop / "customers.csv").write_text(customers(("C1,企业", "C1,星球")), "utf-8")
    rows = "C1;2025-12-31;1;1;1;1\nC2;2025-12-31;1;1;1;1\n"
    (drop / "financials.csv").write_text(MYRIADS + rows, "utf-8")
    assert take_in([drop], bank).tables["financials"].accepted == 1


def test_a_row_with_two_faults_is_counted_once_and_both_are_said(drop, bank):
    (drop / "customers.csv").write_text(customers(("否,120", "maybe,many")), "utf-8")
    load = take_in([drop], bank)
    assert load.tables["customers"].quarantined == 1
    said = json.loads(Path(load.report).with_name("report.json").read_text("utf-8"))["entries"]
    assert {each["column"] for each in said} == {"do_not_contact", "employees"}


def test_two_days_of_one_month_are_two_rows_and_one_day_twice_is_one(drop, bank, source):
    source(YUAN)
    days = ("2020-12-30", "2020-12-31", "2025-12-31", "2020-12-31")
    rows = [f"C2,{day},{at},1,1" for at, day in enumerate(days, start=1)]
    (drop / "yuan.csv").write_text("\n".join(["客户号,期末,收入(元),资产,负债", *rows]), "utf-8")
    load = take_in([drop], bank)
    assert (load.tables["financials"].accepted, load.tables["financials"].quarantined) == (3, 1)
    assert sorted(open_bank(bank).table("financials")["income"]) == [1.0, 2.0, 3.0]


def test_the_same_day_twice_among_days_of_other_months_is_found(drop, bank, source):
    source(YUAN)
    months = [f"{year}-{month:02d}-28" for year in range(2016, 2026) for month in range(1, 13)]
    rows = [f"C2,{day},1,1,1" for day in [*months, "2019-07-28"]]
    (drop / "yuan.csv").write_text("\n".join(["客户号,期末,收入(元),资产,负债", *rows]), "utf-8")
    load = take_in([drop], bank)
    assert (load.tables["financials"].accepted, load.tables["financials"].quarantined) == (120, 1)
