"""What is published together: which notebooks, with which parameters, in which languages, for whom.

A pack is a file `reports/packs/<name>.toml`; notebooks named on the command line make one of
their own.
"""

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from datetime import time
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from workbench import settings
from workbench.errors import ParameterError
from workbench.report import formats, needs, parameters
from workbench.report.formats import Format
from workbench.report.retention import Keep
from workbench.text import LANGUAGES, Language

NOTEBOOK, PACK = ".ipynb", ".toml"
LONGEST = 160
"""Bytes of a folder's name: 255 are allowed, and the names of files in it add to the path."""
NAME = r"[^\W_][\w.+-]{0,79}"
"""What a notebook may be called in a pack: it names files and folders."""

Transient = Literal["kernel start", "machine", "database"]
Level = Literal["yellow", "red"]


class Model(BaseModel):
    """Base of what a pack file holds: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Bilingual(Model):
    """A text in both languages."""

    zh: str
    en: str

    def said(self, language: Language) -> str:
        """Return the text in `language`."""
        return self.zh if language == "zh" else self.en


class Entry(Model):
    """One notebook of a pack, and what a complete run of it must have shown.

    Attributes
    ----------
    notebook : str
        Its name in `notebooks/`, or a path.
    parameters : mapping
        Values that differ from the notebook's defaults.
    figures : int
        Least number of figures.
    facts : tuple of str
        Facts that must be there, as `<result>.<fact>`.
    headlines : tuple of str
        Results whose findings the index repeats; the first three when empty.
    called : str
        Its name in this pack (`as` in the file), so that one notebook can be there twice.
    needs : tuple of str
        What it reads of other notebooks' records: their names, or what they provide.
    reads : tuple of str
        Notebooks of other packs whose newest published records it reads, as far as there are any.
    formats : tuple of str or None
        What it is published as, of the pack's formats; all of them when None.
    provides : tuple of str
        Under which names, besides its own, others may need its record.
    """

    notebook: str
    called: str = Field(default="", alias="as", pattern=rf"^(?:{NAME})?$")
    needs: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    formats: tuple[Format, ...] | None = None
    provides: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = {}
    figures: int = Field(default=0, ge=0)
    facts: tuple[str, ...] = ()
    headlines: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        """Return the notebook's file."""
        if self.notebook.endswith(NOTEBOOK):
            return Path(self.notebook).resolve()
        return settings.home() / "notebooks" / f"{self.notebook}{NOTEBOOK}"

    @property
    def name(self) -> str:
        """Return its name in the pack: `called`, or its file without the ending."""
        return self.called or self.path.stem


class Limits(Model):
    """How long a cell, and a whole notebook, may take, in seconds."""

    cell_seconds: float = Field(default=300, gt=0)
    notebook_seconds: float = Field(default=1200, gt=0)


class Retries(Model):
    """How often, and after what, a notebook is tried again; never after another failure.

    Attributes
    ----------
    times : int
        How many times at most.
    wait_seconds : float
        Wait before the first of them; each further wait is twice as long.
    on : tuple of str
        What passes: a kernel that does not start, a machine that is short of something for a
        moment, a database that cannot be reached.
    """

    times: int = Field(default=2, ge=0, le=10)
    wait_seconds: float = Field(default=5, gt=0, le=3600)
    on: tuple[Transient, ...] = ("kernel start", "machine", "database")


class Levels(Model):
    """Where a fact turns yellow, and where red; a value on the limit has not crossed it."""

    yellow: float
    red: float


class Threshold(Model):
    """Limits of one fact, in the fact's own unit: a share of 5% is 0.05."""

    above: Levels | None = None
    below: Levels | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "Threshold":
        if not (self.above or self.below):
            raise ValueError("give `above` or `below`, each with `yellow` and `red`")
        if self.above and self.above.red < self.above.yellow:
            raise ValueError("red of `above` is lower than yellow")
        if self.below and self.below.red > self.below.yellow:
            raise ValueError("red of `below` is higher than yellow")
        return self


class Mail(Model):
    """To whom a published report is written as a mail, and from whom; nothing is sent."""

    to: tuple[str, ...] = Field(min_length=1)
    sender: str | None = Field(default=None, alias="from")


class Keeping(Model):
    """How much of a pack is kept; see `retention.Keep`."""

    last: int = Field(default=12, ge=1)
    monthly: int = Field(default=24, ge=0)
    runs: int = Field(default=3, ge=1)
    failed: int = Field(default=20, ge=1)

    def policy(self) -> Keep:
        """Return the same for `retention`."""
        return Keep(**self.model_dump())


class Pack(Model):
    """Notebooks published together, under one name.

    Attributes
    ----------
    disclosure : str
        For whom results are shown; see the rule pack `disclosure`.
    formats : tuple of str
        What each notebook is published as, in this order.
    template : str or None
        The PowerPoint file whose layouts decks take, from the project folder; see `deck_template`.
    for_each : str or None
        One report for each of these, from their rows alone.
    deadline : time or None
        When the report is due, by the clock of the machine.
    thresholds : mapping of `<result>.<fact>` to Threshold
        Limits whose crossing is reported.
    review : bool
        Whether a run ends as a draft until two people have signed it.
    keep : Keeping
        How many reports stay.
    mail : Mail or None
        Whether each published report is written as a mail, too; not when None.
    """

    name: str
    title: Bilingual | None = None
    audience: Bilingual | None = None
    disclosure: Literal["wide", "credit"] = "wide"
    languages: tuple[Language, ...] = Field(default=LANGUAGES, min_length=1)
    formats: tuple[Format, ...] = Field(default=("html",), min_length=1)
    template: str | None = None
    for_each: Literal["branches"] | None = None
    deadline: time | None = None
    thresholds: Mapping[str, Threshold] = {}
    limits: Limits = Limits()
    retries: Retries = Retries()
    review: bool = False
    keep: Keeping = Keeping()
    mail: Mail | None = None
    notebooks: tuple[Entry, ...] = Field(min_length=1)

    @property
    def deck_template(self) -> Path | None:
        """Return the template of decks: its own, else the setting's; None for the workbench's."""
        return settings.home() / self.template if self.template else settings.deck_template()

    def readers(self) -> dict[Language, str]:
        """Return whom it is for, in every language; nothing when the pack does not say."""
        audience = self.audience
        return {each: audience.said(each) for each in LANGUAGES} if audience else {}

    def upstream(self) -> dict[str, dict[str, str]]:
        """Return, for each notebook, what it needs and the notebook that provides it."""
        return needs.upstream(
            {entry.name: entry.needs for entry in self.notebooks},
            {entry.name: entry.provides for entry in self.notebooks},
        )


def chosen(targets: Sequence[str]) -> Pack:
    """Return the pack that `targets` of the command line mean: one pack, or some notebooks.

    Raises
    ------
    ParameterError
        There is no such pack or notebook, or packs and notebooks are mixed.
    """
    packs = [target for target in targets if _is_pack(target)]
    if packs and len(targets) > 1:
        raise ParameterError(f"run the pack {packs[0]!r} alone, or notebooks without a pack")
    if packs:
        return read(_packs() / f"{packs[0]}{PACK}")
    entries = [Entry(notebook=target) for target in targets]
    for entry in entries:
        if not entry.path.is_file():
            raise ParameterError(f"there is no {entry.notebook!r}; {_meant(entry.notebook)}")
    names = [entry.name for entry in entries]
    if len(set(names)) < len(names):
        raise ParameterError(f"a notebook is named twice in {names}; name each once")
    return Pack(name=_joined(names), notebooks=tuple(entries))


def _joined(names: Sequence[str]) -> str:
    """Return the name of a pack of notebooks; one that is too long for a folder ends in a hash."""
    whole = "+".join(names)
    if len(whole.encode()) <= LONGEST:
        return whole
    mark = hashlib.sha256(whole.encode()).hexdigest()[:8]
    room = LONGEST - len(mark) - 1
    return f"{whole.encode()[:room].decode(errors='ignore')}~{mark}"


def known(name: str) -> Pack:
    """Return the pack called `name`, or the one that `name` is a part of.

    A pack of notebooks that were named has the usual settings.
    """
    name = name.partition("/")[0]
    file = _packs() / f"{name}{PACK}"
    if file.is_file():
        return read(file)
    return Pack(name=name, notebooks=tuple(Entry(notebook=each) for each in name.split("+")))


def read(file: Path) -> Pack:
    """Read the pack file `file`.

    Raises
    ------
    ParameterError
        A key or value is wrong, a notebook is missing or there twice, or what notebooks need and
        provide does not fit together.
    """
    try:
        content = tomllib.loads(file.read_text("utf-8"))
        pack = Pack.model_validate({"name": file.stem, **content})
        _whole(pack)
    except (tomllib.TOMLDecodeError, ParameterError) as error:
        raise ParameterError(f"{file.name}: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        said = first["msg"].removeprefix("Value error, ")
        raise ParameterError(f"{file.name}: {where}: {said}") from None
    return pack


def _whole(pack: Pack) -> None:
    """Refuse a pack whose notebooks do not make a whole."""
    for entry in pack.notebooks:
        if not entry.path.is_file():
            raise ParameterError(f"there is no {entry.notebook!r}; {_meant(entry.notebook)}")
    names = [entry.name for entry in pack.notebooks]
    for name in names:
        if names.count(name) > 1:
            raise ParameterError(f'{name!r} is there twice; name one of them with `as = "…"`')
    if pack.review and pack.for_each:
        raise ParameterError(
            f"`review = true` and `for_each = {pack.for_each!r}` exclude each other: two people "
            "would have to sign every single report; leave one of them out"
        )
    for entry in pack.notebooks:
        _fits(entry, names, pack.formats)
    formats.require(pack.formats)
    pack.upstream()


def _fits(entry: Entry, names: Sequence[str], kinds: Sequence[Format]) -> None:
    """Refuse a notebook that reads what it has to need, or that its pack publishes otherwise."""
    if own := sorted(set(entry.reads) & set(names)):
        raise ParameterError(f"{entry.name!r} reads {own[0]!r} of this pack; name it in `needs`")
    if more := [each for each in entry.formats or () if each not in kinds]:
        raise ParameterError(
            f"{entry.name!r} names the format {more[0]!r}, but its pack has {list(kinds)}"
        )
    if entry.formats and kinds[0] not in entry.formats:
        raise ParameterError(
            f"{entry.name!r} leaves out {kinds[0]!r}, the first format of its pack, which the "
            "index opens; name it too"
        )


def values(pack: Pack, pairs: Mapping[str, str]) -> dict[str, dict[str, object]]:
    """Return the checked parameters of every notebook of `pack`: the file's, then `pairs`.

    A name in `pairs` goes to each notebook that declares it; one that none declares is refused.
    """
    declared = {entry.name: parameters.declared(entry.path) for entry in pack.notebooks}
    everywhere = {name: parameter for own in declared.values() for name, parameter in own.items()}
    for name in pairs:
        parameters.one(everywhere, name, pack.name)
    return {
        entry.name: {
            **_own(entry, declared[entry.name]),
            **{
                name: declared[entry.name][name].from_text(text)
                for name, text in pairs.items()
                if name in declared[entry.name]
            },
        }
        for entry in pack.notebooks
    }


def _own(entry: Entry, known: Mapping[str, parameters.Parameter]) -> dict[str, object]:
    return {
        name: parameters.one(known, name, entry.name).checked(value)
        for name, value in entry.parameters.items()
    }


def _packs() -> Path:
    return settings.home() / "reports" / "packs"


def _is_pack(target: str) -> bool:
    return "/" not in target and (_packs() / f"{target}{PACK}").is_file()


def _meant(target: str) -> str:
    notebooks = (settings.home() / "notebooks").glob(f"*{NOTEBOOK}")
    names = [path.stem for path in [*_packs().glob(f"*{PACK}"), *notebooks]]
    return parameters.meant(target, sorted(names))
