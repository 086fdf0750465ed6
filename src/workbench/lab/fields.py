"""Parameters as fields of a form: what each expects, as the runner checks it."""

import json
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args, get_origin

from workbench import parameters as aliases
from workbench import text
from workbench.errors import ParameterError
from workbench.report.parameters import Parameter

LIMITS = ("ge", "gt", "le", "lt")


@dataclass(frozen=True)
class Field:
    """One parameter of a notebook as a field.

    Attributes
    ----------
    notebook : str
        Whose parameter it is.
    parameter : Parameter
        Its declaration, by which `workbench run` checks as well.
    """

    notebook: str
    parameter: Parameter

    @property
    def name(self) -> str:
        """Return the parameter's name."""
        return self.parameter.name

    @property
    def kind(self) -> str:
        """Return `bool`, `choice`, `list`, `date`, `int`, `float` or `str`."""
        kind = self.parameter.kind
        if get_origin(kind) is Literal:
            return "choice"
        if get_origin(kind) is list:
            return "list"
        if kind == aliases.IsoDate:
            return "date"
        plain = get_args(kind)[0] if get_origin(kind) is Annotated else kind
        return str(plain.__name__)

    @property
    def choices(self) -> tuple[str, ...]:
        """Return the values to choose from; none for most kinds."""
        return tuple(map(str, get_args(self.parameter.kind))) if self.kind == "choice" else ()

    @property
    def limits(self) -> dict[str, float]:
        """Return the limits of a number by `ge`, `gt`, `le`, `lt`."""
        found: dict[str, float] = {}
        for constraint in _constraints(self.parameter.kind):
            for name in LIMITS:
                if (limit := getattr(constraint, name, None)) is not None:
                    found[name] = limit
        return found

    def meaning(self) -> str:
        """Say what the parameter means, in the current language where that is written."""
        for key in (f"parameter.{self.notebook}.{self.name}", f"parameter.{self.name}"):
            if text.known(key):
                return text.say(key)
        return self.parameter.meaning

    def expected(self) -> str:
        """Say what a value must be, in the current language."""
        if self.kind == "choice":
            return text.say("form.choice", values=text.say("form.or").join(self.choices))
        said = text.say(f"form.{self.kind}")
        ends = [text.say(f"form.{name}", limit=f"{at:g}") for name, at in self.limits.items()]
        return (
            text.say("form.limited", kind=said, limits=text.say("form.and").join(ends))
            if (ends)
            else said
        )

    def written(self, value: object) -> str:
        """Return `value` as the text that `from_text` and `-p` take."""
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, list):
            items = list(map(str, value))
            plain = not any("," in item or item != item.strip() for item in items)
            return ",".join(items) if plain else json.dumps(value, ensure_ascii=False)
        return str(value)

    def wrong(self, written: str) -> str:
        """Say what is wrong with the text `written`; nothing when it is a value."""
        try:
            self.parameter.from_text(written)
        except ParameterError:
            return text.say("form.wrong", expected=self.expected())
        return ""


def _constraints(kind: Any) -> list[Any]:
    """Return what an annotated kind demands: pydantic keeps each limit as one object."""
    found: list[Any] = []
    for part in get_args(kind)[1:] if get_origin(kind) is Annotated else ():
        found += getattr(part, "metadata", [part])
    return found
