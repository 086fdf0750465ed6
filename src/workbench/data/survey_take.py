"""Answers of a wave that came back: matched by code, judged, and taken in as one load.

The wave as it then is replaces what the bank held of it, so that answers that were taken back
are gone. Which file each return came from is noted, see `workbench.data.survey_notes`.
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workbench.data import (
    bank,
    intake,
    invitation_codes,
    naming,
    survey_notes,
    survey_problems,
    survey_returns,
)
from workbench.data import survey_wave as waves
from workbench.data.holding import explained
from workbench.data.load import Load
from workbench.data.survey_judged import ANSWERED, NO_CONTACT, Accepts, Asked, Judged, judged
from workbench.data.survey_notes import Note
from workbench.data.survey_problems import Problem
from workbench.data.survey_returns import CODE, Returned
from workbench.errors import DataError, NothingToDoError
from workbench.privacy import roles
from workbench.privacy.roles import Role

OPENED = {"attempts": 0, "status": NO_CONTACT}
"""What an invitation is before anything came back."""
CAME_BACK = ("mode_answered", "attempts", "started_at", "completed_at", "status")
"""Columns of an invitation that a return fills."""


@dataclass(frozen=True)
class Taken:
    """What became of files of answers.

    Attributes
    ----------
    wave, snapshot : str
        The wave, and the snapshot that has the answers.
    files, skipped : int
        Files taken in, and files whose bytes were taken in before.
    returns : mapping of str to int
        Status of a response → returns taken in by this call.
    open : int
        Rows that nobody filled in.
    withdrawn : int
        Returns of earlier versions of these files that are no longer there.
    left_out : int
        Values, returns and files that were not taken; each has a line in the report.
    answered, invited : int
        Invitations of the wave that are answered by now, and all.
    report : str or None
        The report of what was left out or noted.
    """

    wave: str
    snapshot: str
    files: int
    skipped: int
    returns: Mapping[str, int]
    open: int
    withdrawn: int
    left_out: int
    answered: int
    invited: int
    report: str | None


def take(
    folder: Path, wave: str, paths: Sequence[Path], accepts: Accepts
) -> tuple[Taken, list[Problem]]:
    """Take files of answers to `wave` into the bank in `folder`.

    Returns
    -------
    tuple of Taken and list of Problem
        What became of them, and every value, return and file that was not taken as it is.

    Raises
    ------
    NothingToDoError
        All files were taken in before, or no row of them is filled in.
    DataError
        Nothing of them could be taken; the first problem is in the message. Or the load is held.
    ParameterError
        There is no such wave or file, or the role may not open the vault.
    LockedError, MachineError
        As `intake.attempt`.
    """
    role = roles.current("operator")
    role.require("keep vault")
    words = [row["branch_id"] for row in waves.rows(folder, "branches")]
    returned = survey_returns.read(paths, [wave, *words])
    taking = _Taking(folder, wave, returned, accepts, role)
    load = intake.keep(folder, waves.require(folder, wave).source(), taking.files)
    return taking.taken(load), taking.problems


class _Taking:
    """One call: what the wave was, what came back, and what the wave is then."""

    def __init__(
        self, folder: Path, wave: str, returned: Sequence[Returned], accepts: Accepts, role: Role
    ) -> None:
        self.folder, self.returned, self.accepts, self.role = folder, returned, accepts, role
        self.name = wave
        self.problems: list[Problem] = []
        self.counts: dict[str, int] = {}
        self.skipped = 0
        self.withdrawn: set[str] = set()
        self.report: Path | None = None

    def files(self, scratch: Path) -> list[Path]:
        """Write the wave as it is with these returns into `scratch`; the bank is held."""
        bank.require_whole(self.folder)
        self.wave = waves.require(self.folder, self.name)
        note = survey_notes.noted(self.folder, self.name)
        fresh = self._fresh(note)
        self._read_wave()
        held = self._without(note, {mark for mark, _ in fresh})
        for mark, each in fresh:
            self._add(mark, each, held)
        self._report()
        if not self.withdrawn and not self.counts:
            raise self._nothing()
        self.withdrawn -= held.keys()
        self._weigh()
        parts = [waves.write(self.folder, self.wave, "survey_invitations", self.sample, scratch)]
        if rows := self._answer_rows():
            parts.append(waves.write(self.folder, self.wave, "survey_answers", rows, scratch))
        elif self.had:
            raise DataError(
                "these corrections would leave the wave without any answer; see to them"
            )
        read = {mark: each.sha256 for mark, each in fresh if each.returns or each.open}
        files = {**note.files, **read}
        survey_notes.keep(self.folder, Note(self.name, note.number + 1, files, held), parts[0])
        return parts

    def _fresh(self, note: Note) -> list[tuple[str, Returned]]:
        """Return the files that are new or changed, each with the mark of its name."""
        secret = bank.keys(self.folder).get_or_create(invitation_codes.KEY).secret
        marked = [(survey_notes.mark(secret, each.name), each) for each in self.returned]
        fresh = [(mark, each) for mark, each in marked if note.files.get(mark) != each.sha256]
        self.skipped = len(marked) - len(fresh)
        if not fresh:
            raise NothingToDoError(
                f"all {len(marked)} files were taken in before; nothing was changed"
            )
        return fresh

    def _read_wave(self) -> None:
        """Read the sample, its codes, the questions and the answers so far."""
        of_wave = {"wave_id": self.name}
        self.sample = waves.rows(self.folder, "survey_invitations", **of_wave)
        people = [str(row["customer_id"]) for row in self.sample]
        codes = invitation_codes.codes(self.folder, self.role, self.name, people, "keep vault")
        questions = waves.rows(self.folder, "survey_questions", **of_wave)
        scales = {str(row["question_id"]): str(row["scale"]) for row in questions}
        by_code = {code: who for who, code in codes.items()}
        self.asked = Asked(self.name, self.wave.first, self.wave.last, by_code, scales)
        self.rows = {str(row["customer_id"]): row for row in self.sample}
        self.had = waves.rows(self.folder, "survey_answers", **of_wave)
        self.answers: dict[str, dict[str, int | float | str]] = {}
        for row in self.had:
            own = self.answers.setdefault(str(row["customer_id"]), {})
            own[str(row["question_id"])] = _either(row)

    def _without(self, note: Note, marks: Collection[str]) -> dict[str, str]:
        """Take back what earlier versions of files held; return whose returns the others hold."""
        for code, mark in note.codes.items():
            if mark in marks and (customer := self.asked.customers.get(code)):
                if self.rows[customer]["status"] != NO_CONTACT:
                    self.withdrawn.add(code)
                self.rows[customer].update(dict.fromkeys(CAME_BACK), **OPENED)
                self.answers.pop(customer, None)
        return {code: mark for code, mark in note.codes.items() if mark not in marks}

    def _add(self, mark: str, file: Returned, held: dict[str, str]) -> None:
        """Add the returns of one file; a code that is held already is a problem."""
        self.problems += [*file.problems, *self._beyond(file)]
        for given in file.returns:
            found, problems = judged(given, self.asked, self.accepts)
            self.problems += problems
            if found is None:
                continue
            row = self.rows[self.asked.customers[found.code]]
            if found.code in held and row["status"] != NO_CONTACT:
                if found.status != NO_CONTACT:
                    self.problems.append(given.problem("twice", CODE, found.code))
                continue
            self._put(found)
            held[found.code] = mark
            self.counts[found.status] = self.counts.get(found.status, 0) + 1

    def _beyond(self, file: Returned) -> list[Problem]:
        """Return a problem for each column that belongs to no question; its rows are not named."""
        said = {"questions": ", ".join(self.asked.questions)}
        first: dict[str, Problem] = {}
        for given in file.returns:
            for key in given.beyond(self.asked.questions):
                # A header may be anything, also somebody's name: keys are short and plain.
                known = key if re.fullmatch(r"[A-Za-z]\w{0,11}", key, re.ASCII) else naming.LEFT_OUT
                first.setdefault(key, Problem("column", file.shown, None, known, "", said))
        return list(first.values())

    def _put(self, found: Judged) -> None:
        customer = self.asked.customers[found.code]
        row = self.rows[customer]
        fields = dict(found.fields)
        if found.status in ANSWERED:
            own = self.accepts.mode(str(row["mode_assigned"]), alone=found.alone)
            fields["mode_answered"] = fields.get("mode_answered") or own
            self.answers[customer] = dict(found.answers)
        least = int(found.status != NO_CONTACT)
        row.update(fields, status=found.status, attempts=fields.get("attempts") or least)

    def _weigh(self) -> None:
        """Let those who answered stand for their stratum: the weights that KPIs use."""
        answered = [row for row in self.sample if row["status"] in ANSWERED]
        counts = Counter(row["stratum"] for row in answered)
        for row in self.sample:
            counted = row["status"] in ANSWERED
            row["final_weight"] = row["frame_count"] / counts[row["stratum"]] if counted else None

    def _answer_rows(self) -> list[dict[str, object]]:
        return [
            {
                "wave_id": self.name,
                "customer_id": customer,
                "question_id": question,
                "value_text" if isinstance(value, str) else "value_num": value,
            }
            for customer, own in sorted(self.answers.items())
            for question, value in own.items()
        ]

    def _report(self) -> None:
        if self.problems:
            at = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
            place = self.folder / "quarantine" / f"returns-{self.name}-{at}"
            with explained(self.folder, intake.UNTOUCHED):
                self.report = survey_problems.write(place, self.problems)

    def _nothing(self) -> DataError | NothingToDoError:
        """Return the error that says why there is nothing to take in."""
        if not self.problems:
            return NothingToDoError(
                f"no row of the {len(self.returned)} files is filled in; nothing was changed"
            )
        more = len(self.problems) - 1
        rest = f" ({more} more in {self.report})" if more else ""
        return DataError(f"nothing was taken in: {self.problems[0].line()}{rest}")

    def taken(self, load: Load) -> Taken:
        """Return what became of the files."""
        return Taken(
            wave=self.name,
            snapshot=str(load.snapshot),
            files=len(self.returned) - self.skipped,
            skipped=self.skipped,
            returns=self.counts,
            open=sum(each.open for each in self.returned),
            withdrawn=len(self.withdrawn),
            left_out=sum(problem.counts for problem in self.problems),
            answered=sum(row["status"] in ANSWERED for row in self.sample),
            invited=len(self.sample),
            report=str(self.report) if self.report else None,
        )


def _either(row: Mapping[str, Any]) -> int | float | str:
    if row["value_text"] is not None:
        return str(row["value_text"])
    value = float(row["value_num"])
    return int(value) if value.is_integer() else value
