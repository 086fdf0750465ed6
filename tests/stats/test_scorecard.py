import numpy as np
import pandas as pd
import pytest
from scipy import special

from workbench.errors import DataError
from workbench.stats import scorecard, splits
from workbench.stats.scorecard import Plan


def sample(rows=4000, seed=2):
    random = np.random.default_rng(seed)
    table = pd.DataFrame({"strong": random.normal(size=rows), "noise": random.normal(size=rows)})
    table["twin"] = table["strong"] + random.normal(0, 0.01, rows)
    table["level"] = random.choice(["a", "b", "c"], rows)
    table["one"], table["none"] = 1.0, np.nan
    score = -1.5 + 1.0 * table["strong"] + (table["level"] == "c")
    return table, (random.random(rows) < special.expit(score)).to_numpy().astype(float)


def test_every_variable_has_a_fate():
    features, events = sample()
    card = scorecard.fit(features, events)
    assert {name: card.fates[name] for name in ("noise", "level", "one", "none")} == {
        "noise": "weak",
        "level": "chosen",
        "one": "constant",
        "none": "not_supplied",
    }
    assert {card.fates["strong"], card.fates["twin"]} == {"chosen", "alike"}


def test_probabilities_are_those_of_the_model():
    features, events = sample()
    card = scorecard.fit(features, events)
    expected = special.expit(card.coefficients[0] + card.design(features) @ card.coefficients[1:])
    assert card.probabilities(features) == pytest.approx(expected)
    assert card.probabilities(features).mean() == pytest.approx(events.mean())


def test_inference_has_the_coefficients_of_the_quick_fit():
    features, events = sample()
    card = scorecard.fit(features, events)
    model = card.inference(features, events)
    assert model.coefficients == pytest.approx(card.coefficients, rel=1e-8)


def test_a_variable_that_only_corrects_another_is_not_needed():
    random = np.random.default_rng(5)
    base = random.normal(size=6000)
    features = pd.DataFrame({"base": base, "echo": base + random.normal(0, 1.0, 6000)})
    events = (random.random(6000) < special.expit(-1.5 + 1.2 * base)).astype(float)
    card = scorecard.fit(features, events)
    assert card.fates == {"base": "chosen", "echo": "not_needed"}


def test_each_case_is_predicted_by_a_card_that_did_not_see_it():
    features, events = sample(1200)
    folds = np.arange(1200) % 3
    split = splits.Split("folds", tuple(splits.Part(folds != at, folds == at) for at in range(3)))
    found = scorecard.out_of_sample(features, events, split)
    own = scorecard.fit(features[folds != 1], events[folds != 1])
    assert (found[folds == 1] == own.probabilities(features[folds == 1])).all()


def test_cases_that_are_not_tested_have_no_prediction():
    features, events = sample(1200)
    early = np.arange(1200) < 800
    found = scorecard.out_of_sample(
        features, events, splits.Split("time", (splits.Part(early, ~early),))
    )
    assert np.isnan(found[early]).all()
    assert not np.isnan(found[~early]).any()


def test_without_information_there_is_no_score():
    features, events = sample(600)
    with pytest.raises(DataError, match="no variable carries information"):
        scorecard.fit(features[["noise"]], events, Plan(least_value=0.5))
