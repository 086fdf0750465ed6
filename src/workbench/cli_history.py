"""Commands about what was published: history, verify, diff, and signing and publishing drafts."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Literal

import typer

from workbench.errors import WorkbenchError

Run = Annotated[str, typer.Argument(metavar="RUN", help="Run, or the beginning of its id.")]
RunOrPack = Annotated[
    str, typer.Argument(metavar="RUN | PACK", help="Run, or a pack for its latest one.")
]
AsJson = Annotated[bool, typer.Option("--json", help="As one line of JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    for command in (history, verify, diff, sign, publish, discard):
        app.command()(command)


def history(
    pack: Annotated[
        str | None, typer.Argument(metavar="PACK", help="Only this pack; all by default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List runs, the newest first: when, snapshot, state, who signed, how many facts."""
    from workbench.report import history as runs

    chosen = [runs.known(pack)] if pack else runs.packs()
    found = [run for name in chosen for run in runs.runs(name)]
    if as_json:
        failures = {name: runs.failure(name) for name in chosen}
        _line({"runs": [run.brief() for run in found], "failed": failures})
        return
    for run in found:
        typer.echo("\t".join(_columns(run)))
    for name in chosen:
        if (behind := runs.failure(name)) is not None:
            good = next((run for run in found if run.pack == name and run.is_latest), None)
            last = f"last good of {good.as_of}" if good else "nothing good yet"
            typer.echo(f"{name}: {last}, failed on {behind['as_of']} (run {behind['run']})")


def verify(target: RunOrPack) -> None:
    """Check every file of a published run, and the chain of manifests back to the first.

    Names the first thing that is wrong and ends with code 6. Prints one line of JSON at the end.
    """
    from workbench.report import verify as verification

    with _summarised():
        _line({"status": "verified", **vars(verification.verified(target))})


def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="The earlier run.")],
    now: Annotated[str, typer.Argument(metavar="B", help="The later run, or a pack.")],
    as_json: AsJson = False,
) -> None:
    """Compare two runs: data, parameters and code, facts, and rows of tables, each apart."""
    from workbench.report import diff as comparison

    found = comparison.diff(before, now)
    if as_json:
        _line(found.values())
        return
    for line in found.lines():
        typer.echo(line)


def sign(
    run: Run,
    stage: Annotated[
        Literal["prepared", "checked"],
        typer.Option("--as", help="Whether you prepared (经办) or checked (复核) it."),
    ],
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="Your name.")],
) -> None:
    """Sign a draft: who prepared it, and another person who checked it.

    Prints one line of JSON at the end: the run and who signed it.
    """
    from workbench.report import draft

    with _summarised():
        signed = draft.sign(run, stage, name)
        people = {each["stage"]: each["name"] for each in signed.signed}
        _line({"status": "signed", "pack": signed.pack, "run": signed.run, **people})


def publish(run: Run) -> None:
    """Publish a draft that was signed by both: it becomes the latest report.

    Prints one line of JSON at the end: the index page.
    """
    from workbench.report import finish, history, progress

    with _summarised(), progress.shown() as shown:
        found = history.find(run)
        done = finish.publish_draft(found.name, shown.say)
        index = done.folder / "index.html"
        _line({"status": done.status, "pack": found.pack, "run": found.run, "index": index})


def discard(run: Run) -> None:
    """Remove a draft that is not to be published; what is published stays.

    Prints one line of JSON at the end.
    """
    from workbench.report import draft

    with _summarised():
        gone = draft.discard(run)
        _line({"status": "discarded", "pack": gone.pack, "run": gone.run})


def _columns(run: Any) -> tuple[str, ...]:
    state = f"{run.state} (latest)" if run.is_latest else run.state
    signed = ", ".join(f"{each['stage']} {each['name']}" for each in run.signed)
    return (run.pack, run.run, str(run.as_of), run.snapshot, state, f"{run.facts} facts", signed)


@contextmanager
def _summarised() -> Iterator[None]:
    """Say in the last line of stdout, too, that a command failed."""
    try:
        yield
    except WorkbenchError as error:
        _line({"status": "failed", "exit_code": error.exit_code, "error": str(error)})
        raise


def _line(values: Any) -> None:
    typer.echo(json.dumps(values, ensure_ascii=False, default=str))
