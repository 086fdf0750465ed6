"""One run under way: notebooks are executed, and each report is published once all of its own are.

What fails concerns its own report: of the others each is published, or stays as it was.
"""

import json
import os
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from workbench import settings
from workbench.errors import RunError, WorkbenchError
from workbench.report import assemble, executor, finish, history, kernel, overview, publish, tasks
from workbench.report.cache import Cache
from workbench.report.dependence import Dependence
from workbench.report.plan import Plan, Whole
from workbench.report.progress import Progress
from workbench.report.rendering import Rendering
from workbench.report.schedule import Ended, Schedule, Terms

SECONDS = "run_seconds"


class Session:
    """Executes and publishes `whole`, which began at `begun` of the monotonic clock."""

    def __init__(self, whole: Whole, progress: Progress, begun: float) -> None:
        self._whole, self._progress, self._begun = whole, progress, begun
        self._plan_of: dict[str, Plan] = {}
        self._ended: dict[str, dict[str, Ended]] = {}
        self._crossed: list[Mapping[str, object]] = []
        self._indexes: dict[str, Path] = {}
        self._errors: dict[str, WorkbenchError] = {}
        self._status = history.PUBLISHED
        self._dependence = Dependence(whole.plans[0].bank)
        self._rendered = {"reused": 0, "made": 0}
        self._kept = Cache(settings.home() / "reports" / "cache", whole.origin.run)
        self._rendering: dict[str, Rendering] = {}
        self._ahead = ThreadPoolExecutor(1, "rendering")

    def execute(self, *, fresh: bool, maker: str | None, kind: str | None) -> None:
        """Execute all notebooks, and publish each report as soon as its own have ended.

        `kind` is that of the kernels, see `kernel.source`; workers of somebody else's executor
        start ordinary ones, since they may be elsewhere.
        """
        whole = self._whole
        self._warn(_usual(whole.pack.name))
        terms = Terms(whole.pack.limits, whole.pack.retries, self._kept, fresh)
        jobs = sum(len(plan.pack.notebooks) for plan in whole.plans)
        at_once = min(jobs, os.cpu_count() or 1)
        threads = kernel.threads(at_once)
        every = []
        for plan in whole.plans:
            own = tasks.of_plan(plan, threads, self._dependence)
            self._plan_of |= {task.job.name: plan for task in own}
            every += own
            self._rendering[plan.part.name] = Rendering(
                self._kept, self._dependence, self._progress.say, fresh=fresh
            )
        pool = executor.opened(maker, at_once)
        left = sum(fresh or not self._kept.has(task.key) for task in every) if maker is None else 0
        with kernel.source(kind if left else kernel.ORDINARY, left) as server:
            forked = [replace(task, job=replace(task.job, server=server)) for task in every]
            try:
                Schedule(forked, terms, pool, self._progress, local=maker is None).run(self._note)
            finally:
                self._rest()
        self._kept.sweep()

    def done(self) -> dict[str, Any]:
        """Return what is to be said of the run; the index of its reports is published.

        Raises
        ------
        WorkbenchError
            A report was not published, why, and which were.
        """
        whole = self._whole
        self._warn(None)
        said = self._said()
        index = self._index(said) if whole.divided else self._indexes.get(whole.pack.name)
        if self._errors:
            raise self._failed(said)
        return {"index": index, "status": self._status, **said}

    def _index(self, said: Mapping[str, object]) -> Path | None:
        """Publish the list of reports, unless none of this run's was published."""
        if not self._indexes:
            return None
        failed = {name: str(error) for name, error in self._errors.items()}
        try:
            return overview.publish_index(self._whole, failed, self._about(), self._progress.say)
        except WorkbenchError as error:
            error.details |= said
            raise

    def _said(self) -> dict[str, Any]:
        ended = [each for own in self._ended.values() for each in own.values()]
        return {
            "reused": [each.task.job.name for each in ended if each.reused],
            "rendered": self._rendered,
            "retries": sum(each.retries for each in ended),
            "deadline": self._about()["deadline"],
            "crossed": self._crossed,
            "parts": self._parts(),
        }

    def _parts(self) -> dict[str, Path]:
        """Return the index of each report, by what tells it apart; nothing of a single one."""
        if not self._whole.divided:
            return {}
        return {name.rpartition("/")[2]: index for name, index in self._indexes.items()}

    def _note(self, ended: Ended) -> None:
        """Note that a notebook ended; publish its report when it was the last one of it."""
        plan = self._plan_of[ended.task.job.name]
        own = self._ended.setdefault(plan.part.name, {})
        own[ended.task.record.name] = ended
        if len(own) < len(plan.pack.notebooks):
            self._look_ahead(plan, ended)
            return
        self._ahead.shutdown()
        try:
            with publish.explained(plan.place):
                self._publish(plan, own)
        except WorkbenchError as error:
            self._errors[plan.part.name] = error
            with suppress(OSError):
                history.note_failure(plan.origin, error)

    def _look_ahead(self, plan: Plan, ended: Ended) -> None:
        """Render the files of a notebook while others go on, which leaves less for the end.

        Of many reports each is published while others go on, and nothing is to be gained.
        """
        if not self._whole.divided and not ended.failure:
            rendering = self._rendering[plan.part.name]
            self._ahead.submit(assemble.early, plan, ended.task.record.name, rendering)

    def _rest(self) -> None:
        """Render nothing ahead any more."""
        for rendering in self._rendering.values():
            rendering.stop()
        self._ahead.shutdown(cancel_futures=True)

    def _publish(self, plan: Plan, own: Mapping[str, Ended]) -> None:
        failures = [each.failure for each in own.values() if each.failure]
        if failures:
            raise RunError("; ".join(failures))
        self._progress.say(f"checking and publishing {plan.part.name}")
        rendering = self._rendering[plan.part.name]
        crossed = assemble.content(plan, own, self._about(), self._dependence, rendering)
        self._count(plan, rendering)
        done = finish.finish(
            plan.content, plan.pack, plan.part.name, plan.origin.run, self._progress.say
        )
        part = {"part": plan.part.short} if plan.part.short else {}
        self._crossed += [{**part, **each} for each in crossed]
        self._indexes[plan.part.name] = done.folder / "index.html"
        self._status = done.status

    def _count(self, plan: Plan, rendering: Rendering) -> None:
        """Count the files of a report, and say how many of them were rendered before."""
        reused, made = len(rendering.reused), rendering.made
        self._rendered["reused"] += reused
        self._rendered["made"] += made
        if reused:
            self._progress.say(
                f"{plan.part.name}: {reused} of {reused + made} files unchanged, rendered before"
            )

    def _about(self) -> dict[str, object]:
        """Return what a manifest that is written now says of the run."""
        deadline = self._whole.deadline
        return {
            SECONDS: round(time.monotonic() - self._begun, 3),
            "deadline": deadline.manifest(_now()) if deadline else None,
        }

    def _failed(self, said: Mapping[str, object]) -> WorkbenchError:
        errors = list(self._errors.values())
        kinds = [type(error) for error in errors]
        kind = RunError if RunError in kinds else kinds[0]
        whole = self._whole
        message = "; ".join(str(error) for error in errors)
        if whole.divided:
            message = f"{len(errors)} of {len(whole.plans)} reports were not published: {message}"
        ended = [each for own in self._ended.values() for each in own.values()]
        failed = [each.task.job.name for each in ended if each.failure]
        pinned = {"pack": whole.pack.name, "run": whole.origin.run, "failed": failed}
        return kind(message, {**pinned, **said})

    def _warn(self, usual: float | None) -> None:
        if self._whole.deadline:
            self._whole.deadline.warn(_now(), usual, self._progress)


def _usual(pack: str) -> float | None:
    """Return how long the last published run of `pack` took; None when that is not known."""
    latest = publish.latest(pack)
    try:
        manifest = json.loads((latest / publish.MANIFEST).read_text("utf-8")) if latest else {}
        return float(manifest[SECONDS])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _now() -> datetime:
    return datetime.now().astimezone()
