"""Migration, vintages and the share of the market, worked by hand."""

from datetime import date

import pandas as pd
import pytest

from workbench.analysis.ledger_migration import ledger_migration
from workbench.analysis.ledger_vintage import ledger_vintage
from workbench.analysis.market_share import market_share
from workbench.privacy.suppress import suppress

SINCE = date(2025, 12, 31)


def moves(*rows):
    names = ["class_before", "class_now", "loans", "opening", "kept", "lost"]
    return pd.DataFrame(rows, columns=names).assign(largest=1.0, second=1.0)


NOW = moves(
    ("normal", "normal", 90, 900.0, 850.0, 0.0),
    ("normal", "special_mention", 6, 60.0, 50.0, 0.0),
    ("normal", "gone", 10, 100.0, 0.0, 0.0),
    ("special_mention", "special_mention", 20, 30.0, 30.0, 0.0),
    ("special_mention", "doubtful", 8, 20.0, 20.0, 0.0),
    ("special_mention", "gone", 7, 40.0, 0.0, 10.0),
)


def test_rates_are_of_what_is_still_there_and_compared_with_a_year_before():
    before = moves(
        ("normal", "normal", 90, 900.0, 900.0, 0.0),
        ("special_mention", "loss", 9, 100.0, 100.0, 0.0),
    )
    found = ledger_migration(NOW, SINCE, before)
    normal, mention = (row for _, row in found.table.iterrows())
    assert normal["class_down"] == pytest.approx(50 / 900)
    assert normal["class_gone"] == pytest.approx(160 / 1060)
    assert mention["class_down"] == pytest.approx(20 / 50)
    assert mention["class_down_adjusted"] == pytest.approx(30 / 60)
    assert (mention["to_doubtful"], mention["to_special_mention"]) == (0.4, 0.6)
    assert found.facts["mig_performing"].value == pytest.approx(20 / 950)
    assert found.facts["mig_performing_before"].value == pytest.approx(100 / 1000)
    assert found.facts["mig_sm_before"].n == 9
    assert found.summary().key == "ledger.migration.fell"
    assert ledger_migration(before, SINCE, NOW).summary().key == "ledger.migration.rose"
    assert ledger_migration(NOW, SINCE).summary().key == "ledger.migration.now"


def test_a_class_of_few_loans_takes_its_rate_with_it():
    few = pd.concat([NOW, moves(("doubtful", "loss", 3, 5.0, 5.0, 0.0))])
    found = suppress(ledger_migration(few, SINCE))
    assert 2 in found.rows
    assert "mig_doubt" in found.facts


def lent(*rows):
    return pd.DataFrame(rows, columns=["year", "month", "bad_month", "loans"])


def years(bad):
    """Return the second half of 2024 and of 2025 with 10 and `bad` of 1,000 gone bad."""
    return lent(
        (2024, 7, 2.0, 4), (2024, 7, 9.0, 6), (2024, 7, 20.0, 40), (2024, 7, None, 950),
        (2025, 7, 5.0, bad), (2025, 7, None, 1000 - bad),
        (2026, 1, 1.0, 3), (2026, 1, None, 97),
    )  # fmt: skip


HOW = {"ages": (3, 6, 9, 12), "cohorts": 6, "least": 6}


@pytest.mark.parametrize(("bad", "kind"), [(12, "alike"), (40, "worse"), (0, "better")])
def test_the_newest_half_year_is_compared_at_an_age_that_all_of_its_loans_have(bad, kind):
    found = ledger_vintage(years(bad), date(2026, 9, 30), **HOW)
    rows = found.table.set_index("half_year")
    assert rows.loc["2024H2", ["age_3", "age_9", "age_12"]].tolist() == [0.004, 0.01, 0.01]
    # Lent up to December 2025, the youngest is nine months old; of 2026, three.
    assert rows.loc["2025H2"].isna().tolist()[-1]
    assert rows.loc["2026H1", "age_3"] == 0.03
    assert rows.loc["2026H1", ["age_6", "age_9", "age_12"]].isna().all()
    assert found.compared == ("2025H2", "2024H2")
    assert (found.facts["age"].value, found.facts["bad_share"].value) == (9, bad / 1000)
    assert found.facts["gap"].value == pytest.approx(100 * (bad - 10) / 1000)
    assert found.summary().key == f"ledger.vintage.{kind}"


def test_the_interval_of_the_difference_is_newcombes():
    # Newcombe (1998), Statistics in Medicine 17: 873-890, example (a), method 10.
    rows = lent((2024, 7, 1.0, 48), (2024, 7, None, 32), (2025, 7, 1.0, 56), (2025, 7, None, 14))
    gap = ledger_vintage(rows, date(2026, 9, 30), **HOW).facts["gap"]
    assert (gap.low, gap.high) == (pytest.approx(5.24, abs=0.005), pytest.approx(33.39, abs=0.005))


def test_without_a_year_before_nothing_is_compared():
    found = ledger_vintage(years(5).query("year == 2025"), date(2026, 9, 30), **HOW)
    assert (found.compared, found.summary().key) == ((), "ledger.vintage.early")


def series(*rows):
    names = ["region_code", "industry_code", "size_class", "period_end", "market"]
    return pd.DataFrame(rows, columns=names).assign(
        period_end=lambda table: pd.to_datetime(table["period_end"])
    )


FIRMS = pd.DataFrame(
    {
        "month_end": pd.to_datetime(["2025-06-30", "2026-06-30", "2026-09-30"]),
        "firms": [100, 110, 120],
        "balance": [50.0, 60.0, 99.0],
    }
)


def test_the_share_is_of_the_same_day_and_industries_are_added_up():
    market = series(
        *[("city", code, "ALL", "2025-06-30", 500.0) for code in "AC"],
        *[("city", code, "ALL", "2026-06-30", 550.0) for code in "AC"],
        # the sizes of the same firms, and a district of the city, would count them again
        *[("city", "ALL", size, "2026-06-30", 550.0) for size in ("micro", "large")],
        ("district", "A", "ALL", "2026-06-30", 100.0),
    )
    found = market_share(market, FIRMS)
    assert found.newest == date(2026, 6, 30)
    facts = {name: fact.value for name, fact in found.facts.items()}
    assert facts == pytest.approx(
        {
            "market_share": 60 / 1100,
            "market_share_change": 60 / 1100 - 50 / 1000,
            "own_loans": 60,
            "market_loans": 1100,
            "own_growth": 0.2,
            "market_growth": 0.1,
        }
    )
    assert found.summary().key == "market.share.gained"


def test_the_whole_series_goes_before_its_parts_and_less_is_lost():
    market = series(
        ("city", "ALL", "ALL", "2025-06-30", 1000.0),
        ("city", "ALL", "ALL", "2026-06-30", 1500.0),
        ("city", "A", "ALL", "2026-06-30", 1.0),
    )
    found = market_share(market, FIRMS)
    assert found.facts["market_share"].value == pytest.approx(60 / 1500)
    assert found.summary().key == "market.share.lost"


def test_without_figures_of_all_banks_there_is_no_share():
    found = market_share(series(), FIRMS)
    assert (found.table.empty, found.summary().key) == (True, "market.share.none")
    only = series(("city", "ALL", "ALL", "2026-06-30", 1500.0))
    assert market_share(only, FIRMS).summary().key == "market.share.now"
