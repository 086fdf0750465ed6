"""Whether published reports are as they were published: every file, and the chain of manifests."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import DataError, ParameterError
from workbench.report import history, publish
from workbench.report.history import Run


@dataclass(frozen=True)
class Verified:
    """What was found to be whole.

    Attributes
    ----------
    pack, head : str
        The pack, and the run the chain was followed from.
    manifest : str
        SHA-256 of that run's manifest: kept elsewhere, it proves the whole chain.
    runs, files : int
        Runs in the chain, and files compared.
    removed : int
        Runs of which only the manifest was kept.
    first : str
        The first run of the chain.
    """

    pack: str
    head: str
    manifest: str
    runs: int
    files: int
    removed: int
    first: str


def verified(name: str) -> Verified:
    """Check the run or pack called `name`, and every run before it.

    Raises
    ------
    DataError
        Something was changed, added or removed; the first thing found is named.
    ParameterError
        There is no such run, or it was never published.
    """
    run = history.find(name)
    if run.state not in (history.PUBLISHED, history.REMOVED, history.ASIDE, history.DRAFT):
        raise ParameterError(f"run {run.run} failed: there is nothing to verify")
    if (problem := next(problems(run), None)) is not None:
        raise DataError(f"{run.pack}: {problem}")
    links = list(_chain(run))
    return Verified(
        pack=run.pack,
        head=run.run,
        manifest=publish.digest(run.file),
        runs=len(links),
        files=sum(len(each.manifest["files"]) for each in links if each.folder),
        removed=sum(each.folder is None for each in links),
        first=links[-1].run,
    )


def problems(run: Run) -> Iterator[str]:
    """Yield what is wrong with `run` and the runs before it, the newest first."""
    known = _known(run.pack)
    seen: set[str] = set()
    current: Run | None = run
    while current is not None:
        seen.add(current.run)
        yield from content(current)
        before = current.previous
        if before is None:
            return
        found = known.get(before["run"])
        if found is None:
            yield f"run {before['run']}, which came before {current.run}, is missing"
            return
        if publish.digest(found.file) != before["manifest"]:
            yield f"the manifest of run {found.run} is not the one that {current.run} followed"
        if found.run in seen:
            yield f"run {found.run} follows itself"
            return
        current = found


def content(run: Run) -> Iterator[str]:
    """Yield what is wrong with the files of `run` itself."""
    if run.manifest.get("run") != run.run or run.manifest.get("pack", run.pack) != run.pack:
        yield f"the manifest in {run.run} belongs to run {run.manifest.get('run')!r}"
    if run.folder is None:
        return
    listed: Mapping[str, str] = run.manifest["files"]
    there = dict(_files(run.folder))
    for name, digest in listed.items():
        if name not in there:
            yield f"run {run.run}: {name} is missing"
        elif there[name].is_symlink() or publish.digest(there[name]) != digest:
            yield f"run {run.run}: {name} was changed"
    yield from (f"run {run.run}: {name} was added" for name in there if name not in listed)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    own = (publish.MANIFEST, history.SIGNATURES)
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if (path.is_symlink() or not path.is_dir()) and name not in own:
            yield name, path


def _known(pack: str) -> dict[str, Run]:
    kept = (history.PUBLISHED, history.REMOVED, history.ASIDE)
    return {run.run: run for run in history.runs(pack) if run.state in kept}


def _chain(run: Run) -> Iterator[Run]:
    known = {**_known(run.pack), run.run: run}
    names = history.chain(run.run, {name: each.manifest for name, each in known.items()})
    return (known[name] for name in names)
