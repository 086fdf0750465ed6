"""Make the deck's own template, src/workbench/report/templates/deck.pptx: 16:9 in house colours.

It begins with the template of python-pptx and changes its theme, its master and the three layouts
a deck needs. Run it after changing colours or places here; a test compares the file with it.
"""

from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

from lxml import etree
from pptx import Presentation
from pptx.enum.dml import MSO_THEME_COLOR
from pptx.oxml.ns import qn
from pptx.util import Emu, Inches

from workbench.report import office
from workbench.style import PALETTE

TARGET = Path(__file__).parents[1] / "src/workbench/report/templates/deck.pptx"
MADE = date(2026, 1, 1)
LATIN, EAST_ASIAN = "Arial", "Microsoft YaHei"
INK, SOFT, TINT, WHITE = "111827", "4B5563", "F3F6FA", "FFFFFF"
COLOURS = {
    **{"dk1": INK, "lt1": WHITE, "dk2": SOFT, "lt2": TINT},
    **{f"accent{at + 1}": colour.lstrip("#") for at, colour in enumerate(PALETTE)},
    **{"hlink": PALETTE[0].lstrip("#"), "folHlink": PALETTE[3].lstrip("#")},
}
WIDTH, HEIGHT = Inches(13.333), Inches(7.5)
LEFT, ROOM = Inches(0.6), Inches(12.13)
PLACES = {
    "title": (LEFT, Inches(0.42), ROOM, Inches(0.92)),
    "body": (LEFT, Inches(1.55), ROOM, Inches(5.2)),
    "ftr": (LEFT, Inches(6.98), Inches(11.2), Inches(0.3)),
    "sldNum": (Inches(11.93), Inches(6.98), Inches(0.8), Inches(0.3)),
}
COVER = {
    "ctrTitle": (Inches(0.9), Inches(1.75), Inches(11.5), Inches(1.7)),
    "subTitle": (Inches(0.9), Inches(3.75), Inches(11.5), Inches(2.4)),
}
KEPT = ("Title Slide", "Title and Content", "Title Only")


def render() -> bytes:
    """Return the template as the bytes of a file."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = WIDTH, HEIGHT
    for layout in list(deck.slide_layouts):
        if layout.name not in KEPT:
            deck.slide_layouts.remove(layout)
    master = deck.slide_master
    _theme(master)
    _master(master)
    for layout in deck.slide_layouts:
        _layout(layout)
    _cover(deck.slide_layouts.get_by_name(KEPT[0]))
    properties = deck.core_properties
    properties.title, properties.author, properties.last_modified_by = "deck", "", ""
    written = BytesIO()
    deck.save(written)
    return office.settled(written.getvalue(), MADE)


def _theme(master: Any) -> None:
    part = next(
        relation.target_part
        for relation in master.part.rels.values()
        if relation.reltype.endswith("/theme")
    )
    root = etree.fromstring(part.blob)
    for name, colour in COLOURS.items():
        node = root.find(f".//{qn('a:clrScheme')}/{qn(f'a:{name}')}")
        for child in list(node):
            node.remove(child)
        etree.SubElement(node, qn("a:srgbClr"), val=colour)
    for kind in ("majorFont", "minorFont"):
        font = root.find(f".//{qn(f'a:{kind}')}")
        font.find(qn("a:latin")).set("typeface", LATIN)
        font.find(qn("a:ea")).set("typeface", EAST_ASIAN)
        for script in font.findall(qn("a:font")):
            font.remove(script)
    root.set("name", "Workbench")
    part._blob = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _master(master: Any) -> None:
    for shape in list(master.placeholders):
        kind = shape.element.ph.get("type", "obj")
        if kind == "dt":
            shape.element.getparent().remove(shape.element)
        elif kind in PLACES:
            _place(shape, PLACES[kind])
    styles = master.element.find(qn("p:txStyles"))
    for level, size in zip(styles.find(qn("p:bodyStyle")), (18, 16, 14, 14, 14), strict=False):
        level.find(qn("a:defRPr")).set("sz", str(size * 100))
    title = styles.find(qn("p:titleStyle")).find(qn("a:lvl1pPr"))
    title.set("algn", "l")
    title.find(qn("a:defRPr")).set("sz", "2400")
    title.find(qn("a:defRPr")).set("b", "1")
    for shape in master.placeholders:
        body = shape.element.txBody.find(qn("a:bodyPr"))
        kind = shape.element.ph.get("type")
        body.set("anchor", "t" if kind in ("title", "body") else "ctr")
        body.set("lIns", "0")
        body.set("rIns", "0")
        for fit in body.findall(qn("a:normAutofit")):
            body.remove(fit)
        for level in shape.element.txBody.iter(qn("a:lvl1pPr")):
            level.set("algn", "r" if kind == "sldNum" else "l")
            _soft(level.find(qn("a:defRPr")))
    _bar(master.shapes, "Accent", "accent1", (Emu(0), Emu(0), WIDTH, Inches(0.14)))


def _soft(properties: Any) -> None:
    properties.set("sz", "1000")
    colour = properties.find(f".//{qn('a:schemeClr')}")
    if colour is not None:
        colour.set("val", "tx2")
        for child in list(colour):
            colour.remove(child)


def _bar(shapes: Any, name: str, colour: str, place: tuple[Emu, Emu, Emu, Emu]) -> None:
    """Put a bar under everything else; python-pptx adds shapes to slides only."""
    x, y, wide, high = place
    names = {prefix: qn(f"{prefix}:x").partition("}")[0][1:] for prefix in ("p", "a")}
    spaces = " ".join(f'xmlns:{prefix}="{space}"' for prefix, space in names.items())
    bar = (
        f'<p:sp {spaces}><p:nvSpPr><p:cNvPr id="20" name="{name}"/><p:cNvSpPr/>'
        f'<p:nvPr userDrawn="1"/></p:nvSpPr><p:spPr><a:xfrm><a:off x="{x}" y="{y}"/>'
        f'<a:ext cx="{wide}" cy="{high}"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom>'
        f'<a:solidFill><a:schemeClr val="{colour}"/></a:solidFill><a:ln><a:noFill/></a:ln>'
        "</p:spPr><p:txBody><a:bodyPr/><a:p/></p:txBody></p:sp>"
    )
    shapes._spTree.insert(2, etree.fromstring(bar))


def _layout(layout: Any) -> None:
    for shape in list(layout.placeholders):
        kind = shape.element.ph.get("type", "obj")
        if kind == "dt":
            shape.element.getparent().remove(shape.element)
        elif kind in COVER:
            _place(shape, COVER[kind])
        else:
            # Without a place of its own it takes the master's.
            properties = shape.element.spPr
            for transform in properties.findall(qn("a:xfrm")):
                properties.remove(transform)


def _cover(layout: Any) -> None:
    """Set the cover in white on the accent."""
    layout.element.set("showMasterSp", "0")
    fill = layout.background.fill
    fill.solid()
    fill.fore_color.theme_color = MSO_THEME_COLOR.ACCENT_1
    for shape in layout.placeholders:
        kind = shape.element.ph.get("type")
        if kind not in COVER:
            shape.element.getparent().remove(shape.element)
            continue
        size = 3600 if kind == "ctrTitle" else 1800
        body = shape.element.txBody
        body.find(qn("a:bodyPr")).set("anchor", "b" if kind == "ctrTitle" else "t")
        style = body.find(qn("a:lstStyle"))
        for child in list(style):
            style.remove(child)
        level = etree.SubElement(style, qn("a:lvl1pPr"), marL="0", indent="0", algn="l")
        etree.SubElement(level, qn("a:buNone"))
        run = etree.SubElement(level, qn("a:defRPr"), sz=str(size), b=str(int(kind == "ctrTitle")))
        fill = etree.SubElement(run, qn("a:solidFill"))
        etree.SubElement(fill, qn("a:schemeClr"), val="bg1")
    place = (Inches(0.9), Inches(3.58), Inches(1.2), Inches(0.05))
    _bar(layout.shapes, "Rule", "accent2", place)


def _place(shape: Any, place: tuple[Emu, Emu, Emu, Emu]) -> None:
    shape.left, shape.top, shape.width, shape.height = place


if __name__ == "__main__":
    TARGET.write_bytes(render())
