import pandas as pd
from matplotlib.figure import Figure

from workbench.plots import intervals


def drawn(values):
    table = pd.DataFrame(
        {
            "group": ["SME", "retail"],
            "value": values,
            "low": [v - 0.1 for v in values],
            "high": [v + 0.1 for v in values],
        }
    )
    ax = Figure().subplots()
    return intervals.draw(table, rows="group", unit="share", label="share", ax=ax)


def test_each_row_becomes_one_dot_in_the_given_order_from_the_top():
    ax = drawn([0.2, 0.7])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["SME", "retail"]
    assert ax.lines[-1].get_xdata().tolist() == [0.2, 0.7]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]


def test_a_row_without_a_value_is_named_and_not_labelled():
    ax = drawn([0.2, float("nan")])
    assert [text.get_text() for text in ax.texts] == ["20.0%"]
    assert len(ax.get_yticklabels()) == 2
