"""Affinity and propensity on real people: calls of a Portuguese bank, and a survey of Americans."""

from datetime import date

import duckdb
import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from threadpoolctl import threadpool_limits

from workbench.errors import DataError
from workbench.rules import next_product
from workbench.stats import affinity, propensity
from workbench.stats.calibration import recalibration
from workbench.stats.discrimination import auc

RULES = next_product.rules(date(2026, 9, 30))
MADE_OF = {
    "age": "customers.birth_year",
    "job": "customers.occupation_class",
    "marital": "customers.marital_status",
    "education": "customers.education",
    "default": "loan_months.dpd",
    "housing": "loans.disbursed_on",
    "loan": "loans.disbursed_on",
    "contact": "campaign_contacts.channel",
    "month": "campaign_contacts.assigned_at",
    "day_of_week": "campaign_contacts.assigned_at",
    "duration": "interactions.duration_s",
    "campaign": "campaign_contacts.assigned_at",
    "pdays": "campaign_contacts.assigned_at",
    "previous": "campaign_contacts.assigned_at",
    "poutcome": "interactions.topic",
    "emp.var.rate": "market_series.value",
    "cons.price.idx": "market_series.value",
    "cons.conf.idx": "market_series.value",
    "euribor3m": "market_series.value",
    "nr.employed": "market_series.value",
}
"""Canonical column of each header, as the source map `uci-bank-marketing` has those it takes in."""
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@pytest.fixture(scope="module")
def calls(real_data):
    table = duckdb.sql(f"SELECT * FROM '{real_data / 'uci_bank_marketing.parquet'}'").df()
    # Rows are in the order of the calls and name no year: it is a new one when months go back.
    month = table["month"].map({name: at for at, name in enumerate(MONTHS)}).to_numpy()
    return table.assign(year=2008 + np.cumsum(np.r_[0, np.diff(month) < 0]))


@pytest.fixture(scope="module")
def subscribed(calls):
    return (calls["y"] == "yes").to_numpy(float)


def design(calls, *names):
    RULES.guarded(names, MADE_OF)
    columns = []
    for name in names:
        values = calls[name]
        if name == "pdays":
            columns.append(values.where(values != 999).to_numpy(float))
        elif pd.api.types.is_numeric_dtype(values):
            columns.append(values.to_numpy(float))
        else:
            columns += [(values == level).to_numpy(float) for level in sorted(values.unique())]
    return np.column_stack(columns)


ALLOWED = [name for name in MADE_OF if name != "duration"]


def test_the_share_that_subscribes_drifts_from_year_to_year(calls, subscribed):
    by = pd.Series(subscribed).groupby(calls["year"]).agg(["size", "mean"])
    assert by["size"].to_dict() == {2008: 27_690, 2009: 11_440, 2010: 2_058}
    assert by["mean"].round(3).to_dict() == {2008: 0.048, 2009: 0.195, 2010: 0.521}


def test_the_length_of_the_call_is_refused_as_a_leak(calls):
    with pytest.raises(DataError, match=r"'duration' leaks: interactions.duration_s"):
        design(calls, *MADE_OF)


def test_a_random_split_flatters_and_a_later_period_tells(calls, subscribed):
    features = design(calls, *ALLOWED)
    later = np.arange(len(calls)) >= int(0.8 * len(calls))
    apart = np.random.default_rng(1).permutation(len(calls)) % 5 == 0
    told = {}
    for name, judged in (("random", apart), ("later", later)):
        model = propensity.fit(features[~judged], subscribed[~judged], penalty=5.0)
        told[name] = model.probabilities(features[judged]), subscribed[judged]
    random, after = (auc(*told[name]) for name in ("random", "later"))
    assert random.interval(0.95)[0] > after.interval(0.95)[1]
    assert random.value == pytest.approx(0.765, abs=0.02)
    assert after.value == pytest.approx(0.68, abs=0.03)
    # Calibrated where the calls were drawn by lot; later twice as many subscribe as it says.
    by_lot, behind = (recalibration(*told[name]) for name in ("random", "later"))
    assert abs(by_lot.in_the_large) < 0.2
    assert behind.slope < 0.7
    assert behind.in_the_large > 0.7


@pytest.mark.full
def test_boosted_trees_flatter_themselves_even_more(calls, subscribed):
    # On one thread: several wait for one another where processors are busy.
    with threadpool_limits(1):
        random, after, later = by_trees(calls, subscribed)
    assert auc(random, subscribed).value == pytest.approx(0.80, abs=0.01)
    assert auc(after, subscribed[later]).value == pytest.approx(0.66, abs=0.03)


def by_trees(calls, subscribed):
    features = design(calls, *ALLOWED)
    trees = HistGradientBoostingClassifier(
        max_iter=60, learning_rate=0.1, max_leaf_nodes=15, random_state=0
    )
    folds = StratifiedKFold(5, shuffle=True, random_state=1)
    random = cross_val_predict(trees, features, subscribed, cv=folds, method="predict_proba")[:, 1]
    later = np.arange(len(calls)) >= int(0.8 * len(calls))
    trees.fit(features[~later], subscribed[~later])
    after = trees.predict_proba(features[later])[:, 1]
    return random, after, later


@pytest.fixture(scope="module")
def americans(real_data):
    return duckdb.sql(f"SELECT * FROM '{real_data / 'nfwbs_2016.parquet'}'").df()


def held_by(americans):
    """Return products held and signs of need; codes below 0 are no answers."""
    held = {f"PRODHAVE_{at}": americans[f"PRODHAVE_{at}"] == 1 for at in range(1, 10)}
    held |= {f"PRODUSE_{at}": americans[f"PRODUSE_{at}"] == 1 for at in range(1, 6)}
    held["rejected"] = americans["REJECTED_1"] == 1
    held["collection"] = americans["COLLECT"] == 1
    hard = americans[[f"MATHARDSHIP_{at}" for at in range(1, 7)]]
    held["hardship"] = (hard >= 2).any(axis=1)
    return pd.DataFrame(held)


def test_what_goes_with_refused_credit_and_hardship_is_found_with_weights(americans):
    held = held_by(americans)
    names = list(held)
    pairs = np.array(affinity.each_pair(names))
    columns = held.to_numpy(bool)
    weights = americans["finalwt"].to_numpy(float)
    found = affinity.lifts(
        columns[:, pairs[:, 0]], columns[:, pairs[:, 1]], weights=weights, least=5.0
    )
    at = {(names[a], names[b]): row for row, (a, b) in enumerate(pairs)}

    def interval(one, two):
        row = at[one, two]
        return found.low[row], found.high[row], found.p_adjusted[row]

    for pair in (("rejected", "hardship"), ("collection", "hardship"), ("rejected", "collection")):
        low, _, p = interval(*pair)
        assert low > 1.3
        assert p < 1e-6
    # Who holds retirement or other savings products meets hardship less often.
    for product in ("PRODHAVE_2", "PRODHAVE_4", "PRODHAVE_5"):
        _, high, p = interval(product, "hardship")
        assert high < 1
        assert p < 1e-6
    assert found.both.max() <= weights.sum()


def test_weights_change_the_answer(americans):
    held = held_by(americans).to_numpy(bool)
    one, two = held[:, [-3]], held[:, [-1]]
    plain = affinity.lifts(one, two)
    weighted = affinity.lifts(one, two, weights=americans["finalwt"].to_numpy(float))
    assert weighted.both[0] != pytest.approx(plain.both[0], rel=0.02)
    # Unequal weights cost precision: on the scale of the logarithm the interval is wider.
    assert weighted.high[0] / weighted.low[0] > plain.high[0] / plain.low[0]


def test_products_shuffled_among_people_go_with_nothing(americans):
    held = held_by(americans).to_numpy(bool)
    rng = np.random.default_rng(7)
    pairs = np.array(affinity.each_pair(range(held.shape[1])))
    hits = 0
    for _ in range(60):
        shuffled = np.column_stack([rng.permutation(column) for column in held.T])
        found = affinity.lifts(shuffled[:, pairs[:, 0]], shuffled[:, pairs[:, 1]])
        hits += bool((found.p_adjusted < 0.05).any())
    assert hits / 60 <= 0.05 + 3 * (0.05 * 0.95 / 60) ** 0.5
