import pandas as pd
from matplotlib.figure import Figure

from workbench.plots import pairs


def drawn():
    table = pd.DataFrame({"group": ["a", "b"], "was": [0.2, 0.7], "is": [0.4, 0.6]})
    return pairs.draw(
        table,
        rows="group",
        ends=(("was", "before"), ("is", "now")),
        unit="share",
        label="share",
        ax=Figure().subplots(),
    )


def test_each_row_becomes_a_pair_in_the_given_order_from_the_top():
    ax = drawn()
    assert [line.get_xdata().tolist() for line in ax.lines] == [[0.2, 0.7], [0.4, 0.6]]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]


def test_numbers_stand_outside_the_pair():
    sides = {text.get_text(): text.get_ha() for text in drawn().texts}
    assert sides == {"20.0%": "right", "40.0%": "left", "70.0%": "left", "60.0%": "right"}
