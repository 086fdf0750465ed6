"""Commands about waves of the survey: draw one, hand out questionnaires, take answers in."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli import terminal
from workbench.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Sequence

survey = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

terminal.app.add_typer(survey, name="survey", help="Draw a survey wave, and take its answers in.")

Name = Annotated[str, typer.Argument(metavar="WAVE", help="Wave of the survey, as 2026Q4.")]
Language = Annotated[
    str | None, typer.Option("--lang", metavar="zh|en", help="Language of the workbooks.")
]


@survey.command("draw")
def draw(  # noqa: PLR0913 - every option of a command is an argument
    wave: Name,
    first: Annotated[str, typer.Option("--from", metavar="DAY", help="First day of fieldwork.")],
    last: Annotated[str, typer.Option("--to", metavar="DAY", help="Last day of fieldwork.")],
    seed: Annotated[int, typer.Option(metavar="N", help="Same seed and bank, same sample.")],
    answers: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Answers to aim at; default: the plan's.")
    ] = None,
    budget: Annotated[
        float | None, typer.Option(min=0, metavar="YUAN", help="Money to spend, before answers.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be.")] = False,
    bank: terminal.Bank = None,
) -> None:
    """Plan a wave, draw its sample by pseudonym, and write both down in the bank.

    Prints one line of JSON at the end: the snapshot, invitations, and what they can find.
    """
    from workbench import settings
    from workbench.analysis.survey_next_wave import Wish
    from workbench.report.survey_draft import draft

    with terminal.summarised():
        folder = bank.resolve() if bank else settings.bank_folder()
        days = (_day("--from", first), _day("--to", last))
        drawn = draft(folder, wave, days, Wish(answers, budget), seed)
        if dry_run:
            terminal.line({"status": "would be drawn", **drawn.said()})
            return
        load = drawn.keep(folder)
        terminal.line({"status": "drawn", "snapshot": load.snapshot, **drawn.said()})


@survey.command("form")
def form(
    wave: Name,
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Folder for the files.")],
    bank: terminal.Bank = None,
) -> None:
    """Write the blank questionnaire: a page that needs no network, and a workbook in each language.

    Prints one line of JSON at the end: the files. None of them names a customer.
    """
    from workbench import settings, text
    from workbench.data import survey_wave as waves
    from workbench.report import questionnaire_form, questionnaire_sheet
    from workbench.rules import questionnaire

    with terminal.summarised():
        drawn = waves.require(bank.resolve() if bank else settings.bank_folder(), wave)
        asked = questionnaire.rules(drawn.first)
        files = [questionnaire_form.write(asked, drawn.id, to)]
        for name in text.LANGUAGES:
            with text.spoken(name):
                place = to / f"questionnaire-{drawn.id}-{name}.xlsx"
                questionnaire_sheet.single(asked, drawn, place)
                files.append(place.name)
        terminal.line({"status": "written", "wave": wave, "files": files})


@survey.command("invite")
def invite(
    wave: Name,
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Folder for the workbooks.")],
    lang: Language = None,
    bank: terminal.Bank = None,
) -> None:
    """Hand over who is to be asked: encrypted lists by branch, and workbooks for their answers.

    Prints one line of JSON at the end: the files, rows by branch, and how many were left out why.
    """
    from workbench import settings, text
    from workbench.data import survey_lists
    from workbench.data import survey_wave as waves
    from workbench.report import questionnaire_sheet
    from workbench.rules import questionnaire

    with terminal.summarised(), text.spoken(text.checked(lang or text.language())):
        folder = bank.resolve() if bank else settings.bank_folder()
        drawn = waves.require(folder, wave)
        asked = questionnaire.rules(drawn.first)

        def sheet(place: Path, codes: "Sequence[str]") -> None:
            questionnaire_sheet.listed(asked, drawn, codes, place)

        lists = asked.lists.by_name()
        done = survey_lists.hand_over(folder, wave, to, lists, {"phone": sheet})
        told = {name: vars(each) for name, each in done.lists.items()}
        terminal.line({"status": "handed over", **vars(done), "lists": told})


@survey.command("take")
def take(
    wave: Name,
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE | DIR …", help="Answers: workbooks, CSV, files of the form."),
    ],
    bank: terminal.Bank = None,
) -> None:
    """Take answers that came back into the bank; a file of the same name corrects the earlier one.

    Prints one line of JSON at the end: returns by status, and how many values were left out.
    """
    from workbench import settings
    from workbench.data import survey_take
    from workbench.data import survey_wave as waves
    from workbench.report.survey_draft import accepts
    from workbench.rules import questionnaire

    with terminal.summarised():
        folder = bank.resolve() if bank else settings.bank_folder()
        asked = questionnaire.rules(waves.require(folder, wave).first)
        done, problems = survey_take.take(folder, wave, files, accepts(asked))
        for problem in problems:
            typer.echo(problem.line(), err=True)
        terminal.line({"status": "taken in", **vars(done)})


def _day(option: str, written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise ParameterError(f"{option} is {written!r}; expected a day as 2026-10-12") from None
