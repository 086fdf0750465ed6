"""What the outcome of a notebook depends on, as one hash: equal hash, equal facts and figures."""

import hashlib
import json
import pickle
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from workbench import settings
from workbench.data import hand_coding, segment_store
from workbench.report import cache, imports
from workbench.report.pack import Entry
from workbench.report.provenance import Source
from workbench.result import Result
from workbench.style import fonts

BESIDE = ("data/rulepacks", "data/sources")
"""Folders of the project whose files any analysis may read."""
CARDS = ("models", segment_store.PLACE)
"""Folders of the bank with what somebody froze: it may decide what a notebook shows."""
COMPILED = ".pyc"
CODE = (".py", COMPILED)


@dataclass(frozen=True)
class Setting:
    """What holds for one execution besides the notebook's own source and imports.

    Attributes
    ----------
    values : mapping
        Parameters that differ from the defaults.
    languages : tuple of str
        Languages of the run.
    disclosure : str
        For whom results are shown.
    branches : tuple of str
        Branches the bank is narrowed to.
    upstream : mapping of name to str or None
        Hash of what each needed record depends on.
    environment : mapping
        What the kernel is told, such as how many threads it may use.
    """

    values: Mapping[str, object]
    languages: tuple[str, ...]
    disclosure: str
    branches: tuple[str, ...]
    upstream: Mapping[str, str | None]
    environment: Mapping[str, str]


class Dependence:
    """What notebooks run on `bank`, in the project at home, depend on."""

    def __init__(self, bank: Source) -> None:
        self._bank = bank
        self._own: dict[Path, Mapping[str, object] | None] = {}
        self._followed: dict[str, imports.Module] = {}

    def key(self, entry: Entry, setting: Setting) -> str | None:
        """Return the hash of all that `entry` depends on; None when something is not known.

        Not known are modules of which no source is found, code that only a run could follow, a
        snapshot without its list of files, and a needed record that is itself not known.
        """
        own = self._source(entry.path)
        if own is None or None in setting.upstream.values() or not self._snapshot:
            return None
        return cache.digest({**vars(setting), **self._shared, **own})

    def _source(self, notebook: Path) -> Mapping[str, object] | None:
        """Return the hashes of a notebook and the modules it runs; None when some are not known."""
        if notebook not in self._own:
            source = notebook.read_bytes()
            found = imports.closure(_code(source), self._places, self._followed)
            home = settings.home()
            self._own[notebook] = {
                "notebook": hashlib.sha256(source).hexdigest(),
                "modules": [_named(path, home) for path in found.files],
            }
            if found.unknown:
                self._own[notebook] = None
        return self._own[notebook]

    def shown(self, result: Result, languages: Sequence[str], disclosure: str) -> str:
        """Return the hash of all that decides how `result` is recorded: its content and our code.

        Equal results may have different hashes; different ones never have equal ones.
        """
        content = hashlib.sha256(pickle.dumps(result)).hexdigest()
        given = {"result": content, "languages": languages, "disclosure": disclosure}
        return cache.digest({**given, "code": self._package, **self._shared})

    def rendered(self, content: str) -> str:
        """Return the hash of all that decides how `content` is rendered, templates included."""
        return cache.digest({"content": content, "rendered_by": self._renderer})

    @cached_property
    def _renderer(self) -> str:
        """Return the hash of what every rendered file depends on."""
        every = (path for path in imports.PACKAGE.rglob("*") if path.suffix != COMPILED)
        return cache.digest({"package": _sums(imports.PACKAGE, every), **self._shared})

    @cached_property
    def _snapshot(self) -> str | None:
        """Return the hash of what the snapshot lists; its id alone is not the bank's only one."""
        path = self._bank.folder / "snapshots" / f"{self._bank.snapshot}.json"
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None

    @cached_property
    def _package(self) -> list[str]:
        """Return the hashes of all our code."""
        return _sums(imports.PACKAGE, imports.PACKAGE.rglob("*.py"))

    @cached_property
    def _places(self) -> tuple[Path, ...]:
        return (Path.cwd(), *settings.python_path())

    @cached_property
    def _shared(self) -> dict[str, object]:
        home, folder = settings.home(), self._bank.folder
        return {
            **cache.environment(),
            "about": _sums(folder, [folder / "bank.json", folder / hand_coding.PLACE]),
            "cards": [_sums(folder, list((folder / name).glob("*.json"))) for name in CARDS],
            "snapshot": [self._bank.snapshot, self._snapshot],
            "as_of": self._bank.as_of.isoformat(),
            "role": [settings.role(), settings.branches()],
            "language": settings.language(),
            "lock": _sums(home, [home / "requirements.lock"]),
            "fonts": [[path.name, path.stat().st_size] for path in fonts.files()],
            "data": _sums(imports.PACKAGE, _data(imports.PACKAGE)),
            "beside": [_sums(home, (home / name).rglob("*")) for name in BESIDE],
        }


def _data(package: Path) -> Iterator[Path]:
    """Give the package's own texts, queries and schema: all that is no code and no template."""
    for path in package.rglob("*"):
        if path.suffix not in CODE and "templates" not in path.parts:
            yield path


def _code(source: bytes) -> list[str]:
    cells = json.loads(source)["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def _sums(root: Path, paths: Iterator[Path] | list[Path]) -> list[str]:
    return sorted(_named(path, root) for path in paths if path.is_file())


def _named(path: Path, root: Path) -> str:
    name = path.relative_to(root) if path.is_relative_to(root) else path.name
    return f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()}"
