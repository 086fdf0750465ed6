"""Executes one notebook, in a kernel of its own.

papermill does it, as a library, imported when something is executed: a run that reuses all needs
none. It writes the partial notebook, so a failed run can be looked into. The working directory is
never changed, because it belongs to all threads.
"""

import asyncio
import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.report import kernel, notebook, transient
from workbench.report.pack import Limits, Transient
from workbench.report.progress import Progress

EXECUTED = "executed.ipynb"
RUN = "run.json"
STARTING = "kernel start"
"""Where a notebook is before its first cell begins."""
LONGEST_REASON = 300

logging.getLogger("papermill").addHandler(logging.NullHandler())
logging.getLogger("papermill").propagate = False


@dataclass(frozen=True)
class Job:
    """One notebook to execute.

    Attributes
    ----------
    name : str
        The notebook's name.
    notebook, work : Path
        The source, and the folder that takes the executed copy and the kernel's log.
    values : mapping
        Parameters that differ from the defaults, already checked.
    environment : mapping
        What the kernel's environment says beyond the runner's.
    server : Path or None
        What the kernel is forked from, see `kernel.source`; None for an ordinary kernel.
    """

    name: str
    notebook: Path
    work: Path
    values: Mapping[str, object]
    environment: Mapping[str, str]
    server: Path | None = None

    @property
    def executed(self) -> Path:
        """Return the file of the executed copy."""
        return self.work / EXECUTED


@dataclass(frozen=True)
class Outcome:
    """How a job went: the seconds it took, and why it failed, if it did.

    `passing` is the kind of a failure that may pass by itself; None for any other.
    """

    job: Job
    seconds: float
    failure: str | None
    passing: Transient | None = None


class Watch:
    """Follows one notebook from cell to cell, and says how long the next one may take."""

    def __init__(self, job: Job, cells: int, limits: Limits, progress: Progress) -> None:
        self._job, self._cells, self._limits, self._progress = job, cells, limits, progress
        self._begun = time.monotonic()
        self._done = 0
        self.cell = STARTING

    def begins(self, cell: Mapping[str, Any], cell_index: int) -> None:
        """Note that a code cell begins."""
        self.cell = label(cell, cell_index)
        self._progress.cell(self._job.name, self.cell, self._done, self._cells)
        self._done += 1

    def seconds(self) -> float:
        """Return the seconds since the notebook began."""
        return time.monotonic() - self._begun

    def left(self, cell: Mapping[str, Any] | None = None) -> float:
        """Return the seconds the next cell has, by its own limit and the notebook's."""
        whole = self._limits.notebook_seconds - self.seconds()
        return max(0.01, min(self._limits.cell_seconds, whole))


def one(
    job: Job, limits: Limits, progress: Progress, stops: list[Callable[[], None]] | None = None
) -> Outcome:
    """Execute one job; a failing cell is an outcome, not an error.

    What stops its kernel is added to `stops`.
    """
    source = notebook.read(job.notebook)
    cells = sum(cell.cell_type == "code" for cell in source.cells) + bool(job.values)
    watch = Watch(job, cells, limits, progress)
    with kernel.private(job.environment, job.work, job.server) as manager, _event_loop():
        if stops is not None:
            stops.append(manager.stop)
        reason, passing = _reason(watch, lambda: _execute(source, job, manager, watch))
    failure = f"{job.name}, cell {watch.cell!r}: {reason}" if reason else None
    progress.finished(job.name, watch.seconds(), failure is not None)
    return Outcome(job, watch.seconds(), failure, passing)


def label(cell: Mapping[str, Any], index: int) -> str:
    """Return the name of a code cell; the one papermill adds has a random id."""
    tags = cell.get("metadata", {}).get("tags", [])
    return "parameters" if "injected-parameters" in tags else str(cell.get("id", index))


@contextmanager
def _event_loop() -> Iterator[None]:
    """Close the event loop this thread gets, with whatever a dead kernel left waiting in it."""
    from jupyter_core.utils import ensure_event_loop

    loop = ensure_event_loop()
    try:
        yield
    finally:
        waiting = asyncio.all_tasks(loop)
        for task in waiting:
            task.cancel()
        if waiting:
            loop.run_until_complete(asyncio.gather(*waiting, return_exceptions=True))
        loop.close()
        asyncio.set_event_loop(None)


def _execute(source: Any, job: Job, manager: type[Any], watch: Watch) -> None:
    import papermill

    from workbench.report import engine

    papermill.execute_notebook(
        source,
        _literally(job.executed),
        dict(job.values),
        kernel_name="python3",
        language="python",
        engine_name=engine.NAME,
        progress_bar=False,
        kernel_manager_class=manager,
        shutdown_kernel="immediate",
        timeout_func=watch.left,
        on_cell_execute=watch.begins,
    )


def _reason(watch: Watch, execute: Callable[[], None]) -> tuple[str | None, Transient | None]:
    """Return why `execute` failed, and whether that may pass; a machine's other errors go on."""
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    try:
        execute()
    except PapermillExecutionError as error:
        said = _one_line(f"{error.ename}: {error.evalue}")
        return said, transient.of_cell(error.ename, error.evalue, "\n".join(error.traceback))
    except CellTimeoutError:
        return f"took too long and was stopped after {watch.seconds():.0f} s of the notebook", None
    except (DeadKernelError, RuntimeError) as error:
        said = _one_line(f"the kernel died ({error}); see {kernel.LOG} in the run's folder")
        return said, "kernel start" if watch.cell == STARTING else None
    except OSError as error:
        if (passing := transient.of_machine(error)) is None:
            raise
        return _one_line(str(error)), passing
    return None, None


def _literally(path: Path) -> str:
    """Return `path` so that papermill, which fills in braces, leaves it as it is."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _one_line(message: str) -> str:
    plain = " ".join(re.sub(r"\x1b\[[0-9;]*m", "", message).split())
    return plain if len(plain) <= LONGEST_REASON else plain[: LONGEST_REASON - 1] + "…"
