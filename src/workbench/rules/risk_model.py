"""How the default score is built, calibrated, validated and renewed: limits a bank sets itself."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Annotated

from pydantic import Field, model_validator

from workbench import settings
from workbench.errors import DataError, ParameterError
from workbench.rules import pack
from workbench.rules.pack import Pack, Rule

NAME = "risk-model"
SCALE = "master-scale"
"""Rule packs: the limits, and the grades with the correlation of the assets."""

Share = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(ge=1)]


class Fields(Rule):
    """What is refused as a feature, and what is flagged about one."""

    after_outcome: tuple[str, ...]
    sentinels: tuple[float, ...]
    sentinel_share: Share
    suspicious_auc: Share
    missing_change: Share


class Source(Rule):
    """Variables that stand for one side of risk."""

    variables: tuple[str, ...]


class Calibration(Rule):
    """Level of the PD over a cycle, and how prudent it is."""

    long_run_rate: Share
    long_run_years: Count
    margin_confidence: Share
    low_default_confidence: tuple[Share, ...]
    low_default_below: Count


class Scale(Rule):
    """Points of the score: `points` at `odds` sound to defaulted; `double` more double them."""

    points: float
    odds: Annotated[float, Field(gt=0)]
    double: Annotated[float, Field(gt=0)]


class Limits(Rule):
    """Where a measure of validation turns yellow, and where red."""

    p_yellow: Share
    p_red: Share
    auc_yellow: Share
    auc_red: Share
    ks_yellow: Share
    ks_red: Share
    psi_yellow: Share
    psi_red: Share
    slope_yellow: Share
    slope_red: Share
    ici_yellow: float
    ici_red: float
    concentration_yellow: Share
    concentration_red: Share
    fairness_yellow: float
    fairness_red: float
    detectable_yellow: float
    detectable_red: float

    def of(self, name: str) -> tuple[float, float]:
        """Return where the measure `name` turns yellow and red."""
        return float(getattr(self, f"{name}_yellow")), float(getattr(self, f"{name}_red"))


class Capital(Rule):
    """Inputs of the capital formula besides the PD."""

    lgd: Share


class Refresh(Rule):
    """When the model is recalibrated or built anew, and customers are assessed again."""

    rebuild_auc_fall: Share
    rebuild_psi: Share
    recalibrate_level: Share
    months: Count
    months_by_grade: dict[str, Count]

    def decision(self, *, auc_fall: float, psi: float, level: float) -> str:
        """Return `keep`, `recalibrate` or `rebuild`.

        Rebuilt when the ranking fell or the customers changed beyond the limits; recalibrated when
        only the level is off, `level` being observed over predicted rate. What is missing (a
        cross-validated score has no fall and no index) does not count.
        """
        if auc_fall > self.rebuild_auc_fall or psi > self.rebuild_psi:
            return "rebuild"
        return "recalibrate" if abs(level - 1) > self.recalibrate_level else "keep"

    def months_of(self, grade: str) -> int:
        """Return after how many months a customer in `grade` is assessed again."""
        return self.months_by_grade.get(grade, self.months)


class RiskModel(Pack):
    """The pack `risk-model`."""

    fields: Fields
    ability: Source
    willingness: Source
    calibration: Calibration
    scale: Scale
    limits: Limits
    capital: Capital
    refresh: Refresh

    @model_validator(mode="after")
    def _apart(self) -> "RiskModel":
        both = sorted(set(self.ability.variables) & set(self.willingness.variables))
        if both:
            raise ValueError(f"{', '.join(both)} stands for ability and willingness; keep one")
        return self


def read() -> RiskModel:
    """Return the limits in `data/rulepacks/risk-model.toml`.

    Raises
    ------
    ParameterError
        The pack lacks something or has a wrong value, or one variable stands for both sides.
    """
    return pack.read(RiskModel, NAME)


def refuse_late(names: Iterable[str]) -> None:
    """Stop when a column among `names` is known only after the outcome.

    Raises
    ------
    DataError
        Names the columns: a score that learns from them looks perfect and is worth nothing.
    """
    late = sorted(set(names) & set(read().fields.after_outcome))
    if late:
        raise DataError(
            f"{', '.join(late)} is known only after the outcome; a score must not learn from it: "
            f"leave it out of the cases (rule pack {NAME!r}, fields.after_outcome)"
        )


def grades() -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Return the grades of the master scale, best first, and the upper bound of each one's PD.

    Raises
    ------
    ParameterError
        The bounds do not rise to 1.
    """
    scale = settings.rulepack(SCALE)["grades"]
    upper = tuple(float(entry["upper"]) for entry in scale)
    if any(a >= b for a, b in pairwise(upper)) or upper[-1] != 1:
        raise ParameterError(
            f"the bounds of rule pack {SCALE!r} must rise to 1; they are {list(upper)}"
        )
    return tuple(str(entry["grade"]) for entry in scale), upper


def asset_correlation() -> float:
    """Return how strongly one economic factor moves all loans, from the pack of grades."""
    return float(settings.rulepack(SCALE)["tests"]["asset_correlation"])
