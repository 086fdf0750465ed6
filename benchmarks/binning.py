"""Time binning, weights of evidence and the logit beside the peers that are installed.

Run: python benchmarks/binning.py. Each size runs in a process of its own on one thread and prints
CPU seconds, memory above the data and the area under the ROC curve on 50,000 other rows. The peers
optbinning and toad are not dependencies; they are timed where they are installed.
"""

import os
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

HELD_OUT = 50_000
SIZES = ((30_000, 23), (1_000_000, 20))
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def data(rows, columns):
    """Return seeded features (skewed, with ties and missing values) and outcomes."""
    import numpy as np
    import pandas as pd

    random = np.random.default_rng(20260930)
    values = random.normal(size=(rows, columns))
    score = -2 + values[:, :10] @ np.linspace(0.6, 0.05, 10)
    events = (random.random(rows) < 1 / (1 + np.exp(-score))).astype(float)
    values[:, ::3] = np.round(np.exp(values[:, ::3]), 1)
    values[random.random(rows) < 0.05, 1] = np.nan
    values[random.random(rows) < 0.30, 2] = 0.0
    return pd.DataFrame(values, columns=[f"x{at}" for at in range(columns)]), events


def workbench(features, events, others):
    """Return probabilities of `others`: all variables binned, weighted and fitted."""
    from workbench.stats.scorecard import Plan, fit

    plan = Plan(least_value=0.0, alike=1.01, level=1.0)
    return fit(features, events, plan).probabilities(others)


def optbinning(features, events, others):
    """Return the same by optbinning and scikit-learn."""
    from optbinning import BinningProcess
    from sklearn.linear_model import LogisticRegression

    process = BinningProcess(list(features.columns), max_n_bins=8)
    model = LogisticRegression(C=1e6, max_iter=200)
    model.fit(process.fit_transform(features, events), events)
    return model.predict_proba(process.transform(others))[:, 1]


def toad(features, events, others):
    """Return the same by toad (decision-tree bins) and scikit-learn."""
    from sklearn.linear_model import LogisticRegression
    from toad.transform import Combiner, WOETransformer

    bins, weights = Combiner(), WOETransformer()
    codes = bins.fit(features, events, method="dt", n_bins=8).transform(features)
    model = LogisticRegression(C=1e6, max_iter=200)
    model.fit(weights.fit_transform(codes, events), events)
    return model.predict_proba(weights.transform(bins.transform(others)))[:, 1]


PEERS = {"workbench": workbench, "optbinning": optbinning, "toad": toad}


def resident(what):
    """Return megabytes of memory of this process: `VmRSS` now, `VmHWM` at most (Linux)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what)) / 1024


def measure(name, rows, columns):
    """Print CPU seconds, memory and area for one program at one size."""
    from workbench.stats.discrimination import auc

    table, outcomes = data(rows + HELD_OUT, columns)
    features, events, others = table.iloc[:rows], outcomes[:rows], table.iloc[rows:]
    small = features.iloc[:2000], events[:2000], others.iloc[:100]
    PEERS[name](*small)  # imports, and whatever is compiled on first use
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak of making the data
    before = resident("VmRSS")
    start = time.process_time()
    found = PEERS[name](features, events, others)
    seconds = time.process_time() - start
    memory = resident("VmHWM") - before
    area = auc(found, outcomes[rows:]).value
    print(
        f"{name:12s} {rows:>9,} x {columns}  {seconds:7.2f} CPU s  "
        f"+{memory:5.0f} MB  AUC {area:.4f}"
    )


def main():
    """Measure every program that is installed at every size."""
    for rows, columns in SIZES:
        for name in PEERS:
            if name != "workbench" and find_spec(name) is None:
                print(f"{name:12s} is not installed")
                continue
            command = [sys.executable, __file__, name, str(rows), str(columns)]
            subprocess.run(command, check=True, env={**os.environ, **ONE_THREAD})


if __name__ == "__main__":
    if len(sys.argv) == 4:
        measure(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
