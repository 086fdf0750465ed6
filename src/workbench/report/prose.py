"""Narrative and code as HTML, or as parts: what markdown does not itself make is escaped."""

from functools import cache, lru_cache
from typing import Any

from markupsafe import Markup


def html(markdown: str) -> Markup:
    """Return `markdown` as HTML; HTML written in it is shown, not obeyed."""
    return Markup(_renderer()(markdown))


def plain(markdown: str) -> str:
    """Return the words of `markdown` without its marks."""
    return " ".join(html(markdown).striptags().split())


@lru_cache(1024)
def code(source: str) -> Markup:
    """Return Python `source` as HTML with its colours written into it."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    formatter = HtmlFormatter(style="friendly", noclasses=True, nobackground=True, nowrap=True)
    return Markup(highlight(source, PythonLexer(), formatter).rstrip("\n"))


def tree(markdown: str) -> list[dict[str, Any]]:
    """Return `markdown` as nested parts of text, for formats that are not HTML.

    Each part has a `type` of mistune's (`paragraph`, `strong`, `list_item`, …) and either `raw`
    text, to be shown as it is, or `children`.
    """
    return [part for part in _parser()(markdown) if part["type"] != "blank_line"]


@cache
def _renderer() -> Any:
    import mistune

    return mistune.create_markdown(escape=True, plugins=["table", "strikethrough"])


@cache
def _parser() -> Any:
    import mistune

    return mistune.create_markdown(renderer=None, plugins=["table", "strikethrough"])
