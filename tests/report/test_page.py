import re
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser

import pytest

from tests.report import sample
from workbench import display, record, text
from workbench.privacy.suppress import suppress
from workbench.report import gates, page, story
from workbench.report.provenance import Code, Provenance

ORIGIN = Provenance(
    run="20261001T080000Z-abc123",
    time=datetime(2026, 10, 1, 8, tzinfo=UTC),
    pack="sample",
    bank={"zh": "示例<银行>", "en": "Sample <Bank>"},
    demo=True,
    snapshot="s-1",
    as_of=date(2026, 9, 30),
    languages=("zh", "en"),
    code=Code("0.1.0", "0123456789abcdef", True, "f" * 64),
    audit="5a" * 32,
)
VOID = {"meta", "br", "img", "hr", "path", "use", "rect"}


@pytest.fixture
def report(bank, tmp_path):
    safe = suppress(sample.branches(first=sample.EVIL))
    figures = {language: display.drawing(safe.result, language) for language in text.LANGUAGES}
    folder = tmp_path / "record"
    record.add(folder, safe.result, figures, hidden_rows=safe.rows, execution_count=4)
    recorded = record.read(folder)
    cells = []
    for name, source in sample.CELLS.items():
        language = name.rpartition("-")[2]
        kind = "markdown" if language in text.LANGUAGES else "code"
        tags = {"tags": [language]}
        cells.append({"id": name, "cell_type": kind, "source": source, "metadata": tags})
        if name == "analyse":
            cells[-1]["execution_count"] = 4
    code = (("analyse", "show('</pre><b>')"),)
    parameters = (("first", repr(sample.EVIL), "branch"),)
    return page.Report("sample", story.told(cells, recorded), recorded, parameters, code)


def rendered(report, language="en", origin=ORIGIN):
    return page.render(report, origin, language, "Monthly <report>")


def words(html):
    body = re.sub(r"(?s)<(style|svg)\b.*?</\1>", " ", html)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def test_nothing_in_data_parameters_or_code_becomes_html(report):
    for language in text.LANGUAGES:
        html = rendered(report, language)
        assert "<script" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
        assert "</pre><b>" not in html
        assert "Monthly &lt;report&gt;" in html
        assert {"zh": "示例&lt;银行&gt;", "en": "Sample &lt;Bank&gt;"}[language] in html
        assert sample.FORMULA in html
        assert list(gates.page(html)) == []


def test_markdown_cannot_smuggle_html_in(report):
    told = story.Story(
        (story.Element("narrative", "purpose", {"en": "<img src=x onerror=alert(1)> **b**"}),)
    )
    html = rendered(replace(report, told=told))
    assert "<img" not in html
    assert "<strong>b</strong>" in html


def test_findings_come_first_then_the_story_then_methods_and_provenance(report):
    said = words(rendered(report))
    marks = [
        "Satisfaction by branch",
        "Reads the answers of one wave.",
        "Key findings",
        "Dots are estimates",
        "What to take away",
        "stratified random sample",
        "Provenance",
        "Show the code",
    ]
    body = said[said.index("Overview") :]
    places = [body.index(mark, body.index("Reads the")) for mark in marks[1:]]
    assert places == sorted(places)


def test_numbers_are_those_of_the_facts_in_the_page_s_language(report):
    english, chinese = rendered(report, "en"), rendered(report, "zh")
    fact = '<strong class="fact">{}</strong>'
    assert f"The net promoter score is {fact.format('25.0')}" in english
    assert fact.format("19.8 to 30.2") in english
    assert f"较上期变化 {fact.format('+2.4')}" in chinese


def test_what_was_suppressed_is_said_and_explained(report):
    html = rendered(report)
    assert "66.7" not in html
    # The small row and a partner: the base of the facts tells what all three add up to.
    assert html.count('<td class="n small">too few</td>') == 4
    assert "fewer than 5 people" in html


def test_a_long_table_is_folded_and_a_short_one_is_not(report):
    assert 'class="rows"' not in rendered(report)
    block = report.recorded.blocks[0]
    many = replace(block.table, rows=block.table.rows * 7, suppressed=block.table.suppressed * 7)
    longer = replace(report, recorded=record.Recorded((replace(block, table=many),)))
    assert "<summary>Show the table (21 rows)</summary>" in rendered(longer)
    folded = replace(report, recorded=record.Recorded((replace(block, folded=True),)))
    assert "<summary>Show the table (3 rows)</summary>" in rendered(folded)


def test_a_page_is_accessible(report):
    html = rendered(report, "zh")
    assert '<html lang="zh-CN">' in html
    assert re.search(r'<svg [^>]*role="img"[^>]*aria-label="图：各支行净推荐值。', html)
    assert "<caption>各支行净推荐值</caption>" in html
    assert '<th scope="col" class="n">答卷数</th>' in html
    assert '<th scope="row">小支行</th>' in html
    assert '<nav class="contents" aria-label="目录">' in html


def test_ids_are_unique_and_every_inner_link_has_its_target(report):
    html = rendered(report)
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(ids)


def test_every_element_is_closed(report):
    class Balanced(HTMLParser):
        def __init__(self):
            super().__init__()
            self.open = []

        def handle_starttag(self, tag, attrs):
            if tag not in VOID:
                self.open.append(tag)

        def handle_endtag(self, tag):
            if tag not in VOID:
                assert self.open.pop() == tag

        def handle_startendtag(self, tag, attrs):
            pass

    for html in (rendered(report), index(report)):
        balanced = Balanced()
        balanced.feed(html)
        assert balanced.open == []


def test_run_and_time_stand_in_the_footer_alone(report):
    later = replace(ORIGIN, run="20261002T080000Z-def456", time=datetime(2026, 10, 2, tzinfo=UTC))
    one, two = rendered(report), rendered(report, origin=later)
    assert one != two
    assert one.partition("<footer>")[0] == two.partition("<footer>")[0]


def test_a_real_bank_has_no_demo_banner(report):
    assert "Demo bank" in rendered(report)
    assert "Demo bank" not in rendered(report, origin=replace(ORIGIN, demo=False))


def index(report, language="en"):
    return page.render_index([report], ORIGIN, language, "Monthly", "The board")


def test_the_index_shows_findings_and_leads_to_every_page_in_both_languages(report):
    html = index(report)
    assert 'href="sample.en.html"' in html
    assert 'href="index.html" lang="zh"' in html
    assert 'href="manifest.json"' in html
    assert "The net promoter score is" in html
    assert "For The board" in words(html)
    assert 'href="index.en.html" lang="en"' in index(report, "zh")
    assert list(gates.page(html)) == []


def test_a_pack_says_which_findings_the_index_repeats(report):
    twin = replace(report.recorded.blocks[0], name="sample-2")
    many = replace(report, recorded=record.Recorded((*report.recorded.blocks, twin, twin, twin)))
    assert index(many).count("The net promoter score is") == 2
    assert index(replace(many, headlines=("sample",))).count("The net promoter score is") == 1


def test_a_name_with_special_characters_is_a_working_link(report):
    odd = replace(report, name="a#b?c")
    assert 'href="a%23b%3Fc.en.html"' in index(odd)
    assert 'href="a%23b%3Fc.zh.html"' in rendered(odd)


def test_a_table_of_a_page_is_the_table_of_the_record(report):
    html = rendered(report)
    with text.spoken("en"):
        written = report.recorded.blocks[0].table.written()
    cells = re.findall(r"<td[^>]*>([^<]*)</td>|<th scope=\"row\">([^<]*)</th>", html)
    said = ["".join(pair) for pair in cells]
    flat = [str(text) for row in written.rows for text in row]
    assert [text.replace("&lt;", "<").replace("&gt;", ">") for text in said[: len(flat)]] == flat


@pytest.mark.parametrize(("language", "label"), [("zh", "审计日志链头"), ("en", "Audit log head")])
def test_pages_and_index_show_the_head_of_the_audit_log(report, language, label):
    shown = f"<dt>{label}</dt><dd><code>{'5a' * 16}</code></dd>"
    assert shown in page.render(report, ORIGIN, language, "x")
    assert shown in page.render_index([report], ORIGIN, language, "x", None)
