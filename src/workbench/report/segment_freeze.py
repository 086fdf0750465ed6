"""Freezing segments: those that the notebook `segmentation` finds, with the names a person gave."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workbench import settings
from workbench.analysis.segment_names import segment_names
from workbench.analysis.segment_search import Looking, segment_search
from workbench.data import bank as banks
from workbench.data import segment_store, segments
from workbench.data.bank import Bank, open_bank
from workbench.data.segment_store import Frozen
from workbench.errors import DataError, ParameterError
from workbench.privacy.audit import Log
from workbench.report import comparison, draft, history, parameters
from workbench.rules import customer_cells, segmentation

NOTEBOOK = "segmentation"
FREEZE = "freeze segments"
"""The right that freezing takes, and what the audit log calls it."""
LONGEST = 40
"""Letters of the name of a segment."""
TOLD = "segments.structure.segments"
"""The fact of a published run that the frozen segments must have."""


@dataclass(frozen=True)
class Given:
    """What is frozen from: a bank, the notebook's parameters, and the run, if there is one."""

    bank: Bank
    values: Mapping[str, Any]
    run: str = ""
    segments: float | None = None


def given(folder: Path, run: str | None) -> Given:
    """Return what to freeze from: the published `run`, or the newest data with the defaults.

    Raises
    ------
    ParameterError
        There is no such run, it has no segmentation, or the role may not freeze.
    """
    banks.role(folder).require(FREEZE)
    declared = parameters.declared(settings.home() / "notebooks" / f"{NOTEBOOK}.ipynb")
    values = {name: each.default for name, each in declared.items()}
    if run is None:
        return Given(open_bank(folder), values)
    found = history.find(run)
    own = found.manifest.get("notebooks", {}).get(NOTEBOOK)
    if own is None or found.folder is None:
        raise ParameterError(f"run {found.run} holds no notebook {NOTEBOOK}; name one that does")
    told = comparison.recorded_facts(found.folder).get(TOLD)
    pairs = {
        name: declared[name].checked(ast.literal_eval(written))
        for name, written in own["parameters"].items()
    }
    opened = open_bank(folder, snapshot=found.snapshot, as_of=str(found.as_of))
    return Given(opened, {**values, **pairs}, found.run, told.value if told else None)


def frozen(origin: Given, person: str, called: Mapping[str, Mapping[str, str]]) -> Frozen:
    """Return the segments of `origin` as `person` confirms them.

    Parameters
    ----------
    called : mapping of str to (mapping of language to str)
        Names by code of the segment; one that is not named keeps the proposed name.

    Raises
    ------
    DataError
        There is no stable structure to freeze, or another number of segments than the run showed.
    ParameterError
        A code is no segment's, or a name is empty, too long or given twice.
    """
    bank, values = origin.bank, origin.values
    rules = segmentation.rules(bank.as_of)
    day = segments.month_before(bank, values["months_ago"])
    people = segments.customers(bank, day)
    cells = customer_cells.cells(people, segments.assets(bank, day, people), bank.as_of)
    how = Looking(values["most_segments"], values["pairs"], values["seed"])
    found = segment_search(people, cells, rules, day, how)
    cards = {each.group: each.card for each in found if each.card}
    count = sum(len(card.segments) for card in cards.values())
    if not cards:
        raise DataError(f"there is no stable structure on {day}: nothing to freeze")
    if origin.segments is not None and count != origin.segments:
        raise DataError(
            f"run {origin.run} shows {origin.segments:g} segments, now there are {count}: data, "
            "rules or program changed since; run the report again and freeze that run"
        )
    proposed = segment_names(found, rules).names
    codes = [code for card in cards.values() for code in card.segments]
    return Frozen(
        day,
        {group: card.write() for group, card in cards.items()},
        {**{code: dict(proposed[code]) for code in codes}, **_checked(called, codes)},
        {
            "by": draft.named(person),
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "snapshot": bank.snapshot,
            "run": origin.run,
        },
    )


def keep(folder: Path, made: Frozen) -> Path:
    """Write `made` into the bank in `folder`, and into its audit log; return the file."""
    place = segment_store.keep(folder, made)
    role = banks.role(folder).name
    Log(folder).append(role, FREEZE, f"{made.version} {made.hash}", made.made["snapshot"])
    return place


def _checked(
    called: Mapping[str, Mapping[str, str]], codes: list[str]
) -> dict[str, dict[str, str]]:
    for code, names in called.items():
        if code not in codes:
            raise ParameterError(f"there is no segment {code!r}; there are: {', '.join(codes)}")
        for name in names.values():
            if not name.strip() or len(name) > LONGEST or not name.isprintable():
                raise ParameterError(
                    f"--call {code} takes a Chinese and an English name of up to {LONGEST} letters"
                )
    for language in ("zh", "en"):
        given_names = [names[language] for names in called.values()]
        if len(set(given_names)) < len(given_names):
            raise ParameterError("two segments are called alike; give each a name of its own")
    return {code: dict(names) for code, names in called.items()}
