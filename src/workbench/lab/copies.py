"""Working copies of the notebooks: what an analyst edits, and the way back into the project.

The sources are never opened for editing. A copy is made once and kept; one that nobody touched
follows its source. What goes back has no output, no trace of a run, and a parameters cell that the
runner accepts.
"""

import ast
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from workbench import durable, settings
from workbench.errors import DataError, ParameterError
from workbench.privacy.audit import account
from workbench.report import notebook, parameters

KNOWN = ".sources.json"
"""In the folder of copies: which version of each source its copy was made from."""
ASIDE = ".mine"
KEPT = "keep_output"
"""Tag of cells whose output is stored in the project: it comes from the demo bank alone."""
State = Literal["new", "same", "renewed", "edited", "behind"]
"""Made now, as its source, followed its source, edited, or edited while the source moved on."""


@dataclass(frozen=True)
class Copy:
    """One working copy.

    Attributes
    ----------
    name : str
        Of the notebook.
    path : Path
        Where the copy is.
    state : str
        One of `State`.
    """

    name: str
    path: Path
    state: State


def folder() -> Path:
    """Return the folder of this account's working copies; nobody else can enter it."""
    place = settings.home() / "lab" / account()
    durable.folder(place)
    place.chmod(0o700)
    return place


def sources() -> list[Path]:
    """Return the notebooks of the project, in alphabetical order."""
    return sorted((settings.home() / "notebooks").glob("*.ipynb"))


def renewed(place: Path) -> list[Copy]:
    """Make the copies that are missing in `place`, let untouched ones follow, keep edited ones.

    Returns
    -------
    list of Copy
        One for each notebook of the project, in alphabetical order.
    """
    known = _known(place)
    copies = [_renewed(source, place / source.name, known) for source in sources()]
    durable.write(place / KNOWN, json.dumps(known, indent=1, sort_keys=True) + "\n")
    return copies


def _renewed(source: Path, target: Path, known: dict[str, str]) -> Copy:
    text = source.read_text("utf-8")
    now, before = _print(json.loads(text)), known.get(source.stem)
    if not target.exists():
        state: State = "new"
    elif _touched(target, before):
        return Copy(source.stem, target, "edited" if now == before else "behind")
    else:
        state = "same" if now == before else "renewed"
    if state != "same":
        durable.write(target, _written(_bare(json.loads(text))))
        known[source.stem] = now
    return Copy(source.stem, target, state)


def _touched(target: Path, before: str | None) -> bool:
    """Tell whether the copy is other than what was copied; outputs do not count."""
    try:
        return _print(json.loads(target.read_text("utf-8"))) != before
    except (ValueError, KeyError, TypeError):
        return True


def started_anew(name: str, place: Path) -> Path:
    """Put the copy of `name` aside, as `<name>.mine.ipynb`, and return where; a new one is made.

    Raises
    ------
    ParameterError
        There is no such notebook, or no copy of it.
    """
    source = _source(name)
    target = place / source.name
    if not target.exists():
        raise ParameterError(f"there is no working copy of {source.stem!r} in {place}")
    number, aside = 1, place / f"{source.stem}{ASIDE}.ipynb"
    while aside.exists():
        number += 1
        aside = place / f"{source.stem}{ASIDE}{number}.ipynb"
    target.rename(aside)
    return aside


def taken_back(name: str, place: Path) -> Path:
    """Put the copy of `name` into the project's notebooks, stripped, and return where it stands.

    A copy that is no copy of a source becomes a new notebook. Outputs of check cells stay as the
    project has them where their code is the same; all others are dropped, for they may be of real
    customers.

    Raises
    ------
    ParameterError
        There is no such copy; it is no notebook; or its parameters cell is one that `workbench run`
        would refuse.
    DataError
        The copy holds pasted pictures, the source changed since it was copied, or a cell cannot be
        parsed.
    """
    stem = Path(name).stem
    copy = place / f"{stem}.ipynb"
    target = settings.home() / "notebooks" / copy.name
    if not copy.exists():
        there = ", ".join(sorted(each.stem for each in place.glob("*.ipynb"))) or "none"
        raise ParameterError(f"there is no working copy {stem!r} in {place}; there are {there}")
    parameters.declared(copy)
    found = json.loads(notebook.text(notebook.read(copy)))
    _require_clean(found, copy)
    own = json.loads(target.read_text("utf-8")) if target.exists() else None
    known = _known(place)
    if own is not None and known.get(stem) != _print(own):
        raise DataError(
            f"{target.name} has changed since it was copied; run `workbench lab --fresh {stem}`, "
            "carry your changes over into the new copy, and take that back"
        )
    bare = _bare(found, own)
    durable.write(target, _written(bare))
    known[stem] = _print(bare)
    durable.write(place / KNOWN, json.dumps(known, indent=1, sort_keys=True) + "\n")
    return target


def _require_clean(found: Mapping[str, Any], copy: Path) -> None:
    """Refuse what cannot be stripped: pictures in the text, and cells that are no Python."""
    for number, cell in enumerate(found["cells"], 1):
        where = f"{copy.name}, cell {number} ({cell.get('id', 'without id')})"
        if cell.get("attachments"):
            raise DataError(
                f"{where} holds a pasted picture, which may show customers; remove it and describe "
                "what it shows"
            )
        if cell["cell_type"] != "code":
            continue
        try:
            ast.parse("".join(cell["source"]))
        except SyntaxError as error:
            raise DataError(
                f"{where}, line {error.lineno}: {error.msg}; a notebook holds plain Python, "
                "without lines that begin with % or !"
            ) from None


def _bare(found: Mapping[str, Any], own: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the notebook `found` without outputs, counts and what a program noted in it.

    `own` is the project's version, whose stored outputs stay where the code of a cell is the same.
    """
    stored = {each.get("id"): each for each in (own or {}).get("cells", [])}
    meant = (own or found).get("metadata", {})
    kept = {name: value for name, value in meant.items() if name == "kernelspec"}
    return {
        "cells": [_bare_cell(cell, stored.get(cell.get("id"))) for cell in found["cells"]],
        "metadata": kept,
        "nbformat": found["nbformat"],
        "nbformat_minor": found["nbformat_minor"],
    }


def _written(bare: Mapping[str, Any]) -> str:
    """Return a notebook as the text that nbformat would write."""
    return json.dumps(bare, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _bare_cell(cell: Mapping[str, Any], own: Mapping[str, Any] | None) -> dict[str, Any]:
    tags = cell["metadata"].get("tags")
    source = "".join(cell["source"])
    bare: dict[str, Any] = {"cell_type": cell["cell_type"]}
    if "id" in cell:
        bare["id"] = cell["id"]
    bare["metadata"] = {"tags": tags} if tags else {}
    bare["source"] = source.splitlines(keepends=True)
    if cell["cell_type"] == "code":
        same = own is not None and KEPT in (tags or ()) and "".join(own["source"]) == source
        bare["execution_count"] = own["execution_count"] if own and same else None
        bare["outputs"] = own["outputs"] if own and same else []
    return bare


def _print(found: Mapping[str, Any]) -> str:
    """Return the hash of what somebody wrote in a notebook: its cells without their outputs."""
    cells = [
        [cell["cell_type"], cell["metadata"].get("tags", []), "".join(cell["source"])]
        for cell in found["cells"]
    ]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()


def _known(place: Path) -> dict[str, str]:
    try:
        known: dict[str, str] = json.loads((place / KNOWN).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return known


def _source(name: str) -> Path:
    stem = Path(name).stem
    found = {path.stem: path for path in sources()}
    if stem not in found:
        raise ParameterError(f"there is no notebook {stem!r}; {parameters.meant(stem, found)}")
    return found[stem]
