"""How long a demo bank takes, and how much memory.

Run: python benchmarks/demo.py [customers]. The default is 1,000,000. Prints the seconds of the wall
and of the processors, the most memory that this process and the processes it starts held at one
time, and the size of the files, which are removed.
"""

import os
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory


def held(process):
    """Return megabytes of memory of a process and of all it started (Linux)."""
    found = 0
    for child in (process, *children(process)):
        try:
            lines = Path(f"/proc/{child}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        found += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return found / 1024


def children(process):
    """Return the numbers of all processes below one."""
    try:
        below = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return []
    return [one for child in below for one in (child, *children(child))]


def watched(peak, done):
    """Note the most memory held until `done`; looking costs the processors 5 ms a process."""
    while not done.wait(1):
        peak[0] = max(peak[0], held(os.getpid()))


def main(customers):
    """Generate a bank and print what it cost."""
    from workbench.data import demo

    peak, done = [0.0], threading.Event()
    watcher = threading.Thread(target=watched, args=(peak, done), daemon=True)
    watcher.start()
    with TemporaryDirectory(prefix="demo-") as folder:
        start = time.perf_counter()
        paths = demo.generate(Path(folder), customers=customers)
        wall = time.perf_counter() - start
        size = sum(path.stat().st_size for path in paths) / 2**20
    done.set()
    watcher.join()
    spent = os.times()
    print(
        f"{customers:,} customers: {wall:.0f} s wall, {sum(spent[:4]):.0f} s of processors, "
        f"{peak[0]:,.0f} MB at most, {len(paths)} files of {size:,.0f} MB"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
