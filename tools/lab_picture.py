"""Draw JupyterLab with a notebook, its form and a figure, for `docs/operations/exploring.md`.

    .venv/bin/python tools/lab_picture.py

Needs Chromium and the demo bank (`workbench demo`). Writes `docs/lab.png`.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

PROJECT = Path(__file__).parents[1]
sys.path[:0] = [str(PROJECT), str(PROJECT / "tools")]

from pictures import save  # noqa: E402 - beside this file
from PIL import Image  # noqa: E402

from tests.browser import chromium, jupyter  # noqa: E402 - the server and browser of the tests
from workbench.report.source import demo_folder  # noqa: E402

WIDE, HIGH = 1300, 1360
SHOWN = ("form", "setup", "analyse")
"""Cells of the notebook whose outputs are to be seen."""
BAR = "[...document.querySelectorAll('.lm-MenuBar-itemLabel')]"
ITEMS = "[...document.querySelectorAll('.lm-Menu-itemLabel')]"
LIVE = "document.querySelector('.workbench-live')"
FORM = "document.querySelector('.workbench-form')"


def main() -> None:
    """Open a copy as an analyst does, run all of it and save what is seen."""
    if not (demo_folder() / "bank.json").exists():
        sys.exit("there is no demo bank; run `workbench demo` first")
    cells = [cell for cell in jupyter.CELLS if cell[1] or cell[0] in SHOWN]
    with (
        TemporaryDirectory() as folder,
        jupyter.running(
            jupyter.home(Path(folder), cells), demo_folder(), Path(folder), "zh"
        ) as lab,
        chromium.opened(Path(folder), width=WIDE, height=HIGH) as page,
    ):
        page.go(lab.page("/lab/tree/开始.md"))
        page.click("document.querySelector('.jp-RenderedMarkdown h3 a')")
        page.until("document.querySelector('.jp-Notebook .jp-CodeCell')")
        page.until("document.querySelector('#jp-main-statusbar').innerText.includes('| Idle')")
        page.click(f"{BAR}.find((each) => each.textContent === 'Run')")
        page.click(f"{ITEMS}.find((each) => each.textContent === 'Run All Cells')")
        page.until(f"{LIVE}?.querySelector('svg') && {LIVE}.querySelector('table')")
        page.run(f"{FORM}.closest('.jp-Cell').scrollIntoView({{block: 'start'}})")
        page.run("new Promise((done) => setTimeout(done, 1500))")
        place = Path(folder) / "seen.png"
        page.picture(place)
        save(Image.open(place), "lab.png")


if __name__ == "__main__":
    main()
