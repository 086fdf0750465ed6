from io import BytesIO
from itertools import pairwise

import matplotlib as mpl
import pytest
from matplotlib.axis import Axis
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text

from workbench import style
from workbench.style import vector


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


def test_what_is_kept_of_ticks_and_texts_changes_no_byte_and_nothing_outlasts_a_figure():
    def drawn(layout="constrained"):
        figure = Figure(figsize=(11, 8), layout=layout)
        axes = figure.subplots(2, 2, sharex=True)
        for at, ax in enumerate(axes.flat):
            ax.plot([0, 1e5 * (at + 1)], [0.1, 1234.5])
            ax.set_ylabel("余额\n（万元）" if at % 2 else "Rate")
            ax.tick_params("x", rotation=30)
        axes[0, 0].text(0.1, 0.5, "long words that are wrapped " * 4, wrap=True).set_in_layout(
            False
        )
        axes[0, 1].text(0, 0, "turned", rotation=40, transform_rotates_text=True)
        axes[1, 0].annotate("here", (1e5, 1000), (0, 200), arrowprops={"arrowstyle": "->"})
        figure.align_ylabels()
        return figure

    before = Axis._update_ticks, Axis._get_ticklabel_bboxes, Text._get_layout
    with style.house():
        usual = BytesIO()
        drawn().savefig(usual, format="svg", metadata={"Date": None, "Creator": None})
        assert style.svg(drawn()) == usual.getvalue()
        broken = drawn()
        broken.axes[0].yaxis.set_major_formatter(lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            style.svg(broken)
    assert (Axis._update_ticks, Axis._get_ticklabel_bboxes, Text._get_layout) == before


def test_the_house_style_holds_whatever_was_set_before_and_leaves_no_trace():
    with mpl.rc_context({"font.size": 40, "lines.linewidth": 9, "timezone": "Asia/Shanghai"}):
        before = dict(mpl.rcParams)
        with style.house():
            assert (mpl.rcParams["font.size"], mpl.rcParams["lines.linewidth"]) == (10.5, 2)
            assert mpl.rcParams["timezone"] == "Asia/Shanghai"
            mpl.rcParams["lines.linewidth"] = 7
        assert dict(mpl.rcParams) == before
    with style.house():
        assert mpl.rcParams["lines.linewidth"] == 2


def test_contrast_is_that_of_wcag():
    assert style.contrast("#FFFFFF", "#000000") == pytest.approx(21)
    # The grey at the limit of level AA on white, as its authors publish it.
    assert style.contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize(
    ("said", "lines"),
    [
        ("Log-odds of acceptance per 10 bp more", "Log-odds of acceptance\nper 10 bp more"),
        ("提价后的变动（越靠左越敏感）", "提价后的变动\n（越靠左越敏感）"),
        ("接受的对数几率变动", "接受的对\n数几率变动"),
        ("Unbroken", "Unbroken"),
    ],
)
def test_a_line_breaks_near_its_middle(said, lines):
    assert vector.in_two(said) == lines


@pytest.mark.parametrize("said", ["Log-odds of acceptance per 10 bp more (left)", "提价" * 12])
def test_what_an_axis_shows_stays_within_the_figure(said):
    def drawn(rows):
        figure = Figure(figsize=(4, 2), layout="constrained")
        ax = figure.subplots()
        ax.barh(rows, [1, 2])
        ax.set_xlabel(said)
        canvas = vector.Canvas(figure)
        canvas.drawn()
        return ax.xaxis.label, canvas.get_renderer()

    with style.house():
        label, renderer = drawn(["Consumer-loan customers, by lot", "b"])
        assert label.get_text() == vector.in_two(said)
        box = label.get_window_extent(renderer)
        assert box.x0 >= 0
        assert box.x1 <= 4 * vector.DPI
        assert drawn(["a", "b"])[0].get_text() == said
