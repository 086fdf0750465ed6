"""The next survey wave: whom it may ask, what an invitation costs, which change it is to find."""

from collections.abc import Mapping
from datetime import date

from pydantic import Field, model_validator

from workbench import schema
from workbench.rules.pack import Pack, Rule, in_force

TOLERANCE = 1e-9
"""How far shares that are written with few digits may miss their sum."""


class Rest(Rule):
    """Days a customer is left alone after a survey invitation, and after a campaign contact."""

    after_survey: int = Field(ge=0)
    after_campaign: int = Field(ge=0)


class Cost(Rule):
    """Money an invitation costs, answered or not, by mode."""

    phone: float = Field(gt=0)
    web: float = Field(gt=0)
    app: float = Field(gt=0)
    sms: float = Field(gt=0)
    rm: float = Field(gt=0)

    def by_mode(self) -> dict[str, float]:
        """Return mode → cost of an invitation."""
        return {mode: float(getattr(self, mode)) for mode in ("phone", "web", "app", "sms", "rm")}


class Aim(Rule):
    """What a plan is to achieve.

    Attributes
    ----------
    change : float
        Change of the net promoter score, in points, that is to be found.
    power : float
        How surely.
    least : int
        Answers of a stratum, at least.
    lot : float
        Share of those invited whose mode is drawn by lot.
    """

    change: float = Field(gt=0)
    power: float = Field(gt=0.5, lt=1)
    least: int = Field(ge=2)
    lot: float = Field(ge=0, le=1)


class First(Rule):
    """What a bank's first wave is planned from, since there is none before it.

    Attributes
    ----------
    deviation : float
        Spread of one answer to the net promoter score, in points; 100 at most.
    share, response : mapping of str to float
        Mode → share of the invitations, and share of those invited by it who answer.
    """

    deviation: float = Field(gt=0, le=100)
    share: Mapping[str, float]
    response: Mapping[str, float]

    @model_validator(mode="after")
    def _whole(self) -> "First":
        known = sorted(schema.values("survey_mode"))
        if sorted(self.share) != known or sorted(self.response) != known:
            raise ValueError(f"share and response name each of {known}")
        if abs(sum(self.share.values()) - 1) > TOLERANCE or min(self.share.values()) < 0:
            raise ValueError("the shares of modes add up to 1")
        if not all(0 < rate <= 1 for rate in self.response.values()):
            raise ValueError("response is a share above 0")
        return self


class SurveyPlan(Pack):
    """The rule pack `survey-plan`."""

    rest: Rest
    cost: Cost
    aim: Aim
    first: First


def rules(day: date) -> SurveyPlan:
    """Return the pack in force on `day`."""
    return in_force(SurveyPlan, "survey-plan", day)
