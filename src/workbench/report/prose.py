"""Narrative and code as HTML: everything in them is escaped but what markdown itself makes."""

from functools import cache
from typing import Any

from markupsafe import Markup


def html(markdown: str) -> Markup:
    """Return `markdown` as HTML; HTML written in it is shown, not obeyed."""
    return Markup(_renderer()(markdown))


def plain(markdown: str) -> str:
    """Return the words of `markdown` without its marks."""
    return " ".join(html(markdown).striptags().split())


def code(source: str) -> Markup:
    """Return Python `source` as HTML with its colours written into it."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    formatter = HtmlFormatter(style="friendly", noclasses=True, nobackground=True, nowrap=True)
    return Markup(highlight(source, PythonLexer(), formatter).rstrip("\n"))


@cache
def _renderer() -> Any:
    import mistune

    return mistune.create_markdown(escape=True, plugins=["table", "strikethrough"])
