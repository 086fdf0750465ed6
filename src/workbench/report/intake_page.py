"""The page of a load, taken in or held back: reconciliation, rows, totals, drift and checks."""

from pathlib import Path
from typing import TYPE_CHECKING

from workbench import durable, schema, text
from workbench.data import quarantine, reasons, wording
from workbench.report import page
from workbench.text import formats, say

if TYPE_CHECKING:
    from workbench.data.load import Load

MOST = 20
"""Rows of a list that the page shows; the note of the load has all of them."""


def write(load: "Load", folder: Path) -> Path:
    """Write the page of `load` in both languages into `folder`; return the Chinese one."""
    durable.folder(folder)
    for language in text.LANGUAGES:
        durable.write(folder / f"{load.id}.{language}.html", render(load, language))
    return folder / f"{load.id}.zh.html"


def render(load: "Load", language: text.Language) -> str:
    """Return the page of `load` in `language`."""
    with text.spoken(language):
        moved = [each for each in load.drift if each.level != "quiet"]
        view = {
            "load": load,
            "verdict": _verdict(load),
            "moved": sorted(moved, key=lambda each: each.level != "held")[:MOST],
            "totals": [each for each in load.totals if each.before is not None],
            "signed": formats.signed,
            "broken": [each for each in load.checks if each.rows],
            "unknown": {name: headers for name, headers in load.unknown.items() if headers},
            "most": MOST,
            "label": _label,
            "value": schema.value,
            "said": reasons.of_drift,
            "words": wording.said,
            "reason": lambda hold: hold.said.get(language, hold.line),
            "quarantine": _quarantine(load, language),
            "number": formats.number,
            "tongue": {"zh": "zh-CN", "en": "en"}[language],
        }
        template = page.environment().get_template("intake.html")
        return template.render(say=say, css=page.style(), **view)


def _verdict(load: "Load") -> str:
    if load.held and load.snapshot is None:
        return say("load.held", reasons=len(load.held))
    if load.released:
        return say("load.released", reason=load.released, reasons=len(load.held))
    return say("load.taken", snapshot=load.snapshot or "–")


def _label(table: str, column: str = "") -> str:
    """Return the label of a table, or of one of its columns."""
    found = schema.table(table)
    return f"{found.label()} · {found.column(column).label()}" if column else found.label()


def _quarantine(load: "Load", language: text.Language) -> str | None:
    """Return where the report of rejected rows in `language` lies; None when there is none."""
    return load.report and str(Path(load.report).with_name(quarantine.report(language)))
