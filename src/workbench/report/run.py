"""From an order to published reports: check, execute, assemble, publish."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from workbench import settings
from workbench.errors import ParameterError
from workbench.report import (
    executor,
    formats,
    history,
    parameters,
    parts,
    provenance,
    publish,
    source,
)
from workbench.report import pack as packs
from workbench.report.formats import Format
from workbench.report.pack import Pack
from workbench.report.parts import Part, Shard
from workbench.report.plan import Plan, Whole
from workbench.report.progress import Progress
from workbench.report.provenance import Provenance, Source
from workbench.report.targets import Deadline
from workbench.text import Language

BRANCH = "branch"
"""The parameter that takes the branch, in notebooks that declare it."""


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
    languages, formats : tuple or None
        What to publish in and as; the pack's when None.
    bank : Path or None
        Folder of the bank; the default bank when None.
    fresh : bool
        Whether every notebook is executed, also those that an earlier run executed unchanged.
    shard : str or None
        This machine's share of the work, as `i/n`; all of it when None.
    executor : str or None
        What executes the notebooks, as `module:factory`; threads of this process when None.
    kernel : str or None
        Kind of the kernels, see `kernel.source`; chosen by the number of notebooks when None.
    """

    targets: Sequence[str]
    pairs: Mapping[str, str] = field(default_factory=dict)
    as_of: str | None = None
    snapshot: str | None = None
    languages: tuple[Language, ...] | None = None
    formats: tuple[Format, ...] | None = None
    bank: Path | None = None
    fresh: bool = False
    shard: str | None = None
    executor: str | None = None
    kernel: str | None = None


@dataclass(frozen=True)
class Published:
    """What was published or kept as a draft, what it is pinned to, and how it went.

    Attributes
    ----------
    index : Path
        The page to open.
    reused : list of str
        Notebooks that were taken from an earlier run, because nothing they depend on has changed.
    rendered : mapping of str to int
        Files of reports that were `reused`, as rendered by an earlier run, and those `made`.
    retries : int
        How often a notebook was tried again.
    deadline : mapping or None
        When it was due, and whether that was met.
    crossed : list of mapping
        Facts beyond their limits.
    parts : mapping of str to Path
        The index of each part's report, when there is more than one.
    status : str
        `published` or `draft`.
    """

    index: Path
    pack: str
    run: str
    bank: str
    snapshot: str
    as_of: str
    seconds: float
    reused: Sequence[str] = ()
    rendered: Mapping[str, int] = field(default_factory=dict)
    retries: int = 0
    deadline: Mapping[str, object] | None = None
    crossed: Sequence[Mapping[str, object]] = ()
    parts: Mapping[str, Path] = field(default_factory=dict)
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
        Of a pack of several reports, those that are well are published all the same.
    """
    from workbench.report.session import Session

    begun = time.monotonic()
    whole = _whole(order, progress)
    with (
        publish.explained(whole.place),
        _locked(whole.plans),
        history.attempt(whole.place, whole.origin),
    ):
        session = Session(whole, progress, begun)
        session.execute(fresh=order.fresh, maker=order.executor, kind=order.kernel)
        done = session.done()
    return Published(
        pack=whole.pack.name,
        run=whole.origin.run,
        bank=whole.origin.bank["zh"],
        snapshot=whole.origin.snapshot,
        as_of=whole.origin.as_of.isoformat(),
        seconds=round(time.monotonic() - begun, 1),
        **done,
    )


def _whole(order: Order, progress: Progress) -> Whole:
    pack = _changed(packs.chosen(order.targets), order)
    shard = Shard.read(order.shard) if order.shard else None
    if shard and pack.review:
        raise ParameterError(
            f"--shard {shard} of {pack.name!r}, a pack under review: two people sign one report; "
            "run it whole"
        )
    values = packs.values(pack, order.pairs)
    executor.require(order.executor)
    bank = source.opened(order.bank, order.snapshot, source.day(order.as_of), progress)
    every = parts.every(pack, bank, shard)
    own = parts.mine(pack, every, shard)
    origin = provenance.here(pack.name, bank, pack.languages)
    place = settings.home() / "reports" / "runs" / origin.run
    now = datetime.now().astimezone()
    return Whole(
        pack=pack,
        plans=[_plan(pack, part, values, bank, origin, place) for part in own],
        every=every,
        origin=origin,
        place=place,
        deadline=Deadline.of(pack.deadline, now) if pack.deadline else None,
    )


def _changed(pack: Pack, order: Order) -> Pack:
    """Return `pack` with what the order says instead."""
    told = {"languages": order.languages, "formats": order.formats}
    changed = pack.model_copy(update={name: value for name, value in told.items() if value})
    formats.require(changed.formats, changed.deck_template)
    return changed


def _plan(
    pack: Pack,
    part: Part,
    values: Mapping[str, Mapping[str, object]],
    bank: Source,
    origin: Provenance,
    place: Path,
) -> Plan:
    own = {entry.name: dict(values[entry.name]) for entry in part.notebooks}
    for entry in part.notebooks:
        declared = parameters.declared(entry.path)
        if part.branch and BRANCH in declared:
            own[entry.name][BRANCH] = declared[BRANCH].checked(part.branch.id)
    return Plan(
        pack=pack.model_copy(update={"notebooks": part.notebooks}),
        part=part,
        values=own,
        bank=bank,
        origin=replace(origin, pack=part.name),
        place=place / part.short if part.short else place,
    )


@contextmanager
def _locked(plans: Sequence[Plan]) -> Iterator[None]:
    """Hold every part that this run makes; none, when another run holds one of them."""
    with ExitStack() as held:
        for plan in plans:
            held.enter_context(publish.locked(plan.part.name))
        yield
