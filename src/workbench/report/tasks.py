"""The notebooks of a plan as tasks: folders to work in, what kernels are told, what they need."""

from collections.abc import Mapping
from dataclasses import replace
from graphlib import TopologicalSorter
from pathlib import Path

from workbench import settings
from workbench.report import execute, published_records
from workbench.report.dependence import Dependence, Setting
from workbench.report.execute import Job
from workbench.report.pack import Entry
from workbench.report.plan import Plan
from workbench.report.schedule import Task


def of_plan(plan: Plan, environment: Mapping[str, str], dependence: Dependence) -> list[Task]:
    """Make the folders of `plan` and return its notebooks as tasks, needed ones first.

    Parameters
    ----------
    environment : mapping
        What every kernel's environment says beyond the runner's.
    """
    upstream = plan.pack.upstream()
    entries = {entry.name: entry for entry in plan.pack.notebooks}
    keys: dict[str, str | None] = {}
    tasks = []
    for name in TopologicalSorter(
        {each: own.values() for each, own in upstream.items()}
    ).static_order():
        entry, needed = entries[name], upstream[name]
        elsewhere = published_records.found(plan, entry.reads)
        setting = _setting(plan, entry, needed, keys, environment)
        sums = {each: published_records.digest(place) for each, place in elsewhere.items()}
        setting = replace(setting, upstream={**setting.upstream, **sums})
        keys[name] = dependence.key(entry, setting)
        job = _job(plan, entry, needed, environment, elsewhere)
        needs = tuple(label(plan, each) for each in dict.fromkeys(needed.values()))
        tasks.append(Task(job, plan.record(name), needs, keys[name]))
    return tasks


def label(plan: Plan, notebook: str) -> str:
    """Return the name of a notebook's job: unique in a run, and what a log says."""
    return f"{plan.part.short}/{notebook}" if plan.part.short else notebook


def _setting(
    plan: Plan,
    entry: Entry,
    needed: Mapping[str, str],
    keys: Mapping[str, str | None],
    environment: Mapping[str, str],
) -> Setting:
    return Setting(
        values=plan.values[entry.name],
        languages=plan.pack.languages,
        disclosure=plan.pack.disclosure,
        branches=_branches(plan),
        upstream={need: keys[provider] for need, provider in needed.items()},
        environment=environment,
    )


def _job(
    plan: Plan,
    entry: Entry,
    needed: Mapping[str, str],
    environment: Mapping[str, str],
    elsewhere: Mapping[str, Path],
) -> Job:
    work, record, bank = plan.work(entry.name), plan.record(entry.name), plan.bank
    for folder in (work, record):
        folder.mkdir(parents=True)
    told = settings.Run(
        *(record, bank.folder, bank.snapshot, bank.as_of.isoformat(), plan.pack.languages),
        audience=plan.pack.disclosure,
        branches=_branches(plan),
        upstream={
            **{need: plan.record(provider) for need, provider in needed.items()},
            **elsewhere,
        },
    )
    told.write(work / execute.RUN)
    here = {**environment, "WORKBENCH_RUN": str(work / execute.RUN)}
    values = plan.values[entry.name]
    return Job(label(plan, entry.name), entry.path, work, values, here)


def _branches(plan: Plan) -> tuple[str, ...]:
    return (plan.part.branch.id,) if plan.part.branch else ()
