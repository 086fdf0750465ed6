"""What is read back is what typst sets: its own account of the document, and the file itself."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from itertools import pairwise

import pytest
import typst

from tests.report import told
from workbench import record, text
from workbench.report import pdf, story


@pytest.fixture
def report(bank, tmp_path):
    return told.report(tmp_path / "record")


def rendered(report, language="en", origin=told.ORIGIN, changed=told.CHANGED):
    return pdf.render(report, origin, language, told.TITLE[language], changed)


def handed(report, language="en", origin=told.ORIGIN):
    """Return what typst is handed for a report: nothing else can be in the document."""
    kept = {}

    def compiled(source, **settings):
        kept.update(settings, input=source)
        return b""

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typst, "compile", compiled)
        rendered(report, language, origin)
    return kept


def elements(report, kind, language="en"):
    """Return the elements of one kind that typst sees in a report."""
    kept = handed(report, language)
    asked = {name: kept[name] for name in ("input", "sys_inputs", "font_paths")}
    return json.loads(typst.query(selector=kind, ignore_system_fonts=True, **asked))


def content(report, origin=told.ORIGIN):
    """Return the words typst is handed, the drawing apart."""
    held = json.loads(handed(report, origin=origin)["sys_inputs"]["report"])
    for shown in (each for part in held["sections"] for each in part["results"]):
        shown["drawing"] = ""
    return json.dumps(held, ensure_ascii=False)


def words(element):
    """Return the text inside an element, as it is set."""
    if isinstance(element, list):
        return "".join(map(words, element))
    if not isinstance(element, dict):
        return ""
    if element.get("func") == "space":
        return " "
    held = [element[name] for name in ("text", "body", "children", "child") if name in element]
    return "".join(each if isinstance(each, str) else words(each) for each in held)


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_the_same_snapshot_gives_the_same_bytes_whenever_it_is_run(report, language):
    one, two = rendered(report, language), rendered(report, language, told.LATER)
    assert one == two
    other = replace(told.ORIGIN, snapshot="0008-00000000")
    assert rendered(report, language, other) != one


def test_it_is_an_archival_and_accessible_pdf_dated_as_its_data(report):
    made = rendered(report)
    assert made.startswith(b"%PDF-1.7")
    described = made.decode("latin-1")
    for standard in ("pdfaid:part>2<", "pdfaid:conformance>A<", "<pdfuaid:part>1<"):
        assert standard in described
    assert "/StructTreeRoot" in described
    assert set(re.findall(r"Date\s*\(D:(\d{8})|Date>([\d-]{10})", described)) == {
        ("20260930", ""),
        ("", "2026-09-30"),
    }
    assert set(re.findall(r"/BaseFont\s*/[A-Z]{6}\+(\w+)", described)) == {"NotoSansCJKsc"}


def test_words_are_set_as_they_are_and_never_obeyed(report):
    table, parameters = elements(report, "table")
    assert told.MARKUP in words(table)
    assert repr(told.MARKUP) in words(parameters)
    narrative = r"\#panic() \$x\$ \<here\> \@ref"
    told_so = replace(
        report,
        told=story.Story(
            (
                *report.told.elements,
                story.Element("narrative", "more", {"en": narrative, "zh": narrative}),
            )
        ),
    )
    assert "#panic() $x$ <here> @ref" in [words(each) for each in elements(told_so, "par")]


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_headings_go_down_one_level_at_a_time_in_the_order_of_the_story(report, language):
    headings = [each for each in elements(report, "heading", language) if each["outlined"]]
    levels = [each["level"] for each in headings]
    assert levels[0] == 1
    assert all(below - above <= 1 for above, below in pairwise(levels))
    said = {
        "zh": [
            *("主要发现", "支行之间的差异", "各支行净推荐值", "结论与建议"),
            *("数据与方法", "读取数据", "来源"),
        ],
        "en": [
            *("Key findings", "How branches differ", "Net promoter score by branch"),
            *("What to take away", "Data and methods", "Data", "Provenance"),
        ],
    }
    assert [words(each["body"]) for each in headings] == said[language]


def test_a_drawing_is_put_in_as_a_drawing_and_described(report):
    (image,) = elements(report, "image")
    assert image["format"] == "svg"
    assert image["alt"].startswith("Figure: Net promoter score by branch. The net promoter score")


def test_tables_have_a_header_on_every_page_and_numbers_to_the_right(report):
    table = elements(report, "table")[0]
    header = table["children"][0]
    assert header["func"] == "header"
    assert header.get("repeat", True), "repeated unless said otherwise"
    assert [words(cell) for cell in header["children"]][:2] == ["Branch", "Answers"]
    assert table["align"] == ["left + top", "right + top", "right + top"]


def test_what_was_suppressed_is_said_and_nothing_of_it_is_in_the_document(report):
    said = words(elements(report, "table")[0])
    assert said.count("too few") == 4
    assert "66.7" not in content(report)
    assert "fewer than 5 people" in content(report)


def test_a_long_table_goes_to_the_end_and_is_pointed_to(bank, tmp_path):
    long = told.report(tmp_path / "record", rows=9)
    headings = [words(each["body"]) for each in elements(long, "heading")]
    assert headings.index("Further tables") == len(headings) - 2
    assert len(elements(long, "table")) == 2
    assert "The whole table (27 rows)" in json.dumps(elements(long, "link"))


def test_a_table_folded_on_the_page_stands_at_the_end_however_short(bank, tmp_path):
    short = told.report(tmp_path / "record")
    folded = replace(
        short,
        recorded=record.Recorded(
            tuple(replace(block, folded=True) for block in short.recorded.blocks)
        ),
    )
    assert "Further tables" not in [words(each["body"]) for each in elements(short, "heading")]
    headings = [words(each["body"]) for each in elements(folded, "heading")]
    assert headings.index("Further tables") == len(headings) - 2
    assert len(elements(folded, "table")) == len(elements(short, "table"))


def test_what_changed_is_told_with_its_finding(report):
    said = content(report)
    assert said.count("Net promoter score: +2.4 <points>") == 2
    assert "nothing to do with it" not in said


def test_a_real_bank_has_no_demo_mark(report):
    assert "Demo" in content(report)
    assert "Demo" not in content(report, replace(told.ORIGIN, demo=False))


def test_run_and_time_are_not_in_the_document(report):
    said = content(report)
    assert told.ORIGIN.snapshot in said
    assert told.ORIGIN.run not in said
    assert "08:15" not in said
    assert "2026-10-01" not in said


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext is not installed")
@pytest.mark.parametrize(
    ("language", "page"), [("zh", "第2页共4页"), ("en", "Page2of4")], ids=["zh", "en"]
)
def test_a_reader_of_the_file_finds_its_words(report, tmp_path, language, page):
    path = tmp_path / "report.pdf"
    path.write_bytes(rendered(report, language))
    command = ["pdftotext", "-layout", path, "-"]
    read = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert page in "".join(read.split())
    assert told.MARKUP in read
    assert told.ORIGIN.bank[language] in read
    assert {"zh": "（NPS）：+2.4", "en": "score:+2.4"}[language] in "".join(read.split())


def test_a_chosen_font_is_used(report, monkeypatch, tmp_path):
    from workbench.style import fonts

    chosen = tmp_path / "fonts" / "Chosen.otf"
    chosen.parent.mkdir()
    chosen.write_bytes(fonts.files()[0].read_bytes())
    monkeypatch.setenv("WORKBENCH_FONT", str(chosen))
    made = rendered(report).decode("latin-1")
    assert "NotoSansCJKsc-Regular" in made
    assert "NotoSansCJKsc-Bold" not in made


def test_a_character_the_font_lacks_is_marked_and_the_mark_explained(report, tmp_path):
    rare = replace(told.ORIGIN, bank={"zh": "𠮷\ue123银行", "en": "\ue123 Bank 😀"})
    made = rendered(report, "en", rare)
    assert made.startswith(b"%PDF")
    assert made == rendered(report, "en", rare)
    shown = pdf._displayed({"bank": "a\ue123b𠮷", "rows": [("😀", True)], "drawing": "😀"})
    assert shown == {"bank": "a〓b𠮷", "rows": [["〓", True]], "drawing": "😀"}


def test_another_complaint_of_typst_is_not_hidden(report, monkeypatch):
    def compiled(*_, **__):
        raise typst.TypstError("file not found")

    monkeypatch.setattr(typst, "compile", compiled)
    with pytest.raises(typst.TypstError, match="file not found"):
        rendered(report)


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_a_report_that_shows_nothing_is_still_a_document(language):
    assert rendered(told.empty(), language).startswith(b"%PDF")
