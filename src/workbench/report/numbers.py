"""The few numbers that stand for a result: named, with their interval and what changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan

from workbench.record import Block
from workbench.result import Fact
from workbench.text import formats, say

MOST = 3
"""How many numbers stand for a result."""
UNCHANGED = "changes.said.same"
"""What is said of a change that is written as zero."""


@dataclass(frozen=True)
class Number:
    """One number as a reader sees it.

    Attributes
    ----------
    fact : str
        Full name of the fact, `<result>.<fact>`.
    label, value : str
        What it is called, and the number or the words for a suppressed one.
    ends, interval, n, change : str
        The ends of its interval, the same with its coverage, what it rests on and how it changed;
        empty without one.
    """

    fact: str
    label: str
    value: str
    ends: str = ""
    interval: str = ""
    n: str = ""
    change: str = ""

    @property
    def said(self) -> str:
        """Return everything in one line."""
        more = [part for part in (self.interval, self.n, self.change) if part]
        line = say("number.value", label=self.label, value=self.value)
        return line + (say("number.aside", words=say("number.joint").join(more)) if more else "")


def leading(block: Block, changed: Mapping[str, str], most: int = MOST) -> list[Number]:
    """Return the numbers that stand for `block`, in the current language.

    Those the result names as `key`; else those its finding quotes that have a name for readers:
    those with an interval first, then those of which a change is told, then rates and amounts, and
    counts last. A number there is none of is left out; a suppressed one keeps its place. `changed`
    says by `<result>.<fact>` what changed.
    """
    names = _standing(block, changed)
    shown = [name for name in names if name in block.hidden or not isnan(block.facts[name].value)]
    return [number(block, name, changed) for name in shown[:most]]


def changes(block: Block, changed: Mapping[str, str]) -> list[str]:
    """Return what changed in the facts that stand for `block`, a line each; else nothing."""
    return [
        say("number.change", label=block.label(name), change=change)
        for name in _standing(block, changed)
        if (change := changed.get(f"{block.name}.{name}")) and change != say(UNCHANGED)
    ]


def number(block: Block, name: str, changed: Mapping[str, str]) -> Number:
    """Return the fact `name` of `block` as it is written in the current language."""
    fact, full = block.facts[name], f"{block.name}.{name}"
    hidden = name in block.hidden
    ends = "" if hidden else _ends(fact)
    return Number(
        fact=full,
        label=block.label(name),
        value=say("format.suppressed") if hidden else _value(block, name),
        ends=ends,
        interval=_covered(fact, ends) if ends else "",
        n=say("number.n", n=f"{fact:n}") if fact.n else "",
        change=_change(block, name, changed),
    )


def _change(block: Block, name: str, changed: Mapping[str, str]) -> str:
    """Say how a fact changed: as it was judged, as the record says, or as its source did."""
    full, move = f"{block.name}.{name}", block.facts.get(block.moves.get(name, ""))
    if full in changed or move is None or isnan(move.value):
        return changed.get(full, changed.get(block.origin(name), ""))
    written = f"{move:signed}"
    if not set(written) & formats.DIGITS:
        return say(UNCHANGED)
    return say("changes.said.not_judged", since=say("changes.since.month"), change=written)


def _value(block: Block, name: str) -> str:
    """Return a number as the finding writes it: with its sign when it is a change."""
    fact = block.facts[name]
    return f"{fact:signed}" if block.found.is_signed(name) else f"{fact}"


def _standing(block: Block, changed: Mapping[str, str]) -> list[str]:
    return [name for name in block.key or _ranked(block, changed) if name in block.facts]


def _ranked(block: Block, changed: Mapping[str, str]) -> list[str]:
    def rank(name: str) -> tuple[bool, bool, bool]:
        fact = block.facts[name]
        return not _ends(fact), f"{block.name}.{name}" not in changed, fact.unit == "count"

    quoted = [name for name in block.found.facts if name in block.facts and block.named(name)]
    return sorted(quoted, key=rank)


def _ends(fact: Fact) -> str:
    if fact.low is None or fact.high is None or isnan(fact.low) or isnan(fact.high):
        return ""
    return f"{fact:interval}"


def _covered(fact: Fact, ends: str) -> str:
    """Return the ends of an interval with its coverage, if the fact says it."""
    if fact.confidence is None:
        return ends
    return say("number.interval", interval=ends, confidence=f"{fact:confidence}")
