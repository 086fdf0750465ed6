"""Time twelve notebooks through the runner beside twelve `papermill` command lines.

Run: python benchmarks/notebooks.py [plain|own|noop]... Prints CPU seconds (user and system, of all
processes), seconds on the clock, and how many times more the peer takes. The peer runs one command
per notebook, half of them before the runner and half behind it, so that both meet the same load. It
only executes; the runner also draws every figure in both languages, writes the record, renders and
checks the pages and publishes them. It reuses nothing from an earlier run, and runs copies that are
alike one by one.

`plain`: imports, a query, a logit and three figures, where the notebook itself has little to do.
`own`: copies of the project's notebooks on the demo bank. `noop`: nothing but an expression; what
one report costs where nothing has changed since the run before, and one more.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from workbench import settings
from workbench.report import progress, source

COUNT = 12
BIN = Path(sys.executable).parent
SETUP = """import duckdb
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import statsmodels.formula.api as smf"""
DATA = """rng = np.random.default_rng(seed)
loans = pd.DataFrame({"size": rng.normal(size=5000), "age": rng.uniform(20, 70, 5000)})
loans["late"] = rng.random(5000) < 1 / (1 + np.exp(2 - loans["size"]))
loans["late"] = loans["late"].astype(int)"""
QUERY = """sql = "select age // 10 as decade, avg(late) as late from loans group by 1 order by 1"
by_age = duckdb.sql(sql).df()
by_age"""
LOGIT = """model = smf.logit("late ~ size + age", loans).fit(disp=0)
model.params.round(4)"""
FIGURE = """fig, ax = plt.subplots()
ax.plot(by_age["decade"], by_age["late"] * {})
plt.show()"""
PLAIN = [SETUP, DATA, QUERY, LOGIT, *(FIGURE.format(times) for times in (1, 2, 3)), "len(loans)"]


def written(path, cells):
    """Write a notebook with a title in both languages, a parameters cell and `cells`."""
    heads = [("title-zh", "# 计时", ["zh"]), ("title-en", "# Timing", ["en"])]
    content = [
        {"cell_type": "markdown", "id": name, "source": text, "metadata": {"tags": tags}}
        for name, text, tags in heads
    ]
    sources = [("parameters", "seed: int = 1  # of the data")]
    sources += [(f"cell-{at}", cell) for at, cell in enumerate(cells)]
    for name, text in sources:
        tags = ["parameters"] if name == "parameters" else []
        cell = {"cell_type": "code", "id": name, "source": text, "metadata": {"tags": tags}}
        content.append({**cell, "outputs": [], "execution_count": None})
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    whole = {"cells": content, "metadata": {"kernelspec": spec}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(whole), "utf-8")
    return path


def notebooks(kind, folder):
    """Return twelve notebooks of `kind`, in `folder`."""
    if kind == "own":
        sources = sorted((settings.home() / "notebooks").glob("*.ipynb"))
        chosen = [sources[at % len(sources)] for at in range(COUNT)]
        return [
            Path(shutil.copy(path, folder / f"{at:02}.ipynb")) for at, path in enumerate(chosen)
        ]
    cells = PLAIN if kind == "plain" else ["seed"]
    return [written(folder / f"{at:02}-{kind}.ipynb", cells) for at in range(COUNT)]


def timed(*commands):
    """Run `commands` one after the other; return their CPU seconds and those on the clock."""
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)

    def spent():
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    cpu, clock = spent(), time.perf_counter()
    for command in commands:
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{command[:3]} failed: {done.stderr[-2000:]}")
        if done.stdout.startswith("{"):
            shutil.rmtree(settings.home() / "reports" / "runs" / json.loads(done.stdout)["run"])
    return spent() - cpu, time.perf_counter() - clock


def peer(paths):
    """Time one papermill command per notebook."""
    return timed(
        *([str(BIN / "papermill"), str(path), str(path.with_suffix(".out"))] for path in paths)
    )


def own(paths, *options):
    """Time one run of the workbench with all notebooks."""
    return timed([str(BIN / "workbench"), "run", "--fresh", *map(str, paths), *options])


def line(what, mine, other=None):
    """Print one line: CPU seconds and clock, and the peer's as a multiple."""
    beside = ""
    if other:
        times = " and ".join(f"{b / a:.1f}" for a, b in zip(mine, other, strict=True))
        beside = f"   papermill {other[0]:6.1f} s CPU {other[1]:6.1f} s: x {times}"
    print(f"{what:34s} {mine[0]:6.1f} s CPU {mine[1]:6.1f} s{beside}", flush=True)


def compared(kind, folder):
    """Compare twelve notebooks of `kind`."""
    paths = notebooks(kind, folder)
    first = peer(paths[: COUNT // 2])
    mine = own(paths)
    second = peer(paths[COUNT // 2 :])
    line(
        f"{COUNT} notebooks, {kind}", mine, tuple(a + b for a, b in zip(first, second, strict=True))
    )


def noop(folder):
    """Time an empty report alone, and how much one more adds to a batch."""
    paths = notebooks("noop", folder)
    first = own(paths[:1])
    line("no-op report", own(paths[:1]), peer(paths[:1]))
    line("no-op report, code or snapshot new", first)
    few, many = own(paths[:2]), own(paths)
    line("one more no-op report", [(b - a) / (COUNT - 2) for a, b in zip(few, many, strict=True)])


def main():
    """Run what the command line names, all by default."""
    source.prepare(progress.Silent())
    for kind in sys.argv[1:] or ("noop", "plain", "own"):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name).resolve()
            os.environ["WORKBENCH_PUBLISHED"] = str(folder / "published")
            noop(folder) if kind == "noop" else compared(kind, folder)


if __name__ == "__main__":
    main()
