"""Time survey estimates beside the peers that are installed.

Run: python benchmarks/survey.py. Prints seconds (the best of some runs) and, where `svy` or R with
its package `survey` is installed, their seconds, how many times longer that is, and the largest
relative difference from R's numbers. The peers are not dependencies.
"""

import shutil
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from workbench.stats.design import Design
from workbench.stats.rake import Margin, raked

ROWS, ITEMS, DOMAINS, STRATA, UNITS = 100_000, 20, 200, 50, 2_000
LEVELS = (2, 4, 8, 15, 25)
R = r"""
suppressMessages(library(survey))
folder <- commandArgs(TRUE)[1]
read <- function(name, what, width) matrix(readBin(file.path(folder, name), what, 1e8, size = 8),
                                           ncol = width)
plan <- read("plan", "double", 3 + WIDTH); answers <- read("answers", "double", ITEMS)
frame <- data.frame(w = plan[, 1], unit = plan[, 2], domain = plan[, 3], answers)
names(frame)[3 + seq_len(ncol(answers))] <- paste0("y", seq_len(ncol(answers)))
targets <- lapply(seq_len(WIDTH), function(at) {
  frame[[paste0("m", at)]] <<- factor(plan[, 3 + at])
  population <- readBin(file.path(folder, paste0("population", at)), "double", 1e4, size = 8)
  setNames(data.frame(factor(seq_along(population) - 1), population), c(paste0("m", at), "Freq"))
})
margins <- lapply(seq_len(WIDTH), function(at) as.formula(paste0("~m", at)))
frame$stratum <- frame$unit %% STRATA
design <- svydesign(ids = ~unit, strata = ~stratum, weights = ~w, data = frame)
cost <- function(work) system.time(work())[["elapsed"]]
items <- as.formula(paste0("~", paste0("y", seq_len(ncol(answers)), collapse = "+")))
rake_cost <- cost(function() rake(design, margins, targets, list(maxit = 100, epsilon = 1e-6)))
grid_cost <- cost(function() found <<- svyby(items, ~domain, design, svymean))
found <- found[order(as.numeric(as.character(found$domain))), ]
writeBin(as.double(as.matrix(found[, -1])), file.path(folder, "found"))
cat(rake_cost, grid_cost)
"""
"""Reads doubles column by column; `rake` to the tolerance that R offers."""


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


def report(what, own, peers=()):
    """Print one line; `peers` are pairs of a name and its seconds."""
    beside = "".join(f"  {name} {each:7.3f} s x{each / own:,.0f}" for name, each in peers)
    print(f"{what:52s} {own:8.3f} s{beside}", flush=True)


def in_svy(weights, units, domains, margins, answers):
    """Return seconds of svy for raking and for the clustered grid."""
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


def in_r(folder, weights, units, domains, margins, answers):
    """Return seconds of R for raking and the clustered grid, and its means and errors (d, 2k)."""
    codes = [margin.codes for margin in margins]
    plan = np.column_stack([weights, units, domains, *codes]).astype(np.float64)
    (folder / "plan").write_bytes(plan.tobytes("F"))
    (folder / "answers").write_bytes(answers.tobytes("F"))
    for at, margin in enumerate(margins, start=1):
        (folder / f"population{at}").write_bytes(np.asarray(margin.population, float).tobytes())
    script = R.replace("WIDTH", str(len(margins))).replace("ITEMS", str(ITEMS))
    script = script.replace("STRATA", str(STRATA))
    done = subprocess.run(
        ["Rscript", "-e", script, str(folder)], check=True, capture_output=True, text=True
    )
    rake, grid = map(float, done.stdout.split())
    found = np.fromfile(folder / "found").reshape(2 * ITEMS, DOMAINS).T
    return (rake, grid), found


def has_r():
    """Tell whether R and its package `survey` are installed."""
    if shutil.which("Rscript") is None:
        return False
    found = subprocess.run(["Rscript", "-e", "library(survey)"], capture_output=True, check=False)
    return found.returncode == 0


def main():
    """Time raking and the grid, clustered, by element and with raked errors."""
    answers, weights, units, domains, margins = data()
    known, found = [], None
    if find_spec("svy"):
        known.append(("svy", in_svy(weights, units, domains, margins, answers)))
    if has_r():
        with tempfile.TemporaryDirectory() as folder:
            seconds, found = in_r(Path(folder), weights, units, domains, margins, answers)
        known.append(("R", seconds))
    size = f"{ITEMS} items x {DOMAINS} domains x {ROWS:,} answers"
    report(
        f"rake {ROWS:,} answers to {len(LEVELS)} margins",
        best(lambda: raked(weights, margins)),
        [(name, seconds[0]) for name, seconds in known],
    )
    designs = {
        "clustered": Design.build(weights, strata=units % STRATA, clusters=units),
        "element": Design.build(weights, strata=units % STRATA),
    }
    for name, design in designs.items():
        beside = [(peer, each[1]) for peer, each in known] if name == "clustered" else []
        own = best(lambda design=design: design.domain_means(answers, domains, DOMAINS))
        report(f"{size}, {name}", own, beside)
        raking = design.raked(margins)
        own = best(lambda raking=raking: raking.domain_means(answers, domains, DOMAINS))
        report(f"{size}, {name}, raked", own)
    if found is not None:
        grid = designs["clustered"].domain_means(answers, domains, DOMAINS)
        own = np.column_stack([grid.mean, grid.se])
        print(f"largest relative difference from R: {np.abs(own / found - 1).max():.1e}")


if __name__ == "__main__":
    main()
