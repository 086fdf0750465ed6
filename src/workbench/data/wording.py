"""What a check between tables found and expected, in the words of the reader's language.

The checks are portable SQL and speak English. Their phrases stand in the catalogue as they are
written there, with a name in the place of each value; what is no phrase is a number, a date, a key
or a code.
"""

import re
from functools import cache

from workbench import schema, text

PHRASE = "load.phrase."
CODES = {"class_floor": ("five_class",), "answers_of_respondents": ("response_status", "scale")}
"""Check → lists of codes that its answers may be of."""
LISTS = {"activity": "activity", "item": "item_code"}
"""Value of a phrase → list of codes that it may be of."""


def said(check: str, words: str) -> str:
    """Return what `check` found or expected in the current language.

    Parameters
    ----------
    check : str
        Name of the check.
    words : str
        `found` or `expected` of one of its examples.
    """
    for codes in CODES.get(check, ()):
        if words in schema.values(codes):
            return schema.value(codes, words)
    for key, pattern in _phrases():
        if match := pattern.fullmatch(words):
            values = match.groupdict()
            named = {
                name: schema.value(LISTS[name], values[name]) for name in values & LISTS.keys()
            }
            return text.say(key, **{**values, **named})
    return words


@cache
def _phrases() -> list[tuple[str, re.Pattern[str]]]:
    """Return every phrase and what it looks like, the ones with most words of their own first."""
    found = {key: entry["en"] for key, entry in text.catalogue().items() if key.startswith(PHRASE)}
    first = sorted(found, key=lambda key: (-len(re.sub(r"{\w+}", "", found[key])), key))
    return [(key, re.compile(_pattern(found[key]))) for key in first]


def _pattern(phrase: str) -> str:
    parts = re.split(r"{(\w+)}", phrase)
    return "".join(
        f"(?P<{part}>.+)" if at % 2 else re.escape(part) for at, part in enumerate(parts)
    )
