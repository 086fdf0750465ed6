"""The `workbench` command: text in, one call, one line out.

Whatever is heavy is imported by the command that needs it, so that `--help` answers at once.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperCommand, TyperGroup

from workbench import cli_history
from workbench.errors import GateError, ParameterError, WorkbenchError

if TYPE_CHECKING:
    from workbench.data.load import Load

PAIR = ("-p", "--parameter")


class Commands(TyperGroup):
    """Shows a `WorkbenchError` as one line and ends with its exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the chosen command."""
        try:
            return super().invoke(ctx)
        except WorkbenchError as error:
            typer.echo(f"error: {' '.join(str(error).split())}", err=True)
            raise typer.Exit(error.exit_code) from None


class Pairs(TyperCommand):
    """Lets `-p NAME VALUE` take two words."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Join the two words to one, which is what the parser can take."""
        return super().parse_args(ctx, list(_joined(args)))


app = typer.Typer(
    cls=Commands,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Run notebooks on a bank's loan customers and publish their reports.",
)

cli_history.register(app)

Bank = Annotated[Path | None, typer.Option("--bank", help="Folder of the bank.", metavar="DIR")]


def main() -> None:
    """Run the command line."""
    app()


@app.command(cls=Pairs)
def run(
    targets: Annotated[
        list[str],
        typer.Argument(
            metavar="NOTEBOOK… | PACK",
            help="Notebooks by name or path, or one pack of reports/packs.",
        ),
    ],
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            *PAIR,
            metavar="NAME VALUE",
            help="Set a parameter of the notebook; may be repeated. `params` lists them.",
        ),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Use no fact after this day, such as 2026-09-30."),
    ] = None,
    lang: Annotated[
        Literal["zh", "en", "both"] | None,
        typer.Option(help="Language to publish in; the pack's own languages by default."),
    ] = None,
    snapshot: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Snapshot of the bank; the newest by default."),
    ] = None,
    bank: Bank = None,
) -> None:
    """Execute notebooks and publish their reports.

    Prints one line of JSON at the end: the index page, the run and what it was pinned to.
    """
    from workbench.report import progress
    from workbench.report.run import Order
    from workbench.report.run import run as run_order

    with _summarised(), progress.shown() as shown:
        order = Order(
            targets=targets,
            pairs=_pairs(parameter or []),
            as_of=as_of,
            snapshot=snapshot,
            languages=_languages(lang),
            bank=bank.resolve() if bank else None,
        )
        published = run_order(order, shown)
    _line({"status": "published", **vars(published)})


Source = Annotated[
    str | None,
    typer.Option("--source", metavar="NAME", help="Map in data/sources; by default recognised."),
]
Files = Annotated[
    list[str],
    typer.Argument(metavar="DIR | FILE | URL …", help="The bank's files, or a database's URL."),
]


@app.command()
def intake(
    files: Files,
    bank: Bank = None,
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
    with _summarised():
        load = attempt(files, folder, source=source, release=release)
        _told(load, folder / "loads")
        if load.snapshot is None:
            raise load.refused()
    _line({"status": "taken in", **load.brief()})


@app.command()
def check(files: Files, bank: Bank = None, source: Source = None) -> None:
    """Do all that `intake` does and change nothing: what would happen to these files.

    Prints one line of JSON at the end; ends like `intake` when the load would be held back.
    """
    from workbench.data.intake import check as attempt_nothing
    from workbench.report.source import own_folder

    folder = bank.resolve() if bank else own_folder()
    with _summarised():
        load = attempt_nothing(files, folder, source=source)
        _told(load, folder / "checks")
        if load.held:
            raise load.refused()
    _line({"status": "would be taken in", **load.brief()})


@app.command()
def scan(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="What is to leave the bank.")],
    bank: Bank = None,
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


@app.command()
def demo(
    bank: Bank = None,
    customers: Annotated[int, typer.Option(min=100, help="Number of customers.")] = 20_000,
    months: Annotated[int, typer.Option(min=12, help="Months of history.")] = 48,
    seed: Annotated[int, typer.Option(help="Seed of the generator.")] = 20260930,
    spoiled: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write spoiled files into DIR instead: every error once."),
    ] = None,
) -> None:
    """Build the demo bank: simulated, with its truth beside it."""
    from workbench.data import demo as demo_bank
    from workbench.report.source import demo_folder

    if spoiled:
        faults = demo_bank.spoil(spoiled.resolve(), seed=seed)
        typer.echo(f"{len(faults)} errors in {spoiled.resolve()}, listed in faults.json")
        return
    folder = bank.resolve() if bank else demo_folder()
    demo_bank.build(folder, customers=customers, months=months, seed=seed)
    typer.echo(str(folder))


@app.command()
def params(
    notebook: Annotated[str, typer.Argument(metavar="NOTEBOOK", help="Notebook by name or path.")],
) -> None:
    """List a notebook's parameters: name, type, default and meaning."""
    from workbench.report import pack, parameters

    (entry,) = pack.chosen([notebook]).notebooks
    for each in parameters.declared(entry.path).values():
        typer.echo(f"{each.name}: {each.written} = {each.default!r}  # {each.meaning}")


@app.command()
def lab(bank: Bank = None) -> None:
    """Open the notebooks in JupyterLab, reading the bank that `run` would read."""
    import os

    from workbench import settings

    if bank:
        os.environ["WORKBENCH_BANK"] = str(bank.resolve())
    os.environ.setdefault("WORKBENCH_HOME", str(settings.home()))
    _ready()
    settings.scrub(os.environ)
    folder = str(settings.home() / "notebooks")
    os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", f"--notebook-dir={folder}"])


audit = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
app.add_typer(audit, name="audit", help="Check and read the audit log of a bank.")


@audit.command()
def verify(
    bank: Bank = None,
    head: Annotated[
        str | None, typer.Option(metavar="HASH", help="Head that a report shows; is it in the log?")
    ] = None,
) -> None:
    """Check that no entry of the audit log and no file of the lake was changed or removed."""
    from workbench import settings
    from workbench.data import oversight

    with _summarised():
        _line(oversight.verified(bank.resolve() if bank else settings.bank_folder(), head))


@audit.command()
def show(
    bank: Bank = None,
    last: Annotated[int, typer.Option(min=1, metavar="N", help="How many entries.")] = 20,
) -> None:
    """Print the last entries of the audit log, one a line; that they were read is an entry, too."""
    from workbench import settings
    from workbench.data import oversight

    for entry in oversight.entries(bank.resolve() if bank else settings.bank_folder(), last):
        said = (entry.at, entry.who, entry.role, entry.action, entry.subject, entry.snapshot)
        typer.echo("\t".join((str(entry.n), *said, entry.hash[:12])))


@app.command()
def backup(
    target: Annotated[
        Path, typer.Argument(metavar="TARGET", help="Folder to back up to, on another disk.")
    ],
    bank: Bank = None,
) -> None:
    """Back a bank up to one encrypted file, and prove it by restoring and comparing it.

    Prints one line of JSON at the end: the file, its SHA-256, and when it was verified.
    """
    from workbench import settings
    from workbench.data import backup as backups

    with _summarised():
        folder = bank.resolve() if bank else settings.bank_folder()
        made, key = backups.create(folder, target.resolve())
        _line({"status": "backed up", **vars(made), "key_place": key})


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `backup` wrote.")],
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="New folder of the bank.")],
) -> None:
    """Restore a backup to a new folder, which appears only when all of it was compared.

    Prints one line of JSON at the end: files, snapshot and identities that were restored.
    """
    from workbench.data import backup as backups

    with _summarised():
        restored = backups.restore(file.resolve(), to.resolve())
        _line({"status": "restored", "bank": str(to.resolve()), **vars(restored)})


@app.command()
def rotate(
    bank: Bank = None,
    staff: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Numbers of all staff, in a column staff_id."),
    ] = None,
    vault: Annotated[
        bool, typer.Option("--vault", help="Change the vault's key, not the pseudonyms'.")
    ] = False,
) -> None:
    """Change a key: everybody gets a new pseudonym, or the vault is encrypted anew.

    Prints one line of JSON at the end: both versions of the key, and what was changed.
    """
    from workbench import settings
    from workbench.data import rotation

    with _summarised():
        folder = bank.resolve() if bank else settings.bank_folder()
        done = rotation.rotate_vault(folder) if vault else rotation.rotate(folder, staff)
        _line({"status": "rotated", **vars(done)})


@app.command()
def deliver(
    listed: Annotated[
        Path, typer.Argument(metavar="LIST", help="CSV file or workbook with customer_id.")
    ],
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Folder for the workbooks.")],
    purpose: Annotated[
        str, typer.Option(metavar="NAME", help="A purpose of data/rulepacks/delivery.toml.")
    ] = "marketing",
    bank: Bank = None,
) -> None:
    """Turn a list's pseudonyms into customers: one encrypted workbook per branch.

    Prints one line of JSON at the end: the files, rows by branch, and how many were left out why.
    """
    from workbench import settings
    from workbench.data import deliver as delivery

    with _summarised():
        folder = bank.resolve() if bank else settings.bank_folder()
        _line({"status": "delivered", **vars(delivery.deliver(folder, listed, to, purpose))})


@app.command()
def forget(
    bank: Bank = None,
    customers: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Only these: a list with a column customer_id."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; otherwise only say what.")] = False,
) -> None:
    """Destroy what is known of customers whose retention is over; it cannot be undone.

    Prints one line of JSON at the end: customers, rows by table, snapshots that are lost.
    """
    from workbench import settings
    from workbench.data import retention

    with _summarised():
        folder = bank.resolve() if bank else settings.bank_folder()
        done = retention.forget(folder, customers, do=yes)
        _line({"status": "forgotten" if done.snapshot else "would be forgotten", **vars(done)})


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
        typer.echo(f"held back: {hold.line}", err=True)
    if load.report:
        typer.echo(f"rows that did not come in: {load.report}", err=True)
    typer.echo(f"report: {intake_page.write(load, folder)}", err=True)


def _joined(words: Sequence[str]) -> Iterator[str]:
    """Give `words` with NAME VALUE behind `-p` as one word NAME=VALUE, written so or as two."""
    left = iter(words)
    for word in left:
        yield word
        if word in PAIR:
            name = next(left, None)
            if name is None:
                return
            value = None if "=" in name else next(left, None)
            yield name if value is None else f"{name}={value}"


def _pairs(written: Sequence[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for word in written:
        name, equals, value = word.partition("=")
        if not equals:
            raise ParameterError(f"parameter {name!r} has no value; write -p NAME VALUE")
        if name in pairs:
            raise ParameterError(f"parameter {name!r} is given twice")
        pairs[name] = value
    return pairs


def _languages(lang: str | None) -> Any:
    return {"both": ("zh", "en"), "zh": ("zh",), "en": ("en",)}[lang] if lang else None


def _ready() -> None:
    """Build the demo bank if it is the default and missing."""
    from workbench.report import progress, source

    with progress.shown() as shown:
        source.prepare(shown)


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
