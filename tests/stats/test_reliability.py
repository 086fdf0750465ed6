"""Reliability against R psych, and recovery of planted structure."""

import numpy as np
import pandas as pd
import pytest

from tests.stats.oracle import FOLDER, agrees, cases, real_case, real_inputs
from workbench.errors import DataError
from workbench.stats import reliability


def items(name):
    return pd.read_csv(FOLDER / "inputs" / f"{name}.csv").to_numpy(float)


def agreeable():
    """Five items with missing answers, the first one turned round."""
    table = items("bfi_A")
    table[:, 0] = 7 - table[:, 0]
    return table


def test_alpha_with_missing_answers_agrees_with_psych():
    own = reliability.alpha(agreeable())
    fields = {
        **{"raw_alpha": own.alpha, "std.alpha": own.standardised, "average_r": own.average_r},
        **{"feldt_lower": own.low, "feldt_upper": own.high},
        **{"r.drop": own.rest, "alpha.drop": own.without},
    }
    for field, value in fields.items():
        agrees(value, "bfi.alpha_A", field)


@pytest.mark.parametrize("construct", ["IMAG", "EXPE", "QUAL", "SAT"])
def test_alpha_of_a_bank_survey_agrees_with_psych(construct):
    table = real_inputs("satisfaction")
    own = reliability.alpha(
        table[[name for name in table if name.startswith(construct.lower())]].to_numpy(float)
    )
    expected = real_case(f"satisfaction.alpha_{construct}")["expected"]
    assert own.alpha == pytest.approx(expected["raw_alpha"], rel=1e-8)
    assert own.standardised == pytest.approx(expected["std.alpha"], rel=1e-8)
    assert (own.low, own.high) == pytest.approx(
        (expected["feldt_lower"], expected["feldt_upper"]), rel=1e-8
    )
    assert own.rest == pytest.approx(np.array(expected["r.drop"]), rel=1e-8)
    assert own.without == pytest.approx(np.array(expected["alpha.drop"]), rel=1e-8)


def test_adequacy_agrees_with_psych():
    table = items("bfi25_complete")
    overall, single, statistic, p = reliability.adequacy(np.corrcoef(table.T), len(table))
    agrees(overall, "bfi25.kmo_bartlett", "KMO")
    agrees(single, "bfi25.kmo_bartlett", "MSAi")
    agrees(statistic, "bfi25.kmo_bartlett", "chisq")
    assert p < 1e-12


def test_parallel_analysis_finds_as_many_factors_as_psych():
    found = reliability.factors(items("bfi25_complete"), draws=20)
    assert found == cases()["bfi25.parallel"]["expected"]["nfact"]


@pytest.mark.parametrize("planted", [0, 1, 2, 3])
def test_parallel_analysis_finds_the_planted_factors(planted):
    rng = np.random.default_rng(planted)
    loadings = np.zeros((12, max(planted, 1)))
    for at in range(planted):
        loadings[at * 4 : at * 4 + 4, at] = 0.7
    answers = rng.normal(size=(600, loadings.shape[1])) @ loadings.T
    noise = np.sqrt(1 - (loadings**2).sum(axis=1))
    assert reliability.factors(answers + rng.normal(size=(600, 12)) * noise) == planted


def test_feldts_interval_covers_the_true_alpha():
    # Four items with loading .7: alpha = 4 r / (1 + 3 r), r = .49.
    truth, inside = 4 * 0.49 / (1 + 3 * 0.49), 0
    for seed in range(400):
        rng = np.random.default_rng(seed)
        table = 0.7 * rng.normal(size=(60, 1)) + np.sqrt(0.51) * rng.normal(size=(60, 4))
        own = reliability.alpha(table)
        inside += own.low <= truth <= own.high
    # 99.8 % of binomial counts around 380 of 400.
    assert 366 <= inside <= 393


def test_weights_of_two_are_rows_twice_up_to_the_degrees_of_freedom():
    rng = np.random.default_rng(2)
    table, weights = rng.normal(size=(200, 3)) + rng.normal(size=(200, 1)), np.ones(200)
    weights[:50] = 2
    own = reliability.alpha(table, weights)
    other = reliability.alpha(np.vstack([table, table[:50]]))
    assert own.alpha == pytest.approx(other.alpha, rel=1e-12)


def test_what_has_no_reliability_is_refused():
    with pytest.raises(DataError, match="two items or more that vary"):
        reliability.alpha(np.ones((10, 3)))
    with pytest.raises(DataError, match="no two answers in common"):
        reliability.alpha(np.array([[1.0, np.nan], [2.0, np.nan], [np.nan, 1.0]]))
