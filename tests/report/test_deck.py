import re
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from itertools import combinations
from zipfile import ZipFile

import pytest
from pptx import Presentation
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.oxml.ns import qn
from pptx.util import Inches, Pt
from python_calamine import CalamineWorkbook

from tests.report import office_sample, sample
from workbench import record, style, text
from workbench.errors import ParameterError
from workbench.report import changes, deck, deck_layout, deck_table, fit
from workbench.result import Column, Fact, Finding, Word
from workbench.style import MUTED, PALETTE
from workbench.text import formats

TITLE = {"zh": "贷款客户月报", "en": "Loan customers, monthly report"}
CHANGED = {
    "sample.nps": {"zh": "较上期上升 2.4 分", "en": "up 2.4 points since the last wave"},
    "made.ranked.rate": {"zh": "较上月下降", "en": "down since last month"},
}


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        entries = {**text.catalogue(), **office_sample.ENTRIES}
        patch.setattr(text, "catalogue", lambda: entries)
        yield office_sample.report(tmp_path_factory.mktemp("record"))


def written(report, language="en", origin=office_sample.ORIGIN, **options):
    changed = {name: said[language] for name, said in CHANGED.items()}
    return deck.render(report, origin, language, TITLE[language], changed, **options)


@pytest.fixture(scope="module", params=text.LANGUAGES)
def made(report, request):
    content = written(replace(report, audience=READERS), request.param)
    return request.param, Presentation(BytesIO(content))


READERS = dict.fromkeys(text.LANGUAGES, "head of credit")


def slide_of(presentation, result):
    return next(
        slide
        for slide in presentation.slides
        if any(shape.name == "source" and result in shape.text_frame.text for shape in slide.shapes)
    )


def named(slide, name):
    return next(shape for shape in slide.shapes if shape.name == name)


def words(slide):
    return [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]


def test_a_deck_is_cover_changes_findings_one_slide_a_result_and_takeaways(made, report):
    language, presentation = made
    with text.spoken(language):
        titles = [slide.shapes.title.text_frame.text for slide in presentation.slides]
        assert titles[0] == report.title(language)
        assert titles[1:3] == [text.say("deck.changed"), text.say("report.findings")]
        assert titles[-1] == {"zh": "结论与建议", "en": "What to take away"}[language]
        assert len(titles) == 4 + len(report.recorded.blocks)
        assert len(set(titles)) == len(titles)


def test_the_cover_says_bank_day_audience_and_that_the_data_are_invented(made):
    language, presentation = made
    said = "\n".join(words(presentation.slides[0]))
    with text.spoken(language):
        day = formats.day(office_sample.ORIGIN.as_of)
        for part in (office_sample.ORIGIN.bank[language], day, "head of credit", TITLE[language]):
            assert part in said
        assert text.say("report.demo") in said


def test_the_title_of_a_result_is_its_finding_and_the_rest_follows(made):
    language, presentation = made
    slide = slide_of(presentation, "made.ranked")
    assert (
        slide.shapes.title.text_frame.text
        == {
            "zh": "占比为 −12.3%（−20.0%～5.0%）",
            "en": "The share is −12.3% (−20.0% to 5.0%)",
        }[language]
    )
    assert {"zh": "余额 1.23亿元", "en": "The debt is CNY 123.46m"}[language] in named(
        slide, "finding"
    ).text_frame.text


def test_charts_are_native_and_hold_the_numbers_of_the_record(made, report):
    language, presentation = made
    for block in (each for each in report.recorded.blocks if each.charts):
        chart = block.charts[language]
        drawn = named(slide_of(presentation, block.name), "figure").chart
        plot = drawn.plots[0]
        assert [str(name) for name in plot.categories] == list(chart.categories)
        assert [list(series.values) for series in plot.series] == [
            list(series.values) for series in chart.series
        ]
        book = CalamineWorkbook.from_filelike(BytesIO(drawn.part.chart_workbook.xlsx_part.blob))
        rows = book.get_sheet_by_index(0).to_python()
        assert [row[0] for row in rows[1:]] == list(chart.categories)
        assert [row[1] or None for row in rows[1:]] == list(chart.series[0].values)


def test_a_reference_is_a_line_of_its_own_over_the_columns(made):
    _, presentation = made
    drawn = named(slide_of(presentation, "made.columns"), "figure").chart
    assert len(drawn.plots) == 2
    assert set(drawn.plots[1].series[0].values) == {0.3}


def test_the_workbook_in_a_chart_has_no_formula(made):
    _, presentation = made
    for slide in presentation.slides:
        for shape in (each for each in slide.shapes if each.has_chart):
            parts = ZipFile(BytesIO(shape.chart.part.chart_workbook.xlsx_part.blob))
            assert "<f>" not in parts.read("xl/worksheets/sheet1.xml").decode()


def test_a_figure_that_is_no_chart_is_a_crisp_picture(made):
    _, presentation = made
    picture = named(slide_of(presentation, "· sample"), "figure")
    wide = picture.image.size[0] / (picture.width / Inches(1))
    assert wide > 140
    assert picture.image.content_type == "image/png"


def test_figures_and_tables_say_what_they_show(made, report):
    _, presentation = made
    for block in report.recorded.blocks:
        slide = slide_of(presentation, f"· {block.name}")
        shape = named(slide, "figure" if block.figures else "table")
        described = shape._element.xpath(".//p:cNvPr")[0]
        assert described.get("title")
        assert len(described.get("descr")) > 20


def test_a_table_is_native_with_a_header_and_the_rest_is_counted(report, tmp_path, monkeypatch):
    long = office_sample.report(tmp_path, office_sample.made("made.table", rows=30))
    presentation = Presentation(BytesIO(written(long)))
    slide = slide_of(presentation, "made.table")
    table = named(slide, "table").table
    assert table.first_row
    shown = len(table.rows) - 1
    assert shown <= 12
    assert f"in the workbook: {30 - shown}." in named(slide, "rest").text_frame.text
    assert table.cell(1, 0).text == "=cmd()"
    assert table.cell(1, 1).text == "Micro firms"


@pytest.mark.parametrize(("rows", "shown"), [(12, 12), (16, 16), (17, 12)])
def test_a_table_of_few_rows_is_whole_and_a_longer_one_has_twelve(rows, shown):
    words = tuple(("Complaints closed in time", "87.5%") for _ in range(rows))
    table = record.Written(("Figure", "Now"), words, (False, True), (False,) * rows)
    area = deck_layout.Area(0, 0, 11_000_000, 3_500_000)
    found = deck_table.fitted(table, area)
    assert (found.rows, found.left_rows) == (shown, rows - shown)
    assert (found.header + found.rows * found.row) * 12700 <= area.height


def test_long_cells_take_three_lines_where_two_would_cut_them():
    said = "Non-performing balance, since the year began: CNY 21.88m; became: CNY 124.37m; gone: 9"
    words = tuple((said, said, "30 October 2026") for _ in range(8))
    table = record.Written(("Asked", "Facts", "Due"), words, (False,) * 3, (False,) * 8)
    area = deck_layout.Area(0, 0, 8_000_000, 5_000_000)
    found = deck_table.fitted(table, area)
    assert (found.rows, found.left_rows, found.lines) == (8, 0, 3)
    assert (found.header + found.rows * found.row) * 12700 <= area.height


def test_suppressed_cells_and_numbers_stay_suppressed(report):
    content = written(report)
    presentation = Presentation(BytesIO(content))
    table = named(slide_of(presentation, "made.table"), "table").table
    last = [cell.text for cell in table.rows[len(table.rows) - 1].cells]
    assert last[3:] == ["too few"] * 3
    card = named(slide_of(presentation, "made.ranked"), "made.ranked.few")
    assert "too few" in card.text_frame.text
    parts = ZipFile(BytesIO(content))
    said = "".join(parts.read(name).decode() for name in parts.namelist() if "xml" in name)
    assert not any(number in said for number in ("77.7", "0.777", "CNY 8.64m"))
    assert "CNY 7.41m" in said


def test_three_numbers_stand_beside_a_finding_with_interval_and_change(made):
    language, presentation = made
    card = named(slide_of(presentation, "made.ranked"), "made.ranked.rate").text_frame
    said = [paragraph.text for paragraph in card.paragraphs]
    with text.spoken(language):
        assert said[:2] == [text.say("fact.made.ranked.rate"), "−12.3%"]
    assert said[2].startswith("95%")
    assert said[3] == CHANGED["made.ranked.rate"][language]


def test_every_slide_but_the_cover_says_where_its_numbers_come_from(made):
    language, presentation = made
    with text.spoken(language):
        day = formats.day(office_sample.ORIGIN.as_of)
    for slide in list(presentation.slides)[1:]:
        said = named(slide, "source").text_frame.text
        assert all(part in said for part in ("s-1", day, office_sample.ORIGIN.bank[language]))
        kinds = [shape.placeholder_format.type for shape in slide.placeholders]
        assert PP_PLACEHOLDER.SLIDE_NUMBER in kinds


def test_notes_hold_the_finding_all_numbers_what_n_is_and_the_method(made):
    language, presentation = made
    notes = slide_of(presentation, "· sample").notes_slide.notes_text_frame.text
    assert {"zh": "把握", "en": "interval"}[language] in notes or language == "zh"
    assert "n = 803" in notes
    assert {"zh": "点为估计值", "en": "Dots are estimates"}[language] in notes
    with text.spoken(language):
        assert text.say("deck.notes.interval", confidence="95%") in notes


def test_every_run_has_a_latin_and_an_east_asian_typeface(made):
    _, presentation = made
    for slide in presentation.slides:
        elements = [slide._element, slide.notes_slide._element]
        elements += [shape.chart._chartSpace for shape in slide.shapes if shape.has_chart]
        for element in elements:
            for run in element.iter(qn("a:r"), qn("a:fld")):
                properties = run.find(qn("a:rPr"))
                for tag in ("a:latin", "a:ea"):
                    assert properties.find(qn(tag)).get("typeface")


def test_no_shape_leaves_its_slide_and_none_covers_another(made):
    _, presentation = made
    for slide in presentation.slides:
        boxes = [
            (shape.left, shape.top, shape.left + shape.width, shape.top + shape.height, shape.name)
            for shape in slide.shapes
            if shape is not slide.shapes.title and shape.name != "source"
        ]
        for left, top, right, bottom, name in boxes:
            assert left >= 0, name
            assert top >= 0, name
            assert right <= presentation.slide_width, name
            assert bottom <= presentation.slide_height, name
        for one, two in combinations(boxes, 2):
            apart = one[2] <= two[0] or two[2] <= one[0] or one[3] <= two[1] or two[3] <= one[1]
            assert apart, (one[4], two[4])


def numbers_in(said):
    return set(re.findall(r"\d[\d,.]*\d|\d", said.replace("\u2212", "-")))


def test_no_number_stands_on_a_slide_that_is_not_a_fact_a_change_or_a_date(made, report):
    language, presentation = made
    with text.spoken(language):
        facts = [
            format(fact, part)
            for fact in report.recorded.facts().values()
            for part in ("", "low", "high", "n", "signed", "confidence")
            if part not in ("low", "high") or fact.low is not None
        ]
        day = formats.day(office_sample.ORIGIN.as_of)
    allowed = numbers_in(" ".join([*facts, day, "s-1"]))
    allowed |= {number for said in CHANGED.values() for number in numbers_in(said[language])}
    for at, slide in enumerate(presentation.slides, start=1):
        said = " ".join(
            shape.text_frame.text
            for shape in slide.shapes
            if shape.has_text_frame and shape.name != "rest"
        )
        assert numbers_in(said) <= {*allowed, str(at)}, said


def test_the_same_record_makes_the_same_bytes_whenever_it_is_run(report):
    later = replace(
        office_sample.ORIGIN, run="other", time=datetime(2027, 1, 1, tzinfo=UTC), audit=None
    )
    assert written(report) == written(report, origin=later)
    properties = Presentation(BytesIO(written(report))).core_properties
    assert properties.created == properties.modified == datetime(2026, 9, 30)


def bank_template(path, *, without=()):
    """Write a 4:3 template whose layouts and placeholders have other names and numbers."""
    presentation = Presentation()
    for at, layout in enumerate(list(presentation.slide_layouts)):
        if layout.name in without:
            presentation.slide_layouts.remove(layout)
            continue
        layout.name = f"行内版式{at}"
        for number, shape in enumerate(layout.placeholders):
            shape.name = f"占位符{number}"
            if shape.element.ph.get("type") not in ("title", "ctrTitle"):
                shape.element.ph.set("idx", str(40 + number))
    presentation.slides.add_slide(presentation.slide_layouts[0])
    presentation.save(path)
    return path


def test_a_bank_s_own_template_is_used_by_what_its_placeholders_are_for(report, tmp_path):
    template = bank_template(tmp_path / "bank.pptx")
    presentation = Presentation(BytesIO(written(report, "zh", template=template)))
    assert presentation.slide_width == Inches(10)
    assert len(presentation.slides) == 4 + len(report.recorded.blocks)
    assert {slide.slide_layout.name[:4] for slide in presentation.slides} == {"行内版式"}
    run = slide_of(presentation, "made.ranked").shapes.title.text_frame.paragraphs[0].runs[0]
    assert run._r.find(qn("a:rPr")).find(qn("a:ea")).get("typeface") == "Microsoft YaHei"


def test_a_footer_too_narrow_for_the_source_is_moved_until_it_fits(report, tmp_path):
    template = bank_template(tmp_path / "bank.pptx")
    presentation = Presentation(BytesIO(written(report, "en", template=template)))
    for slide in list(presentation.slides)[1:]:
        source = named(slide, "source")
        size = source.text_frame.paragraphs[0].runs[0].font.size.pt
        assert fit.width(source.text_frame.text, size) <= source.width / Pt(1)


def test_a_template_without_a_layout_is_refused_by_what_is_missing(report, tmp_path):
    template = bank_template(tmp_path / "bank.pptx", without=("Title Only", "Title Slide"))
    with pytest.raises(ParameterError, match=r"bank\.pptx .*a subtitle; and none with a title and"):
        written(report, template=template)


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06" + bytes(18), b"<html>"])
def test_what_is_no_presentation_is_refused(report, tmp_path, content):
    (tmp_path / "bank.pptx").write_bytes(content)
    with pytest.raises(ParameterError, match=r"bank\.pptx is not a PowerPoint"):
        written(report, template=tmp_path / "bank.pptx")
    with pytest.raises(ParameterError, match="cannot be read"):
        written(report, template=tmp_path / "absent.pptx")


def test_a_finding_that_is_too_long_for_a_title_is_cut_and_stands_below_in_full(report):
    block = report.recorded.blocks[0]
    said = "The score of " + "a very long name of a branch, " * 20 + "is low"
    entries = {**text.catalogue(), "sample.finding": {"zh": said, "en": said}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "catalogue", lambda: entries)
        one = replace(report, recorded=record.Recorded((block,)))
        slide = slide_of(Presentation(BytesIO(written(one))), "· sample")
    assert slide.shapes.title.text_frame.text.endswith("…")
    assert named(slide, "finding").text_frame.text.startswith("The score of a very long name")
    assert said in slide.notes_slide.notes_text_frame.text


def test_two_results_with_the_same_headline_have_different_titles(report):
    block = next(each for each in report.recorded.blocks if each.name == "made.lines")
    other = next(each for each in report.recorded.blocks if each.name == "made.table")
    same = replace(report, recorded=record.Recorded((block, other)))
    for said in ("All of one kind.", "All of one kind: " + "and all of them alike, " * 20 + "so."):
        entries = {**text.catalogue(), "made.finding": {"zh": said, "en": said}}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(text, "catalogue", lambda found=entries: found)
            slides = Presentation(BytesIO(written(same))).slides
        titles = [slide.shapes.title.text_frame.text for slide in slides]
        assert "All of one kind" in titles
        assert len(set(titles)) == len(titles)


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    light = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]


def contrast(one, two):
    high, low = sorted((luminance(one), luminance(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_text_can_be_read_on_what_it_stands_on(report):
    parts = ZipFile(BytesIO(written(report)))
    theme = parts.read("ppt/theme/theme1.xml").decode()
    found = dict(re.findall(r'<a:(\w+)><a:srgbClr val="(\w{6})"/></a:\1>', theme))
    pairs = [("dk1", "lt1"), ("dk2", "lt1"), ("dk1", "lt2"), ("dk2", "lt2"), ("accent1", "lt2")]
    pairs.append(("lt1", "accent1"))
    assert all(contrast(found[one], found[two]) >= 4.5 for one, two in pairs)
    for colour in (*PALETTE, MUTED):
        ink = found["dk1"] if style.on(colour) == style.INK else found["lt1"]
        assert contrast(ink, colour.lstrip("#")) >= 4.5, colour


def test_short_forms_quote_what_their_findings_quote():
    entries = text.catalogue()
    # A column or a fact may itself be called so.
    called = ("column.", "fact.")
    short = [each for each in entries if each.endswith(".short") and not each.startswith(called)]
    assert short
    for key in short:
        whole = entries[key.removesuffix(".short")]
        for language in text.LANGUAGES:
            quoted = {
                name.partition(":")[0] for name in re.findall(r"{([^}]+)}", entries[key][language])
            }
            assert quoted <= {
                name.partition(":")[0] for name in re.findall(r"{([^}]+)}", whole[language])
            }, key


def test_a_deck_without_changes_has_no_slide_of_them(report):
    with text.spoken("en"):
        content = deck.render(report, office_sample.ORIGIN, "en", TITLE["en"], {})
        titles = [
            slide.shapes.title.text_frame.text for slide in Presentation(BytesIO(content)).slides
        ]
        assert text.say("deck.changed") not in titles


def test_the_sample_s_evil_name_is_text_everywhere(tmp_path, report):
    evil = office_sample.report(tmp_path, sample.branches(first=sample.EVIL))
    presentation = Presentation(BytesIO(written(evil)))
    assert sample.EVIL in " ".join(words(slide_of(presentation, "· sample")))


@pytest.mark.parametrize("rows", [(), ({"fact_label": {"zh": "占比", "en": "Share"}},)])
def test_what_moved_has_a_slide_where_something_did_and_is_a_heading_where_nothing_did(
    report, rows
):
    columns = (Column("fact_label", "said"),)
    table = record.Table(columns, None, rows, (False,) * len(rows))
    facts = {"compared": Fact(3, "count"), "beyond": Fact(len(rows), "count")}
    kind = "beyond" if rows else "none"
    names = {"names": Word("rate")} if rows else {}
    found = Finding(f"changes.facts.{kind}", ("compared", "beyond"), names)
    block = record.Block(changes.MOVED, None, found, facts, table, {}, about="ledger")
    moved = changes.Changes(moved={report.name: block}).opened(report)
    titles = [
        slide.shapes.title.text_frame.text for slide in Presentation(BytesIO(written(moved))).slides
    ]
    with text.spoken("en"):
        headed = text.say(found.key, **facts, names="rate").removesuffix(".")
        assert titles[1] == (text.say("deck.changed") if rows else headed)
    assert titles.count(headed) == 1
