"""Made-up loans, offers and holdings, for tests of products and pricing."""

import numpy as np
import pandas as pd

GRADES = ("A1", "A2", "B1", "B2", "C1")
CHANCE = dict(zip(GRADES, (0.002, 0.006, 0.012, 0.024, 0.05), strict=True))


def loans(n=1200, seed=1, **given):
    """Return rows as the query `priced_loans` gives them."""
    rng = np.random.default_rng(seed)
    grade = rng.choice(GRADES, n)
    segment = rng.choice(["small", "micro", "business_owner", "consumer"], n)
    person = np.isin(segment, ("business_owner", "consumer"))
    principal = np.where(
        person, rng.choice([30_000.0, 90_000, 300_000], n), rng.choice([5e5, 2e6, 2e7], n)
    )
    margin = np.array([CHANCE[code] for code in grade]) * 0.7 + 0.012
    rate = 0.03 + margin + 0.002 * rng.standard_normal(n)
    table = pd.DataFrame(
        {
            "loan_id": [f"L{at:06d}" for at in range(n)],
            "customer_id": [f"c{at % (n * 3 // 4):05d}" for at in range(n)],
            "branch_id": "B0001",
            "product_id": np.where(person, "P06", "P01"),
            "product_type": np.where(person, "business_owner", "working_capital"),
            "segment": segment,
            "gender": np.where(person, rng.choice(["male", "female"], n), None),
            "birth_year": np.where(person, rng.integers(1955, 2003, n), np.nan),
            "channel": rng.choice(["app", "branch"], n),
            "disbursed_on": pd.to_datetime("2026-03-01")
            + pd.to_timedelta(rng.integers(0, 90, n), "D"),
            "term": rng.choice([12, 24, 36], n),
            "principal": principal,
            "rate_type": "fixed",
            "reprice_months": None,
            "repayment_method": rng.choice(["interest_only_bullet", "equal_instalment"], n),
            "main_security": rng.choice(["credit", "guarantee", "mortgage"], n),
            "grade": grade,
            "pd": [CHANCE[code] for code in grade],
            "lgd": 0.45,
            "owed": principal,
            "line": principal,
            "deposit_months": 12,
            "deposits": 20_000.0,
            "security_value": None,
            "rate": rate,
            "prime": 0.03,
            "list_bp": np.round((rate - 0.03) * 1e4 / 5) * 5 + rng.choice([-5, 30, 80], n),
            "list_base": "LPR1Y",
            "fee_rate": 0.0,
            "price_approval": rng.choice(["manager", "branch", "head_office"], n),
            "price_test": None,
        }
    )
    return table.assign(**given)


def offers(n=3000, seed=1, slope=0.02, segments=("consumer", "micro")):
    """Return rows as the query `price_offers` gives them: half priced by lot.

    Acceptance falls by `slope` log-odds a basis point; among offers that officers priced, those
    with another offer in hand get a cut of 40 bp and refuse more often.
    """
    rng = np.random.default_rng(seed)
    lot = np.arange(n) % 2 == 0
    asks = rng.random(n) < 0.3
    shift = np.where(lot, rng.choice([-60, -30, 0, 30, 60], n), np.where(asks, -40, 0))
    noise = np.where(lot, 0, np.round(10 * rng.standard_normal(n)))
    less = rng.random(n) < 0.2
    value = 1.6 - slope * (shift + noise) - 0.8 * less - 1.5 * asks
    approved = 0.045 + noise / 1e4
    return pd.DataFrame(
        {
            "application_id": [f"Q{at}" for at in range(n)],
            "customer_id": [f"c{at % (n * 4 // 5)}" for at in range(n)],
            "product_id": "P10",
            "product_type": "consumer",
            "segment": np.array(segments)[(np.arange(n) // 2) % len(segments)],
            "decision": np.where(less, "approved_reduced", "approved"),
            "decline_reason": None,
            "term": 12,
            "amount": 1e5,
            "approved_rate": np.where(lot, approved, approved + shift / 1e4),
            "offered_rate": approved + shift / 1e4,
            "prime": 0.03,
            "accepted": pd.array(rng.random(n) < 1 / (1 + np.exp(-value)), dtype="boolean"),
            "price_test": np.where(lot, "PT2026", None),
        }
    )


def holdings(n=900, seed=2):
    """Return rows as the query `product_loans` gives them."""
    rng = np.random.default_rng(seed)
    kind = rng.choice(["secured", "credit", "working_capital"], n)
    before = rng.random(n) < 0.7
    live = ~before | (rng.random(n) < 0.8)
    return pd.DataFrame(
        {
            "loan_id": [f"L{at}" for at in range(n)],
            "customer_id": [f"c{at % (n * 2 // 3):05d}" for at in range(n)],
            "product_type": kind,
            "segment": np.array(["small", "micro"])[np.arange(n) % (n * 2 // 3) % 2],
            "main_security": np.where(kind == "secured", "mortgage", "credit"),
            "disbursed_on": pd.to_datetime(np.where(before, "2024-06-01", "2026-02-01")),
            "closed_on": pd.to_datetime(np.where(live, None, "2026-05-01")),
            "rate_type": "fixed",
            "reprice_months": None,
            "repayment_method": "interest_only_bullet",
            "term": 12,
            "balance": np.where(live, rng.uniform(1e5, 2e6, n), 0.0),
            "rate": 0.045 + 0.003 * rng.standard_normal(n),
            "live": live.astype(int),
            "live_before": before.astype(int),
            "performed": before.astype(int),
            "defaulted": (before & (rng.random(n) < 0.03)).astype(int),
        }
    )


def applications(n=2000, seed=3, gap=("micro", "credit")):
    """Return decided applications, of which those of the cell `gap` go unserved more often."""
    rng = np.random.default_rng(seed)
    segment = rng.choice(["small", "micro"], n)
    kind = rng.choice(["secured", "credit", "working_capital"], n)
    often = np.where((segment == gap[0]) & (kind == gap[1]), 0.6, 0.2)
    missed = rng.random(n) < often
    return pd.DataFrame(
        {
            "customer_id": [f"n{at}" for at in range(n)],
            "segment": segment,
            "product_type": kind,
            "decision": np.where(missed, "declined", "approved"),
            "decline_reason": np.where(missed, "policy", None),
            "accepted": pd.array(np.where(missed, None, True), dtype="boolean"),
        }
    )


def answers(n=300, seed=4):
    """Return answers of a wave, with design weights."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer_id": [f"c{at:05d}" for at in range(n)],
            "csat": rng.choice([2.0, 4, 5], n),
            "design_weight": rng.uniform(1, 3, n),
        }
    )
