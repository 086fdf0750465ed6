"""Narrative as plain paragraphs, for formats that do not take markup."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

from workbench.report import prose

BLOCK = re.compile(r"(?s)<(li|p|h\d|td|th|pre)\b[^>]*>(.*?)</\1>")
TAG = re.compile(r"<[^>]+>")


@dataclass(frozen=True)
class Paragraph:
    """One paragraph; `listed` when it is an item of a list."""

    text: str
    listed: bool


def paragraphs(markdown: str) -> list[Paragraph]:
    """Return the paragraphs and list items of `markdown`, without markup."""
    return list(_paragraphs(str(prose.html(markdown))))


def _paragraphs(html: str) -> Iterator[Paragraph]:
    for tag, inner in BLOCK.findall(html):
        # An item that holds a paragraph of its own ends its outer match early: the tag is cut off.
        if words := " ".join(unescape(TAG.sub("", inner)).split()):
            yield Paragraph(words, tag == "li")
