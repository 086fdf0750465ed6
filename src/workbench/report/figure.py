"""A recorded figure as a part of an HTML page.

The SVG is taken apart and put together from a list of harmless elements and attributes, so that no
script, no outside reference and no doubled id can come in with it.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from xml.etree import ElementTree

from markupsafe import Markup

SVG = "http://www.w3.org/2000/svg"
SHAPES = frozenset(
    (
        *("svg", "g", "defs", "symbol", "use", "clipPath", "mask", "marker", "pattern", "image"),
        *("path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan"),
        *("title", "desc", "linearGradient", "radialGradient", "stop"),
    )
)
REFERENCE = re.compile(r"url\(\s*#([^)\s]+)\s*\)")
COORDINATES = frozenset(("d", "transform", "x", "y", "width", "height", "points"))
"""Attributes that say where something is drawn, and nothing else."""
LOCAL_IMAGE = re.compile(r"data:image/png;base64,[A-Za-z0-9+/=\s]+")


def inline(svg: bytes, prefix: str, label: str) -> Markup:
    """Return `svg` for use inside a page.

    Parameters
    ----------
    svg : bytes
        A standalone SVG drawing.
    prefix : str
        Put before every id, so that several figures can stand in one page.
    label : str
        What the figure shows, for those who cannot see it.
    """
    root = ElementTree.fromstring(svg)
    _clean(root, prefix)
    width = root.attrib.pop("width", "")
    root.attrib.pop("height", None)
    # matplotlib says this in a style sheet, which would reach beyond the figure.
    root.set("stroke-linejoin", "round")
    root.set("stroke-linecap", "butt")
    root.set("role", "img")
    root.set("aria-label", label)
    if match := re.fullmatch(r"([\d.]+)pt", width):
        root.set("style", f"max-width:{float(match[1]) * 1.5:.0f}px")
    ElementTree.register_namespace("", SVG)
    return Markup(ElementTree.tostring(root, encoding="unicode"))


@dataclass
class Content:
    """What stands in a drawing.

    Attributes
    ----------
    tags : set of str
        Names of its elements, without namespaces.
    attributes : dict of (name, value)
        Names, without namespaces, and values of their attributes, each once; no coordinates.
    words : list of str
        Its text, comments included, and no coordinates.
    styles, instructions : list of str
        Its style sheets, and its processing instructions.
    """

    tags: set[str] = field(default_factory=set)
    attributes: dict[tuple[str, str], None] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    instructions: list[str] = field(default_factory=list)


class _Reader:
    """What ElementTree's parser tells of a drawing, put together."""

    def __init__(self) -> None:
        self.content = Content()
        self._data: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._said("")
        self.content.tags.add(_local(name))
        known = self.content.attributes
        for each, value in attributes.items():
            if each not in COORDINATES:
                known[_local(each), value] = None

    def end(self, name: str) -> None:
        self._said(_local(name))

    def data(self, data: str) -> None:
        self._data.append(data)

    def comment(self, data: str) -> None:
        self._said("")
        self.content.words.append(data.strip())

    def pi(self, target: str, data: str | None = None) -> None:
        self.content.instructions.append(f"{target} {data or ''}")

    def _said(self, tag: str) -> None:
        """Note what was said up to here, in an element `tag` if it ends now."""
        if not self._data:
            return
        words, self._data = "".join(self._data).strip(), []
        if words:
            self.content.words.append(words)
            if tag == "style":
                self.content.styles.append(words)

    def close(self) -> None:
        """Nothing is left to do."""


def content(svg: bytes | str) -> Content:
    """Return what stands in `svg`.

    Raises
    ------
    ElementTree.ParseError
        It is not well-formed XML.
    """
    reader = _Reader()
    parser = ElementTree.XMLParser(target=reader)
    parser.feed(svg)
    parser.close()
    return reader.content


def _clean(node: ElementTree.Element, prefix: str) -> None:
    for child in list(node):
        if _local(child.tag) in SHAPES:
            _clean(child, prefix)
        else:
            node.remove(child)
    given = list(node.attrib.items())
    node.attrib.clear()
    for each, value in given:
        name = _local(each)
        if kept := _attribute(name, value, prefix):
            node.attrib[name] = kept


def _attribute(name: str, value: str, prefix: str) -> str | None:
    """Return the value an attribute may keep; None when it may not."""
    if name.startswith("on"):
        return None
    if name == "id":
        return f"{prefix}-{value}"
    if name == "href":
        if value.startswith("#"):
            return f"#{prefix}-{value[1:]}"
        return value if LOCAL_IMAGE.fullmatch(value) else None
    if "url(" not in value:
        return value
    return REFERENCE.sub(lambda match: f"url(#{prefix}-{match[1]})", value)


@lru_cache(1024)
def _local(name: str) -> str:
    return name.rpartition("}")[2] if isinstance(name, str) else ""
