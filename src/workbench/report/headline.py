"""A finding where room is short: as a headline, and what follows it."""

import re
from dataclasses import replace

from workbench import text
from workbench.record import Block

SENTENCE = re.compile(r"(?<=[。！？])|(?<=[a-z)%\d”][.!?])\s+(?=[A-Z“\d])")
"""Where one sentence ends and the next begins; decimal points and abbreviations do not count."""
CLAUSE = re.compile(r"[；;：:]\s*")
OPENING, CLOSING = "（(“「", "）)”」"


def headline(block: Block) -> tuple[str, str]:
    """Return the finding's headline and what else it says, in the current language.

    The headline is the finding's own short form, `<key>.short`, where there is one; then the whole
    finding follows. One that may not be told has the result's title as its headline. Otherwise it
    is the first sentence, and the others follow.
    """
    finding = block.finding()
    if block.found.is_untold:
        return block.title(), finding
    short = replace(block.found, key=f"{block.found.key}.short")
    if text.known(short.key):
        return short.say(block.facts), finding
    sentences = [part for part in SENTENCE.split(finding) if part.strip()]
    space = "" if text.language() == "zh" else " "
    return _closed(sentences[0]), space.join(sentences[1:]).strip()


def shortened(sentence: str) -> tuple[str, str]:
    """Cut `sentence` at its first clause mark outside brackets; the second part may be empty."""
    for mark in CLAUSE.finditer(sentence):
        before = sentence[: mark.start()]
        opened = sum(before.count(bracket) for bracket in OPENING)
        if before and opened == sum(before.count(bracket) for bracket in CLOSING):
            return before, sentence[mark.end() :]
    return sentence, ""


def _closed(sentence: str) -> str:
    """Return a headline without the full stop of its sentence."""
    return sentence.strip().removesuffix("。").removesuffix(".")
