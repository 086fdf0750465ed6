import numpy as np
import pytest

from tests.analysis import credit
from workbench.analysis.discrimination import discrimination
from workbench.errors import DataError


def test_the_area_of_the_true_probabilities_is_within_its_interval():
    areas = [discrimination(credit.predictions(2000, seed=seed)).facts["auc"] for seed in range(40)]
    truth = discrimination(credit.predictions(400_000, seed=99)).facts["auc"].value
    assert np.mean([area.low <= truth <= area.high for area in areas]) >= 0.85


def test_each_segment_is_measured_by_itself_and_the_one_with_most_defaults_comes_first():
    table = credit.predictions(3000)
    found = discrimination(table).table
    assert set(found["segment"]) == set(table["segment"])
    assert found["defaults"].is_monotonic_decreasing
    assert found["cases"].sum() == len(table)


def test_a_segment_without_defaults_is_shown_without_an_area():
    table = credit.predictions(1000)
    table.loc[table["segment"] == "small", "defaulted"] = 0
    result = discrimination(table)
    found = result.table.set_index("segment")
    assert np.isnan(found.loc["small", "auc"])
    assert found.loc["small", "cases"] > 0
    assert found.loc["consumer", "auc"] > 0.5
    assert result.facts["hidden"].value == 1


def test_a_segment_with_fewer_than_the_least_defaults_has_no_area():
    table = credit.predictions(1000)
    small = table.index[(table["segment"] == "small") & (table["defaulted"] == 1)]
    table.loc[small[9:], "defaulted"] = 0
    few = discrimination(table).table.set_index("segment")
    enough = discrimination(table, min_defaults=9).table.set_index("segment")
    assert few.loc["small", "defaults"] == 9
    assert np.isnan(few.loc["small", "auc"])
    assert enough.loc["small", "low"] < enough.loc["small", "auc"]


def test_one_outcome_alone_is_refused():
    with pytest.raises(DataError, match="both outcomes"):
        discrimination(credit.predictions(100).assign(defaulted=0))


def test_a_segment_that_is_missing_is_counted_not_dropped():
    table = credit.predictions(1000)
    table["segment"] = table["segment"].where(table.index > 100)
    assert discrimination(table).table["cases"].sum() == 1000
