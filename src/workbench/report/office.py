"""What office files have in common: number formats, and archives equal for equal contents."""

from datetime import date
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from workbench.chart import Chart
from workbench.text import Language, formats, language

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
SCALED: dict[Language, tuple[str, ...]] = {
    # A literal point before the last digits, because a comma scales by thousands only.
    "zh": ('#,##0"元"', r'0\.0,"万元"', r'0\.00,,"亿元"'),
    "en": ('"CNY "#,##0', '"CNY "0.00,"k"', '"CNY "0.00,,"m"', '"CNY "0.00,,,"bn"'),
}
"""Money in a chart, where there is room for a few digits, in each of `text.formats.SCALES`."""
DAYS: dict[Language, str] = {"zh": 'yyyy"年"m"月"d"日"', "en": "d mmmm yyyy"}


def number_format(unit: str, language: Language, *, signed: bool = False) -> str:
    """Return how a cell with numbers of `unit` is formatted; changes are `signed`."""
    shown = MONEY[language] if unit == "money" else NUMBERS[unit]
    return f"+{shown};-{shown};{shown}" if signed and ";" not in shown else shown


def chart_format(chart: Chart) -> str:
    """Return how the numbers of `chart` are formatted in the current language, all in one scale."""
    values = [value for series in chart.series for value in series.values]
    unit = formats.common(chart.unit, values)
    if unit != chart.unit:
        return SCALED[language()][int(unit.removeprefix(chart.unit))]
    return number_format(unit, language())


def settled(content: bytes, day: date) -> bytes:
    """Return the archive `content` with every part dated `day`, whenever it was written."""
    stamp = (max(day.year, 1980), day.month, day.day, 0, 0, 0)
    written = BytesIO()
    with ZipFile(BytesIO(content)) as source, ZipFile(written, "w", ZIP_DEFLATED) as target:
        for part in source.infolist():
            target.writestr(ZipInfo(part.filename, stamp), source.read(part), ZIP_DEFLATED)
    return written.getvalue()
