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
