"""A demo bank with known truth: invented customers, loans and surveys, the same from one seed.

Everything is a draw from `segments.toml` and from constants in these modules; `truth.json` beside
the files says what was planted. The files look like a bank's own, with Chinese headers and fake
core numbers, and come into the lake by the same road, through `data/sources/demo.toml`.
"""

import hashlib
import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from workbench import settings
from workbench.data import bank, sources
from workbench.data.demo import files
from workbench.errors import ParameterError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from workbench.data.demo.blocks import Block
    from workbench.data.demo.spoiled import Fault
    from workbench.data.load import Load

CUSTOMERS, MONTHS, SEED = 20_000, 48, 20260930
FEWEST = 100
"""Customers below which segments would stand empty."""
WARNING_RULES = "early-warning.toml"
"""The rule pack whose rules the demo bank's warnings name."""


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
    from workbench.data.demo.blocks import apart, united
    from workbench.data.demo.compose import compose

    found, window = _blocks(customers, months, seed)
    if len(found) == 1:
        return compose(found[0], window)
    made = [compose(block, window) for block in found]
    whole = united(apart(part, block) for (part, _), block in zip(made, found, strict=True))
    return whole, made[0][1] | _about(found[0])


def generate(
    folder: Path, *, customers: int = CUSTOMERS, months: int = MONTHS, seed: int = SEED
) -> list[Path]:
    """Write the files of a demo bank, and `truth.json` beside them; return the files.

    The parameters are those of `tables`. The same seed gives the same bytes. Up to 100,000
    customers each table is one file. A larger bank is written block by block by as many processes
    as there are processors, one file a block, in memory that does not grow with its size; its truth
    is that of the first block.
    """
    from workbench.data.demo.blocks import SUMMED, summed
    from workbench.data.demo.compose import compose

    found, window = _blocks(customers, months, seed)
    if len(found) == 1:
        made, truth = compose(found[0], window)
        files.write_truth(folder, truth)
        return files.write(folder, made)
    workers = min(os.cpu_count() or 1, len(found))
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting = [pool.submit(_write, folder, block, window) for block in found]
        written = [each.result() for each in waiting]
    totals = summed(totals for _, totals in written)
    return [path for paths, _ in written for path in paths] + files.write(folder, {SUMMED: totals})


def _blocks(customers: int, months: int, seed: int) -> "tuple[list[Block], NDArray[np.int64]]":
    """Return the blocks of a bank and the months to be written down."""
    import numpy as np

    from workbench.data.demo import season
    from workbench.data.demo.blocks import blocks

    if customers < FEWEST or months < 2:
        raise ParameterError(f"a demo bank needs {FEWEST} customers and 2 months at least")
    last = season.number(season.LAST)
    return blocks(customers, seed), np.arange(last - months + 1, last + 1)


def _write(
    folder: Path, block: "Block", window: "NDArray[np.int64]"
) -> "tuple[list[Path], pd.DataFrame]":
    """Write the files of one block; return them and its control totals."""
    from workbench.data.demo.blocks import SUMMED, apart
    from workbench.data.demo.compose import compose

    made, truth = compose(block, window)
    if not block.place:
        files.write_truth(folder, truth | _about(block))
    made = apart(made, block)
    totals = made.pop(SUMMED)
    return files.write(folder, made, block.place), totals


def _about(block: "Block") -> dict[str, Any]:
    """Return what the truth of a large bank says of itself."""
    return {"block": {"customers": block.customers, "of": block.of}}


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
        paths = generate(made / "files", customers=customers, months=months, seed=seed)
        about.write(made / "bank")
        load = intake.take_in(paths, made / "bank", source=files.SOURCE)
        (made / "files" / files.TRUTH).rename(made / "bank" / files.TRUTH)
        if bank_folder.exists():
            bank_folder.rename(made / "former")
        (made / "bank").rename(bank_folder)
    return load


def spoil(folder: Path, *, seed: int = SEED) -> "list[Fault]":
    """Write files of a small demo bank with one error of every kind; return the errors.

    `faults.json` beside them lists each with file, line and column. What the folders are about is
    in `docs/methods/demo-bank.md`.
    """
    from workbench.data.demo import spoiled

    with TemporaryDirectory() as passage:
        clean = Path(passage)
        generate(clean, customers=600, months=20, seed=seed)
        folder.mkdir(parents=True, exist_ok=True)
        return spoiled.write(folder, clean)


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
    parts.append(settings.home() / "data" / "rulepacks" / WARNING_RULES)
    whole = hashlib.sha256()
    for path in parts:
        whole.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()
