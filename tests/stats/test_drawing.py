"""Samples: as many as asked, everybody with the same chance, the same in any order."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from workbench.errors import DataError
from workbench.stats.drawing import drawn

PEOPLE = pd.DataFrame({"id": [f"c{at:04d}" for at in range(600)], "stratum": ["a", "b", "b"] * 200})
SIZES = pd.Series({"a": 40, "b": 30})


def names(frame, sizes=SIZES, seed=1):
    return set(frame.loc[drawn(frame["id"], frame["stratum"], sizes, seed=seed), "id"])


def test_each_stratum_gives_what_it_is_asked_for():
    own = PEOPLE[drawn(PEOPLE["id"], PEOPLE["stratum"], SIZES, seed=1)]
    assert own["stratum"].value_counts().to_dict() == SIZES.to_dict()


def test_the_order_of_the_list_does_not_matter_and_the_seed_does():
    shuffled = PEOPLE.sample(frac=1, random_state=3).reset_index(drop=True)
    assert names(PEOPLE) == names(shuffled)
    assert names(PEOPLE) != names(PEOPLE, seed=2)


def test_who_leaves_the_list_is_replaced_and_the_others_stay():
    gone = sorted(names(PEOPLE))[:5]
    rest = PEOPLE[~PEOPLE["id"].isin(gone)]
    assert len(names(rest) & names(PEOPLE)) == len(names(PEOPLE)) - 5


def test_a_larger_sample_holds_the_smaller_one():
    assert names(PEOPLE) < names(PEOPLE, SIZES + 20)


def test_everybody_has_the_same_chance_and_no_neighbour_matters():
    times = np.zeros(len(PEOPLE))
    for seed in range(400):
        times += drawn(PEOPLE["id"], PEOPLE["stratum"], pd.Series({"a": 50, "b": 100}), seed=seed)
    # 400 draws at a chance of one in four: the spread of the counts is binomial.
    statistic = ((times - 100) ** 2 / (400 * 0.25 * 0.75)).sum()
    assert 0.0005 < stats.chi2.cdf(statistic, 598) < 0.9995


def test_a_stratum_with_too_few_people_is_named():
    with pytest.raises(DataError, match="'a' has 200 people to draw 201 from"):
        names(PEOPLE, pd.Series({"a": 201}))
    with pytest.raises(DataError, match="'z' has 0 people to draw 1 from"):
        names(PEOPLE, pd.Series({"z": 1}))


def test_somebody_listed_twice_is_refused():
    with pytest.raises(DataError, match="1 people are listed twice"):
        names(pd.concat([PEOPLE, PEOPLE.iloc[:1]]))
