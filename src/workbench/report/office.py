"""What office files have in common: number formats, and archives equal for equal contents."""

from datetime import date
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from workbench.text import Language

NUMBERS = {
    "count": "#,##0",
    "share": "0.0%",
    "share2": "0.00%",
    "points": "0.0",
    "score": "0.00",
    "number": "#,##0.000",
    "statistic": "#,##0.0000",
    "ratio": "0.00",
    "p": '[<0.001]"< 0.001";0.000',
    "ledger": "#,##0.00",
    "exact": "#,##0.00",
    "pp": "0.00%",
    "bp": "0.0",
    "year": "0",
}
"""Number formats of units that are written alike in both languages; see `text.formats.UNITS`.

Differences of shares are kept as fractions, as everywhere: a cell shows them in percent. Only basis
points are kept as such (`BASIS`), since a format cannot show a fraction in them.
"""
BASIS = 1e4
"""Basis points in one."""
MONEY: dict[Language, str] = {"zh": '#,##0.00"元"', "en": '"CNY "#,##0.00'}
SCALED: dict[Language, str] = {
    # A literal point before the last digits, because a comma scales by thousands only.
    "zh": r'[>=100000000]0\.00,,"亿元";[>=10000]0\.0,"万元";#,##0"元"',
    "en": '[>=1000000000]"CNY "0.00,,,"bn";[>=1000000]"CNY "0.00,,"m";"CNY "#,##0',
}
"""Money in a chart, where there is room for a few digits."""
DAYS: dict[Language, str] = {"zh": 'yyyy"年"m"月"d"日"', "en": "d mmmm yyyy"}


def number_format(
    unit: str, language: Language, *, scaled: bool = False, signed: bool = False
) -> str:
    """Return how a cell or an axis with numbers of `unit` is formatted; changes are `signed`."""
    money = (SCALED if scaled else MONEY)[language]
    shown = money if unit == "money" else NUMBERS[unit]
    return f"+{shown};-{shown};{shown}" if signed and ";" not in shown else shown


def settled(content: bytes, day: date) -> bytes:
    """Return the archive `content` with every part dated `day`, whenever it was written."""
    stamp = (max(day.year, 1980), day.month, day.day, 0, 0, 0)
    written = BytesIO()
    with ZipFile(BytesIO(content)) as source, ZipFile(written, "w", ZIP_DEFLATED) as target:
        for part in source.infolist():
            target.writestr(ZipInfo(part.filename, stamp), source.read(part), ZIP_DEFLATED)
    return written.getvalue()
