"""The driver itself: it sees what a page throws, says and asks for, and clicks like a person."""

import pytest

from tests.browser import chromium


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with chromium.opened(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


def _open(page, tmp_path, body):
    file = tmp_path / "page.html"
    file.write_text(f"<!doctype html><meta charset=utf-8><title>t</title>{body}", "utf-8")
    page.errors.clear()
    page.outside.clear()
    page.go(file.as_uri())


def test_a_sound_page_has_no_errors_and_asks_nobody(page, tmp_path):
    _open(page, tmp_path, "<button onclick=\"this.textContent='按下'\">press</button>")
    page.click("document.querySelector('button')")
    assert page.until("document.querySelector('button').textContent === '按下'")
    assert (page.errors, page.outside) == ([], [])


def test_what_is_thrown_and_what_is_asked_of_other_hosts_is_seen(page, tmp_path):
    image = "<img src='https://example.org/a.png'>"
    _open(page, tmp_path, f"{image}<script>console.error('said'); undefined_name()</script>")
    page.until("true")
    assert any("said" in each for each in page.errors)
    assert any("undefined_name" in each for each in page.errors)
    assert page.outside == ["https://example.org/a.png"]


def test_what_never_comes_is_said_with_the_text_of_the_page(page, tmp_path):
    _open(page, tmp_path, "<p>only this</p>")
    with pytest.raises(AssertionError, match="only this"):
        page.until("document.querySelector('table')", seconds=0.3)


def test_a_page_is_printed_and_pictured(page, tmp_path):
    _open(page, tmp_path, "<h1>标题</h1>")
    page.picture(tmp_path / "seen.png")
    assert (tmp_path / "seen.png").read_bytes().startswith(b"\x89PNG")
    assert page.pdf().startswith(b"%PDF")
