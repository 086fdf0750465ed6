import matplotlib.figure
import pandas as pd

from workbench.plots import quadrants


def drawn(points):
    table = pd.DataFrame(points, columns=["label", "x", "y", "marked"])
    ends = {
        f"{axis}_{end}": table[axis] + by
        for axis in "xy"
        for end, by in (("low", -0.1), ("high", 0.1))
    }
    return quadrants.draw(
        table.assign(**ends),
        rows="label",
        scales=(("score", "across"), ("share", "up")),
        quadrants=["a", "b", "c", "d"],
        cuts=(4.0, 0.2),
        ax=matplotlib.figure.Figure().subplots(),
    )


def test_every_point_is_named_and_every_quadrant():
    ax = drawn([("one", 3.5, 0.1, False), ("two", 4.5, 0.4, True)])
    assert {text.get_text() for text in ax.texts} == {"one", "two", "a", "b", "c", "d"}
    assert ax.get_xlabel() == "across"
    assert sorted(line.get_xdata().tolist() for line in ax.lines[:2]) == [[3.5], [4.5]]


def test_names_of_neighbours_stand_on_sides_away_from_each_other():
    ax = drawn([("left", 4.0, 0.20, False), ("right", 4.02, 0.21, False), ("far", 5, 0.5, False)])
    side = {text.get_text(): (text.get_ha(), text.get_va()) for text in ax.texts[:3]}
    assert side["left"] == ("right", "top")
    assert side["right"] == ("left", "bottom")


def test_a_single_point_is_drawn():
    assert len(drawn([("one", 3.5, 0.1, True)]).texts) == 5


def boxes(ax, names):
    renderer = ax.figure.canvas.get_renderer()
    return [text.get_window_extent(renderer) for text in ax.texts if text.get_text() in set(names)]


def test_long_names_close_to_one_another_do_not_lie_on_one_another():
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    names = ["wholesale and retail", "manufacturing", "farming and fishing", "hotels"]
    places = [(5.0, 0.400), (6.5, 0.397), (3.9, 0.404), (-4.0, 0.1)]
    ax = drawn([(n, *at, False) for n, at in zip(names, places, strict=True)])
    FigureCanvasAgg(ax.figure).draw()
    found = boxes(ax, names)
    assert len(found) == 4
    assert not any(a.overlaps(b) for at, a in enumerate(found) for b in found[:at])
    dots = ax.transData.transform(places)
    assert not any(box.contains(*dot) for box in found for dot in dots)
