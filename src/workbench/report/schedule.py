"""In which order the notebooks of a run are executed, reused, tried again or left out.

One thread decides; the work is done by an executor. A notebook that fails takes only those with it
that need its record.
"""

import heapq
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

from workbench.errors import MachineError
from workbench.report import execute, gates, notebook
from workbench.report.cache import Cache, DamagedError
from workbench.report.execute import Job, Outcome
from workbench.report.pack import Limits, Retries
from workbench.report.progress import Progress, Silent


@dataclass(frozen=True)
class Task:
    """One notebook in a schedule.

    Attributes
    ----------
    job : Job
        What is to be executed; its name is unique in the schedule.
    record : Path
        Folder its results are written to.
    needs : tuple of str
        Jobs whose records it reads.
    key : str or None
        Hash of all that its outcome depends on; None when it may not be reused.
    """

    job: Job
    record: Path
    needs: tuple[str, ...] = ()
    key: str | None = None


@dataclass(frozen=True)
class Ended:
    """How a task ended.

    Attributes
    ----------
    task : Task
        Which.
    seconds : float
        How long the execution took, also when it was reused.
    failure : str or None
        Why there is no record.
    retries : int
        How often it was tried again.
    reused : str or None
        The run it was taken from, instead of being executed.
    """

    task: Task
    seconds: float = 0.0
    failure: str | None = None
    retries: int = 0
    reused: str | None = None

    @property
    def manifest(self) -> dict[str, object]:
        """Return what a manifest says of it."""
        return {
            "seconds": round(self.seconds, 1),
            "retries": self.retries,
            "reused": self.reused,
            "key": self.task.key,
        }


@dataclass(frozen=True)
class Terms:
    """On what terms notebooks are executed.

    Attributes
    ----------
    limits, retries : Limits, Retries
        How long each may take, and how often it is tried.
    cache : Cache
        Where executions are kept.
    fresh : bool
        Whether nothing is reused.
    """

    limits: Limits
    retries: Retries
    cache: Cache
    fresh: bool = False


class Schedule:
    """Executes `tasks` in `pool`, each after those it needs.

    Parameters
    ----------
    tasks : sequence of Task
        Without circles.
    terms : Terms
        Limits, retries and cache.
    pool : Executor
        Takes the jobs; it is shut down in the end. One that is not `local` must be able to pickle
        them, and is told nothing but the job.
    progress : Progress
        Is told what happens.
    local : bool
        Whether the pool's workers share this process.
    """

    def __init__(
        self,
        tasks: Sequence[Task],
        terms: Terms,
        pool: Executor,
        progress: Progress,
        *,
        local: bool,
    ) -> None:
        self._tasks = {task.job.name: task for task in tasks}
        self._order = TopologicalSorter({task.job.name: task.needs for task in tasks})
        self._terms, self._pool, self._progress, self._local = terms, pool, progress, local
        self._stops: list[Callable[[], None]] = []
        self._running: dict[Future[Outcome], Task] = {}
        self._later: list[tuple[float, str]] = []
        self._retries: dict[str, int] = {}
        self._ended: dict[str, Ended] = {}

    def run(self, on_end: Callable[[Ended], None]) -> Mapping[str, Ended]:
        """Run all tasks; `on_end` is told of each. Return how each ended, by the job's name.

        Raises
        ------
        OSError, MachineError
            The machine refused something that will not pass, or the executor lost its workers.
        """
        self._order.prepare()
        try:
            ended = self._begin_ready()
            while True:
                for each in ended:
                    on_end(each)
                if not self._order.is_active():
                    break
                ended = self._wait()
                # What became ready should be under way before a report is assembled.
                ended += self._begin_ready()
        except BaseException:
            # An interrupt must not wait for cells that may run for minutes.
            self._pool.shutdown(wait=False, cancel_futures=True)
            for stop in list(self._stops):
                stop()
            raise
        self._pool.shutdown()
        return self._ended

    def _begin_ready(self) -> list[Ended]:
        """Begin what is ready; return what ended at once, and made others ready by that."""
        ended: list[Ended] = []
        while names := self._order.get_ready():
            for name in names:
                if each := self._begin(self._tasks[name]):
                    ended.append(self._noted(each))
        return ended

    def _noted(self, ended: Ended) -> Ended:
        name = ended.task.job.name
        self._ended[name] = ended
        self._order.done(name)
        return ended

    def _begin(self, task: Task) -> Ended | None:
        """Submit a task; return how it ended when there is nothing to wait for."""
        missing = [name for name in task.needs if self._ended[name].failure]
        if missing:
            failure = f"{task.job.name} was not run, because it needs {', '.join(missing)}"
            self._progress.say(failure)
            return Ended(task, failure=failure)
        if reused := self._reused(task):
            return reused
        self._submit(task)
        return None

    def _submit(self, task: Task) -> None:
        local = (self._progress, self._stops) if self._local else (Silent(),)
        future = self._pool.submit(execute.one, task.job, self._terms.limits, *local)
        self._running[future] = task

    def _wait(self) -> list[Ended]:
        """Wait until something ends, or it is time to try something again."""
        pause = max(0.0, self._later[0][0] - time.monotonic()) if self._later else None
        if not self._running and pause is not None:
            time.sleep(pause)
        done, _ = wait(self._running, timeout=pause, return_when=FIRST_COMPLETED)
        while self._later and self._later[0][0] <= time.monotonic():
            self._submit(self._tasks[heapq.heappop(self._later)[1]])
        return [self._noted(ended) for future in done if (ended := self._finish(future))]

    def _finish(self, future: Future[Outcome]) -> Ended | None:
        task = self._running.pop(future)
        try:
            outcome = future.result()
        except BrokenExecutor as error:
            raise MachineError(f"the executor lost its workers: {error}; run again") from error
        name, tried = task.job.name, self._retries.get(task.job.name, 0)
        if not self._local:
            self._progress.finished(name, outcome.seconds, outcome.failure is not None)
        retries = self._terms.retries
        if outcome.passing in retries.on and tried < retries.times:
            seconds = retries.wait_seconds * 2**tried
            self._progress.say(f"{outcome.failure}; trying again in {seconds:g} s")
            self._retries[name] = tried + 1
            _emptied(task)
            heapq.heappush(self._later, (time.monotonic() + seconds, name))
            return None
        if outcome.failure is None:
            self._keep(task, outcome.seconds)
        return Ended(task, outcome.seconds, outcome.failure, tried)

    def _reused(self, task: Task) -> Ended | None:
        if task.key is None or self._terms.fresh:
            return None
        try:
            kept = self._terms.cache.fetch(task.key, task.job.executed, task.record)
        except DamagedError as error:
            self._progress.say(f"{task.job.name}: {error}; executing it again")
            return None
        if kept is None:
            return None
        self._progress.say(f"{task.job.name}: unchanged, reused from run {kept.run}")
        return Ended(task, kept.seconds, reused=kept.run)

    def _keep(self, task: Task, seconds: float) -> None:
        """Keep what may be reused: nothing that showed a warning, which could have passed."""
        if task.key is None or not _quiet(task.job.executed):
            return
        try:
            self._terms.cache.keep(task.key, task.job.executed, task.record, seconds)
        except OSError as error:
            self._progress.say(f"{task.job.name}: not kept for reuse: {error.strerror or error}")


def _quiet(executed: Path) -> bool:
    return not list(gates.outputs(notebook.executed(executed)))


def _emptied(task: Task) -> None:
    """Remove what a try left in the record, which must hold each result once."""
    shutil.rmtree(task.record, ignore_errors=True)
    task.record.mkdir(parents=True)
