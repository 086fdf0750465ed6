"""From an order to a published report: check, execute, assemble, publish."""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from workbench import settings
from workbench.report import finish, history, provenance, publish, source
from workbench.report import pack as packs
from workbench.report.pack import Entry
from workbench.report.plan import Plan
from workbench.report.progress import Progress
from workbench.text import Language

if TYPE_CHECKING:
    from workbench.report.execute import Job, Outcome


@dataclass(frozen=True)
class Order:
    """What is to be run.

    Attributes
    ----------
    targets : sequence of str
        One pack, or notebooks by name or path.
    pairs : mapping of str to str
        Parameters as text.
    as_of, snapshot : str or None
        What the run is pinned to; the bank's newest when None.
    languages : tuple or None
        Languages to publish in; the pack's when None.
    bank : Path or None
        Folder of the bank; the default bank when None.
    """

    targets: Sequence[str]
    pairs: Mapping[str, str] = field(default_factory=dict)
    as_of: str | None = None
    snapshot: str | None = None
    languages: tuple[Language, ...] | None = None
    bank: Path | None = None


@dataclass(frozen=True)
class Published:
    """A published report or a draft: the index to open, and what it is pinned to."""

    index: Path
    pack: str
    run: str
    bank: str
    snapshot: str
    as_of: str
    seconds: float
    status: str = "published"


def run(order: Order, progress: Progress) -> Published:
    """Execute and publish `order`.

    Raises
    ------
    ParameterError
        A pack, notebook, parameter or option is unknown or wrong; no kernel was started.
    RunError, GateError, LockedError, MachineError
        A cell failed; the run may not be published; another run is under way; the disk is full.
        The last published report is unchanged, and what was done so far stays in `reports/runs`.
    """
    begun = time.monotonic()
    plan = _plan(order, progress)
    name, origin = plan.pack.name, plan.origin
    with publish.explained(plan.place), publish.locked(name), history.attempt(plan.place, origin):
        outcomes = _executed(plan, progress)
        progress.say("checking and publishing")
        _assembled(plan, outcomes)
        done = finish.finish(plan.content, plan.pack, origin.pack, origin.run, progress.say)
    return Published(
        status=done.status,
        index=done.folder / "index.html",
        pack=name,
        run=origin.run,
        bank=origin.bank["zh"],
        snapshot=origin.snapshot,
        as_of=origin.as_of.isoformat(),
        seconds=round(time.monotonic() - begun, 1),
    )


def _plan(order: Order, progress: Progress) -> Plan:
    pack = packs.chosen(order.targets)
    if order.languages:
        pack = pack.model_copy(update={"languages": order.languages})
    values = packs.values(pack, order.pairs)
    bank = source.opened(order.bank, order.snapshot, source.day(order.as_of), progress)
    origin = provenance.here(pack.name, bank, pack.languages)
    return Plan(pack, values, bank, origin, settings.home() / "reports" / "runs" / origin.run)


def _executed(plan: Plan, progress: Progress) -> "list[Outcome]":
    from workbench.report import execute, kernel

    at_once = min(len(plan.pack.notebooks), os.cpu_count() or 1)
    jobs = [_job(plan, entry, kernel.threads(at_once)) for entry in plan.pack.notebooks]
    return execute.everything(jobs, plan.pack.limits, progress, at_once=at_once)


def _job(plan: Plan, entry: Entry, environment: Mapping[str, str]) -> "Job":
    from workbench.report import execute

    work, record, bank = plan.work(entry.name), plan.record(entry.name), plan.bank
    for folder in (work, record):
        folder.mkdir(parents=True)
    told = settings.Run(
        *(record, bank.folder, bank.snapshot, bank.as_of.isoformat(), plan.pack.languages),
        audience=plan.pack.disclosure,
    )
    told.write(work / execute.RUN)
    here = {**environment, "WORKBENCH_RUN": str(work / execute.RUN)}
    return execute.Job(entry.name, entry.path, work, plan.values[entry.name], here)


def _assembled(plan: Plan, outcomes: "Sequence[Outcome]") -> None:
    from workbench.report import assemble

    assemble.content(plan, {outcome.job.name: outcome.seconds for outcome in outcomes})
