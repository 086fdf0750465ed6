"""Commands about segments of customers: freeze those that were found, and list the frozen ones."""

from typing import Annotated

import typer

from workbench.cli import terminal
from workbench.errors import ParameterError

segments = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

terminal.app.add_typer(segments, name="segments", help="Freeze segments of customers.")


@segments.command("freeze")
def freeze(
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="Who confirms them.")],
    call: Annotated[
        list[str] | None,
        typer.Option(
            "--call",
            metavar="CODE=中文/English",
            help="Name of a segment; may be repeated. Default: the proposed names.",
        ),
    ] = None,
    run: Annotated[
        str | None,
        typer.Option("--run", metavar="RUN", help="Published run whose segments they must be."),
    ] = None,
    bank: terminal.Bank = None,
) -> None:
    """Freeze the segments of the notebook segmentation: from then on customers are placed by them.

    Prints one line of JSON at the end: the file, its version and hash, and the names.
    """
    from workbench import settings
    from workbench.report import segment_freeze

    with terminal.summarised():
        folder = bank.resolve() if bank else settings.bank_folder()
        called = dict(_called(word) for word in call or [])
        made = segment_freeze.frozen(segment_freeze.given(folder, run), name, called)
        place = segment_freeze.keep(folder, made)
        told = {"version": made.version, "sha256": made.hash, "day": made.day.isoformat()}
        terminal.line({"status": "frozen", "file": place, **told, "names": dict(made.names)})


@segments.command("list")
def listed(bank: terminal.Bank = None) -> None:
    """List what was frozen: version, by whom and when, and how many segments."""
    from workbench import settings
    from workbench.data import segment_store

    folder = bank.resolve() if bank else settings.bank_folder()
    for each in segment_store.every(folder):
        made = (each.version, each.made["by"], each.made["at"], f"{len(each.names)} segments")
        typer.echo("\t".join(made))


def _called(word: str) -> tuple[str, dict[str, str]]:
    code, equals, names = word.partition("=")
    zh, slash, en = names.partition("/")
    if not (equals and slash):
        raise ParameterError(
            f"--call {word!r} is not CODE=中文/English, such as firm.1=线上/Online"
        )
    return code.strip(), {"zh": zh.strip(), "en": en.strip()}
