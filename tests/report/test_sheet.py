import re
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from python_calamine import CalamineWorkbook

from tests.report import office_sample
from workbench import text
from workbench.chart import Chart, Series
from workbench.report import office, sheet, sheet_grid, workbook
from workbench.text import formats, say

TITLE = {"zh": "贷款客户月报", "en": "Loan customers, monthly report"}
CHANGED = {"made.ranked.rate": "=up"}
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
TOP = sheet.TABLE


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        entries = {**text.catalogue(), **office_sample.ENTRIES}
        patch.setattr(text, "catalogue", lambda: entries)
        yield office_sample.report(tmp_path_factory.mktemp("record"))


def written(report, language="en", origin=office_sample.ORIGIN):
    return sheet.render(report, origin, language, TITLE[language], CHANGED)


@pytest.fixture(scope="module", params=text.LANGUAGES)
def made(report, request):
    return request.param, written(report, request.param)


def rows(content, name):
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    return book.get_sheet_by_name(name).to_python(skip_empty_area=False)


def xml(content, path):
    return ElementTree.fromstring(ZipFile(BytesIO(content)).read(path))


def names(content):
    book = xml(content, "xl/workbook.xml")
    return [each.get("name") for each in book.iter(f"{MAIN}sheet")]


def sheet_of(report, content, name):
    place = [block.name for block in report.recorded.blocks].index(name) + 2
    return names(content)[place - 1], f"xl/worksheets/sheet{place}.xml"


def test_every_result_has_a_sheet_with_the_numbers_of_the_record(made, report):
    language, content = made
    for block in report.recorded.blocks:
        table = rows(content, sheet_of(report, content, block.name)[0])[TOP:]
        headings = [cell for cell in table[0] if cell]
        with text.spoken(language):
            columns = {column.heading(): column for column in block.table.columns}
            assert headings[: len(columns)][0] in columns
            for row, recorded, small in zip(
                table[1:], block.table.rows, block.table.suppressed, strict=False
            ):
                for heading, column in columns.items():
                    cell = row[headings.index(heading)]
                    value = recorded[column.name]
                    if column.numeric() and small:
                        assert cell == say("format.suppressed")
                    elif column.numeric():
                        # A workbook stores sixteen digits.
                        assert cell == pytest.approx(value, rel=1e-15, abs=0)
                    elif column.unit == "date":
                        assert cell == date(2026, 8, 31)
                    else:
                        assert cell == column.cell(recorded)


def test_intervals_and_codes_have_columns_of_their_own(made, report):
    language, content = made
    table = rows(content, sheet_of(report, content, "made.table")[0])[TOP:]
    with text.spoken(language):
        low = table[0].index(say("sheet.low", heading=say("column.one")))
        code = table[0].index(say("sheet.code", heading=say("column.segment")))
    assert (table[1][low], table[1][low + 1]) == (0.4, 0.6)
    assert [row[code] for row in table[1:3]] == ["micro", "large"]


def test_no_text_is_a_formula_a_link_or_a_number(made, report):
    _, content = made
    parts = ZipFile(BytesIO(content))
    sheets = [name for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
    assert not any(b"<f>" in parts.read(name) or b"<f " in parts.read(name) for name in sheets)
    assert not any("externalLink" in name for name in parts.namelist())
    assert not any(
        b'TargetMode="External"' in parts.read(name)
        for name in parts.namelist()
        if name.endswith(".rels")
    )
    table = rows(content, sheet_of(report, content, "made.table")[0])[TOP + 1 :]
    assert [row[0] for row in table[: len(office_sample.PLANTED)]] == list(office_sample.PLANTED)


def test_what_would_be_a_formula_when_entered_again_is_marked_as_text(report):
    content = written(report)
    styles = xml(content, "xl/styles.xml")
    quoted = {
        at
        for at, each in enumerate(styles.find(f"{MAIN}cellXfs"))
        if each.get("quotePrefix") == "1"
    }
    cells = xml(content, sheet_of(report, content, "made.table")[1]).iter(f"{MAIN}c")
    by_place = {cell.get("r"): cell for cell in cells}
    marked = [
        int(by_place[f"A{TOP + 2 + at}"].get("s")) in quoted
        for at in range(len(office_sample.PLANTED))
    ]
    assert marked == [True] * 5 + [False] * 2


def test_sheets_have_valid_names_and_no_two_the_same(made):
    language, content = made
    found = names(content)
    with text.spoken(language):
        assert found[0] == say("sheet.contents")
        parts = ("facts", "definitions", "provenance")
        assert found[-3:] == [say(f"sheet.{part}") for part in parts]
    assert len({name.casefold() for name in found}) == len(found)
    assert all(0 < len(name) <= 31 and not re.search(r"[\[\]:*?/\\]", name) for name in found)


@pytest.mark.parametrize(
    ("wanted", "taken", "found"),
    [
        ("a" * 40, [], "a" * 31),
        ("a" * 40, ["A" * 31], "a" * 29 + " 2"),
        ("a/b", ["A B", "a b 2"], "a b 3"),
        ("History", [], "History 2"),
        ("'it's'", [], "it's"),
    ],
)
def test_a_name_that_excel_refuses_is_changed(wanted, taken, found):
    assert sheet_grid.name(wanted, taken) == found


def test_links_lead_to_sheets_that_are_there(made):
    _, content = made
    found = names(content)
    links = [
        link.get("location")
        for at in range(1, len(found) + 1)
        for link in xml(content, f"xl/worksheets/sheet{at}.xml").iter(f"{MAIN}hyperlink")
    ]
    assert len(links) == 2 * (len(found) - 4) + 3
    assert all(link.removesuffix("!A1").strip("'").replace("''", "'") in found for link in links)


def test_the_header_stays_in_sight_and_filters(report):
    content = written(report)
    for at in range(1, len(names(content)) + 1):
        page = xml(content, f"xl/worksheets/sheet{at}.xml")
        pane = page.find(f".//{MAIN}pane")
        assert pane.get("state") == "frozen"
        assert page.find(f"{MAIN}autoFilter") is not None


def test_charts_are_native_named_and_refer_to_the_numbers_of_the_record(made, report):
    language, content = made
    charted = [block for block in report.recorded.blocks if block.charts]
    parts = ZipFile(BytesIO(content))
    charts = sorted(name for name in parts.namelist() if name.startswith("xl/charts/chart"))
    assert len(charts) == len(charted)
    drawings = [parts.read(name).decode() for name in parts.namelist() if "drawings/draw" in name]
    assert all(re.search(r'descr="[^"]{20}', drawing) for drawing in drawings)
    for path, block in zip(charts, charted, strict=True):
        chart = block.charts[language]
        tree = ElementTree.fromstring(parts.read(path))
        refers = [each.text for each in tree.iter() if each.tag.endswith("}f")]
        name = sheet_of(report, content, block.name)[0]
        grid = rows(content, name)
        values = [_referred(grid, each) for each in refers]
        assert list(chart.categories) in values
        for series in chart.series:
            assert [value if value is not None else "" for value in series.values] in values
            assert [series.name] in values


def _referred(grid, formula):
    cells = re.findall(r"\$([A-Z]+)\$(\d+)", formula)
    column = 0
    for letter in cells[0][0]:
        column = column * 26 + ord(letter) - 64
    first, last = int(cells[0][1]), int(cells[-1][1])
    return [grid[at][column - 1] for at in range(first - 1, last)]


def test_all_facts_stand_on_one_sheet_suppressed_ones_as_such(made, report):
    language, content = made
    with text.spoken(language):
        table = rows(content, say("sheet.facts"))[sheet.FRONT + 1 :]
        found = {row[0]: row for row in table if row[0]}
        assert list(found) == list(report.recorded.facts())
        rate = found["made.ranked.rate"]
        assert rate[2] == say("fact.made.ranked.rate")
        assert rate[3:8] == [-0.123, -0.2, 0.05, 0.95, 803]
        assert rate[9] == "=up"
        assert found["made.ranked.few"][3] == say("format.suppressed")
        assert 0.777 not in found["made.ranked.few"]


def test_where_the_numbers_come_from_is_on_a_sheet(made):
    language, content = made
    with text.spoken(language):
        found = {row[0]: row[1] for row in rows(content, say("sheet.provenance"))}
        assert found[say("sheet.snapshot")] == "s-1"
        assert found[say("report.as_of")] == date(2026, 9, 30)
        assert found["first"] == "'=x'"


def test_columns_and_what_is_hidden_are_explained(made):
    language, content = made
    with text.spoken(language):
        said = [cell for row in rows(content, say("sheet.definitions")) for cell in row]
        assert say("unit.money") in said
        assert any(say("format.suppressed") in str(cell) for cell in said)
        assert {"zh": "分层随机抽样", "en": "stratified random sample"}[language] in " ".join(
            map(str, said)
        )


def test_the_same_record_makes_the_same_bytes_whenever_it_is_run(report):
    later = replace(
        office_sample.ORIGIN, run="other", time=datetime(2027, 1, 1, tzinfo=UTC), audit=None
    )
    assert written(report) == written(report, origin=later)
    core = ZipFile(BytesIO(written(report))).read("docProps/core.xml").decode()
    assert core.count("2026-09-30T00:00:00Z") == 2


def test_every_unit_has_a_name_and_a_number_format_with_the_digits_of_the_text():
    for unit in formats.UNITS:
        for language in text.LANGUAGES:
            with text.spoken(language):
                assert say(f"unit.{unit}")
                if unit in ("money", "exact", "year", "p", "pp", "bp"):
                    assert office.number_format(unit, language)
                    continue
                digits = formats.number(0.123456, unit).rstrip("%").partition(".")[2]
                shown = office.number_format(unit, language).rstrip("%").partition(".")[2]
                assert len(shown) == len(digits), unit


def test_chinese_columns_are_wide_enough(report):
    content = written(report, "zh")
    page = xml(content, sheet_of(report, content, "made.table")[1])
    width = float(page.find(f"{MAIN}cols")[2].get("width"))
    assert width >= 2 * len("2026年8月31日") - 5


def test_basis_points_stand_as_such_and_other_differences_as_fractions():
    target = BytesIO()
    with text.spoken("en"):
        book = sheet_grid.Book(workbook.opened(target, date(2026, 9, 30), {}))
        made = book.sheet("s")
        fields = [sheet_grid.Field("bp", "bp"), sheet_grid.Field("pp", "pp")]
        sheet_grid.write(book, made, 0, fields, [[-0.00116, -0.0011]])
        book.made.close()
    cells = CalamineWorkbook.from_filelike(BytesIO(target.getvalue())).get_sheet_by_index(0)
    assert cells.to_python()[1] == pytest.approx([-11.6, -0.0011])


def test_amounts_of_a_chart_are_in_one_scale():
    series = (Series("a", (3.2e8, None), "#000000"), Series("b", (45_000_000.0, 0.0), "#000000"))
    drawn = Chart("columns", ("x", "y"), series, "money", "label")
    with text.spoken("zh"):
        assert office.chart_format(drawn) == r'0\.00,,"亿元"'
    with text.spoken("en"):
        assert office.chart_format(drawn) == '"CNY "0.00,,"m"'
        assert office.chart_format(replace(drawn, unit="points")) == "0.0"
        assert office.chart_format(replace(drawn, series=())) == office.MONEY["en"]
