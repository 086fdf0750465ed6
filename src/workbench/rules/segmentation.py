"""Segments of customers: cells to look in, what forms segments, when they count, what follows."""

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from workbench.rules.pack import Pack, Rule, in_force

PLACES = ("invest", "build", "keep", "serve")
"""Places of the matrix: attractive and strong, attractive only, strong only, neither."""


class Within(Rule):
    """Cells of the rules that are looked into together."""

    code: str
    title_zh: str
    title_en: str
    cells: tuple[str, ...] = Field(min_length=1)


class Number(Rule):
    """A number that forms segments, and what a segment with much, little or some is called."""

    name: str
    transform: Literal["none", "log", "root"]
    title_zh: str
    title_en: str
    high_zh: str
    high_en: str
    low_zh: str
    low_en: str
    middle_zh: str
    middle_en: str


class Category(Rule):
    """A category that forms segments, with its codes."""

    name: str
    codes: tuple[str, ...] = Field(min_length=2)
    title_zh: str
    title_en: str


class Limits(Rule):
    """What groups must keep to count as segments; see `workbench.stats.structure.Limits`."""

    agreement: float = Field(ge=0, le=1)
    depth: float = Field(gt=0, le=1)
    z: float = Field(ge=0)
    entropy: float = Field(ge=0, le=1)
    smallest: float = Field(ge=0, lt=0.5)
    rows: int = Field(ge=50)


class Living(Rule):
    """When a segment continues, and when segments are found anew."""

    overlap: float = Field(gt=0, le=1)
    watch: float = Field(gt=0)
    refit: float = Field(gt=0)
    certain: float = Field(ge=0, le=1)


class Weight(Rule):
    """A measure and what it counts; below zero it counts against a segment."""

    measure: str
    weight: float


class Plan(Rule):
    """What follows from a place in the matrix."""

    place: Literal["invest", "build", "keep", "serve"]
    owner: str
    kpi: str
    kpi_zh: str
    kpi_en: str
    review_months: int = Field(ge=1)


class Segmentation(Pack):
    """The rule pack `segmentation`."""

    within: tuple[Within, ...] = Field(min_length=1)
    numbers: tuple[Number, ...] = Field(min_length=1)
    categories: tuple[Category, ...] = ()
    limits: Limits
    living: Living
    attractiveness: tuple[Weight, ...] = Field(min_length=1)
    strength: tuple[Weight, ...] = Field(min_length=1)
    plans: tuple[Plan, ...]

    @model_validator(mode="after")
    def _whole(self) -> "Segmentation":
        cells = [cell for each in self.within for cell in each.cells]
        if twice := sorted({cell for cell in cells if cells.count(cell) > 1}):
            raise ValueError(f"cells {twice} stand in more than one group of `within`")
        if {plan.place for plan in self.plans} != set(PLACES):
            raise ValueError(f"plans must name each of {list(PLACES)} once")
        return self

    def group_of(self) -> dict[str, str]:
        """Return cell → code of the group it is looked into with."""
        return {cell: each.code for each in self.within for cell in each.cells}

    def formed_of(
        self,
    ) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, tuple[str, ...]], ...]]:
        """Return name and transform of each number, and name and codes of each category."""
        numbers = tuple((each.name, each.transform) for each in self.numbers)
        return numbers, tuple((each.name, each.codes) for each in self.categories)


def rules(day: date) -> Segmentation:
    """Return the pack in force on `day`."""
    return in_force(Segmentation, "segmentation", day)
