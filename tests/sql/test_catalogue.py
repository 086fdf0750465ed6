"""The KPI catalogue is complete: a query, labels, a window and a test for every KPI."""

import re
from datetime import date
from pathlib import Path

import pytest

from tests.sql import tables
from tests.text.test_catalogue import CJK, HALF_WIDTH
from workbench import schema, sql, text
from workbench.data import kpi
from workbench.errors import ParameterError
from workbench.sql import catalogue, document

KPIS = catalogue.kpis()
QUERIES = [name for name, each in KPIS.items() if each.source == "sql"]
HERE = Path(__file__).parent
PAGES = HERE.parents[1] / "docs" / "methods"
RETIRED = (
    "户均管户",
    "人工调整",
    "价目表",
    "结清方式",
    "预警准确率",
    "需求满足率",
    "数据拒绝",
    "构念",
)
"""Words that the bank does not use for these things."""


def test_every_query_is_in_the_catalogue_and_the_other_way_round():
    assert {name.lower() for name in QUERIES} == set(sql.names("kpi"))


@pytest.mark.parametrize("code", KPIS)
def test_what_is_said_of_a_kpi_is_one_of_what_can_be_said(code):
    one = KPIS[code]
    assert re.fullmatch(schema.table("kpi_targets").columns[0].pattern, code)
    assert one.unit in catalogue.UNITS
    assert one.better in catalogue.BETTER
    assert one.source in catalogue.SOURCES
    assert one.kind in catalogue.KINDS
    assert one.subject in catalogue.SUBJECTS
    assert one.windows
    assert set(one.windows) <= set(catalogue.WINDOWS)


@pytest.mark.parametrize("code", KPIS)
def test_both_languages_are_native(code):
    one = KPIS[code]
    for sentence in (one.label_zh, one.definition_zh, one.why_zh):
        assert CJK.search(sentence) or code == "RAROC"
        assert not HALF_WIDTH.search(sentence), sentence
        assert not any(word in sentence for word in RETIRED)
    for sentence in (one.label_en, one.definition_en, one.why_en):
        assert sentence.strip()
        assert not CJK.search(sentence)
    assert one.definition_zh.endswith("。")
    assert one.definition_en.endswith(".")
    with text.spoken("en"):
        assert (one.label(), one.definition(), one.why()) == (
            *(one.label_en, one.definition_en, one.why_en),
        )


def test_no_label_stands_for_two_kpis():
    for language in ("label_zh", "label_en"):
        labels = [getattr(one, language) for one in KPIS.values()]
        assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("code", QUERIES)
def test_a_query_reads_tables_of_the_lake_and_returns_its_parts(code):
    one = KPIS[code]
    assert one.query.startswith(f"-- {code} {one.label_zh.partition('（')[0]}")
    assert one.needs
    assert set(one.needs) <= schema.stored("lake").keys()
    day = date(2026, 6, 30)
    given = {"net_capital": 1, "operating_cost_rate": 0, "capital_rate": 1, "tax_rate": 0}
    values = {**kpi.parameters(day), **given, "from": day, "to": day}
    row = tables.connection().execute(
        one.query, {name: values[name] for name in sql.parameters(one.query)}
    )
    names = {column[0] for column in row.description}
    expected = {"value", "numerator", "denominator", "base"}
    assert names - {"value_adjusted"} == expected
    assert len(row.fetchall()) == 1


def test_every_kpi_is_worked_by_hand_somewhere():
    pages = [*(HERE / "kpi").glob("test_*.py"), HERE / "test_migration.py"]
    said = "\n".join(page.read_text("utf-8") for page in pages).upper()
    assert [code for code in QUERIES if f'"{code}"' not in said] == []


def test_queries_keep_to_what_databases_share():
    own = re.compile(r"\b(qualify|date_diff|datediff|median|strftime|list_|filter \(|ilike|::)\b")
    found = {code for code in QUERIES if own.search(re.sub(r"--.*", "", KPIS[code].query))}
    assert not found


def test_an_unknown_code_is_named():
    with pytest.raises(ParameterError, match="there is no KPI 'NPL'; there are LOAN_BAL"):
        catalogue.kpi("NPL")


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_the_page_is_what_the_catalogue_says(language):
    page = PAGES / f"kpis.{language}.md"
    with text.spoken(language):
        assert page.read_text("utf-8") == document.markdown(), "run `python tools/kpi_pages.py`"


def test_the_page_names_every_kpi_once_and_what_it_takes():
    with text.spoken("en"):
        page = document.markdown()
    for code, one in KPIS.items():
        assert page.count(f"| {one.label_en} `{code}` |") == 1
    assert "- `inclusive_limit`: `INCLUSIVE_BAL`, `INCLUSIVE_CUSTOMERS`, `INCLUSIVE_RATE`" in page
