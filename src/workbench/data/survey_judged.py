"""What a returned questionnaire says: who it is from, how it ended, and which answers count."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from unicodedata import normalize

from workbench import schema, text
from workbench.data import invitation_codes
from workbench.data.sources import spelled
from workbench.data.survey_problems import Problem
from workbench.data.survey_returns import (
    ATTEMPTS,
    CODE,
    COMPLETED,
    CONSENT,
    MODE,
    OUTCOME,
    STARTED,
    WAVE,
    Return,
)
from workbench.privacy.redact import redacted

OPEN = "open"
COMPLETE, PARTIAL, REFUSED, NO_CONTACT = "complete", "partial", "refused", "no_contact"
ANSWERED = (COMPLETE, PARTIAL)
WHOLE = re.compile(r"-?\d{1,6}")


@dataclass(frozen=True)
class Accepts:
    """What counts as an answer, from the rule pack `questionnaire`.

    Attributes
    ----------
    bounds : mapping of str to (int, int)
        Scale → its first and last point.
    skips : collection of str
        What stands for "does not apply", in any language.
    complete, partial : float
        Share of the closed questions answered from which a return is complete, or partial.
    read_out : collection of str
        Modes in which an interviewer asks.
    form : str
        Mode of a form that came from somebody who was to be asked by an interviewer.
    """

    bounds: Mapping[str, tuple[int, int]]
    skips: Collection[str]
    complete: float
    partial: float
    read_out: Collection[str]
    form: str

    def mode(self, assigned: str, *, alone: bool) -> str:
        """Return the mode of an answer that names none; `alone`: the customer wrote it down."""
        return self.form if alone and assigned in self.read_out else assigned


@dataclass(frozen=True)
class Asked:
    """A wave as returns are held against it.

    Attributes
    ----------
    wave : str
        Its id.
    first, last : date
        First and last day of fieldwork.
    customers : mapping of str to str
        Code of an invitation → customer.
    questions : mapping of str to str
        Question → its scale, as the bank holds them.
    """

    wave: str
    first: date
    last: date
    customers: Mapping[str, str]
    questions: Mapping[str, str]


@dataclass(frozen=True)
class Judged:
    """What one return says.

    Attributes
    ----------
    code, status : str
        Its invitation, and a code of the list `response_status`.
    fields : mapping
        `mode_answered`, `attempts`, `started_at`, `completed_at`, where given.
    answers : mapping of str to int or str
        Question → point of its scale, or redacted comment.
    alone : bool
        Whether it came on a form of its own, which the customer filled in.
    """

    code: str
    status: str
    fields: Mapping[str, object] = field(default_factory=dict)
    answers: Mapping[str, int | str] = field(default_factory=dict)
    alone: bool = False


def judged(given: Return, asked: Asked, accepts: Accepts) -> tuple[Judged | None, list[Problem]]:
    """Return what `given` says, nothing if it cannot count, and what is wrong with it."""
    reading = _Reading(given, asked, accepts)
    return reading.judge(), reading.problems


class _Reading:
    """One return as it is read."""

    def __init__(self, given: Return, asked: Asked, accepts: Accepts) -> None:
        self.given, self.asked, self.accepts = given, asked, accepts
        self.problems: list[Problem] = []

    def judge(self) -> Judged | None:
        """Return what it says, if it counts."""
        code = self._code()
        if code is None:
            return None
        outcome = self._coded(OUTCOME, "response_status")
        consent = self._consent()
        answers, share, some = self._answers()
        if consent is False:
            return Judged(code, REFUSED, self._fields())
        if outcome and outcome not in ANSWERED and some:
            self._say("contradiction", OUTCOME)
            return None
        if outcome and outcome not in ANSWERED:
            return Judged(code, outcome, self._fields())
        if some and consent is None:
            self._say("consent", CONSENT)
            return None
        if share < self.accepts.partial:
            self._say("too_few" if some else "empty", "", share=f"{self.accepts.partial:.0%}")
            return Judged(code, REFUSED, self._fields()) if some else None
        status = COMPLETE if share >= self.accepts.complete else PARTIAL
        if status == PARTIAL:
            self._say("partial", "", share=f"{self.accepts.complete:.0%}")
        mode = self._coded(MODE, "survey_mode")
        fields = {**self._fields(), "mode_answered": mode}
        return Judged(code, status, fields, answers, self.given.row is None)

    def _say(self, kind: str, key: str, shown: str | None = None, **values: object) -> None:
        self.problems.append(self.given.problem(kind, key, shown, **values))

    def _code(self) -> str | None:
        wave = self.given.values.get(WAVE)
        if wave and wave != self.asked.wave:
            self._say("other_wave", WAVE, wave[:20], wave=self.asked.wave)
            return None
        code = invitation_codes.plain(self.given.values.get(CODE, ""))
        if not invitation_codes.is_code(code):
            self._say("bad_code" if code else "no_code", CODE, code)
            return None
        if code not in self.asked.customers:
            self._say("unknown_code", CODE, code, wave=self.asked.wave)
            return None
        return code

    def _coded(self, key: str, values: str) -> str | None:
        """Return the code that is meant, by itself or by its label in either language."""
        written = self.given.values.get(key)
        if not written:
            return None
        for code, labels in schema.values(values).items():
            if spelled(written) in {spelled(each) for each in (code, *labels.values())}:
                return code
        known = ", ".join(schema.value(values, code) for code in schema.values(values))
        self._say("choice", key, choices=known)
        return None

    def _consent(self) -> bool | None:
        written = self.given.values.get(CONSENT)
        if not written:
            return None
        for meant, name in ((True, "yes"), (False, "no")):
            words = text.catalogue()[f"questionnaire.{name}"].values()
            if spelled(written) in {spelled(each) for each in (name, str(int(meant)), *words)}:
                return meant
        self._say("choice", CONSENT, choices=" / ".join(_both("yes", "no")))
        return None

    def _answers(self) -> tuple[dict[str, int | str], float, bool]:
        """Return the answers, the share of closed questions answered, and if anything was."""
        found: dict[str, int | str] = {}
        done, closed, some = 0, 0, False
        for question, scale in self.asked.questions.items():
            written = self.given.values.get(question, "")
            some = some or bool(written)
            value = self._comment(question) if scale == OPEN else self._point(question, scale)
            if isinstance(value, (int, str)):
                found[question] = value
            if scale != OPEN:
                closed += 1
                done += value is not None or spelled(written) in self._skips()
        return found, done / closed if closed else float(some), some

    def _skips(self) -> set[str]:
        return {spelled(each) for each in self.accepts.skips}

    def _point(self, question: str, scale: str) -> int | None:
        written = normalize("NFKC", self.given.values.get(question, ""))
        if not written or spelled(written) in self._skips():
            return None
        low, high = self.accepts.bounds[scale]
        if WHOLE.fullmatch(written) and low <= int(written) <= high:
            return int(written)
        self._say("off_scale", question, low=low, high=high, skip=sorted(self.accepts.skips)[0])
        return None

    def _comment(self, question: str) -> str | None:
        written = self.given.values.get(question)
        clean = redacted(written) if written else None
        if written and clean is None:
            self._say("comment", question, "")
        return clean or None

    def _fields(self) -> dict[str, object]:
        """Return attempts and times, where they are given and can be read."""
        read: Sequence[tuple[str, Callable[[str], object]]] = (
            (ATTEMPTS, _count),
            (STARTED, _time),
            (COMPLETED, _time),
        )
        found: dict[str, object] = {}
        for key, reader in read:
            if written := self.given.values.get(key):
                try:
                    found[key] = reader(written)
                except ValueError:
                    self._say("count" if key == ATTEMPTS else "time", key)
        self._look_at_days(found)
        return found

    def _look_at_days(self, found: Mapping[str, object]) -> None:
        """Say when a return was not filled in during fieldwork; it counts."""
        first, last = self.asked.first, self.asked.last
        for key in (STARTED, COMPLETED):
            moment = found.get(key)
            if isinstance(moment, datetime) and not first <= moment.date() <= last:
                self._say("outside", key, first=first, last=last)
                return


def _both(*names: str) -> list[str]:
    return [word for name in names for word in text.catalogue()[f"questionnaire.{name}"].values()]


def _count(written: str) -> int:
    if not re.fullmatch(r"\d{1,3}", written):
        raise ValueError
    return int(written)


def _time(written: str) -> datetime:
    """Return a time as this computer's clock shows it, to the second."""
    found = datetime.fromisoformat(written.strip().replace("/", "-"))
    return (found.astimezone() if found.tzinfo else found).replace(tzinfo=None, microsecond=0)
