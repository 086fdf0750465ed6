"""Files of answers that come back: workbooks, CSV files and what the form saved, as values by key.

Three shapes are known. A list has a header and one row per invitation; a sheet has one row per
question, with a column of keys and one of answers; a form is a JSON object. A header is a label
and, as its last word, the key. What cannot be read becomes a problem with its place.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.data import invitation_codes, listing, naming, workbook
from workbench.data.invitation_codes import ALPHABET
from workbench.data.survey_problems import Problem
from workbench.errors import DataError, ParameterError

WAVE, CODE, CONSENT, OUTCOME, MODE = "wave_id", "code", "consent", "outcome", "mode"
ATTEMPTS, STARTED, COMPLETED = "attempts", "started_at", "completed_at"
ABOUT = (WAVE, CODE, CONSENT, OUTCOME, MODE, ATTEMPTS, STARTED, COMPLETED)
"""Keys beside those of the questions."""
KEYS, ANSWER = "key", "answer"
"""Headers of a sheet."""
FORM = ".json"
ENDINGS = {FORM, ".csv", *workbook.ENDINGS}
LARGEST = 32 * 2**20
"""Bytes of the largest file that is read; ten thousand returns have a few."""
IGNORED = re.compile(r"^(\.|~\$)")
"""Files that systems and Excel lay beside others."""
WORD = re.compile(rf"(?:[{ALPHABET}]{{4}}-){{2}}[{ALPHABET}]{{3}}(?![^\W_])|[^\W_]+", re.I)
"""A code, or a word, in the name of a file."""
OWN = ("answers", "phone", "questionnaire", "sheet", "zh", "en")
"""Words that this program names files by."""


@dataclass(frozen=True)
class Return:
    """One questionnaire that came back, as it was written.

    Attributes
    ----------
    file : str
        Name of its file, as it may be shown.
    values : mapping of str to str
        Key → what was written; empty ones are left out.
    rows : mapping of str to int
        Key → row of the file it stands in; none in a form.
    row : int or None
        Row of all other keys.
    """

    file: str
    values: Mapping[str, str]
    row: int | None = None
    rows: Mapping[str, int] = field(default_factory=dict)

    def beyond(self, known: Collection[str]) -> list[str]:
        """Return the keys that hold something and are neither `known` nor those of every return."""
        return [key for key in self.values if key not in (*ABOUT, *known)]

    def problem(self, kind: str, key: str, shown: str | None = None, **values: object) -> Problem:
        """Return what is wrong with the value of `key`; `shown` stands for the value, if given."""
        value = self.values.get(key, "") if shown is None else shown
        return Problem(kind, self.file, self.rows.get(key, self.row), key, value, values)


@dataclass(frozen=True)
class Returned:
    """One file of answers.

    Attributes
    ----------
    name : str
        Its name as it is; never shown.
    shown : str
        Its name without what may identify somebody.
    sha256 : str
        Its fingerprint.
    returns : tuple of Return
        What it holds; rows that nobody filled in are left out.
    open : int
        Rows that nobody filled in.
    problems : tuple of Problem
        Why it, or a part of it, cannot be read.
    """

    name: str
    shown: str
    sha256: str
    returns: tuple[Return, ...]
    open: int = 0
    problems: tuple[Problem, ...] = ()


def read(paths: Sequence[Path], known: Collection[str]) -> list[Returned]:
    """Return the files that `paths`, files or folders, mean, in the order of their names.

    `known` words (the wave, numbers of branches) are no secrets where a file is named by them.

    Raises
    ------
    ParameterError
        There is no such file or folder, none in it, or two files have one name.
    """
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise ParameterError(f"there is no file or folder {shown(path.name, known)}")
        found += sorted(path.iterdir()) if path.is_dir() else [path]
    found = [each for each in found if each.is_file() and not IGNORED.match(each.name)]
    if not found:
        raise ParameterError("there is no file of answers in what was named")
    names = [path.name for path in found]
    if double := next((name for name in names if names.count(name) > 1), None):
        raise ParameterError(
            f"two files are called {shown(double, known)}; a name again means a corrected file, so "
            "take them in one after the other, or rename one"
        )
    return [_read(path, known) for path in sorted(found, key=lambda path: path.name)]


def shown(name: str, known: Collection[str]) -> str:
    """Return the name of a file without what may identify somebody.

    Codes of invitations, `known` words and those that this program names files by stay.
    """
    words = {each.lower() for each in (*known, *OWN)}

    def said(match: re.Match[str]) -> str:
        word = match.group()
        plain = word.lower() in words or invitation_codes.is_code(invitation_codes.plain(word))
        return word if plain else naming.hidden(word)

    stem, dot, ending = name.rpartition(".")
    return WORD.sub(said, stem if dot else name) + dot + (ending if dot else "")


def _read(path: Path, known: Collection[str]) -> Returned:
    name = shown(path.name, known)
    content = path.read_bytes() if path.stat().st_size <= LARGEST else b""
    sha256 = hashlib.sha256(content).hexdigest()
    if not content or path.suffix.lower() not in ENDINGS:
        return Returned(path.name, name, sha256, (), 0, (_unreadable(name, path.suffix),))
    try:
        if path.suffix.lower() == FORM:
            every = [_form(content, name)]
        else:
            every = _table(list(listing.lines(path)), name)
    except (DataError, ValueError, RecursionError) as error:
        why = str(error).partition(":")[2] if isinstance(error, DataError) else ""
        return Returned(path.name, name, sha256, (), 0, (_unreadable(name, path.suffix, why),))
    filled = tuple(each for each in every if each.values.keys() - {WAVE, CODE, MODE})
    return Returned(path.name, name, sha256, filled, len(every) - len(filled))


def _unreadable(name: str, ending: str, why: str = "") -> Problem:
    return Problem("unreadable", name, None, "", ending, {"why": why.strip() or "-"})


def _form(content: bytes, name: str) -> Return:
    """Return what a form saved; `ValueError` if it is none."""
    said: Any = json.loads(content.decode("utf-8-sig"))
    answers = said.get("answers") if isinstance(said, dict) else None
    if not isinstance(answers, dict):
        raise ValueError
    given = {key: said.get(key) for key in ABOUT} | answers
    return Return(name, {key: text for key, value in given.items() if (text := _plain(value))})


def _plain(value: object) -> str:
    """Return a value of a form as text; `ValueError` for lists and the like."""
    if value is None:
        return ""
    if not isinstance(value, (str, int, float)):
        raise ValueError
    return workbook.plain(value).strip()


def _table(lines: Sequence[tuple[int, list[str]]], name: str) -> list[Return]:
    """Return the rows of a list, or the one questionnaire of a sheet."""
    for at, (_, cells) in enumerate(lines):
        keys = [_key(cell) for cell in cells]
        if {KEYS, ANSWER} <= set(keys):
            return [_sheet(lines[at + 1 :], keys, name)]
        if CODE in keys:
            twice = sorted({key for key in keys if key and keys.count(key) > 1})
            if twice:
                raise DataError(f"{name}: the columns {', '.join(twice)} are there twice")
            return list(_list(lines[at + 1 :], keys, name))
    raise DataError(f"{name}: no header with {CODE}, or with {KEYS} and {ANSWER}")


def _key(header: str) -> str:
    """Return the key that a header ends with; those that are no questions in lower case."""
    last = (header.split() or [""])[-1]
    return last.lower() if last.lower() in (*ABOUT, KEYS, ANSWER) else last


def _list(
    lines: Sequence[tuple[int, list[str]]], keys: Sequence[str], name: str
) -> Iterator[Return]:
    for number, cells in lines:
        if len(cells) > len(keys):
            raise DataError(f"{name}: row {number} has {len(cells)} values, not {len(keys)}")
        pairs = zip(keys, cells, strict=False)
        yield Return(name, {key: value for key, value in pairs if key and value}, number)


def _sheet(lines: Sequence[tuple[int, list[str]]], keys: Sequence[str], name: str) -> Return:
    key_at, answer_at = keys.index(KEYS), keys.index(ANSWER)
    values, rows = {}, {}
    for number, cells in lines:
        if len(cells) > max(key_at, answer_at) and cells[key_at]:
            rows[cells[key_at]] = number
            if cells[answer_at]:
                values[cells[key_at]] = cells[answer_at]
    return Return(name, values, None, rows)
