"""Real customers: a crowd that is cut as stably as one could wish, and one that drifts away."""

import duckdb
import numpy as np
import pytest

from workbench.stats import woe
from workbench.stats.patterns import patterns
from workbench.stats.structure import Effort, Limits, structure

YEARS = (27_690, 11_440, 2_058)
"""Rows of 2008, 2009 and 2010: the file is in order of time and names no year."""


def read(folder, name):
    return duckdb.sql(f"SELECT * FROM read_parquet('{folder / name}')").df()


@pytest.fixture
def marketing(real_data):
    table = read(real_data, "uci_bank_marketing.parquet")
    return table, np.repeat(np.arange(3), YEARS)


def test_card_customers_are_cut_stably_but_there_is_no_valley_between_the_parts(real_data):
    table = read(real_data, "uci_taiwan_default.parquet")
    used = (table["bill_amt1"] / table["limit_bal"]).clip(-0.2, 1.5)
    paid = np.log1p(table["pay_amt1"].clip(lower=0))
    numbers = np.column_stack([np.log(table["limit_bal"]), used, paid]).astype(float)
    late = (table["pay_0"] > 0).to_numpy().astype(np.intp)[:, None]
    found = structure(
        *(numbers, patterns(late, [2])),
        most=4,
        limits=Limits(agreement=0.8, depth=0.85, z=1.645, entropy=0.8, smallest=0.03),
        effort=Effort(pairs=6, starts=6, draws=2, sample=500, micro=600),
    )
    assert all(one.agreement > 0.95 for one in found.solutions[1:])
    assert found.solutions[-1].bic < found.solutions[0].bic
    assert found.chosen is None


def test_the_answer_of_bank_customers_drifts_over_the_years(marketing):
    table, year = marketing
    yes = table["y"].astype(str).isin(["yes", "1", "True"]).to_numpy()
    rates = [round(100 * float(yes[year == each].mean()), 1) for each in range(3)]
    assert rates == [4.8, 19.5, 52.1]


@pytest.mark.parametrize(("column", "least"), [("euribor3m", 5.0), ("age", 0.25)])
def test_the_stability_index_asks_for_new_segments_after_the_years(marketing, column, least):
    table, year = marketing
    values = table[column].to_numpy(float)
    cuts = np.unique(np.quantile(values[year == 0], np.arange(1, 10) / 10))
    place = np.searchsorted(cuts, values, side="right")
    counts = [np.bincount(place[year == each], minlength=len(cuts) + 1) for each in (0, 2)]
    first, last = (each.astype(float) for each in counts)
    assert woe.stability(first, last) > least
    assert woe.stability(first, first) == 0.0
