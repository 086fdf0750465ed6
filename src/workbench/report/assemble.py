"""From executed notebooks and their records to a folder that may be published."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from workbench import record
from workbench.report import (
    changes,
    execute,
    formats,
    gates,
    kernel,
    notebook,
    page,
    parameters,
    publish,
    story,
)
from workbench.report import targets as limits
from workbench.report.dependence import Dependence
from workbench.report.formats import Format
from workbench.report.pack import Entry
from workbench.report.page import Report
from workbench.report.plan import Plan
from workbench.report.rendering import File, Rendering
from workbench.report.schedule import Ended
from workbench.text import Language


def content(
    plan: Plan,
    ended: Mapping[str, Ended],
    about: Mapping[str, object],
    dependence: Dependence,
    rendering: Rendering,
) -> list[dict[str, object]]:
    """Write stories, every format and the manifest into the plan's content folder, past all gates.

    Parameters
    ----------
    plan : Plan
        A plan whose notebooks were executed.
    ended : mapping of notebook to Ended
        How each execution went.
    about : mapping
        What the manifest says of the run besides.
    dependence : Dependence
        What results depend on, known from the run's other reports.
    rendering : Rendering
        Gives the contents of files; of this report alone.

    Returns
    -------
    list
        The facts beyond their limits, as the manifest lists them.

    Raises
    ------
    GateError
        The run may not be published.
    """
    found = changes.recorded(plan, dependence)
    reports: list[Report] = [*found.pages]
    reasons: list[str] = [*found.reasons]
    for entry in plan.pack.notebooks:
        cells = _cells(plan, entry)
        report = _report(plan, entry, cells)
        reasons += [f"{entry.name}: {reason}" for reason in _found(plan, entry, report, cells)]
        reports.append(found.opened(report))
    reasons += _lacking(plan, reports)
    gates.refuse(reasons, plan.refused)
    for name, kind, made in _files(plan, reports, found, rendering):
        (plan.content / name).write_bytes(made)
        if kind in formats.PAGES:
            refused = gates.page(made.decode("utf-8"), scripted=kind == "slides")
            reasons += [f"{name}: {reason}" for reason in refused]
    gates.refuse(reasons, plan.refused)
    crossed = [each.manifest() for each in _crossed(plan, reports)]
    known = {"crossed": crossed, "rendered_in": rendering.reused, **about}
    publish.seal(plan.content, _manifest(plan, reports, ended) | known)
    gates.refuse(gates.leaks(plan.content, plan.bank.folder), plan.refused)
    return crossed


def early(plan: Plan, name: str, rendering: Rendering) -> None:
    """Render the files of one notebook while others are executed, so that `content` finds them.

    Nothing is published by it, and nothing that another notebook reads is changed.
    """
    if plan.title is None:
        return  # every page says the title of the whole, which all notebooks together have
    (entry,) = (each for each in plan.pack.notebooks if each.name == name)
    report = _report(plan, entry, _cells(plan, entry))
    with TemporaryDirectory(dir=plan.work(name)) as place:
        found = changes.early(plan, name, report.recorded, Path(place))
        rendering.early(_own(plan, [found.opened(report)], found))


def _manifest(
    plan: Plan, reports: Iterable[Report], ended: Mapping[str, Ended]
) -> dict[str, object]:
    branch = plan.part.branch
    return {
        **plan.origin.manifest(),
        "branch": vars(branch) if branch else None,
        "title": {language: _title(plan, reports, language) for language in plan.pack.languages},
        "formats": plan.pack.formats,
        "disclosure": plan.pack.disclosure,
        "seed": kernel.HASH_SEED,
        "previous": publish.head(plan.origin.pack),
        "notebooks": {
            report.name: {
                "parameters": {name: value for name, value, _ in report.parameters},
                "facts": len(report.recorded.facts()),
                **ended[report.name].manifest,
            }
            for report in reports
            if report.name in ended
        },
    }


def _lacking(plan: Plan, reports: Iterable[Report]) -> Iterator[str]:
    """Refuse limits on facts that no notebook recorded."""
    if plan.part.is_share:
        return  # it has the facts of its own notebooks only
    known = {name for report in reports for name in report.recorded.facts()}
    for name in plan.pack.thresholds:
        if name not in known:
            yield f"fact {name!r} has a threshold, but is missing"


def _crossed(plan: Plan, reports: Iterable[Report]) -> Iterator[limits.Crossed]:
    for report in reports:
        yield from limits.crossed(report.name, report.recorded, plan.pack.thresholds)


def _cells(plan: Plan, entry: Entry) -> list[Any]:
    return notebook.executed(plan.work(entry.name) / execute.EXECUTED)


def _report(plan: Plan, entry: Entry, cells: Iterable[Mapping[str, Any]]) -> Report:
    recorded = record.read(plan.record(entry.name))
    told = story.told(cells, recorded)
    story.write(told, plan.record(entry.name))
    declared = parameters.declared(entry.path)
    given = plan.values[entry.name]
    return Report(
        name=entry.name,
        told=told,
        recorded=recorded,
        parameters=tuple(
            (name, repr(given.get(name, each.default)), each.meaning)
            for name, each in declared.items()
        ),
        code=tuple(
            (execute.label(cell, at), cell["source"])
            for at, cell in enumerate(cells)
            if cell["cell_type"] == "code" and cell["source"].strip()
        ),
        headlines=entry.headlines,
        audience=plan.pack.readers(),
    )


def _found(
    plan: Plan, entry: Entry, report: Report, cells: Iterable[Mapping[str, Any]]
) -> Iterator[str]:
    """Give the reasons not to publish one notebook."""
    return chain(
        gates.outputs(cells),
        gates.cells(report.recorded),
        gates.complete(entry, report.told, report.recorded, plan.pack.languages),
        gates.files(plan.record(entry.name)),
    )


def _files(
    plan: Plan, reports: list[Report], found: changes.Changes, rendering: Rendering
) -> Iterator[tuple[str, Format, bytes]]:
    """Give name, format and content of every file, the indexes included."""
    pack, origin = plan.pack, plan.origin
    for file, made in rendering.contents(_own(plan, reports, found)):
        yield file.name, file.kind, made
    for language in pack.languages:
        title = _title(plan, reports, language)
        audience = pack.audience.said(language) if pack.audience else None
        index = page.render_index(reports, origin, language, title, audience, pack.formats)
        yield page.index_address(language, pack.languages), "html", index.encode()


def _own(plan: Plan, reports: list[Report], found: changes.Changes) -> list[File]:
    """Return the files of `reports`, in every language and in each one's formats."""
    return [
        File(
            *(report, plan.origin, language, kind, _title(plan, reports, language)),
            *(_formats(plan, report), found.changed(language), plan.pack.deck_template),
        )
        for report in reports
        for kind in _formats(plan, report)
        for language in plan.pack.languages
    ]


def _formats(plan: Plan, report: Report) -> tuple[Format, ...]:
    own = {entry.name: entry.formats for entry in plan.pack.notebooks}
    return own.get(report.name) or plan.pack.formats


def _title(plan: Plan, reports: Iterable[Report], language: Language) -> str:
    if plan.title:
        return plan.title[language]
    branch = [plan.part.branch.name] if plan.part.branch else []
    return " · ".join([*(report.title(language) for report in reports), *branch])
