import pytest

from workbench import text
from workbench.plots import axes


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        (0, "0元", "CNY 0"),
        (500_000_000, "5亿元", "CNY 500m"),
        (-1_250_000_000, "−12.5亿元", "−CNY 1.25bn"),
        (1_000, "1,000元", "CNY 1k"),
    ],
)
def test_ticks_of_money_have_no_needless_decimals(value, zh, en):
    for language, written in (("zh", zh), ("en", en)):
        with text.spoken(language):
            assert axes.tick(value, "money") == written


@pytest.mark.parametrize(
    ("value", "unit", "zh", "en"),
    [
        (-0.2, "pp", "−20 个百分点", "−20 pp"),
        (0.025, "pp", "2.50 个百分点", "2.50 pp"),
        (0.02, "bp", "200", "200"),
        (-0.00025, "bp", "−2.5", "−2.5"),
    ],
)
def test_ticks_of_differences_have_no_needless_decimals(value, unit, zh, en):
    for language, written in (("zh", zh), ("en", en)):
        with text.spoken(language):
            assert axes.tick(value, unit) == written
