"""Time survey estimates beside the peers that are installed.

Run: python benchmarks/survey.py. Prints seconds (the best of some runs) and, where the peer `svy`
is installed, its seconds and how many times longer that is. The peer is not a dependency.
"""

import time
from importlib.util import find_spec

import numpy as np

from workbench.stats.design import Design
from workbench.stats.rake import Margin, raked

ROWS, ITEMS, DOMAINS, STRATA, UNITS = 100_000, 20, 200, 50, 2_000
LEVELS = (2, 4, 8, 15, 25)


def best(run, runs=3):
    """Return the fastest of some runs in seconds."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def data():
    """Return answers, weights, units, domains and five margins, seeded."""
    rng = np.random.default_rng(20260930)
    weights = rng.uniform(0.5, 5, ROWS)
    units = rng.integers(0, UNITS, ROWS)
    margins = []
    for count in LEVELS:
        codes = rng.integers(0, count, ROWS)
        population = np.bincount(codes, weights) * rng.uniform(0.8, 1.25, count)
        population *= 1e6 / population.sum()
        names = tuple(str(level) for level in range(count))
        margins.append(Margin(f"margin of {count}", names, codes, population))
    answers = rng.normal(7, 2, (ROWS, ITEMS))
    return answers, weights, units, rng.integers(0, DOMAINS, ROWS), margins


def report(what, own, peer=None):
    """Print one line."""
    beside = f"  svy {peer:8.3f} s  x{peer / own:,.0f}" if peer else ""
    print(f"{what:52s} {own:8.3f} s{beside}")


def peers(weights, units, domains, margins, answers):
    """Return seconds of svy for raking and for the clustered grid, or None twice."""
    if find_spec("svy") is None:
        return None, None
    import polars as pl
    import svy

    items = {f"y{at}": answers[:, at] for at in range(ITEMS)}
    codes = {f"m{at}": margin.codes.astype(str) for at, margin in enumerate(margins)}
    plan = {"w": weights, "psu": units, "stratum": units % STRATA, "domain": domains.astype(str)}
    design = svy.Design(stratum="stratum", psu="psu", wgt="w")
    sample = svy.Sample(pl.DataFrame(plan | codes | items), design)
    controls = {
        f"m{at}": dict(zip(margin.levels, margin.population.tolist(), strict=True))
        for at, margin in enumerate(margins)
    }
    rake = best(lambda: sample.weighting.rake(controls=controls, tol=1e-12), 2)
    grid = best(lambda: sample.estimation.mean(list(items), by="domain"), 1)
    return rake, grid


def main():
    """Time raking and the grid, clustered, by element and with raked errors."""
    answers, weights, units, domains, margins = data()
    rake, grid = peers(weights, units, domains, margins, answers)
    size = f"{ITEMS} items x {DOMAINS} domains x {ROWS:,} answers"
    report(
        f"rake {ROWS:,} answers to {len(LEVELS)} margins",
        best(lambda: raked(weights, margins)),
        rake,
    )
    designs = {
        "clustered": Design.build(weights, strata=units % STRATA, clusters=units),
        "element": Design.build(weights, strata=units % STRATA),
    }
    for name, design in designs.items():
        own = best(lambda design=design: design.domain_means(answers, domains, DOMAINS))
        report(f"{size}, {name}", own, grid if name == "clustered" else None)
        known = design.raked(margins)
        own = best(lambda known=known: known.domain_means(answers, domains, DOMAINS))
        report(f"{size}, {name}, raked", own)


if __name__ == "__main__":
    main()
