"""What several drawings share: number axes in the reader's format."""

import re
from typing import Any

from workbench.text import formats, say

DECIMALS = re.compile(r"(?<=\d)\.(?:00|(\d)0)(?!\d)")
"""Needless decimals of an amount, of which it always has two."""


def numbers(axis: Any, unit: str) -> None:
    """Write the ticks of `axis` as numbers of `unit`, without needless decimals."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: tick(value, unit)))


def tick(value: float, unit: str) -> str:
    """Write one tick: shares and points without decimals where that is exact, else as in tables."""
    if unit in ("share", "share2", "pp") and abs(value * 100 - round(value * 100)) < 1e-9:
        whole = formats.number(value * 100, "count")
        return say("format.pp", value=whole) if unit == "pp" else f"{whole}%"
    if unit == "bp" and abs(value * 1e4 - round(value * 1e4)) < 1e-6:
        return formats.number(value * 1e4, "count")
    if unit in ("points", "score", "ratio", "number") and float(value).is_integer():
        return formats.number(value, "count")
    written = formats.number(value, unit)
    return (
        DECIMALS.sub(lambda cut: f".{cut[1]}" if cut[1] else "", written)
        if unit.startswith("money")
        else written
    )
