"""Executes the notebooks of a pack, each once, in kernels of their own.

papermill does it, as a library. It writes the partial notebook after every cell, so a failed run
can be looked into. Threads run several notebooks at once: papermill waits on sockets, and the
kernels are processes. The working directory is never changed, because it belongs to all threads.
"""

import asyncio
import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import papermill
from jupyter_core.utils import ensure_event_loop
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError

from workbench.errors import RunError
from workbench.report import kernel
from workbench.report.pack import Limits
from workbench.report.progress import Progress

EXECUTED = "executed.ipynb"
RUN = "run.json"
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
    """How a job went: the seconds it took, and why it failed, if it did."""

    job: Job
    seconds: float
    failure: str | None


class Watch:
    """Follows one notebook from cell to cell, and says how long the next one may take."""

    def __init__(self, job: Job, cells: int, limits: Limits, progress: Progress) -> None:
        self._job, self._cells, self._limits, self._progress = job, cells, limits, progress
        self._begun = time.monotonic()
        self._done = 0
        self.cell = "kernel start"

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


def everything(
    jobs: list[Job], limits: Limits, progress: Progress, *, at_once: int
) -> list[Outcome]:
    """Execute all `jobs`, `at_once` in parallel, and return their outcomes in the same order.

    Raises
    ------
    RunError
        A cell failed or took too long, or a kernel died. The other notebooks are finished first.
    """
    stops: list[Callable[[], None]] = []
    with ThreadPoolExecutor(max_workers=at_once) as pool:
        try:
            waiting = [pool.submit(one, job, limits, progress, stops) for job in jobs]
            outcomes = [future.result() for future in waiting]
        except BaseException:
            # An interrupt must not wait for cells that may run for minutes.
            pool.shutdown(wait=False, cancel_futures=True)
            for stop in list(stops):
                stop()
            raise
    failures = [outcome.failure for outcome in outcomes if outcome.failure]
    if failures:
        raise RunError("; ".join(failures))
    return outcomes


def one(job: Job, limits: Limits, progress: Progress, stops: list[Callable[[], None]]) -> Outcome:
    """Execute one job; a failing cell is an outcome, not an error."""
    source: Any = nbformat.reads(job.notebook.read_text("utf-8"), as_version=4)  # type: ignore[no-untyped-call]
    cells = sum(cell.cell_type == "code" for cell in source.cells) + bool(job.values)
    watch = Watch(job, cells, limits, progress)
    with kernel.private(job.environment, job.work, job.server) as manager, _event_loop():
        stops.append(manager.stop)
        reason = _reason(watch, lambda: _execute(source, job, manager, watch))
    failure = f"{job.name}, cell {watch.cell!r}: {reason}" if reason else None
    progress.finished(job.name, watch.seconds(), failure is not None)
    return Outcome(job, watch.seconds(), failure)


def label(cell: Mapping[str, Any], index: int) -> str:
    """Return the name of a code cell; the one papermill adds has a random id."""
    tags = cell.get("metadata", {}).get("tags", [])
    return "parameters" if "injected-parameters" in tags else str(cell.get("id", index))


@contextmanager
def _event_loop() -> Iterator[None]:
    """Close the event loop this thread gets, with whatever a dead kernel left waiting in it."""
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
    papermill.execute_notebook(
        source,
        _literally(job.executed),
        dict(job.values),
        kernel_name="python3",
        language="python",
        progress_bar=False,
        kernel_manager_class=manager,
        shutdown_kernel="immediate",
        timeout_func=watch.left,
        on_cell_execute=watch.begins,
    )


def _reason(watch: Watch, execute: Callable[[], None]) -> str | None:
    try:
        execute()
    except PapermillExecutionError as error:
        return _one_line(f"{error.ename}: {error.evalue}")
    except CellTimeoutError:
        return f"took too long and was stopped after {watch.seconds():.0f} s of the notebook"
    except (DeadKernelError, RuntimeError) as error:
        return _one_line(f"the kernel died ({error}); see {kernel.LOG} in the run's folder")
    return None


def _literally(path: Path) -> str:
    """Return `path` so that papermill, which fills in braces, leaves it as it is."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _one_line(message: str) -> str:
    plain = " ".join(re.sub(r"\x1b\[[0-9;]*m", "", message).split())
    return plain if len(plain) <= LONGEST_REASON else plain[: LONGEST_REASON - 1] + "…"
