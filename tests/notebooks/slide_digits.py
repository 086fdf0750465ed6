"""Digits on slides that no fact stands behind."""

import re
from contextlib import contextmanager

import pytest
from pptx.enum.shapes import PP_PLACEHOLDER

from workbench import schema, text
from workbench.result import Fact
from workbench.sql import catalogue
from workbench.text import formats

MARK = "▢"
"""What every number, day and month is written as while digits are looked for."""
APART = ("source", "rest")
"""Shapes that tell where a slide's numbers come from, and how many rows had no room."""


@contextmanager
def unwritten():
    """Write no number, day or month in digits: what has some then, was written by hand."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("number", "signed", "day", "month"):
            patch.setattr(formats, name, lambda *_, **__: MARK)
        patch.setattr(Fact, "__format__", lambda *_: MARK)
        yield


def literal(presentation, names=()):
    """Return what has a digit on a slide: shape and text, what things are called left out."""
    called = sorted({*_names(), *names}, key=len, reverse=True)
    found = []
    for slide in presentation.slides:
        for shape in slide.shapes:
            number = shape.is_placeholder and (
                shape.placeholder_format.type == PP_PLACEHOLDER.SLIDE_NUMBER
            )
            if number or shape.name in APART:
                continue
            for said in _texts(shape):
                rest = said
                for name in called:
                    rest = rest.replace(name, "")
                if re.search(r"\d", rest):
                    found.append((shape.name, said))
    return found


def _texts(shape):
    if shape.has_text_frame:
        yield from (paragraph.text for paragraph in shape.text_frame.paragraphs)
    if shape.has_table:
        yield from (cell.text for row in shape.table.rows for cell in row.cells)


def _names():
    """Give what has a digit in its name: KPIs, codes and labels."""
    for code in catalogue.kpis():
        one = catalogue.kpi(code)
        yield from (one.label_zh, one.label_en)
    for key, entry in text.catalogue().items():
        if key.startswith(("fact.", "column.")):
            yield from (said for said in entry.values() if re.search(r"\d", said))
    for values in ("measure", "origin_type", "segment"):
        for entry in schema.values(values).values():
            yield from (said for said in entry.values() if re.search(r"\d", said))
