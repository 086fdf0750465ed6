"""Which source files a notebook runs: its imports, and theirs, followed without running anything.

Libraries are not followed; the versions of everything installed stand for them.
"""

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.machinery import PathFinder
from pathlib import Path

import workbench

PACKAGE = Path(workbench.__file__).parent
MODULE = re.compile(r"workbench(\.\w+)+")
DYNAMIC = frozenset(("import_module", "__import__", "run_path", "run_module", "exec", "eval"))
"""Calls that may run code which only a run could name."""
UNCLEAR = "code that is not plain Python"


@dataclass(frozen=True)
class Closure:
    """What some code imports.

    Attributes
    ----------
    files : tuple of Path
        Source files of the workbench and of modules outside installed libraries, sorted.
    unknown : tuple of str
        Modules of which no source was found.
    """

    files: tuple[Path, ...]
    unknown: tuple[str, ...]


Module = list[tuple[Path, tuple[str, ...]]]
"""The files that importing something runs, each with what it imports in turn."""


def closure(
    sources: Iterable[str], places: Sequence[Path], known: dict[str, Module] | None = None
) -> Closure:
    """Return what the code in `sources` imports, directly or through other modules.

    Parameters
    ----------
    sources : iterable of str
        Python code; what cannot be parsed, such as magics, makes the result `unknown`.
    places : sequence of Path
        Folders, besides the installed libraries, in which modules are looked for.
    known : dict or None
        Names that were followed before, from the same `places`; more are added.
    """
    known = {} if known is None else known
    roots = (PACKAGE.parent, *places)
    files: set[Path] = set()
    unknown: set[str] = set()
    waiting = [name for source in sources for name in _imported(source, "")]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        if name not in known:
            known[name] = [
                (path, _imported(path.read_text("utf-8"), package))
                for path, package in _files(name, roots)
            ]
        if not known[name] and not _installed(name.partition(".")[0]):
            unknown.add(name)
        for path, imported in known[name]:
            files.add(path)
            waiting += imported
    return Closure(tuple(sorted(files)), tuple(sorted(unknown)))


def _files(name: str, roots: Sequence[Path]) -> list[tuple[Path, str]]:
    """Return the files that importing `name` runs, each with the package it belongs to.

    `name` may end in something that is no module but stands in one.
    """
    parts = name.split(".")
    for root in roots:
        found = []
        for end in range(1, len(parts) + 1):
            place = root.joinpath(*parts[:end])
            if (place / "__init__.py").is_file():
                found.append((place / "__init__.py", ".".join(parts[:end])))
            elif place.with_suffix(".py").is_file():
                found.append((place.with_suffix(".py"), ".".join(parts[: end - 1])))
        if found:
            return found
    return []


@cache
def _imported(source: str, package: str) -> tuple[str, ...]:
    """Return the names that `source` imports anywhere, as `module` and `module.name`."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return (UNCLEAR,)
    return tuple(name for node in ast.walk(tree) for name in _names(node, package))


def _names(node: ast.AST, package: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        module = _absolute(node, package)
        yield from (f"{module}.{alias.name}" for alias in node.names)
        if module == PACKAGE.name:
            late = (alias.name for alias in node.names if alias.name in workbench.EXPLORING)
            yield from (f"{module}.lab.{workbench.EXPLORING[name]}" for name in late)
    elif isinstance(node, ast.Constant):
        # The workbench imports some modules late, by names that stand in its source.
        if isinstance(node.value, str) and MODULE.fullmatch(node.value):
            yield node.value
    elif isinstance(node, ast.Call) and package.partition(".")[0] != PACKAGE.name:
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in DYNAMIC:
            yield UNCLEAR


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    above = parts[: len(parts) - node.level + 1]
    return ".".join([*above, *([node.module] if node.module else [])])


@cache
def _installed(top: str) -> bool:
    if top in sys.stdlib_module_names:
        return True
    libraries = [each for each in sys.path if "site-packages" in each or "dist-packages" in each]
    return PathFinder.find_spec(top, libraries) is not None
