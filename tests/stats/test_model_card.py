"""A frozen model: what comes back from its file, what shows a change, and what each row gets."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import special

from workbench.errors import DataError, ParameterError
from workbench.stats import cycle, model_card, recalibration
from workbench.stats import scorecard as cards
from workbench.stats.model_card import Levels, ModelCard
from workbench.stats.points import Points, Scale

GRADES = (("1", 0.01), ("2", 0.05), ("3", 0.2), ("4", 1.0))


def cases(n=4000, seed=5):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    trade = rng.choice(["A", "B", "C"], n, p=[0.5, 0.3, 0.2])
    odds = -3 + 0.9 * x + np.select([trade == "B", trade == "C"], [0.6, 1.2], 0.0)
    features = pd.DataFrame({"x": np.where(rng.random(n) < 0.05, np.nan, x), "trade": trade})
    return features, (rng.random(n) < special.expit(odds)).astype(float)


def frozen(method="platt", kind="calibrated", **changes):
    features, events = cases()
    card = cards.fit(features, events)
    calibration = recalibration.learnt(method, card.probabilities(features), events)
    made = {"as_of": "2026-09-30", "by": "王敏", "snapshot": "0001-12345678", "auc": 0.75}
    sides = {"ability": cards.fit(features[["x"]], events)}
    levels = Levels(kind, 0.1, -0.2, 0.3, -1.2, 0.04)
    own = ModelCard("default", card, Scale(), sides, calibration, levels, GRADES, made)
    return replace(own, **changes)


@pytest.mark.parametrize("method", recalibration.METHODS)
@pytest.mark.parametrize("kind", ["calibrated", "point_in_time", "through_the_cycle", "prudent"])
def test_what_comes_back_from_the_file_scores_the_same_bit_for_bit(method, kind):
    card, (features, _) = frozen(method, kind), cases(seed=6)
    again = model_card.from_json(model_card.to_json(card))
    one, two = card.scored(features), again.scored(features)
    for name in ("raw", "pd", "points", "ability", "grade"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
    np.testing.assert_array_equal(one.reasons, two.reasons)
    assert (again.sha256, again.version) == (card.sha256, card.version)


def test_the_level_is_worked_out_as_on_the_page_of_levels():
    p = np.array([0.002, 0.03, 0.4])
    constants = Levels("prudent", 0.1, -0.2, 0.3, -1.2, 0.04)
    year = special.expit(special.logit(p) + 0.1)
    average = special.ndtr(special.ndtri(year) * np.sqrt(0.96) + np.sqrt(0.04) * -1.2)
    np.testing.assert_allclose(average, cycle.through_the_cycle(year, -1.2, 0.04), rtol=1e-14)
    expected = special.expit(special.logit(average) - 0.2 + 0.3)
    np.testing.assert_allclose(constants.of(p), expected, rtol=1e-13)
    assert replace(constants, kind="calibrated").of(p) is p


def test_anchored_probabilities_are_a_constant_away():
    p = np.array([0.01, 0.05, 0.2])
    constant = recalibration.anchor(p, 0.1)
    np.testing.assert_array_equal(
        recalibration.shifted(p, constant), recalibration.anchored(p, 0.1)
    )
    assert recalibration.shifted(p, constant).mean() == pytest.approx(0.1, abs=1e-12)


def test_a_probability_at_a_bound_belongs_to_the_better_grade():
    card, (features, _) = frozen(), cases()
    found = card.scored(features)
    expected = [next(at for at, (_, upper) in enumerate(GRADES) if p <= upper) for p in found.pd]
    assert found.grade.tolist() == expected
    bound = replace(card, grades=(("1", float(found.pd[0])), ("2", 1.0)))
    assert bound.scored(features).grade[0] == 0


def test_points_and_reasons_are_those_of_the_scorecard():
    card, (features, _) = frozen(), cases()
    found, points = card.scored(features), Points(card.card, card.scale)
    np.testing.assert_array_equal(found.points, points.scores(features))
    np.testing.assert_array_equal(found.reasons, points.reasons(features, most=3))
    assert np.isnan(found.willingness).all()


def test_categories_the_card_never_saw_are_counted_and_count_as_average():
    card, (features, _) = frozen(), cases()
    features.loc[:6, "trade"] = "Z"
    found = card.scored(features)
    assert found.unknown == {"trade": 7}
    weights = card.card.design(features)
    assert (weights[:7, card.card.chosen.index("trade")] == 0).all()


def test_a_feature_without_any_value_is_named():
    card, (features, _) = frozen(), cases()
    assert card.scored(features.assign(x=np.nan)).empty == ("x",)


def test_a_missing_feature_is_named():
    card, (features, _) = frozen(), cases()
    with pytest.raises(DataError, match=r"needs trade, which the loans to score do not have"):
        card.scored(features.drop(columns="trade"))


def test_text_in_the_place_of_a_number_is_refused():
    card, (features, _) = frozen(), cases()
    with pytest.raises(DataError, match="takes x for a number"):
        card.scored(features.assign(x="much"))


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c["scorecard"]["coefficients"].__setitem__(0, -2.0),
        lambda c: c["calibration"]["parameters"].__setitem__(0, 0.5),
        lambda c: c["grades"].__setitem__(0, ["1", 0.02]),
        lambda c: c["made"].__setitem__("by", "李强"),
        lambda c: c["levels"].__setitem__("year", 0.2),
        lambda c: c["scorecard"].__setitem__(
            "binnings", dict(reversed(c["scorecard"]["binnings"].items()))
        ),
    ],
    ids=["coefficient", "calibration", "grade", "person", "level", "order of variables"],
)
def test_a_card_that_was_changed_is_refused(change):
    content = json.loads(model_card.to_json(frozen()))
    change(content)
    with pytest.raises(DataError, match="changed after it was frozen"):
        model_card.from_json(json.dumps(content, ensure_ascii=False), name="a.json")


def test_an_approval_does_not_change_the_hash():
    card = frozen()
    signed = replace(card, approvals=({"name": "李强", "at": "", "sha256": card.sha256},))
    assert model_card.from_json(model_card.to_json(signed)).approvals[0]["name"] == "李强"
    assert signed.sha256 == card.sha256


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"format": 2}', "format 2, and this release reads 1"),
        ("[]", "no format"),
        ("{}", "no format"),
        ("not json", "is no model card"),
        ('{"format": 1}', "is no model card"),
    ],
)
def test_what_is_no_card_is_refused_in_one_line(text, line):
    with pytest.raises(DataError, match=line):
        model_card.from_json(text, name="a.json")


def test_an_unknown_level_is_refused():
    with pytest.raises(ParameterError, match="level must be one of"):
        model_card.checked_level("best")
