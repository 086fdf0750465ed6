"""The next survey wave: whom it may ask, what an invitation costs, which change it is to find."""

from datetime import date

from pydantic import Field

from workbench.rules.pack import Pack, Rule, in_force


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


class SurveyPlan(Pack):
    """The rule pack `survey-plan`."""

    rest: Rest
    cost: Cost
    aim: Aim


def rules(day: date) -> SurveyPlan:
    """Return the pack in force on `day`."""
    return in_force(SurveyPlan, "survey-plan", day)
