"""What a KPI is made of: its numerator and denominator by group, equal in sum to the KPI."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from workbench import schema, text
from workbench.data.kpi_behind import Behind
from workbench.data.kpi_rows import PART, WHOLE
from workbench.errors import ParameterError
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.text.formats import MISSING

GROUPS: Mapping[str, str] = {
    "branch": "branch_id",
    "product": "product_id",
    "customer_type": "customer_type",
    "size_class": "size_class",
    "industry": "industry_code",
    "region": "region_code",
    "class": "five_class",
}
"""What a KPI can be taken apart by: the name, and the column of its rows."""
LISTS = {"customer_type": "customers", "size_class": "customers", "five_class": "loan_months"}
UNITS = {
    **{"share": "share2", "per_year": "share2", "ratio": "ratio", "index": "number"},
    **{"currency": "money", "count": "count", "bp": "points", "per_10k": "points"},
    **{"points": "points", "days": "points", "hours": "points"},
}


@dataclass(frozen=True, eq=False, repr=False)
class KpiExplained(Result):
    """A KPI by group.

    Attributes
    ----------
    table : DataFrame
        One row per group, the largest part of the numerator first: `kpi_group`, `kpi_cases`
        (records), `kpi_numerator`, `kpi_denominator`, `kpi_group_value` and `kpi_contribution`
        (share of the numerator), with the units of numerator, denominator and value.
    facts : mapping
        `value`, `numerator`, `denominator` (of a quotient), `cases`, and `first_share`.
    kpi : mapping
        The KPI's name in each language.
    """

    table: pd.DataFrame
    facts: Mapping[str, Fact]
    kpi: Mapping[str, str]
    name: str = "explained"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("kpi_group", "codes"),
        Column("kpi_cases", "count"),
        Column("kpi_numerator", "number", units="part_unit", largest=("largest", "second")),
        Column("kpi_denominator", "number", units="whole_unit"),
        Column("kpi_group_value", "number", units="value_unit"),
        Column("kpi_contribution", "share"),
    )
    base: ClassVar[str | None] = "kpi_cases"
    parts: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = None
    key: ClassVar[tuple[str, ...]] = ("value", "numerator", "denominator")

    def title(self) -> str:
        """Return the KPI's name and what this is, in the current language."""
        return text.say("explained.title", kpi=self.kpi[text.language()])

    def summary(self) -> Finding:
        """Say what the KPI is, what it is made of, and which group has most of it."""
        first = str(self.table["kpi_group"].iloc[0])
        words = {"kpi": Word("", said=self.kpi), "first": _word(first)}
        if "denominator" not in self.facts:
            return Finding("explained.sum", ("value", "cases", "first_share"), words)
        quoted = ("value", "numerator", "denominator", "cases", "first_share")
        return Finding("explained.ratio", quoted, words)


@dataclass(frozen=True, eq=False, repr=False)
class LedgerExplained(KpiExplained):
    """A KPI about loans and branches by group; see `KpiExplained`."""

    about: ClassVar[str] = "ledger"


def kpi_explained(behind: Behind, *, by: str | None = None) -> KpiExplained:
    """Return the KPI of `behind` by group.

    Parameters
    ----------
    behind : Behind
        The KPI with its rows.
    by : str, optional
        One of `GROUPS`. By default the first of them that its rows have.

    Raises
    ------
    ParameterError
        There is no such group, or the rows of this KPI do not have it.
    """
    there = [name for name, column in GROUPS.items() if _has(behind.rows, column)]
    if by is not None and by not in there:
        raise ParameterError(
            f"KPI {behind.definition.code} cannot be taken apart by {by!r}; its rows have "
            f"{', '.join(there) or 'no group'}"
        )
    chosen = by or (there[0] if there else None)
    column = GROUPS[chosen] if chosen else None
    table = _groups(behind, column)
    kind = LedgerExplained if behind.definition.subject == "ledger" else KpiExplained
    said = {"zh": behind.definition.label_zh, "en": behind.definition.label_en}
    return kind(table, _facts(behind, table), said)


def _has(rows: pd.DataFrame, column: str) -> bool:
    return column in rows and bool(rows[column].notna().any())


def _groups(behind: Behind, column: str | None) -> pd.DataFrame:
    rows = behind.rows.assign(
        group=behind.rows[column].map(lambda code: _named(column, code, behind.names))
        if column
        else MISSING
    )
    found = [_group(str(name), own, behind) for name, own in rows.groupby("group", sort=True)]
    table = pd.DataFrame(found)
    table["kpi_contribution"] = table["kpi_numerator"] / (behind.reading.numerator or math.nan)
    return table.sort_values("kpi_numerator", ascending=False, kind="stable", ignore_index=True)


def _named(column: str, code: object, names: Mapping[str, str]) -> str:
    """Return a group as `list:code`, or as its code and its name where it is in no list."""
    if code is None or code != code:
        return MISSING
    table = LISTS.get(column)
    if table is None:
        return f"{code} {names.get(str(code), '')}".strip()
    listed = schema.table(table).column(column)
    return f"{listed.values}:{code}"  # noqa: PD011 - a list of codes, no table


def _group(name: str, rows: pd.DataFrame, behind: Behind) -> dict[str, object]:
    part, whole = behind.kinds
    numerator, denominator = _sum(rows[PART], part), _sum(rows[WHOLE], whole)
    if behind.fixed:
        denominator = behind.reading.denominator or math.nan
    single = not behind.quotient
    sizes = np.zeros(2)
    if part == "money":
        sizes = np.append(np.sort(np.abs(rows[PART].to_numpy(float)))[::-1], 0.0)
    value = numerator if single else numerator / denominator if denominator else math.nan
    return {
        "kpi_group": name,
        "kpi_cases": len(rows),
        "kpi_numerator": numerator,
        "kpi_denominator": math.nan if single else denominator,
        "kpi_group_value": value,
        "part_unit": part,
        "whole_unit": "money" if behind.fixed else whole,
        "value_unit": UNITS[behind.definition.unit],
        "largest": float(sizes[0]),
        "second": float(sizes[1]),
    }


def _sum(values: pd.Series, kind: str) -> float:
    """Return the sum of `values`, which is to the cent where they are money."""
    total = math.fsum(values.dropna().astype(float))
    return round(total, 2) if kind == "money" else total


def _facts(behind: Behind, table: pd.DataFrame) -> dict[str, Fact]:
    reading, (part, whole) = behind.reading, behind.kinds
    cases = len(behind.rows)
    facts = {
        "value": Fact(reading.value or 0.0, UNITS[behind.definition.unit], n=cases),
        "numerator": Fact(reading.numerator or 0.0, part, n=cases),
        "cases": Fact(cases, "count", n=cases),
        "first_share": Fact(
            float(table["kpi_contribution"].iloc[0]), "share", n=int(table["kpi_cases"].iloc[0])
        ),
    }
    if behind.quotient and reading.denominator is not None:
        unit = "money" if behind.fixed else whole
        facts["denominator"] = Fact(reading.denominator, unit, n=cases)
    return facts


def _word(group: str) -> Word:
    values, colon, code = group.partition(":")
    return Word(code, values) if colon else Word(group)
