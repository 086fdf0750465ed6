"""Commands about comments of surveys: a workbook to code them in, and back."""

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli import terminal

comments = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

terminal.app.add_typer(comments, name="comments", help="Code comments of a survey by hand.")


@comments.command("export")
def export(
    wave: Annotated[str, typer.Argument(metavar="WAVE", help="Wave of the survey, as 2026Q3.")],
    to: Annotated[Path, typer.Option("--to", metavar="FILE", help="Workbook to write.")],
    sample: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="N comments at random, to be coded blind."),
    ] = None,
    bank: terminal.Bank = None,
) -> None:
    """Write comments into a workbook, redacted: to correct their codes, or to code a sample blind.

    Prints one line of JSON at the end: the file, and comments in it and left out.
    """
    from workbench.data import coding_sheet
    from workbench.data.bank import open_bank
    from workbench.rules import code_frame

    with terminal.summarised():
        opened = open_bank(bank.resolve() if bank else None)
        frame = code_frame.frame(opened.as_of)
        done = coding_sheet.export(opened, wave, frame, to.resolve(), sample=sample)
        terminal.line({"status": "exported", **vars(done)})


@comments.command("import")
def take_in(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The workbook, filled in.")],
    bank: terminal.Bank = None,
) -> None:
    """Keep what a person coded in a workbook; reports then use it in place of the code frame's.

    Prints one line of JSON at the end: comments coded, new, changed, and not yet looked at.
    """
    from workbench.data import coding_sheet
    from workbench.data.bank import open_bank
    from workbench.rules import code_frame

    with terminal.summarised():
        opened = open_bank(bank.resolve() if bank else None)
        frame = code_frame.frame(opened.as_of)
        done = coding_sheet.take_in(opened.folder, opened.role, frame, file.resolve())
        terminal.line({"status": "imported", **vars(done)})
