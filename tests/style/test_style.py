from io import BytesIO
from itertools import pairwise

import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from workbench import style


def grey(colour):
    red, green, blue = to_rgb(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_first_colours_differ_when_printed_in_grey():
    first = sorted(grey(colour) for colour in style.PALETTE[:3])
    assert min(b - a for a, b in pairwise(first)) > 0.03


def test_chinese_is_drawn_without_a_missing_glyph_and_byte_for_byte_alike():
    drawings = []
    for _ in range(2):
        with style.house():
            figure = Figure(figsize=(3, 2), layout="constrained")
            figure.subplots().set_title("贷款客户满意度 −1.5%")
            drawings.append(style.svg(figure))
    assert drawings[0] == drawings[1]
    assert b"<text" not in drawings[0]
    assert b"http://www.w3.org/2000/svg" in drawings[0]


@pytest.mark.parametrize("layout", ["constrained", "tight", None])
def test_the_bytes_are_those_of_savefig(layout):
    def drawn():
        figure = Figure(figsize=(5, 3), layout=layout)
        left, right = figure.subplots(1, 2)
        left.barh(["有担保", "无担保"], [1, 20_000], label="一")
        left.legend()
        right.plot([1, 5, 2], marker="o")
        right.set(title="逾期率", xlabel="月", yscale="log")
        return figure

    with style.house():
        usual = BytesIO()
        drawn().savefig(usual, format="svg", metadata={"Date": None, "Creator": None})
        assert style.svg(drawn()) == usual.getvalue()


def test_contrast_is_that_of_wcag():
    assert style.contrast("#FFFFFF", "#000000") == pytest.approx(21)
    # The grey at the limit of level AA on white, as its authors publish it.
    assert style.contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.005)
