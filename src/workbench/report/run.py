"""From an order to a published report: check, execute, assemble, publish."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from workbench import settings
from workbench.errors import WorkbenchError
from workbench.report import pack as packs
from workbench.report import provenance, publish, source
from workbench.report.pack import Entry
from workbench.report.plan import Plan
from workbench.report.progress import Progress
from workbench.text import Language

if TYPE_CHECKING:
    from workbench.report.execute import Job, Outcome

FAILURE = "failure.txt"


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
    kernel : str or None
        Kind of the kernels, see `kernel.source`; chosen by the number of notebooks when None.
    """

    targets: Sequence[str]
    pairs: Mapping[str, str] = field(default_factory=dict)
    as_of: str | None = None
    snapshot: str | None = None
    languages: tuple[Language, ...] | None = None
    bank: Path | None = None
    kernel: str | None = None


@dataclass(frozen=True)
class Published:
    """A published report: the index to open, and what it is pinned to."""

    index: Path
    pack: str
    run: str
    bank: str
    snapshot: str
    as_of: str
    seconds: float


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
    with publish.explained(plan.place), publish.locked(name), _noted(plan.place):
        outcomes = _executed(plan, order.kernel, progress)
        progress.say("checking and publishing")
        _assembled(plan, outcomes)
        folder = publish.release(plan.content, name, origin.run)
    return Published(
        index=folder / "index.html",
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


@contextmanager
def _noted(place: Path) -> Iterator[None]:
    """Make the run's folder, for this user only; a failure is noted in it."""
    place.mkdir(parents=True, mode=0o700)
    try:
        yield
    except WorkbenchError as error:
        (place / FAILURE).write_text(f"{error}\n", "utf-8")
        raise


def _executed(plan: Plan, kind: str | None, progress: Progress) -> "list[Outcome]":
    from workbench.report import kernel

    at_once = min(len(plan.pack.notebooks), os.cpu_count() or 1)
    environment = kernel.threads(at_once)
    # The server imports its libraries while this process imports papermill.
    with kernel.source(kind, len(plan.pack.notebooks)) as server:
        from workbench.report import execute

        jobs = [_job(plan, entry, environment, server) for entry in plan.pack.notebooks]
        return execute.everything(jobs, plan.pack.limits, progress, at_once=at_once)


def _job(plan: Plan, entry: Entry, environment: Mapping[str, str], server: Path | None) -> "Job":
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
    return execute.Job(entry.name, entry.path, work, plan.values[entry.name], here, server)


def _assembled(plan: Plan, outcomes: "Sequence[Outcome]") -> None:
    from workbench.report import assemble

    assemble.content(plan, {outcome.job.name: outcome.seconds for outcome in outcomes})
