"""The headline figures of the ledger against last month, year start, a year ago and target."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from workbench import check, text
from workbench.plots import usual
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.sql import catalogue
from workbench.stats.variation import Variation, variation

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BACK = {"month": 1, "year_ago": 12}
NOT_JUDGED, WITHIN, BEYOND = "not_judged", "within_usual", "beyond_usual"


@dataclass(frozen=True)
class Rule:
    """How a change is judged: over how many months, how wide, and from how many on."""

    months: int
    width: float
    least: int


@dataclass(frozen=True, eq=False, repr=False)
class HeadlineKpis(Result):
    """Each headline figure and how it moved.

    Attributes
    ----------
    table : DataFrame
        One row per figure: `kpi` (text per language), `code`, `value`, `change_month`, `usual_low`
        and `usual_high` (the band of usual monthly changes, drawn and not shown), `judged` (code
        of the list `change_verdict`), `change_year_start`, `change_year_ago`, `target`,
        `target_state` (code); `unit` and `change_unit` name each row's units, `distance` is the
        monthly change less the usual one in units of its spread, `cases` the fewest loans or
        customers that one of the row's numbers rests on, `cases_now` those of the newest.
    facts : mapping
        `<code>` in lower case, `<code>_month`, `<code>_year_start`, `<code>_year_ago`; `figures`,
        `beyond` (number outside their band), `months` the band rests on.
    width : float
        Half the width of the band, in spreads.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    width: float
    columns: ClassVar[tuple[Column, ...]] = (
        Column("kpi", "said"),
        Column("kpi_value", "number", units="unit"),
        Column("change_month", "number", units="change_unit", signed=True),
        Column("judged", "code", values="change_verdict"),
        Column("change_year_start", "number", units="change_unit", signed=True),
        Column("change_year_ago", "number", units="change_unit", signed=True),
        Column("target", "number", units="unit"),
        Column("target_state", "code", values="target_state"),
    )
    base: ClassVar[str | None] = "cases"
    about: ClassVar[str] = "ledger"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 3.8)
    key: ClassVar[tuple[str, ...]] = (
        *("loan_bal", "npl_ratio", "overdue_ratio", "coverage"),
        *("borrowers", "sm_ratio", "prov_to_loan", "wavg_rate"),
    )

    def summary(self) -> Finding:
        """Say which figures moved beyond their usual variation."""
        out = self.table[self.table["judged"] == BEYOND]
        if out.empty:
            return Finding("changes.kpis.usual", ("figures", "months"))
        names = _joined(list(out["kpi"]))
        return Finding("changes.kpis.beyond", ("figures", "beyond", "months"), {"names": names})

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the distance of each monthly change from the usual one on `ax`."""
        labels = [label[text.language()] for label in self.table["kpi"]]
        return usual.draw(
            self.table.assign(label=labels, value=self.table["distance"]),
            rows="label",
            width=self.width,
            label=text.say("changes.kpis.axis"),
            ax=ax,
        )


def headline_kpis(
    readings: pd.DataFrame, labels: pd.DataFrame, targets: pd.DataFrame, rule: Rule
) -> HeadlineKpis:
    """Compare the newest readings of each figure with earlier ones, its band and its target.

    Parameters
    ----------
    readings : DataFrame
        `code`, `month_end`, `value`, `cases`: month ends up to the newest, without gaps.
    labels : DataFrame
        One row per `code`, in order: `kpi` (text per language), `unit` (of the catalogue),
        `better` (`up`, `down`, `none`, `<=1`, …).
    targets : DataFrame
        `code`, `target`, in force; figures without one may be missing.
    rule : Rule
        The monthly change is beyond usual when it is farther from the median of the changes of
        the `months` before it than `width` robust standard deviations; with fewer than `least`
        changes it is not judged.
    """
    check.columns(readings, "code", "month_end", "value", "cases")
    check.rows(readings, "readings of headline figures")
    wide, cases = (
        readings.pivot_table(index="month_end", columns="code", values=name).sort_index()
        for name in ("value", "cases")
    )
    goals = targets.set_index("code")["target"]
    named: list[dict[str, Any]] = labels.to_dict("records")  # type: ignore[assignment]
    rows = [
        _row(label, wide[label["code"]], cases[label["code"]], goals.get(label["code"]), rule)
        for label in named
        if label["code"] in wide.columns and pd.notna(wide[label["code"]].iloc[-1])
    ]
    table = pd.DataFrame(rows)
    facts = {name: fact for row in rows for name, fact in _facts(row).items()}
    facts |= {
        "figures": Fact(len(rows), "count"),
        "beyond": Fact(sum(row["judged"] == BEYOND for row in rows), "count"),
        "months": Fact(max((row["months"] for row in rows), default=0), "count"),
    }
    return HeadlineKpis("changes.kpis", table, facts, rule.width)


def _row(
    label: Mapping[str, Any],
    values: pd.Series,
    cases: pd.Series,
    goal: float | None,
    rule: Rule,
) -> dict[str, Any]:
    unit = catalogue.WRITTEN[label["unit"]]
    changes = values.diff()
    now, change = float(values.iloc[-1]), float(changes.iloc[-1])
    band = variation(changes.iloc[-1 - rule.months : -1])
    low, high = band.band(rule.width)
    enough = band.months >= rule.least
    newest = values.index[-1]
    start = pd.Timestamp(newest.year - 1, 12, 31)
    compared = [newest, newest - pd.offsets.MonthEnd(1), newest - pd.offsets.MonthEnd(12), start]
    return {
        **{"code": label["code"], "kpi": dict(label["kpi"]), "kpi_value": now, "unit": unit},
        "change_unit": "pp" if unit == "share2" else unit,
        "change_month": change,
        "usual_low": low if enough else float("nan"),
        "usual_high": high if enough else float("nan"),
        "judged": _judged(change, band, rule) if enough else NOT_JUDGED,
        "distance": (change - band.centre) / band.spread
        if enough and band.spread
        else float("nan"),
        "months": band.months,
        "cases": int(cases.reindex(compared).min()),
        "cases_now": int(cases.iloc[-1]),
        "change_year_start": now - float(values.get(start, float("nan"))),
        "change_year_ago": now - _earlier(values, newest, 12),
        "target": float("nan") if goal is None else float(goal),
        "target_state": None if goal is None else state(now, float(goal), str(label["better"])),
    }


def _judged(change: float, band: Variation, rule: Rule) -> str:
    if pd.isna(change):
        return NOT_JUDGED
    return BEYOND if band.beyond(change, rule.width) else WITHIN


def _earlier(values: pd.Series, newest: pd.Timestamp, months: int) -> float:
    return float(values.get(newest - pd.offsets.MonthEnd(months), float("nan")))


def state(value: float, goal: float, better: str) -> str | None:
    """Tell whether `value` is on the good side of `goal`; None where no side is good."""
    if better == "up":
        return "met" if value >= goal else "missed"
    if better in ("down", "<=1"):
        return "met" if value <= goal else "missed"
    return None


def _facts(row: Mapping[str, Any]) -> dict[str, Fact]:
    code = str(row["code"]).lower()
    found = {code: Fact(row["kpi_value"], row["unit"], n=int(row["cases_now"]))}
    for name in ("month", "year_start", "year_ago"):
        found[f"{code}_{name}"] = Fact(
            row[f"change_{name}"], row["change_unit"], n=int(row["cases"])
        )
    return found


def _joined(labels: list[Mapping[str, str]]) -> Word:
    """Return several names as one word."""
    joint = text.catalogue()["format.joint"]
    said = {
        str(language): joint[language].join(label[language] for label in labels)
        for language in text.LANGUAGES
    }
    return Word(said["en"], said=said)
