"""Enterprise size: large, medium, small or micro by industry, staff, revenue and assets."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import model_validator

from workbench import check
from workbench.rules.pack import Pack, Rule, in_force
from workbench.rules.tape import amounts

SIZES = ("micro", "small", "medium", "large")
NOT_COVERED = "not_covered"
INDICATORS = ("employees", "revenue", "assets")
STATISTICS, POLICY = "size-class-statistics", "size-class-policy"
"""Rules with size classes: for statistics, and for policy and lending."""


class Bounds(Rule):
    """Lower bounds of one indicator."""

    large: float
    medium: float
    small: float

    @model_validator(mode="after")
    def _falling(self) -> "Bounds":
        if not self.large > self.medium > self.small > 0:
            raise ValueError("bounds must fall from large to medium to small, all above 0")
        return self


class Industry(Rule):
    """An industry with its codes, and bounds for the indicators that count in it."""

    title_zh: str
    title_en: str
    codes: tuple[str, ...]
    sections: tuple[str, ...] = ()
    employees: Bounds | None = None
    revenue: Bounds | None = None
    assets: Bounds | None = None


class Classification(Rule):
    """What the codes are codes of, and which industries the rule leaves out."""

    name: str
    not_covered: tuple[str, ...]
    not_covered_sections: tuple[str, ...]


class Units(Rule):
    """Yuan in one unit of money of the bounds."""

    money: float


class SizeRule(Pack):
    """A rule pack with size classes, such as `size-class-2017`."""

    classification: Classification
    units: Units
    industries: tuple[Industry, ...]


def rules(day: date, rule: str = STATISTICS) -> SizeRule:
    """Return the edition of `rule` in force on `day`."""
    check.choice(rule, (STATISTICS, POLICY), "rule")
    return in_force(SizeRule, rule, day)


def size_classes(firms: pd.DataFrame, rules: SizeRule) -> NDArray[np.object_]:
    """Return the size class of each firm, shape (n,).

    A code of `SIZES`; `not_covered` where the rule leaves the industry out; None where the class
    cannot be told: the code is missing, too short (`70` may be developer or broker) or unknown, or
    an indicator is missing that would decide.

    Parameters
    ----------
    firms : DataFrame
        One row per firm: `industry_code` in the rule's classification with or without the letter
        of the section, `employees`, `revenue` of a year and `assets` in yuan.

    Notes
    -----
    Large, medium and small need all listed indicators at their bound or above; micro is any of
    them below the small bound. So the class is the lowest that an indicator gives.
    """
    check.columns(firms, "industry_code", *INDICATORS)
    lowest, highest = _reached(firms, rules)
    place = _places(firms["industry_code"], rules)
    rows, left_out = np.arange(len(firms)), len(rules.industries)
    covered = (place >= 0) & (place < left_out)
    at = np.where(covered, place, 0)
    low, high = lowest[at, rows], highest[at, rows]
    found = np.array(SIZES, dtype=object)[low]
    found[~covered | (low != high)] = None
    found[place == left_out] = NOT_COVERED
    return found


def industry_of(code: str, rules: SizeRule) -> Industry | None:
    """Return the industry that `code` belongs to; None where it is left out or cannot be told."""
    place = _places(pd.Series([code]), rules)[0]
    return rules.industries[place] if 0 <= place < len(rules.industries) else None


def _reached(firms: pd.DataFrame, rules: SizeRule) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Return the lowest and highest class possible by industry and firm, (industries, n)."""
    shape = (len(rules.industries), len(firms))
    lowest, highest = np.full(shape, 3, dtype=np.int8), np.full(shape, 3, dtype=np.int8)
    for name in INDICATORS:
        unit = 1.0 if name == "employees" else rules.units.money
        values = amounts(firms, name) / unit
        missing = np.isnan(values)
        for at, industry in enumerate(rules.industries):
            bounds: Bounds | None = getattr(industry, name)
            if bounds is None:
                continue
            steps = [bounds.small, bounds.medium, bounds.large]
            rank = np.searchsorted(steps, values, side="right").astype(np.int8)
            lowest[at] = np.minimum(lowest[at], np.where(missing, np.int8(0), rank))
            highest[at] = np.minimum(highest[at], np.where(missing, np.int8(3), rank))
    return lowest, highest


def _places(codes: "pd.Series[Any]", rules: SizeRule) -> NDArray[np.intp]:
    """Return each code's place among the industries; their number if left out, -1 if unknown."""
    prefixes: dict[str, int] = {}
    for at, industry in enumerate(rules.industries):
        prefixes.update(dict.fromkeys((*_listed(industry.codes), *industry.sections), at))
    excluded = rules.classification
    left_out = (*_listed(excluded.not_covered), *excluded.not_covered_sections)
    prefixes.update(dict.fromkeys(left_out, len(rules.industries)))
    rows, known = pd.factorize(codes)
    # A missing code is row -1, the last of the places.
    places = np.array([*(_place(str(code), prefixes) for code in known), -1], dtype=np.intp)
    found: NDArray[np.intp] = places[rows]
    return found


def _listed(codes: Iterable[str]) -> list[str]:
    """Return `06-08` as `06`, `07`, `08`; a single code as it is."""
    found: list[str] = []
    for code in codes:
        first, _, last = code.partition("-")
        found += [f"{at:02d}" for at in range(int(first), int(last) + 1)] if last else [code]
    return found


def _place(code: str, prefixes: dict[str, int]) -> int:
    section, digits = (code[:1], code[1:]) if code[:1].isalpha() else ("", code)
    if digits and not digits.isdigit():
        return -1
    for length in range(len(digits), 1, -1):
        if digits[:length] in prefixes:
            return prefixes[digits[:length]]
    return prefixes.get(section, -1) if not digits[1:] else -1
