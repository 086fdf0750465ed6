"""The questionnaire as one HTML file that needs no network: filled in there, saved as a small file.

Both languages are in it and one is shown. A policy in the page forbids it to load or send anything;
what it saves holds a code of an invitation, and nothing of who it belongs to.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from markupsafe import Markup, escape

from workbench import text
from workbench.data import invitation_codes
from workbench.report.page import environment
from workbench.rules.questionnaire import Item, Questionnaire
from workbench.text import LANGUAGES, Language

HTML_LANG = {"zh": "zh-CN", "en": "en"}
EXAMPLE = invitation_codes.code(b"example", "wave", "number")
"""A code of nobody, with a check letter that fits."""


@dataclass(frozen=True)
class Point:
    """One point of a scale on the form; `labels` by language, empty where it has none."""

    value: int
    labels: dict[Language, str]


def page(asked: Questionnaire, wave: str) -> str:
    """Return the form for `wave` as HTML; the language in force is the one it opens in."""
    settings = {
        "wave": wave,
        "edition": asked.pack.edition,
        "alphabet": invitation_codes.ALPHABET,
        "letters": invitation_codes.LETTERS,
        "groups": invitation_codes.GROUPS,
        "titles": {"zh": asked.pack.title_zh, "en": asked.pack.title_en},
    }
    return (
        environment()
        .get_template("questionnaire.html")
        .render(
            asked=asked,
            wave=wave,
            example=EXAMPLE,
            opens=HTML_LANG[text.language()],
            style=_part("questionnaire.css"),
            script=_part("questionnaire.js"),
            settings=_embedded(settings),
            both=both,
            said=said,
            points=lambda item: points(asked, item),
        )
    )


def write(asked: Questionnaire, wave: str, to: Path) -> str:
    """Write the form for `wave` into the folder `to`, and return its name."""
    to.mkdir(parents=True, exist_ok=True)
    name = f"questionnaire-{wave}.html"
    passage = to / f"{name}.unfinished"
    passage.write_text(page(asked, wave), "utf-8")
    passage.replace(to / name)
    return name


def points(asked: Questionnaire, item: Item) -> list[Point]:
    """Return the points of the scale of a closed `item`."""
    scale = asked.scale[item.scale]
    labels = {language: scale.points(language) for language in LANGUAGES}
    return [
        Point(value, {language: labels[language][value] for language in LANGUAGES})
        for value in range(scale.low, scale.high + 1)
    ]


def both(words: dict[Language, str]) -> Markup:
    """Return `words` of both languages as HTML: the style sheet shows the one in force."""
    return Markup().join(
        Markup('<span lang="{}">{}</span>').format(HTML_LANG[name], escape(words[name]))
        for name in LANGUAGES
    )


def said(key: str, **values: object) -> Markup:
    """Return the sentence `key` in both languages as HTML."""
    words: dict[Language, str] = {}
    for name in LANGUAGES:
        with text.spoken(name):
            words[name] = text.say(f"questionnaire.{key}", **values)
    return both(words)


@cache
def _part(name: str) -> Markup:
    return Markup((files("workbench.report") / "templates" / name).read_text("utf-8"))


def _embedded(values: object) -> Markup:
    """Return JSON that can stand in a script element."""
    return Markup(json.dumps(values, ensure_ascii=False).replace("<", "\\u003c"))
