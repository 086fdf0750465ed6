"""Reference results and made data of segmentation."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.stats.patterns import patterns

FOLDER = Path(__file__).parents[1] / "oracles" / "segments"
KINDS = ("normal", "long", "skewed", "lognormal", "even", "correlated")
"""Structureless data: one crowd each, round, elongated, skewed and elongated, and so on."""
NOTHING = patterns(np.zeros((1, 0), dtype=np.intp), [])


@cache
def cases(folder=FOLDER):
    return {case["id"]: case for case in json.loads((folder / "oracle.json").read_text("utf-8"))}


def table(case, folder=FOLDER):
    return pd.read_csv(folder / case["input"][0])


def no_categories(n):
    return patterns(np.zeros((n, 0), dtype=np.intp), [])


def crowd(kind, n, d, rng):
    """Return rows of a single crowd, in standard deviations."""
    x = rng.normal(size=(n, d))
    if kind == "long":
        x *= np.r_[4, np.ones(d - 1)]
    elif kind == "skewed":
        x = 0.5 * x + np.exp(0.9 * rng.normal(size=(n, 1))) * np.linspace(1, 0.2, d)
    elif kind == "lognormal":
        x = np.exp(0.8 * x)
    elif kind == "even":
        x = rng.random((n, d))
    elif kind == "correlated":
        x = x @ (0.6 * np.eye(d) + 0.8)
    return (x - x.mean(axis=0)) / x.std(axis=0)


def groups(k, n, d, apart, rng):
    """Return rows and groups: `k` round groups, the nearest centres `apart` deviations apart."""
    centres = rng.normal(size=(k, d))
    between = np.sqrt(((centres[:, None] - centres) ** 2).sum(axis=2)) + 1e9 * np.eye(k)
    centres *= apart / between.min()
    z = rng.choice(k, n, p=rng.dirichlet(np.full(k, 20.0)))
    return centres[z] + rng.normal(size=(n, d)), z


def answers(n, k, levels, rng):
    """Return codes of items and the class of each row."""
    z = rng.choice(k, n, p=rng.dirichlet(np.full(k, 20.0)))
    columns = []
    for size in levels:
        chances = rng.dirichlet(np.full(size, 0.4), k).cumsum(axis=1)
        columns.append((rng.random(n)[:, None] > chances[z]).sum(axis=1).clip(0, size - 1))
    return np.column_stack(columns).astype(np.intp), z
