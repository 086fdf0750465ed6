"""What all commands share: how they fail, and the one line they end with.

Whatever is heavy is imported by the command that needs it, so that `--help` answers at once.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from workbench.errors import WorkbenchError


class Commands(TyperGroup):
    """Shows a `WorkbenchError` as one line and ends with its exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the chosen command."""
        try:
            return super().invoke(ctx)
        except WorkbenchError as error:
            typer.echo(f"error: {' '.join(str(error).split())}", err=True)
            raise typer.Exit(error.exit_code) from None


app = typer.Typer(
    cls=Commands,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Run notebooks on a bank's loan customers and publish their reports.",
)


Bank = Annotated[Path | None, typer.Option("--bank", help="Folder of the bank.", metavar="DIR")]


@contextmanager
def summarised() -> Iterator[None]:
    """Say in the last line of stdout, too, that a command failed."""
    try:
        yield
    except WorkbenchError as error:
        failed = {"status": "failed", "exit_code": error.exit_code, "error": str(error)}
        line({**failed, **error.details})
        raise


def line(values: Any) -> None:
    """Print `values` as one line of JSON."""
    typer.echo(json.dumps(values, ensure_ascii=False, default=str))
