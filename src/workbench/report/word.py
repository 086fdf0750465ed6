"""What a Word document needs beyond python-docx: typefaces, descriptions, fields, fixed dates."""

import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from io import BytesIO
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

if TYPE_CHECKING:
    from docx.document import Document
    from docx.styles.style import ParagraphStyle
    from docx.table import Table
    from docx.text.paragraph import Paragraph

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The date of every part of the file: the first one that a ZIP file can hold."""
THEMED = ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
FONTS = "word/fontTable.xml"
DEFAULT = "Normal"
"""The style of paragraphs that name none."""
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


@dataclass(frozen=True)
class Face:
    """A typeface: for Latin letters and for Chinese characters, its points, and whether bold."""

    latin: str
    east: str
    size: float
    bold: bool = False


def face(style: "ParagraphStyle", chosen: Face) -> None:
    """Set all letters of `style` in `chosen`, black and upright, with no line around them."""
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    font, element = style.font, style.element
    font.name, font.size, font.bold = chosen.latin, Pt(chosen.size), chosen.bold
    font.italic, font.color.rgb = False, RGBColor(0, 0, 0)
    fonts = element.get_or_add_rPr().get_or_add_rFonts()
    for themed in THEMED:
        fonts.attrib.pop(qn(f"w:{themed}"), None)
    fonts.set(qn("w:eastAsia"), chosen.east)
    fonts.set(qn("w:cs"), chosen.latin)
    for spaced in element.rPr.findall(qn("w:spacing")):
        element.rPr.remove(spaced)
    properties = element.get_or_add_pPr()
    for border in properties.findall(qn("w:pBdr")):
        properties.remove(border)


def indented(style: "ParagraphStyle", characters: float) -> None:
    """Begin every paragraph of `style` so many Chinese characters further right."""
    from docx.oxml.ns import qn
    from docx.shared import Pt

    size = style.font.size
    style.paragraph_format.first_line_indent = Pt(characters * (size.pt if size else 0))
    indent = style.element.get_or_add_pPr().get_or_add_ind()
    indent.set(qn("w:firstLineChars"), str(round(100 * characters)))


def spoken(document: "Document", latin: str, east: str) -> None:
    """Say in which languages the document is written, for spelling and for reading aloud."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    properties = document.styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}")[0]
    for old in properties.findall(qn("w:lang")):
        properties.remove(old)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), latin)
    language.set(qn("w:eastAsia"), east)
    properties.append(language)


def run(paragraph: "Paragraph", words: str, *, bold: bool = False) -> None:
    """Add `words` to `paragraph`."""
    added = paragraph.add_run(clean(words))
    added.bold = bold or None


def line(document: "Document", words: str, style: str = DEFAULT) -> "Paragraph":
    """Add a paragraph of `style` that says `words`."""
    added = paragraph(document, style)
    run(added, words)
    return added


def paragraph(document: "Document", style: str = DEFAULT) -> "Paragraph":
    """Add an empty paragraph of `style`."""
    added = document.add_paragraph()
    # python-docx looks through all styles for each paragraph, to find out which one is usual.
    added._p.style = None if style == DEFAULT else document.styles[style].style_id
    return added


def clean(words: str) -> str:
    """Return `words` without the control characters that XML cannot hold."""
    return CONTROL.sub("", words)


def ruled(paragraph: "Paragraph") -> None:
    """Draw a line below `paragraph`."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    border, line = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "8"), ("space", "6"), ("color", "808080")):
        line.set(qn(f"w:{name}"), value)
    border.append(line)
    paragraph._p.get_or_add_pPr().insert_element_before(border, "w:shd", "w:tabs", "w:ind")


def right(paragraph: "Paragraph", characters: float) -> None:
    """Set `paragraph` to the right, so many Chinese characters from the margin."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml.ns import qn
    from docx.shared import Pt

    size = paragraph.style.font.size if paragraph.style else None
    form = paragraph.paragraph_format
    form.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    form.right_indent = Pt(characters * (size.pt if size else 0))
    indent = paragraph._p.get_or_add_pPr().get_or_add_ind()
    indent.set(qn("w:rightChars"), str(round(100 * characters)))


def picture(paragraph: "Paragraph", png: bytes, width: Any, described: str) -> None:
    """Put a picture into `paragraph`, `width` wide, `described` for those who cannot see it."""
    from docx.oxml.ns import qn

    shape = paragraph.add_run().add_picture(BytesIO(png), width=width)
    properties = shape._inline.find(qn("wp:docPr"))
    properties.set("descr", clean(described))


def fields(paragraph: "Paragraph", words: str) -> None:
    """Write `words`; Word puts page numbers in the place of `{page}` and `{pages}`."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    names = {"{page}": "PAGE", "{pages}": "NUMPAGES"}
    for piece in words.replace("{", "\0{").replace("}", "}\0").split("\0"):
        if piece in names:
            field = OxmlElement("w:fldSimple")
            field.set(qn("w:instr"), names[piece])
            run = paragraph.add_run("1")
            field.append(run._r)
            paragraph._p.append(field)
        elif piece:
            paragraph.add_run(piece)


def table(
    document: "Document", rows: Sequence[Sequence[str]], described: str, widths: Iterable[Any]
) -> "Table":
    """Add a table whose first row is its header, repeated on every page; numbers stand right."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    made: Table = document.add_table(len(rows), len(rows[0]), style="Table Grid")
    made.autofit = False
    style = document.styles["Table Text"].style_id
    for kind in ("tblCaption", "tblDescription"):
        said = OxmlElement(f"w:{kind}")
        said.set(qn("w:val"), clean(described))
        made._tbl.tblPr.append(said)
    for column, width in enumerate(widths):
        made.columns[column].width = width
        for cell, row in zip(made.columns[column].cells, rows, strict=True):
            cell.width = width
            words = cell.paragraphs[0]
            words._p.style = style
            run(words, row[column], bold=row is rows[0])
            if column:
                words.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    header = made.rows[0]._tr.get_or_add_trPr()
    header.append(OxmlElement("w:cantSplit"))
    header.append(OxmlElement("w:tblHeader"))
    return made


def saved(
    document: "Document", title: str, author: str, day: date, alternatives: Mapping[str, str]
) -> bytes:
    """Return the file, the same bytes each time: every date in it is `day`, or none.

    `alternatives` names typefaces to use where one is not installed.
    """
    about = document.core_properties
    about.title, about.author, about.comments = clean(title), clean(author), ""
    about.last_modified_by = about.author
    about.created = about.modified = datetime.combine(day, time(), UTC).replace(tzinfo=None)
    about.revision = 1
    held = BytesIO()
    document.save(held)
    with zipfile.ZipFile(held) as parts:
        content = {name: parts.read(name) for name in parts.namelist()}
    content[FONTS] = _fonts(alternatives)
    final = BytesIO()
    with zipfile.ZipFile(final, "w", zipfile.ZIP_DEFLATED) as parts:
        for name, part in content.items():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            parts.writestr(entry, part)
    return final.getvalue()


def _fonts(alternatives: Mapping[str, str]) -> bytes:
    fonts = "".join(
        f"<w:font w:name={quoteattr(name)}><w:altName w:val={quoteattr(others)}/></w:font>"
        for name, others in alternatives.items()
    )
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    return f'{head}<w:fonts xmlns:w="{W}">{fonts}</w:fonts>'.encode()
