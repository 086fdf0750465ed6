"""Cross-tables agree with a plain grouping, whatever is missing."""

import numpy as np
import pandas as pd
import pytest

from workbench.errors import DataError
from workbench.stats.crosstab import crosstab


@pytest.fixture
def rows():
    rng = np.random.default_rng(1)
    n = 5000
    return pd.DataFrame(
        {
            "a": rng.integers(-1, 6, n),
            "b": rng.integers(0, 40, n).astype(np.int8),
            "value": np.where(rng.random(n) < 0.1, np.nan, np.round(rng.gamma(1, 9, n))),
        }
    )


def test_counts_sums_and_the_two_largest_are_those_of_a_plain_grouping(rows):
    found = crosstab([(rows["a"], 6), (rows["b"], 40)], {"value": rows["value"].to_numpy()})
    by = rows[rows["a"] >= 0].groupby(["a", "b"])["value"]
    expected = by.agg(
        count="size",
        known="count",
        total="sum",
        largest=lambda own: own.nlargest(2).iloc[0],
        second=lambda own: own.nlargest(2).iloc[1] if own.count() > 1 else 0.0,
    )
    assert [tuple(place) for place in np.transpose(found.places)] == list(expected.index)
    np.testing.assert_array_equal(found.count, expected["count"])
    for name in ("known", "total", "largest", "second"):
        np.testing.assert_allclose(getattr(found, name)["value"], expected[name])
    square = (rows["value"] ** 2).where(rows["a"] >= 0).groupby([rows["a"], rows["b"]]).sum()
    np.testing.assert_allclose(found.square["value"], square[expected.index])


def test_two_equal_largest_are_the_largest_and_the_second():
    found = crosstab([(np.zeros(3, np.int8), 1)], {"x": np.array([4.0, 4.0, 1.0])})
    assert (found.largest["x"][0], found.second["x"][0]) == (4, 4)


def test_a_cell_without_a_known_value_is_there_with_nothing():
    found = crosstab([(np.array([0, 1]), 2)], {"x": np.array([1.0, np.nan])})
    assert found.count.tolist() == [1, 1]
    assert found.known["x"].tolist() == [1, 0]
    assert found.total["x"].tolist() == [1.0, 0.0]


def test_too_many_cells_and_codes_beyond_their_labels_are_refused():
    with pytest.raises(DataError, match="9000 x 9000 cells is too large"):
        crosstab([(np.zeros(2, int), 9000)] * 2, {})
    with pytest.raises(DataError, match="a code is 3, but there are 2 labels"):
        crosstab([(np.array([0, 3]), 2)], {})
