"""The `workbench` command: text in, one call, one line out.

Whatever is heavy is imported by the command that needs it, so that `--help` answers at once.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from typer.core import TyperCommand, TyperGroup

from workbench.errors import ParameterError, WorkbenchError

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


@app.command()
def intake(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder with the bank's files.")],
    bank: Bank = None,
    source: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Mapping in data/sources; recognised by default."),
    ] = None,
) -> None:
    """Take a bank's files in: checked, pseudonymised, one new snapshot.

    Prints one line of JSON at the end: the snapshot, and rows read, accepted and quarantined.
    """
    from dataclasses import asdict

    from workbench.data.intake import take_in
    from workbench.report.source import own_folder

    with _summarised():
        load = take_in([folder], bank.resolve() if bank else own_folder(), source=source)
    for name, counts in load.tables.items():
        typer.echo(f"{name}: {counts.accepted} of {counts.read} rows", err=True)
    for name, headers in load.unknown.items():
        if headers:
            typer.echo(f"{name}: not kept: {', '.join(headers)}", err=True)
    if load.report:
        typer.echo(f"rows that did not come in: {load.report}", err=True)
    _line({"status": "taken in", **asdict(load)})


@app.command()
def demo(
    bank: Bank = None,
    customers: Annotated[int, typer.Option(min=100, help="Number of customers.")] = 20_000,
    months: Annotated[int, typer.Option(min=12, help="Months of history.")] = 48,
    seed: Annotated[int, typer.Option(help="Seed of the generator.")] = 20260930,
) -> None:
    """Build the demo bank: simulated, with its truth beside it."""
    from workbench.data import demo as demo_bank
    from workbench.report.source import demo_folder

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
    folder = str(settings.home() / "notebooks")
    os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", f"--notebook-dir={folder}"])


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
