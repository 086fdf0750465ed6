"""Every sentence a reader sees, in Chinese and in English, side by side.

One TOML file per subject beside this module; a key holds `zh` and `en`. A missing key, language
or value is an error, never a silent fallback.
"""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Literal, get_args

from workbench import settings
from workbench.errors import ParameterError

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

_language: ContextVar[Language | None] = ContextVar("language", default=None)


def language() -> Language:
    """Return the language in force: set by `use`, else the run's, `WORKBENCH_LANG`, Chinese."""
    chosen = _language.get()
    if chosen:
        return chosen
    run = settings.run()
    return checked(run.languages[0] if run else settings.language() or "zh")


def checked(name: str) -> Language:
    """Return `name` as a language, or stop with the ones there are."""
    for known_name in LANGUAGES:
        if name == known_name:
            return known_name
    raise ParameterError(f"language must be one of {list(LANGUAGES)}, not {name!r}")


def use(name: Language | None) -> None:
    """Write everything that follows in language `name`; None returns to the default."""
    _language.set(checked(name) if name else None)


@contextmanager
def spoken(name: Language) -> Iterator[None]:
    """Write in language `name` inside a `with` block."""
    token = _language.set(checked(name))
    try:
        yield
    finally:
        _language.reset(token)


def say(key: str, /, **values: object) -> str:
    """Return the sentence stored under `key` in the current language, filled with `values`."""
    return catalogue()[key][language()].format(**values)


def known(key: str) -> bool:
    """Tell whether `key` stands in the catalogue."""
    return key in catalogue()


def fields(key: str) -> tuple[str, ...]:
    """Return the names of the values that the sentence under `key` quotes, each once."""
    parts = Formatter().parse(catalogue()[key][language()])
    return tuple(dict.fromkeys(name for _, name, _, _ in parts if name))


@cache
def catalogue() -> dict[str, dict[Language, str]]:
    """Read all subjects once; a key found in two files is an error."""
    entries: dict[str, dict[Language, str]] = {}
    for file in sorted(files(__name__).iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            subject = tomllib.loads(file.read_text("utf-8"))
            if double := entries.keys() & subject.keys():
                raise KeyError(f"{file.name} repeats {sorted(double)}")
            entries.update(subject)
    return entries
