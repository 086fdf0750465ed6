"""The page an auditor reads first: what the model is, for whom, on which data, how limited."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from workbench import check, settings, text
from workbench.result import Column, Fact, Finding, Result
from workbench.rules import hand_bins, pack, risk_model
from workbench.text import formats

ITEMS = (
    "purpose",
    "population",
    "default",
    "data",
    "method",
    "level",
    "limits",
    "hand",
    "packs",
    "sign_off",
)
PACKS = ("default-definition", "master-scale", "risk-model", "hand-bins", "irb-parameters")


@dataclass(frozen=True, eq=False, repr=False)
class ModelPage(Result):
    """What there is to know of the model, one line an item.

    Attributes
    ----------
    table : DataFrame
        `model_item` and `model_said`, a text per language.
    facts : mapping
        `cohorts`, `cases`, `variables` (in the model), `unconfirmed` (rule packs nobody has
        compared with their source).
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("model_item", "code", values="model_item"),
        Column("model_said", "said"),
    )
    figure: ClassVar[tuple[float, float] | None] = None
    unfolded: ClassVar[bool] = True

    def summary(self) -> Finding:
        """Say that nobody has signed, and what is unconfirmed."""
        return Finding(f"{self.name}.finding", ("cohorts", "cases", "variables", "unconfirmed"))


def model_page(cases: pd.DataFrame, chosen: tuple[str, ...], *, horizon_months: int) -> ModelPage:
    """Write the model's page from the data, the rule packs and the variables in the model.

    Parameters
    ----------
    cases : DataFrame
        One row per loan and cohort: `cohort`.
    chosen : tuple of str
        Variables in the model.
    horizon_months : int
        Length of the outcome window.
    """
    check.columns(cases, "cohort")
    check.rows(cases, "loans with a known outcome")
    rules, headers = risk_model.read(), pack.headers()
    packs = [headers[name] for name in PACKS if name in headers]
    unconfirmed = sum(header.verification == "unconfirmed" for header in packs)
    days = pd.to_datetime(cases["cohort"])
    facts = {
        "cohorts": Fact(int(days.nunique()), "count"),
        "cases": Fact(len(cases), "count", n=len(cases)),
        "variables": Fact(len(chosen), "count"),
        "unconfirmed": Fact(unconfirmed, "count"),
    }
    said: dict[str, dict[str, str]] = {item: {} for item in ITEMS}
    for language in text.LANGUAGES:
        with text.spoken(language):
            values = {
                "horizon": horizon_months,
                "days": int(settings.rulepack("default-definition")["default"]["overdue_days"]),
                "first": formats.day(days.min().date()),
                "last": formats.day(days.max().date()),
                "long_run": formats.number(rules.calibration.long_run_rate, "share2"),
                "years": rules.calibration.long_run_years,
                "correlation": formats.number(risk_model.asset_correlation(), "ratio"),
                "hand": len(hand_bins.read()),
                "packs": text.say("format.joint").join(header.title() for header in packs),
                **{name: f"{fact}" for name, fact in facts.items()},
            }
            for item in ITEMS:
                said[item][language] = text.say(f"risk.model_page.{item}", **values)
    table = pd.DataFrame({"model_item": list(ITEMS), "model_said": [said[item] for item in ITEMS]})
    return ModelPage("risk.model_page", table, facts)
