"""What management looks at every month, read from a bank once: figures, targets and movements."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from workbench.data import kpi, kpi_history
from workbench.errors import DataError
from workbench.sql import catalogue

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data.bank import Bank

COMPARABLE = ("moment", "month", "quarter", "12_months")
"""Windows of the same length at every month end; the year to date is not."""
YEAR = 12


@dataclass(frozen=True, eq=False)
class MonthFigures:
    """One month of a bank.

    Attributes
    ----------
    closing, since : date
        The newest month end, and the December before, or the ledger's first month end after it.
    readings : DataFrame
        `code`, `value`, `before` (the month before), `year_start`, `cases` (the fewest behind).
    targets : DataFrame
        `code`, `target`, `alert`, in force.
    months, flows, moves, complaints, measures : DataFrame
        The queries `ledger_months` (of a year and a month), `npl_flows` and `loan_movement` (since
        `since`), `complaint_causes` (of a year) and `measures`.
    class_moves, class_moves_before, vintages, firm_loans, market_totals : DataFrame
        The queries of these names: `class_moves` since `since` and over the same months a year
        before (no rows where the ledger does not reach back), the others up to the newest month.
    campaign_arms : DataFrame
        The query of that name, of two years.
    year_from : date
        The month end a year before `closing`.
    """

    closing: date
    since: date
    readings: "pd.DataFrame"
    targets: "pd.DataFrame"
    months: "pd.DataFrame"
    flows: "pd.DataFrame"
    moves: "pd.DataFrame"
    complaints: "pd.DataFrame"
    measures: "pd.DataFrame"
    class_moves: "pd.DataFrame"
    class_moves_before: "pd.DataFrame"
    vintages: "pd.DataFrame"
    firm_loans: "pd.DataFrame"
    market_totals: "pd.DataFrame"
    campaign_arms: "pd.DataFrame"
    year_from: date

    @property
    def npl_before(self) -> float:
        """Return the non-performing balance at `since`."""
        return float(self.months.loc[self.months["month_end"].dt.date == self.since, "npl"].iloc[0])


def month_figures(bank: "Bank", codes: Sequence[str]) -> MonthFigures:
    """Return the figures of the newest month of `bank`, with KPIs `codes`.

    Raises
    ------
    DataError
        The bank has no month end of loans, or the role sees none.
    """
    closing = kpi_history.newest_month(bank)
    if closing is None:
        raise DataError(
            f"the bank has no month end of loans up to {bank.as_of}; take loan_months in first"
        )
    ends = kpi_history.month_ends(closing, YEAR + 1)
    year = {"from": ends[1], "to": closing}
    two_years = {"from": kpi_history.month_ends(closing, 2 * YEAR)[0], "to": closing}
    with kpi_history.held(bank):
        months = bank.query("ledger_months", **{"from": ends[0], "to": closing})
        # A ledger that begins within the year is counted from its own first month end.
        days = [day for day in months["month_end"].dt.date if day >= date(closing.year - 1, 12, 31)]
        to = {"from": days[0], "to": closing}
        year_before = {name: _year_before(day) for name, day in to.items()}
        overdue = kpi.parameters(closing)["overdue_days"]
        return MonthFigures(
            closing=closing,
            since=days[0],
            readings=readings(bank, codes, closing),
            targets=kpi_history.targets(bank, closing),
            months=months,
            flows=bank.query("npl_flows", **to),
            moves=bank.query("loan_movement", **to),
            complaints=bank.query("complaint_causes", **year),
            measures=bank.measures(),
            class_moves=bank.query("class_moves", **to),
            class_moves_before=bank.query("class_moves", **year_before),
            vintages=bank.query("vintages", to=closing, overdue_days=overdue),
            firm_loans=bank.query("firm_loans"),
            market_totals=bank.query("market_totals"),
            campaign_arms=bank.query("campaign_arms", **two_years),
            year_from=year["from"],
        )


def _year_before(month_end: date) -> date:
    return kpi_history.month_ends(month_end, YEAR)[0]


def readings(bank: "Bank", codes: Sequence[str], closing: date) -> "pd.DataFrame":
    """Return each KPI of `codes` over its first window at `closing`, a month and a year earlier.

    Returns
    -------
    DataFrame
        `code`, `value`, `before`, `year_start`, `cases`: missing where there is none, or where the
        window is not as long as the newest.
    """
    import pandas as pd

    chosen = [catalogue.kpi(code) for code in codes]
    chosen = [replace(each, windows=each.windows[:1]) for each in chosen]
    same = [each for each in chosen if each.windows[0] in COMPARABLE]
    days = {
        "value": (closing, chosen),
        "before": (kpi_history.month_ends(closing, 1)[0], same),
        "year_start": (date(closing.year - 1, 12, 31), same),
    }
    found = {
        (each.code, name): each
        for name, (day, asked) in days.items()
        for each in kpi.readings(bank, asked, at=day)
    }
    rows = []
    for code in codes:
        own = [found.get((code, name)) for name in days]
        known = [each.value if each and each.value is not None else None for each in own]
        bases = [each.base for each in own if each and each.value is not None and each.base]
        rows.append((code, *known, min(bases, default=0)))
    table = pd.DataFrame(rows, columns=["code", *days, "cases"])
    return table.astype(dict.fromkeys(days, "float64") | {"cases": "int64"})
