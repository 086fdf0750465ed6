"""How risk is assessed anew, and how loss and exposure at default are measured: a bank's limits."""

from typing import Annotated, Literal

from pydantic import Field

from workbench.rules import pack
from workbench.rules.pack import Pack, Rule

NAME = "risk-refresh"

Share = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(ge=1)]
Light = Literal["green", "yellow", "red"]


class Review(Rule):
    """When a customer is assessed again, and how large a backlog may be."""

    level: Literal["calibrated", "point_in_time", "through_the_cycle", "prudent"]
    months_by_segment: dict[str, Count]
    soon_days: Count
    overdue_yellow: Share
    overdue_red: Share

    def light(self, share: float) -> Light:
        """Return the light of a share of customers past their review day."""
        return _light(share, self.overdue_yellow, self.overdue_red)


class Overrides(Rule):
    """How often grades may be overruled, and from how many defaults on outcomes are judged."""

    share_yellow: Share
    share_red: Share
    least_defaults: Count

    def light(self, share: float) -> Light:
        """Return the light of a share of grades overruled."""
        return _light(share, self.share_yellow, self.share_red)


class Loss(Rule):
    """How recoveries become a loss given default, and when its back-test is acted on."""

    workout_months: Count
    backtest_months: Count
    discount_premium: Annotated[float, Field(ge=0, lt=1)]
    cost_share: Annotated[float, Field(ge=0, lt=1)]
    least_defaults: Count
    p_yellow: Share
    p_red: Share

    def light(self, p_value: float) -> Light:
        """Return the light of a back-test's p-value: small ones are bad."""
        return "red" if p_value < self.p_red else "yellow" if p_value < self.p_yellow else "green"


class Downturn(Rule):
    """What is added where no downturn was observed, and the most that may come of it."""

    addition: Annotated[float, Field(ge=0, lt=1)]
    most: Annotated[float, Field(gt=0)]

    def of(self, loss: float) -> float:
        """Return the loss given default in a downturn."""
        return min(loss + self.addition, self.most)


class Exposure(Rule):
    """How the use of undrawn limits before default is measured."""

    reference_months: Count
    least_undrawn: Share


class RiskRefresh(Pack):
    """The pack `risk-refresh`."""

    review: Review
    overrides: Overrides
    loss: Loss
    downturn: Downturn
    exposure: Exposure


def read() -> RiskRefresh:
    """Return the limits in `data/rulepacks/risk-refresh.toml`.

    Raises
    ------
    ParameterError
        The pack lacks something or has a wrong value.
    """
    return pack.read(RiskRefresh, NAME)


def _light(share: float, yellow: float, red: float) -> Light:
    return "red" if share > red else "yellow" if share > yellow else "green"
