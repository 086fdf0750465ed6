"""Time the validation of a score of a million loans: DeLong, the page, robust errors, counting.

Run: python benchmarks/validation.py. One thread; CPU seconds, and memory above the data where it
matters. Counting is compared with a bare scan of the same Parquet columns.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROWS, COLUMNS = 1_000_000, 16
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def resident(what):
    """Return megabytes of memory of this process: `VmRSS` now, `VmHWM` at most (Linux)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what)) / 1024


def timed(name, work):
    """Print CPU seconds and memory above what was there before."""
    Path("/proc/self/clear_refs").write_text("5")
    before, start = resident("VmRSS"), time.process_time()
    found = work()
    seconds, memory = time.process_time() - start, resident("VmHWM") - before
    print(f"{name:44s} {seconds:6.2f} CPU s  +{memory:5.0f} MB", flush=True)
    return found, seconds


def predictions(rows, seed):
    """Return true probabilities of a light portfolio, and outcomes."""
    import numpy as np
    import pandas as pd

    random = np.random.default_rng(seed)
    pd_ = 1 / (1 + np.exp(-random.normal(-4, 1.2, rows)))
    return pd.DataFrame({"pd": pd_, "defaulted": (random.random(rows) < pd_).astype(float)})


def measure():
    """Time each part."""
    import numpy as np

    from workbench.analysis.validation import validation
    from workbench.stats import logit
    from workbench.stats.discrimination import auc, paired_test

    small = predictions(20_000, 1)
    validation(small, small)  # imports, and whatever is compiled on first use
    table = predictions(ROWS, 2)
    other = table["pd"].to_numpy() * np.random.default_rng(3).uniform(0.5, 2, ROWS)
    score, events = table["pd"].to_numpy(), table["defaulted"].to_numpy()
    timed("DeLong, one curve, 1M", lambda: auc(score, events).interval(0.95))
    timed(
        "DeLong, two related curves, 1M",
        lambda: paired_test(auc(score, events), auc(other, events)),
    )
    timed("validation page and appendix, 1M", lambda: validation(table, small))
    random = np.random.default_rng(4)
    design = np.asfortranarray(np.round(random.normal(size=(ROWS, 20)), 1))
    odds = -3 + design[:, :5] @ np.array([0.5, 0.4, 0.3, 0.2, 0.1])
    happened = (random.random(ROWS) < 1 / (1 + np.exp(-odds))).astype(float)
    customers = random.integers(0, ROWS // 2, ROWS)
    timed("logit with errors, 1M x 20", lambda: logit.fit(design, happened))
    timed("the same robust to customers", lambda: logit.fit(design, happened, clusters=customers))


def counting():
    """Time the counting of bins from Parquet beside a bare scan of the columns."""
    import duckdb
    import numpy as np
    import pandas as pd

    from workbench.data.columns import Columns
    from workbench.stats import binning
    from workbench.stats.binning import Intervals

    random = np.random.default_rng(5)
    names = [f"x{at}" for at in range(COLUMNS)]
    table = pd.DataFrame(random.normal(size=(ROWS, COLUMNS)), columns=names)
    table["defaulted"] = (random.random(ROWS) < 0.03).astype(float)
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        file = Path(folder) / "cases.parquet"
        connection.register("cases", table)
        connection.execute(f"COPY cases TO '{file}' (FORMAT parquet)")
        connection.unregister("cases")
        some = table.iloc[:20_000]
        rules = {
            name: binning.by_hand(
                some[name],
                some["defaulted"],
                Intervals(np.quantile(some[name], np.arange(1, 50) / 50)),
            )
            for name in names
        }
        del table
        sums = ", ".join(f"sum({name})" for name in names)
        scan = f"SELECT {sums}, sum(defaulted) FROM '{file}'"

        def count():
            columns = Columns(file)
            events = columns["defaulted"].to_numpy()
            return {name: rules[name].counts(columns[name], events) for name in names}

        bare, counted = (
            min(timed(name, work)[1] for _ in range(3))
            for name, work in (
                ("bare scan of 16 columns", lambda: connection.sql(scan).fetchall()),
                ("50 bins of 16 columns with defaults", count),
            )
        )
        print(f"counting takes {counted / bare:.1f} times a bare scan")


if __name__ == "__main__":
    if len(sys.argv) == 2:
        {"measure": measure, "counting": counting}[sys.argv[1]]()
    else:
        for part in ("measure", "counting"):
            subprocess.run(
                [sys.executable, __file__, part], check=True, env={**os.environ, **ONE_THREAD}
            )
