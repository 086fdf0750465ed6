"""Branches some of which are given a measure, with a known truth."""

import numpy as np
import pandas as pd

from workbench.stats import did


def bank(seed, *, units=200, treated=40, effect=0.0, waves=(1, 1), answers=60, worst=False):
    """Return `did.cells` of a light bank and its starts.

    Each branch has `answers` to half as many more in each of the waves before and after. Branches
    differ (sd 10 points), and so do waves of one branch (sd 4). `worst` gives the measure to those
    that scored worst in the wave before it.
    """
    rng = np.random.default_rng(seed)
    base = rng.normal(0, 10, units)
    chosen, parts = np.arange(treated), []
    for at in range(sum(waves)):
        if worst and at == waves[0]:
            chosen = parts[-1]["value"].nsmallest(treated).index.to_numpy()
        lift = np.isin(np.arange(units), chosen) * effect * (at >= waves[0])
        mood = base + rng.normal(0, 4, units) + lift
        parts.append(_wave(rng, mood, answers).assign(unit=np.arange(units), period=at))
    starts = pd.DataFrame({"unit": chosen, "period": waves[0]})
    return pd.concat(parts, ignore_index=True), starts


def _wave(rng, mood, least):
    n = least + rng.integers(0, least // 2 + 1, len(mood))
    promoters = np.clip(0.5 + mood / 200, 0.02, 0.9)
    detractors = np.minimum(np.clip(0.25 - mood / 200, 0.02, 0.9), 1 - promoters)
    chances = np.column_stack([detractors, 1 - detractors - promoters, promoters])
    said = rng.multinomial(n, chances)
    value = 100 * (said[:, 2] - said[:, 0]) / n
    squares = 1e4 * (said[:, 2] + said[:, 0]) - n * value**2
    within = squares.sum() / (n.sum() - len(n))
    return pd.DataFrame({"value": value, "answers": n.astype(float), "variance": within / n})


def stack(seed, **given):
    """Return the round of such a bank."""
    before, after = given.get("waves", (1, 1))
    cells, starts = bank(seed, **given)
    return did.rounds(cells, starts, before=before, after=after)
