import numpy as np
import pandas as pd
import pytest

from workbench.errors import DataError
from workbench.stats import splits

DAY = pd.Timestamp


def cases(cohorts=("2025-06-30",), customers=400, per_customer=2):
    random = np.random.default_rng(1)
    one = pd.DataFrame(
        {"customer_id": [f"P{at:05d}" for at in np.repeat(np.arange(customers), per_customer)]}
    )
    one["defaulted"] = (random.random(len(one)) < 0.2).astype(int)
    return pd.concat([one.assign(cohort=DAY(day)) for day in cohorts], ignore_index=True)


def test_cohorts_are_apart_by_the_horizon():
    days = pd.Series([DAY(d) for d in ("2024-06-30", "2024-12-31", "2025-06-30")])
    assert splits.separate_cohorts(days, 12) == [DAY("2025-06-30"), DAY("2024-06-30")]
    assert len(splits.separate_cohorts(days, 6)) == 3


def test_two_separate_cohorts_are_split_by_time():
    table = cases(("2024-06-30", "2024-12-31", "2025-06-30"))
    found = splits.split(table, horizon_months=12, folds=5, seed=1)
    assert found.kind == "time"
    assert set(table["cohort"][found.parts[0].test]) == {DAY("2025-06-30")}
    assert set(table["cohort"][found.parts[0].train]) == {DAY("2024-06-30")}
    assert (~found.used).sum() == (table["cohort"] == "2024-12-31").sum()


def test_one_cohort_is_split_into_folds_that_test_every_case_once():
    table = cases()
    found = splits.split(table, horizon_months=12, folds=5, seed=1)
    assert found.kind == "folds"
    assert (np.sum([part.test for part in found.parts], axis=0) == 1).all()
    assert not any((part.test & part.train).any() for part in found.parts)


def test_a_customer_is_in_one_fold_only():
    table = cases()
    fold = splits.fold_of(
        table["customer_id"],
        table["defaulted"].to_numpy(float),
        folds=5,
        seed=1,
        used=np.ones(len(table), bool),
    )
    assert pd.Series(fold).groupby(table["customer_id"]).nunique().max() == 1


def test_events_are_spread_evenly_over_the_folds():
    table = cases(per_customer=1)
    events = table["defaulted"].to_numpy(float)
    fold = splits.fold_of(
        table["customer_id"], events, folds=5, seed=1, used=np.ones(len(table), bool)
    )
    counts = np.bincount(fold, weights=events)
    assert counts.max() - counts.min() <= 1


def test_folds_do_not_depend_on_the_order_of_the_rows_but_on_the_seed():
    table = cases()
    used = np.ones(len(table), bool)
    order = np.random.default_rng(2).permutation(len(table))
    shuffled = table.iloc[order]

    def fold(rows, seed):
        return splits.fold_of(
            rows["customer_id"], rows["defaulted"].to_numpy(float), folds=5, seed=seed, used=used
        )

    assert (fold(shuffled, 1) == fold(table, 1)[order]).all()
    assert (fold(table, 1) != fold(table, 2)).any()


def test_too_few_defaults_for_the_folds_are_refused():
    table = cases(per_customer=1)
    table["defaulted"] = (np.arange(len(table)) < 3).astype(int)
    with pytest.raises(DataError, match="3 customers with a default are too few for 5 folds"):
        splits.split(table, horizon_months=12, folds=5, seed=1)
