"""Reasons not to publish a finished run. Each gate returns lines that say what was found where."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

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
WARNING = re.compile(r"\b\w+Warning\b:|\bGlyph \d+.{0,80}missing", re.DOTALL)
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


DRAWN = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
"""A drawing inside a page."""


class _Found:
    """What a page or a drawing refers to, what it executes and what it says."""

    def __init__(self) -> None:
        self.outside: list[str] = []
        self.active: list[str] = []
        self.said: list[str] = []

    def element(self, tag: str, attributes: Iterable[tuple[str, str | None]]) -> None:
        if tag in ("script", "iframe", "object", "embed", "base", "link"):
            self.active.append(f"<{tag}>")
        for name, given in attributes:
            value = given or ""
            if name.startswith("on"):
                self.active.append(f"{name}=")
            if name in ADDRESSES and OUTSIDE.search(value):
                self.outside.append(value)
            if name == "style" and CSS_OUTSIDE.search(value):
                self.outside.append(value)
            if name in ("title", "alt", "aria-label", "content", "id", "href"):
                self.said.append(value)

    def styled(self, css: str) -> None:
        self.outside += CSS_OUTSIDE.findall(css)[:1]

    def refused(self, *, scripted: bool = False) -> Iterator[str]:
        yield from (f"outside reference {_short(address)}" for address in self.outside)
        active = [found for found in self.active if not (scripted and found == "<script>")]
        yield from (f"active content {found}" for found in active)


class _Page(HTMLParser):
    """Reads a page as a browser does, but for the drawings that are read apart."""

    def __init__(self, found: _Found) -> None:
        super().__init__(convert_charrefs=True)
        self._found = found
        self._styling = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._styling = tag == "style"
        self._found.element(tag, [(name.rpartition(":")[2], value) for name, value in attrs])

    def handle_endtag(self, tag: str) -> None:
        self._styling = False

    def handle_data(self, data: str) -> None:
        if self._styling:
            self._found.styled(data)
        else:
            self._found.said.append(data)

    def handle_comment(self, data: str) -> None:
        self._found.said.append(data)


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
            elif found := _warning(_text(output)):
                yield f"cell {cell['id']!r} shows a warning: {_short(found[0])}"


def page(html: str, *, scripted: bool = False) -> Iterator[str]:
    """Refuse what a page loads from outside or executes, and identifiers in what it says.

    What is `scripted` may execute what it carries in itself.
    """
    found = _Found()
    read = _Page(found)
    read.feed(DRAWN.sub(lambda match: _apart(match[0], found), html))
    read.close()
    yield from found.refused(scripted=scripted)
    yield from identifiers(" ".join(found.said))


def _apart(drawn: str, found: _Found) -> str:
    """Return a blank for a drawing of harmless shapes, which are looked into; all else as it is.

    Most of a page are its drawings, and XML is read many times sooner than HTML. Where both are
    read alike: shapes and nothing that begins a comment, a section or an instruction.
    """
    try:
        content = figure.content(drawn)
    except ElementTree.ParseError:
        return drawn
    if not content.tags <= figure.SHAPES or "<!" in drawn or "<?" in drawn:
        return drawn
    _looked_into(content, found)
    found.said += content.words
    return " "


def drawing(svg: bytes) -> Iterator[str]:
    """Refuse a drawing that refers outside or names a person, in its comments too."""
    found = _Found()
    content = figure.content(svg)
    _looked_into(content, found)
    yield from found.refused()
    yield from identifiers(" ".join(content.words))


def _looked_into(content: figure.Content, found: _Found) -> None:
    for tag in sorted(content.tags):
        found.element(tag, ())
    for attribute in content.attributes:
        found.element("", [attribute])
    for css in content.styles:
        found.styled(css)
    found.active += ["<?xml-stylesheet>" for each in content.instructions if "stylesheet" in each]


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
            names = _sought(tuple(opened.names()))
    # A PDF has the words of the record and of the page, which are looked into.
    yield from map(str, scan.scan(folder, names, made=(".pdf",)))


@lru_cache(1)
def _sought(names: tuple[str, ...]) -> scan.Names:
    """Return the `names` to look for, prepared once for all reports of a run."""
    return scan.Names.of(names, common=_ordinary())


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


def _warning(text: str) -> re.Match[str] | None:
    # Looking at every word of every drawing took longer than all other gates of a notebook.
    suspect = "Warning" in text or "missing" in text
    return WARNING.search(text) if suspect else None


def _small(count: Any, least: int) -> bool:
    return isinstance(count, (int, float)) and 0 < count < least


def _text(output: Mapping[str, Any]) -> str:
    parts = [output.get("text", ""), *output.get("data", {}).values()]
    return " ".join("".join(part) for part in parts if isinstance(part, (str, list)))


def _short(text: str) -> str:
    plain = " ".join("".join(text).split())
    return plain if len(plain) <= 80 else plain[:79] + "…"
