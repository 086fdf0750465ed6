"""An analyst's first hour in JupyterLab, in a real browser without a network."""

import time
from pathlib import Path

import pytest

from tests.browser import chromium, jupyter
from workbench.data import demo
from workbench.lab import copies

BAR = "[...document.querySelectorAll('.lm-MenuBar-itemLabel')]"
ITEMS = "[...document.querySelectorAll('.lm-Menu-itemLabel')]"
LIVE = "document.querySelector('.workbench-live')"
FORM = "document.querySelector('.workbench-form')"
FIELD = "document.querySelector('.workbench-form input[name=break_share]')"
LISTENS = "0A"


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    chromium.program()
    folder = tmp_path_factory.mktemp("bank")
    demo.build(folder, customers=150, months=14)
    return folder


@pytest.fixture(scope="module")
def lab(bank, tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    with jupyter.running(jupyter.home(folder), bank, folder) as running:
        yield running


@pytest.fixture(scope="module")
def page(lab, tmp_path_factory):
    with chromium.opened(tmp_path_factory.mktemp("browser")) as opened:
        opened.allow(lab.address, "clipboardReadWrite", "clipboardSanitizedWrite")
        yield opened


@pytest.fixture(scope="module")
def source(lab):
    """Return the source of the notebook, and what stood in it before anybody opened the copy."""
    path = lab.folder.parents[1] / "notebooks" / f"{jupyter.NOTEBOOK}.ipynb"
    return path, path.read_bytes()


def test_the_start_page_leads_to_a_notebook_that_runs_as_it_is(lab, page, source):
    page.go(lab.page("/lab/tree/开始.md"))
    page.until("document.querySelector('.jp-RenderedMarkdown h3 a')")
    page.click("document.querySelector('.jp-RenderedMarkdown h3 a')")
    page.until("document.querySelector('.jp-Notebook .jp-CodeCell')")
    page.until("document.querySelector('#jp-main-statusbar').innerText.includes('| Idle')")
    _menu(page, "Run", "Run All Cells")
    page.until(f"{LIVE}?.querySelector('svg') && {LIVE}.querySelector('table')")
    page.until(_said("used 0.05"))


def test_a_parameter_is_set_by_the_form_and_kept_when_all_is_run_again(page):
    _write(page, "1.5")
    page.until(f"{FORM}.querySelector('[data-wrong=break_share]').textContent.includes('不大于 1')")
    page.click(f"{FORM}.querySelector('button[type=submit]')")
    page.until(f"{FORM}.querySelector('[data-said]').textContent.includes('改正')")
    _write(page, "0.2")
    page.until(f"{FORM}.querySelector('[data-command]').textContent.endsWith('break_share 0.2')")
    page.click(f"{FORM}.querySelector('button[type=submit]')")
    page.until(f"{FORM}.querySelector('[data-said]').textContent.includes('已设置')")
    _menu(page, "Run", "Run All Cells")
    page.until(_said("used 0.2"))
    assert page.until(f"{FIELD}.value") == "0.2"
    assert page.run(f"{LIVE}.querySelectorAll('svg').length") == 1


def test_a_table_is_sorted_by_its_headings_numbers_as_numbers_and_days_as_days(page):
    loans = f"[...{LIVE}.querySelectorAll('tbody tr')].map((r) => Number(r.cells[1].textContent))"
    page.click(f"{LIVE}.querySelectorAll('th')[1]")
    up = page.until(loans)
    page.click(f"{LIVE}.querySelectorAll('th')[1]")
    assert up == sorted(up)
    assert page.run(loans) == sorted(up, reverse=True) != up
    page.click(f"{LIVE}.querySelectorAll('th')[0]")
    days = page.run(f"[...{LIVE}.querySelectorAll('tbody tr')].map((r) => r.cells[0].textContent)")
    assert days.index("2025年10月31日") > days.index("2025年9月30日")


def test_figure_and_table_are_copied_with_one_click_each(page):
    _copy(page, "figure")
    assert page.run("navigator.clipboard.read().then((found) => found[0].types)") == ["image/png"]
    size = page.run(
        "navigator.clipboard.read().then((found) => found[0].getType('image/png'))"
        ".then(createImageBitmap).then((image) => [image.width, image.height])"
    )
    assert size[0] > 1200
    _copy(page, "table")
    rows = [line.split("\t") for line in page.run("navigator.clipboard.readText()").splitlines()]
    assert rows[0][:2] == ["截至月末", "借据数"]
    assert {len(row) for row in rows} == {len(rows[0])}
    assert len(rows) == page.run(f"{LIVE}.querySelectorAll('tr').length")


def test_a_kpi_is_explained_with_its_definition_and_its_formula_on_request(page):
    words = page.until(
        "[...document.querySelectorAll('.jp-OutputArea')].map((each) => each.innerText)"
        ".find((each) => each.includes('SM_RATIO explained'))"
    )
    assert "由哪些记录构成" in words
    assert "select" not in words
    formulas = "[...document.querySelectorAll('details pre')].map((each) => each.textContent)"
    assert any("five_class = 'special_mention'" in each for each in page.run(formulas))


def test_a_mistake_is_told_plainly_with_its_traceback_one_click_away(page):
    page.until("document.querySelector('.workbench-traceback')")
    told = page.run(
        "document.querySelector('.jp-OutputArea-output[data-mime-type*=stderr]').innerText"
    )
    assert "参数或设置不对（ParameterError）" in told
    assert "Traceback" not in told
    assert len(told.strip().splitlines()) <= 6
    assert not page.run("document.querySelector('.workbench-traceback').open")
    page.click("document.querySelector('.workbench-traceback summary')")
    assert "open_bank" in page.until("document.querySelector('.workbench-traceback pre').innerText")


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="sockets are looked up in /proc")
def test_nothing_listens_but_the_server_on_this_machine_alone(lab, page):
    end = time.monotonic() + chromium.SECONDS
    while not (kernels := lab.asked("/api/kernels")) or any(
        each["execution_state"] != "idle" for each in kernels
    ):
        assert time.monotonic() < end, kernels
        time.sleep(0.2)
    assert _listening(lab) == {("127.0.0.1", int(lab.address.rpartition(":")[2]))}


def test_what_was_saved_goes_back_without_outputs(lab, page, source, monkeypatch):
    path, before = source
    _menu(page, "File", "Save Notebook")
    page.until("!document.querySelector('.jp-mod-current.jp-mod-dirty')")
    assert "workbench-live" in (lab.folder / path.name).read_text("utf-8")
    assert path.read_bytes() == before
    monkeypatch.setenv("WORKBENCH_HOME", str(path.parents[1]))
    assert copies.taken_back(path.stem, lab.folder) == path
    assert path.read_bytes() == before


def test_in_all_of_that_the_console_had_no_error_and_nobody_else_was_asked(page):
    assert (page.errors, page.outside) == ([], [])


def _said(words: str) -> str:
    output = "[...document.querySelectorAll('.jp-OutputArea-output')]"
    return f"{output}.some((each) => each.innerText.trim() === '{words}')"


def _menu(page, name: str, item: str) -> None:
    page.click(f"{BAR}.find((each) => each.textContent === '{name}')")
    page.click(f"{ITEMS}.find((each) => each.textContent === '{item}')")


def _write(page, words: str) -> None:
    page.click(FIELD)
    page.run(f"{FIELD}.select()")
    page.write(words)


def _copy(page, what: str) -> None:
    button = f"{LIVE}.querySelector('button[data-copy={what}]')"
    page.click(button)
    page.until(f"{button}.textContent === '已复制'")


def _listening(lab) -> set[tuple[str, int]]:
    """Return where processes of this JupyterLab, its kernels included, listen for TCP."""
    home = lab.folder.parents[1]
    sockets = {}
    for name in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]:
            _, local, _, state, *_, inode = line.split()[:10]
            if state == LISTENS:
                host, port = local.split(":")
                here = "127.0.0.1" if host == "0100007F" else host
                sockets[f"socket:[{inode}]"] = (here, int(port, 16))
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"WORKBENCH_HOME={home}".encode() not in (process / "environ").read_bytes():
                continue
            names = {str(each.readlink()) for each in (process / "fd").iterdir()}
        except OSError:
            continue
        found |= {sockets[name] for name in names if name in sockets}
    return found
