"""Rendered files: made anew, or taken from an earlier run that made the same from the same.

A file's key is a hash over all that enters it, so that what is taken is what would be made. Pages
name the run they are of; they are kept without that, and it is put in when they are published.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from workbench.report import formats, page
from workbench.report.cache import Cache, DamagedError
from workbench.report.dependence import Dependence
from workbench.report.formats import Format
from workbench.report.page import Report
from workbench.report.provenance import OWN, Provenance
from workbench.text import Language


@dataclass(frozen=True)
class File:
    """One file of a report that is to be published.

    Attributes
    ----------
    report : Report
        What is told.
    origin : Provenance
        Where it comes from.
    language, kind : str
        Its language and its format.
    title : str
        The title of the whole it is published in.
    formats : sequence of Format
        What the report is published as: the page links to its other files.
    changed : mapping of `<result>.<fact>` to str
        What has changed, in a sentence of `language`.
    template : Path or None
        The PowerPoint file whose layouts a deck takes; the workbench's own when None.
    """

    report: Report
    origin: Provenance
    language: Language
    kind: Format
    title: str
    formats: Sequence[Format]
    changed: Mapping[str, str]
    template: Path | None = None

    @property
    def name(self) -> str:
        """Return what the file is called."""
        return formats.address(self.report.name, self.language, self.kind)

    def made(self) -> bytes:
        """Return its content, rendered anew; a page says `Provenance.unstamped` of its run."""
        origin = self.origin.unstamped()
        if self.kind == "html":
            others = formats.others(self.report.name, self.language, self.formats)
            return page.render(self.report, origin, self.language, self.title, others).encode()
        return formats.render(
            *(self.kind, self.report, origin, self.language, self.title),
            *(self._changed(), self.template),
        )

    def depends(self) -> Mapping[str, object]:
        """Return all that enters it besides code, texts, rules and fonts."""
        return {
            "report": self.report,
            "origin": {name: of for name, of in vars(self.origin).items() if name not in OWN},
            "language": self.language,
            "kind": self.kind,
            "title": self.title,
            "formats": list(self.formats) if self.kind == "html" else None,
            "changed": {} if self.kind == "html" else self._changed(),
            "template": self.template if self.kind == "pptx" else None,
        }

    def _changed(self) -> dict[str, str]:
        """Return what is said of the report's own facts: a change elsewhere concerns others."""
        own = {block.name for block in self.report.recorded.blocks}
        return {name: said for name, said in self.changed.items() if _result(name) in own}


class Rendering:
    """Gives the contents of files, as few of them rendered as can be.

    Parameters
    ----------
    kept : Cache
        Where rendered files are kept.
    dependence : Dependence
        What results depend on, of the bank that the run reads.
    say : callable
        Is told of what cannot be used or kept.
    fresh : bool
        Whether everything is rendered.

    Attributes
    ----------
    reused : dict of str to str
        Files that were taken from an earlier run, and the run each is from.
    made : int
        How many of the others there are: those that this run rendered.
    """

    def __init__(
        self, kept: Cache, dependence: Dependence, say: Callable[[str], None], *, fresh: bool
    ) -> None:
        self._kept, self._dependence, self._say, self._fresh = kept, dependence, say, fresh
        self._plain: dict[int, tuple[Report, str]] = {}
        self.reused: dict[str, str] = {}
        self.made = 0
        self._early: set[str] = set()
        self._stopped = False

    def contents(self, files: Iterable[File]) -> Iterator[tuple[File, bytes]]:
        """Give the content of each of `files`, in their order."""
        for file in files:
            content = self._content(file)
            self.made += file.name not in self.reused
            stamped = file.origin.stamped(content) if file.kind in formats.PAGES else content
            yield file, stamped

    def early(self, files: Iterable[File]) -> None:
        """Render what of `files` is not kept, so that `contents` finds it, unless stopped."""
        for file in files:
            if self._stopped:
                return
            key = self._key(file)
            if self._fresh or not self._kept.has(key):
                self._made(file, key)
                self._early.add(key)

    def stop(self) -> None:
        """Let `early` end behind the file that it is at."""
        self._stopped = True

    def _content(self, file: File) -> bytes:
        key = self._key(file)
        usable = key in self._early or not self._fresh
        if usable and (found := self._taken(file, key)) is not None:
            return found
        return self._made(file, key)

    def _made(self, file: File, key: str) -> bytes:
        content = file.made()
        try:
            self._kept.keep_file(key, content)
        except OSError as error:
            self._say(f"{file.name}: not kept for reuse: {error.strerror or error}")
        return content

    def _taken(self, file: File, key: str) -> bytes | None:
        try:
            found = self._kept.fetch_file(key)
        except DamagedError as error:
            self._say(f"{file.name}: {error}; rendering it again")
            return None
        if found is None:
            return None
        content, run = found
        if key not in self._early:
            self.reused[file.name] = run
        return content

    def _key(self, file: File) -> str:
        depends = {**file.depends(), "report": self._report(file.report)}
        return self._dependence.rendered(_written(depends))

    def _report(self, report: Report) -> str:
        """Return the hash of `report`, worked out once for all its files."""
        if id(report) not in self._plain:
            self._plain[id(report)] = (report, _hash(_written(report).encode()))
        return self._plain[id(report)][1]


def _result(fact: str) -> str:
    return fact.rpartition(".")[0]


def _hash(content: bytes) -> str:
    return sha256(content).hexdigest()


def _written(values: object) -> str:
    """Return `values` as text: equal text for equal values in equal order."""
    return json.dumps(values, ensure_ascii=False, default=_part)


def _part(value: Any) -> object:
    """Return what JSON cannot hold as what it can: files by what is in them, sets in order."""
    if isinstance(value, Path):
        return _hash(value.read_bytes())
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)
