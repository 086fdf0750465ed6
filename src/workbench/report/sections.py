"""What every format of a report is made of: its parts in order, each with the results it shows."""

import re
from dataclasses import dataclass, replace

from workbench import text
from workbench.record import Block, Recorded
from workbench.report import story
from workbench.report.provenance import Provenance
from workbench.report.story import Story
from workbench.result import Fact
from workbench.text import formats, say

HASH = 12
"""Letters that are shown of a commit and of the lock."""
SENTENCE = re.compile(r"。|[.?!]\s+(?=[A-Z]|\Z)")
"""Where a sentence ends; in English something must follow, as a fact may."""
OPEN, CLOSE = "\ue000", "\ue001"
"""Private characters that mark a fact inside a sentence until the sentence is taken apart."""


@dataclass(frozen=True)
class Section:
    """A part of a report under one heading.

    Attributes
    ----------
    part : str
        Name of the part in the notebook.
    heading : str
        Its heading; that of its first result where it has none of its own.
    markdown : str
        Its narrative.
    blocks : tuple of Block
        The results it shows, in order.
    """

    part: str
    heading: str
    markdown: str
    blocks: tuple[Block, ...] = ()

    def is_takeaways(self) -> bool:
        """Tell whether it says what to do with the results."""
        return self.part == story.TAKEAWAYS


class _Marked(Fact):
    """A fact that is recognised again in the finished sentence."""

    def __format__(self, part: str) -> str:
        return f"{OPEN}{super().__format__(part)}{CLOSE}"


def sections(told: Story, recorded: Recorded) -> list[Section]:
    """Return the parts that tell something, methods apart, in the current language."""
    language, blocks = text.language(), {block.name: block for block in recorded.blocks}
    found = []
    for part in (part for part in told.parts() if _is_section(part, told)):
        shown = tuple(blocks[name] for name in told.results(part))
        heading = told.said(part, "heading", language) or (shown[0].title() if shown else part)
        found.append(Section(part, heading, told.said(part, "narrative", language), shown))
    return found


def methods(told: Story) -> list[Section]:
    """Return the parts that say how the numbers came about, in the current language."""
    language = text.language()
    return [
        Section(part, told.said(part, "heading", language), told.said(part, "method", language))
        for part in told.parts()
        if _is_method(part)
    ]


def purpose(told: Story) -> tuple[str, str]:
    """Return the question the report answers, and what is said of it besides, as markdown."""
    question, _, besides = told.said(story.PURPOSE, "narrative", text.language()).partition("\n\n")
    return question, besides


def pieces(block: Block) -> list[tuple[str, bool]]:
    """Return the finding cut into what is written and what is a fact; True marks facts."""
    marked = {name: _Marked(**vars(fact)) for name, fact in block.facts.items()}
    parts = replace(block, facts=marked).finding().replace(CLOSE, OPEN).split(OPEN)
    return [(part, at % 2 == 1) for at, part in enumerate(parts) if part]


def split(
    sentence: list[tuple[str, bool]],
) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
    """Return the pieces of the first sentence of a finding, and those of what follows it."""
    for at, (part, is_fact) in enumerate(sentence):
        if not is_fact and (end := SENTENCE.search(part)):
            first = [*sentence[:at], (part[: end.end()].rstrip(), False)]
            rest = [(part[end.end() :], False), *sentence[at + 1 :]]
            return first, [each for each in rest if each[0]]
    return sentence, []


def origin_of(name: str, origin: Provenance) -> list[tuple[str, str]]:
    """Return what the report `name` rests on as labels and values.

    Run, time and the end of the audit log are left out, as each run has others: equal snapshots
    give equal reports. The manifest and the page have them.
    """
    code, dirty = origin.code, say("report.dirty") if origin.code.dirty else ""
    values = {
        "report.bank": origin.bank[text.language()],
        "report.as_of": formats.day(origin.as_of),
        "report.snapshot": origin.snapshot,
        "report.notebook": name,
        "report.version": code.version,
        "report.commit": f"{code.commit[:HASH]} {dirty}".strip() if code.commit else "",
        "report.lock": (code.lock or "")[:HASH],
    }
    return [(say(key), value) for key, value in values.items() if value]


def _is_section(part: str, told: Story) -> bool:
    apart = part in (story.TITLE, story.PURPOSE) or _is_method(part)
    return bool(told.results(part)) or not apart


def _is_method(part: str) -> bool:
    return bool(story.METHOD.fullmatch(part))
