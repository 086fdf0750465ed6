"""Commands about needs of customers: what to propose to whom, as a list for `deliver`."""

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli import terminal


@terminal.app.command("needs-sheet")
def needs_sheet(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV file to write.")],
    lang: Annotated[
        str | None, typer.Option("--lang", metavar="zh|en", help="Language of the list.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DAY", help="Day up to which facts are used.")
    ] = None,
    bank: terminal.Bank = None,
) -> None:
    """List by pseudonym what to propose to whom and why; `deliver` hands the list to branches.

    Prints one line of JSON at the end: the file, customers, and how many stated the need.
    """
    from workbench import text
    from workbench.data.bank import open_bank
    from workbench.report import needs_sheet as sheets

    with terminal.summarised():
        opened = open_bank(bank.resolve() if bank else None, as_of=as_of)
        with text.spoken(text.checked(lang) if lang else text.language()):
            done = sheets.write(opened, file.resolve())
        terminal.line({"status": "listed", **vars(done)})
