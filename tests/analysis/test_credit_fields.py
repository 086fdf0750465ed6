import numpy as np
import pytest

from tests.analysis import credit
from workbench.analysis.backtest import backtest
from workbench.analysis.challenger import challenger
from workbench.analysis.credit_fields import credit_fields
from workbench.analysis.scorecard import scorecard
from workbench.errors import DataError

CASES = credit.cases(4000).drop(columns="truth")


def found(table):
    return credit_fields(table).table.set_index("variable")["field_finding"].to_dict()


def test_clean_features_have_nothing_said_of_them():
    assert found(CASES) == {"rate": "empty"}


def test_planted_flaws_are_each_named():
    random = np.random.default_rng(61)
    risky = random.random(len(CASES)) < np.where(CASES["defaulted"] == 1, 0.4, 0.1)
    newest = CASES["cohort"] == CASES["cohort"].max()
    table = CASES.assign(
        duration=1.0,
        used=CASES["defaulted"] + random.normal(0, 0.2, len(CASES)),
        late=CASES["late"].mask(risky),
        noise=CASES["noise"].where(random.random(len(CASES)) < 0.99, 999.0),
        education=np.where(newest, "postgraduate", CASES["education"]),
    )
    assert found(table) == {
        "duration": "late",
        "used": "too_good",
        "noise": "sentinel",
        "late": "missing_tells",
        "education": "unstable",
        "rate": "empty",
    }
    assert credit_fields(table).table.set_index("variable").loc["noise", "sentinel_code"] == 999


def test_a_large_ordinary_value_is_no_code():
    table = CASES.assign(
        noise=np.random.default_rng(62).choice([0.0, 9.0, 99.0, 150.0], len(CASES))
    )
    assert found(table) == {"rate": "empty"}


def test_missing_at_random_tells_nothing_as_often_as_it_should():
    wrong = 0
    for seed in range(60):
        hidden = np.random.default_rng(seed).random(len(CASES)) < 0.2
        wrong += found(CASES.assign(noise=CASES["noise"].mask(hidden))).get("noise") is not None
    assert wrong / 60 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 60)


@pytest.mark.parametrize(
    "learn",
    [
        lambda table: scorecard(table, horizon_months=12),
        lambda table: backtest(table, horizon_months=12),
        lambda table: challenger(table, table.assign(pd=0.1), {}, horizon_months=12),
    ],
)
def test_no_model_learns_from_what_is_known_after_the_outcome(learn):
    with pytest.raises(DataError, match="duration is known only after the outcome"):
        learn(CASES.assign(duration=1.0))
