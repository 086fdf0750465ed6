"""Time binning, weights of evidence and the logit beside the peers, and ten million rows of files.

Run: python benchmarks/binning.py. Each size runs in a process of its own on one thread and prints
CPU seconds, memory above the data and the area under the ROC curve: on 50,000 other rows, and in
sample for the credit cards of Yeh & Lien, which WORKBENCH_REAL_DATA puts in the place of 30,000
rows that are made up. The peers optbinning 1.0.0 and toad 0.1.7 are no dependencies. They are timed
where they are found: put them into a folder of their own, without copies of what the workbench has,
and name the folder in PYTHONPATH:

    pip install --no-deps --target peers optbinning==1.0.0 toad==0.1.7 ropwr ortools cvxpy scs
    pip install --no-deps --target peers ecos osqp clarabel qdldl absl-py protobuf immutabledict
    PYTHONPATH=peers python benchmarks/binning.py
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

HELD_OUT = 50_000
SIZES = ((30_000, 23), (1_000_000, 20))
LARGE, PART = 10_000_000, 1_000_000
"""Rows of the files, and rows made and written at once."""
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def cases(rows, columns):
    """Return features and outcomes to learn from, and others to judge on."""
    folder = os.environ.get("WORKBENCH_REAL_DATA")
    if folder and rows == SIZES[0][0]:
        import duckdb

        table = duckdb.sql(f"SELECT * FROM '{folder}/uci_taiwan_default.parquet'").df()
        events = table.pop("has_default").to_numpy(float)
        features = table.astype(float)
        return features, events, features, events
    table, outcomes = data(rows + HELD_OUT, columns)
    return table.iloc[:rows], outcomes[:rows], table.iloc[rows:], outcomes[rows:]


def data(rows, columns, seed=20260930):
    """Return seeded features (skewed, with ties and missing values) and outcomes."""
    import numpy as np
    import pandas as pd

    random = np.random.default_rng(seed)
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
    """Print CPU seconds, memory and area for one program at one size, as JSON."""
    from workbench.stats.discrimination import auc

    features, events, others, outcomes = cases(rows, columns)
    small = features.iloc[:2000], events[:2000], others.iloc[:100]
    PEERS[name](*small)  # imports, and whatever is compiled on first use
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak of making the data
    before = resident("VmRSS")
    start = time.process_time()
    found = PEERS[name](features, events, others)
    seconds = time.process_time() - start
    memory = resident("VmHWM") - before
    area = auc(found, outcomes).value
    print(json.dumps({"seconds": seconds, "memory": memory, "area": area}))


def write(folder, rows):
    """Write the rows to Parquet files of `PART` rows."""
    import duckdb

    for at in range(rows // PART):
        features, events = data(PART, 20, seed=at)
        table = features.assign(defaulted=events)
        duckdb.from_df(table).write_parquet(str(Path(folder) / f"part_{at:02d}.parquet"))


def outside(folder, rows):
    """Fit and score the rows of the files, a column at a time; compare with a table in memory."""
    import numpy as np

    from workbench.data.columns import Columns
    from workbench.stats.scorecard import Plan, fit

    files = sorted(Path(folder).glob("*.parquet"))[: int(rows) // PART]
    names = [f"x{at}" for at in range(20)]
    events = Columns(files)["defaulted"].to_numpy()
    plan, columns = Plan(least_value=0.0, alike=1.01, level=1.0), Columns(files, names)
    start = time.process_time()
    card = fit(columns, events, plan)
    found = card.probabilities(columns)
    seconds, peak = time.process_time() - start, resident("VmHWM")
    said = f"{int(rows):>10,} x 20 from Parquet  {seconds:7.2f} CPU s  {peak:5.0f} MB at most"
    if int(rows) == PART:
        table = columns.table()
        other = fit(table, events, plan)
        apart = max(
            np.abs(other.coefficients - card.coefficients).max(),
            np.abs(other.probabilities(table) - found).max(),
        )
        said += f"; {apart:.0e} away from the same in memory"
    print(said, flush=True)


def child(*arguments):
    """Run this file in a process of its own, on one thread, and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", __file__, *map(str, arguments)],
        check=True,
        env={**os.environ, **ONE_THREAD},
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout.strip()


def main():
    """Measure every program that is installed at every size, then the files."""
    for rows, columns in SIZES:
        own = None
        for name in PEERS:
            if name != "workbench" and find_spec(name) is None:
                print(f"{name:12s} is not installed: see the head of this file")
                continue
            found = json.loads(child(name, rows, columns).splitlines()[-1])
            own = own or found
            print(
                f"{name:12s} {rows:>9,} x {columns}  {found['seconds']:7.2f} CPU s  "
                f"{found['seconds'] / own['seconds']:5.1f} x  +{found['memory']:5.0f} MB  "
                f"AUC {found['area']:.4f}",
                flush=True,
            )
    with tempfile.TemporaryDirectory() as folder:
        child("write", folder, LARGE)
        for rows in (PART, LARGE):
            print(child("outside", folder, rows), flush=True)


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] in PEERS:
        measure(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    elif len(sys.argv) == 4:
        {"write": write, "outside": outside}[sys.argv[1]](sys.argv[2], int(sys.argv[3]))
    else:
        main()
