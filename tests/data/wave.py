"""A small bank with a drawn wave, and what people give back: for tests of returned answers."""

import json
from datetime import date

import xlsxwriter

from tests.data import people
from workbench.data import bank as banks
from workbench.data import invitation_codes, listing, survey_take, survey_wave
from workbench.privacy import roles
from workbench.report.survey_draft import accepts
from workbench.rules import questionnaire

NAME = "2026Q4"
WAVE = survey_wave.Wave(NAME, "第四季度", date(2026, 10, 12), date(2026, 10, 30), "全部客户")
ASKED = questionnaire.rules(WAVE.first)
ACCEPTS = accepts(ASKED)
QUESTIONS = [
    {
        "question_id": item.id,
        "text_zh": item.zh,
        "text_en": item.en,
        "scale": item.scale,
        "construct": item.measures,
        "is_reverse": item.reverse,
    }
    for item in ASKED.item
]
CLOSED = {"Q1": 9, "Q2": 4, "Q3": 4, "Q4": 3, "Q5": 5, "Q6": 5, "Q7": 2, "Q8": 6}
"""A whole return, but for the comment."""


def bank_with(drop, home, bank, numbers=("C1", "C2", "C3", "C4"), **files):
    """Take the small bank in and write the wave down with these customers in its sample."""
    people.write(drop, home, **files)
    people.take(drop, bank)
    draw(bank, numbers)
    return bank


def draw(bank, numbers, wave=WAVE):
    key = banks.key(bank)
    sample = [
        {
            "customer_id": key.pseudonym(number, "customer"),
            "stratum": "consumer",
            "frame_count": 100,
            "design_weight": 100 / len(numbers),
            "mode_assigned": "phone" if number in ("C1", "C2") else "web",
            "mode_randomised": False,
        }
        for number in numbers
    ]
    return survey_wave.keep(bank, wave, QUESTIONS, sample, 1)


def codes(bank, wave=NAME):
    """Return core number → code of an invitation."""
    key = banks.key(bank)
    known = {key.pseudonym(number, "customer"): number for number in people.NAMES}
    found = invitation_codes.codes(bank, roles.current("operator"), wave, known, "keep vault")
    return {known[who]: code for who, code in found.items()}


def form(folder, code, /, name=None, **values):
    """Write what the form saves for `code`; `answers` and other keys replace a whole return's."""
    said = {
        **{"form": "questionnaire", "wave_id": NAME, "edition": "2026.1", "code": code},
        **{"language": "zh-CN", "consent": "yes", "answers": CLOSED},
        **{"started_at": "2026-10-13T09:00:00", "completed_at": "2026-10-13T09:03:10"},
        **values,
    }
    folder.mkdir(exist_ok=True)
    place = folder / (name or f"answers-{NAME}-{code}.json")
    place.write_text(json.dumps(said, ensure_ascii=False), "utf-8")
    return place


def listed(place, rows, header=None):
    """Write a list as CSV: `rows` hold values by key."""
    keys = header or list(dict.fromkeys(key for row in rows for key in row))
    lines = [",".join(str(row.get(key, "")) for key in keys) for row in rows]
    place.parent.mkdir(exist_ok=True)
    place.write_text("\n".join([",".join(keys), *lines]) + "\n", "utf-8")
    return place


def filled(place, rows, to=None):
    """Fill the workbook `place` as Excel would save it: `rows` hold values by code and key."""
    lines = list(listing.lines(place))
    keys = [cell.split()[-1] for cell in lines[0][1]]
    with xlsxwriter.Workbook(str(to or place), {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for at, (number, cells) in enumerate(lines):
            padded = [*cells, *[""] * (len(keys) - len(cells))]
            given = rows.get(padded[keys.index("code")], {}) if at else {}
            for column, (key, cell) in enumerate(zip(keys, padded, strict=True)):
                sheet.write(number - 1, column, given.get(key, cell))


def take(bank, *paths):
    return survey_take.take(bank, NAME, list(paths), ACCEPTS)


def status(bank):
    """Return core number → status of its invitation."""
    key = banks.key(bank)
    known = {key.pseudonym(number, "customer"): number for number in people.NAMES}
    rows = survey_wave.rows(bank, "survey_invitations", wave_id=NAME)
    return {known[row["customer_id"]]: row["status"] for row in rows}


def answers(bank):
    """Return core number → question → answer."""
    key = banks.key(bank)
    known = {key.pseudonym(number, "customer"): number for number in people.NAMES}
    found = {}
    for row in survey_wave.rows(bank, "survey_answers", wave_id=NAME):
        value = row["value_text"] if row["value_num"] is None else row["value_num"]
        found.setdefault(known[row["customer_id"]], {})[row["question_id"]] = value
    return found
