"""`explain(code)`: from a KPI down to the loans behind it."""

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from typing import TYPE_CHECKING

from workbench import live, settings, text
from workbench.errors import DataError, ParameterError

if TYPE_CHECKING:
    import pandas as pd

    from workbench.analysis.kpi_explained import KpiExplained
    from workbench.data.bank import Bank
    from workbench.data.kpi_behind import Behind

EXPLAINED = "explain KPI"
"""Action of the audit entry for records that were looked at; its subject is the KPI."""
PSEUDONYMS = ("loan_id", "customer_id")


class Explanation:
    """A KPI taken apart: shown by group, and down to each record on request.

    Attributes
    ----------
    result : KpiExplained
        The KPI by group, as it was shown.
    """

    def __init__(self, bank: "Bank", behind: "Behind", result: "KpiExplained") -> None:
        self.result = result
        self._bank = bank
        self._behind = behind

    def __dir__(self) -> list[str]:
        """List what is there to be used."""
        return ["definition", "formula", "loans", "result", "rows"]

    def __repr__(self) -> str:
        return f"<{self._behind.definition.code} explained; .loans() or .rows() go down to each>"

    @property
    def definition(self) -> str:
        """Return what the KPI is, in the current language."""
        return self._behind.definition.definition()

    @property
    def formula(self) -> str:
        """Return the KPI's query: one row of value, numerator, denominator and base."""
        return self._behind.definition.query

    def rows(self) -> "pd.DataFrame":
        """Return every record that the KPI adds up, the largest part of the numerator first.

        `kpi_part` is what a record adds to the numerator, `kpi_whole` what it adds to the
        denominator. People and loans are pseudonyms. That they were looked at is put into the audit
        log.

        Raises
        ------
        ParameterError
            This is a run of a report, which shows no single record; or the role does not see what
            would name them.
        """
        if settings.run() is not None:
            raise ParameterError(
                "a report shows no single record of a KPI; look at them in JupyterLab"
            )
        own = [name for name in PSEUDONYMS if name in self._behind.rows]
        needed = self._behind.definition.needs
        withheld = [
            each
            for each in self._bank.withheld
            if each in needed or each in {f"{table}.{name}" for table in needed for name in own}
        ]
        if withheld:
            raise ParameterError(
                f"role {self._bank.role.name!r} does not see {', '.join(withheld)}, by which a "
                "record is known; it sees the KPI by group"
            )
        from workbench.privacy.audit import Log

        seen = ",".join(self._bank.role.branches)
        subject = f"{self._behind.definition.code} {self._behind.reading.window} {seen}".strip()
        Log(self._bank.folder).append(self._bank.role.name, EXPLAINED, subject, self._bank.snapshot)
        return self._behind.rows.copy()

    def loans(self) -> "pd.DataFrame":
        """Return the loans that make up the numerator, the largest part of it first.

        Raises
        ------
        DataError
            The records of this KPI are no loans; `rows()` gives them.
        ParameterError
            As for `rows`.
        """
        if "loan_id" not in self._behind.rows:
            raise DataError(
                f"the records of KPI {self._behind.definition.code} are no loans; .rows() gives "
                "them"
            )
        found = self.rows()
        return found[found["kpi_part"] != 0].reset_index(drop=True)


def explain(  # noqa: PLR0913 - each is a question of its own
    code: str,
    *,
    branch: str | Sequence[str] | None = None,
    by: str | None = None,
    at: str | None = None,
    window: str | None = None,
    given: Mapping[str, float] | None = None,
    bank: "Bank | None" = None,
) -> Explanation:
    """Take a KPI apart: definition, formula, numerator, denominator, groups, down to each loan.

    Shows the KPI by group, with small groups suppressed as in any report, and returns an
    explanation whose `.loans()` and `.rows()` go down to each record. The records add up to the
    KPI exactly: they come from its own query.

    Parameters
    ----------
    code : str
        A KPI of the catalogue, such as `"SM_RATIO"`; `docs/methods/kpis.en.md` lists them.
    branch : str or sequence of str, optional
        Only the rows of these branches, among those that the role sees.
    by : str, optional
        `"branch"`, `"product"`, `"customer_type"`, `"size_class"`, `"industry"`, `"region"` or
        `"class"`; the first that the records have by default, and the product within one branch.
    at : str, optional
        ISO month end at which the period ends; the newest by default.
    window : str, optional
        One of the KPI's windows; its first by default.
    given : mapping, optional
        What no table tells, such as `{"net_capital": 5e9}`.
    bank : Bank, optional
        The bank that `open_bank()` opens by default.

    Raises
    ------
    ParameterError
        There is no such KPI, branch, group or window, or the role does not see the branch.
    DataError
        The KPI has no value, or is no sum of records, as a median is none.

    Examples
    --------
    >>> explain("SM_RATIO", branch="B0003").loans()  # doctest: +SKIP
    """
    from workbench.analysis.kpi_explained import kpi_explained
    from workbench.data.bank import open_bank
    from workbench.data.kpi_behind import behind
    from workbench.display import show

    wanted = (branch,) if isinstance(branch, str) else tuple(branch or ())
    own = _narrowed(bank or open_bank(), wanted)
    found = behind(own, code, at=_day(at), window=window, given=given)
    result = kpi_explained(found, by=by or ("product" if len(wanted) == 1 else None))
    explanation = Explanation(own, found, result)
    if live.is_live():
        _introduce(explanation)
    show(result)
    return explanation


def _narrowed(bank: "Bank", branches: Sequence[str]) -> "Bank":
    """Return `bank` as if its reader saw `branches` alone: never more than the role sees."""
    return bank.of_branches(branches) if branches else bank


def _day(at: str | None) -> date | None:
    try:
        return date.fromisoformat(at) if at else None
    except ValueError:
        raise ParameterError(f"at is {at!r}; expected a month end as 2026-09-30") from None


def _introduce(explanation: Explanation) -> None:
    """Display the definition, the formula on request, and how to go on."""
    from IPython.display import HTML, display

    said = {key: escape(text.say(f"explained.{key}")) for key in ("definition", "formula", "drill")}
    display(
        HTML(  # type: ignore[no-untyped-call]
            f"<p><b>{said['definition']}</b> {escape(explanation.definition)}</p>"
            f"<details><summary>{said['formula']}</summary>"
            f"<pre>{escape(explanation.formula)}</pre></details><p><small>{said['drill']}</small></p>"
        )
    )
