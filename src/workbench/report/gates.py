"""Reasons not to publish a finished run. Each gate returns lines that say what was found where."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from workbench import schema, text
from workbench.data.bank import keys, role
from workbench.errors import GateError
from workbench.privacy import scan, vault
from workbench.privacy.pseudonym import LETTERS
from workbench.privacy.suppress import threshold
from workbench.record import Recorded
from workbench.report import figure
from workbench.report.pack import Entry
from workbench.report.story import Story
from workbench.text import Language

MOST_SHOWN = 5
"""How many reasons an error repeats; all stand in `gates.json` of the run."""
WARNING = re.compile(r"\b\w*Warning\b:|\bGlyph \d+.{0,80}missing", re.DOTALL)
OUTSIDE = re.compile(r"^\s*(?:[a-z][a-z0-9+.-]*:)?//|^\s*(?:javascript|vbscript|file|ftp):", re.I)
CSS_OUTSIDE = re.compile(r"@import|url\(\s*[\"']?\s*(?:[a-z][a-z0-9+.-]*:)?//", re.I)
ADDRESSES = frozenset(
    ("src", "href", "srcset", "poster", "data", "action", "formaction", "background", "cite")
)
ALONE = r"(?<![0-9A-Za-z_.])(?:{})(?!\.?[0-9A-Za-z_])"
"""Not inside a longer number, a decimal fraction, a hash or a name; Chinese may touch it."""
IDENTIFIERS = {
    "an identity card number": re.compile(ALONE.format(r"\d{17}[\dXx]")),
    "a mobile phone number": re.compile(ALONE.format(r"(?:\+?86[- ]?)?1[3-9]\d{9}")),
    "an e-mail address": re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}"),
    "a pseudonym": re.compile(ALONE.format(rf"[cs][a-z2-7]{{{LETTERS}}}")),
    "a core customer number": re.compile(ALONE.format(r"[A-Z]{1,3}\d{8,10}")),
}
"""Patterns of what points to a person."""


class _Page(HTMLParser):
    """Collects what a page refers to, what it executes and what it says."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.outside: list[str] = []
        self.active: list[str] = []
        self.said: list[str] = []
        self._styling = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._styling = tag == "style"
        if tag in ("script", "iframe", "object", "embed", "base", "link"):
            self.active.append(f"<{tag}>")
        for name, value in ((name.rpartition(":")[2], value or "") for name, value in attrs):
            if name.startswith("on"):
                self.active.append(f"{name}=")
            if name in ADDRESSES and OUTSIDE.search(value):
                self.outside.append(value)
            if name == "style" and CSS_OUTSIDE.search(value):
                self.outside.append(value)
            if name in ("title", "alt", "aria-label", "content", "id", "href"):
                self.said.append(value)

    def handle_endtag(self, tag: str) -> None:
        self._styling = False

    def handle_data(self, data: str) -> None:
        if self._styling and CSS_OUTSIDE.search(data):
            self.outside.append(CSS_OUTSIDE.findall(data)[0])
        if not self._styling:
            self.said.append(data)

    def handle_comment(self, data: str) -> None:
        self.said.append(data)


def outputs(cells: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Refuse errors, stderr, warnings and missing glyphs in an executed notebook's outputs."""
    for cell in cells:
        if cell["cell_type"] != "code":
            continue
        if cell["source"].strip() and not cell.get("execution_count"):
            yield f"cell {cell['id']!r} was not executed"
        for output in cell.get("outputs", []):
            if output["output_type"] == "error":
                yield f"cell {cell['id']!r} ended with {output['ename']}"
            elif output.get("name") == "stderr":
                yield f"cell {cell['id']!r} wrote to stderr: {_short(output['text'])}"
            elif found := WARNING.search(_text(output)):
                yield f"cell {cell['id']!r} shows a warning: {_short(found[0])}"


def page(html: str, *, scripted: bool = False) -> Iterator[str]:
    """Refuse what a page loads from outside or executes, and identifiers in what it says.

    What is `scripted` may execute what it carries in itself.
    """
    read = _Page()
    read.feed(html)
    read.close()
    yield from (f"outside reference {_short(address)}" for address in read.outside)
    active = [found for found in read.active if not (scripted and found == "<script>")]
    yield from (f"active content {found}" for found in active)
    yield from identifiers(" ".join(read.said))


def drawing(svg: bytes) -> Iterator[str]:
    """Refuse a drawing that refers outside or names a person, in its comments too."""
    read = _Page()
    read.feed(svg.decode("utf-8"))
    yield from (f"outside reference {_short(address)}" for address in read.outside)
    yield from (f"active content {found}" for found in read.active)
    yield from identifiers(figure.words(svg))


def identifiers(text: str) -> Iterator[str]:
    """Refuse what looks like an identifier of a person; its value is not repeated in full."""
    for what, pattern in IDENTIFIERS.items():
        if found := pattern.search(text):
            yield f"{what}: {found[0][:3]}…{found[0][-2:]}"


def cells(recorded: Recorded) -> Iterator[str]:
    """Refuse numbers that rest on fewer people than may be shown."""
    least = threshold()
    for block in (each for each in recorded.blocks if not each.is_open):
        table = block.table
        for at, (row, hidden) in enumerate(zip(table.rows, table.suppressed, strict=True)):
            if table.base and not hidden and _small(row.get(table.base), least):
                yield f"row {at + 1} of {block.name!r} rests on fewer than {least}"
        for name, fact in block.facts.items():
            if _small(fact.n, least):
                yield f"fact '{block.name}.{name}' rests on fewer than {least}"


def complete(
    entry: Entry, told: Story, recorded: Recorded, spoken: Iterable[Language]
) -> Iterator[str]:
    """Refuse a run that lacks figures, facts, results or texts that it should have."""
    languages = list(spoken)
    for language in languages:
        drawn = sum(language in block.figures for block in recorded.blocks)
        if drawn < entry.figures:
            yield f"{drawn} figures in {language}, but {entry.figures} are declared"
    yield from (f"fact {name!r} is missing" for name in entry.facts if name not in recorded.facts())
    names = [block.name for block in recorded.blocks]
    yield from (f"result {name!r} is missing" for name in entry.headlines if name not in names)
    named = {element.result for element in told.elements}
    yield from (
        f"result {block.name!r} has no place in the story"
        for block in recorded.blocks
        if block.name not in named
    )
    yield from told.lacks(languages)


def files(folder: Path) -> Iterator[str]:
    """Refuse identifiers in the files of a record, and drawings that are not harmless."""
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".json":
            yield from (f"{path.name}: {reason}" for reason in identifiers(path.read_text("utf-8")))
        elif path.suffix == ".svg":
            yield from (f"{path.name}: {reason}" for reason in drawing(path.read_bytes()))


def leaks(folder: Path, bank: Path) -> Iterator[str]:
    """Refuse numbers, addresses and names in the files that are to be published.

    Parameters
    ----------
    folder : Path
        What is to be published.
    bank : Path
        The bank whose vault knows the names; names that occur in the workbench's own texts are
        ordinary words and not looked for.
    """
    names = scan.NOBODY
    if vault.exists(bank):
        with vault.opened(keys(bank), role(bank), "scan vault") as opened:
            names = scan.Names.of(opened.names(), common=_ordinary())
    # A PDF has the words of the record and of the page, which are looked into.
    yield from map(str, scan.scan(folder, names, made=(".pdf",)))


def _ordinary() -> str:
    """Return everything the workbench itself says in Chinese."""
    said = [entry["zh"] for entry in text.catalogue().values()]
    for table in schema.tables().values():
        said += [table.label_zh, *(column.label_zh for column in table.columns)]
    return "\n".join(said)


def refuse(reasons: Iterable[str], log: Path) -> None:
    """Stop if there are `reasons`; all of them are written to `log`.

    Raises
    ------
    GateError
        There is at least one reason.
    """
    found = list(dict.fromkeys(reasons))
    if not found:
        return
    log.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")
    more = f"; and {len(found) - MOST_SHOWN} more in {log}" if len(found) > MOST_SHOWN else ""
    raise GateError(f"not published: {'; '.join(found[:MOST_SHOWN])}{more}")


def _small(count: Any, least: int) -> bool:
    return isinstance(count, (int, float)) and 0 < count < least


def _text(output: Mapping[str, Any]) -> str:
    parts = [output.get("text", ""), *output.get("data", {}).values()]
    return " ".join("".join(part) for part in parts if isinstance(part, (str, list)))


def _short(text: str) -> str:
    plain = " ".join("".join(text).split())
    return plain if len(plain) <= 80 else plain[:79] + "…"
