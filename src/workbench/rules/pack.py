"""Rule packs: dated rules read from TOML, typed and frozen, with source and verification state."""

from datetime import date
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from workbench import settings, text
from workbench.errors import ParameterError

Verification = Literal["verified", "seen", "unconfirmed"]
"""`verified` against the issuer's own text, `seen` in a public copy, or from memory only."""


class Rule(BaseModel):
    """One part of a pack. Its source and verification are the pack's unless it names its own.

    Attributes
    ----------
    source : str or None
        Article or paragraph.
    verification : str or None
        One of `Verification`.
    note : str or None
        What a person who checks the rule should know.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str | None = None
    verification: Verification | None = None
    note: str | None = None


class Header(BaseModel):
    """What every pack says of itself.

    Attributes
    ----------
    rule : str
        What the pack rules; several editions of one rule share it. The pack's name unless it
        says otherwise.
    jurisdiction : str
        `CN`, `EU`, `international`, or `house` for rules a bank sets itself.
    product : str
        What it applies to.
    effective_from, effective_to : date
        First and last day in force; no last day while it is in force.
    source : str
        Citation: order, number, article, and where it was seen.
    verification : str
        One of `Verification`; a remark may follow a colon and becomes the note.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: str = Field(min_length=1)
    title_zh: str = Field(min_length=1)
    title_en: str = Field(min_length=1)
    jurisdiction: Literal["CN", "EU", "international", "house"]
    product: str = Field(min_length=1)
    edition: str = Field(min_length=1)
    effective_from: date
    effective_to: date | None = None
    source: str = Field(min_length=1)
    verification: Verification
    note: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _remarked(cls, content: dict[str, Any]) -> dict[str, Any]:
        """Read `unconfirmed: why` as the state and a note."""
        state, colon, remark = str(content.get("verification", "")).partition(":")
        if not colon:
            return content
        return {"note": remark.strip(), **content, "verification": state}

    @model_validator(mode="after")
    def _ordered(self) -> "Header":
        if self.effective_to and self.effective_to < self.effective_from:
            raise ValueError(
                f"effective_to {self.effective_to} is before effective_from {self.effective_from}"
            )
        return self

    def covers(self, day: date) -> bool:
        """Tell whether the pack is in force on `day`."""
        return self.effective_from <= day <= (self.effective_to or date.max)

    def title(self) -> str:
        """Return the title in the current language."""
        return self.title_zh if text.language() == "zh" else self.title_en


class Pack(BaseModel):
    """A header and the rules themselves, which subclasses name and type."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pack: Header

    def standing(self, part: str) -> tuple[str, Verification]:
        """Return source and verification of the part `part`: its own, else the pack's."""
        rule = getattr(self, part)
        own = (rule.source, rule.verification) if isinstance(rule, Rule) else (None, None)
        return own[0] or self.pack.source, own[1] or self.pack.verification


AnyPack = TypeVar("AnyPack", bound=Pack)


def read(model: type[AnyPack], name: str) -> AnyPack:
    """Return the pack `data/rulepacks/<name>.toml` as a `model`.

    Raises
    ------
    ParameterError
        There is no such pack, or it lacks something, has too much, or has a wrong value.
    """
    content = settings.rulepack(name)
    return _validated(model, {**content, "pack": _header(name)}, name)


def headers() -> dict[str, Header]:
    """Return the header of every pack by the pack's name."""
    return {name: _header(name) for name in settings.rulepacks()}


def in_force(model: type[AnyPack], rule: str, day: date) -> AnyPack:
    """Return the edition of `rule` that is in force on `day`.

    Raises
    ------
    ParameterError
        No edition is in force that day, or more than one is.
    """
    editions = {name: _header(name) for name in settings.rulepacks() if _rule(name) == rule}
    chosen = [name for name, header in editions.items() if header.covers(day)]
    if not chosen:
        known = ", ".join(
            f"{header.edition} ({header.effective_from} to {header.effective_to or 'now'})"
            for header in editions.values()
        )
        raise ParameterError(
            f"no edition of rule {rule!r} is in force on {day}; there are: {known or 'none'}"
        )
    if len(chosen) > 1:
        raise ParameterError(
            f"{len(chosen)} editions of rule {rule!r} are in force on {day}: {', '.join(chosen)}; "
            "end the older one with effective_to"
        )
    return read(model, chosen[0])


def _rule(name: str) -> str:
    return str(settings.rulepack(name).get("pack", {}).get("rule", name))


def _header(name: str) -> Header:
    content = settings.rulepack(name)
    if "pack" not in content:
        raise ParameterError(f"rule pack {name}.toml has no [pack] with title and source")
    return _validated(Header, {"rule": name, **content["pack"]}, name, "pack.")


AnyModel = TypeVar("AnyModel", bound=BaseModel)


def _validated(
    model: type[AnyModel], content: dict[str, Any], name: str, prefix: str = ""
) -> AnyModel:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        problem = error.errors()[0]
        where = prefix + ".".join(str(part) for part in problem["loc"])
        raise ParameterError(f"rule pack {name}.toml: {where}: {problem['msg']}") from None
