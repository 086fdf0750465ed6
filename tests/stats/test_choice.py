"""Choice models beside mlogit and statsmodels, on published data and on real ones."""

import json
import time
import warnings
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from workbench.errors import DataError
from workbench.stats import choice, willingness

FOLDER = Path(__file__).parents[1] / "oracles" / "pricing"
GREENE = next(
    case
    for case in json.loads((FOLDER / "oracle.json").read_text("utf-8"))
    if case["id"] == "mlogit_travelmode_greene"
)
TERMS = ("Low_FInt", "Low_Fee", "Long_Grace", "Out_State")
KNOWN = (3.06, 2.56, 1.99, -1.37)
"""Pooled logit of the bank-card conjoint as it is known, two digits."""


def travel():
    rows = pd.read_csv(FOLDER / "travelmode.csv")
    alone = [(rows["mode"] == mode).astype(float) for mode in ("air", "train", "bus")]
    income = rows["income"] * (rows["mode"] == "air")
    x = np.column_stack([*alone, rows["gcost"], rows["wait"], income]).astype(float)
    return x, (rows["choice"] == "yes").to_numpy(float), rows["individual"].to_numpy(np.int64)


def cards(real_data):
    rows = duckdb.sql(f"select * from '{real_data / 'bank_card_conjoint_choices.parquet'}'").df()
    x = rows.drop(columns=["id", "choice"])
    return x, rows["choice"].to_numpy(float), pd.factorize(rows["id"])[0].astype(np.int64)


def test_greenes_travel_modes_are_met():
    expected = GREENE["expected"]
    found = choice.fit(*travel())
    np.testing.assert_allclose(found.coefficients, list(expected["coef"].values()), rtol=5e-5)
    np.testing.assert_allclose(found.standard_errors, list(expected["se"].values()), rtol=5e-5)
    assert found.log_likelihood == pytest.approx(expected["loglik"], abs=1e-5)
    assert found.sets == 210


def test_the_order_of_rows_does_not_matter():
    x, chosen, sets = travel()
    order = np.random.default_rng(1).permutation(len(x))
    first, second = choice.fit(x, chosen, sets), choice.fit(x[order], chosen[order], sets[order])
    np.testing.assert_allclose(first.coefficients, second.coefficients, rtol=1e-9)


def test_the_train_conjoint_and_its_willingness_to_pay_are_met(real_data):
    folder = real_data / "oracles" / "segments"
    cases = json.loads((folder / "oracle.json").read_text("utf-8"))
    case = next(each for each in cases if each["id"] == "clogit_train_conjoint")["expected"]
    rows = pd.read_csv(folder / "inputs" / "train_wide.csv")
    scale = {"price": 2.20371 / 100, "time": 1 / 60, "change": 1.0, "comfort": 1.0}
    gaps = np.column_stack([(rows[f"{k}_A"] - rows[f"{k}_B"]) * v for k, v in scale.items()])
    found = choice.paired(gaps, (rows["choice"] == "A").to_numpy(float))
    np.testing.assert_allclose(found.coefficients, list(case["coef"].values()), atol=1e-6)
    np.testing.assert_allclose(found.standard_errors, list(case["se"].values()), atol=1e-6)
    assert found.log_likelihood == pytest.approx(case["loglik"], abs=1e-6)
    for place, name in enumerate(("time", "change", "comfort"), start=1):
        worth = willingness.worth(found.coefficients, found.inference, (place, 0))
        # What a unit less is worth: the oracle states it with the other sign.
        assert -worth.value == pytest.approx(case["wtp"][name], rel=1e-6)


def test_the_bank_cards_are_met_and_people_are_clusters(real_data):
    x, first, people = cards(real_data)
    found = choice.paired(x.to_numpy(float), first, people)
    at = [list(x.columns).index(name) for name in TERMS]
    assert found.coefficients[at].round(2).tolist() == list(KNOWN)
    assert found.log_likelihood == pytest.approx(-8063.8, abs=0.05)
    assert found.null == pytest.approx(-14799 * np.log(2))
    peer = sm.Logit(first, x.to_numpy(float)).fit(
        disp=0, tol=1e-12, cov_type="cluster", cov_kwds={"groups": people}
    )
    np.testing.assert_allclose(found.coefficients, peer.params, atol=1e-5)
    np.testing.assert_allclose(found.standard_errors, peer.bse, rtol=1e-8)
    assert found.log_likelihood == pytest.approx(peer.llf, abs=1e-6)
    plain = np.sqrt(np.diag(found.covariance))
    assert (found.standard_errors > plain).all()
    assert found.clusters == 946


def test_the_fit_takes_a_hundredth_of_the_time_of_statsmodels(real_data):
    from statsmodels.discrete.conditional_models import ConditionalLogit

    x, first, people = cards(real_data)
    few = people < 120
    gaps, taken = x.to_numpy(float)[few], first[few]
    long = np.repeat(gaps, 2, axis=0)
    long[1::2] = 0
    chosen = np.column_stack([taken, 1 - taken]).ravel()
    sets = np.repeat(np.arange(len(taken)), 2)
    began = time.process_time()
    found = choice.fit(long, chosen, sets)
    own = time.process_time() - began
    began = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = ConditionalLogit(chosen, long, groups=sets).fit(disp=0, method="newton")
    assert time.process_time() - began > 100 * own
    np.testing.assert_allclose(found.coefficients, peer.params, atol=1e-5)


def test_pairs_are_a_choice_between_two():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(800, 2, 3))
    value = x @ np.array([1.0, -0.5, 0.2]) + rng.gumbel(size=(800, 2))
    first = (value[:, 0] > value[:, 1]).astype(float)
    people = np.repeat(np.arange(200), 4)
    pairs = choice.paired(x[:, 0] - x[:, 1], first, people)
    chosen = np.column_stack([first, 1 - first]).ravel()
    sets = choice.fit(x.reshape(-1, 3), chosen, np.repeat(np.arange(800), 2), np.repeat(people, 2))
    np.testing.assert_allclose(pairs.coefficients, sets.coefficients, rtol=1e-9)
    np.testing.assert_allclose(pairs.inference, sets.inference, rtol=1e-8)
    assert pairs.log_likelihood == pytest.approx(sets.log_likelihood)
    assert pairs.null == pytest.approx(sets.null)


def test_shares_are_chances_to_be_chosen():
    x, chosen, sets = travel()
    found = choice.fit(x, chosen, sets)
    shares = found.shares(x[:4])
    assert shares.sum() == pytest.approx(1)
    # With a constant for every mode but one, fitted shares meet those observed.
    every = np.array([found.shares(x[4 * row : 4 * row + 4]) for row in range(210)])
    np.testing.assert_allclose(every.mean(axis=0), chosen.reshape(-1, 4).mean(axis=0), atol=1e-8)


def test_a_set_without_a_choice_is_refused():
    x, chosen, sets = travel()
    with pytest.raises(DataError, match="1 have none or more"):
        choice.fit(x, np.where(sets == sets[0], 0.0, chosen), sets)


def test_attributes_that_repeat_each_other_are_refused():
    x, chosen, sets = travel()
    with pytest.raises(DataError, match="repeat each other"):
        choice.fit(np.column_stack([x, x[:, 0]]), chosen, sets)
