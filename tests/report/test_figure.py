import pytest

from workbench.report import figure

DRAWING = b"""<?xml version="1.0"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
 width="518.4pt" height="100pt" viewBox="0 0 518.4 100" onload="alert(1)">
<metadata><a href="http://x.example"/></metadata><style>*{fill:url(http://x.example)}</style>
<script>alert(1)</script><foreignObject><p>x</p></foreignObject>
<!-- said <b> in a comment -->
<defs><path id="glyph" d="M 0 0"/><clipPath id="cut"><rect width="1" height="1"/></clipPath></defs>
<g clip-path="url(#cut)"><use xlink:href="#glyph"/><use xlink:href="http://x.example/a.svg#b"/></g>
<image xlink:href="data:image/svg+xml;base64,AAAA"/>
<text onclick="x()">\xe6\x94\xaf\xe8\xa1\x8c</text>
</svg>"""


def test_only_harmless_parts_come_through():
    page = figure.inline(DRAWING, "f1", "标题")
    for gone in (
        "script",
        "alert",
        "http://x",
        "foreign",
        "onclick",
        "metadata",
        "comment",
        "AAAA",
    ):
        assert gone not in page
    assert page.startswith("<svg")
    assert "支行" in page


def test_ids_and_what_refers_to_them_carry_the_prefix():
    page = figure.inline(DRAWING, "f7", "")
    for kept in ('id="f7-glyph"', 'href="#f7-glyph"', 'id="f7-cut"', 'clip-path="url(#f7-cut)"'):
        assert kept in page


def test_a_figure_says_what_it_shows_and_fits_the_page():
    page = figure.inline(DRAWING, "f1", 'a "quoted" <label>')
    assert 'role="img"' in page
    assert 'aria-label="a &quot;quoted&quot; &lt;label&gt;"' in page
    assert 'viewBox="0 0 518.4 100"' in page
    assert "518.4pt" not in page


def test_words_hold_comments_and_text_but_no_coordinates():
    words = " ".join(figure.content(DRAWING).words)
    assert "in a comment" in words
    assert "支行" in words
    assert "M 0 0" not in words


def test_a_drawing_that_is_no_svg_is_an_error():
    with pytest.raises(SyntaxError):
        figure.inline(b"<svg", "f1", "")
