"""KPIs of service, surveys, prices, campaigns and controls."""

import pandas as pd

from tests.data.kpi_oracle.period import EVER, NEVER, quotient, share

HOUR = pd.Timedelta(hours=1)


def decided(p):
    rows = p.applications[p.during(p.applications["decided_at"])]
    return rows[rows["decision"].isin(["approved", "approved_reduced", "declined"])]


def approval_rate(p):
    return share(decided(p)["decision"] != "declined", decided(p))


def need_met(p):
    rows = decided(p)
    given = rows["approved_amount"].where(rows["decision"] != "declined").sum()
    return quotient(given, rows["requested_amount"].sum())


def turnaround(p):
    steps = p.process_events
    first = steps[steps["activity"] == "submit"].groupby("application_id")["started_at"].min()
    paid = steps[steps["activity"] == "disbursement"]
    last = paid["ended_at"].fillna(paid["started_at"]).groupby(paid["application_id"]).max()
    last = last[p.during(last)]
    return ((last - first.reindex(last.index)).dropna() / HOUR).median()


def ended(p):
    steps = p.process_events[p.during(p.process_events["ended_at"])]
    return steps.assign(hours=(steps["ended_at"] - steps["started_at"]) / HOUR)


def bank_time(p):
    hours = ended(p).groupby("waiting_on")["hours"].sum()
    return quotient(hours.get("bank", 0.0), hours.sum())


def first_pass(p):
    steps = p.process_events.merge(decided(p), on="application_id")
    back = (steps["outcome"] == "return") & (steps["started_at"] <= steps["decided_at"])
    return 1 - back.groupby(steps["application_id"]).any().mean()


def within_limit(p):
    steps = ended(p).dropna(subset=["sla_hours"])
    return share(steps["hours"] - steps["sla_hours"] <= 1e-9, steps)


def online(p):
    rows = p.applications[p.during(p.applications["applied_at"])]
    return share(rows["channel"].isin(["app", "web"]), rows)


def attended(p):
    rows = p.training_records
    return rows[rows["attended"] & p.during(rows["held_on"])]


def trained(p):
    staff = p.staff[p.staff["role"].isin(["relationship_manager", "call_agent", "teller"])]
    hired = pd.to_datetime(staff["hired_on"]).fillna(EVER)
    left = pd.to_datetime(staff["left_on"]).fillna(NEVER)
    staff = staff[(hired <= p.closing) & (left > p.closing)]
    return share(staff["staff_id"].isin(attended(p)["staff_id"]), staff)


def complaints_per_10k(p):
    received = p.during(p.complaints["received_at"]).sum()
    return quotient(received * 10_000.0, len(p.borrowers))


def on_time(table, done):
    def read(p):
        rows = getattr(p, table)
        rows = rows[p.during(rows["due_at"])]
        return share(rows[done].notna() & (rows[done] <= rows["due_at"]), rows)

    return read


def wave(p):
    waves = p.survey_waves[pd.to_datetime(p.survey_waves["field_to"]) <= p.closing]
    newest = waves.sort_values(["field_to", "wave_id"])["wave_id"].iloc[-1:]
    return newest.item() if len(newest) else None


def response_rate(p):
    rows = p.survey_invitations
    rows = rows[(rows["wave_id"] == wave(p)) & (rows["status"] != "ineligible")]
    return share(rows["status"].isin(["complete", "partial"]), rows)


def price_deviation(p):
    loans = p.loans[p.during(p.loans["disbursed_on"])].dropna(subset=["spread_bp"])
    cells = list(p.price_list.itertuples())
    found = []
    for loan in loans.itertuples():
        start, end = pd.Timestamp(loan.disbursed_on), pd.Timestamp(loan.matures_on)
        months = (end.year - start.year) * 12 + end.month - start.month
        fitting = [cell for cell in cells if _fits(cell, loan, months)]
        # The newest list, the highest band of amounts that begins, the lowest of terms.
        fitting.sort(key=lambda cell: cell.price_id)
        fitting.sort(key=lambda cell: cell.term_from_m)
        fitting.sort(key=lambda cell: cell.amount_from, reverse=True)
        fitting.sort(key=lambda cell: cell.valid_from, reverse=True)
        found += [loan.spread_bp - cell.spread_bp for cell in fitting[:1]]
    return sum(found) / len(found) if found else None


def _fits(cell, loan, months):
    same = (cell.product_id, cell.risk_grade) == (loan.product_id, loan.risk_grade_at_origination)
    base = pd.isna(loan.base_rate_code) or loan.base_rate_code == cell.base_rate_code
    amount = cell.amount_from <= loan.principal and not loan.principal >= cell.amount_to
    term = cell.term_from_m <= months and not months > _number(cell.term_to_m)
    day = cell.valid_from <= loan.disbursed_on and not _after(loan.disbursed_on, cell.valid_to)
    return same and base and amount and term and day


def _number(value):
    return float("inf") if pd.isna(value) else value


def _after(day, last):
    return not pd.isna(last) and day > last


def uplift(p):
    rows = p.campaign_contacts[p.during(p.campaign_contacts["assigned_at"])]
    total = treated = 0
    for _, own in rows.groupby("campaign_id"):
        bought = own["converted_loan_id"].notna()
        ours, others = (bought[own["arm"] == arm] for arm in ("treatment", "control"))
        if len(ours) and len(others):
            total += len(ours) * (ours.mean() - others.mean())
            treated += len(ours)
    return quotient(total, treated)


def rejected(p):
    rows = p.data_loads
    about = pd.to_datetime(rows["period_end"]).fillna(rows["loaded_at"].dt.normalize())
    rows = rows[p.during(about)]
    return quotient(rows["rows_rejected"].sum(), rows["rows_in"].sum())


def controls(p):
    rows = p.control_attestations
    rows = rows[p.during(rows["reviewed_on"])].sort_values("reviewed_on")
    last = rows.drop_duplicates(["control_code", "branch_id"], keep="last")["status"]
    last = last[last != "not_applicable"]
    return share(last == "met", last)


def mean_of(table, moment, column):
    def read(p):
        rows = getattr(p, table)
        return rows.loc[p.during(rows[moment]), column].mean()

    return read


KPIS = {
    "APPROVAL_RATE": approval_rate,
    "NEED_MET": need_met,
    "TAT_MEDIAN_H": turnaround,
    "BANK_TIME_SHARE": bank_time,
    "FIRST_PASS": first_pass,
    "SLA_MET": within_limit,
    "ONLINE_SHARE": online,
    "TRAIN_COVERAGE": trained,
    "TRAIN_GAIN": lambda p: (attended(p)["post_score"] - attended(p)["pre_score"]).mean(),
    "COMPLAINTS_PER_10K": complaints_per_10k,
    "COMPLAINT_ONTIME": on_time("complaints", "closed_at"),
    "COMPLAINT_REPEAT": mean_of("complaints", "received_at", "repeated"),
    "ACTION_ONTIME": on_time("actions", "done_at"),
    "RESPONSE_RATE": response_rate,
    "PRICE_DEVIATION": price_deviation,
    "CAMPAIGN_UPLIFT": uplift,
    "OPT_OUT_RATE": mean_of("campaign_contacts", "contacted_at", "opted_out"),
    "LOAD_REJECT": rejected,
    "CONTROLS_MET": controls,
}
