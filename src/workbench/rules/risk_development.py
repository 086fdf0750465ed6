"""How the score is developed: choice of variables, making of a scale, rejected applicants."""

from typing import Annotated

from pydantic import Field

from workbench.rules import pack
from workbench.rules.pack import Pack, Rule

NAME = "risk-development"

Share = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(ge=1)]
Above = Annotated[float, Field(gt=1)]


class Selection(Rule):
    """When a variable is left out, in this order: information, correlation, inflation, p."""

    least_value: Annotated[float, Field(ge=0)]
    alike: Share
    inflation: Above
    level: Share


class Scale(Rule):
    """What a scale made from data must keep."""

    slices: Annotated[int, Field(ge=2, le=60)]
    grades: Annotated[int, Field(ge=2)]
    share: Share
    defaults: Count
    ratio: Above
    level: Share


class RejectInference(Rule):
    """What is assumed of rejected applicants."""

    odds_factors: Annotated[tuple[Annotated[float, Field(gt=0)], ...], Field(min_length=1)]
    bands: Annotated[int, Field(ge=2)]


class RiskDevelopment(Pack):
    """The pack `risk-development`."""

    selection: Selection
    scale: Scale
    reject_inference: RejectInference


def read() -> RiskDevelopment:
    """Return the rules in `data/rulepacks/risk-development.toml`.

    Raises
    ------
    ParameterError
        The pack lacks something or has a wrong value.
    """
    return pack.read(RiskDevelopment, NAME)
