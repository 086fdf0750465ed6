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
