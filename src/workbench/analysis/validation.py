"""The validation page: five tests with limits and power, and the rest of them in an appendix."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.rules import risk_model
from workbench.rules.risk_model import Limits
from workbench.stats import validation as stats
from workbench.stats.arrays import Vector
from workbench.stats.validation import Measure, Sample

PAGE = ("auc", "level", "slope", "ici", "psi")
"""Measures of the page; all others are in the appendix."""
WORST = ("red", "yellow", "weak", "green")
"""Lights from the worst to the best; `weak` passed, but could hardly have failed."""
LIMITED = {
    "slope": "distance",
    **dict.fromkeys(("auc", "ks", "ici", "psi", "concentration"), "value"),
}
"""What the limits of a measure are limits of, where it is not its p-value."""
COLUMNS = (
    Column("measure", "code", values="validation_measure"),
    Column("value", "number", interval=("low", "high")),
    Column("light", "code", values="validation_light", judged=True),
    Column("p_value", "p"),
    Column("found_from", "number"),
    Column("limit_of", "code", values="limit_of"),
    Column("yellow_limit", "number"),
    Column("red_limit", "number"),
)


@dataclass(frozen=True, eq=False, repr=False)
class Appendix(Result):
    """All other measures, in the same form as the page.

    Attributes
    ----------
    table : DataFrame
        `measure`, `value` with `low` to `high`, `p_value`, `found_from`, `limit_of`,
        `yellow_limit`, `red_limit` and `light` (missing where there is no limit).
    facts : mapping
        `measures`, `flagged` (numbers of measures), `cases`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = COLUMNS
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say which of the measures are yellow or red."""
        flagged = self.table.loc[self.table["light"].isin(["yellow", "red"]), "measure"]
        if flagged.empty:
            return Finding(f"{self.name}.none", ("measures",))
        said = {}
        for language in text.LANGUAGES:
            with text.spoken(language):
                names = [schema.value("validation_measure", each) for each in flagged]
                said[str(language)] = text.say("format.joint").join(names)
        which = Word("|".join(flagged), said=said)
        return Finding(f"{self.name}.finding", ("measures", "flagged"), {"which": which})


@dataclass(frozen=True, eq=False, repr=False)
class Validation(Result):
    """Five measures of the score with their limits, and what each could have found.

    Attributes
    ----------
    table : DataFrame
        One row per measure of the page: `measure` (`auc`; `level`, observed over predicted rate;
        `slope`; `ici`, mean distance of the curve over the default rate; `psi`, missing without an
        earlier sample), `value` with `low` to `high`, `p_value`, `found_from` (departure found with
        80 % power; for a distance what true predictions exceed once in twenty times),
        `limit_of` (what the limits are limits of: `value`, `p_value`, or `distance` from one),
        `yellow_limit`, `red_limit` (see the rule pack `risk-model`) and `light` (`green`, `weak`:
        passed, but the limit would be missed too often to count; `yellow`, `red`).
    facts : mapping
        `green`, `weak`, `yellow`, `red` (numbers of measures), `auc`, `level`, `slope`,
        `found_level` (times the PD that the true rate must be to be found), `cases`, `defaults`.
    appendix : Appendix
        The measures that are not on the page.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    appendix: Appendix
    columns: ClassVar[tuple[Column, ...]] = COLUMNS
    figure: ClassVar[tuple[float, float] | None] = None
    key: ClassVar[tuple[str, ...]] = ("auc", "level", "slope")

    @property
    def light(self) -> str:
        """Return the worst light on the page."""
        return next(light for light in WORST if self.facts[light].value)

    def measures(self) -> dict[str, float]:
        """Return the value of every measure, of the page and of the appendix, by its name."""
        both = pd.concat([self.table, self.appendix.table])
        return dict(zip(both["measure"].astype(str), both["value"].astype(float), strict=True))

    def summary(self) -> Finding:
        """Say what the page comes to, and what it could have found."""
        return Finding(f"{self.name}.{self.light}", tuple(self.facts))


def validation(
    predictions: pd.DataFrame,
    development: pd.DataFrame,
    *,
    groups: int = 10,
    confidence: float = 0.95,
) -> Validation:
    """Judge a score by the limits of the rule pack `risk-model`.

    Parameters
    ----------
    predictions : DataFrame
        One row per case: `defaulted` (0 or 1) and `pd`, predicted out of sample.
    development : DataFrame
        The same of the cases it was learnt from; without a row, what compares with then is left
        out.
    groups : int
        Groups of Hosmer-Lemeshow and of the expected error.
    confidence : float
        Coverage of the intervals; 1 minus it is the level that power is stated for.
    """
    check.columns(predictions, "defaulted", "pd")
    check.columns(development, "defaulted", "pd")
    check.rows(predictions, "cases with a prediction")
    limits = risk_model.read().limits
    sample = Sample(
        *(table[name].to_numpy(float) for table in (predictions, development) for name in _PAIR)
    )
    measures = [
        *stats.ranking(sample, confidence),
        *stats.level(sample, risk_model.asset_correlation(), confidence),
        *stats.spread(sample, confidence, groups),
        *stats.distance(sample, confidence, groups),
        *stats.stability(sample, confidence),
        *stats.concentration(*_grades(sample), 1 - confidence),
    ]
    table = pd.DataFrame([_row(each, limits) for each in measures])
    page = table[table["measure"].isin(PAGE)]
    page = page.sort_values("measure", key=lambda names: names.map(PAGE.index))
    rest = table[~table["measure"].isin(PAGE)].reset_index(drop=True)
    flagged = int(rest["light"].isin(["yellow", "red"]).sum())
    n = len(predictions)
    appendix = Appendix(
        "risk.validation_appendix",
        rest,
        {
            "measures": Fact(len(rest), "count"),
            "flagged": Fact(flagged, "count"),
            "cases": Fact(n, "count", n=n),
        },
    )
    facts = _facts(page, sample, confidence)
    return Validation("risk.validation", page.reset_index(drop=True), facts, appendix)


_PAIR = ("pd", "defaulted")


def _grades(sample: Sample) -> tuple[Vector, Vector, Vector, Vector]:
    """Return cases out of sample and in development, mean PD and defaults per grade in use."""
    _, upper = risk_model.grades()
    codes = [np.searchsorted(np.array(upper), part) for part in (sample.p, sample.developed)]
    cases, developed = (np.bincount(own, minlength=len(upper)).astype(float) for own in codes)
    sums = np.bincount(codes[0], weights=sample.p, minlength=len(upper))
    defaults = np.bincount(codes[0], weights=sample.events, minlength=len(upper))
    mean = np.divide(sums, cases, out=np.zeros(len(upper)), where=cases > 0)
    return cases, developed, np.asarray(mean), defaults.astype(np.float64)


def _row(own: Measure, limits: Limits) -> dict[str, object]:
    yellow, red, light = _judged(own, limits)
    return {
        "measure": own.name,
        "value": own.value,
        "low": own.low,
        "high": own.high,
        "p_value": own.p_value,
        "found_from": own.detectable,
        "limit_of": None if np.isnan(yellow) else LIMITED.get(own.name, "p_value"),
        "yellow_limit": yellow,
        "red_limit": red,
        "light": light,
    }


def _judged(own: Measure, limits: Limits) -> tuple[float, float, str | None]:
    """Return the limits that apply to a measure, and its light; missing where there are none."""
    if own.name in ("auc", "ks"):
        yellow, red = limits.of(own.name)
        light = _light(-own.value, -yellow, -red)
        return yellow, red, "weak" if light == "green" and own.low < red else light
    if own.name == "level":
        yellow, red = limits.of("p")
        light = _light(-own.p_value, -yellow, -red)
        passed = light == "green" and own.detectable > limits.detectable_yellow
        return yellow, red, "weak" if passed else light
    if own.name == "slope":
        yellow, red = limits.of("slope")
        surely = own.p_value < limits.p_yellow
        light = _light(abs(own.value - 1) if surely else 0.0, yellow, red)
        return yellow, red, "weak" if light == "green" and own.detectable > red else light
    if own.name in ("ici", "psi", "concentration"):
        yellow, red = limits.of(own.name)
        # What true predictions, or an unchanged portfolio, would show as well is no departure.
        beyond = own.value if not own.value <= own.detectable else 0.0
        light = _light(beyond, yellow, red)
        return yellow, red, "weak" if light == "green" and own.detectable > red else light
    if not np.isnan(own.p_value):
        yellow, red = limits.of("p")
        return yellow, red, _light(-own.p_value, -yellow, -red)
    return float("nan"), float("nan"), None


def _light(value: float, yellow: float, red: float) -> str:
    """Return the light of a value that is worse the higher it is."""
    return "red" if value > red else "yellow" if value > yellow else "green"


def _facts(page: pd.DataFrame, sample: Sample, confidence: float) -> dict[str, Fact]:
    n, own = len(sample.p), {str(row["measure"]): row for row in page.to_dict("records")}
    counts = page["light"].value_counts()
    facts = {light: Fact(int(counts.get(light, 0)), "count") for light in WORST}
    for name, unit in (("auc", "number"), ("level", "ratio"), ("slope", "ratio")):
        value, low, high = (float(own[name][end]) for end in ("value", "low", "high"))
        facts[name] = Fact(value, unit, low, high, confidence, n)
    return {
        **facts,
        "found_level": Fact(float(own["level"]["found_from"]), "ratio", n=n),
        "cases": Fact(n, "count", n=n),
        "defaults": Fact(int(sample.events.sum()), "count", n=n),
    }
