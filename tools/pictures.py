"""Draw the pictures of the README and of `docs/operations/formats.md` from the monthly report.

    .venv/bin/workbench run customers && make report && .venv/bin/python tools/pictures.py

Needs Chromium, LibreOffice (`soffice`) and poppler (`pdftoppm`, `pdftotext`), which the workbench
itself does not. Writes `management-page.png`, `report-page.png` (each also `-zh`) and `formats.png`
into `docs`. The sheet of all slides is drawn by `deck_sheet.py`, JupyterLab by `lab_picture.py`.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image, ImageDraw, ImageFont
from pptx import Presentation

PROJECT = Path(__file__).parents[1]
sys.path[:0] = [str(PROJECT), str(PROJECT / "tools")]

from tests.browser import chromium  # noqa: E402 - the browser that the tests drive
from workbench.report import publish  # noqa: E402
from workbench.report.formats import MAKERS, address  # noqa: E402
from workbench.style.fonts import files as fonts  # noqa: E402
from workbench.text import LANGUAGES  # noqa: E402

DOCS = PROJECT / "docs"
PACK, SUMMARY, NOTEBOOK = "monthly", "management-summary", "satisfaction-survey"
SLIDE, RESULT, SHOWN = "npl.movement", "survey.answer", "survey.trend"
PROGRAMS = ("soffice", "pdftoppm", "pdftotext")
GAP, LABEL, TILE = 16, 30, 420
COLOURS = 128
LARGEST = 300_000
"""Bytes of a picture: it is kept under version control, and every new one stays there."""


def save(picture: Image.Image, name: str) -> None:
    """Write `picture` into `docs` with as many colours as its size allows."""
    path = DOCS / name
    for colours in (COLOURS * 2, COLOURS, COLOURS // 2, COLOURS // 4):
        picture.convert("RGB").quantize(colours).save(path, optimize=True)
        if path.stat().st_size <= LARGEST:
            print(f"{path.relative_to(PROJECT)}: {path.stat().st_size:,} bytes")  # noqa: T201
            return
    sys.exit(f"{path} has {path.stat().st_size:,} bytes; expected {LARGEST:,} at most")


def as_pdf(file: Path, place: Path) -> Path:
    """Return the office file as a PDF that LibreOffice has set."""
    own = place / file.suffix[1:]
    command = ["soffice", "--headless", "--convert-to", "pdf", "--outdir", str(own), str(file)]
    subprocess.run(command, check=True, capture_output=True)
    return own / f"{file.stem}.pdf"


def leaf(pdf: Path, number: int, place: Path, dots: int = 110) -> Image.Image:
    """Return one page of a PDF."""
    name = place / f"{pdf.stem}-{number}"
    of = ["-r", str(dots), "-f", str(number), "-l", str(number), "-singlefile"]
    subprocess.run(["pdftoppm", *of, "-png", str(pdf), str(name)], check=True)
    return Image.open(f"{name}.png").convert("RGB")


def top(picture: Image.Image) -> Image.Image:
    """Return the upper part of a page, as wide and high as a screen shows it."""
    return picture.crop((0, 0, picture.width, round(picture.width * 9 / 16)))


def page_with(pdf: Path, fits: Callable[[str], bool]) -> int:
    """Return the number of the first page whose text fits."""
    done = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], check=True, capture_output=True)
    pages = done.stdout.decode("utf-8").split("\f")
    found = next((number for number, text in enumerate(pages, 1) if fits(text)), None)
    if found is None:
        sys.exit(f"{pdf.name} has no page of the kind that is shown")
    return found


def slide_with(deck: Path, words: str) -> int:
    """Return the number of the first slide that names `words`, as its source does."""
    for number, slide in enumerate(Presentation(str(deck)).slides, 1):
        if any(each.has_text_frame and words in each.text_frame.text for each in slide.shapes):
            return number
    sys.exit(f"{deck.name} has no slide on {words}")


def seen(page: chromium.Page, address: str, width: int, height: int, place: Path) -> Image.Image:
    """Return what Chromium shows at `address`."""
    page.size(width, height)
    page.send("Page.navigate", url="about:blank")
    page.until("location.href === 'about:blank'")
    page.send("Page.navigate", url=address)
    page.until("document.readyState === 'complete' && location.protocol === 'file:'")
    page.run("document.fonts.ready.then(() => new Promise((done) => setTimeout(done, 800)))")
    page.picture(place / "seen.png")
    return Image.open(place / "seen.png").convert("RGB").copy()


def of_language(page: chromium.Page, latest: Path, language: str, place: Path) -> list[Image.Image]:
    """Return the report in its six formats, as each is seen, in one language."""
    files = {kind: latest / address(NOTEBOOK, language, kind) for kind in MAKERS}
    part = f"result-{SHOWN.replace('.', '-')}"
    deck, pdf = files["pptx"], files["pdf"]
    figure = "图1" if language == "zh" else "Figure 1"
    read = seen(page, f"{files['html'].as_uri()}#{part}", 1280, 720, place)
    title = page.run(f"document.querySelector('#{part} h2, #{part} h3, #{part} h4').textContent")
    book = as_pdf(files["xlsx"], place)
    rows = page_with(book, lambda text: text.lstrip().startswith(title))
    return [
        read,
        seen(page, f"{files['slides'].as_uri()}#/{part}", 1280, 720, place),
        leaf(as_pdf(deck, place), slide_with(deck, SHOWN), place),
        top(leaf(book, rows, place)),
        leaf(pdf, page_with(pdf, lambda text: _starts(text, figure)), place),
        leaf(as_pdf(files["docx"], place), 1, place),
    ]


def _starts(text: str, words: str) -> bool:
    """Tell whether a line of `text` begins with `words`."""
    return any(line.strip().startswith(words) for line in text.splitlines())


NAMES = (
    ("网页 HTML", "page (HTML)"),
    ("离线幻灯片 HTML", "offline slides (HTML)"),
    ("演示文稿 PPTX", "deck (PPTX)"),
    ("工作簿 XLSX", "workbook (XLSX)"),
    ("报告 PDF", "report (PDF)"),
    ("公文 DOCX", "memo (DOCX)"),
)


def sheet(chinese: list[Image.Image], english: list[Image.Image]) -> Image.Image:
    """Return all formats on one sheet, each in Chinese and beside it in English."""
    font = ImageFont.truetype(str(fonts()[0]), 17)
    tiles = [
        (names[at], tile.resize((TILE, round(tile.height * TILE / tile.width)), Image.LANCZOS))
        for names, pair in zip(NAMES, zip(chinese, english, strict=True), strict=True)
        for at, tile in enumerate(pair)
    ]
    rows = [tiles[at : at + 4] for at in range(0, len(tiles), 4)]
    heights = [max(tile.height for _, tile in row) for row in rows]
    size = (4 * (TILE + GAP) + GAP, sum(high + LABEL + GAP for high in heights) + GAP)
    made = Image.new("RGB", size, "#e5e7eb")
    drawn = ImageDraw.Draw(made)
    down = GAP
    for row, high in zip(rows, heights, strict=True):
        for column, (name, tile) in enumerate(row):
            across = GAP + column * (TILE + GAP)
            drawn.text((across, down), name, fill="#1f2937", font=font)
            made.paste(tile, (across, down + LABEL))
        down += high + LABEL + GAP
    return made


def main() -> None:
    """Draw all pictures."""
    missing = [name for name in PROGRAMS if not shutil.which(name)]
    if missing or not any(map(shutil.which, chromium.PROGRAMS)):
        sys.exit(f"needs Chromium and {', '.join(PROGRAMS)}; missing: {missing or 'Chromium'}")
    latest = publish.latest(PACK)
    if latest is None:
        sys.exit("nothing is published; run `workbench run customers` and `make report` first")
    with TemporaryDirectory() as folder, chromium.opened(Path(folder)) as page:
        place = Path(folder)
        page.send("Emulation.setScrollbarsHidden", hidden=True)
        every = []
        for language in LANGUAGES:
            ending = "-zh" if language == "zh" else ""
            deck = latest / address(SUMMARY, language, "pptx")
            slide = leaf(as_pdf(deck, place), slide_with(deck, SLIDE), place, dots=90)
            save(slide, f"management-page{ending}.png")
            report = (latest / address(NOTEBOOK, language, "html")).as_uri()
            at = f"{report}#result-{RESULT.replace('.', '-')}"
            save(seen(page, at, 1120, 860, place), f"report-page{ending}.png")
            every.append(of_language(page, latest, language, place))
    save(sheet(*every), "formats.png")


if __name__ == "__main__":
    main()
