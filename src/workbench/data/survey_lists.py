"""Lists of a drawn wave for those who ask, with codes of invitations; `deliver` hands them over."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench import schema, text
from workbench.data import bank, deliver, invitation_codes
from workbench.data import survey_wave as waves
from workbench.data.deliver import Delivered
from workbench.data.survey_judged import NO_CONTACT
from workbench.errors import DataError, ParameterError

PURPOSE = "survey"
"""Purpose of `data/rulepacks/delivery.toml`: consent and wishes are looked at once more."""

Sheet = Callable[[Path, Sequence[str]], None]
"""Writes the workbook for the answers to invitations with the codes that it is given."""


@dataclass(frozen=True)
class Invited:
    """Lists that were handed over.

    Attributes
    ----------
    wave : str
        The wave.
    lists : mapping of str to Delivered
        List (`phone`, `questionnaire`) → encrypted workbooks by branch, rows, and who was left out.
    sheets : tuple of str
        Workbooks for answers, with codes alone.
    """

    wave: str
    lists: Mapping[str, Delivered]
    sheets: tuple[str, ...]


def hand_over(
    folder: Path,
    wave: str,
    to: Path,
    lists: Mapping[str, Sequence[str]],
    sheets: Mapping[str, Sheet],
) -> Invited:
    """Write the lists of `wave` into `to`: by list and branch, encrypted, and audited.

    On them are invitations that nothing came back for, in the order of their codes.

    Parameters
    ----------
    folder : Path
        The bank.
    lists : mapping of str to sequence of str
        List → modes of asking on it.
    sheets : mapping of str to callable
        List → what writes the workbook that its answers are entered in, one for each branch.

    Raises
    ------
    ParameterError
        There is no such wave, the role may not deliver, or `to` holds workbooks of this wave.
    DataError
        Nobody is left to invite.
    LockedError, MachineError
        As `deliver.deliver`.
    """
    waves.require(folder, wave)
    role = bank.role(folder)
    role.require(deliver.RIGHT)
    if there := sorted(to.glob(f"answers-{wave}-*.xlsx")):
        raise ParameterError(
            f"{to} holds {there[0].name}, and there may be answers in it; name another folder"
        )
    sample = waves.rows(folder, "survey_invitations", wave_id=wave)
    left = {str(row["customer_id"]): row for row in sample if row["status"] == NO_CONTACT}
    if not left:
        raise DataError(f"everybody in wave {wave!r} answered or refused; nobody is left to invite")
    codes = invitation_codes.codes(folder, role, wave, left, "deliver")
    done, written = {}, list[str]()
    for name, modes in lists.items():
        rows = _rows(
            {who: row for who, row in left.items() if row["mode_assigned"] in modes}, codes
        )
        if not rows:
            continue
        print_ = hashlib.sha256(repr(rows).encode()).hexdigest()
        beside = _beside(wave, name, to, sheets.get(name), written)
        listed = deliver.Listed(rows, print_, f"{wave}-{name}", beside)
        done[name] = deliver.hand_over(folder, listed, to, PURPOSE)
    return Invited(wave, done, tuple(written))


def _rows(
    people: Mapping[str, Mapping[str, object]], codes: Mapping[str, str]
) -> list[dict[str, str]]:
    """Return the rows of a list; whoever the vault does not know has no code and is left out."""
    code, mode = text.say("questionnaire.code"), text.say("questionnaire.mode")
    rows = [
        {
            deliver.KEY: customer,
            code: codes.get(customer, ""),
            mode: schema.value("survey_mode", str(row["mode_assigned"])),
        }
        for customer, row in people.items()
    ]
    return sorted(rows, key=lambda row: row[code])


def _beside(
    wave: str, name: str, to: Path, sheet: Sheet | None, written: list[str]
) -> deliver.Beside | None:
    """Return what writes the workbook for the answers of a branch beside its list."""
    if sheet is None:
        return None
    code = text.say("questionnaire.code")

    def write(branch: str, rows: Sequence[deliver.Row]) -> None:
        # The name is the same each time: answers in a file of the same name correct the earlier.
        place = to / f"answers-{wave}-{name}-{branch}.xlsx"
        sheet(place, [row[code] for row in rows])
        written.append(place.name)

    return write
