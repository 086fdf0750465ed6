"""Commands for analysts: JupyterLab on working copies of the notebooks, and the way back."""

import os
from typing import Annotated

import typer

from workbench.cli import terminal
from workbench.errors import ParameterError

TakeBack = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Take the working copy NAME back into notebooks/, without outputs; opens nothing.",
    ),
]
Fresh = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Put the working copy NAME aside and start again from the source; opens nothing.",
    ),
]
Port = Annotated[
    int | None,
    typer.Option(min=1024, max=65535, help="Port of the server; the first free one by default."),
]
NoBrowser = Annotated[
    bool, typer.Option("--no-browser", help="Print the address and open no browser.")
]


@terminal.app.command()
def lab(
    bank: terminal.Bank = None,
    take_back: TakeBack = None,
    fresh: Fresh = None,
    port: Port = None,
    no_browser: NoBrowser = False,
) -> None:
    """Open working copies of the notebooks in JupyterLab, on the bank that `run` would read."""
    from workbench.lab import copies, server, start_page

    place = copies.folder()
    if take_back and fresh:
        raise ParameterError("--take-back and --fresh are two things; do one after the other")
    if take_back:
        typer.echo(copies.taken_back(take_back, place))
        return
    if fresh:
        aside = copies.started_anew(fresh, place)
        copies.renewed(place)
        typer.echo(f"{aside.with_name(f'{fresh}.ipynb')} is new; yours is {aside.name}")
        return
    if bank:
        os.environ["WORKBENCH_BANK"] = str(bank.resolve())
    _ready()
    made = copies.renewed(place)
    for each in made:
        if each.state in {"renewed", "behind"}:
            typer.echo(NOTES[each.state].format(name=each.name), err=True)
    page = start_page.write(place, made)
    raise typer.Exit(server.serve(place, page, port=port, browser=not no_browser))


NOTES = {
    "renewed": "{name}: the source has changed; your copy, which you had not touched, follows it",
    "behind": "{name}: the source has changed since you edited your copy, which is kept; "
    "`workbench lab --fresh {name}` starts again from the source and keeps yours beside it",
}


def _ready() -> None:
    """Build the demo bank if it is the default and missing."""
    from workbench.report import progress, source

    with progress.shown() as shown:
        source.prepare(shown)
