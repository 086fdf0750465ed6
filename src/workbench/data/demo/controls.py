"""What the bank's own ledger and returns say the loans add up to, and the targets set for it."""

import numpy as np
import pandas as pd

from workbench.data.demo import season
from workbench.data.demo.performance import LOSS, MENTION, SUBSTANDARD
from workbench.data.demo.planting import Part, Planted, World
from workbench.data.demo.segments import Bools

LAST_MONTHS = 12
"""Months for which the ledger's totals are at hand."""
OFF = 4e-6
"""Relative difference planted in one total: smaller than any tolerance, larger than rounding."""
TARGETS = (
    ("NPL_RATIO", 0.0155, 0.018),
    ("SM_RATIO", 0.025, 0.03),
    ("OVERDUE_RATIO", 0.021, 0.026),
    ("OVERDUE90_TO_NPL", 0.95, 1.0),
    ("COVERAGE", 1.90, 1.60),
    ("PROV_TO_LOAN", 0.028, 0.025),
    ("RENEWAL_RATE", 0.25, 0.20),
    ("CONTACT_COVERAGE", 0.40, 0.30),
    ("APPROVAL_RATE", 0.55, 0.45),
    ("TAT_MEDIAN_H", 8.0, 24.0),
    ("NPS", 40.0, 32.0),
    ("CSAT_T2B", 0.90, 0.85),
    ("COMPLAINTS_PER_10K", 30.0, 40.0),
    ("COMPLAINT_ONTIME", 0.99, 0.97),
    ("TRAIN_COVERAGE", 0.95, 0.90),
    ("CONSENT_COVERAGE", 1.0, 0.99),
)
"""Code of the KPI catalogue, target, alert."""
OWN_TARGETS = 5
"""The first of `TARGETS` are set for each sub-branch too."""


def part(world: World) -> Part:
    """Return control totals and targets."""
    totals = control_totals(world)
    value = totals["value"].to_numpy(dtype=np.float64, copy=True)
    place = np.flatnonzero(_wrong(totals))
    true = float(value[place].sum())
    value[place] = np.round(value[place] * (1 + OFF), 2)
    difference = Planted(
        "controls.difference",
        "The ledger's provision of the month before last differs from the loans by a trifle",
        true,
        "yuan",
        ("control_totals.value", "loan_months.provision"),
        naive=float(value[place].sum()),
    )
    tables = {"control_totals": totals.assign(value=value), "kpi_targets": kpi_targets(world)}
    return Part(tables, (difference,))


def _wrong(totals: pd.DataFrame) -> Bools:
    """Tell in which total the difference is planted."""
    month = season.ends(np.array([season.number(season.LAST) - 2]))[0]
    chosen = (totals["item"] == "provision") & (totals["scope"] == "ALL")
    chosen &= (totals["month_end"] == month) & (totals["authority"] == "general_ledger")
    return np.asarray(chosen, dtype=bool)


def control_totals(world: World) -> pd.DataFrame:
    """Return the sums of `loan_months` by branch and over all, for the last months."""
    months, loans = world.tables["loan_months"], world.tables["loans"]
    since = season.ends(world.window[-LAST_MONTHS:])[0]
    rows = months[months["month_end"] >= since]
    loan = rows["loan_id"].cat.codes.to_numpy()
    class_ = rows["five_class"].cat.codes.to_numpy()
    balance = rows["balance"].to_numpy()
    owes = balance > 0
    amounts = pd.DataFrame(
        {
            "month_end": rows["month_end"].to_numpy(),
            "branch": loans["branch_id"].to_numpy()[loan],
            "customer": np.where(owes, loans["customer_id"].cat.codes.to_numpy()[loan], -1),
            "loan_balance": balance,
            "npl_balance": np.where((class_ >= SUBSTANDARD) & (class_ <= LOSS), balance, 0),
            "special_mention_balance": np.where(class_ == MENTION, balance, 0),
            "provision": rows["provision"].to_numpy(),
            "written_off": rows["written_off_amount"].to_numpy(),
            "loan_count": owes.astype(np.float64),
        }
    )
    items = list(amounts.columns[3:])
    parts = []
    for scope in ("branch", None):
        by = ["month_end", "branch"] if scope else ["month_end"]
        grouped = amounts.groupby(by, sort=True)[items].sum()
        borrowers = amounts[amounts["customer"] >= 0].groupby(by)["customer"].nunique()
        grouped["borrower_count"] = borrowers.reindex(grouped.index).fillna(0)
        long = grouped.reset_index().melt(id_vars=by, var_name="item", value_name="value")
        long["scope"] = long.pop("branch") if scope else "ALL"
        parts.append(long.assign(authority="general_ledger"))
    quarterly = parts[-1][parts[-1]["month_end"].dt.month % 3 == 0]
    parts.append(quarterly.assign(authority="regulatory_1104"))
    whole = pd.concat(parts, ignore_index=True)
    whole["value"] = whole["value"].round(2)
    return whole[["authority", "month_end", "item", "scope", "value"]]


def kpi_targets(world: World) -> pd.DataFrame:
    """Return this year's and last year's targets of the bank and of its sub-branches."""
    branches = world.people.branches
    top = branches["branch_id"].iloc[0]
    subs = branches.loc[
        branches["parent_branch_id"].eq(top) & branches["dept_role"].eq("relationship"), "branch_id"
    ]
    rows = [(code, "ALL", target, alert) for code, target, alert in TARGETS]
    rows += [
        (code, sub, target, alert) for sub in subs for code, target, alert in TARGETS[:OWN_TARGETS]
    ]
    frame = pd.DataFrame(rows, columns=["kpi_code", "scope", "target_value", "alert_value"])
    years = (season.LAST.year - 1, season.LAST.year)
    parts = [
        frame.assign(
            valid_from=pd.Timestamp(f"{year}-01-01"), valid_to=pd.Timestamp(f"{year}-12-31")
        )
        for year in years
    ]
    whole = pd.concat(parts, ignore_index=True)
    whole.loc[whole["valid_from"].dt.year == years[-1], "valid_to"] = pd.NaT
    staff = world.people.staff
    officers = np.flatnonzero(staff["role"].eq("risk_officer").to_numpy())
    owner = np.resize(officers, len(whole))
    whole["owner_staff_id"] = staff["staff_id"].array[owner]
    return whole
