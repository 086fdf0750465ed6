"""Scan published pages and records for identities: megabytes per second, beside plain patterns.

The peer is what a careful person writes in ten minutes: one regular expression per kind, line by
line, without check digits.
"""

import random
import re
import resource
import sys
import time
from pathlib import Path

PROJECT = Path(__file__).parents[1]
sys.path.insert(0, str(PROJECT))

from tests.privacy import leak_corpus
from workbench.privacy import scan

PAGES, NAMES, TURNS = 300, 20_000, 5
MADE = (".pdf",)
"""Not looked into by the gate: a PDF has the words of the page and of the record."""
PLAIN = [
    re.compile(r"\d{17}[\dXx]"),
    re.compile(r"(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}"),
    re.compile(r"\d{4}[ -]?\d{4}[ -]?\d{4}[ -]?\d{3,7}"),
    re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
]


def plain(text: str) -> int:
    """Return how many lines one of the plain patterns fits."""
    return sum(any(each.search(line) for each in PLAIN) for line in text.splitlines())


def measure(what: str, pages: list[str], names: scan.Names) -> None:
    """Scan `pages` both ways and print what it took."""
    size = sum(len(page.encode()) for page in pages) / 1e6
    for title, look in (
        ("leak scan", lambda page: len(scan.leaks(page, names))),
        ("plain patterns", plain),
    ):
        begun = time.process_time()
        alarms = sum(bool(look(page)) for page in pages)
        seconds = time.process_time() - begun
        print(
            f"{what}, {title}: {size / seconds:.0f} MB/s, {seconds:.1f} CPU s for {size:.0f} MB, "
            f"alarms on {alarms} of {len(pages)}"
        )


def measure_folder(folder: Path, names: scan.Names) -> None:
    """Scan what was published together as its gate does, and print what it took."""
    paths = [path for path in folder.rglob("*") if path.is_file() and path.suffix not in MADE]
    size = sum(path.stat().st_size for path in paths) / 1e6
    scan.scan(folder, names, made=MADE)
    begun = time.process_time()
    for _ in range(TURNS):
        alarms = len(scan.scan(folder, names, made=MADE))
    seconds = (time.process_time() - begun) / TURNS
    kinds = ", ".join(sorted({path.suffix[1:] for path in paths}))
    print(
        f"{folder.parent.name}, published folder: {size / seconds:.0f} MB/s, {seconds:.2f} CPU s "
        f"for {size:.1f} MB in {len(paths)} files ({kinds}), {alarms} alarms"
    )


def main() -> None:
    """Scan the published reports, and pages of nothing but numbers as the worst case."""
    draw = random.Random(1)
    names = scan.Names.of(
        draw.choice("例设样拟仿") + "".join(draw.choices("甲乙丙丁戊己庚辛壬癸子丑", k=4))
        for _ in range(NAMES)
    )
    for latest in sorted((PROJECT / "reports" / "published").glob("*/latest")):
        measure_folder(latest.resolve(), names)
        pages = [path.read_text("utf-8") for path in sorted(latest.glob("*.html"))]
        measure("its pages", pages, names)
    measure("numbers only", [leak_corpus.clean(draw) for _ in range(PAGES)], names)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak {peak:,.0f} MB with {len(names.han):,} names")


if __name__ == "__main__":
    main()
