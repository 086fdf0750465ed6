"""Numbers, money and dates as a Chinese or an English reader writes them."""

import math
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache, partial

from babel.core import Locale
from babel.dates import format_date
from babel.numbers import NumberPattern, parse_pattern

from workbench.text import Language, language, say

LOCALES = {"zh": "zh_Hans_CN", "en": "en_GB"}
DIGITS = frozenset("123456789")
"""Without one of these a written number is zero, and has no sign."""
KEPT = 16_384
"""Numbers that are kept as they were written: tables, pages and charts write the same ones."""
MINUS = "\u2212"
"""Before negative numbers: as wide as a plus, and no hyphen that a line could be broken at."""
SCALES: dict[Language, tuple[tuple[float, str], ...]] = {
    "zh": ((1, "元"), (1e4, "万元"), (1e8, "亿元")),
    "en": ((1, ""), (1e3, "k"), (1e6, "m"), (1e9, "bn")),
}
"""What amounts are written in, from the smallest."""
LEAST = 0.1
"""Of amounts beside one another the smallest is written as no less, if one scale lower does it."""
MISSING = "–"
"""What stands where a number cannot be given."""


def _decimal(value: float, pattern: str) -> str:
    return _written(value, pattern, language())


@lru_cache(KEPT)
def _written(value: float, pattern: str, spoken: Language) -> str:
    # As babel's format_decimal, which looks up locale and pattern for every number.
    return str(_pattern(pattern).apply(value, _locale(spoken), numbering_system="latn"))


@cache
def _pattern(pattern: str) -> NumberPattern:
    return parse_pattern(pattern)


@cache
def _locale(spoken: Language) -> Locale:
    return Locale.parse(LOCALES[spoken])


def _money(value: float, scale: int | None = None) -> str:
    scales = SCALES[language()]
    size, name = scales[_fitting(value) if scale is None else min(scale, len(scales) - 1)]
    # Two decimals always: amounts beside one another are compared digit by digit.
    digits = _decimal(abs(value) / size, "#,##0.00" if size > 1 else "#,##0")
    sign = "-" if value < 0 else ""
    return f"{sign}{digits}{name}" if language() == "zh" else f"{sign}CNY {digits}{name}"


def _fitting(value: float) -> int:
    """Return which of the scales of money suits a single amount."""
    sizes = [size for size, _ in SCALES[language()]]
    return max((at for at, size in enumerate(sizes) if abs(value) >= size), default=0)


def _p_value(value: float) -> str:
    return "< 0.001" if value < 0.001 else _decimal(value, "0.000")


UNITS: dict[str, Callable[[float], str]] = {
    "count": lambda value: _decimal(round(value), "#,##0"),
    "share": lambda value: _decimal(value * 100, "0.0") + "%",
    "share2": lambda value: _decimal(value * 100, "0.00") + "%",
    "pp": lambda value: say("format.pp", value=_decimal(value * 100, "0.00")),
    "bp": lambda value: _decimal(value * 1e4, "0.0"),
    "points": lambda value: _decimal(value, "0.0"),
    "score": lambda value: _decimal(value, "0.00"),
    "number": lambda value: _decimal(value, "#,##0.000"),
    "statistic": lambda value: _decimal(value, "#,##0.0000"),
    "ratio": lambda value: _decimal(value, "0.00"),
    "p": _p_value,
    "money": _money,
    "ledger": lambda value: _decimal(value, "#,##0" if value == round(value) else "#,##0.00"),
    "exact": lambda value: _decimal(value, "#,##0.00"),
    "year": lambda value: str(round(value)),
}
"""How a number of each unit is written. `share` is a fraction shown in percent, `pp` the
difference of two, shown in percentage points; `bp` the same in basis points, as a bare number.
`money` takes the scale that suits the amount."""
WRITERS = UNITS | {
    f"money{at}": partial(_money, scale=at) for at in range(max(map(len, SCALES.values())))
}
"""The same, and money in each scale: what `common` returns."""


def number(value: float | Decimal | None, unit: str) -> str:
    """Write `value` in `unit` for the current language; a missing number is a dash."""
    if value is None or math.isnan(float(value)):
        return MISSING
    written = WRITERS[unit](float(value))
    return written.replace("-", MINUS if set(written) & DIGITS else "")


def common(unit: str, values: Iterable[float | None]) -> str:
    """Return the unit in which all of `values` are written beside one another.

    For money one scale for all, in the current language: that of the largest, or the one below it
    where the smallest would be lost. Any other unit is returned as it is.
    """
    sizes = [abs(float(value)) for value in values if value is not None and value == value]
    sizes = [size for size in sizes if size]
    if unit != "money" or not sizes:
        return unit
    scale = _fitting(max(sizes))
    lost = min(sizes) < LEAST * SCALES[language()][scale][0]
    return f"{unit}{max(0, scale - 1) if lost else scale}"


def signed(value: float | None, unit: str) -> str:
    """Write a change: with a plus sign when it is positive and not written as zero."""
    written = number(value, unit)
    return f"+{written}" if value is not None and value > 0 and set(written) & DIGITS else written


def day(value: date) -> str:
    """Write a calendar day in full, such as 2026年9月30日 or 30 September 2026."""
    return str(format_date(value, format="long", locale=LOCALES[language()]))


def month(value: date) -> str:
    """Write a month, such as 2026年9月 or September 2026."""
    pattern = "y年M月" if language() == "zh" else "MMMM y"
    return str(format_date(value, format=pattern, locale=LOCALES[language()]))
