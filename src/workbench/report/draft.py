"""Drafts: runs that wait for two people, one who prepared and one who checked, before they count.

A signature binds a name to the manifest of the draft, and so to every byte of it.
"""

import json
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, get_args

from workbench import durable
from workbench.errors import DataError, GateError, ParameterError
from workbench.report import history, publish, verify
from workbench.report.history import SIGNATURES, Run

Stage = Literal["prepared", "checked"]
STAGES: tuple[Stage, ...] = get_args(Stage)
LONGEST_NAME = 80


def keep(content: Path, pack: str, run: str) -> Path:
    """Move `content` to the drafts of `pack`; return its folder. The latest report stays.

    Must be called while the pack is `locked`.
    """
    drafts = publish.folder(pack) / publish.DRAFTS
    durable.folder(drafts, mode=0o750)
    publish.sweep(drafts)
    _clear(pack)
    publish.place(content, drafts, run)
    return drafts / run


def _clear(pack: str) -> None:
    """Remove drafts that were published, and would have been removed had nothing come between."""
    drafts = publish.folder(pack) / publish.DRAFTS
    for run in history.published(pack):
        if (drafts / run.run).is_dir():
            publish.remove(drafts / run.run, publish.folder(pack))


def sign(name: str, stage: Stage, person: str) -> Run:
    """Let `person` sign the draft `name` as the one who prepared or checked it.

    Raises
    ------
    ParameterError
        There is no such draft; the stage is signed already or out of turn; one person twice.
    DataError
        The draft is not what was run.
    """
    draft = _draft(name)
    with publish.locked(draft.pack):
        publish.sweep(draft.file.parent)
        _whole(draft)
        person = named(person)
        given = list(draft.signed)
        _in_turn(draft, stage, person)
        at = datetime.now(UTC).isoformat(timespec="seconds")
        manifest = publish.digest(draft.file)
        given.append({"stage": stage, "name": person, "at": at, "manifest": manifest})
        publish.write(draft.file.with_name(SIGNATURES), json.dumps(given, ensure_ascii=False))
    return _draft(draft.name)


def release(name: str) -> Path:
    """Publish the draft `name`; return the folder that `latest` leads to.

    Raises
    ------
    GateError
        It lacks a signature.
    DataError
        It is not what was signed.
    """
    draft = _draft(name)
    with publish.locked(draft.pack):
        publish.sweep(draft.file.parent)
        _whole(draft)
        signed = {each["stage"]: each for each in draft.signed}
        if missing := [stage for stage in STAGES if stage not in signed]:
            raise GateError(
                f"run {draft.run} is not signed as {' and '.join(missing)}; "
                f"run `workbench sign {draft.run} --as {missing[0]} --name …`"
            )
        manifest = {
            **draft.manifest,
            "signed": [signed[stage] for stage in STAGES],
            "previous": publish.head(draft.pack),
        }
        assert draft.folder is not None
        folder = publish.promote(draft.folder, draft.pack, draft.run, manifest)
        history.clear_failure(draft.pack)
        _clear(draft.pack)
        return folder


def discard(name: str) -> Run:
    """Remove the draft `name`; it was never published."""
    draft = _draft(name)
    with publish.locked(draft.pack):
        assert draft.folder is not None
        publish.remove(draft.folder, publish.folder(draft.pack))
    return draft


def _draft(name: str) -> Run:
    run = history.find(name)
    if run.state != history.DRAFT:
        raise ParameterError(f"run {run.run} is {run.state}, not a draft")
    return run


def _whole(draft: Run) -> None:
    if (problem := next(verify.content(draft), None)) is not None:
        raise DataError(f"{problem} since the draft was made; discard it and run again")
    digest = publish.digest(draft.file)
    if any(each["manifest"] != digest for each in draft.signed):
        raise DataError(f"run {draft.run} is not what was signed; discard it and run again")


def _in_turn(draft: Run, stage: Stage, person: str) -> None:
    """Refuse a stage that is signed or not yet due, and a person who signed before."""
    signed = {each["stage"]: each["name"] for each in draft.signed}
    if stage in signed:
        raise ParameterError(f"run {draft.run} is already signed as {stage}, by {signed[stage]}")
    before = STAGES[: STAGES.index(stage)]
    if missing := [each for each in before if each not in signed]:
        raise ParameterError(f"run {draft.run} must be signed as {missing[0]} first")
    if folded(person) in map(folded, signed.values()):
        raise ParameterError(
            f"{person} signed run {draft.run} before: who prepares and who checks are two people"
        )


def named(person: str) -> str:
    """Return the name of a person as it is kept.

    Raises
    ------
    ParameterError
        It is empty, too long or cannot be printed.
    """
    name = " ".join(unicodedata.normalize("NFKC", person).split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise ParameterError(f"--name takes a person's name of up to {LONGEST_NAME} letters")
    return name


def folded(name: str) -> str:
    """Return `name` without case and spaces: two ways of writing it are one person."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
