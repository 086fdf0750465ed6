"""Commands about files: what comes into a bank, what may leave it, and the demo bank."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli import terminal
from workbench.errors import GateError, ParameterError

if TYPE_CHECKING:
    from workbench.data.load import Load

Source = Annotated[
    str | None,
    typer.Option("--source", metavar="NAME", help="Map in data/sources; by default recognised."),
]

Files = Annotated[
    list[str],
    typer.Argument(metavar="DIR | FILE | URL …", help="The bank's files, or a database's URL."),
]


@terminal.app.command()
def intake(
    files: Files,
    bank: terminal.Bank = None,
    source: Source = None,
    release: Annotated[
        str,
        typer.Option(metavar="REASON", help="Take in what would be held back; kept with the load."),
    ] = "",
) -> None:
    """Take a bank's files in: checked, pseudonymised, one new snapshot; or hold all of it back.

    Prints one line of JSON at the end: the snapshot, and rows read, accepted and quarantined.
    """
    from workbench.data.intake import attempt
    from workbench.report.source import own_folder

    folder = bank.resolve() if bank else own_folder()
    with terminal.summarised():
        load = attempt(files, folder, source=source, release=release)
        _told(load, folder / "loads")
        if load.snapshot is None:
            raise load.refused()
    terminal.line({"status": "taken in", **load.brief()})


@terminal.app.command()
def check(files: Files, bank: terminal.Bank = None, source: Source = None) -> None:
    """Do all that `intake` does and change nothing: what would happen to these files.

    Prints one line of JSON at the end; ends like `intake` when the load would be held back.
    """
    from workbench.data.intake import check as attempt_nothing
    from workbench.report.source import own_folder

    folder = bank.resolve() if bank else own_folder()
    with terminal.summarised():
        load = attempt_nothing(files, folder, source=source)
        _told(load, folder / "checks")
        if load.held:
            raise load.refused()
    terminal.line({"status": "would be taken in", **load.brief()})


@terminal.app.command()
def scan(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="What is to leave the bank.")],
    bank: terminal.Bank = None,
) -> None:
    """Look for what identifies people in files that are to leave the bank: numbers and names.

    One line per finding, with file, line and kind, never the value; ends with code 4 if any.
    """
    from workbench import settings
    from workbench.report import gates

    found = list(gates.leaks(folder, bank.resolve() if bank else settings.bank_folder()))
    for line in found:
        typer.echo(line)
    if found:
        raise GateError(f"{len(found)} findings in {folder}; nothing of it may leave the bank")
    typer.echo(f"nothing found in {folder}")


@terminal.app.command()
def demo(
    bank: terminal.Bank = None,
    customers: Annotated[int, typer.Option(min=100, help="Number of customers.")] = 20_000,
    months: Annotated[int, typer.Option(min=12, help="Months of history.")] = 48,
    seed: Annotated[int, typer.Option(help="Seed of the generator.")] = 20260930,
    spoiled: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write spoiled files into DIR instead: every error once."),
    ] = None,
    files: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write the files into DIR instead, to practise intake."),
    ] = None,
) -> None:
    """Build the demo bank: simulated, with its truth beside it."""
    from workbench.data import demo as demo_bank
    from workbench.report.source import demo_folder

    if spoiled:
        faults = demo_bank.spoil(spoiled.resolve(), seed=seed)
        typer.echo(f"{len(faults)} errors in {spoiled.resolve()}, listed in faults.json")
        return
    if files:
        if files.exists() and any(files.iterdir()):
            raise ParameterError(f"{files} holds something already; name a new folder")
        wrote = demo_bank.generate(files.resolve(), customers=customers, months=months, seed=seed)
        typer.echo(f"{len(wrote)} files in {files.resolve()}, for workbench check and intake")
        return
    folder = bank.resolve() if bank else demo_folder()
    demo_bank.build(folder, customers=customers, months=months, seed=seed)
    typer.echo(str(folder))


def _told(load: "Load", folder: Path) -> None:
    """Write the page of a load, and say on the terminal what a person should look at."""
    from workbench.report import intake_page

    for name, counts in load.tables.items():
        typer.echo(f"{name}: {counts.accepted} of {counts.read} rows", err=True)
    for name, headers in load.unknown.items():
        if headers:
            typer.echo(f"{name}: not kept: {', '.join(headers)}", err=True)
    for check in load.checks:
        if check.rows:
            typer.echo(f"check {check.name}: {check.rows} rows", err=True)
    for hold in load.held:
        typer.echo(f"{'held back' if load.snapshot is None else 'released'}: {hold.line}", err=True)
    if load.report:
        typer.echo(f"rows that did not come in: {load.report}", err=True)
    typer.echo(f"report: {intake_page.write(load, folder)}", err=True)
