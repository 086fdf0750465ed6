"""Columns of files: their order, their missing values, and a scorecard that fits from them."""

import duckdb
import numpy as np
import pandas as pd
import pytest

from workbench.data.columns import Columns
from workbench.errors import DataError, ParameterError
from workbench.stats import logit, scorecard
from workbench.stats.scorecard import Plan


def written(folder, table, parts=3):
    files = []
    for at, rows in enumerate(np.array_split(np.arange(len(table)), parts)):
        files.append(folder / f"part_{at}.parquet")
        duckdb.from_df(table.iloc[rows]).write_parquet(str(files[-1]))

    return files


def sample(rows=6000):
    random = np.random.default_rng(4)
    table = pd.DataFrame({f"x{at}": random.normal(size=rows) for at in range(4)})
    table.loc[random.random(rows) < 0.1, "x1"] = np.nan
    table["count"] = random.integers(0, 5, rows)
    table["kind"] = random.choice(["a", "b", "c"], rows)
    odds = -2 + table["x0"] + 0.5 * table["x1"].fillna(0) + (table["kind"] == "c")
    table["defaulted"] = (random.random(rows) < 1 / (1 + np.exp(-odds))).astype(float)
    return table


def test_columns_are_those_of_the_files_in_their_order(tmp_path):
    table = sample()
    found = Columns(written(tmp_path, table))
    assert found.columns == tuple(table)
    assert len(found) == len(table)
    for name in table:
        pd.testing.assert_series_equal(found[name], table[name], check_dtype=False)
    pd.testing.assert_frame_equal(found.table(), table, check_dtype=False)


def test_whole_numbers_with_gaps_are_numbers_with_missing_values(tmp_path):
    file = tmp_path / "gaps.parquet"
    duckdb.sql("SELECT unnest([1, NULL, 3]) AS x").write_parquet(str(file))
    np.testing.assert_array_equal(Columns(file)["x"], [1, np.nan, 3])


def test_a_scorecard_from_files_is_the_one_from_memory_bit_for_bit(tmp_path):
    table = sample()
    names = [name for name in table if name != "defaulted"]
    events = table["defaulted"].to_numpy()
    columns = Columns(written(tmp_path, table), names)
    plan = Plan(least_value=0.01)
    found, expected = (scorecard.fit(each, events, plan) for each in (columns, table[names]))
    assert found.chosen == expected.chosen
    assert "kind" in found.chosen
    np.testing.assert_array_equal(found.coefficients, expected.coefficients)
    np.testing.assert_array_equal(found.probabilities(columns), expected.probabilities(table))
    # And both are the estimates of a plain fit of all weights in one matrix.
    plain = logit.fit(expected.design(table), events)
    np.testing.assert_allclose(found.coefficients, plain.coefficients, rtol=1e-8)


def test_no_more_than_one_column_is_held_at_a_time(tmp_path):
    """What a fit from files holds at most is far less than the table."""
    import tracemalloc

    random = np.random.default_rng(5)
    rows, width = 200_000, 32
    table = pd.DataFrame({f"x{at}": random.normal(size=rows) for at in range(width)})
    odds = -2 + table.to_numpy()[:, :4].sum(axis=1)
    events = (random.random(rows) < 1 / (1 + np.exp(-odds))).astype(float)
    columns = Columns(written(tmp_path, table))
    size = 8 * rows * width
    del table
    tracemalloc.start()
    scorecard.fit(columns, events, Plan(least_value=0.0, alike=1.01, level=1.0))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 0.5 * size


def test_files_and_columns_that_are_not_there_are_named(tmp_path):
    files = written(tmp_path, sample(100), parts=1)
    with pytest.raises(DataError, match="no column 'y'"):
        Columns(files, ["x0", "y"])
    with pytest.raises(DataError, match="no column 'defaulted'"):
        Columns(files, ["x0"])["defaulted"]
    with pytest.raises(ParameterError, match=r"no file .*absent\.parquet"):
        Columns(tmp_path / "absent.parquet")
    with pytest.raises(ParameterError, match="no Parquet file"):
        Columns([])
