import re
import zipfile
from dataclasses import replace
from io import BytesIO

import docx
import pytest
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm
from PIL import Image

from tests.report import told
from workbench import text
from workbench.record import Recorded
from workbench.report import manner, memo, word


@pytest.fixture
def report(bank, tmp_path):
    return told.report(tmp_path / "record")


def rendered(report, language="zh", origin=told.ORIGIN, changed=told.CHANGED):
    return memo.render(report, origin, language, told.TITLE[language], changed)


def read(report, language="zh", **kind):
    return docx.Document(BytesIO(rendered(report, language, **kind)))


def said(document):
    return [paragraph.text for paragraph in document.paragraphs]


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_the_same_snapshot_gives_the_same_bytes_whenever_it_is_run(report, language):
    one, two = rendered(report, language), rendered(report, language, origin=told.LATER)
    assert one == two
    with zipfile.ZipFile(BytesIO(one)) as parts:
        assert {entry.date_time for entry in parts.infolist()} == {word.EPOCH}


def test_it_is_dated_as_its_data_and_signed_by_the_bank(report):
    document = read(report)
    about = document.core_properties
    assert (about.author, about.title) == ("示例<银行>", "支行满意度")
    assert about.created.isoformat().startswith("2026-09-30T00:00:00")
    assert said(document)[-2:] == ["示例<银行>", "2026年9月30日"]


@pytest.mark.parametrize("name", ["短行", "一家名字很长的农村商业银行"])
def test_the_date_begins_two_characters_after_the_name(report, name):
    origin = replace(told.ORIGIN, bank={"zh": name, "en": name})
    begins = []
    for line in read(report, origin=origin).paragraphs[-2:]:
        indent = line._p.pPr.find(qn("w:ind"))
        inside = int(indent.get(qn("w:rightChars"))) / 100
        assert line.alignment == WD_ALIGN_PARAGRAPH.RIGHT
        begins.append(-(inside + memo.columns.ems(line.text)))
    assert begins[0] - begins[1] == pytest.approx(-2, abs=0.011)


def test_an_official_document_has_the_page_and_the_typefaces_of_the_standard(report):
    document = read(report)
    page = document.sections[0]
    measured = (page.top_margin, page.bottom_margin, page.left_margin, page.right_margin)
    assert [round(each / Mm(1)) for each in measured] == [37, 35, 28, 26]
    assert (round(page.page_width / Mm(1)), round(page.page_height / Mm(1))) == (210, 297)
    faces = {
        "Title": ("方正小标宋简体", 22),
        "Body Text": ("仿宋", 16),
        "Heading 1": ("黑体", 16),
        "Heading 2": ("楷体", 16),
    }
    for name, (east, size) in faces.items():
        style = document.styles[name]
        fonts = style.element.rPr.find(qn("w:rFonts"))
        assert fonts.get(qn("w:eastAsia")) == east
        assert fonts.get(qn("w:eastAsiaTheme")) is None
        assert style.font.size.pt == size
    body = document.styles["Body Text"]
    assert body.element.pPr.find(qn("w:ind")).get(qn("w:firstLineChars")) == "200"
    assert body.paragraph_format.line_spacing.pt == pytest.approx(28.95, abs=0.05)


def test_page_numbers_stand_at_the_outer_edge_between_dashes(report):
    document = read(report)
    assert document.settings.odd_and_even_pages_header_footer
    section = document.sections[0]
    odd, even = (each.paragraphs[0] for each in (section.footer, section.even_page_footer))
    assert (odd.alignment, even.alignment) == (WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.LEFT)
    for line in (odd, even):
        assert line._p.find(qn("w:fldSimple")).get(qn("w:instr")) == "PAGE"
        assert "".join(node.text for node in line._p.iter(qn("w:t"))) == "— 1 —"


def test_headings_are_real_and_numbered_as_in_official_documents(report):
    headings = [
        (paragraph.style.name, paragraph.text)
        for paragraph in read(report).paragraphs
        if paragraph.style.name.startswith("Heading")
    ]
    assert headings == [
        ("Heading 1", "一、报告事项"),
        ("Heading 1", "二、主要发现"),
        ("Heading 2", "（一）各支行净推荐值"),
        ("Heading 1", "三、关键数字"),
        ("Heading 1", "四、图示"),
        ("Heading 1", "五、结论与建议"),
        ("Heading 1", "六、数据与方法"),
    ]


def test_it_is_addressed_to_its_readers_and_begins_with_its_title(report):
    lines = said(read(report))
    assert lines[0] == "关于《支行满意度》的报告"
    assert "各部门：" in lines
    assert "根据截至2026年9月30日的数据，现将有关情况报告如下。" in lines
    nobody = replace(report, audience={})
    assert "各部门：" not in said(read(nobody))


def test_an_english_memo_says_to_whom_from_whom_when_and_about_what(report):
    lines = said(read(report, "en"))
    assert lines[:5] == [
        "Memorandum",
        "To\tAll departments",
        "From\tSample <Bank>",
        "Date\t30 September 2026",
        "Subject\tSatisfaction by branch (Monthly <report>)",
    ]
    assert "2.1  Net promoter score by branch" in lines
    footer = read(report, "en").sections[0].footer.paragraphs[0]._p
    assert [each.get(qn("w:instr")) for each in footer.iter(qn("w:fldSimple"))] == [
        "PAGE",
        "NUMPAGES",
    ]


def test_words_of_the_record_stand_as_they_are_with_facts_in_bold(report):
    document = read(report, "en")
    (finding,) = [each for each in document.paragraphs if each.text.startswith("The net promoter")]
    assert told.MARKUP in finding.text
    assert [run.text for run in finding.runs if run.bold] == ["25.0", "95%", "19.8 to 30.2", "+2.4"]
    assert finding.text.endswith(" Net promoter score: +2.4 <points>.")


def test_other_findings_are_numbered_points(report):
    first = report.recorded.blocks[0]
    more = Recorded((first, replace(first, name="sample-2")))
    lines = said(read(replace(report, recorded=more, headlines=("sample",))))
    assert "三、其他情况" in lines
    assert sum(line.startswith("1. 第二个结果。净推荐值为 25.0") for line in lines) == 1


def test_lists_of_the_narrative_are_numbered_and_their_marks_are_gone(report):
    lines = said(read(report))
    assert "1. 先看区间，再看排名。" in lines
    assert "2. 样本少的支行不作比较。" in lines
    assert "问卷按分层随机抽样发出。" in lines


def test_numbers_are_a_table_with_a_header_row(report):
    (table,) = read(report, "en").tables
    assert [cell.text for cell in table.rows[0].cells] == ["Measure", "Value", "Interval", "Change"]
    row = [cell.text for cell in table.rows[1].cells]
    assert row == ["Net promoter score", "25.0", "19.8 to 30.2", "+2.4 <points>"]
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert table._tbl.tblPr.find(qn("w:tblDescription")).get(qn("w:val")) == "Key numbers"
    assert table.rows[1].cells[1].paragraphs[0].alignment == WD_ALIGN_PARAGRAPH.RIGHT


def test_columns_of_which_nothing_is_known_are_left_out(report):
    (table,) = read(report, "en", changed={}).tables
    assert [cell.text for cell in table.rows[0].cells] == ["Measure", "Value", "Interval"]


def test_a_figure_is_a_crisp_picture_that_is_described(report):
    document = read(report)
    (shape,) = document.inline_shapes
    described = shape._inline.docPr.get("descr")
    assert described.startswith("图：各支行净推荐值。净推荐值为 25.0")
    (part,) = [each for each in document.part.package.iter_parts() if "media" in each.partname]
    picture = Image.open(BytesIO(part.blob))
    assert picture.width / (shape.width / Mm(25.4)) > 200
    assert round(shape.width / Mm(1)) == 150


def test_nothing_suppressed_no_run_and_no_time_is_in_any_part(report):
    for language in text.LANGUAGES:
        with zipfile.ZipFile(BytesIO(rendered(report, language))) as parts:
            held = b"".join(parts.read(name) for name in parts.namelist() if "media" not in name)
        for secret in (b"66.7", told.ORIGIN.run.encode(), b"2026-10-01", b"08:15"):
            assert secret not in held
        assert told.ORIGIN.snapshot.encode() in held


def test_typefaces_that_may_be_missing_have_others_in_their_place(report):
    with zipfile.ZipFile(BytesIO(rendered(report))) as parts:
        fonts = parts.read(word.FONTS).decode()
    named = dict(re.findall(r'w:name="([^"]+)"><w:altName w:val="([^"]+)"', fonts))
    assert "华文中宋" in named["方正小标宋简体"]
    assert set(named) == {"方正小标宋简体", "仿宋", "楷体", "黑体", "宋体"}


def test_a_real_bank_has_no_demo_mark(report):
    assert any("演示" in line for line in said(read(report)))
    real = replace(told.ORIGIN, demo=False)
    assert not any("演示" in line for line in said(read(report, origin=real)))


@pytest.mark.parametrize(
    ("number", "written"), [(1, "一"), (10, "十"), (12, "十二"), (20, "二十"), (43, "四十三")]
)
def test_chinese_numbers(number, written):
    assert manner.chinese(number) == written


def test_control_characters_do_not_break_the_file(report):
    odd = replace(told.ORIGIN, bank={"zh": "示\x07例\x00银行", "en": "x"})
    document = read(report, origin=odd)
    assert said(document)[-2] == "示例银行"
    assert document.core_properties.author == "示例银行"


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_a_report_that_shows_nothing_is_still_a_memo(language):
    assert not read(told.empty(), language).tables
