"""Time key drivers and ordered answers beside their peers, with how far the numbers lie apart.

Run: python benchmarks/survey_models.py. An ordinal logit of 100,000 answers on 8 columns beside
statsmodels (no weights: it cannot use them) and, where R is installed, MASS::polr; the shares of
R² of 20 drivers beside the enumeration that `relaimpo` does (a regression per subset, timed at 12
drivers: each further one doubles it); 1,000 design bootstraps of 10 drivers' shares.
"""

import shutil
import subprocess
import tempfile
import time
from itertools import combinations
from math import factorial
from pathlib import Path

import numpy as np
from statsmodels.miscmodels.ordinal_model import OrderedModel

from workbench.stats.design import Design
from workbench.stats.drivers import correlations, importance
from workbench.stats.ordinal import ordinal
from workbench.stats.replicates import bootstrap

ROWS, COLUMNS, LEVELS = 100_000, 8, 5
DRIVERS, ENUMERATED, BOOTSTRAPS, ANSWERS = 20, 12, 1_000, 5_000
R = r"""
suppressMessages(library(MASS))
folder <- commandArgs(TRUE)[1]
table <- matrix(readBin(file.path(folder, "table"), "double", 1e8, size = 8), ncol = 9)
frame <- data.frame(y = factor(table[, 1]), table[, -1])
cost <- system.time(fitted <- polr(y ~ ., frame, Hess = TRUE))[["elapsed"]]
cat(cost, coef(fitted))
"""


def timed(work):
    """Return the seconds of `work` and what it returns."""
    begun = time.perf_counter()
    found = work()
    return time.perf_counter() - begun, found


def line(what, own, peers=(), apart=None):
    """Print one line; `apart` is the largest difference from the first peer."""
    beside = "".join(f"  {name} {each:.2f} s x{each / own:,.0f}" for name, each in peers)
    far = "" if apart is None else f"  at most {apart:.0e} apart"
    print(f"{what:52s} {own:7.3f} s{beside}{far}", flush=True)


def ordered(rng):
    """Time the ordinal logit."""
    x = rng.normal(size=(ROWS, COLUMNS))
    latent = x @ np.linspace(0.1, 0.8, COLUMNS) + rng.logistic(size=ROWS)
    y = np.searchsorted(np.quantile(latent, np.linspace(0, 1, LEVELS + 1)[1:-1]), latent)
    design = Design.build(np.ones(ROWS), clusters=rng.integers(0, 2_000, ROWS))
    own, fit = timed(lambda: ordinal(design, y, x))
    model = OrderedModel(y, x, distr="logit")
    peer, other = timed(lambda: model.fit(method="bfgs", disp=False, maxiter=500))
    peers = [("statsmodels", peer)]
    apart = np.abs(fit.coefficients[:COLUMNS] - other.params[:COLUMNS]).max()
    if shutil.which("Rscript"):
        with tempfile.TemporaryDirectory() as folder:
            table = np.column_stack([y, x]).astype(float)
            (Path(folder) / "table").write_bytes(table.tobytes("F"))
            done = subprocess.run(
                ["Rscript", "-e", R, folder], check=True, capture_output=True, text=True
            )
        peers.append(("R polr", float(done.stdout.split()[0])))
    line(f"ordinal logit, {ROWS:,} x {COLUMNS}, clustered errors", own, peers, apart)


def enumerated(among, beside):
    """Return LMG (p,) by a regression for every subset."""
    p = len(beside)
    explained = {(): 0.0}
    for size in range(1, p + 1):
        for chosen in combinations(range(p), size):
            at = np.array(chosen)
            explained[chosen] = beside[at] @ np.linalg.solve(among[np.ix_(at, at)], beside[at])
    shares = np.zeros(p)
    for chosen, value in explained.items():
        weight = (
            factorial(len(chosen)) * factorial(p - len(chosen) - 1) / factorial(p)
            if (len(chosen) < p)
            else 0.0
        )
        for at in set(range(p)) - set(chosen):
            shares[at] += weight * (explained[tuple(sorted((*chosen, at)))] - value)
    return shares


def driven(rng):
    """Time shares of R²."""
    x = rng.normal(size=(ANSWERS, DRIVERS)) + rng.normal(size=(ANSWERS, 1))
    y = x @ np.linspace(0, 1, DRIVERS) + rng.normal(scale=3, size=ANSWERS)
    among, beside = correlations(y, x, np.ones(ANSWERS))
    few = among[:ENUMERATED, :ENUMERATED], beside[:ENUMERATED]
    own, found = timed(lambda: importance(*few))
    peer, expected = timed(lambda: enumerated(*few))
    far = np.abs(found.lmg - expected).max()
    line(f"LMG of {ENUMERATED} drivers", own, [("enumeration", peer)], far)
    own, _ = timed(lambda: importance(among, beside))
    line(f"LMG of {DRIVERS} drivers", own)
    design = Design.build(np.ones(ANSWERS), clusters=np.arange(ANSWERS) // 5)
    return design, y, x


def main():
    """Time all of it."""
    rng = np.random.default_rng(20260930)
    ordered(rng)
    design, y, x = driven(rng)
    few = x[:, :10]

    def shares(weights):
        return importance(*correlations(y, few, weights)).shares

    own, _ = timed(lambda: bootstrap(design, BOOTSTRAPS, seed=1).values(shares))
    line(f"{BOOTSTRAPS:,} bootstraps of 10 drivers, {ANSWERS:,} answers", own)


if __name__ == "__main__":
    main()
