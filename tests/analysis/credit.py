"""Invented loans with a planted logit, for tests of the risk analyses."""

from itertools import pairwise

import numpy as np
import pandas as pd
from scipy import special

COHORTS = ("2024-06-30", "2025-06-30")
EFFECTS = {"late": 0.8, "used": 0.5}
"""Planted coefficients of two normal features; `noise` has none."""


def cases(loans=4000, cohorts=COHORTS, seed=7, constant=-2.0):
    """Return cases as `credit_cases` gives them, with the true probability in `truth`."""
    random = np.random.default_rng(seed)
    parts = []
    for cohort in cohorts:
        names = [f"P{at:06d}" for at in range(loans)]
        part = pd.DataFrame(
            {
                "cohort": pd.Timestamp(cohort),
                "loan_id": [f"L{at:06d}" for at in range(loans)],
                "customer_id": names,
                "customer_type": "individual",
                "segment": random.choice(["consumer", "mortgage", "small"], loans),
                "late": random.normal(size=loans),
                "used": random.normal(size=loans),
                "noise": random.normal(size=loans),
                "education": random.choice(["bachelor", "secondary"], loans),
                "gender": random.choice(["female", "male"], loans),
                "rate": np.nan,
                "rate_type": "fixed",
            }
        )
        part.loc[random.random(loans) < 0.1, "used"] = np.nan
        score = constant + sum(part[name].fillna(0) * effect for name, effect in EFFECTS.items())
        part["truth"] = special.expit(score)
        part["defaulted"] = (random.random(loans) < part["truth"]).astype(int)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def predictions(loans=6000, seed=3, *, shift=0.0, slope=1.0):
    """Return predictions whose log odds are `slope` times the true ones plus `shift`."""
    table = cases(loans, cohorts=COHORTS[1:], seed=seed)
    odds = slope * special.logit(table["truth"]) + shift
    keys = ["cohort", "loan_id", "customer_id", "segment", "defaulted"]
    return table[keys].assign(pd=special.expit(odds))


def sided(table):
    """Return cases whose features are called like two of either side of risk."""
    names = {"late": "dpd_max", "used": "leverage", "noise": "bureau_queries"}
    return table.rename(columns=names).drop(columns="truth")


def customers(number=6000, seed=9):
    """Return customers of `predictions` with attributes that say nothing of their risk."""
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer_id": [f"P{at:06d}" for at in range(number)],
            "gender": random.choice(["female", "male", None], number, p=[0.45, 0.45, 0.1]),
            "birth_year": pd.array(random.integers(1950, 2004, number), dtype="Int64"),
            "marital_status": random.choice(["single", "married"], number),
        }
    )


def steps(loans=20_000, months=8, seed=5, *, recoded=0):
    """Return monthly steps of four states; in the last one `recoded` loans change their code."""
    random = np.random.default_rng(seed)
    moves = np.array(
        [[0.97, 0.03, 0, 0], [0.6, 0.2, 0.2, 0], [0.3, 0.1, 0.2, 0.4], [0.05, 0, 0, 0.95]]
    )
    sizes = (np.array([0.94, 0.03, 0.01, 0.02]) * loans).astype(int)
    rows = []
    ends = pd.date_range("2026-01-31", periods=months + 1, freq="ME")
    for first, second in pairwise(ends):
        counts = np.stack([random.multinomial(n, p) for n, p in zip(sizes, moves, strict=True)])
        if second == ends[-1]:
            counts[0, 0] -= recoded
            counts[0, 2] += recoded
        rows += [
            (first, second, begin, end, int(counts[begin, end]))
            for begin in range(4)
            for end in range(4)
            if counts[begin, end]
        ]
    names = ["month_from", "month_to", "state_from", "state_to", "loans"]
    return pd.DataFrame(rows, columns=names)


def said(result):
    return result.summary().say(result.facts)


STANDING = {"closed": 5, "nothing_owed": 4, "days_unknown": 3, "overdue": 2, "classified": 1}
"""How many of the 700 loans of each tape of `outcomes` are not at risk, and why."""
REMOVED = {
    "window_not_full": 700,
    **{name: 4 * count for name, count in STANDING.items()},
    "outcome_open": 685,
    "outcomes_overlap": 685,
}
"""What each step of the waterfall takes from `outcomes`: four tapes have a full window."""


def outcomes():
    """Return 700 loans on the tapes of five half-year ends; the first and the last are no use."""
    names, counts = zip(*STANDING.items(), strict=True)
    standing = np.repeat([*names, "at_risk"], [*counts, 685])
    parts = [
        pd.DataFrame(
            {
                "cohort": cohort,
                "loan_id": [f"L{row:04d}" for row in range(700)],
                "customer_id": [f"P{row // 2:04d}" for row in range(700)],
                "standing": standing,
                "window_full": int(at > 0),
                "outcome_known": int(at < 4),
            }
        )
        for at, cohort in enumerate(pd.date_range("2023-12-31", "2025-12-31", freq="6ME"))
    ]
    return pd.concat(parts, ignore_index=True)


def loans(table, *, more=0):
    """Return all loans on file: those of `table`, and `more` that were on no tape."""
    names = [*table["loan_id"].unique(), *(f"never{at}" for at in range(more))]
    return pd.DataFrame({"loan_id": names})


def followed():
    """Return 1,000 loans of a complete year, 50 of them failing, and 400 of an open quarter."""
    ends = pd.date_range("2025-07-31", periods=12, freq="ME")
    kinds = np.repeat(["failed", "to_the_end", "repaid", "sold", "lost"], [50, 550, 300, 60, 40])
    when = pd.DatetimeIndex(np.resize(ends, 1000))
    left = np.isin(kinds, ["repaid", "sold"])
    last = pd.Timestamp("2026-06-30")
    year = pd.DataFrame(
        {
            "cohort": pd.Timestamp("2025-06-30"),
            "outcome_until": last,
            "standing": "at_risk",
            "window_full": 1,
            "outcome_known": 1,
            "closed_on": when.where(left),
            "close_type": np.where(kinds == "sold", "transferred", "prepaid_own_funds"),
            "last_seen": pd.DatetimeIndex(np.where(kinds == "lost", ends[3], last)),
            "failed_on": when.where(kinds == "failed"),
        }
    )
    quarter = (
        year[kinds == "to_the_end"]
        .iloc[:400]
        .assign(
            cohort=pd.Timestamp("2026-06-30"),
            outcome_until=pd.Timestamp("2027-06-30"),
            outcome_known=0,
            last_seen=pd.Timestamp("2026-09-30"),
        )
    )
    return pd.concat([year, quarter], ignore_index=True)


ARREARS = {
    "earlier": [120, *[0] * 18],
    "healed": [*[0] * 8, 95, *[0] * 10],
    "slow": [*[0] * 14, 95, *[0] * 4],
    "bad": [*[0] * 8, *[95] * 11],
    "gone": [*[0] * 8, *[95] * 11],
}
"""Days past due at 19 month ends, the fourth of which is the cohort day of `failing`."""


def failed_tape():
    """Return the tape of the loans of `failing` that were in default at some month end."""
    ends = pd.date_range("2024-12-31", periods=19, freq="ME")
    rows = [
        (name, end, float(days), "normal")
        for name, own in ARREARS.items()
        for end, days in zip(ends, own, strict=True)
    ]
    return pd.DataFrame(rows, columns=["loan_id", "month_end", "dpd", "five_class"])


def failing():
    """Return a cohort of 50 loans: the ones of `ARREARS`, and others that never failed."""
    names = [*ARREARS, *(f"good{at}" for at in range(45))]
    failed = {"healed": "2025-08-31", "slow": "2026-02-28", "bad": "2025-08-31"}
    failed["gone"] = "2025-08-31"
    gone = pd.Series(pd.to_datetime([{"gone": "2026-03-31"}.get(name) for name in names]))
    return pd.DataFrame(
        {
            "cohort": pd.Timestamp("2025-03-31"),
            "outcome_until": pd.Timestamp("2026-03-31"),
            "loan_id": names,
            "standing": "at_risk",
            "window_full": 1,
            "outcome_known": 1,
            "closed_on": gone,
            "close_type": "written_off",
            "last_seen": pd.Timestamp("2026-03-31"),
            "failed_on": pd.to_datetime([failed.get(name) for name in names]),
        }
    )


def applications(number=6000, seed=13):
    """Return applications, the riskier half declined, with outcomes of the others."""
    random = np.random.default_rng(seed)
    score, debt = random.normal(600, 60, number), random.uniform(0, 1, number)
    odds = -(score - 600) / 60 * 0.9 + 1.5 * (debt - 0.5) - 2.4
    declined = odds + random.normal(0, 0.5, number) > -2.3
    events = (random.random(number) < special.expit(odds)).astype(float)
    return pd.DataFrame(
        {
            "application_id": [f"A{at:05d}" for at in range(number)],
            "customer_id": [f"P{at // 2:05d}" for at in range(number)],
            "decided_on": pd.Timestamp("2025-03-31"),
            "declined": declined.astype(int),
            "outcome": np.where(declined, np.nan, events),
            "customer_type": "individual",
            "bureau_score": score,
            "debt_service_to_income": debt,
            "requested_amount": random.lognormal(11, 1, number),
        }
    )
