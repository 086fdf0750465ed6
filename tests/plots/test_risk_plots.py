import pandas as pd
import pytest
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from workbench.plots import axes, columns, intervals, lines, ranked, reliability, targets
from workbench.style import ACCENT, MUTED


def test_ranked_bars_stand_in_the_given_order_and_the_strong_ones_stand_out():
    table = pd.DataFrame({"name": ["a", "b"], "value": [0.5, 0.2], "strong": [True, False]})
    ax = ranked.draw(table, rows="name", unit="number", label="value", ax=Figure().subplots())
    assert [bar.get_width() for bar in ax.patches] == [0.5, 0.2]
    assert [bar.get_facecolor() for bar in ax.patches] == [to_rgba(ACCENT), to_rgba(MUTED)]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]


def test_columns_label_the_last_bar_and_the_numbers_of_strong_ones():
    table = pd.DataFrame(
        {"month": [f"m{at}" for at in range(30)], "value": 0.01, "strong": [False] * 29 + [True]}
    )
    ax = columns.draw(table, columns="month", unit="share", label="moved", ax=Figure().subplots())
    labels = [label.get_text() for label in ax.get_xticklabels()]
    assert labels[-1] == "m29"
    assert len(labels) <= 12
    assert [text.get_text() for text in ax.texts] == ["1.0%"]


def test_lines_are_named_and_bear_their_last_number():
    table = pd.DataFrame({"at": ["a", "b"], "one": [0.1, 0.2], "two": [0.3, None]})
    ax = lines.draw(
        table,
        columns="at",
        lines={"one": "One", "two": "Two"},
        unit="share",
        label="share",
        ax=Figure().subplots(),
    )
    assert [line.get_label() for line in ax.lines] == ["One", "Two"]
    assert [text.get_text() for text in ax.texts] == ["20.0%", "30.0%"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "b"]


def test_the_reliability_curve_draws_rate_over_prediction_and_the_line_of_equality():
    table = pd.DataFrame(
        {"predicted": [0.01, 0.2], "observed": [0.02, 0.3], "low": [0.0, 0.2], "high": [0.05, 0.4]}
    )
    ax = reliability.draw(
        table, label="rate", predicted="prediction", equal="equal", ax=Figure().subplots()
    )
    line, dots = ax.lines
    assert line.get_xdata().tolist() == line.get_ydata().tolist()
    assert (dots.get_xdata().tolist(), dots.get_ydata().tolist()) == ([0.01, 0.2], [0.02, 0.3])
    assert ax.get_xlim() == ax.get_ylim()


def test_ticks_of_small_rates_do_not_run_into_each_other():
    ticks = axes.rates(0.05)
    assert ticks[0] == 0
    assert ticks == sorted(set(ticks))
    assert 0.9 <= axes.rates(1.0)[-1] <= 1


def test_bare_numbers_of_an_axis_have_the_decimals_that_all_of_them_need():
    assert [axes.tick(at, "number", (0.0, 0.5, 1.0)) for at in (0.0, 0.5, 1.0)] == [
        "0.0",
        "0.5",
        "1.0",
    ]
    assert axes.tick(-1500, "number", (-1500.0, 0.0)) == "\u22121,500"
    assert axes.tick(0.75, "ratio", (0.75, 1.0)) == "0.75"
    assert axes.tick(1.0, "ratio", (0.75, 1.0)) == "1.00"


def test_targets_on_a_square_root_scale_begin_at_zero_and_reach_every_mark():
    table = pd.DataFrame(
        {"grade": ["1"], "value": [0.1], "low": [0.05], "high": [0.2], "target": [0.3]}
    )
    names = ("observed", "expected")
    ax = Figure().subplots()
    targets.draw(table, rows="grade", unit="share", label="r", names=names, ax=ax, rooted=True)
    assert ax.get_xlim() == pytest.approx((0, 1.08 * 0.3))
    assert [text.get_text() for text in ax.get_xticklabels()] == [
        "0%",
        "1%",
        "5%",
        "10%",
        "20%",
        "30%",
    ]


def test_dots_without_an_interval_bear_their_number_and_strong_ones_stand_out():
    table = pd.DataFrame(
        {"name": ["a", "b"], "value": [0.1, 0.2], "low": [0.05, None], "high": [0.2, None]}
    ).assign(strong=[False, True])
    ax = intervals.draw(table, rows="name", unit="share", label="r", ax=Figure().subplots())
    assert [text.xy[0] for text in ax.texts] == [0.2, 0.2]
    assert ax.lines[-1].get_xdata().tolist() == [0.2]


def test_targets_draw_the_rate_and_what_was_expected():
    table = pd.DataFrame(
        {"grade": ["1"], "value": [0.1], "low": [0.05], "high": [0.2], "target": [0.12]}
    )
    ax = targets.draw(
        table,
        rows="grade",
        unit="share",
        label="rate",
        names=("observed", "expected"),
        ax=Figure().subplots(),
    )
    assert [line.get_xdata().tolist() for line in ax.lines] == [[0.1], [0.12]]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["observed", "expected"]
    assert ax.get_xlabel() == pytest.approx("rate")
