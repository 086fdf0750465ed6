import random
from datetime import date
from decimal import Decimal

import pytest
from babel.numbers import format_decimal

from workbench import text
from workbench.text import formats


@pytest.mark.parametrize(
    ("value", "unit", "zh", "en"),
    [
        (1234567, "count", "1,234,567", "1,234,567"),
        (0.2212, "share", "22.1%", "22.1%"),
        (-0.005, "share2", "−0.50%", "−0.50%"),
        (14_750_000_000, "money", "147.50亿元", "CNY 14.75bn"),
        (420_000, "money", "42.00万元", "CNY 420.00k"),
        (-35_000_000, "money", "−3,500.00万元", "−CNY 35.00m"),
        (980, "money", "980元", "CNY 980"),
        (0, "money", "0元", "CNY 0"),
        (0.0004, "p", "< 0.001", "< 0.001"),
        (0.0412, "p", "0.041", "0.041"),
        (1987.0, "year", "1987", "1987"),
        (float("nan"), "share", "–", "–"),
        (None, "money", "–", "–"),
    ],
)
def test_numbers_are_written_as_each_reader_expects(value, unit, zh, en):
    with text.spoken("zh"):
        assert formats.number(value, unit) == zh
    with text.spoken("en"):
        assert formats.number(value, unit) == en


def test_a_rise_carries_a_plus_sign_and_a_fall_a_minus():
    assert formats.signed(3.2, "points") == "+3.2"
    assert formats.signed(-3.2, "points") == "−3.2"
    assert formats.signed(0.0, "points") == "0.0"


def test_dates_are_written_in_full():
    with text.spoken("zh"):
        assert formats.day(date(2026, 9, 30)) == "2026年9月30日"
        assert formats.month(date(2026, 9, 30)) == "2026年9月"
    with text.spoken("en"):
        assert formats.day(date(2026, 9, 30)) == "30 September 2026"
        assert formats.month(date(2026, 9, 30)) == "September 2026"


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [
        (0.0032, "pp", "+0.32 个百分点"),
        (-0.0011, "pp", "−0.11 个百分点"),
        (0.000001, "pp", "0.00 个百分点"),
        (-0.000001, "pp", "0.00 个百分点"),
        (-0.00116, "bp", "−11.6"),
        (-0.04, "points", "0.0"),
    ],
)
def test_a_change_that_is_written_as_zero_has_no_sign(value, unit, written):
    assert formats.signed(value, unit) == written


@pytest.mark.parametrize("language", text.LANGUAGES)
@pytest.mark.parametrize("pattern", ["#,##0", "0.0", "0.00", "#,##0.##", "#,##0.0000"])
def test_a_number_is_written_as_babel_writes_it_also_the_second_time(language, pattern):
    drawn = random.Random(1)
    values = [drawn.uniform(-1, 1) * 10 ** drawn.randint(-4, 12) for _ in range(200)]
    values += [0, 1, 0.5, 2.5, 0.125, 1e20, Decimal("1.005"), Decimal("0.5")]
    with text.spoken(language):
        for value in [*values, *values]:
            expected = format_decimal(value, format=pattern, locale=formats.LOCALES[language])
            assert formats._decimal(value, pattern) == expected


@pytest.mark.parametrize(
    ("values", "zh", "en"),
    [
        ([3.2e8, -45_000_000], ["3.20亿元", "−0.45亿元"], ["CNY 320.00m", "−CNY 45.00m"]),
        ([3.2e8, 4_500_000], ["32,000.00万元", "450.00万元"], ["CNY 320.00m", "CNY 4.50m"]),
        ([3.2e9, 60], ["320,000.00万元", "0.01万元"], ["CNY 3,200.00m", "CNY 0.00m"]),
        ([12_000, 0, None, float("nan")], ["1.20万元", "0.00万元", "–", "–"], ["CNY 12.00k"]),
        ([9_000, 800], ["9,000元", "800元"], ["CNY 9.00k", "CNY 0.80k"]),
        ([0.0], ["0元"], ["CNY 0"]),
    ],
)
def test_amounts_beside_one_another_are_in_one_scale(values, zh, en):
    for language, expected in (("zh", zh), ("en", en)):
        with text.spoken(language):
            unit = formats.common("money", values)
            written = [formats.number(value, unit) for value in values]
        assert written[: len(expected)] == expected


def test_only_money_has_scales():
    assert formats.common("points", [1.0, 1e9]) == "points"
    assert formats.common("money", []) == "money"
