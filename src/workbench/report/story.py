"""What a report tells, in order: the notebook's narrative in both languages around its results.

Written as `story.json` into the record, so that every format tells the same story. Narrative comes
from the notebook's sibling markdown cells `<part>-zh` and `<part>-en`; results take their place by
the execution count of the cell that showed them.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from workbench.record import Block, Recorded
from workbench.text import LANGUAGES, Language

FILE = "story.json"
TITLE, PURPOSE, TAKEAWAYS = "title", "purpose", "takeaways"
METHOD = re.compile(r"load|method(-\w+)*")
"""Parts whose narrative says how the numbers came about; they go to the end of a report."""
HEADING = re.compile(r"\A#+\s+(.+?)\s*#*\s*(?:\n|\Z)")

Kind = Literal["heading", "narrative", "method", "finding", "figure", "table"]


@dataclass(frozen=True)
class Element:
    """One element of the story.

    Attributes
    ----------
    kind : str
        What it is.
    part : str
        The part of the notebook it stands in, such as `purpose` or `analyse-2`.
    text : mapping of language to str
        Heading or markdown; empty for a result.
    result : str
        Name of the result it shows; empty for text.
    """

    kind: Kind
    part: str
    text: Mapping[Language, str] = field(default_factory=dict)
    result: str = ""


@dataclass(frozen=True)
class Story:
    """The elements of one notebook's story, in order."""

    elements: tuple[Element, ...]

    def parts(self) -> list[str]:
        """Return the names of the parts, in order."""
        return list(dict.fromkeys(element.part for element in self.elements))

    def said(self, part: str, kind: Kind, language: Language) -> str:
        """Return the text of `kind` in `part`; empty when there is none in `language`."""
        found = (
            element for element in self.elements if (element.part, element.kind) == (part, kind)
        )
        return next((element.text.get(language, "") for element in found), "")

    def results(self, part: str) -> list[str]:
        """Return the names of the results shown in `part`, in order."""
        shown = (element.result for element in self.elements if element.part == part)
        return list(dict.fromkeys(name for name in shown if name))

    def lacks(self, languages: Iterable[Language]) -> list[str]:
        """Return a line for each text that is missing in one of `languages`."""
        return [
            f"{element.kind} of {element.part!r} is not written in {language}"
            for element in self.elements
            if element.text
            for language in languages
            if language not in element.text
        ]


def told(cells: Iterable[Mapping[str, Any]], recorded: Recorded) -> Story:
    """Return the story of an executed notebook: its `cells` and what they recorded."""
    narrative = _narrative(cells := list(cells))
    placed: dict[int | None, list[Block]] = {}
    for block in recorded.blocks:
        placed.setdefault(block.execution_count, []).append(block)
    elements: list[Element] = []
    for cell in cells:
        if cell["cell_type"] == "markdown":
            elements += _texts(part := _part(cell), narrative.pop(part, {}))
        elif cell.get("execution_count") in placed and cell["cell_type"] == "code":
            for block in placed.pop(cell["execution_count"]):
                elements += shown(str(cell["id"]), block)
    return Story(tuple(elements))


def write(story: Story, folder: Path) -> None:
    """Write `story` beside the record in `folder`."""
    elements = [asdict(element) for element in story.elements]
    content = json.dumps(elements, ensure_ascii=False, indent=1)
    (folder / FILE).write_text(content + "\n", "utf-8")


def read(folder: Path) -> Story:
    """Read the story in `folder`."""
    elements = json.loads((folder / FILE).read_text("utf-8"))
    return Story(tuple(Element(**element) for element in elements))


def _narrative(cells: Iterable[Mapping[str, Any]]) -> dict[str, dict[Language, str]]:
    """Return the markdown of every part by language."""
    found: dict[str, dict[Language, str]] = {}
    for cell in cells:
        if cell["cell_type"] == "markdown":
            texts = found.setdefault(_part(cell), {})
            for language in LANGUAGES:
                if language in cell.get("metadata", {}).get("tags", []):
                    texts[language] = cell["source"].strip()
    return found


def _part(cell: Mapping[str, Any]) -> str:
    return re.sub(rf"-({'|'.join(LANGUAGES)})\Z", "", str(cell["id"]))


def _texts(part: str, texts: Mapping[Language, str]) -> Iterator[Element]:
    """Give heading and narrative of one part; its first heading line is its heading."""
    headings = {name: found[1] for name, text in texts.items() if (found := HEADING.match(text))}
    bodies = {name: HEADING.sub("", text, count=1).strip() for name, text in texts.items()}
    written = {name: body for name, body in bodies.items() if body}
    if headings:
        yield Element("heading", part, headings)
    if written:
        yield Element("method" if METHOD.fullmatch(part) else "narrative", part, written)


def shown(part: str, block: Block) -> Iterator[Element]:
    """Give the elements of one result: its finding, its figure and its table."""
    yield Element("finding", part, result=block.name)
    if block.figures:
        yield Element("figure", part, result=block.name)
    if block.table.rows:
        yield Element("table", part, result=block.name)
