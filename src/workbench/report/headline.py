"""A finding where room is short: as a headline with what follows it, and as three numbers."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from workbench import text
from workbench.record import Block
from workbench.result import Fact
from workbench.text import formats, say

NUMBERS = 3
SENTENCE = re.compile(r"(?<=[。！？])|(?<=[a-z)%\d”][.!?])\s+(?=[A-Z“\d])")
"""Where one sentence ends and the next begins; decimal points and abbreviations do not count."""
CLAUSE = re.compile(r"[；;：:]\s*")
OPENING, CLOSING = "（(“「", "）)”」"


@dataclass(frozen=True)
class Number:
    """One number beside a finding, as it is written.

    Attributes
    ----------
    fact : str
        Full name of the fact, `<result>.<fact>`.
    label, value : str
        What it is called, and the number or the words for a suppressed one.
    interval, n, change : str
        Its interval, what it rests on and how it changed, each in words; empty without one.
    """

    fact: str
    label: str
    value: str
    interval: str
    n: str
    change: str

    @property
    def said(self) -> str:
        """Return everything in one line."""
        more = [part for part in (self.interval, self.n, self.change) if part]
        joined = say("deck.joint").join(more)
        line = say("deck.number", label=self.label, value=self.value)
        return line + (say("deck.aside", words=joined) if joined else "")


def headline(block: Block) -> tuple[str, str]:
    """Return the finding's headline and what else it says, in the current language.

    The headline is the finding's own short form, `<key>.short`, where there is one; then the whole
    finding follows. Otherwise it is the first sentence, and the others follow.
    """
    finding = block.finding()
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


def numbers(block: Block, changed: Mapping[str, str]) -> list[Number]:
    """Return the three numbers that stand beside the finding of `block`.

    Those the result names as `key`; else those the finding quotes: first what has an interval, then
    what is not a mere count. A number there is none of is left out; a suppressed one is not.
    """
    names = [name for name in block.key or _ranked(block) if name in block.facts]
    shown = [name for name in names if name in block.hidden or _known(block.facts[name])]
    return [number(block, name, changed) for name in shown[:NUMBERS]]


def number(block: Block, name: str, changed: Mapping[str, str]) -> Number:
    """Return the fact `name` of `block` as it is written in the current language."""
    fact, full = block.facts[name], f"{block.name}.{name}"
    hidden = name in block.hidden
    return Number(
        fact=full,
        label=block.label(name),
        value=say("format.suppressed") if hidden else f"{fact}",
        interval="" if hidden else _interval(fact),
        n=say("deck.n", n=f"{fact:n}") if fact.n else "",
        change=changed.get(full, ""),
    )


def _ranked(block: Block) -> list[str]:
    facts = block.facts
    quoted = [name for name in block.found.facts if name in facts]
    return sorted(quoted, key=lambda name: (facts[name].low is None, facts[name].unit == "count"))


def _known(fact: Fact) -> bool:
    return formats.number(fact.value, fact.unit) != formats.MISSING


def _interval(fact: Fact) -> str:
    ends = (fact.low, fact.high)
    if any(end is None or math.isnan(end) for end in ends):
        return ""
    return say("deck.interval", confidence=f"{fact:confidence}", interval=f"{fact:interval}")


def _closed(sentence: str) -> str:
    """Return a headline without the full stop of its sentence."""
    return sentence.strip().removesuffix("。").removesuffix(".")
