"""Sets, rules and lift: against arules on real baskets, by hand, and by simulation."""

import json
import re

import numpy as np
import pytest

from workbench.errors import DataError
from workbench.stats import affinity

CASE = "arules_groceries"


@pytest.fixture(scope="module")
def groceries(real_data):
    folder = real_data / "oracles" / "segments"
    found = json.loads((folder / "oracle.json").read_text("utf-8"))
    case = next(each for each in found if each["id"] == CASE)
    lines = (folder / case["input"][0]).read_text("utf-8").split("\n")
    baskets = [line.split("|") for line in lines if line]
    items = sorted({item for basket in baskets for item in basket})
    place = {item: at for at, item in enumerate(items)}
    held = np.zeros((len(baskets), len(items)), dtype=bool)
    for row, basket in enumerate(baskets):
        held[row, [place[item] for item in basket]] = True
    return held, items, case["expected"]


def test_sets_and_rules_are_those_of_arules(groceries):
    held, _, expected = groceries
    assert held.shape == (expected["n_transactions"], expected["n_items"])
    many = affinity.frequent(held, 0.001)
    assert len(affinity.rules(many, len(held), 0.5)) == expected["n_rules_1"]
    few = affinity.frequent(held, 0.01)
    assert len(few) == expected["n_frequent_supp01"]
    assert len(affinity.rules(few, len(held), 0.1)) == expected["n_rules_2"]


def test_measures_are_those_of_arules(groceries):
    held, items, expected = groceries
    found = affinity.rules(affinity.frequent(held, 0.01), len(held), 0.1)
    named = {(frozenset(items[at] for at in rule.given), items[rule.then]): rule for rule in found}
    for row in expected["top10"]:
        given, then = re.fullmatch(r"\{(.+)\} => \{(.+)\}", row["rule"]).groups()
        rule = named[frozenset(given.split(",")), then]
        for measure in ("support", "confidence", "lift", "leverage", "conviction"):
            assert getattr(rule, measure) == pytest.approx(row[measure], abs=1e-9)


def test_lift_of_a_pair_is_that_of_its_rule(groceries):
    held, items, _ = groceries
    one, two = items.index("root vegetables"), items.index("beef")
    found = affinity.lifts(held[:, [one]], held[:, [two]])
    assert found.lift[0] == pytest.approx(3.04036684311003, abs=1e-9)
    assert found.low[0] < found.lift[0] < found.high[0]
    assert found.p_value[0] < 1e-10


def columns(*rows):
    """Return two columns of `count` rows each that hold (first, second)."""
    table = [(one, two) for one, two, count in rows for _ in range(count)]
    held = np.array(table, dtype=bool)
    return held[:, [0]], held[:, [1]]


def test_a_lift_worked_out_by_hand():
    # 10 hold both of 100, 20 the first, 25 the second: 5 by chance.
    found = affinity.lifts(*columns((1, 1, 10), (1, 0, 10), (0, 1, 15), (0, 0, 65)))
    assert (found.both[0], found.expected[0], found.lift[0]) == (10, 5, 2)
    # Log lift: what each kind of row adds, squared. With both, 1/10 - (25 + 20 - 5) / 100 / 5.
    adds = {10: 1 / 10 - 0.4 / 5, -10: -(0.25 - 0.05) / 5, 15: -(0.2 - 0.05) / 5, 65: 0.05 / 5}
    error = sum(abs(count) * each**2 for count, each in adds.items()) ** 0.5
    assert np.log(found.high[0] / 2) == pytest.approx(1.959964 * error, rel=1e-6)
    # Mantel and Haenszel: 20·80·25·75 / (100²·99) about 5.
    z = 5 / (20 * 80 * 25 * 75 / (100**2 * 99)) ** 0.5
    from scipy.stats import norm

    assert found.p_value[0] == pytest.approx(2 * norm.sf(z), rel=1e-9)


def test_a_mixture_of_two_kinds_of_customers_is_no_affinity():
    rng = np.random.default_rng(3)
    kind = rng.random(8000) < 0.5
    share = np.where(kind, 0.6, 0.05)
    one, two = rng.random((2, 8000)) < share
    plain = affinity.lifts(one[:, None], two[:, None])
    apart = affinity.lifts(one[:, None], two[:, None], strata=kind.astype(np.intp))
    assert plain.lift[0] > 1.5
    assert plain.p_value[0] < 1e-20
    assert apart.lift[0] == pytest.approx(1, abs=0.06)
    assert apart.p_value[0] > 0.01


@pytest.mark.parametrize("weighted", [False, True])
def test_intervals_of_lift_cover_the_truth(weighted):
    rng = np.random.default_rng(11)
    sets, n, lift = 800, 1500, 1.6
    inside = 0
    for _ in range(sets // 8):
        kind = rng.integers(0, 2, n)
        one = rng.random((n, 8)) < np.array([0.15, 0.4])[kind][:, None]
        base = np.array([0.1, 0.2])[kind][:, None]
        given = base * lift
        # The lift within each stratum is the same: P(2 | 1) = lift · P(2).
        share = np.array([0.15, 0.4])[kind][:, None]
        without = base * (1 - lift * share) / (1 - share)
        two = rng.random((n, 8)) < np.where(one, given, without)
        weights = rng.choice([0.5, 2.0], n) if weighted else None
        found = affinity.lifts(one, two, strata=kind, weights=weights)
        inside += int(((found.low < lift) & (lift < found.high)).sum())
    assert 0.93 <= inside / sets <= 0.97


def test_what_goes_together_by_chance_gives_hardly_any_finding():
    rng = np.random.default_rng(5)
    found = []
    for _ in range(200):
        kind = rng.integers(0, 3, 1200)
        held = rng.random((1200, 9)) < np.array([0.1, 0.3, 0.5])[kind][:, None]
        pairs = np.array(affinity.each_pair(range(9)))
        lifted = affinity.lifts(held[:, pairs[:, 0]], held[:, pairs[:, 1]], strata=kind)
        found.append(bool((lifted.p_adjusted < 0.05).any()))
    # Every pair is null: the share of sets with any finding is the family-wise error, 5 %.
    assert np.mean(found) <= 0.05 + 3 * (0.05 * 0.95 / 200) ** 0.5


def test_pairs_that_are_too_rare_are_not_tested():
    found = affinity.lifts(*columns((1, 1, 2), (1, 0, 2), (0, 1, 2), (0, 0, 94)))
    assert np.isnan(found.p_value[0])
    assert found.lift[0] == pytest.approx(2 / (4 * 4 / 100))


def test_a_set_has_no_more_holders_than_its_parts_and_longest_is_kept():
    rng = np.random.default_rng(1)
    held = rng.random((300, 6)) < 0.4
    found = affinity.frequent(held, 0.02, longest=3)
    assert max(len(each) for each in found) == 3
    for items, count in found.items():
        assert count == int(held[:, items].all(axis=1).sum())


@pytest.mark.parametrize("support", [0.0, 1.5])
def test_a_support_that_is_no_share_is_refused(support):
    with pytest.raises(DataError, match="support"):
        affinity.frequent(np.ones((3, 2), dtype=bool), support)


def test_columns_of_different_shape_are_refused():
    with pytest.raises(DataError, match="one shape"):
        affinity.lifts(np.ones((3, 2), dtype=bool), np.ones((3, 1), dtype=bool))
