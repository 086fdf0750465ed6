"""Cross-tables of ten million rows, and shrinkage of thousands of cells: time and memory.

Run with the project's Python; peers are run in processes of their own, so that each one's peak is
its own.
"""

import resource
import subprocess
import sys
import time

import numpy as np

ROWS = 10_000_000
SHAPE = (20, 100, 6)
"""Industry sections, regions, sizes: 12,000 cells."""
LIMIT_SECONDS, LIMIT_GB = 5.0, 4.0


def made():
    """Return the codes of each category and the two measures."""
    rng = np.random.default_rng(1)
    codes = [rng.integers(0, size, ROWS).astype(np.int8) for size in SHAPE]
    limit = rng.gamma(0.5, 2e6, ROWS)
    return codes, limit, np.where(rng.random(ROWS) < 0.75, 0.0, limit * rng.random(ROWS))


def own():
    """Count, add up, square and find the two largest of two measures."""
    from workbench.stats.crosstab import crosstab

    codes, limit, room = made()
    begun, cpu = time.perf_counter(), time.process_time()
    found = crosstab(list(zip(codes, SHAPE, strict=True)), {"limit": limit, "room": room})
    return time.perf_counter() - begun, time.process_time() - cpu, found.total["room"].sum()


def pandas():
    """Count, add up and find the largest only: the second largest is not among what pandas adds."""
    import pandas as pd

    codes, limit, room = made()
    frame = pd.DataFrame({"a": codes[0], "b": codes[1], "c": codes[2], "x": limit, "y": room})
    begun, cpu = time.perf_counter(), time.process_time()
    by = frame.groupby(["a", "b", "c"])
    found = by.agg({"x": ["size", "sum", "max"], "y": ["sum", "max"]})
    return time.perf_counter() - begun, time.process_time() - cpu, found["y"]["sum"].sum()


def duckdb():
    """Count, add up, square and find the two largest, on two threads, from a table in memory."""
    import duckdb
    import pandas as pd

    codes, limit, room = made()
    frame = pd.DataFrame({"a": codes[0], "b": codes[1], "c": codes[2], "x": limit, "y": room})
    connection = duckdb.connect(config={"threads": 2})
    connection.register("rows", frame)
    connection.execute("create table held as select * from rows")
    begun, cpu = time.perf_counter(), time.process_time()
    found = connection.execute(
        "select a, b, c, count(*), sum(x), sum(x * x), max(x, 2), sum(y) as y, sum(y * y), "
        "max(y, 2) from held group by all"
    ).df()
    return time.perf_counter() - begun, time.process_time() - cpu, found["y"].sum()


def shrinkage():
    """Shrink 2,000 cells on 26 columns."""
    from workbench.stats.small_area import shrunk

    rng = np.random.default_rng(2)
    n = rng.integers(1, 60, 2000)
    design = np.column_stack([np.ones(2000), rng.random((2000, 25)) < 0.1])
    means = 0.1 + 0.03 * rng.normal(size=2000) + 0.2 * rng.normal(size=2000) / np.sqrt(n)
    begun, cpu = time.perf_counter(), time.process_time()
    found = shrunk(means, 0.04 / n, design)
    return time.perf_counter() - begun, time.process_time() - cpu, found.mean.sum()


TASKS = {each.__name__: each for each in (own, pandas, duckdb, shrinkage)}


def measured(name):
    """Return what one task took, from a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, name], capture_output=True, text=True, check=True
    )
    return [float(part) for part in done.stdout.split()]


def main():
    """Print a table of all tasks, and stop with 1 where the aim is missed."""
    print(f"{ROWS:,} rows by {' x '.join(map(str, SHAPE))} cells, two measures")
    print(f"{'task':<10} {'clock s':>8} {'CPU s':>8} {'peak GB':>8} {'checksum':>14}")
    missed = False
    for name in TASKS:
        clock, cpu, total, peak = measured(name)
        print(f"{name:<10} {clock:>8.2f} {cpu:>8.2f} {peak:>8.2f} {total:>14.6g}")
        missed |= name == "own" and (cpu > LIMIT_SECONDS or peak > LIMIT_GB)
    print(f"aim: {LIMIT_SECONDS:g} s and {LIMIT_GB:g} GB: {'missed' if missed else 'met'}")
    return int(missed)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        result = TASKS[sys.argv[1]]()
        print(*result, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6)
    else:
        sys.exit(main())
