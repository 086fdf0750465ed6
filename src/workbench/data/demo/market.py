"""The market: the bank's price list, prime rates as published, and invented series of the economy.

The prime rates are the published steps of `season.LPR`. Every other series is invented; two of them
move with the economic factor that all loans share, so that they say something about defaults.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from workbench.data.demo import names, season
from workbench.data.demo.draws import numbered
from workbench.data.demo.people import SECTION_RISK, SECTIONS
from workbench.data.demo.planting import Part, Planted, World
from workbench.data.demo.ratings import GRADES
from workbench.data.demo.segments import (
    CONSUMER,
    HOME,
    LARGE,
    MEDIUM,
    MICRO,
    OWNER,
    SEGMENTS,
    SMALL,
    Floats,
    Ints,
)

SPREADS = (-30, -15, 0, 25, 60, 120)
"""Basis points of a grade beside the typical spread, in the order of `GRADES`."""
SOLD_TO = (MEDIUM, LARGE, SMALL, SMALL, MICRO, OWNER, OWNER, HOME, CONSUMER, CONSUMER, MEDIUM)
"""Segment whose typical spread each product has, in the order of `names.PRODUCTS`."""
UNEMPLOYMENT, PMI = 0.004, -1.2
"""Change of the two series per unit of the economic factor (log-odds of arrears)."""
HOUSES = -0.0045
"""Monthly change of house prices up to the end of 2024; a quarter of it afterwards."""
LENT = (("large", 500.0), ("medium", 290.0), ("small", 250.0), ("micro", 190.0))
"""Loans of all banks in the city to firms, 亿元, for a bank of 20,000 customers."""
FIRMS = (("large", 260), ("medium", 1_900), ("small", 9_800), ("micro", 61_000))
"""Firms in the city, for a bank of 20,000 customers."""
PUBLISHER = "示范统计（虚构）"
OFFICIAL = "全国银行间同业拆借中心"


def part(world: World) -> Part:
    """Return price list and market series."""
    factor = world.life.economy[-len(world.window) :]
    effect = {"unemployment_rate": UNEMPLOYMENT, "manufacturing_pmi": PMI}
    return Part(
        {
            "price_list": price_list(world.window),
            "market_series": market_series(world, factor),
        },
        (
            Planted(
                "market.economy",
                "Unemployment and PMI move with the economic factor that all loans share",
                effect,
                "change per unit of log-odds",
                ("market_series.value", "loan_months.dpd"),
            ),
            Planted(
                "market.house_prices",
                "House prices fall steadily and then more slowly; appraisals follow with a delay",
                round(float(house_prices(world.window)[-1] / house_prices(world.window)[0]) - 1, 4),
                "share, over the whole window",
                ("market_series.value", "collaterals.appraised_value"),
                naive=0.0,
            ),
        ),
    )


def house_prices(months: Ints) -> Floats:
    """Return the price index of dwellings, 100 in September 2022."""
    start, turn = 2022 * 12 + 8, 2024 * 12 + 11
    fast = np.clip(months, None, turn) - start
    slow = np.maximum(months - turn, 0)
    return np.asarray(100 * np.exp(HOUSES * (fast + slow / 4)))


def price_list(window: Ints) -> pd.DataFrame:
    """Return the guiding spreads: by product, grade, amount and term, of each year."""
    years = np.arange(window[0] // 12, window[-1] // 12 + 1)
    bands = ((0, 1_000_000.0), (1_000_000.0, np.nan))
    rows = []
    for year in years.tolist():
        for product, segment in zip(names.PRODUCTS, SOLD_TO, strict=True):
            for place, grade in enumerate(GRADES):
                for step, (low, high) in enumerate(bands):
                    spread = SEGMENTS[segment].margin[0] + SPREADS[place] - 10 * step
                    if segment == CONSUMER:
                        spread += 340
                    rows.append((year, product[0], segment, grade, low, high, int(spread)))
    head = ["year", "product_id", "segment", "risk_grade", "amount_from", "amount_to", "spread_bp"]
    frame = pd.DataFrame(rows, columns=head)
    long = frame["segment"] == HOME
    base = np.where(long, "LPR5Y", np.where(frame["segment"] == CONSUMER, "FIXED", "LPR1Y"))
    ends = pd.to_datetime(frame["year"].astype(str) + "-12-31")
    return pd.DataFrame(
        {
            "price_id": numbered("V", np.arange(1, len(frame) + 1), 5),
            "product_id": frame["product_id"],
            "risk_grade": frame["risk_grade"],
            "amount_from": frame["amount_from"],
            "amount_to": frame["amount_to"],
            "term_from_m": np.where(long, 61, 1),
            "term_to_m": np.where(long, 360, 60),
            "base_rate_code": pd.Categorical(base),
            "spread_bp": frame["spread_bp"],
            "fee_rate": np.zeros(len(frame)),
            "valid_from": pd.to_datetime(frame["year"].astype(str) + "-01-01"),
            "valid_to": ends.where(frame["year"] < window[-1] // 12),
        }
    )


def market_series(world: World, factor: Floats) -> pd.DataFrame:
    """Return all series over the window; `factor` is the economic factor of its months."""
    parts = [*_monthly(world, factor), *_quarterly(world, factor), *_yearly(world)]
    frame = pd.concat(parts, ignore_index=True)
    return frame[frame["published_on"] <= pd.Timestamp(season.LAST)].reset_index(drop=True)


def _monthly(world: World, factor: Floats) -> list[pd.DataFrame]:
    rng, months = world.shared("months of the market"), world.window
    size, houses = len(months), house_prices(world.window)
    listed = np.arange(2022 * 12 + 7, months[-1] + 1)
    jobless = 0.051 + UNEMPLOYMENT * factor + 0.0006 * rng.standard_normal(size)
    here = houses * (1 + 0.004 * rng.standard_normal(size))
    return [
        _series(("LPR1Y",), listed, season.lpr(listed, np.full(len(listed), 12)), day=20),
        _series(("LPR5Y",), listed, season.lpr(listed, np.full(len(listed), 360)), day=20),
        _series(("UNEMP",), months, jobless),
        _series(("PMI",), months, 50.1 + PMI * factor + 0.35 * rng.standard_normal(size), day=31),
        _series(("HPI",), months, houses),
        _series(("HPI", "ALL", names.CITY), months, here),
    ]


def _quarterly(world: World, factor: Floats) -> list[pd.DataFrame]:
    rng, months = world.shared("quarters of the market"), world.window
    quarters, slow = months[months % 3 == 2], factor[months % 3 == 2]
    growth = 0.049 - 0.006 * slow + 0.001 * rng.standard_normal(len(quarters))
    parts = [_series(("GDP_YOY",), quarters, growth)]
    for section, risk in zip(SECTIONS, SECTION_RISK.tolist(), strict=True):
        output = 0.05 - 0.03 * risk - 0.012 * slow + 0.004 * rng.standard_normal(len(quarters))
        parts.append(_series(("OUTPUT_YOY", section[0]), quarters, output))
    grown = world.customers / 20_000 * 1.06 ** ((quarters - months[0]) / 12)
    for size_class, lent in LENT:
        place = ("SYSTEM_LOANS", "ALL", names.CITY, size_class)
        parts.append(_series(place, quarters, lent * grown))
    return parts


def _yearly(world: World) -> list[pd.DataFrame]:
    years = world.window[world.window % 12 == 11]
    grown = world.customers / 20_000 * 1.03 ** ((years - world.window[0]) / 12)
    return [
        _series(("FIRM_COUNT", "ALL", names.CITY, size_class), years, np.round(firms * grown))
        for size_class, firms in FIRMS
    ]


def _series(place: Sequence[str], months: Ints, values: Floats, *, day: int = 0) -> pd.DataFrame:
    """Return the rows of one series, published on a `day` of the month or 17 days after it.

    `place` is its code, industry section, region and size class; what is left out is ALL.
    """
    size = len(months)
    ends = season.ends(months)
    published = season.on(months, np.full(size, day)) if day else ends + np.timedelta64(17, "D")
    code, section, region, size_class = (*place, *["ALL"] * (4 - len(place)))
    return pd.DataFrame(
        {
            "series_code": np.full(size, code, dtype=object),
            "industry_code": np.full(size, section, dtype=object),
            "region_code": np.full(size, region, dtype=object),
            "size_class": np.full(size, size_class, dtype=object),
            "period_end": ends.astype("datetime64[s]"),
            "value": np.round(values, 4),
            "published_on": published.astype("datetime64[s]"),
            "provider": OFFICIAL if code.startswith("LPR") else PUBLISHER,
        }
    )
