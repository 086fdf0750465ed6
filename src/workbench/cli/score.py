"""Commands about the model of default risk: freeze it, approve it, and score the bank with it."""

from typing import Annotated

import typer

from workbench.cli import terminal

score = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

terminal.app.add_typer(score, name="score", help="Freeze a risk model, and score the bank with it.")

Card = Annotated[
    str | None,
    typer.Argument(metavar="CARD", help="Card: a file or its version; default: the newest."),
]
Name = Annotated[str, typer.Option("--name", metavar="NAME", help="Who answers for it.")]
Day = Annotated[
    str | None, typer.Option("--as-of", metavar="DAY", help="Month end; default: the newest.")
]


@score.command("freeze")
def freeze(
    name: Name,
    run: Annotated[
        str | None,
        typer.Option("--run", metavar="RUN", help="Published run whose model it must be."),
    ] = None,
    level: Annotated[
        str | None,
        typer.Option("--level", metavar="LEVEL", help="Level of the PD; default: the rule pack's."),
    ] = None,
    as_of: Day = None,
    bank: terminal.Bank = None,
) -> None:
    """Freeze the model of the notebook risk-calibration as a card with a hash, in the bank.

    Prints one line of JSON at the end: the card, its version and hash. Nothing executes in a card.
    """
    from workbench import settings
    from workbench.report import model_freeze
    from workbench.stats import model_card

    with terminal.summarised():
        folder = bank.resolve() if bank else settings.bank_folder()
        kind = model_card.checked_level(level) if level else None
        given = model_freeze.origin(folder, run, as_of)
        card = model_freeze.frozen(given, name, kind)
        place = model_freeze.keep(folder, card)
        about = {key: card.made[key] for key in ("as_of", "snapshot", "run", "cases", "auc")}
        features = len(card.features)
        told = {"version": card.version, "sha256": card.sha256, **about, "features": features}
        terminal.line({"status": "frozen", "card": str(place), **told, "level": card.levels.kind})


@score.command("approve")
def approve(name: Name, card: Card = None, bank: terminal.Bank = None) -> None:
    """Approve a card; whoever froze it cannot. Scores of other cards are marked as unapproved.

    Prints one line of JSON at the end: the card, its version and hash.
    """
    from workbench import settings
    from workbench.report import model_freeze

    with terminal.summarised():
        folder = bank.resolve() if bank else settings.bank_folder()
        approved, place = model_freeze.approve(folder, card, name)
        told = {"version": approved.version, "sha256": approved.sha256}
        terminal.line({"status": "approved", "card": str(place), **told})


@score.command("apply")
def apply(
    card: Card = None,
    as_of: Day = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be.")] = False,
    bank: terminal.Bank = None,
) -> None:
    """Score all performing loans of a day, and write an assessment of each customer.

    Prints one line of JSON at the end: snapshot, model, customers by grade, what was left out.
    """
    from workbench import settings
    from workbench.report import scoring

    with terminal.summarised():
        folder = bank.resolve() if bank else settings.bank_folder()
        found = scoring.scores(folder, card, as_of)
        for variable, count in found.unknown.items():
            typer.echo(f"{variable}: {count} loans with a category unknown to the card", err=True)
        if dry_run:
            terminal.line({"status": "would be written", **found.said()})
            return
        load = found.keep(folder)
        terminal.line({"status": "written", "snapshot": load.snapshot, **found.said()})
