"""What the bank's own model says of its customers: grades at origination, yearly assessments.

The model knows the planted drivers with some noise. It is too low for micro firms: a trap.
"""

import numpy as np
import pandas as pd

from workbench.data.demo import season
from workbench.data.demo.draws import expit, logit, numbered, pick
from workbench.data.demo.people import People
from workbench.data.demo.profiles import Profiles
from workbench.data.demo.segments import MICRO, Floats, Ints, each, generator

GRADES = ("A1", "A2", "B1", "B2", "C1", "C2")
UPPER = (0.003, 0.008, 0.016, 0.032, 0.064)
"""Highest 12-month PD of each grade but the last."""
SLOPE, NOISE = 0.85, 0.25
"""How much of the true log-odds the model sees, and the standard deviation of its error."""
MICRO_ERROR = 0.70
"""The model's PD of micro firms over the right level."""
REASONS = ("征信评分偏低", "近期查询较多", "负债水平偏高", "行业景气下行", "经营年限较短")


def model_pd(
    people: People, known: Profiles, customer: Ints, month: Ints, rng: np.random.Generator
) -> Floats:
    """Return the model's 12-month PD of each `customer` at the end of `month`."""
    level = each("pd").copy()
    level[MICRO] *= MICRO_ERROR
    log_odds = logit(level)[people.segment[customer]] - 0.25
    log_odds += SLOPE * known.log_odds(people, customer, month)
    return expit(log_odds + NOISE * rng.standard_normal(len(customer)))


def grades(pd_12m: Floats) -> Ints:
    """Return the position in `GRADES` of each PD."""
    return np.searchsorted(UPPER, pd_12m, "left").astype(np.int64)


def risk_assessments(people: People, known: Profiles, months: Ints, seed: int) -> pd.DataFrame:
    """Return one assessment of each customer at the end of every year and half-year."""
    rng = generator(seed, "assessments")
    wanted = months[np.isin(months % 12, (5, 11))]
    month = np.repeat(wanted, len(people.segment))
    customer = np.tile(np.arange(len(people.segment)), len(wanted))
    due = (month >= people.joined[customer]) & (people.firm[customer] | (month % 12 == 11))
    customer, month = customer[due], month[due]
    size = len(customer)
    chance = model_pd(people, known, customer, month, rng)
    grade = grades(chance)
    better = (rng.random(size) < 0.03) & (grade > 0) & people.firm[customer]
    score = 60 - 9 * (logit(chance) - logit(np.array([0.02]))[0])
    lgd = each("lgd")[people.segment[customer]] * rng.uniform(0.85, 1.15, size)
    return pd.DataFrame(
        {
            "assessment_id": numbered("E", np.arange(size) + 1, 8),
            "customer_id": people.customers["customer_id"].array[customer],
            "assessed_on": season.ends(month),
            "model_id": pick(("firm", "retail"), (~people.firm[customer]).astype(np.int64)),
            "model_version": pick(("2.1",), np.zeros(size, dtype=np.int64)),
            "ability_score": np.round(np.clip(score + 6 * rng.standard_normal(size), 0, 100), 1),
            "willingness_score": np.round(
                np.clip(score + 8 * rng.standard_normal(size), 0, 100), 1
            ),
            "pd_12m": np.round(chance, 6),
            "lgd": np.round(np.clip(lgd, 0.05, 0.95), 4),
            "risk_grade": pick(GRADES, grade),
            "reason_codes": pick(REASONS, rng.integers(0, len(REASONS), size)),
            "override_grade": pick(GRADES, np.where(better, grade - 1, -1)),
            "override_reason": pick(("客户追加抵押物",), np.where(better, 0, -1)),
            "next_review_on": season.ends(month + np.where(people.firm[customer], 6, 12)),
        }
    )
