"""How far a run is, on the terminal: bars for a person, one line per notebook for a log."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID


class Progress(Protocol):
    """Is told what happens; called from several threads at once."""

    def say(self, line: str) -> None:
        """Show a line."""

    def cell(self, notebook: str, cell: str, done: int, total: int) -> None:
        """Show that `cell` begins, after `done` of `total` code cells of `notebook`."""

    def finished(self, notebook: str, seconds: float, failed: bool) -> None:
        """Show that `notebook` is through."""


class Silent:
    """Shows nothing."""

    def say(self, line: str) -> None:
        """Show nothing."""

    def cell(self, notebook: str, cell: str, done: int, total: int) -> None:
        """Show nothing."""

    def finished(self, notebook: str, seconds: float, failed: bool) -> None:
        """Show nothing."""


class Lines:
    """Writes plain lines, for a terminal that is none: a log, a pipe, a scheduler."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._begun = time.monotonic()

    def say(self, line: str) -> None:
        """Write `line` behind the seconds since the run began."""
        self._stream.write(f"{time.monotonic() - self._begun:6.1f} s  {line}\n")
        self._stream.flush()

    def cell(self, notebook: str, cell: str, done: int, total: int) -> None:
        """Write which cell begins."""
        self.say(f"{notebook}: {cell} ({done + 1}/{total})")

    def finished(self, notebook: str, seconds: float, failed: bool) -> None:
        """Write how long the notebook took."""
        self.say(f"{notebook}: {'failed' if failed else 'done'} in {seconds:.1f} s")


class Bars:
    """Draws one bar per notebook, with the cell and the elapsed time."""

    def __init__(self, bars: "RichProgress") -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def say(self, line: str) -> None:
        """Write `line` above the bars."""
        self._bars.console.print(line, markup=False, highlight=False)

    def cell(self, notebook: str, cell: str, done: int, total: int) -> None:
        """Move the notebook's bar to `cell`."""
        if notebook not in self._tasks:
            self._tasks[notebook] = self._bars.add_task("", name=notebook, cell=cell, total=total)
        self._bars.update(self._tasks[notebook], completed=done, total=total, cell=cell)

    def finished(self, notebook: str, seconds: float, failed: bool) -> None:
        """Fill the notebook's bar, or say that it failed."""
        if notebook not in self._tasks:
            return
        task = self._tasks[notebook]
        total = self._bars.tasks[task].total
        self._bars.update(task, cell="failed" if failed else "done")
        if not failed:
            self._bars.update(task, completed=total)
        self._bars.stop_task(task)


@contextmanager
def shown() -> Iterator[Progress]:
    """Give the progress that suits the terminal; it writes to stderr, results go to stdout."""
    if not sys.stderr.isatty():
        yield Lines(sys.stderr)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as RichProgress

    columns = (
        TextColumn("{task.fields[name]}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[cell]}", markup=False, style="dim"),
    )
    with RichProgress(*columns, console=Console(stderr=True)) as bars:
        yield Bars(bars)
