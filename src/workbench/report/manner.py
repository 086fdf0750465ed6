"""How a memo looks: a Chinese official document after GB/T 9704-2012, or an English bank memo."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.report import oxml, word
from workbench.report.word import Face
from workbench.text import Language, say

if TYPE_CHECKING:
    from docx.document import Document
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.section import _Footer
    from docx.styles.style import ParagraphStyle

SONG, HEI, KAI, FANG = "宋体", "黑体", "楷体", "仿宋"
BIG_SONG = "方正小标宋简体"
ROMAN, SANS, YAHEI = "Times New Roman", "Calibri", "微软雅黑"
ONES = "〇一二三四五六七八九"


@dataclass(frozen=True)
class Manner:
    """The look of a memo.

    Attributes
    ----------
    margins : tuple of float
        Top, bottom, left and right in millimetres.
    faces : mapping of str to Face
        Typeface by style.
    line : float or None
        Height of a line in points; None lets the letters decide.
    indent : float
        Characters by which a paragraph begins further right.
    alternatives : mapping of str to str
        Typefaces to use where one is not installed.
    figure : float
        Width of figures in millimetres.
    page : str
        Key of the text that numbers a page.
    is_official : bool
        Whether it is written in the manner of a Chinese official document.
    """

    margins: tuple[float, float, float, float]
    faces: Mapping[str, Face]
    line: float | None
    indent: float
    alternatives: Mapping[str, str]
    figure: float
    page: str
    is_official: bool

    def numbered(self, at: int, heading: str) -> str:
        """Return `heading` as the one of number `at` on the first level."""
        return f"{chinese(at)}、{heading}" if self.is_official else f"{at}  {heading}"

    def subordinate(self, above: int, at: int, heading: str) -> str:
        """Return `heading` as number `at` below number `above`."""
        return f"（{chinese(at)}）{heading}" if self.is_official else f"{above}.{at}  {heading}"


OFFICIAL = Manner(
    margins=(37, 35, 28, 26),
    faces={
        "Normal": Face(ROMAN, FANG, 16),
        "Body Text": Face(ROMAN, FANG, 16),
        "Title": Face(ROMAN, BIG_SONG, 22),
        "Heading 1": Face(ROMAN, HEI, 16),
        "Heading 2": Face(ROMAN, KAI, 16),
        "Caption": Face(ROMAN, KAI, 12),
        "Table Text": Face(ROMAN, FANG, 12),
        "Figure": Face(ROMAN, FANG, 12),
        "Footer": Face(SONG, SONG, 14),
    },
    line=28.95,
    indent=2,
    alternatives={
        BIG_SONG: "FZXiaoBiaoSong-B05S,小标宋体,华文中宋,STZhongsong,宋体",
        FANG: "FangSong,仿宋_GB2312,STFangsong,华文仿宋",
        KAI: "KaiTi,楷体_GB2312,STKaiti,华文楷体",
        HEI: "SimHei,STHeiti,华文黑体",
        SONG: "SimSun,STSong,华文宋体",
    },
    figure=150,
    page="memo.page",
    is_official=True,
)
"""Twenty-two lines of twenty-eight characters a page, in the sizes 二号, 三号 and 四号."""

PLAIN = Manner(
    margins=(25, 22, 25, 25),
    faces={
        "Normal": Face(SANS, YAHEI, 11),
        "Body Text": Face(SANS, YAHEI, 11),
        "Title": Face(SANS, YAHEI, 22, bold=True),
        "Heading 1": Face(SANS, YAHEI, 14, bold=True),
        "Heading 2": Face(SANS, YAHEI, 11.5, bold=True),
        "Caption": Face(SANS, YAHEI, 9.5),
        "Table Text": Face(SANS, YAHEI, 10),
        "Figure": Face(SANS, YAHEI, 10),
        "Footer": Face(SANS, YAHEI, 9),
    },
    line=None,
    indent=0,
    alternatives={SANS: "Carlito,Arial", YAHEI: "Microsoft YaHei,PingFang SC,Noto Sans CJK SC"},
    figure=150,
    page="pdf.page",
    is_official=False,
)
"""A memorandum with To, From, Date and Subject."""


def manner(language: Language) -> Manner:
    """Return how a memo in `language` looks."""
    return OFFICIAL if language == "zh" else PLAIN


def document(look: Manner) -> "Document":
    """Return an empty document with page, typefaces and page numbers of `look`."""
    import docx
    from docx.enum.style import WD_STYLE_TYPE
    from docx.shared import Mm

    oxml.prepare("docx")
    made = docx.Document()
    for name in ("Table Text", "Figure"):
        made.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    section = made.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    top, bottom, left, right = (Mm(each) for each in look.margins)
    section.top_margin, section.bottom_margin = top, bottom
    section.left_margin, section.right_margin = left, right
    for name, chosen in look.faces.items():
        word.face(made.styles[name], chosen)
        _spaced(made.styles[name], look)
    word.spoken(made, "en-GB", "zh-CN")
    _numbered(made, look)
    return made


def chinese(number: int) -> str:
    """Write a number below a hundred in Chinese, such as 十二."""
    tens, ones = divmod(number, 10)
    if not tens:
        return ONES[ones]
    return f"{ONES[tens] if tens > 1 else ''}十{ONES[ones] if ones else ''}"


def _spaced(style: "ParagraphStyle", look: Manner) -> None:
    """Set the distance of lines and paragraphs of `style`, and where they begin."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    form, name = style.paragraph_format, str(style.name)
    heading, body = name.startswith("Heading"), name == "Body Text"
    if look.is_official:
        form.space_before = form.space_after = Pt(0)
        if heading or body:
            word.indented(style, look.indent)
            form.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY if body else WD_ALIGN_PARAGRAPH.LEFT
    elif heading or body:
        form.space_before, form.space_after = Pt(14 if heading else 0), Pt(6)
    if look.line and (heading or name in ("Normal", "Body Text", "Title")):
        form.line_spacing = Pt(look.line)
    if name in ("Title", "Caption", "Figure"):
        centred = look.is_official or name != "Title"
        form.alignment = WD_ALIGN_PARAGRAPH.CENTER if centred else WD_ALIGN_PARAGRAPH.LEFT
    if name in ("Table Text", "Figure"):
        form.line_spacing, form.space_before, form.space_after = 1.0, Pt(3), Pt(3)
    form.keep_with_next = heading or name == "Figure"


def _numbered(made: "Document", look: Manner) -> None:
    """Put a number on every page; an official document has it at the outer edge."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    section = made.sections[0]
    if not look.is_official:
        _foot(section.footer, look, WD_ALIGN_PARAGRAPH.CENTER)
        return
    made.settings.odd_and_even_pages_header_footer = True
    _foot(section.footer, look, WD_ALIGN_PARAGRAPH.RIGHT)
    _foot(section.even_page_footer, look, WD_ALIGN_PARAGRAPH.LEFT)


def _foot(footer: "_Footer", look: Manner, alignment: "WD_ALIGN_PARAGRAPH") -> None:
    from docx.shared import Pt

    paragraph = footer.paragraphs[0]
    paragraph.style = "Footer"
    paragraph.alignment = alignment
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Pt(14)
    word.fields(paragraph, say(look.page, page="{page}", pages="{pages}"))
