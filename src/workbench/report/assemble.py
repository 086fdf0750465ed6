"""From executed notebooks and their records to a folder that may be published."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

import nbformat

from workbench import record
from workbench.report import changes, execute, gates, kernel, page, parameters, publish, story
from workbench.report.pack import Entry
from workbench.report.page import Report
from workbench.report.plan import Plan
from workbench.text import Language


def content(plan: Plan, seconds: Mapping[str, float]) -> None:
    """Write stories, pages and manifest into the plan's content folder, past all gates.

    Parameters
    ----------
    plan : Plan
        A plan whose notebooks were executed.
    seconds : mapping of str to float
        How long each took.

    Raises
    ------
    GateError
        The run may not be published.
    """
    found = changes.recorded(plan)
    reports: list[Report] = [*found.pages]
    reasons: list[str] = [*found.reasons]
    for entry in plan.pack.notebooks:
        cells = _cells(plan, entry)
        report = _report(plan, entry, cells)
        reasons += [f"{entry.name}: {reason}" for reason in _found(plan, entry, report, cells)]
        reports.append(found.opened(report))
    gates.refuse(reasons, plan.refused)
    for name, html in _pages(plan, reports):
        (plan.content / name).write_text(html, "utf-8")
        reasons += [f"{name}: {reason}" for reason in gates.page(html)]
    gates.refuse(reasons, plan.refused)
    notebooks = {
        report.name: {
            "parameters": {name: value for name, value, _ in report.parameters},
            "seconds": round(seconds[report.name], 1),
            "facts": len(report.recorded.facts()),
        }
        for report in reports
        if report.name in seconds
    }
    publish.seal(
        plan.content,
        {
            **plan.origin.manifest(),
            "seed": kernel.HASH_SEED,
            "notebooks": notebooks,
            "previous": publish.head(plan.origin.pack),
        },
    )
    gates.refuse(gates.leaks(plan.content, plan.bank.folder), plan.refused)


def _cells(plan: Plan, entry: Entry) -> list[Any]:
    executed = (plan.work(entry.name) / execute.EXECUTED).read_text("utf-8")
    notebook: Any = nbformat.reads(executed, as_version=4)  # type: ignore[no-untyped-call]
    return list(notebook.cells)


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


def _pages(plan: Plan, reports: list[Report]) -> Iterator[tuple[str, str]]:
    """Give the file name and the content of every page."""
    pack, origin = plan.pack, plan.origin
    for language in pack.languages:
        title = _title(plan, reports, language)
        for report in reports:
            html = page.render(report, origin, language, title)
            yield page.address(report.name, language), html
        audience = pack.audience.said(language) if pack.audience else None
        index = page.render_index(reports, origin, language, title, audience)
        yield page.index_address(language, pack.languages), index


def _title(plan: Plan, reports: Iterable[Report], language: Language) -> str:
    if plan.pack.title:
        return plan.pack.title.said(language)
    return " · ".join(report.title(language) for report in reports)
