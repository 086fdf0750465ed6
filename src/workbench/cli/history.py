"""Commands about what was published: history, verify, diff, site, and signing drafts."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from workbench.cli import terminal

Run = Annotated[str, typer.Argument(metavar="RUN", help="Run, or the beginning of its id.")]
RunOrPack = Annotated[
    str, typer.Argument(metavar="RUN | PACK", help="Run, or a pack for its latest one.")
]
AsJson = Annotated[bool, typer.Option("--json", help="As one line of JSON.")]


@terminal.app.command()
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
        terminal.line({"runs": [run.brief() for run in found], "failed": failures})
        return
    for run in found:
        typer.echo("\t".join(_columns(run)))
    for name in chosen:
        if (behind := runs.failure(name)) is not None:
            good = next((run for run in found if run.pack == name and run.is_latest), None)
            last = f"last good of {good.as_of}" if good else "nothing good yet"
            typer.echo(f"{name}: {last}, failed on {behind['as_of']} (run {behind['run']})")


@terminal.app.command()
def verify(target: RunOrPack) -> None:
    """Check every file of a published run, and the chain of manifests back to the first.

    Names the first thing that is wrong and ends with code 6. Prints one line of JSON at the end.
    """
    from workbench.report import verify as verification

    with terminal.summarised():
        terminal.line({"status": "verified", **vars(verification.verified(target))})


@terminal.app.command()
def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="The earlier run.")],
    now: Annotated[str, typer.Argument(metavar="B", help="The later run, or a pack.")],
    as_json: AsJson = False,
) -> None:
    """Compare two runs: data, parameters and code, facts, and rows of tables, each apart."""
    from workbench.report import diff as comparison

    found = comparison.diff(before, now)
    if as_json:
        terminal.line(found.values())
        return
    for line in found.lines():
        typer.echo(line)


@terminal.app.command()
def mail(
    target: Annotated[
        str,
        typer.Argument(metavar="RUN | PACK | latest", help="A published run, or the latest one."),
    ],
    to: Annotated[
        list[str], typer.Option("--to", metavar="ADDRESS", help="To whom; may be repeated.")
    ],
    sender: Annotated[
        str | None, typer.Option("--from", metavar="ADDRESS", help="From whom, if that is known.")
    ] = None,
    lang: Annotated[
        Literal["zh", "en"] | None, typer.Option(help="Language; the report's first by default.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The .eml file; <pack>-<day>.<lang>.eml.")
    ] = None,
) -> None:
    """Write a published report as a mail for the bank's own server: findings and deck. Not sent.

    Prints one line of JSON at the end: the file, and what is in it.
    """
    from workbench.report import mail as mails

    with terminal.summarised():
        readers = mails.checked(to, "--to")
        writer = mails.checked([sender], "--from")[0] if sender else None
        run = mails.found(target)
        made = mails.message(run, lang, readers, writer)
        spoken = lang or run.manifest["languages"][0]
        named = f"{run.pack.replace('/', '-')}-{run.as_of}.{spoken}.eml"
        place = mails.write(run, made, (out or Path(named)).resolve())
        attached = [each.get_filename() for each in made.iter_attachments()]
        terminal.line({"status": "written", "file": place, "run": run.run, "attached": attached})


@terminal.app.command()
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

    with terminal.summarised():
        signed = draft.sign(run, stage, name)
        people = {each["stage"]: each["name"] for each in signed.signed}
        terminal.line({"status": "signed", "pack": signed.pack, "run": signed.run, **people})


@terminal.app.command()
def publish(run: Run) -> None:
    """Publish a draft that was signed by both: it becomes the latest report.

    Prints one line of JSON at the end: the index page.
    """
    from workbench.report import finish, history, progress

    with terminal.summarised(), progress.shown() as shown:
        found = history.find(run)
        done = finish.publish_draft(found.name, shown.say)
        index = done.folder / "index.html"
        terminal.line({"status": done.status, "pack": found.pack, "run": found.run, "index": index})


@terminal.app.command()
def discard(run: Run) -> None:
    """Remove a draft that is not to be published; what is published stays.

    Prints one line of JSON at the end.
    """
    from workbench.report import draft

    with terminal.summarised():
        gone = draft.discard(run)
        terminal.line({"status": "discarded", "pack": gone.pack, "run": gone.run})


@terminal.app.command()
def site(
    check: Annotated[
        bool, typer.Option("--check", help="Compare every file of every report again.")
    ] = False,
) -> None:
    """Make the index site anew: all reports, runs and numbers over time, a folder per audience.

    Prints one line of JSON at the end: the page to open of each audience.
    """
    from workbench.report import progress
    from workbench.report import site as index_site

    with terminal.summarised(), progress.shown() as shown:
        made = index_site.refresh(check=check, tell=lambda root: shown.say(f"making {root}"))
        terminal.line({"status": "made", "site": made})


def _columns(run: Any) -> tuple[str, ...]:
    state = f"{run.state} (latest)" if run.is_latest else run.state
    signed = ", ".join(f"{each['stage']} {each['name']}" for each in run.signed)
    return (run.pack, run.run, str(run.as_of), run.snapshot, state, f"{run.facts} facts", signed)
