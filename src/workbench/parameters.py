"""Types a notebook's parameters cell may use besides str, int, float, bool, Literal and list.

Each is an annotated alias: a plain value to Python, a checked one to the runner.
"""

from typing import Annotated

from pydantic import AfterValidator, Field


def _iso_date(text: str) -> str:
    from datetime import date

    date.fromisoformat(text)
    return text


Share = Annotated[float, Field(ge=0, le=1)]
"""A fraction from 0 to 1."""

Confidence = Annotated[float, Field(ge=0.5, lt=1)]
"""Coverage of an interval, such as 0.95."""

Count = Annotated[int, Field(ge=0)]
"""A whole number, zero or more."""

Positive = Annotated[int, Field(ge=1)]
"""A whole number, one or more."""

IsoDate = Annotated[str, AfterValidator(_iso_date)]
"""A calendar day such as '2026-09-30'; an empty text is not one."""
