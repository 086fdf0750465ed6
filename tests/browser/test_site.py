"""The index site as a reader has it: opened from disk in Chromium, with no network."""

import json
import random
from importlib.resources import files

import pytest

from tests.browser import chromium
from tests.report import published as made
from tests.report.conftest import home  # noqa: F401 - a fixture
from tests.report.test_site import made_anew, release
from workbench.report import history, publish
from workbench.report.site_facts import writing
from workbench.text import LANGUAGES, formats, spoken

MONTHS = ("2026-06-30", "2026-07-31", "2026-08-31", "2026-09-30")


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with chromium.opened(tmp_path_factory.mktemp("browser")) as page:
        yield page


@pytest.fixture
def page(browser):
    browser.size(1280, 900)
    browser.errors.clear()
    browser.outside.clear()
    yield browser
    assert (browser.errors, browser.outside) == ([], [])


@pytest.fixture
def index(tmp_path, home, monkeypatch):  # noqa: F811
    monkeypatch.setenv("WORKBENCH_PUBLISHED", str(tmp_path / "published"))
    for at, day in enumerate(MONTHS):
        rate = {"value": 0.10 + at / 100, "low": 0.08, "high": 0.16, "n": 400 + at}
        facts = {"sample.zz_rate": {**rate, "unit": "share"}}
        facts["sample.zz_balance"] = {"value": 2.5e9 + at * 1e8, "unit": "money"}
        title = {"zh": "贷款客户月报", "en": "Monthly report"}
        release(tmp_path, f"{day.replace('-', '')}T080000Z-a", as_of=day, facts=facts, title=title)
    title = {"zh": "客户细分", "en": "Segments"}
    release(tmp_path, "20260930T090000Z-b", "customers", title=title)
    failed = {"run": "r", "time": "2026-10-31T08:00:00+00:00", "as_of": "2026-10-31"}
    noted = json.dumps({**failed, "snapshot": "s", "exit_code": 4})
    (publish.folder("customers") / history.FAILED).write_text(noted, "utf-8")
    made.keep(tmp_path, "20261031T080000Z-c", as_of="2026-10-31")
    return made_anew()["bank"]


def shown(page, what):
    script = f"[...document.querySelectorAll('{what}')].filter((e) => e.offsetParent !== null)"
    return page.run(f"{script}.map((e) => e.innerText)")


def typed(page, box, words):
    page.run(
        f"(() => {{ const e = document.getElementById('{box}'); e.value = {json.dumps(words)};"
        " e.dispatchEvent(new Event('input', {bubbles: true})); })()"
    )


def test_reports_are_searched_and_filtered(page, index):
    page.go(index.as_uri())
    assert shown(page, ".card h2") == ["客户细分", "贷款客户月报"]
    page.click("document.getElementById('words')")
    page.write("月报")
    assert page.until("document.getElementById('count').textContent.includes('1 份报告')")
    assert shown(page, ".card h2") == ["贷款客户月报"]
    typed(page, "words", "")
    typed(page, "state", "failed")
    assert shown(page, ".card h2") == ["客户细分"]
    typed(page, "state", "")
    typed(page, "words", "ZZ_RATE")
    assert shown(page, "#found a")
    page.click("document.querySelector('#found a')")
    page.until("location.pathname.endsWith('pack.html') && document.getElementById('fact').value")
    assert page.run("document.getElementById('fact').value") == "sample.zz_rate"


def test_a_link_leads_to_the_report_and_to_the_other_language(page, index):
    page.go(index.as_uri())
    page.click("document.querySelector('.languages a')")
    page.until("document.documentElement.lang === 'en' && document.readyState === 'complete'")
    assert shown(page, "h1") == ["All reports"]
    page.click(
        "[...document.querySelectorAll('.card h2 a')].find((a) => a.text === 'Monthly report')"
    )
    page.until("document.body && document.body.innerText.includes('index of 20260930T080000Z-a')")


@pytest.mark.parametrize("name", ["pack.html", "pack.en.html"])
def test_a_number_is_drawn_over_all_runs_with_its_interval(page, index, name):
    page.go(index.with_name(name).as_uri())
    page.run("location.hash = 'sample.zz_rate'")
    page.until("document.querySelectorAll('#chart circle').length === 4")
    assert page.run("document.querySelectorAll('#chart polygon.band').length") == 1
    rows = shown(page, "#values tbody tr")
    assert rows[0].split("\t")[:2] == ["2026-09-30", "13.0%"]
    said = "8.0%～16.0%" if name == "pack.html" else "8.0% to 16.0%"
    assert rows[0].split("\t")[2:4] == [said, "403"]
    typed(page, "words", "zz_balance")
    assert page.run("document.getElementById('fact').value") == "sample.zz_balance"
    assert page.run("document.querySelectorAll('#chart polygon.band').length") == 0
    last = page.run("document.querySelector('#chart .last').textContent")
    assert last == ("28.00亿元" if name == "pack.html" else "CNY 2.80bn")


def test_two_runs_stand_side_by_side(page, index):
    page.go(index.with_name("pack.en.html").as_uri())
    assert [row.split("\t")[1:] for row in shown(page, "#compared tbody tr")] == [
        ["12.0%", "13.0%", "+1.00 pp"],
        ["CNY 2.70bn", "CNY 2.80bn", "+CNY 0.10bn"],
    ]
    typed(page, "before", "3")
    assert shown(page, "#compared tbody tr") == ["Nothing moved between these two runs"]
    typed(page, "now", "0")
    assert shown(page, "#compared tbody tr")[0].split("\t")[-1] == "−3.00 pp"


def _written():
    """Return the part of the site's script that writes a number."""
    script = (files("workbench.report") / "templates" / "site.js").read_text("utf-8")
    begin = script.index("const written =")
    return script[begin : script.index("\n  };\n", begin) + 6]


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_are_written_as_the_reports_write_them(page, index, language):
    draw = random.Random(7)
    units = [*(unit for unit in formats.UNITS if unit != "money"), "money0", "money1", "money2"]
    values = [0.0, 0.125, -0.0049, 1e-9, 5.0, -12345.678, 2.5e9]
    values += [draw.uniform(-1, 1) * 10 ** draw.randint(-4, 9) for _ in range(40)]
    page.go(index.as_uri())
    with spoken(language):
        how = {unit: writing(unit) for unit in units}
        wanted = {unit: [formats.number(value, unit) for value in values] for unit in units}
        signed = {unit: [formats.signed(value, unit) for value in values] for unit in units}
    known = {"writings": how, "missing": formats.MISSING, "minus": formats.MINUS}
    told = page.run(
        f"(() => {{ const data = {json.dumps(known)}; {_written()} return {json.dumps(units)}"
        f".map((u) => [u, {json.dumps(values)}.map((v) => [written(v, u), written(v, u, true)])]);"
        "})()"
    )
    found = {unit: [pair[0] for pair in pairs] for unit, pairs in told}
    moved = {unit: [pair[1] for pair in pairs] for unit, pairs in told}
    for unit in units:
        assert found[unit] == wanted[unit], unit
        if unit != "p":
            assert moved[unit] == signed[unit], unit


@pytest.mark.parametrize("name", ["index.html", "index.en.html", "pack.html", "pack.en.html"])
def test_a_phone_shows_all_of_it_without_scrolling_sideways(page, index, name):
    page.size(390, 844, phone=True)
    page.go(index.with_name(name).as_uri())
    assert page.run("document.documentElement.scrollWidth") <= 390
    assert page.run("document.documentElement.clientWidth") == 390


def test_pages_print(page, index):
    for name in ("index.html", "pack.en.html"):
        page.go(index.with_name(name).as_uri())
        assert page.pdf().startswith(b"%PDF")
