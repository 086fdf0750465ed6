"""The KPI catalogue: one definition, one query and one label in each language for every KPI.

`kpis.csv` beside this module says what each KPI is, `kpi/<code in lower case>.sql` how it is
computed. A KPI that is added there needs no code here.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from workbench import sql, text
from workbench.errors import ParameterError

WINDOWS = ("moment", "month", "quarter", "year_to_date", "12_months")
"""Over which days a KPI is read: at the end of the period, or from an earlier month end to it."""
UNITS = (
    *("share", "ratio", "index", "per_year", "bp", "currency"),
    *("count", "per_10k", "points", "days", "hours"),
)
WRITTEN = {
    **{"share": "share2", "per_year": "share2", "ratio": "ratio", "index": "number"},
    **{"currency": "money", "count": "count", "bp": "points", "per_10k": "points"},
    **{"points": "points", "days": "points", "hours": "points"},
}
"""Unit of a KPI → how it is written, a key of `workbench.text.formats.UNITS`."""
BETTER = ("up", "down", "none", "<=1", "=1", "=0")
SOURCES = ("sql", "system", "survey")
KINDS = ("census", "estimate")
SUBJECTS = ("ledger", "people")


@dataclass(frozen=True)
class Definition:
    """What one KPI is.

    Attributes
    ----------
    code : str
        The name it has everywhere: in notebooks, records, targets and slides.
    unit : str
        One of `UNITS`. A share is a fraction, never percent; `currency` is that of the bank.
    better : str
        The direction that is good, the value that is required, or `none`.
    notebook : str
        Where it is answered.
    source : str
        `sql`; `system` for what no table tells, `survey` for what the survey's report estimates,
        with weights and interval: whoever asks has to give these.
    kind : str
        `census` when it is a fact of the ledger, `estimate` when survey, model or experiment make
        it uncertain and it is shown with an interval.
    subject : str
        `people` when it rests on few persons and small cells have to be suppressed, else `ledger`.
    windows : tuple of str
        Of `WINDOWS`: the one it is read over, and those that stand beside it.
    why_zh, why_en : str
        Why this window.
    """

    code: str
    label_zh: str
    label_en: str
    unit: str
    better: str
    notebook: str
    source: str
    kind: str
    subject: str
    windows: tuple[str, ...]
    why_zh: str
    why_en: str
    definition_zh: str
    definition_en: str

    def label(self) -> str:
        """Return its name in the current language."""
        return self.label_zh if text.language() == "zh" else self.label_en

    def definition(self) -> str:
        """Say what it is, in the current language."""
        return self.definition_zh if text.language() == "zh" else self.definition_en

    def why(self) -> str:
        """Say why it is read over its window, in the current language."""
        return self.why_zh if text.language() == "zh" else self.why_en

    @property
    def query(self) -> str:
        """Return its query: one row of `value`, `numerator`, `denominator` and `base`."""
        return sql.text(f"kpi/{self.code.lower()}")

    @property
    def needs(self) -> tuple[str, ...]:
        """Return the tables its query reads, in alphabetical order; none where it has no query."""
        if self.source != "sql":
            return ()
        query = re.sub(r"--.*", "", self.query)
        named = set(re.findall(r"(?:from|join) ([a-z_]+) as", query))
        steps = set(re.findall(r"([a-z_]+) as \(", query))
        return tuple(sorted(named - steps))

    @property
    def parameters(self) -> tuple[str, ...]:
        """Return what its query takes besides the days of the window."""
        if self.source != "sql":
            return ()
        return tuple(sorted(sql.parameters(self.query) - {"from", "to"}))


@cache
def kpis() -> Mapping[str, Definition]:
    """Return every KPI by its code, in the order of the catalogue."""
    lines = files(sql).joinpath("kpis.csv").read_text("utf-8").splitlines()
    return {row["code"]: _definition(row) for row in csv.DictReader(lines)}


def kpi(code: str) -> Definition:
    """Return the KPI called `code`.

    Raises
    ------
    ParameterError
        There is none.
    """
    if code not in kpis():
        raise ParameterError(f"there is no KPI {code!r}; there are {', '.join(kpis())}")
    return kpis()[code]


def _definition(row: dict[str, Any]) -> Definition:
    return Definition(**{**row, "windows": tuple(row["windows"].split())})
