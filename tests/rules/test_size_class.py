"""Every bound of every industry from both sides, by a table that is not the pack."""

from datetime import date
from itertools import groupby

import numpy as np
import pandas as pd
import pytest

from workbench import schema
from workbench.errors import DataError, ParameterError
from workbench.rules import pack, size_class
from workbench.rules.size_class import INDICATORS, SizeRule

RULES = size_class.rules(date(2026, 10, 31))
# Code, indicator, lower bounds of large, medium and small: copied line by line from a public copy
# of 国统字〔2017〕213号, staff in persons, money in 万元.
BOUNDS = """
01 revenue 20000 500 50
13 employees 1000 300 20
13 revenue 40000 2000 300
47 revenue 80000 6000 300
47 assets 80000 5000 300
51 employees 200 20 5
51 revenue 40000 5000 1000
52 employees 300 50 10
52 revenue 20000 500 100
54 employees 1000 300 20
54 revenue 30000 3000 200
59 employees 200 100 20
59 revenue 30000 1000 100
60 employees 1000 300 20
60 revenue 30000 2000 100
61 employees 300 100 10
61 revenue 10000 2000 100
62 employees 300 100 10
62 revenue 10000 2000 100
63 employees 2000 100 10
63 revenue 100000 1000 100
65 employees 300 100 10
65 revenue 10000 1000 50
701 revenue 200000 1000 100
701 assets 10000 5000 2000
702 employees 1000 300 100
702 revenue 5000 1000 500
71 employees 300 100 10
71 assets 120000 8000 100
73 employees 300 100 10
"""
LINES = [line.split() for line in BOUNDS.split("\n") if line]
TABLE = {
    code: {name: tuple(map(int, bounds)) for _, name, *bounds in lines}
    for code, lines in groupby(LINES, key=lambda line: line[0])
}
UNIT = {"employees": 1, "revenue": 10_000, "assets": 10_000}
STEPS = ("large", "medium", "small", "micro")


def classes(*firms, rules=RULES):
    empty = dict.fromkeys(INDICATORS, np.nan)
    return size_class.size_classes(pd.DataFrame([{**empty, **firm} for firm in firms]), rules)


def at(code, step):
    """Return a firm whose indicators all stand exactly on the lower bound of `STEPS[step]`."""
    firm = {name: bounds[step] * UNIT[name] for name, bounds in TABLE[code].items()}
    return {"industry_code": code, **firm}


def test_the_table_is_as_long_as_the_rule():
    assert len(LINES) == 30
    assert len(TABLE) == len(RULES.industries) == 16


@pytest.mark.parametrize("code", TABLE)
def test_every_bound_holds_from_both_sides(code):
    for step in range(3):
        on = at(code, step)
        assert classes(on)[0] == STEPS[step]
        for name in TABLE[code]:
            # A firm just below one bound falls, however good the other indicators are.
            best = dict.fromkeys(TABLE[code], 1000000000000.0)
            below = {"industry_code": code, **best, name: on[name] - 1}
            assert classes(below)[0] == STEPS[step + 1]
            assert classes({**below, name: on[name]})[0] == STEPS[step]


@pytest.mark.parametrize("code", [code for code in TABLE if len(TABLE[code]) > 1])
def test_all_indicators_must_reach_a_class_and_one_below_small_makes_micro(code):
    first, second = TABLE[code]
    for step in range(3):
        on = at(code, step)
        for low in (first, second):
            assert classes({**on, low: TABLE[code][low][2] * UNIT[low] - 1})[0] == "micro"


def test_indicators_that_do_not_count_in_an_industry_change_nothing():
    farm = {"industry_code": "01", "revenue": 500 * 10_000}
    assert classes(farm, {**farm, "employees": 1, "assets": 1}).tolist() == ["medium", "medium"]


NOT_COVERED = ["53", "G53", "5311", "66", "69", "J", "J66", "704", "K7040", "83", "P", "84", "Q84"]
NOT_COVERED += ["91", "96", "97", "S", "T"]


@pytest.mark.parametrize("code", NOT_COVERED)
def test_industries_the_rule_leaves_out_are_not_covered(code):
    firm = {"industry_code": code, "employees": 5000, "revenue": 1e12, "assets": 1e12}
    assert classes(firm, {"industry_code": code}).tolist() == ["not_covered", "not_covered"]


@pytest.mark.parametrize("code", ["70", "K", "F", "G", "H", "I", "Q", "98", "00", "", "X", "C25.1"])
def test_a_code_that_does_not_tell_the_industry_gives_no_class(code):
    firm = {"industry_code": code, "employees": 5000, "revenue": 1e12, "assets": 1e12}
    assert classes(firm)[0] is None


def test_a_missing_code_gives_no_class():
    assert classes({"industry_code": None, "employees": 1, "revenue": 1})[0] is None


@pytest.mark.parametrize(
    ("codes", "zh"),
    [
        ("A A0111 01 05", "农、林、牧、渔业"),
        ("B C D 06 46 C2710", "工业"),
        ("54 58 591 5910 G591", "交通运输业"),
        ("59 592 5990", "仓储业"),
        ("701 K7010", "房地产开发经营"),
        ("73 M N O R 77 82 85 90 703 709", "其他未列明行业"),
    ],
)
def test_codes_of_any_length_lead_to_their_industry(codes, zh):
    assert {size_class.industry_of(code, RULES).title_zh for code in codes.split()} == {zh}


def test_every_division_belongs_to_one_industry_or_is_left_out():
    for division in range(1, 98):
        found = classes({"industry_code": f"{division:02d}", **dict.fromkeys(INDICATORS, 1e12)})[0]
        assert found in (("large", "not_covered") if division != 70 else (None,))


def test_a_missing_indicator_leaves_the_class_open_unless_another_makes_it_micro():
    firm = {"industry_code": "13", "employees": 1000}
    assert classes(firm)[0] is None
    assert classes({**firm, "employees": 19})[0] == "micro"
    assert classes({**firm, "revenue": 299 * 10_000})[0] == "micro"


def test_the_edition_for_lending_is_a_pack_of_its_own_and_unconfirmed():
    lending = size_class.rules(date(2026, 10, 31), size_class.POLICY)
    assert (lending.pack.edition, lending.pack.verification) == ("2011", "unconfirmed")
    assert classes(at("13", 1), rules=lending)[0] == "medium"
    assert [industry.title_zh for industry in lending.industries] == [
        industry.title_zh for industry in RULES.industries
    ]


def test_the_edition_in_force_before_2017_is_not_invented():
    with pytest.raises(ParameterError, match="no edition of rule 'size-class-statistics'"):
        size_class.rules(date(2016, 1, 1))


def test_the_classes_are_those_of_the_schema():
    assert {*size_class.SIZES, size_class.NOT_COVERED} == set(schema.values("size_class"))


def test_bounds_that_do_not_fall_are_refused():
    content = pack.read(SizeRule, "size-class-2017").model_dump()
    content["industries"][0]["revenue"]["medium"] = 30000
    with pytest.raises(ValueError, match="bounds must fall from large to medium to small"):
        SizeRule.model_validate(content)


def test_a_missing_column_is_named():
    with pytest.raises(DataError, match="column 'assets' is missing"):
        size_class.size_classes(
            pd.DataFrame({"industry_code": [], "employees": [], "revenue": []}), RULES
        )
