"""Where things are, and what the surrounding run says: the only reader of the environment."""

import json
import os
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from workbench.errors import ParameterError

KEY_VARIABLE = "WORKBENCH_KEY_"
"""What the variables that hold keys begin with."""
CHECKOUT = str(Path(__file__).parents[2])
"""The folder this package stands in."""


def home() -> Path:
    """Return the project folder: `WORKBENCH_HOME`, or the checkout this package stands in.

    It holds `notebooks/`, `reports/` and `data/`.
    """
    chosen = os.environ.get("WORKBENCH_HOME") or CHECKOUT
    return _resolved(chosen, "" if Path(chosen).is_absolute() else str(Path.cwd()))


@cache
def _resolved(place: str, below: str) -> Path:
    """Return the folder that `place`, below the folder `below` if it is relative, leads to.

    Opening a bank asks for it hundreds of times. A link that is changed meanwhile is followed by
    the next process: one process works in one folder.
    """
    return Path(below, place).resolve()


def bank_folder() -> Path:
    """Return the folder of the bank to read: the run's, `WORKBENCH_BANK`, own data, or the demo."""
    current = run()
    if current:
        return current.bank
    if chosen := os.environ.get("WORKBENCH_BANK"):
        return Path(chosen).resolve()
    own = home() / "data"
    return own if (own / "bank.json").exists() else own / "demo"


def published() -> Path:
    """Return the folder that holds published reports: `WORKBENCH_PUBLISHED` or the project's."""
    chosen = os.environ.get("WORKBENCH_PUBLISHED")
    return Path(chosen).resolve() if chosen else home() / "reports" / "published"


def rulepack(name: str) -> dict[str, Any]:
    """Return the dated rule pack `data/rulepacks/<name>.toml` as plain values."""
    return _rulepack(home(), name)


def rulepacks() -> list[str]:
    """Return the names of all rule packs, sorted."""
    return sorted(path.stem for path in (home() / "data" / "rulepacks").glob("*.toml"))


@cache
def _rulepack(folder: Path, name: str) -> dict[str, Any]:
    import tomllib

    path = folder / "data" / "rulepacks" / f"{name}.toml"
    if not path.exists():
        raise ParameterError(f"rule pack {path} is missing; restore it from the project")
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ParameterError(f"rule pack {path.name} is not valid TOML: {error}") from None


def font_file() -> str | None:
    """Return the font file chosen by `WORKBENCH_FONT`, if any."""
    return os.environ.get("WORKBENCH_FONT") or None


def deck_template() -> Path | None:
    """Return the PowerPoint template chosen by `WORKBENCH_DECK_TEMPLATE`, if any."""
    chosen = os.environ.get("WORKBENCH_DECK_TEMPLATE")
    return Path(chosen).resolve() if chosen else None


def keys_folder() -> Path | None:
    """Return the folder of key files chosen by `WORKBENCH_KEYS`, if any."""
    chosen = os.environ.get("WORKBENCH_KEYS")
    return Path(chosen).resolve() if chosen else None


def kms() -> str | None:
    """Return the command of the key management service, `WORKBENCH_KMS`, if any."""
    return os.environ.get("WORKBENCH_KMS") or None


def key_variable(name: str) -> str:
    """Return the variable that may hold the key called `name`."""
    return f"{KEY_VARIABLE}{name.upper()}"


def key_text(name: str) -> str | None:
    """Return what the environment says the key called `name` is, if anything."""
    return os.environ.get(key_variable(name)) or None


def scrub(environment: MutableMapping[str, str]) -> None:
    """Remove keys, and the way to them, from the environment of a program about to start."""
    for name in [each for each in environment if each.startswith((KEY_VARIABLE, "WORKBENCH_KMS"))]:
        del environment[name]


def role() -> str | None:
    """Return the role chosen by `WORKBENCH_ROLE`, if any."""
    return os.environ.get("WORKBENCH_ROLE") or None


def branches() -> tuple[str, ...]:
    """Return the branches to read: the run's, those of `WORKBENCH_BRANCHES`; empty for all."""
    current = run()
    if current and current.branches:
        return current.branches
    chosen = os.environ.get("WORKBENCH_BRANCHES", "")
    return tuple(name.strip() for name in chosen.split(",") if name.strip())


def python_path() -> tuple[Path, ...]:
    """Return the folders of `PYTHONPATH`: where Python looks for modules that nobody installed."""
    return tuple(Path(name) for name in os.environ.get("PYTHONPATH", "").split(os.pathsep) if name)


def language() -> str | None:
    """Return the language chosen by `WORKBENCH_LANG`, if any."""
    return os.environ.get("WORKBENCH_LANG") or None


def kernel() -> str | None:
    """Return the kind of kernels chosen by `WORKBENCH_KERNEL`, if any."""
    return os.environ.get("WORKBENCH_KERNEL") or None


@dataclass(frozen=True)
class Run:
    """What the runner tells a notebook's kernel.

    Attributes
    ----------
    record : Path
        Folder the notebook's results are written to.
    bank : Path
        Folder of the bank to read.
    snapshot : str
        Snapshot the run is pinned to.
    as_of : str
        ISO date up to which facts may be used.
    languages : tuple of str
        Languages to draw figures in, the first one also on the screen.
    audience : str
        For whom the results are shown; see the rule pack `disclosure`.
    branches : tuple of str
        Branches whose rows are read, as if the role saw no others; empty for all it sees.
    upstream : mapping of str to Path
        Records of other notebooks that this one needs.
    """

    record: Path
    bank: Path
    snapshot: str
    as_of: str
    languages: tuple[str, ...]
    audience: str = "wide"
    branches: tuple[str, ...] = ()
    upstream: Mapping[str, Path] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Store this run where `WORKBENCH_RUN` of a kernel will point."""
        path.write_text(json.dumps(vars(self), ensure_ascii=False, default=str), "utf-8")


def run() -> Run | None:
    """Return the run this kernel belongs to, or None in an interactive session."""
    path = os.environ.get("WORKBENCH_RUN")
    return _run(Path(path), Path(path).stat().st_mtime_ns) if path else None


@cache
def _run(path: Path, written: int) -> Run:
    """Return what stands in `path`, which was `written` then; every sentence said asks for it."""
    values = json.loads(path.read_text("utf-8"))
    return Run(
        record=Path(values["record"]),
        bank=Path(values["bank"]),
        snapshot=values["snapshot"],
        as_of=values["as_of"],
        languages=tuple(values["languages"]),
        audience=values["audience"],
        branches=tuple(values["branches"]),
        upstream={name: Path(place) for name, place in values["upstream"].items()},
    )
