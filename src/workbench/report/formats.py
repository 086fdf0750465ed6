"""What a report is published as: the module that makes each format, and the files it makes."""

from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
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

PAGES: tuple[Format, ...] = ("html", "slides")
"""Formats that are text, which may say of which run they are; no other one does."""


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


def require(formats: Iterable[Format], template: Path | None = None) -> None:
    """Refuse formats that cannot be made here, so that nothing runs in vain.

    Raises
    ------
    ParameterError
        The module that renders one is not there, or `template`, that of decks, does not serve.
    """
    formats = tuple(formats)
    for each in formats:
        if find_spec(_module(each)) is None:
            raise ParameterError(f"format {each!r} cannot be made here: {_module(each)} is missing")
    if template and "pptx" in formats:
        from workbench.report import deck_layout

        deck_layout.opened(template)


def address(name: str, language: Language, kind: Format) -> str:
    """Return the file name of the report `name` in one language and format."""
    return f"{name}.{language}.{MAKERS[kind][1]}"


def others(name: str, language: Language, formats: Sequence[Format]) -> list[tuple[Format, str]]:
    """Return the files of the report `name` beside its page, with their formats."""
    return [(each, address(name, language, each)) for each in formats if each != "html"]


def render(  # noqa: PLR0913 - what every format is made of, and the template of one
    kind: Format,
    report: "Report",
    origin: "Provenance",
    language: Language,
    title: str,
    changed: Mapping[str, str],
    template: Path | None = None,
) -> bytes:
    """Return the file of `report` in a format other than `html`.

    Parameters
    ----------
    title : str
        The title of the whole it is published in.
    changed : mapping of `<result>.<fact>` to str
        What has changed, in a sentence of `language`.
    template : Path or None
        The PowerPoint file whose layouts a deck takes; the workbench's own when None.
    """
    own = {"template": template} if kind == "pptx" else {}
    maker = import_module(_module(kind))
    made: bytes = maker.render(report, origin, language, title, changed, **own)
    return made


def _module(kind: Format) -> str:
    return f"{__package__}.{MAKERS[kind][0]}"
