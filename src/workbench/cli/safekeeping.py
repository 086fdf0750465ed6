"""Commands that keep a bank safe: its audit log, backups, keys, deliveries and forgetting."""

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli import terminal

audit = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

terminal.app.add_typer(audit, name="audit", help="Check and read the audit log of a bank.")


@audit.command()
def verify(
    bank: terminal.Bank = None,
    head: Annotated[
        str | None, typer.Option(metavar="HASH", help="Head that a report shows; is it in the log?")
    ] = None,
) -> None:
    """Check that no entry of the audit log and no file of the lake was changed or removed."""
    from workbench import settings
    from workbench.data import oversight

    with terminal.summarised():
        terminal.line(oversight.verified(bank.resolve() if bank else settings.bank_folder(), head))


@audit.command()
def show(
    bank: terminal.Bank = None,
    last: Annotated[int, typer.Option(min=1, metavar="N", help="How many entries.")] = 20,
) -> None:
    """Print the last entries of the audit log, one a line; that they were read is an entry, too."""
    from workbench import settings
    from workbench.data import oversight

    for entry in oversight.entries(bank.resolve() if bank else settings.bank_folder(), last):
        said = (entry.at, entry.who, entry.role, entry.action, entry.subject, entry.snapshot)
        typer.echo("\t".join((str(entry.n), *said, entry.hash[:12])))


@terminal.app.command()
def backup(
    target: Annotated[
        Path, typer.Argument(metavar="TARGET", help="Folder to back up to, on another disk.")
    ],
    bank: terminal.Bank = None,
) -> None:
    """Back a bank up to one encrypted file, and prove it by restoring and comparing it.

    Prints one line of JSON at the end: the file, its SHA-256, and when it was verified.
    """
    from workbench import settings
    from workbench.data import backup as backups

    with terminal.summarised():
        folder = bank.resolve() if bank else settings.bank_folder()
        made, key = backups.create(folder, target.resolve())
        terminal.line({"status": "backed up", **vars(made), "key_place": key})


@terminal.app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `backup` wrote.")],
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="New folder of the bank.")],
) -> None:
    """Restore a backup to a new folder, which appears only when all of it was compared.

    Prints one line of JSON at the end: files, snapshot and identities that were restored.
    """
    from workbench.data import backup as backups

    with terminal.summarised():
        restored = backups.restore(file.resolve(), to.resolve())
        terminal.line({"status": "restored", "bank": str(to.resolve()), **vars(restored)})


@terminal.app.command()
def rotate(
    bank: terminal.Bank = None,
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

    with terminal.summarised():
        folder = bank.resolve() if bank else settings.bank_folder()
        done = rotation.rotate_vault(folder) if vault else rotation.rotate(folder, staff)
        terminal.line({"status": "rotated", **vars(done)})


@terminal.app.command()
def deliver(
    listed: Annotated[
        Path, typer.Argument(metavar="LIST", help="CSV file or workbook with customer_id.")
    ],
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Folder for the workbooks.")],
    purpose: Annotated[
        str, typer.Option(metavar="NAME", help="A purpose of data/rulepacks/delivery.toml.")
    ] = "marketing",
    bank: terminal.Bank = None,
) -> None:
    """Turn a list's pseudonyms into customers: one encrypted workbook per branch.

    Prints one line of JSON at the end: the files, rows by branch, and how many were left out why.
    """
    from workbench import settings
    from workbench.data import deliver as delivery

    with terminal.summarised():
        folder = bank.resolve() if bank else settings.bank_folder()
        terminal.line(
            {"status": "delivered", **vars(delivery.deliver(folder, listed, to, purpose))}
        )


@terminal.app.command()
def forget(
    bank: terminal.Bank = None,
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

    with terminal.summarised():
        folder = bank.resolve() if bank else settings.bank_folder()
        done = retention.forget(folder, customers, do=yes)
        terminal.line(
            {"status": "forgotten" if done.snapshot else "would be forgotten", **vars(done)}
        )
