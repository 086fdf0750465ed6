"""What is published together: which notebooks, with which parameters, in which languages, for whom.

A pack is a file `reports/packs/<name>.toml`; notebooks named on the command line make one of
their own.
"""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workbench import settings
from workbench.errors import ParameterError
from workbench.report import parameters
from workbench.report.retention import Keep
from workbench.text import LANGUAGES, Language

NOTEBOOK, PACK = ".ipynb", ".toml"


class Model(BaseModel):
    """Base of what a pack file holds: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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
    """

    notebook: str
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
        """Return the notebook's name: its file without the ending."""
        return self.path.stem


class Limits(Model):
    """How long a cell, and a whole notebook, may take, in seconds."""

    cell_seconds: float = Field(default=300, gt=0)
    notebook_seconds: float = Field(default=1200, gt=0)


class Levels(Model):
    """Where a fact turns yellow, and where red; a value on the limit has not crossed it."""

    yellow: float
    red: float


class Threshold(Model):
    """Limits of one fact, in the fact's own unit: a share of 5% is 0.05."""

    above: Levels | None = None
    below: Levels | None = None


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

    With `review`, a run ends as a draft until two people have signed it.
    """

    name: str
    title: Bilingual | None = None
    audience: Bilingual | None = None
    disclosure: Literal["wide", "credit"] = "wide"
    languages: tuple[Language, ...] = LANGUAGES
    limits: Limits = Limits()
    thresholds: Mapping[str, Threshold] = {}
    review: bool = False
    keep: Keeping = Keeping()
    notebooks: tuple[Entry, ...] = Field(min_length=1)


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
    return Pack(name="+".join(names), notebooks=tuple(entries))


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
    """Read the pack file `file`."""
    try:
        content = tomllib.loads(file.read_text("utf-8"))
        return Pack.model_validate({"name": file.stem, **content})
    except tomllib.TOMLDecodeError as error:
        raise ParameterError(f"{file.name}: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ParameterError(f"{file.name}: {where}: {first['msg']}") from None


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
