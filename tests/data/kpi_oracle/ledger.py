"""KPIs of balances, classes, rates and losses."""

import pandas as pd

from tests.data.kpi_oracle.period import NEVER, NPL, quotient


def loan_balance(p):
    return p.book()["balance"].sum(min_count=1)


def borrowers(p):
    return len(p.borrowers) or None


def balance_per_borrower(p):
    return quotient(p.owing()["balance"].sum(), len(p.borrowers))


def part(where, column="balance", of="balance"):
    """Return a KPI: what `where` selects of the book, over all of it."""

    def read(p):
        book = p.book()
        return quotient(book.loc[where(book), column].sum(), book[of].sum())

    return read


def over_npl(where, column):
    def read(p):
        book = p.book()
        bad = book.loc[book["five_class"].isin(NPL), "balance"].sum()
        return quotient(book.loc[where(book), column].sum(), bad)

    return read


LADDER = ["normal", "special_mention", *NPL]


def migration(start, worst_kept):
    """Return a KPI: of loans in the classes `start`, what fell below `worst_kept`."""

    def read(p):
        first = p.book(p.opening).set_index("loan_id")
        last = p.book().set_index("loan_id")
        first = first[first["five_class"].isin(start) & (first["balance"] > 0)]
        both = first.join(last[["balance", "five_class"]].add_suffix("_later"), how="inner")
        kept = both[["balance", "balance_later"]].min(axis=1)
        rank = both["five_class_later"].map(LADDER.index)
        return quotient(kept[rank > LADDER.index(worst_kept)].sum(), kept.sum())

    return read


def npl_formation(p):
    def npl(book):
        return book.loc[book["five_class"].isin(NPL), "balance"].sum()

    opening, closing = p.book(p.opening), p.book()
    if opening.empty or closing.empty:
        return None
    months = p.loan_months.assign(month_end=pd.to_datetime(p.loan_months["month_end"]))
    lost = months.loc[p.during(months["month_end"]), "written_off_amount"].sum()
    loans = p.loans
    sold = loans[(loans["close_type"] == "transferred") & p.during(loans["closed_on"])]
    rows = months.merge(sold[["loan_id", "closed_on"]], on="loan_id")
    before = rows[(rows["month_end"] < pd.to_datetime(rows["closed_on"])) & (rows["balance"] > 0)]
    last = before.sort_values("month_end").groupby("loan_id").tail(1)
    price = 0.0
    for one in last[last["five_class"].isin(NPL)].itertuples():
        own = rows[rows["loan_id"] == one.loan_id]
        own = own[(own["month_end"] > one.month_end) & (own["month_end"] <= p.closing)]
        price += one.balance - own["written_off_amount"].sum()
    return quotient(npl(closing) - npl(opening) + lost + price, opening["balance"].sum())


def top_ten(p):
    owing = p.owing().merge(p.customers[["customer_id", "group_id"]], on="customer_id")
    grouped = owing["group_id"].notna()
    groups = owing[grouped].groupby("group_id")["balance"].sum()
    alone = owing[~grouped].groupby("customer_id")["balance"].sum()
    return pd.concat([groups, alone]).nlargest(10).sum(), owing["balance"].sum()


def concentration(p):
    firms = p.customers[p.customers["customer_type"] == "corporate"]
    owing = p.owing().merge(firms[["customer_id", "industry_code"]], on="customer_id")
    shares = owing.groupby("industry_code", dropna=False)["balance"].sum() / owing["balance"].sum()
    return (shares**2).sum() if len(shares) else None


def roll_rate(p):
    first = p.owing(p.opening)
    first = first[first["dpd"] == 0]
    later = p.book().set_index("loan_id")
    late = later[later["dpd"].isin(range(1, 31))]["balance"]
    return quotient(late.reindex(first["loan_id"]).sum(), first["balance"].sum())


def maturing(p):
    owing = p.owing()
    ahead = (pd.to_datetime(owing["matures_on"]) - p.closing).dt.days
    return None if owing.empty else owing.loc[ahead.between(1, 90), "balance"].sum()


def described(p, loans):
    people = p.customers[["customer_id", "customer_type", "size_class", "industry_code"]]
    return loans.merge(people, on="customer_id").merge(
        p.products[["product_id", "product_type"]], on="product_id"
    )


def real_estate(p):
    owing = described(p, p.owing())
    use = owing["use_industry_code"].fillna(owing["industry_code"]).fillna("")
    housing = (owing["product_type"] == "mortgage") | use.str.startswith(("K", "70"))
    return quotient(owing.loc[housing, "balance"].sum(), owing["balance"].sum())


def lines(p):
    """Return, by customer, the sum of lines that run on the closing day."""
    every = p.facilities
    last = pd.to_datetime(every["expires_on"]).fillna(NEVER)
    closed = pd.to_datetime(every["closed_on"]).fillna(NEVER)
    signed = pd.to_datetime(every["signed_on"])
    live = (signed <= p.closing) & (last >= p.closing) & (closed > p.closing)
    return every[live].groupby("customer_id")["credit_limit"].sum()


def for_business(loans):
    firm = (loans["customer_type"] == "corporate") & loans["size_class"].isin(["small", "micro"])
    private = loans["product_type"].isin(["mortgage", "consumer", "credit_card"])
    owner = (loans["customer_type"] == "business_owner") & ~private
    person = (loans["customer_type"] == "individual") & (loans["product_type"] == "business_owner")
    return loans[firm | owner | person]


def exposure(p, customers):
    """Return what each of `customers` may owe or owes, whichever is more."""
    owed = p.owing().groupby("customer_id")["balance"].sum()
    both = pd.DataFrame({"line": lines(p), "owed": owed}).max(axis=1)
    return customers.map(both).fillna(0.0)


def inclusive(p):
    loans = for_business(described(p, p.owing()))
    return loans[exposure(p, loans["customer_id"]) <= p.given["inclusive_limit"]]


def made(p):
    loans = p.loans
    return loans[p.during(loans["disbursed_on"]) & (loans["renewal_type"] != "extension")]


def mean_rate(loans):
    interest = (loans["principal"] * loans["rate_at_origination"]).sum()
    return quotient(interest, loans["principal"].sum())


def inclusive_rate(p):
    loans = for_business(described(p, made(p)))
    most = pd.concat([exposure(p, loans["customer_id"]), loans["principal"]], axis=1).max(axis=1)
    return mean_rate(loans[most <= p.given["inclusive_limit"]])


def cash_recovered(p):
    rows = p.loan_months[p.during(p.loan_months["month_end"])].merge(p.loans, on="loan_id")
    ended = pd.to_datetime(rows["closed_on"]) <= pd.to_datetime(rows["month_end"])
    bought = (rows["close_type"] == "transferred") & ended
    return None if rows.empty else rows.loc[~bought, "recovered_amount"].sum()


def expected_loss(p):
    rated = p.healthy.dropna(subset=["pd_12m"])
    return None if rated.empty else (rated["balance"] * rated["pd_12m"] * rated["lgd"]).sum()


def unrated(p):
    loans = p.healthy
    return None if loans.empty else loans.loc[loans["pd_12m"].isna(), "balance"].sum()


def raroc(p):
    months = p.loan_months[p.during(p.loan_months["month_end"])]
    mean = months.groupby("month_end")["balance"].sum().mean()
    owing = months[months["balance"] > 0].merge(p.loans, on="loan_id")
    keys = owing[["customer_id", "month_end"]].drop_duplicates()
    revenue = p.account_months.merge(keys, on=["customer_id", "month_end"])["revenue_to_bank"]
    if revenue.count() == 0:
        return None
    rate = p.given
    profit = revenue.sum() - rate["operating_cost_rate"] * mean - (expected_loss(p) or 0)
    return profit * (1 - rate["tax_rate"]) / (rate["capital_rate"] * mean)


def review_overdue(p):
    due = p.ratings[p.ratings.index.isin(p.borrowers)]["next_review_on"]
    return (pd.to_datetime(due) < p.closing).mean()


def override_rate(p):
    found = p.risk_assessments[p.during(p.risk_assessments["assessed_on"])]
    changed = found["override_grade"].fillna(found["risk_grade"]) != found["risk_grade"]
    return changed.mean()


def average_rate(p):
    book = p.book()
    return quotient((book["balance"] * book["rate"]).sum(), book["balance"].sum())


PERFORMING = ["normal", "special_mention"]
KPIS = {
    "LOAN_BAL": loan_balance,
    "BORROWERS": borrowers,
    "BAL_PER_BORROWER": balance_per_borrower,
    "NPL_RATIO": part(lambda book: book["five_class"].isin(NPL)),
    "SM_RATIO": part(lambda book: book["five_class"] == "special_mention"),
    "OVERDUE_RATIO": part(lambda book: book["dpd"] >= 1),
    "PAR30": part(lambda book: book["dpd"] >= 31),
    "OVERDUE90_TO_NPL": over_npl(lambda book: book["dpd"] >= 91, "balance"),
    "COVERAGE": over_npl(lambda book: book["dpd"] >= 0, "provision"),
    "PROV_TO_LOAN": part(lambda book: book["dpd"] >= 0, column="provision"),
    "MIG_PERFORMING": migration(PERFORMING, "special_mention"),
    "MIG_NORMAL": migration(["normal"], "normal"),
    "MIG_SM": migration(["special_mention"], "special_mention"),
    "MIG_SUB": migration(["substandard"], "substandard"),
    "MIG_DOUBT": migration(["doubtful"], "doubtful"),
    "NPL_FORMATION": npl_formation,
    "TOP10_SHARE": lambda p: quotient(*top_ten(p)),
    "TOP10_CAPITAL": lambda p: quotient(top_ten(p)[0], p.given["net_capital"]),
    "HHI_INDUSTRY": concentration,
    "ROLL_0_30": roll_rate,
    "MATURING_90D": maturing,
    "REAL_ESTATE_SHARE": real_estate,
    "INCLUSIVE_BAL": lambda p: inclusive(p)["balance"].sum() if p.borrowers else None,
    "INCLUSIVE_CUSTOMERS": lambda p: inclusive(p)["customer_id"].nunique() if p.borrowers else None,
    "INCLUSIVE_RATE": inclusive_rate,
    "NEW_LOAN_RATE": lambda p: mean_rate(made(p)),
    "CASH_RECOVERED": cash_recovered,
    "RAROC": raroc,
    "EXPECTED_LOSS": expected_loss,
    "UNRATED_BALANCE": unrated,
    "REVIEW_OVERDUE": review_overdue,
    "OVERRIDE_RATE": override_rate,
    "WAVG_RATE": average_rate,
}
