"""What management looks at: KPIs of the board, and when the meeting is asked to decide."""

from datetime import date

from pydantic import Field, model_validator

from workbench import schema, text
from workbench.rules.pack import Pack, Rule, in_force
from workbench.sql import catalogue


class Board(Rule):
    """KPIs against their targets for the year, in order."""

    kpis: tuple[str, ...] = Field(min_length=1)


class Groups(Rule):
    """KPIs of one subject each, in order; three at least."""

    volume: tuple[str, ...] = Field(min_length=3)
    early: tuple[str, ...] = Field(min_length=3)
    service: tuple[str, ...] = Field(min_length=3)
    relations: tuple[str, ...] = Field(min_length=3)


class Vintage(Rule):
    """How loans are followed by half-year of disbursement.

    Attributes
    ----------
    ages : tuple of int
        Months on the books at which the share of loans gone bad is given, rising.
    cohorts : int
        The newest half-years that are shown.
    least : int
        Months all loans of a half-year must have behind them before it is compared.
    """

    ages: tuple[int, ...] = Field(min_length=2)
    cohorts: int = Field(ge=2, le=6)
    least: int = Field(ge=1)

    @model_validator(mode="after")
    def _rising(self) -> "Vintage":
        if list(self.ages) != sorted(set(self.ages)) or self.least > self.ages[-1]:
            raise ValueError("ages must rise, and one of them must reach `least`")
        unnamed = [age for age in self.ages if not text.known(f"column.age_{age}")]
        if unnamed:
            raise ValueError(f"there is no heading for loans {unnamed[0]} months old")
        return self


class Movers(Rule):
    """How many customers are listed in each direction."""

    most: int = Field(ge=1, le=50)


class Decision(Rule):
    """When the meeting is asked to decide something.

    Attributes
    ----------
    id : str
        `decision.<id>` in the catalogue is the question.
    notebook, fact : str
        Whose fact, as `<result>.<fact>`, is looked at.
    above, below : float or None
        The limit beyond which it is asked; one of the two.
    owner : str
        Who prepares it, a code of the list `dept_role`.
    days : int
        Days after the report's day until the answer is due.
    beside : tuple of str
        Further facts of the notebook that the question rests on.
    """

    id: str = Field(pattern=r"^[a-z_]+$")
    notebook: str
    fact: str = Field(pattern=r"^.+\.[^.]+$")
    above: float | None = None
    below: float | None = None
    owner: str
    days: int = Field(ge=1)
    beside: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> "Decision":
        if (self.above is None) == (self.below is None):
            raise ValueError(f"decision {self.id!r} takes one limit, `above` or `below`")
        if self.owner not in schema.values("dept_role"):
            raise ValueError(f"decision {self.id!r}: owner {self.owner!r} is not in dept_role")
        return self

    def asked(self, value: float) -> bool:
        """Tell whether `value` is beyond the limit."""
        if self.above is not None:
            return value > self.above
        return self.below is not None and value < self.below


class Management(Pack):
    """The whole pack."""

    board: Board
    groups: Groups
    vintage: Vintage
    movers: Movers
    decision: tuple[Decision, ...]

    @model_validator(mode="after")
    def _known(self) -> "Management":
        groups = (getattr(self.groups, name) for name in GROUPS)
        named = [*self.board.kpis, *(code for group in groups for code in group)]
        unknown = [code for code in named if code not in catalogue.kpis()]
        if unknown:
            raise ValueError(f"{unknown[0]!r} is no KPI of the catalogue")
        ids = [each.id for each in self.decision]
        if len(set(ids)) < len(ids):
            raise ValueError("two decisions have one id")
        return self

    def codes(self) -> tuple[str, ...]:
        """Return every KPI that is read, each once."""
        groups = (getattr(self.groups, name) for name in GROUPS)
        every = [*self.board.kpis, *(code for group in groups for code in group)]
        return tuple(dict.fromkeys(every))


GROUPS = ("volume", "early", "service", "relations")


def rules(day: date) -> Management:
    """Return the pack in force on `day`."""
    return in_force(Management, "management", day)
