"""A demo bank with known truth: invented customers, loans and surveys, the same from one seed.

Everything is a draw from `segments.toml` and from constants in these modules; `truth.json` beside
the files says what was planted. The files look like a bank's own, with Chinese headers and fake
core numbers, and come into the lake by the same road, through `data/sources/demo.toml`.
"""

import hashlib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from workbench.data import bank, sources
from workbench.data.demo import files
from workbench.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data.intake import Load

CUSTOMERS, MONTHS, SEED = 20_000, 48, 20260930
FEWEST = 100
"""Customers below which segments would stand empty."""


def tables(
    customers: int = CUSTOMERS, months: int = MONTHS, seed: int = SEED
) -> "tuple[dict[str, pd.DataFrame], dict[str, Any]]":
    """Return the canonical tables of a demo bank, and the truth planted in it.

    Parameters
    ----------
    customers : int
        Borrowers, from 100 to 1,000,000.
    months : int
        Months of `loan_months`, up to September 2026.
    seed : int
        The same seed gives the same bank.

    Returns
    -------
    tables : dict of str to DataFrame
        Canonical table → rows with core numbers instead of pseudonyms; codes are categorical.
    truth : dict
        What was planted, and what careless estimates make of it; ready for JSON.

    Raises
    ------
    ParameterError
        Too few customers or months.
    """
    import numpy as np

    from workbench.data.demo import season
    from workbench.data.demo.compose import compose

    if customers < FEWEST or months < 2:
        raise ParameterError(f"a demo bank needs {FEWEST} customers and 2 months at least")
    last = season.number(season.LAST)
    return compose(customers, np.arange(last - months + 1, last + 1), seed)


def generate(
    folder: Path, *, customers: int = CUSTOMERS, months: int = MONTHS, seed: int = SEED
) -> dict[str, Any]:
    """Write the files of a demo bank and `truth.json` into `folder`, and return the truth.

    The parameters are those of `tables`. The same seed gives the same bytes.
    """
    found, truth = tables(customers, months, seed)
    files.write(folder, found, truth)
    return truth


def build(
    bank_folder: Path, *, customers: int = CUSTOMERS, months: int = MONTHS, seed: int = SEED
) -> "Load":
    """Generate a demo bank and take its files into `bank_folder`; return the load.

    The bank is put together beside `bank_folder` and renamed into place when it is whole; one
    that stood there is replaced. `truth.json` comes to lie in it. The parameters are those of
    `tables`.

    Raises
    ------
    ParameterError
        A bank stands there that is not a demo.
    """
    from workbench.data import intake

    if (bank_folder / bank.BANK).exists() and not bank.about(bank_folder).demo:
        raise ParameterError(f"{bank_folder} holds a real bank; give the demo another folder")
    source = sources.read(files.SOURCE)
    about = bank.About(source.bank, source.bank_en, source.currency, True, fingerprint())
    bank_folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{bank_folder.name}-", dir=bank_folder.parent) as passage:
        made = Path(passage)
        found, truth = tables(customers, months, seed)
        paths = files.write(made / "files", found, truth)
        about.write(made / "bank")
        load = intake.take_in(paths, made / "bank", source=files.SOURCE)
        (made / "files" / files.TRUTH).rename(made / "bank" / files.TRUTH)
        if bank_folder.exists():
            bank_folder.rename(made / "former")
        (made / "bank").rename(bank_folder)
    return load


def ensure(bank_folder: Path) -> bool:
    """Build the default demo bank unless this program's own stands in `bank_folder`.

    Returns
    -------
    bool
        Whether it was built.
    """
    bank_folder.parent.mkdir(parents=True, exist_ok=True)
    # Two who ask at once get it once.
    with FileLock(bank_folder.parent / f".{bank_folder.name}.lock"):
        if (bank_folder / bank.BANK).exists():
            about = bank.about(bank_folder)
            if not about.demo or about.generator == fingerprint():
                return False
        build(bank_folder)
    return True


def fingerprint() -> str:
    """Return the SHA-256 of everything that decides what the demo bank looks like."""
    package = Path(__file__).parent
    parts = [path for path in sorted(package.iterdir()) if path.suffix in (".py", ".toml")]
    parts.append(sources.folder() / f"{files.SOURCE}.toml")
    whole = hashlib.sha256()
    for path in parts:
        whole.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()
