"""Draw every slide of the published management deck, in both languages, as one picture in `docs`.

Needs LibreOffice (`soffice`) and poppler (`pdftoppm`), which the workbench itself does not.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from workbench.report import publish
from workbench.report.formats import address
from workbench.text import LANGUAGES

PROJECT = Path(__file__).parents[1]
SHEET = PROJECT / "docs" / "management-deck.png"
PACK, NOTEBOOK = "monthly", "management-summary"
COLUMNS, GAP, DOTS = 7, 6, 30
COLOURS = 96


def slides(deck: Path, place: Path) -> list[Image.Image]:
    """Return the slides of `deck`, set by LibreOffice."""
    command = ["soffice", "--headless", "--convert-to", "pdf", "--outdir", str(place), str(deck)]
    subprocess.run(command, check=True, capture_output=True)
    pages = place / deck.stem
    pdf = place / f"{deck.stem}.pdf"
    subprocess.run(["pdftoppm", "-r", str(DOTS), "-png", str(pdf), str(pages)], check=True)
    return [Image.open(file).copy() for file in sorted(place.glob(f"{deck.stem}-*.png"))]


def sheet(every: list[list[Image.Image]]) -> Image.Image:
    """Return the decks one below the other, their slides row by row."""
    wide, high = every[0][0].size
    rows = [deck[at : at + COLUMNS] for deck in every for at in range(0, len(deck), COLUMNS)]
    size = (COLUMNS * (wide + GAP) + GAP, len(rows) * (high + GAP) + GAP)
    made = Image.new("RGB", size, "#e5e7eb")
    for row, own in enumerate(rows):
        for column, slide in enumerate(own):
            made.paste(slide, (GAP + column * (wide + GAP), GAP + row * (high + GAP)))
    return made.quantize(COLOURS)


if __name__ == "__main__":
    latest = publish.latest(PACK)
    if latest is None:
        sys.exit("nothing is published yet; run `workbench run customers` and `make report` first")
    with TemporaryDirectory() as folder:
        decks = [latest / address(NOTEBOOK, language, "pptx") for language in LANGUAGES]
        sheet([slides(deck, Path(folder)) for deck in decks]).save(SHEET, optimize=True)
