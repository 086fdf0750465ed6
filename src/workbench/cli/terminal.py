"""What all commands share: how they fail, and the one line they end with.

Whatever is heavy is imported by the command that needs it, so that `--help` answers at once.
"""

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from workbench.errors import WorkbenchError


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C end as Ctrl-C, whatever it interrupts: DuckDB makes an error of its own of it.

    Only where Python's own handler is at work, in the main thread.
    """
    pressed = threading.Event()

    def noted(number: int, frame: FrameType | None) -> None:
        pressed.set()
        signal.default_int_handler(number, frame)

    main = threading.current_thread() is threading.main_thread()
    usual = main and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if usual:
        signal.signal(signal.SIGINT, noted)
    try:
        yield
    except Exception:
        if pressed.is_set():
            raise KeyboardInterrupt from None
        raise
    finally:
        if usual:
            signal.signal(signal.SIGINT, signal.default_int_handler)


class Commands(TyperGroup):
    """Shows a `WorkbenchError` as one line and ends with its exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the chosen command."""
        try:
            with interruptible():
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
