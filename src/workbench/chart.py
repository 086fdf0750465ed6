"""What a figure shows, as data: formats that have charts of their own draw it again from this.

The drawing functions note it on the axes they draw on, so that a chart of a deck or a workbook
has the numbers, names and colours of the figure. Drawings without such a note are pictures.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DIGITS = 6
"""Significant digits a chart keeps: more would tell counts that were never shown."""

ROOM = 0.06
"""Smallest part of a stacked bar that has room for its number."""

Kind = Literal["ranked", "stacked", "columns", "lines"]


@dataclass(frozen=True)
class Series:
    """Numbers of one colour: their name, one number for each category, and the colour as #rrggbb.

    A number that may not be shown, or that there is none of, is None.
    """

    name: str
    values: tuple[float | None, ...]
    colour: str


@dataclass(frozen=True)
class Chart:
    """A bar or line chart in one language.

    Attributes
    ----------
    kind : str
        `ranked` (a horizontal bar a row), `stacked` (horizontal bars cut into parts), `columns`
        (upright bars over time) or `lines`.
    categories : tuple of str
        The rows from the top, or the places from the left.
    series : tuple of Series
        The numbers.
    unit : str
        Unit of the numbers, a key of `workbench.text.formats.UNITS`.
    label : str
        What the number axis shows.
    strong : tuple of bool
        Which bars of a single series stand out; empty when none does.
    reference : float or None
        A value all bars are compared with.
    """

    kind: Kind
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str
    label: str
    strong: tuple[bool, ...] = ()
    reference: float | None = None

    def whole(self) -> float:
        """Return the longest bar of a stacked chart, rounded where it is a whole."""
        rows = zip(*(series.values for series in self.series), strict=True)
        sums = (sum(value or 0 for value in row) for row in rows)
        return round(max(sums, default=1.0), 4) or 1.0

    def labelled(self, series: Series) -> tuple[bool, ...]:
        """Tell which numbers of `series` are written beside, or into, what is drawn.

        All of a ranking, those of parts that have room, of bars that stand out, and the last one of
        a line.
        """
        if self.kind == "stacked":
            least = ROOM * self.whole()
            return tuple(value is not None and value >= least for value in series.values)
        known = [at for at, value in enumerate(series.values) if value is not None]
        chosen = {"ranked": known, "lines": known[-1:]}.get(self.kind)
        if chosen is None:
            chosen = [at for at in known if self.strong and self.strong[at]]
        return tuple(at in chosen for at in range(len(series.values)))

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "Chart":
        """Return a chart from plain values, as `dataclasses.asdict` gives them."""
        series = tuple(
            Series(each["name"], tuple(each["values"]), each["colour"]) for each in stored["series"]
        )
        tuples = {name: tuple(stored[name]) for name in ("categories", "strong")}
        return cls(**{**stored, **tuples, "series": series})


_noted: "WeakKeyDictionary[Axes, Chart]" = WeakKeyDictionary()


def values(numbers: Iterable[float]) -> tuple[float | None, ...]:
    """Return `numbers` as a series holds them: to the digits that a drawing can show."""
    return tuple(
        None if math.isnan(number) else float(f"{number:.{DIGITS}g}")
        for number in map(float, numbers)
    )


def note(ax: "Axes", chart: Chart) -> None:
    """Note that what was drawn on `ax` is `chart`; one without categories is left a drawing."""
    if chart.categories:
        _noted[ax] = chart


def of(figure: "Figure") -> Chart | None:
    """Return the chart that `figure` is; None when it is another kind of drawing, or several."""
    found = [_noted.get(ax) for ax in figure.axes]
    return found[0] if len(found) == 1 else None
