import duckdb
import numpy as np
import pandas as pd
import pytest

from workbench.errors import DataError
from workbench.stats import scorecard
from workbench.stats.binning import Options
from workbench.stats.monotone import Limits
from workbench.stats.points import Points, Scale
from workbench.stats.score_export import from_json, to_json, to_sql

SCALE = Scale(600, 50, 20)


@pytest.fixture(scope="module")
def sample():
    random = np.random.default_rng(31)
    n = 8000
    features = pd.DataFrame(
        {
            "ratio": random.gamma(2, 1, n),
            "late's": random.poisson(0.4, n).astype(float),
            "kind": random.choice(
                ["small", "o'clock", "大型", "rare"], n, p=[0.5, 0.3, 0.19, 0.01]
            ),
            "never": np.where(random.random(n) < 0.3, 999.0, random.normal(size=n)),
        }
    )
    odds = (
        -3
        + 0.5 * features["ratio"]
        + 0.7 * features["late's"]
        + (features["kind"] == "大型")
        + (features["never"] == 999)
    )
    features.loc[random.random(n) < 0.1, "ratio"] = np.nan
    features.loc[random.random(n) < 0.1, "kind"] = None
    events = (random.random(n) < 1 / (1 + np.exp(-odds))).astype(float)
    plan = scorecard.Plan(Options(limits=Limits(6, 0.01, 10), special=(999.0,)))
    return features, scorecard.fit(features, events, plan)


@pytest.fixture(scope="module")
def points(sample):
    return Points(sample[1], SCALE)


def later(features):
    """Return rows the card never saw: levels, edges of bins, missing and extreme values."""
    cuts = [0.0, 999.0, -1e300, 1e300, np.nan, *features["ratio"].dropna().quantile([0.1, 0.5])]
    rows = [
        {"ratio": a, "late's": b, "kind": c, "never": a}
        for a in cuts
        for b in (0.0, 7.0, np.nan)
        for c in ("small", "o'clock", "new level", None)
    ]
    return pd.concat([features, pd.DataFrame(rows)], ignore_index=True)


def test_sql_gives_the_same_numbers_in_every_row(sample, points):
    features, card = sample
    rows = later(features).assign(id=lambda table: np.arange(len(table)))
    with duckdb.connect() as connection:
        connection.register("applicants", rows)
        query = to_sql(card, SCALE, table="applicants", key="id")
        found = connection.sql(query).df().sort_values("id")
    assert len(card.chosen) == 4
    assert np.abs(found["pd"].to_numpy() - card.probabilities(rows)).max() < 1e-9
    assert np.abs(found["points"].to_numpy() - points.scores(rows)).max() < 1e-9


def test_json_gives_the_same_card_back(sample, points):
    features, card = sample
    again, scale = from_json(to_json(card, SCALE))
    assert scale == SCALE
    assert again.chosen == card.chosen
    assert (again.probabilities(later(features)) == card.probabilities(later(features))).all()
    assert to_json(again, scale) == to_json(card, SCALE)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2}', '{"format": 1}'])
def test_what_is_no_card_is_refused_in_one_line(text):
    with pytest.raises(DataError, match=r"this is no scorecard|format 2 is unknown") as raised:
        from_json(text)
    assert "\n" not in str(raised.value)


def test_points_double_the_odds(points):
    assert SCALE.of(np.array([1 / 51]))[0] == pytest.approx(600)
    assert SCALE.of(np.array([1 / 101]))[0] == pytest.approx(620)


def test_points_of_a_case_are_the_sum_over_its_bins(sample, points):
    features, card = sample
    assert points.scores(features) == pytest.approx(SCALE.of(card.probabilities(features)))
    table = points.table().set_index(["variable", "bin"])["exact"]
    row = features.iloc[[0]]
    total = sum(
        table[name, card.binnings[name].rule.labels[card.binnings[name].rule.codes(row[name])[0]]]
        for name in card.chosen
    )
    assert points.scores(row)[0] == pytest.approx(total)


def test_the_readable_card_is_off_by_less_than_half_a_point_a_variable(sample, points):
    table = points.table()
    assert (table["points"] - table["exact"]).abs().max() <= 0.5


def test_reasons_are_what_costs_most_and_no_more(sample, points):
    features, _ = sample
    bad = pd.DataFrame({"ratio": [9.0], "late's": [5.0], "kind": ["大型"], "never": [999.0]})
    good = pd.DataFrame({"ratio": [0.1], "late's": [0.0], "kind": ["small"], "never": [0.0]})
    assert "" not in points.reasons(bad, most=2)[0]
    assert set(points.reasons(good)[0]) == {""}
    named = points.reasons(features, most=4)
    assert named.shape == (len(features), 4)


def test_the_worst_reason_names_the_variable_that_was_made_worse(sample, points):
    good = pd.DataFrame({"ratio": [0.1], "late's": [0.0], "kind": ["small"], "never": [0.0]})
    for name, value in (("ratio", 9.0), ("late's", 5.0), ("kind", "大型"), ("never", 999.0)):
        assert points.reasons(good.assign(**{name: [value]}))[0].tolist() == [name, "", "", ""]
