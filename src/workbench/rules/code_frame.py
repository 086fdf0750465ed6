"""The code frame: which topics a comment speaks of, as problem or praise, by listed terms.

A clause is read from left to right: terms name a subject, carry a tone, or both. A negation shortly
before a tone turns it round, a wish makes a problem of its subject. No model is trained, so that a
reader can say of every code which words led to it.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from workbench import text
from workbench.rules.pack import Pack, Rule, in_force

RULE = "comment-codes"
Language = Literal["zh", "en"]
TONES = ("problem", "praise")
HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
CLAUSE = {
    "zh": re.compile(r"[,.;!?:\n。]+|但是|可是|(?<![通说看])不过|只是|就是|但"),
    "en": re.compile(r"[,.;!?:()\n]+|\b(?:but|although|though|however|yet|except)\b"),
}
"""Where a clause ends; a negation or a wish reaches no further."""
NOT = re.compile(r"n['’]t\b")
GAPS = re.compile(r"[^a-z0-9]+")
ENDING = r"[a-z]*"
WISH, NEGATION, NEUTRAL, GOOD, BAD = "wish", "negation", "neutral", "good", "bad"


class Words(Rule):
    """Words of one language that have a tone or turn one round, whatever the topic."""

    window: int = Field(ge=1)
    negations: tuple[str, ...]
    wishes: tuple[str, ...]
    good: tuple[str, ...]
    bad: tuple[str, ...]
    neutral: tuple[str, ...] = ()


class Terms(Rule):
    """Terms of one topic in one language."""

    subjects: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    praises: tuple[str, ...] = ()


class Topic(Rule):
    """One topic: what it is called, and its terms."""

    title_zh: str = Field(min_length=1)
    title_en: str = Field(min_length=1)
    zh: Terms
    en: Terms

    @property
    def title(self) -> dict[str, str]:
        """Its title by language."""
        return {"zh": self.title_zh, "en": self.title_en}


class Frame(Pack):
    """The rule pack `comment-codes`: the last topic takes tones that belong to no other."""

    zh: Words
    en: Words
    code: Mapping[str, Topic] = Field(min_length=1)

    @model_validator(mode="after")
    def _readable(self) -> "Frame":
        for language in ("zh", "en"):
            for entry in (each for _, entries in _entries(self, language) for each in entries):
                _checked(entry)
        return self

    @property
    def marks(self) -> tuple[str, ...]:
        """What is told of a comment, a yes or no each: `<topic>_problem` and `<topic>_praise`."""
        return tuple(f"{code}_{tone}" for code in self.code for tone in TONES)

    @property
    def edition(self) -> str:
        """Its edition."""
        return self.pack.edition

    def labels(self) -> dict[str, str]:
        """Return what each mark is called in the current language."""
        language = text.language()
        return {
            f"{name}_{tone}": text.say(f"survey.mark_{tone}", topic=topic.title[language])
            for name, topic in self.code.items()
            for tone in TONES
        }

    def coded(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Return which marks each of `texts` bears, shape (n, marks)."""
        found: dict[str, list[int]] = {}
        marks = np.zeros((len(texts), len(self.marks)), dtype=np.bool_)
        for row, said in enumerate(texts):
            if said not in found:
                found[said] = sorted(self.reading(said))
            marks[row, found[said]] = True
        return marks

    def reading(self, said: str) -> set[int]:
        """Return the numbers of the marks that one comment bears."""
        return self._lexicons[language_of(said)].read(said)

    @cached_property
    def _lexicons(self) -> dict[str, "_Lexicon"]:
        return {language: _Lexicon(self, language) for language in ("zh", "en")}


def frame(day: date) -> Frame:
    """Return the code frame in force on `day`."""
    return in_force(Frame, RULE, day)


def language_of(said: str) -> Language:
    """Return the language of a comment: Chinese if it has any Chinese character."""
    return "zh" if HAN.search(said) else "en"


@dataclass(frozen=True)
class _Meaning:
    """What a term says: a kind of `Words`, or `subject`, `problem`, `praise` of topics."""

    kind: str
    topics: tuple[int, ...] = ()


class _Lexicon:
    """All terms of one language as one expression: leftmost first, then the longest."""

    def __init__(self, frame: Frame, language: Language) -> None:
        self._language: Language = language
        self._window = getattr(frame, language).window
        self._rest = len(frame.code) - 1
        meanings: dict[str, _Meaning] = {}
        for meaning, entries in _entries(frame, language):
            for entry in entries:
                old = meanings.get(entry, meaning)
                same = old.kind == meaning.kind
                topics = (*old.topics, *meaning.topics) if same else old.topics
                meanings[entry] = _Meaning(old.kind, tuple(dict.fromkeys(topics)))
        # Patterns are phrases: they go before single terms.
        order = sorted(meanings, key=lambda entry: (not _is_pattern(entry), -len(entry), entry))
        self._meanings = [(re.compile(_regex(entry)), meanings[entry]) for entry in order]
        self._seen: dict[str, _Meaning] = {}
        self._expression = re.compile(_expression(order, language))

    def _meaning(self, written: str) -> _Meaning:
        """Return what a match says. Groups in the expression would tell, at ten times its cost."""
        if written not in self._seen:
            fits = (m for expression, m in self._meanings if expression.fullmatch(written))
            self._seen[written] = next(fits)
        return self._seen[written]

    def read(self, said: str) -> set[int]:
        """Return the numbers of the marks that `said` bears."""
        marks: set[int] = set()
        last: tuple[int, ...] = ()
        for clause in clauses(said, self._language):
            found, last = self._clause(clause, last)
            marks |= found
        return self._settled(marks)

    def _clause(self, clause: str, before: tuple[int, ...]) -> tuple[set[int], tuple[int, ...]]:
        """Return the marks of a clause, and the subjects a clause behind it may go on about."""
        found = self._expression.finditer(clause)
        tokens = [(self._meaning(match.group()), *match.span()) for match in found]
        tokens = [token for token in tokens if token[0].kind != NEUTRAL]
        wished = any(meaning.kind == WISH for meaning, _, _ in tokens)
        subjects = [(at, m.topics) for at, (m, _, _) in enumerate(tokens) if m.kind == "subject"]
        marks: set[int] = set()
        since = 0
        for at, (meaning, _, _) in enumerate(tokens):
            tone = self._tone(tokens, at, clause)
            if tone is None:
                continue
            topics = meaning.topics or _about(subjects, since, at, before) or (self._rest,)
            if wished and topics == (self._rest,):
                continue
            bad = wished or not tone
            marks |= {2 * topic + (not bad) for topic in topics}
            since = at + 1
        if wished:
            marks |= {2 * topic for _, topics in subjects for topic in topics if topic < self._rest}
        spoken = tuple(dict.fromkeys(topic for _, topics in subjects for topic in topics))
        return marks, () if since else spoken

    def _tone(
        self, tokens: Sequence[tuple[_Meaning, int, int]], at: int, clause: str
    ) -> bool | None:
        """Return whether the token `at` is favourable, after negations; None if it has no tone."""
        meaning, start, _ = tokens[at]
        if meaning.kind not in (GOOD, BAD, *TONES):
            return None
        good = meaning.kind in (GOOD, "praise")
        for before, _, end in reversed(tokens[:at]):
            gap = clause[end:start]
            away = len(gap) if self._language == "zh" else len(gap.split())
            if away >= self._window or before.kind in (GOOD, BAD, *TONES):
                break
            if before.kind == NEGATION:
                good = not good
        return good

    def _settled(self, marks: set[int]) -> set[int]:
        """Leave out a general problem or praise where a topic has it."""
        rest = {2 * self._rest + tone for tone in (0, 1)}
        told = {mark % 2 for mark in marks - rest}
        return {mark for mark in marks if mark not in rest or mark % 2 not in told}


def _about(
    subjects: Sequence[tuple[int, tuple[int, ...]]], since: int, at: int, before: tuple[int, ...]
) -> tuple[int, ...]:
    """Return the topics a tone at `at` is about: subjects since the tone before, else near ones."""
    own = [topics for place, topics in subjects if since <= place < at]
    ahead = [topics for place, topics in subjects if place > at][:1]
    behind = [topics for place, topics in subjects if place < since][-1:]
    chosen = own or ahead or behind or ([before] if before else [])
    return tuple(dict.fromkeys(topic for topics in chosen for topic in topics))


def _entries(frame: Frame, language: Language) -> Iterable[tuple[_Meaning, tuple[str, ...]]]:
    words: Words = getattr(frame, language)
    yield _Meaning(NEUTRAL), words.neutral
    for number, topic in enumerate(frame.code.values()):
        terms: Terms = getattr(topic, language)
        yield _Meaning("problem", (number,)), terms.problems
        yield _Meaning("praise", (number,)), terms.praises
        yield _Meaning("subject", (number,)), terms.subjects
    yield _Meaning(WISH), words.wishes
    yield _Meaning(NEGATION), words.negations
    yield _Meaning(GOOD), words.good
    yield _Meaning(BAD), words.bad


def _is_pattern(entry: str) -> bool:
    return len(entry) > 2 and entry.startswith("/") and entry.endswith("/")


def _expression(order: Sequence[str], language: Language) -> str:
    """Return one expression for the entries in `order`; terms share their first character."""
    parts = [_regex(entry) for entry in order if _is_pattern(entry)]
    terms: dict[str, list[str]] = {}
    for entry in order:
        if not _is_pattern(entry):
            terms.setdefault(entry[0], []).append(_regex(entry[1:]))
    parts += [f"{re.escape(first)}(?:{'|'.join(rest)})" for first, rest in terms.items()]
    either = f"(?:{'|'.join(parts)})"
    return f"(?<![a-z0-9]){either}(?![a-z0-9])" if language == "en" else either


def _regex(entry: str) -> str:
    """Return the expression of one entry, without groups that capture."""
    if _is_pattern(entry):
        return re.sub(r"(?<!\\)\((?!\?)", "(?:", entry[1:-1])
    stem = entry.removesuffix("*")
    return re.escape(stem) + (ENDING if stem != entry else "")


def _checked(entry: str) -> None:
    """Refuse an entry that is no valid pattern, or would be found in an empty text."""
    try:
        empty = re.compile(_regex(entry)).fullmatch("")
    except re.error as error:
        raise ValueError(f"{entry!r} is no valid pattern: {error}") from None
    if empty:
        raise ValueError(f"{entry!r} is found in an empty text")


def expression(entries: Sequence[str], language: Language) -> re.Pattern[str]:
    """Return what finds any of `entries`, written as in the rule pack, in a clause.

    Raises
    ------
    ValueError
        An entry is no valid pattern, or would be found in an empty text.
    """
    for entry in entries:
        _checked(entry)
    order = sorted(entries, key=lambda entry: (not _is_pattern(entry), -len(entry), entry))
    return re.compile(_expression(order, language))


def clauses(said: str, language: Language) -> list[str]:
    """Return the clauses of a text, in plain marks and small letters."""
    plain = unicodedata.normalize("NFKC", said).lower()
    if language == "zh":
        return [part for part in CLAUSE["zh"].split(plain) if part]
    plain = NOT.sub(" not", plain)
    return [" ".join(GAPS.split(part)) for part in CLAUSE["en"].split(plain) if part]
