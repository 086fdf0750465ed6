"""How often officers overrule the model's grade, and who was right afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, schema, text
from workbench.plots import targets
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.rules import risk_refresh
from workbench.stats.calibration import jeffreys_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KINDS = ("safer", "kept", "riskier")
NEEDED = (
    *("customer_id", "assessed_on", "model_id", "pd_12m", "risk_grade", "override_grade"),
    *("outcome_known", "defaulted"),
)


@dataclass(frozen=True, eq=False, repr=False)
class OverrideOutcomes(Result):
    """Grades overruled and not, with the defaults that followed.

    Attributes
    ----------
    table : DataFrame
        One row per kind (`safer`, `kept`, `riskier` than the model's grade): `override_kind`,
        `assessments_judged` (with a known outcome), `model_rate` (mean PD of the model),
        `officer_rate` (mean PD of the grade the officer gave), `default_rate` with `low` to
        `high`, `over_model` (observed over the model's) and `override_verdict` (`model`: the rate
        is surely above what the officer's grade says, or below for a worse one; `officer`; `open`;
        missing where nothing was overruled), `implied` (the officer's at the level of the others).
    facts : mapping
        `share` (of all assessments), `overridden`, `safer`, `riskier`, `assessments`, `limit`,
        `level` (defaults over predicted ones of the same models where nothing was overruled; 1
        with too few),
        `rate_safer`, `model_safer`, `officer_safer` (missing with too few defaults).
    light : str
        Of the share, by the rule pack `risk-refresh`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    light: str
    columns: ClassVar[tuple[Column, ...]] = (
        Column("override_kind", "code", values="override_kind"),
        Column("assessments_judged", "count"),
        Column("model_rate", "share2"),
        Column("officer_rate", "share2"),
        Column("default_rate", "share2", interval=("low", "high")),
        Column("over_model", "ratio"),
        Column("override_verdict", "code", values="override_verdict", judged=True),
    )
    base: ClassVar[str | None] = "assessments_judged"
    parts: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = (7.2, 2.4)
    key: ClassVar[tuple[str, ...]] = ("share", "safer", "riskier")

    def summary(self) -> Finding:
        """Say how often the model is overruled, which way, and what followed."""
        said = {"light": Word(self.light, "validation_light")}
        own = self.table.set_index("override_kind")
        known = "safer" in own.index
        facts = ("share", "overridden", "safer", "riskier", "assessments")
        if not known:
            return Finding(f"{self.name}.none", facts, said)
        verdict = str(own.loc["safer", "override_verdict"])
        said["verdict"] = Word(verdict, "override_verdict")
        more = ("rate_safer", "model_safer", "officer_safer", "level")
        return Finding(f"{self.name}.finding", (*facts, *more), said)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the default rate of each kind, and what the grade in force implies for it."""
        drawn = self.table.dropna(subset=["default_rate"])
        return targets.draw(
            drawn.assign(
                value=drawn["default_rate"],
                target=drawn["implied"],
                label=[schema.value("override_kind", kind) for kind in drawn["override_kind"]],
            ),
            rows="label",
            unit="share2",
            label=text.say("risk.rate_axis"),
            names=(text.say("risk.override_seen"), text.say("risk.override_implied")),
            ax=ax,
        )


def override_outcomes(
    assessments: pd.DataFrame, *, confidence: float = 0.95
) -> OverrideOutcomes | None:
    """Compare the defaults behind overruled grades with the model's PD and the officer's grade.

    Returns nothing where nobody was assessed. An override into a safer grade is the model's point
    when the rate is surely above the officer's PD, and the officer's when it is surely below the
    model's; for a riskier grade the other way round. A grade's PD is the mean PD of those that the
    model put into it. Both PDs are taken times the model's level: what its customers who were not
    overruled defaulted over what was predicted for them. A bad year is no point of either.

    Parameters
    ----------
    assessments : DataFrame
        As `Bank.assessment_outcomes` gives them.
    confidence : float
        Coverage of the intervals.
    """
    check.columns(assessments, *NEEDED)
    if assessments.empty:
        return None
    rules = risk_refresh.read().overrides
    grade_pd = assessments.groupby("risk_grade")["pd_12m"].mean()
    own, given = (assessments[name].map(grade_pd) for name in ("risk_grade", "override_grade"))
    changed = given.notna() & (given != own)
    kind = np.select(
        [changed & (given < own), changed & (given > own)], ["safer", "riskier"], "kept"
    )
    marked = assessments.assign(override_kind=kind, officer=given.where(changed, own))
    known = marked[(marked["outcome_known"] == 1) & marked["defaulted"].notna()]
    known = known.assign(level=_levels(known, rules.least_defaults))
    table = _outcomes(known, rules, confidence)
    n = len(marked)
    counts = {name: int((kind == name).sum()) for name in KINDS}
    overruled = counts["safer"] + counts["riskier"]
    low, high = jeffreys_interval(np.array([overruled]), np.array([float(n)]), confidence)
    share = overruled / n
    facts = {
        "share": Fact(share, "share2", float(low[0]), float(high[0]), confidence, n),
        "overridden": Fact(overruled, "count", n=n),
        "safer": Fact(counts["safer"], "count", n=n),
        "riskier": Fact(counts["riskier"], "count", n=n),
        "assessments": Fact(n, "count", n=n),
        "limit": Fact(rules.share_red, "share"),
        **_of_safer(table, confidence),
    }
    return OverrideOutcomes("risk.overrides", table, facts, rules.light(share))


def _levels(known: pd.DataFrame, least: int) -> "pd.Series[float]":
    """Return for each row what its model's customers defaulted over what was predicted for them.

    Counted where nothing was overruled; with fewer than `least` defaults the level is 1.
    """
    kept = known[known["override_kind"] == "kept"]
    sums = kept.assign(bad=kept["defaulted"].astype(float)).groupby("model_id")[["bad", "pd_12m"]]
    found = sums.sum()
    level = (found["bad"] / found["pd_12m"]).where(found["bad"] >= least, 1.0)
    return known["model_id"].map(level).astype(float).fillna(1.0)


def _outcomes(
    known: pd.DataFrame, rules: risk_refresh.Overrides, confidence: float
) -> pd.DataFrame:
    rows = []
    for kind in KINDS:
        own = known[known["override_kind"] == kind]
        if own.empty:
            continue
        n, bad = len(own), float(own["defaulted"].astype(float).sum())
        ends = jeffreys_interval(np.array([bad]), np.array([float(n)]), confidence)
        low, high = (float(end[0]) for end in ends)
        model = float((own["pd_12m"] * own["level"]).mean())
        officer = float((own["officer"] * own["level"]).mean())
        verdict = _verdict(kind, (low, high), model, officer)
        rows.append(
            {
                "override_kind": kind,
                "assessments_judged": n,
                "model_rate": float(own["pd_12m"].mean()),
                "officer_rate": float(own["officer"].mean()),
                "default_rate": bad / n,
                "low": low,
                "high": high,
                "implied": officer,
                "level": model / float(own["pd_12m"].mean()),
                "over_model": bad / n / float(own["pd_12m"].mean()),
                "override_verdict": "open" if verdict and bad < rules.least_defaults else verdict,
            }
        )
    names = [*(column.name for column in OverrideOutcomes.columns), "low", "high"]
    return pd.DataFrame(rows, columns=[*names, "implied", "level"])


def _verdict(kind: str, ends: tuple[float, float], model: float, officer: float) -> str | None:
    low, high = ends
    if kind == "kept":
        return None
    if kind == "safer":
        return "model" if low > officer else "officer" if high < model else "open"
    return "model" if high < officer else "officer" if low > model else "open"


def _of_safer(table: pd.DataFrame, confidence: float) -> dict[str, Fact]:
    own = table[table["override_kind"] == "safer"]
    if own.empty:
        names = ("rate_safer", "model_safer", "officer_safer")
        return {name: Fact(float("nan"), "share2") for name in names} | {
            "level": Fact(float("nan"), "ratio")
        }
    row = own.iloc[0]
    n, ends = int(row["assessments_judged"]), (float(row["low"]), float(row["high"]))
    return {
        "rate_safer": Fact(float(row["default_rate"]), "share2", *ends, confidence, n),
        "model_safer": Fact(float(row["model_rate"]), "share2", n=n),
        "officer_safer": Fact(float(row["officer_rate"]), "share2", n=n),
        "level": Fact(float(row["level"]), "ratio", n=n),
    }
