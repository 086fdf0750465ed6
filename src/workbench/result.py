"""What every analysis returns: a table, named facts, a finding and a figure that agree."""

import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Any, ClassVar

import pandas as pd

from workbench import schema, text
from workbench.text import formats

NO_BREAK = "\u00a0"
"""Space at which a line is not broken."""
BARE = "score"
"""Unit that writes percentage points as they are, without their name."""
WORDS = re.compile(r"(\D+)|(\d+)")
"""Words and numbers of a label: 2 comes before 10."""


@dataclass(frozen=True)
class Fact:
    """One named number.

    Attributes
    ----------
    value : float
        The number itself; NaN when it may not be shown.
    unit : str
        A key of `workbench.text.formats.UNITS`.
    low, high : float or None
        Interval, in the same unit.
    confidence : float or None
        Coverage of the interval.
    n : int or None
        Number of people, loans or answers it rests on; small ones are suppressed. A fact that
        quotes a row of the table carries that row's base, and disappears with it.
    """

    value: float
    unit: str
    low: float | None = None
    high: float | None = None
    confidence: float | None = None
    n: int | None = None

    def __format__(self, part: str) -> str:
        """Write the value, or `low`, `high`, `interval`, `signed`, `size`, `n` or `confidence`.

        `size` leaves the sign out, where the sentence says in words which way it went.
        """
        if part == "interval":
            return self._interval()
        if part == "n":
            return formats.number(self.n, "count")
        if part == "confidence":
            return f"{round(100 * (self.confidence or 0))}%"
        if part == "size":
            return formats.number(abs(self.value), self.unit)
        if part == "signed":
            return formats.signed(self.value, self.unit)
        ends = {"": self.value, "low": self.low, "high": self.high}
        return formats.number(ends[part], self.unit)

    def _interval(self) -> str:
        """Write both ends; percentage points are named once, behind the second."""
        points = self.unit == "pp"
        ends = [end and 100 * end if points else end for end in (self.low, self.high)]
        low, high = (formats.number(end, BARE if points else self.unit) for end in ends)
        written = text.say("format.interval", low=low, high=high)
        return text.say("format.pp", value=written) if points else written


@dataclass(frozen=True)
class Word:
    """A word in a finding that is not a number: a code of a value list, a day, or a proper name.

    `values` names the list, such as `segment`, or is `date` for a day or `month` for a month in ISO
    form; None means that `code` is a name, shown as it is, or as `said` in each language.
    """

    code: str
    values: str | None = None
    said: Mapping[str, str] | None = None

    def __str__(self) -> str:
        if self.said:
            return self.said[text.language()]
        if self.values == "date":
            return formats.day(date.fromisoformat(self.code))
        if self.values == "month":
            return formats.month(date.fromisoformat(f"{self.code}-01"))
        return schema.value(self.values, self.code) if self.values else self.code


def day_word(day: date) -> Word:
    """Return a calendar day as a word of a finding, written out in each language."""
    said = {}
    for language in text.LANGUAGES:
        with text.spoken(language):
            said[str(language)] = formats.day(day)
    return Word(day.isoformat(), said=said)


UNTOLD = "format.untold"
"""What is said in the place of a finding that quotes what was suppressed."""


@dataclass(frozen=True)
class Finding:
    """A sentence kept as the key of its text and the names of the facts it quotes."""

    key: str
    facts: tuple[str, ...] = ()
    words: Mapping[str, Word] = field(default_factory=dict)

    def say(self, facts: Mapping[str, Fact]) -> str:
        """Write the sentence in the current language."""
        quoted: dict[str, object] = {name: facts[name] for name in self.facts}
        return text.say(
            self.key, **quoted, **{name: str(word) for name, word in self.words.items()}
        )

    @property
    def is_untold(self) -> bool:
        """Tell whether it says no more than that the finding may not be told."""
        return self.key == UNTOLD

    def is_signed(self, fact: str) -> bool:
        """Tell whether the sentence writes `fact` with its sign, as it does with changes."""
        return f"{{{fact}:signed}}" in text.catalogue()[self.key][text.language()]


@dataclass(frozen=True)
class Column:
    """How one column of a result's table is headed and written.

    Attributes
    ----------
    name : str
        Column of the table.
    unit : str
        `text`, `code` (of the list `values`), `codes` (of several lists, each written `list:code`,
        joined by `|`), `title` (of the result of that name), `said` (cells hold a text per
        language), `date`, or a key of `formats.UNITS`.
    values : str or None
        Value list that a column of codes belongs to.
    interval : tuple of str or None
        Two more columns written as an interval behind the number.
    largest : tuple of str or None
        Columns with the largest contributions to a sum, two or more, largest first: a row whose sum
        gives its largest contribution away is suppressed. They are never shown or recorded.
    judged : bool
        Whether a code is worked out from the people behind the row: it is hidden with the numbers.
    units : str or None
        Column that names the unit of each row, where rows measure different things.
    signed : bool
        Whether numbers are changes, written with a plus sign when they are positive.
    """

    name: str
    unit: str = "text"
    values: str | None = None
    interval: tuple[str, str] | None = None
    largest: tuple[str, ...] | None = None
    judged: bool = False
    units: str | None = None
    signed: bool = False

    def numeric(self) -> bool:
        """Tell whether the column holds numbers."""
        return self.unit in formats.WRITERS

    def labels(self) -> bool:
        """Tell whether the column names the row, and stays where its numbers are suppressed."""
        return not (self.judged or self.numeric())

    def place(self, label: Any) -> Any:
        """Return what puts labels into an order that no measure of their rows decides."""
        if self.unit == "date":
            return str(label)
        if self.unit == "code" and self.values:
            listed = list(schema.values(self.values))
            return (listed.index(label) if label in listed else len(listed), str(label))
        return [(int(digits or 0), word) for word, digits in WORDS.findall(str(label))]

    def heading(self) -> str:
        """Return the heading in the current language."""
        return text.say(f"column.{self.name}")

    def beside(self, rows: Iterable[Mapping[str, Any]]) -> "Column":
        """Return this column as it is written for `rows`: amounts of money in one scale for all."""
        ends = (self.name, *(self.interval or ()))
        values = [row[end] for row in rows for end in ends] if self.unit == "money" else []
        return replace(self, unit=formats.common(self.unit, values))

    def cell(self, row: Mapping[str, Any]) -> str:
        """Write this column's cell of `row`."""
        value = row[self.name]
        if value is None or (not self.numeric() and _missing(value)):
            return formats.MISSING
        return self._measured(row) if self.numeric() else self._worded(value)

    def _worded(self, value: Any) -> str:
        if self.unit == "said":
            return str(value[text.language()])
        if self.unit == "code" and self.values:
            return schema.value(self.values, str(value))
        if self.unit == "codes":
            return text.say("format.joint").join(_code(part) for part in str(value).split("|"))
        if self.unit == "title":
            return text.say(f"{value}.title")
        if self.unit == "date":
            return formats.day(pd.Timestamp(value).date()).replace(" ", NO_BREAK)
        return str(value)

    def _measured(self, row: Mapping[str, Any]) -> str:
        unit = str(row[self.units]) if self.units else self.unit
        write = formats.signed if self.signed else formats.number
        written = write(row[self.name], unit)
        if not self.interval or written == formats.MISSING:
            return written
        value, *ends = (row[each] for each in (self.name, *self.interval))
        points = unit == "pp"
        if points:
            # Named once, behind all three numbers: in Chinese the unit is long.
            value, unit, ends = 100 * value, BARE, [end and 100 * end for end in ends]
            written = write(value, unit)
        low, high = (write(end, unit) for end in ends)
        if not low == high == formats.MISSING:
            written = f"{written} ({text.say('format.interval', low=low, high=high)})"
        return text.say("format.pp", value=written) if points else written


def _missing(value: Any) -> bool:
    return not isinstance(value, Mapping) and bool(pd.isna(value))


def _code(part: str) -> str:
    """Return the label of `list:code`; anything else stands for itself."""
    values, colon, code = part.partition(":")
    return schema.value(values, code) if colon and schema.is_list(values) else part


class Result(ABC):
    """A table, named facts, a finding and a figure that agree with one another.

    Subclasses are frozen dataclasses (`eq=False, repr=False`).

    Attributes
    ----------
    name : str
        Identifies the result inside a notebook, such as `survey.headline`; `<name>.title` in the
        catalogue is its title.
    table : DataFrame
        Codes and canonical column names, not labels.
    facts : mapping of str to Fact
        The numbers a sentence may quote.
    columns : tuple of Column
        The columns of `table` that are shown, in order.
    base : str or None
        Column of `table` that counts the people behind a row; rows below the disclosure threshold
        are suppressed before anything is shown.
    parts : bool
        Whether the rows are parts of one whole that a reader knows: then a suppressed row needs a
        partner, or it could be worked out from the others.
    wholes : tuple of tuple of str
        More wholes that a reader knows: rows that agree in these columns of `table` make up one.
    adds : tuple of str
        Counts besides `base` that must stay open in a suppressed row.
    sums : tuple of tuple of str
        Columns that add up in every row: the first is the sum of the others.
    row_facts : str or None
        Column whose codes are also names of facts, which repeat the rows' numbers: such a fact is
        suppressed with its row.
    about : str
        `people`, or `ledger` for figures about loans and branches, which an authorised credit
        report may show however small.
    unfolded : bool
        Whether its table stands open however long it is: a list that somebody acts on.
    folded : bool
        Whether its table is folded away on the page and stands in the appendix of the PDF, however
        short it is: sentence and figure say what a reader needs.
    figure : tuple of float or None
        Width and height of the figure in inches; None when there is none.
    key : tuple of str
        Facts that stand beside the finding where there is room for a few numbers, in order; empty
        when the ones it quotes are as good.
    moves : mapping of str to str
        Fact → the fact that is its change since the month before.
    sources : mapping of str to str
        Fact → where it was taken from, `<notebook>:<result>.<fact>`, and `@<day>` behind it when
        that report is of another day. Empty for results that work their numbers out themselves.
    quoted : mapping of language to (bytes, Chart or None)
        The figure as another record has it, in place of one to be drawn.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]]
    base: ClassVar[str | None] = None
    parts: ClassVar[bool] = False
    wholes: ClassVar[tuple[tuple[str, ...], ...]] = ()
    adds: ClassVar[tuple[str, ...]] = ()
    sums: ClassVar[tuple[tuple[str, ...], ...]] = ()
    row_facts: ClassVar[str | None] = None
    about: ClassVar[str] = "people"
    unfolded: ClassVar[bool] = False
    folded: ClassVar[bool] = False
    figure: ClassVar[tuple[float, float] | None] = (7.2, 3.6)
    key: ClassVar[tuple[str, ...]] = ()
    moves: Mapping[str, str] = MappingProxyType({})
    sources: Mapping[str, str] = MappingProxyType({})
    quoted: Mapping[str, tuple[bytes, Any]] = MappingProxyType({})

    @abstractmethod
    def summary(self) -> Finding:
        """Return the finding in one sentence."""

    def told(self, hidden: Collection[str] = ()) -> Finding:
        """Return the finding; where it quotes a fact that is `hidden`, that it cannot be told."""
        found = self.summary()
        return found if set(hidden).isdisjoint(found.facts) else Finding(UNTOLD)

    @classmethod
    def no_rows(cls) -> pd.DataFrame:
        """Return an empty table with all columns: of a result that nothing can be said about."""
        names = (name for column in cls.columns for name in (column.name, *(column.interval or ())))
        return pd.DataFrame(columns=list(names))

    def plot(self, ax: Any) -> Any:
        """Draw the finding on the matplotlib axes `ax`, in the current language."""
        raise TypeError(f"{self.name} has no figure")

    def title(self) -> str:
        """Return the title in the current language."""
        return text.say(f"{self.name}.title")

    def written(self, hidden: Collection[int] = ()) -> pd.DataFrame:
        """Return the table as a reader sees it: headings and cells in the current language.

        `hidden` holds the positions of rows whose numbers are suppressed.
        """
        small = text.say("format.suppressed")
        rows: list[dict[str, Any]] = self.table.to_dict("records")  # type: ignore[assignment]
        columns = [column.beside(rows) for column in self.columns]
        cells = [
            [c.cell(row) if at not in hidden or c.labels() else small for c in columns]
            for at, row in enumerate(rows)
        ]
        return pd.DataFrame(cells, columns=[column.heading() for column in self.columns])

    def __repr__(self) -> str:
        # No number: only `show` knows which ones rest on too few people.
        return f"<{type(self).__name__} {self.name!r}; show(...) displays it>"
