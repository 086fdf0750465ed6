"""What a report is published as: the module that makes each format, and the files it makes."""

from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal

from workbench.errors import ParameterError
from workbench.report import parameters
from workbench.text import Language

if TYPE_CHECKING:
    from workbench.report.page import Report
    from workbench.report.provenance import Provenance

Format = Literal["html", "pdf", "pptx", "docx", "slides", "xlsx"]

MAKERS: Mapping[Format, tuple[str, str]] = {
    "html": ("page", "html"),
    "pdf": ("pdf", "pdf"),
    "pptx": ("deck", "pptx"),
    "docx": ("memo", "docx"),
    "slides": ("slides", "slides.html"),
    "xlsx": ("sheet", "xlsx"),
}
"""Module of this package that renders a format, and what its files end with."""


def read(text: str) -> tuple[Format, ...]:
    """Return the formats that `text` lists, separated by commas.

    Raises
    ------
    ParameterError
        One is unknown.
    """
    known = {str(each): each for each in MAKERS}
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in known:
            raise ParameterError(f"--formats names {name!r}; {parameters.meant(name, known)}")
    return tuple(known[name] for name in dict.fromkeys(names))


def require(formats: Iterable[Format]) -> None:
    """Refuse formats that this installation cannot make.

    Raises
    ------
    ParameterError
        The module that renders one is not there.
    """
    for each in formats:
        if find_spec(_module(each)) is None:
            raise ParameterError(f"format {each!r} cannot be made here: {_module(each)} is missing")


def address(name: str, language: Language, kind: Format) -> str:
    """Return the file name of the report `name` in one language and format."""
    return f"{name}.{language}.{MAKERS[kind][1]}"


def others(name: str, language: Language, formats: Sequence[Format]) -> list[tuple[Format, str]]:
    """Return the files of the report `name` beside its page, with their formats."""
    return [(each, address(name, language, each)) for each in formats if each != "html"]


def render(
    kind: Format,
    report: "Report",
    origin: "Provenance",
    language: Language,
    title: str,
    changed: Mapping[str, str],
) -> bytes:
    """Return the file of `report` in a format other than `html`.

    Parameters
    ----------
    title : str
        The title of the whole it is published in.
    changed : mapping of `<result>.<fact>` to str
        What has changed, in a sentence of `language`.
    """
    made: bytes = import_module(_module(kind)).render(report, origin, language, title, changed)
    return made


def _module(kind: Format) -> str:
    return f"{__package__}.{MAKERS[kind][0]}"
