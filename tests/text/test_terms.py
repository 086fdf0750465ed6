"""The words bankers use stand wherever a reader sees them, and the words they replaced nowhere."""

import csv
import re
import tomllib
from pathlib import Path

import pytest

from tests.text.test_catalogue import CJK, HALF_WIDTH
from workbench import schema
from workbench.sql import catalogue as kpis
from workbench.text import catalogue

ROOT = Path(__file__).parents[2]
RETIRED = {
    "户均管户": "人均管户数",
    "人工调整": "评级推翻",
    "调整理由": "评级推翻理由",
    "价目表": "贷款指导利率表",
    "结清方式": "借据终结方式",
    "预警准确": "预警核实属实率",
    "需求满足率": "申请金额获批率",
    "管理资产": "管理客户资产",
    "数据拒绝": "校验退回率",
    "拒绝行数": "校验退回行数",
    "环节时限达标": "限时办结率",
    "前十大客户": "前十大借款人贷款占比",
    "定价偏离": "较指导利率偏离",
    "构念": "测量维度",
    "调查批次": "调查期次",
    "对银行贡献": "客户综合贡献",
    "未满足需求": "测算额度空间",
    "未获证实": "未超出抽样误差",
}
"""Chinese words that were in use → what the bank says."""
RETIRED_EN = re.compile(r"\b(credit loans?|unmet needs?|not proven|real change)\b", re.IGNORECASE)
PAGES = [
    *ROOT.glob("docs/**/*.md"),
    *ROOT.glob("*.md"),
    *ROOT.glob("notebooks/*.py"),
    *ROOT.glob("notebooks/*.ipynb"),
    *ROOT.glob("data/rulepacks/*.toml"),
    *ROOT.glob("data/sources/*.toml"),
    *ROOT.glob("src/**/*.toml"),
    *ROOT.glob("src/**/*.csv"),
    *ROOT.glob("src/**/*.sql"),
    *ROOT.glob("src/**/*.html"),
]
LABELS = {
    "price_list": "贷款指导利率表",
    "survey_waves": "调查期次",
}
COLUMNS = {
    "loans.close_type": "借据终结方式",
    "risk_assessments.override_grade": "评级推翻后等级",
    "risk_assessments.override_reason": "评级推翻理由",
    "account_months.revenue_to_bank": "客户综合贡献",
    "survey_questions.construct": "测量维度",
    "survey_waves.wave_id": "调查期次",
    "survey_invitations.wave_id": "调查期次",
    "survey_answers.wave_id": "调查期次",
    "data_loads.rows_rejected": "校验退回行数",
}
KPIS = {
    "CUSTOMERS_PER_RM": "客户经理人均管户数",
    "OVERRIDE_RATE": "评级推翻率",
    "WARN_PRECISION": "预警核实属实率",
    "NEED_MET": "申请金额获批率",
    "AUM": "管理客户资产（AUM）",
    "LOAD_REJECT": "校验退回率",
    "SLA_MET": "限时办结率",
    "TOP10_SHARE": "前十大借款人贷款占比",
    "PRICE_DEVIATION": "较指导利率偏离（bp）",
    "NEW_LOAN_RATE": "新发放贷款加权利率",
    "REAL_ESTATE_SHARE": "房地产贷款占比",
    "MATURING_90D": "90天内到期余额",
    "CASH_RECOVERED": "现金清收",
    "RAROC": "风险调整后资本回报率",
    "INCLUSIVE_BAL": "普惠小微贷款余额",
    "INCLUSIVE_CUSTOMERS": "普惠小微贷款户数",
    "INCLUSIVE_RATE": "新发放普惠小微贷款加权利率",
}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_page_uses_a_word_that_was_replaced(page):
    words = page.read_text("utf-8")
    assert {old: new for old, new in RETIRED.items() if old in words} == {}
    assert RETIRED_EN.findall(words) == []


def test_tables_columns_and_kpis_are_called_what_the_bank_calls_them():
    assert {name: schema.table(name).label_zh for name in LABELS} == LABELS
    found = {name: schema.table(name.split(".")[0]).column(name.split(".")[1]) for name in COLUMNS}
    assert {name: column.label_zh for name, column in found.items()} == COLUMNS
    assert {code: kpis.kpi(code).label_zh for code in KPIS} == KPIS


def test_an_unsecured_loan_is_not_a_credit_loan():
    assert schema.values("product_type")["credit"]["en"] == "Unsecured loan"


def test_a_difference_is_beyond_sampling_error_or_not():
    said = "\n".join(entry["zh"] for entry in catalogue().values())
    assert "超出抽样误差" in said
    assert "未超出抽样误差" in said


@pytest.mark.parametrize("pack", sorted((ROOT / "data" / "rulepacks").glob("*.toml")))
def test_titles_and_sources_of_rule_packs_use_full_width_punctuation(pack):
    head = tomllib.loads(pack.read_text("utf-8"))["pack"]
    assert CJK.search(head["title_zh"])
    assert not HALF_WIDTH.search(head["title_zh"])
    assert not HALF_WIDTH.search(head["source"])


@pytest.mark.parametrize("name", ["tables.csv", "columns.csv", "values.csv"])
def test_chinese_of_the_schema_uses_full_width_punctuation(name):
    with (schema.SOURCE / name).open(encoding="utf-8", newline="") as file:
        words = {row[key] for row in csv.DictReader(file) for key in row if key.endswith("zh")}
    assert {each for each in words if HALF_WIDTH.search(each)} == set()
