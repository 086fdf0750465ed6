import html
import json
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from tests.report import told
from workbench import text
from workbench.record import Recorded
from workbench.report import gates, sections, slides

VOID = {"meta", "br", "img", "hr", "path", "use", "rect", "col"}
BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
PROBE = """<script>
setTimeout(() => {
  const wrong = [];
  document.querySelectorAll(".slides > section").forEach((section) => {
    section.hidden = false;
    section.style.display = "block";
    const slide = section.querySelector(".slide"), frame = slide.getBoundingClientRect();
    const end = slide.querySelector("footer")?.getBoundingClientRect().top ?? frame.bottom;
    slide.querySelectorAll("*").forEach((part) => {
      if (part.closest("svg, caption, colgroup, footer") && part.tagName !== "svg") return;
      const box = part.getBoundingClientRect();
      const out = box.right > frame.right + 1 || box.bottom > end + 1 || box.top < frame.top - 1;
      const cut = /T[DH]/.test(part.tagName) && part.scrollWidth > part.clientWidth + 1;
      if (out || cut) wrong.push(`${section.id}: ${part.tagName} ${part.textContent.slice(0, 40)}`);
    });
    section.style.display = "";
  });
  document.title = JSON.stringify(wrong);
}, 600);
</script></body>"""


@pytest.fixture
def report(bank, tmp_path):
    return told.report(tmp_path / "record")


def rendered(report, language="en", origin=told.ORIGIN, changed=told.CHANGED):
    return slides.render(report, origin, language, told.TITLE[language], changed).decode()


def visible(page):
    """Return the words of the slides and their notes."""
    body = re.sub(r"(?s)<(style|script|svg)\b.*?</\1>", " ", page)
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", body).split()))


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_the_same_snapshot_gives_the_same_bytes_whenever_it_is_run(report, language):
    assert rendered(report, language) == rendered(report, language, told.LATER)


def test_nothing_in_the_record_becomes_html_or_script(report):
    page = rendered(report)
    assert html.unescape(html.escape(told.MARKUP)) in visible(page)
    assert "</script><b>" not in slides.inert(page)
    assert page.count("<script>") == 2


def test_without_its_own_scripts_it_executes_nothing_and_loads_nothing(report):
    for language in text.LANGUAGES:
        page = rendered(report, language)
        assert list(gates.page(slides.inert(page))) == []
        assert re.search(
            r"default-src 'none';[^\"]*script-src 'sha256-[^\"]+' 'sha256-", html.unescape(page)
        )


def test_a_script_that_was_put_in_is_still_refused(report):
    page = rendered(report).replace("</body>", "<script>alert(1)</script></body>")
    assert list(gates.page(slides.inert(page))) == ["active content <script>"]


def test_the_notice_of_reveal_js_is_kept(report):
    assert "Copyright (C) 2011-2026 Hakim El Hattab" in rendered(report)
    folder = slides.files("workbench.report") / "assets" / slides.REVEAL
    assert "Permission is hereby granted" in (folder / "LICENSE").read_text("utf-8")


def test_each_result_is_a_slide_whose_title_is_its_finding(report):
    page = rendered(report)
    (slide,) = re.findall(r'(?s)<section id="result-sample">.*?</section>', page)
    assert "The net promoter score is" in visible(re.search(r"(?s)<h2.*?</h2>", slide)[0])
    assert slide.count("<figure>") == 1
    values = re.findall(r'class="value">([^<]+)', slide)
    assert values == ["25.0"]
    assert "95% interval 19.8 to 30.2" in slide
    assert '<p class="change">+2.4 &lt;points&gt;</p>' in slide
    assert "Sample &lt;Bank&gt; · data as of 30 September 2026 · snapshot 0007-5a5a5a5a" in slide


def test_the_first_sentence_is_the_title_and_the_rest_stands_below():
    for pieces, first in (
        (
            [("净推荐值为 ", False), ("25.0", True), (" 分。", False), ("9", True)],
            "净推荐值为 25.0 分。",
        ),
        ([("NPS is ", False), ("25.0", True), (". ", False), ("9", True)], "NPS is 25.0."),
        ([("By IFRS 9 vs. rules, 3.5 of it. Next", False)], "By IFRS 9 vs. rules, 3.5 of it."),
        ([("One sentence.", False)], "One sentence."),
    ):
        title, rest = sections.split(pieces)
        assert "".join(part for part, _ in title) == first
        assert "".join(part for part, _ in [*title, *rest]).replace(" ", "") == "".join(
            part for part, _ in pieces
        ).replace(" ", "")


def test_notes_hold_the_whole_finding_the_definitions_and_the_intervals(report):
    notes = visible(" ".join(re.findall(r"(?s)<aside.*?</aside>", rendered(report))))
    assert "Dots are estimates, lines are intervals." in notes
    assert "Net promoter score: 25.0 (95% interval 19.8 to 30.2), on 803" in notes
    assert "fewer than 5 people" in notes
    assert "The survey is a stratified random sample" in notes


def test_a_result_without_a_figure_shows_the_beginning_of_its_table(bank, tmp_path):
    made = told.report(tmp_path / "record", rows=5)
    bare = replace(made.recorded.blocks[0], figures={})
    page = slides.inert(rendered(replace(made, recorded=Recorded((bare,)))))
    assert page.count("<tr>") == 1 + slides.ROWS
    assert "First 9 of 15 rows and 3 of 3 columns" in page
    assert '<td class="n small">too few</td>' in page
    assert "66.7" not in page
    assert '<th scope="row">=cmd()</th>' in page


def test_long_advice_is_cut_into_slides_between_its_lines(bank, tmp_path):
    lines = [f"- {'advice ' * 30}{at}." for at in range(9)]
    advice = "## Advice\n\n" + "\n".join(lines)
    made = told.report(tmp_path / "record", **{"takeaways-en": advice})
    page = rendered(made)
    assert '<h2 class="plain">Advice (continued)</h2>' in page
    for at in range(9):
        assert page.count(f"advice {at}.") == 1


def test_it_is_accessible(report):
    page = rendered(report, "zh")
    assert '<html lang="zh-CN">' in page
    assert page.count("<h1") == 1
    assert re.search(r'<svg [^>]*role="img"[^>]*aria-label="图：各支行净推荐值。', page)
    sections_, headed = page.count("<section"), len(re.findall(r"<h[12]", page))
    assert sections_ == headed
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_run_and_time_are_not_in_it(report):
    page = slides.inert(rendered(report))
    assert told.ORIGIN.run not in page
    assert "08:15" not in page


def test_a_real_bank_has_no_demo_mark(report):
    assert "Demo" in visible(rendered(report))
    assert "Demo" not in visible(rendered(report, origin=replace(told.ORIGIN, demo=False)))


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

    balanced = Balanced()
    balanced.feed(rendered(report))
    assert balanced.open == []


@pytest.mark.skipif(not BROWSER, reason="no chromium to lay the slides out")
@pytest.mark.parametrize("language", text.LANGUAGES)
def test_everything_fits_on_its_slide_and_nothing_is_asked_of_a_network(bank, tmp_path, language):
    made = told.report(tmp_path / "record", rows=5)
    bare = replace(made.recorded.blocks[0], figures={})
    path = tmp_path / "slides.html"
    path.write_text(rendered(made, language), "utf-8")
    _, complaints = browse(path)
    assert complaints == []
    twice = Recorded((*made.recorded.blocks, replace(bare, name="sample-2")))
    again = [sections.story.Element("finding", "more", result="sample-2")]
    told_so = replace(made.told, elements=(*made.told.elements, *again))
    page = rendered(replace(made, recorded=twice, told=told_so), language)
    free = re.sub(r'<meta http-equiv="Content-Sec[^>]*>', "", page)
    path.write_text(free.replace("</body>", PROBE), "utf-8")
    title, complaints = browse(path)
    assert complaints == []
    assert json.loads(title) == []


def browse(path):
    """Return the title of a page after its scripts ran, and what the browser complained of."""
    command = [BROWSER, "--headless=new", "--no-sandbox", "--disable-gpu", "--dump-dom"]
    command += ["--host-resolver-rules=MAP * ~NOTFOUND", "--window-size=1280,720"]
    command += ["--virtual-time-budget=3000", "--enable-logging=stderr"]
    done = subprocess.run([*command, path.as_uri()], capture_output=True, text=True, check=True)
    complaints = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return html.unescape(re.search(r"(?s)<title>(.*?)</title>", done.stdout)[1]), complaints


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_a_report_that_shows_nothing_is_still_slides(language):
    assert rendered(told.empty(), language).count("<section") == 3
