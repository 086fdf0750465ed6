"""Waves with a known truth."""

import numpy as np
import pandas as pd

from workbench.stats.respondents import weighted

SEGMENTS = ("consumer", "mortgage", "small")
POPULATION = {"consumer": 12_000, "mortgage": 6_000, "small": 2_000}
INVITED = {"consumer": 900, "mortgage": 900, "small": 900}
# Chance to answer: the small firms, who like the bank least, answer most.
ANSWER = {"consumer": 0.2, "mortgage": 0.25, "small": 0.5}
# Shares of promoters and detractors.
TRUTH = {"consumer": (0.55, 0.15), "mortgage": (0.60, 0.12), "small": (0.35, 0.30)}
NPS = sum(100 * POPULATION[s] * (TRUTH[s][0] - TRUTH[s][1]) for s in SEGMENTS) / 20_000
BRANCHES = tuple(f"{name}支行" for name in "东南西北中")
STATUS = ("refused", "no_contact", "ineligible")


def survey(seed=1, *, first=0, shift=0.0):
    """Return one row per invitation; customers are numbered within their segment from `first`.

    `shift` moves people from detractor to promoter.
    """
    rng = np.random.default_rng(seed)
    parts = [_segment(rng, segment, first, shift) for segment in SEGMENTS]
    return pd.concat(parts, ignore_index=True)


def _segment(rng, segment, first, shift):
    n = INVITED[segment]
    promoters, detractors = TRUTH[segment][0] + shift, TRUTH[segment][1] - shift
    kind = rng.choice(3, n, p=[detractors, 1 - promoters - detractors, promoters])
    low, high = np.array([0, 7, 9])[kind], np.array([6, 8, 10])[kind]
    score = rng.integers(low, high + 1).astype(float)
    answered = rng.random(n) < ANSWER[segment]
    status = np.where(answered, "complete", rng.choice(STATUS, n, p=[0.3, 0.68, 0.02]))
    status = np.where(answered & (rng.random(n) < 0.05), "partial", status)
    csat = np.where(kind == 2, 5, np.where(kind == 1, 4, rng.integers(1, 4, n))).astype(float)
    branch = rng.choice(len(BRANCHES), n, p=[0.4, 0.3, 0.2, 0.09, 0.01])
    return pd.DataFrame(
        {
            "customer_id": [f"{segment}{number:05d}" for number in range(first, first + n)],
            "segment": segment,
            "branch_id": [f"B{at}" for at in branch],
            "branch_name": np.array(BRANCHES, dtype=object)[branch],
            "stratum": segment,
            "cluster_id": pd.Series([None] * n, dtype=object),
            "frame_count": POPULATION[segment],
            "design_weight": POPULATION[segment] / n,
            "status": status,
            "mode_assigned": rng.choice(["phone", "web", "app"], n, p=[0.5, 0.3, 0.2]),
            "mode_answered": np.where(answered, "phone", None),
            "nps": np.where(answered, score, np.nan),
            "csat": np.where(answered & (status == "complete"), csat, np.nan),
        }
    )


def wave(table, name="2026Q3", margins=("segment", "branch_name"), least=10):
    return weighted(table, name=name, margins=margins, least=least)
