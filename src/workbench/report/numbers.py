"""The few numbers that stand for a result: named, with their interval and what changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan

from workbench import text
from workbench.record import Block
from workbench.result import Fact

MOST = 3
"""How many numbers stand for a result."""


@dataclass(frozen=True)
class Number:
    """One number as a reader sees it.

    `ends` is its interval and `interval` the same with its coverage; they and `change` are empty
    when there is none.
    """

    label: str
    value: str
    ends: str = ""
    interval: str = ""
    change: str = ""


def leading(block: Block, changed: Mapping[str, str], most: int = MOST) -> list[Number]:
    """Return the numbers that stand for `block`, in the current language.

    They are facts that its finding quotes and that have a name for readers: those with an interval
    first, then those of which a change is told, then rates and amounts, and counts last. `changed`
    says by `<result>.<fact>` what changed.
    """
    quoted = [
        (name, block.facts[name])
        for name in block.found.facts
        if label_of(block.name, name) and not isnan(block.facts[name].value)
    ]

    def rank(pair: tuple[str, Fact]) -> tuple[bool, bool, bool]:
        name, fact = pair
        return not _ends(fact), f"{block.name}.{name}" not in changed, fact.unit == "count"

    quoted.sort(key=rank)
    return [_number(block, name, changed) for name, _ in quoted[:most]]


def changes(block: Block, changed: Mapping[str, str]) -> list[str]:
    """Return what changed in the facts of `block`, one line each, in the current language."""
    return [
        text.say("number.change", label=label_of(block.name, name) or name, change=change)
        for name in block.facts
        if (change := changed.get(f"{block.name}.{name}"))
    ]


def label_of(result: str, fact: str) -> str:
    """Return what a reader calls `fact` of `result`; empty when it has no such name."""
    for key in (f"fact.{result}.{fact}", f"fact.{fact}"):
        if text.known(key):
            return text.say(key)
    return ""


def named(block: Block, name: str) -> Number | None:
    """Return the fact `name` of `block` for a reader; None when readers have no name for it."""
    return _number(block, name, {}) if label_of(block.name, name) else None


def _number(block: Block, name: str, changed: Mapping[str, str]) -> Number:
    fact = block.facts[name]
    return Number(
        label=label_of(block.name, name),
        value=f"{fact}",
        ends=_ends(fact),
        interval=_interval(fact),
        change=changed.get(f"{block.name}.{name}", ""),
    )


def _ends(fact: Fact) -> str:
    """Return the interval, if the fact has one."""
    if fact.low is None or fact.high is None or isnan(fact.low) or isnan(fact.high):
        return ""
    return f"{fact:interval}"


def _interval(fact: Fact) -> str:
    """Return the interval with its coverage, as far as the fact has them."""
    ends = _ends(fact)
    if not ends or fact.confidence is None:
        return ends
    return text.say("number.interval", interval=ends, confidence=f"{fact:confidence}")
