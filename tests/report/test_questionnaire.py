"""The questionnaire as a page and as workbooks: whole, in both languages, and naming nobody."""

import csv
import html
import json
import re
import shutil
import subprocess
import zipfile
from html.parser import HTMLParser

import pytest

from tests.data import wave as made
from workbench import text
from workbench.data import invitation_codes, listing, survey_returns
from workbench.privacy import scan
from workbench.report import questionnaire_form, questionnaire_sheet

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
CODES = sorted(invitation_codes.code(b"k" * 32, made.NAME, str(at)) for at in range(3))
FILL = """
<script>
const saved = [];
URL.createObjectURL = (blob) => { saved.push(blob); return "#"; };
HTMLAnchorElement.prototype.click = function () { saved.push(this.download); };
const press = () => document.getElementById("save").click();
const pick = (name, value) => document.querySelector(`[name="${name}"][value="${value}"]`).click();
const seen = (id) => !document.getElementById(id).hidden;
STEPS
const told = document.createElement("pre");
told.id = "told";
(async () => {
  const texts = await Promise.all(saved.map((each) => each.text ? each.text() : each));
  told.textContent = JSON.stringify({ steps, texts });
  document.body.append(told);
})();
</script>
"""


class Page(HTMLParser):
    """What stands in a page: elements by name, ids, and everything that points somewhere."""

    def __init__(self, content):
        super().__init__()
        self.elements, self.ids, self.points = [], [], []
        self.feed(content)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.elements.append((tag, given))
        self.ids += [given["id"]] if "id" in given else []
        self.points += [given[name] for name in ("src", "href", "action", "data") if name in given]


@pytest.fixture(scope="module")
def page():
    with text.spoken("zh"):
        return questionnaire_form.page(made.ASKED, made.NAME)


def test_the_page_loads_and_sends_nothing(page):
    found = Page(page)
    assert found.points == []
    assert not re.search(r"https?:|//[a-z]|@import|url\(|fetch|XMLHttp|sendBeacon|WebSocket", page)
    policy = next(a["content"] for tag, a in found.elements if a.get("http-equiv"))
    assert policy.startswith("default-src 'none'")
    assert "form-action 'none'" in policy


def test_every_field_has_a_label_and_every_reference_a_target(page):
    found = Page(page)
    assert len(set(found.ids)) == len(found.ids)
    labelled = {a["for"] for tag, a in found.elements if tag == "label" and "for" in a}
    fields = {a["id"] for tag, a in found.elements if tag in ("input", "textarea") and "id" in a}
    assert fields == labelled == {"code", "Q9"}
    described = " ".join(a.get("aria-describedby", "") for _, a in found.elements).split()
    assert set(described) <= set(found.ids)
    legends = sum(tag == "legend" for tag, _ in found.elements)
    assert legends == sum(tag == "fieldset" for tag, _ in found.elements) == 9
    radios = re.findall(r'<label class="point[^"]*"><input type="radio"', page)
    assert len(radios) == page.count('type="radio"')


def test_the_page_asks_each_question_with_each_point_in_both_languages(page):
    found = Page(page)
    asked = {}
    for tag, given in found.elements:
        if tag == "input" and given["type"] == "radio":
            asked.setdefault(given["name"], []).append(given["value"])
    for item in made.ASKED.closed:
        low, high = made.ACCEPTS.bounds[item.scale]
        skip = ["NA"] if item.skip else []
        assert asked[item.id] == [*map(str, range(low, high + 1)), *skip]
    for item in made.ASKED.item:
        assert html.escape(item.zh) in page
        assert html.escape(item.en) in page or html.escape(item.en, quote=False) in page
    zh, en = (len(re.findall(f'<span lang="{name}">', page)) for name in ("zh-CN", "en"))
    assert zh == en > 60


def contrast(one, two):
    """Return the contrast of two colours (WCAG 2.2, 1.4.3)."""

    def light(colour):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        parts = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    low, high = sorted((light(one), light(two)))
    return (high + 0.05) / (low + 0.05)


def test_text_stands_out_from_its_ground(page):
    known = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", page))
    pairs = [("ink", "tint"), ("soft", "tint"), ("soft", "paper"), ("accent", "paper")]
    pairs += [("warn-ink", "warn"), ("wrong", "paper"), ("ink", "paper")]
    assert all(contrast(known[one], known[two]) >= 4.5 for one, two in pairs)
    assert contrast(known["line"], known["paper"]) >= 3
    assert contrast("#ffffff", known["accent"]) >= 4.5


def browsed(home, page, steps):
    """Return what the page did in a browser: the values of the steps, and what was saved."""
    place = home / "page.html"
    place.write_text(page.replace("</body>", FILL.replace("STEPS", steps) + "</body>"), "utf-8")
    # The test's own part saves nothing, so that the policy of the page stays as it is.
    words = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=3000"]
    done = subprocess.run(
        [CHROMIUM, *words, f"--user-data-dir={home / 'profile'}", "--dump-dom", str(place)],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    told = re.search(r'<pre id="told">(.*?)</pre>', done.stdout, re.DOTALL).group(1)
    return json.loads(html.unescape(told))


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_what_a_person_does_on_the_page_becomes_a_file_that_is_taken_in(page, tmp_path):
    code = CODES[0]
    steps = f"""
    const steps = [];
    press(); steps.push(seen("code-wrong"), seen("consent-wrong"), saved.length);
    document.getElementById("code").value = "{code[:-1]}{"2" if code[-1] != "2" else "3"}";
    press(); steps.push(seen("code-wrong"));
    document.getElementById("code").value = " {code.lower().replace("-", " ")} ";
    pick("consent", "yes");
    pick("Q1", 10); pick("Q2", 5); pick("Q5", "NA"); pick("Q8", 7); pick("Q3", 1);
    document.querySelector('[data-clears="Q3"]').click();
    document.getElementById("Q9").value = "很好";
    press(); steps.push(seen("unanswered"), document.getElementById("count").textContent);
    steps.push(saved.length);
    press(); steps.push(seen("done"), seen("code-wrong"), seen("consent-wrong"));
    """
    told = browsed(tmp_path, page, steps)
    assert told["steps"] == [True, True, 0, True, True, "4", 0, True, False, False]
    content, name = told["texts"]
    assert name == f"answers-{made.NAME}-{code}.json"
    place = tmp_path / name
    place.write_text(content, "utf-8")
    (file,) = survey_returns.read([place], [made.NAME])
    (given,) = file.returns
    expected = {"Q1": "10", "Q2": "5", "Q5": "NA", "Q8": "7", "Q9": "很好"}
    assert expected.items() <= given.values.items()
    assert {"Q3", "Q4", "Q6", "Q7"}.isdisjoint(given.values)
    assert (given.values["code"], given.values["consent"]) == (code, "yes")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", given.values["completed_at"])


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_who_declines_is_asked_nothing_and_saves_a_refusal(page, tmp_path):
    steps = f"""
    const steps = [];
    document.getElementById("code").value = "{CODES[1]}";
    pick("Q1", 10); pick("consent", "no");
    steps.push(seen("questions"), seen("declined"));
    document.querySelector('[data-language="en"]').click();
    steps.push(document.documentElement.lang, document.title);
    press();
    """
    told = browsed(tmp_path, page, steps)
    assert told["steps"] == [False, True, "en", made.ASKED.pack.title_en]
    said = json.loads(told["texts"][0])
    assert (said["consent"], said["answers"], said["language"]) == ("no", {}, "en")


def sheets(place):
    """Return the XML of each sheet of a workbook."""
    with zipfile.ZipFile(place) as archive:
        names = sorted(name for name in archive.namelist() if "worksheets/sheet" in name)
        return [archive.read(name).decode() for name in names]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_list_is_typed_protected_and_read_back(tmp_path, language):
    with text.spoken(language):
        questionnaire_sheet.listed(made.ASKED, made.WAVE, CODES, tmp_path / "list.xlsx")
    answers, guide = sheets(tmp_path / "list.xlsx")
    assert "<sheetProtection" in answers
    assert "<sheetProtection" in guide
    assert answers.count('<dataValidation type="list"') == 3 + len(made.ASKED.closed)
    assert '"0,1,2,3,4,5,6,7,8,9,10"' in answers
    assert '"1,2,3,4,5,NA"' in answers
    lines = list(listing.lines(tmp_path / "list.xlsx"))
    keys = [cell.split()[-1].lower() for cell in lines[0][1]]
    assert keys[:2] == ["wave_id", "code"]
    assert keys[-9:] == [item.id.lower() for item in made.ASKED.item]
    assert [row[1] for _, row in lines[1:]] == CODES
    (file,) = survey_returns.read([tmp_path / "list.xlsx"], [made.NAME])
    assert (file.returns, file.open, file.problems) == ((), 3, ())
    made.filled(tmp_path / "list.xlsx", {CODES[1]: {"Q1": 7, "Q9": "x"}})
    (file,) = survey_returns.read([tmp_path / "list.xlsx"], [made.NAME])
    (given,) = file.returns
    assert given.row == 3
    assert given.values == {"wave_id": made.NAME, "code": CODES[1], "Q1": "7", "Q9": "x"}


def test_the_list_saved_as_csv_is_read_back_too(tmp_path):
    questionnaire_sheet.listed(made.ASKED, made.WAVE, CODES, tmp_path / "list.xlsx")
    rows = [cells for _, cells in listing.lines(tmp_path / "list.xlsx")]
    keys = [cell.split()[-1] for cell in rows[0]]
    rows[1][keys.index("consent")], rows[1][keys.index("Q1")] = "是", "7"
    with (tmp_path / "list.csv").open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows(rows)
    (file,) = survey_returns.read([tmp_path / "list.csv"], [made.NAME])
    (given,) = file.returns
    assert given.row == 2
    assert given.values == {"wave_id": made.NAME, "code": CODES[0], "consent": "是", "Q1": "7"}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_sheet_for_one_person_is_read_back_by_keys(tmp_path, language):
    with text.spoken(language):
        questionnaire_sheet.single(made.ASKED, made.WAVE, tmp_path / "one.xlsx")
    (content,) = sheets(tmp_path / "one.xlsx")
    assert "<sheetProtection" in content
    assert content.count("<dataValidation ") == 1 + len(made.ASKED.item)
    (file,) = survey_returns.read([tmp_path / "one.xlsx"], [made.NAME])
    assert (file.returns, file.open, file.problems) == ((), 1, ())
    lines = list(listing.lines(tmp_path / "one.xlsx"))
    answered = {"code": CODES[0], "consent": "yes", "Q1": "7", "Q9": "fine"}
    with open_book(tmp_path / "filled.xlsx") as sheet:
        for number, cells in lines:
            for at, cell in enumerate(cells):
                given = answered.get(cells[-1], "") if at == 2 else ""
                sheet.write(number - 1, at, given or cell)
    (file,) = survey_returns.read([tmp_path / "filled.xlsx"], [made.NAME])
    (given,) = file.returns
    assert given.values == {"wave_id": made.NAME, **answered}
    assert given.problem("off_scale", "Q1").row == next(n for n, c in lines if c[-1] == "Q1")


class open_book:  # noqa: N801 - reads as a function
    """Give a sheet to write, and save its workbook."""

    def __init__(self, place):
        import xlsxwriter

        self.book = xlsxwriter.Workbook(str(place), {"in_memory": True})

    def __enter__(self):
        return self.book.add_worksheet()

    def __exit__(self, *_):
        self.book.close()


def test_no_questionnaire_holds_what_identifies_anybody(page, tmp_path):
    (tmp_path / "form.html").write_text(page, "utf-8")
    for language in ("zh", "en"):
        with text.spoken(language):
            questionnaire_sheet.listed(
                made.ASKED, made.WAVE, CODES, tmp_path / f"list-{language}.xlsx"
            )
            questionnaire_sheet.single(made.ASKED, made.WAVE, tmp_path / f"one-{language}.xlsx")
    assert list(scan.scan(tmp_path)) == []


def test_equal_orders_give_equal_bytes(tmp_path):
    for name in ("a", "b"):
        questionnaire_sheet.listed(made.ASKED, made.WAVE, CODES, tmp_path / f"{name}.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
