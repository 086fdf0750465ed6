import json

import numpy as np
import pytest
from scipy import stats

from tests.stats.segments import groups
from workbench.errors import DataError
from workbench.stats import segment_card, woe
from workbench.stats.latent_mixed import mixed_classes
from workbench.stats.patterns import patterns


@pytest.fixture(scope="module")
def made():
    rng = np.random.default_rng(1)
    x, z = groups(3, 900, 2, 5, rng)
    x[rng.random(x.shape) < 0.05] = np.nan
    codes = np.column_stack([(rng.random(900) < 0.2 + 0.3 * z).astype(np.intp)])
    codes[:20] = -1
    fit = mixed_classes(x, patterns(codes, [2]), 3)
    columns = ((("a", "none"), ("b", "none")), (("c", ("no", "yes")),))
    card = segment_card.frozen(fit, (x, codes), columns, ("cell", "2026-09-30", 1))
    return x, codes, fit, card


def test_scores_are_those_of_the_model(made):
    x, codes, fit, card = made
    assert segment_card.scored(card, x, codes).posterior == pytest.approx(fit.posterior, abs=1e-9)


def test_a_card_read_back_scores_to_the_last_digit(made):
    x, codes, _, card = made
    again = segment_card.read(card.write())
    assert again == card
    first, second = (segment_card.scored(each, x, codes) for each in (card, again))
    assert np.abs(first.posterior - second.posterior).max() <= 1e-12
    assert np.array_equal(first.labels, second.labels)
    assert again.write() == card.write()


def test_a_score_by_hand(made):
    _, _, _, card = made
    x, code = np.array([[0.3, np.nan]]), np.array([[1]])
    odds = [
        share * stats.norm.pdf(0.3, means[0], deviations[0]) * answers[1]
        for share, means, deviations, answers in zip(
            card.shares, card.means, card.deviations, card.answers[0], strict=True
        )
    ]
    found = segment_card.scored(card, x, code).posterior[0]
    assert found == pytest.approx(np.array(odds) / sum(odds), abs=1e-12)


def test_a_card_that_was_changed_is_refused(made):
    content = json.loads(made[3].write())
    content["shares"][0] += 1e-6
    with pytest.raises(DataError, match="was changed after it was frozen"):
        segment_card.read(json.dumps(content))
    with pytest.raises(DataError, match="format 9, not 1"):
        segment_card.read(json.dumps({**content, "format": 9}))
    with pytest.raises(DataError, match="this is no segment card"):
        segment_card.read("{}")


def test_nothing_drifts_against_its_own_rows(made):
    x, codes, _, card = made
    for _, before, now in segment_card.drifted(card, x, codes):
        assert np.array_equal(before, now)
    moved = segment_card.drifted(card, x + 1.0, codes)
    assert woe.stability(moved[0][1], moved[0][2]) > 0.1


def test_transforms_and_columns_are_checked(made):
    found = segment_card.transformed(np.array([0.0, 4.0, -1.0]), "root")
    assert found[:2].tolist() == [0.0, 2.0]
    assert np.isnan(found[2])
    with pytest.raises(DataError, match="no transform 'cube'"):
        segment_card.transformed(np.ones(2), "cube")
    with pytest.raises(DataError, match="needs 2 numbers and 1 categories, not 1 and 1"):
        segment_card.scored(made[3], np.ones((2, 1)), np.zeros((2, 1), dtype=np.intp))
