"""What several drawings share: number axes in the reader's format."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.text import formats, say

RATES = (0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1)
"""Rates that may be labelled; on a square-root scale small ones stand far enough apart."""
CLOSEST = 0.06
"""Ticks nearer to each other than this part of the axis are left out."""

BARE = ("points", "score", "ratio", "number")
"""Units of numbers without a sign or name behind them."""
DECIMALS = re.compile(r"(?<=\d)\.(?:00|(\d)0)(?!\d)")
"""Needless decimals of an amount, of which it always has two."""


def numbers(axis: Any, unit: str) -> None:
    """Write the ticks of `axis` as numbers of `unit`, without needless decimals."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(
        FuncFormatter(lambda value, _: tick(value, unit, axis.get_majorticklocs()))
    )


def root(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the square root of each number; of a negative one, zero."""
    return np.asarray(np.sqrt(np.maximum(values, 0)))


def rooted(axis: Any, end: float) -> None:
    """Label `axis`, on a square-root scale from 0 to `end`, with rates that stand well apart."""
    kept = rates(end)
    axis.set_ticks(kept, labels=[tick(rate, "share") for rate in kept])


def rates(end: float) -> list[float]:
    """Return the rates up to `end` that stand well apart on a square-root scale."""
    kept = [0.0]
    for rate in RATES[1:]:
        if rate <= end and np.sqrt(rate) - np.sqrt(kept[-1]) >= CLOSEST * np.sqrt(end):
            kept.append(rate)
    return kept


def tick(value: float, unit: str, beside: Sequence[float] = ()) -> str:
    """Write one tick: shares and points without decimals where that is exact, else as in tables.

    Bare numbers have as many decimals as the ticks `beside` need, and no more.
    """
    if unit in BARE and len(beside):
        return _bare(value, unit, beside)
    if unit in ("share", "share2", "pp") and abs(value * 100 - round(value * 100)) < 1e-9:
        whole = formats.number(value * 100, "count")
        return say("format.pp", value=whole) if unit == "pp" else f"{whole}%"
    if unit == "bp" and abs(value * 1e4 - round(value * 1e4)) < 1e-6:
        return formats.number(value * 1e4, "count")
    if unit in BARE and float(value).is_integer():
        return formats.number(value, "count")
    written = formats.number(value, unit)
    return (
        DECIMALS.sub(lambda cut: f".{cut[1]}" if cut[1] else "", written)
        if unit.startswith("money")
        else written
    )


def _bare(value: float, unit: str, beside: Sequence[float]) -> str:
    """Write `value` with the decimals that the least step between ticks needs."""
    written = formats.number(value, unit)
    whole, point, decimals = written.partition(".")
    sizes = [abs(float(each)) for each in beside]
    needed = next(
        (at for at in range(len(decimals)) if all(_exact(size, at) for size in sizes)),
        len(decimals),
    )
    return whole + (point + decimals[:needed] if needed else "")


def _exact(size: float, decimals: int) -> bool:
    return abs(size - round(size, decimals)) < 1e-9
