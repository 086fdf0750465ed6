"""The questionnaire of the survey: items, scales, consent line, and what counts as an answer."""

from collections.abc import Mapping
from datetime import date

from pydantic import Field, model_validator

from workbench import schema, text
from workbench.rules.pack import Pack, Rule, in_force
from workbench.text import Language

RULE = "questionnaire"
OPEN = "open"
"""Scale of a question that is answered in words."""


class Said(Rule):
    """A sentence of the form in both languages."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def words(self, language: Language | None = None) -> str:
        """Return it in `language`; by default in the current one."""
        return self.zh if (language or text.language()) == "zh" else self.en


class Skip(Said):
    """What stands for "does not apply or do not know": `code` in files, words on the form."""

    code: str = Field(pattern="[A-Z]+")


class Lists(Rule):
    """Modes of asking (list `survey_mode`) by who writes the answers down.

    Attributes
    ----------
    phone : tuple of str
        An interviewer does.
    questionnaire : tuple of str
        The customer does; the first is the mode of a form from somebody on the other list.
    """

    phone: tuple[str, ...] = Field(min_length=1)
    questionnaire: tuple[str, ...] = Field(min_length=1)

    def by_name(self) -> dict[str, tuple[str, ...]]:
        """Return list of invitations → its modes."""
        return {"phone": self.phone, "questionnaire": self.questionnaire}


class Counts(Rule):
    """What counts as an answer.

    Attributes
    ----------
    complete, partial : float
        Share of the closed questions answered from which a return is complete, or partial.
    comment : int
        Characters a comment may have.
    """

    complete: float = Field(gt=0, le=1)
    partial: float = Field(gt=0, le=1)
    comment: int = Field(gt=0)


class Scale(Rule):
    """Whole numbers from `low` to `high`; labels of every point, or of the first and the last."""

    low: int
    high: int
    labels_zh: tuple[str, ...]
    labels_en: tuple[str, ...]

    @model_validator(mode="after")
    def _labelled(self) -> "Scale":
        for labels in (self.labels_zh, self.labels_en):
            if len(labels) not in (2, self.high - self.low + 1):
                raise ValueError(f"{len(labels)} labels; expected 2, or one for each point")
        return self

    def points(self, language: Language | None = None) -> dict[int, str]:
        """Return point → label in `language`; empty for points that have none."""
        chosen = self.labels_zh if (language or text.language()) == "zh" else self.labels_en
        every = range(self.low, self.high + 1)
        if len(chosen) == len(every):
            return dict(zip(every, chosen, strict=True))
        return {**dict.fromkeys(every, ""), self.low: chosen[0], self.high: chosen[-1]}


class Item(Said):
    """One question.

    Attributes
    ----------
    id : str
        Its number, `survey_answers.question_id`.
    scale : str
        Code of the list `scale`.
    measures : str or None
        What it measures: code of the list `construct`.
    reverse : bool
        Whether a high answer is a bad one.
    skip : bool
        Whether "does not apply" is offered.
    """

    id: str = Field(pattern=r"[A-Z][A-Z0-9_]*")
    scale: str
    measures: str | None = None
    reverse: bool = False
    skip: bool = False

    @property
    def is_open(self) -> bool:
        """Tell whether it is answered in words."""
        return self.scale == OPEN


class Questionnaire(Pack):
    """The rule pack `questionnaire`; items in the order they are asked."""

    intro: Said
    consent: Said
    thanks: Said
    lists: Lists
    counts: Counts
    skip: Skip
    scale: Mapping[str, Scale]
    item: tuple[Item, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _fits(self) -> "Questionnaire":
        """Refuse what the schema does not know, or what cannot be asked."""
        known = {name: set(schema.values(name)) for name in ("scale", "construct", "survey_mode")}
        ids = [item.id for item in self.item]
        modes = [mode for own in self.lists.by_name().values() for mode in own]
        if len(set(ids)) < len(ids):
            raise ValueError(f"an item is there twice: {ids}")
        if sorted(modes) != sorted(known["survey_mode"]):
            raise ValueError(f"each of the modes {sorted(known['survey_mode'])} is on one list")
        for item in self.item:
            if not item.is_open and item.scale not in self.scale:
                raise ValueError(f"item {item.id}: scale {item.scale!r} is not described")
            if item.scale not in known["scale"]:
                raise ValueError(f"item {item.id}: the schema has no scale {item.scale!r}")
            if item.measures and item.measures not in known["construct"]:
                raise ValueError(f"item {item.id}: the schema has no construct {item.measures!r}")
        return self

    @property
    def closed(self) -> tuple[Item, ...]:
        """The items that are answered by a point of a scale."""
        return tuple(item for item in self.item if not item.is_open)

    def list_of(self, mode: str) -> str:
        """Return the list of invitations that those asked by `mode` are on."""
        return next(name for name, modes in self.lists.by_name().items() if mode in modes)


def rules(day: date) -> Questionnaire:
    """Return the edition in force on `day`."""
    return in_force(Questionnaire, RULE, day)
