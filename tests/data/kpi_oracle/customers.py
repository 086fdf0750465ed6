"""KPIs of warnings, customers, renewals and consents."""

import pandas as pd

from tests.data.kpi_oracle.period import DAY, NEVER, share


def precision(p):
    rows = p.warnings[p.during(p.warnings["raised_at"])]
    rows = rows[rows["verdict"].isin(["confirmed", "false_alarm"])]
    return share(rows["verdict"] == "confirmed", rows)


def leads(p):
    """Return, for each loan that defaulted in the window, days since the first warning, or NaN."""
    days = p.given["overdue_days"]
    late = p.loan_months[p.loan_months["dpd"] > days].sort_values("month_end")
    first = late.drop_duplicates("loan_id")
    first = first[p.during(first["month_end"])].merge(p.loans, on="loan_id")
    found = {}
    for one in first.itertuples():
        default = pd.Timestamp(one.month_end) - DAY * (one.dpd - days - 1)
        warned = pd.to_datetime(
            p.warnings.loc[p.warnings["customer_id"] == one.customer_id, "raised_at"]
        )
        warned = warned[(warned < default) & (warned >= default - pd.DateOffset(months=12))]
        found[one.loan_id] = (default - warned.min().normalize()).days if len(warned) else None
    return pd.Series(found, dtype="float64")


def lead_days(p):
    return leads(p).median()


def answered(p):
    rules = p.warning_rules[["rule_id", "rule_version", "response_hours"]]
    rows = p.warnings.merge(rules, on=["rule_id", "rule_version"])
    rows["due"] = rows["raised_at"] + pd.to_timedelta(rows["response_hours"], unit="h")
    rows = rows[p.during(rows["due"])]
    measures = p.actions[p.actions["origin_type"] == "warning"]
    first = measures.groupby("origin_id")["opened_at"].min()
    return share(rows["warning_id"].map(first) <= rows["due"], rows)


def shared(p):
    rows = p.warnings[p.during(p.warnings["raised_at"] + DAY)]
    both = rows[["seen_by_relationship_at", "seen_by_risk_at"]].max(axis=1, skipna=False)
    return share(both - rows["raised_at"] <= DAY, rows)


def month(p):
    rows = p.account_months
    return rows[pd.to_datetime(rows["month_end"]) == p.closing]


def customers_per_manager(p):
    return p.present.groupby("relationship_manager_id").size().mean()


def contacts(p):
    rows = p.interactions[p.interactions["outcome"] != "no_answer"]
    ago = (p.closing - pd.to_datetime(rows["started_at"]).dt.normalize()).dt.days
    reached = set(rows.loc[ago.between(0, 89), "customer_id"])
    return p.present["customer_id"].isin(reached).mean()


def churn(p):
    before = sorted(set(p.owing(p.opening)["customer_id"]) - p.borrowers)
    stay = len(set(p.owing(p.opening)["customer_id"]) & p.borrowers)
    ends = p.loans[p.during(p.loans["closed_on"])].sort_values(["closed_on", "loan_id"])
    by_customer = dict(iter(ends[ends["customer_id"].isin(before)].groupby("customer_id")))
    left = 0
    for customer in before:
        own = by_customer.get(customer)
        if own is None:
            stay += 1
            continue
        if own["close_type"].isin(["written_off", "transferred"]).any():
            continue
        last = own.iloc[-1]
        since = (p.closing - pd.Timestamp(last["closed_on"])).days
        if last["close_type"] == "matured" and since < p.given["churn_days"]:
            continue
        gone = last["close_type"] in ("matured", "prepaid_refinanced")
        left, stay = left + gone, stay + (not gone)
    return left / (left + stay) if left + stay else None


def prepaid(kind):
    def read(p):
        owing = p.owing(p.opening)
        gone = (owing["close_type"] == kind) & p.during(owing["closed_on"])
        return owing.loc[gone, "balance"].sum() / owing["balance"].sum() if len(owing) else None

    return read


def fell_due(p):
    """Return the last loan of each facility that fell due, with the kinds of loan that followed."""
    grace = DAY * p.given["renewal_days"]
    loans = p.loans
    last_day = pd.to_datetime(loans["matures_on"])
    inside = (last_day > p.opening - grace) & (last_day <= p.closing - grace)
    sold = (loans["close_type"] == "transferred") & (pd.to_datetime(loans["closed_on"]) <= last_day)
    due = loans[inside & ~sold].sort_values(["matures_on", "loan_id"])
    alone = due[due["facility_id"].isna()]
    lined = due.dropna(subset=["facility_id"]).drop_duplicates("facility_id", keep="last")
    due = pd.concat([alone, lined])
    until = (pd.to_datetime(due["matures_on"]) + grace).set_axis(due["loan_id"])
    later = loans[loans["renewal_of_loan_id"].isin(due["loan_id"])]
    soon = pd.to_datetime(later["disbursed_on"]) <= later["renewal_of_loan_id"].map(until)
    kinds = later[soon].fillna({"renewal_type": "new"})
    return due.assign(
        kinds=due["loan_id"].map(kinds.groupby("renewal_of_loan_id")["renewal_type"].agg(set))
    )


def renewed(kinds):
    return isinstance(kinds, set) and bool(kinds - {"refinancing", "extension"})


def renewal_rate(p):
    due = fell_due(p)
    return share(due["kinds"].map(renewed), due)


def swapped(p):
    due = fell_due(p)
    only = due["kinds"].map(lambda each: isinstance(each, set) and "refinancing" in each)
    return share(only & ~due["kinds"].map(renewed).astype(bool), due)


def first_loans(p):
    first = p.loans.groupby("customer_id")["disbursed_on"].min()
    new = first.index[p.during(first)]
    flags = p.customers.set_index("customer_id")["is_first_loan"].reindex(new)
    return (flags == True).sum() if len(new) else None  # noqa: E712


def consents(p):
    rows = p.consents[p.consents["purpose"] == "credit_assessment"]
    end = p.closing + DAY
    until = rows[["withdrawn_at", "expires_at"]].min(axis=1).fillna(NEVER)
    live = set(rows.loc[(rows["granted_at"] < end) & (until >= end), "customer_id"])
    return len(p.borrowers & live) / len(p.borrowers) if p.borrowers else None


def without_consent(p):
    rows = p.bureau_reports[p.during(p.bureau_reports["queried_at"])]
    granted = p.consents.add_prefix("c_")
    both = rows.merge(granted, left_on="consent_id", right_on="c_consent_id", how="left")
    until = both[["c_withdrawn_at", "c_expires_at"]].min(axis=1).fillna(NEVER)
    live = (both["c_granted_at"] <= both["queried_at"]) & (both["queried_at"] < until)
    return (~(live & (both["c_customer_id"] == both["customer_id"]))).sum() if len(rows) else None


KPIS = {
    "WARN_PRECISION": precision,
    "WARN_RECALL": lambda p: leads(p).notna().mean(),
    "WARN_LEAD_DAYS": lead_days,
    "WARN_RESPONSE_ONTIME": answered,
    "SHARED_24H": shared,
    "DRILL_PASS": lambda p: p.drills.loc[p.during(p.drills["held_on"]), "passed"].mean(),
    "AUM": lambda p: month(p)["aum_avg"].sum(min_count=1),
    "PRODUCTS_PER_CUST": lambda p: month(p)["products_held"].mean(),
    "CUSTOMERS_PER_RM": customers_per_manager,
    "CONTACT_COVERAGE": contacts,
    "CHURN_RATE": churn,
    "REFI_RATE": prepaid("prepaid_refinanced"),
    "REFI_UNKNOWN": prepaid("prepaid_unknown"),
    "RENEWAL_RATE": renewal_rate,
    "RENEWAL_REFINANCED": swapped,
    "FIRST_LOAN_CUSTOMERS": first_loans,
    "CONSENT_COVERAGE": consents,
    "QUERY_NO_CONSENT": without_consent,
}
