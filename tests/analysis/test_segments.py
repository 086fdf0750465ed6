"""What the results of segmentation say where there is nothing to say, and how drift is judged."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from tests.stats.segments import crowd, groups
from workbench import text
from workbench.analysis.segment_cards import segment_cards
from workbench.analysis.segment_cells import segment_cells
from workbench.analysis.segment_drift import segment_drift
from workbench.analysis.segment_moves import segment_alignment, segment_moves
from workbench.analysis.segment_names import _rule, segment_names
from workbench.analysis.segment_positions import segment_plans, segment_positions
from workbench.analysis.segment_structure import segment_extractions, segment_structure
from workbench.rules import customer_cells, segmentation
from workbench.stats import segment_card
from workbench.stats.rules_of_groups import Condition, GroupRule
from workbench.stats.segmentation import Columns, Manner, learned, segments
from workbench.stats.structure import Effort, Limits

DAY = date(2026, 9, 30)
RULES = segmentation.rules(DAY)
LIMITS = Limits(0.8, 0.85, 1.645, 0.8, 0.03)
MANNER = Manner(4, LIMITS, 300, Effort(5, 5, 2, 300, 500), 1)


def customers(x):
    """Return customers whose transformed numbers are `x`, moved where the scales allow them."""
    x = x - x.min(axis=0) + 0.5
    numbers = {"logins": x[:, 0] ** 2, "entries": x[:, 1] ** 2, "kept": np.expm1(x[:, 2] / 3)}
    return pd.DataFrame({**numbers, "payroll": "no"})


def found(x):
    return [learned("person", customers(x), Columns(*RULES.formed_of()), manner=MANNER, day=DAY)]


@pytest.fixture(scope="module")
def planted():
    x, _ = groups(3, 900, 3, 6, np.random.default_rng(1))
    return x, found(x)


def said(result, language="en"):
    with text.spoken(language):
        return result.summary().say(result.facts)


def test_one_crowd_is_left_whole():
    none = found(crowd("skewed", 900, 3, np.random.default_rng(2)))
    structure = segment_structure(none)
    assert none[0].card is None
    assert said(structure).startswith("None of the 1 groups has a stable structure")
    assert structure.table["structure_verdict"].iloc[0] == "chosen_none"
    assert said(segment_extractions(none)) == "There are no segments to compare."
    assert said(segment_names(none, RULES)) == "There are no segments to name."
    assert said(segment_cards(none)) == "There are no segments, hence 0 frozen cards."
    assert said(segment_alignment(none, none, {}, least=0.5)) == "There are no segments to align."
    table = customers(crowd("skewed", 50, 3, np.random.default_rng(3)))
    placed = segments(table, np.full(50, "person", dtype=object), none, Columns(*RULES.formed_of()))
    assert (placed["segment"] == "person").all()
    assert "no frozen card" in said(segment_drift(none, table, placed, RULES))


def test_too_few_customers_are_not_looked_into():
    few = found(np.random.default_rng(4).normal(size=(100, 3)))
    assert few[0].structure is None
    assert said(segment_structure(few)).startswith("All 1 groups have too few customers")


def test_the_card_places_the_customers_it_was_made_of(planted):
    x, made = planted
    table = customers(x)
    groups_ = np.full(len(x), "person", dtype=object)
    placed = segments(table, groups_, made, Columns(*RULES.formed_of()))
    assert (groups_ == "person").all(), "the groups given are not changed"
    card = made[0].card
    own = segment_card.scored(card, made[0].rows.numbers, made[0].rows.codes).labels
    assert placed["segment"].tolist() == [card.segments[at] for at in own]
    assert segment_card.read(segment_cards(made).texts["person"]) == card


@pytest.mark.parametrize(("shift", "state"), [(0.0, "stable"), (9.0, "refit")])
def test_drift_asks_for_new_segments_only_when_customers_changed(planted, shift, state):
    x, made = planted
    table = customers(x)
    table["logins"] = (np.sqrt(table["logins"]) + shift) ** 2
    placed = pd.DataFrame({"cell_group": np.full(len(x), "person", dtype=object)})
    result = segment_drift(made, table, placed, RULES)
    row = result.table[result.table["measure"] == "logins"].iloc[0]
    assert row["drift_state"] == state
    assert bool(result.facts["refit"].value) == (state == "refit")
    assert ("found anew" in said(result)) == (state == "refit")


def test_moves_follow_only_those_who_are_there_twice():
    before = pd.DataFrame({"customer_id": ["a", "b", "c", "d"], "earned": 1.0})
    after = pd.DataFrame({"customer_id": ["b", "c", "d", "e"], "earned": [10.0, 20.0, 30.0, 40.0]})
    names = {code: {"zh": code, "en": code} for code in ("x", "y")}
    places = [
        pd.DataFrame({"cell_group": "g", "segment": list(letters)}) for letters in ("xxyy", "yyyx")
    ]
    result = segment_moves((before, after), tuple(places), names)
    table = result.table.set_index(["code_from", "code_to"])
    assert table["headcount"].to_dict() == {("x", "y"): 1, ("y", "y"): 2}
    assert table.loc[("y", "y"), "earned"] == 25.0
    assert result.facts["moved"].value == pytest.approx(1 / 3)
    assert result.facts["value_moved"].value == pytest.approx(10 / 60)


def test_a_position_is_the_weighted_sum_written_out():
    rng = np.random.default_rng(5)
    n = 300
    now = pd.DataFrame(
        {
            "earned": rng.lognormal(8, 1, n),
            "pd": rng.uniform(0, 0.1, n),
            "wallet": rng.uniform(0, 1, n),
            "products": rng.integers(1, 5, n).astype(float),
            "recommend": rng.integers(0, 11, n).astype(float),
        }
    )
    codes = np.repeat(["a", "b", "c"], 100)
    placed = pd.DataFrame({"cell_group": "g", "segment": codes})
    before = placed.iloc[:250]
    names = {code: {"zh": code, "en": code} for code in "abc"}
    result = segment_positions((now.iloc[:250], now), (before, placed), names, RULES, draws=50)
    table = result.table.set_index("code").loc[list("abc")]
    means = now.groupby(codes)[["pd", "wallet", "products", "recommend", "earned"]].mean()
    measures = {
        "attractiveness": [np.log1p(means["earned"]), [0.0, 0.0, 1.0], means["pd"]],
        "strength": [means["wallet"], means["products"], means["recommend"]],
    }
    for axis, values in measures.items():
        weights = np.array([each.weight for each in getattr(RULES, axis)])
        scaled = [(np.array(v) - np.mean(v)) / np.std(v) for v in values]
        expected = weights @ np.array(scaled) / np.abs(weights).sum()
        assert table[axis].to_numpy() == pytest.approx(expected)
    assert result.table["rank"].tolist() == [1, 2, 3]


def test_a_number_with_two_bounds_stands_between_them():
    title = RULES.numbers[0].title_en
    low, high = Condition(0, True, np.sqrt(2.0)), Condition(0, False, np.sqrt(10.0))
    for conditions, expected in (
        ((high, low), f"2.00 < {title} ≤ 10.00"),
        ((low,), f"{title} > 2.00"),
        ((high,), f"{title} ≤ 10.00"),
    ):
        told = _rule(GroupRule(conditions, 1.0, 1.0), RULES.numbers)
        assert told["en"].replace("\u00a0", " ") == expected


def planned(position, price):
    """Return the plans of one segment of a hundred customers that stands in `position`."""
    asked = pd.DataFrame(
        {
            "purpose": "consumption",
            "product_type": "consumer",
            "approved_rate": np.linspace(0.03, 0.05, 100) if price else np.nan,
            "preferred_channel": "app",
        },
        index=range(100),
    )
    places = pd.DataFrame({"segment": ["a"] * 100})
    rows = [{"segment": {"zh": "甲", "en": "First"}, "code": "a", "headcount": 100}]
    table = pd.DataFrame(rows).assign(position=position)
    return segment_plans(asked, places, table, RULES, as_of=DAY)


def test_the_plan_of_the_first_target_is_told():
    found = planned("invest", price=True)
    assert found.facts["price"].value == pytest.approx(0.04)
    assert "Targets: 1, with 100.0% of the customers (First)" in said(found)
    assert "approved at a median of 4.00% (quartiles 3.50% to 4.50%)" in said(found)
    assert "price" not in planned("invest", price=False).facts
    assert said(planned("invest", price=False)).endswith("with 100.0% of the customers (First).")
    assert said(planned("keep", price=True)).endswith("none is a target to invest in.")


def test_firms_of_another_size_than_on_record_are_counted():
    cells = customer_cells.Cells(
        np.array(["small", "small", "micro", "size_unknown", "standard"], dtype=object),
        ("small", "micro", "size_unknown", "standard"),
        np.ones(5, dtype=np.int64),
    )
    table = pd.DataFrame(
        {"earned": 1.0, "recorded_size": ["small", "micro", None, "small", None]}, index=range(5)
    )
    groups = dict.fromkeys(cells.codes, "firm")
    found = segment_cells(table, cells, groups)
    # Of two firms with a size both told and on record, one is recorded as another.
    assert (found.facts["resized"].value, found.facts["resized"].n) == (0.5, 2)
    assert "50.0% are on record as of another size" in said(found)
    nothing = segment_cells(table.assign(recorded_size=None), cells, groups)
    assert nothing.summary().key == "segments.cells.proved"
