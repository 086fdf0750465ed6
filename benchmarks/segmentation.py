"""Segmentation beside its peers: CPU seconds, and what each reaches.

Run: python benchmarks/segmentation.py [--large]. kmodes and stepmix are compared where they are
installed, for instance with `pip install --target DIR kmodes stepmix --no-deps` and PYTHONPATH=DIR.
"""

import sys
from importlib.util import find_spec
from time import process_time

import numpy as np

from workbench.stats import segment_card
from workbench.stats.clusters import adjusted_rand, crossed
from workbench.stats.kmeans import kmeans
from workbench.stats.latent import latent_classes
from workbench.stats.latent_mixed import mixed_classes
from workbench.stats.patterns import patterns
from workbench.stats.prototypes import prototypes
from workbench.stats.search import Search
from workbench.stats.stability import stability

LEVELS = (2, 2, 3, 4, 5, 5, 6, 8)
LARGE = "--large" in sys.argv


def made(n, missing=0.0):
    """Return numbers (n, 7), codes (n, 8) and the group of each row."""
    rng = np.random.default_rng(0)
    z = rng.choice(5, n, p=[0.35, 0.25, 0.2, 0.12, 0.08])
    columns = []
    for size in LEVELS:
        chances = rng.dirichlet(np.full(size, 0.9), 5).cumsum(axis=1)
        columns.append((rng.random(n)[:, None] > chances[z]).sum(axis=1).clip(0, size - 1))
    codes = np.column_stack(columns).astype(np.int16)
    x = 1.5 * rng.normal(size=(5, 7))[z] + rng.normal(size=(n, 7))
    codes[rng.random(codes.shape) < missing] = -1
    return x, codes, z


def told(what, function):
    """Run `function`, print its CPU seconds and what it says, and return its result."""
    start = process_time()
    found, said = function()
    print(f"{what:58s} {process_time() - start:8.2f} s  {said}")
    return found


def ours(n):
    """Time our extractions on `n` rows."""
    x, codes, z = made(n)
    data = told(f"patterns, {n:,} x 8", lambda: ((p := patterns(codes, LEVELS)), len(p.weights)))

    def groups():
        found = prototypes(x, data, 5, gamma=1.0, search=Search(1))
        ari = adjusted_rand(crossed(found.labels, z))
        return found, f"cost {found.cost:,.1f}, ARI {ari:.3f}"

    def classes(starts):
        found = latent_classes(data, 5, search=Search(starts))
        return found, f"log likelihood {found.log_likelihood:,.2f}"

    def mixed():
        found = mixed_classes(x, data, 5, search=Search(5))
        return found, f"log likelihood {found.log_likelihood:,.2f}"

    told(f"k-prototypes, {n:,} x 15, one start", groups)
    told(f"latent classes, {n:,} x 8, one start", lambda: classes(1))
    told(f"latent classes, {n:,} x 8, 20 starts", lambda: classes(20))
    fit = told(f"mixed latent classes, {n:,} x 15, 5 starts", mixed)
    names = tuple((f"x{at}", "none") for at in range(7))
    items = tuple((f"c{at}", tuple(map(str, range(size)))) for at, size in enumerate(LEVELS))
    card = segment_card.frozen(fit, (x, codes.astype(np.intp)), (names, items), ("c", "2026", 1))
    own = codes.astype(np.intp)
    told(
        f"scoring with a card, {n:,} x 15",
        lambda: ((s := segment_card.scored(card, x, own)), f"{len(s.labels):,} rows"),
    )


def classes_of_peer(n, x, codes):
    """Time stepmix on the same rows."""
    from stepmix.stepmix import StepMix

    def classes():
        how = {"n_init": 1, "max_iter": 1_000, "random_state": 1, "progress_bar": 0}
        model = StepMix(5, measurement="categorical", **how).fit(codes)
        return model, f"log likelihood {model.score(codes) * n:,.2f}"

    told(f"stepmix: latent classes, {n:,} x 8, one start", classes)

    def both_kinds():
        import pandas as pd
        from stepmix.utils import get_mixed_descriptor

        numbers, items = [f"x{at}" for at in range(7)], [f"c{at}" for at in range(8)]
        table = pd.DataFrame(x, columns=numbers)
        table[items] = codes.astype(int)
        rows, kinds = get_mixed_descriptor(table, continuous=numbers, categorical=items)
        how = {"n_init": 1, "max_iter": 1_000, "random_state": 1, "progress_bar": 0}
        model = StepMix(5, measurement=kinds, **how).fit(rows)
        return model, f"log likelihood {model.score(rows) * n:,.2f}"

    told(f"stepmix: mixed latent classes, {n:,} x 15, one start", both_kinds)


def peers(n):
    """Time the peers that are installed on `n` rows."""
    x, codes, z = made(n)
    if find_spec("kmodes"):
        from kmodes.kprototypes import KPrototypes

        both = np.concatenate([x.astype(object), codes.astype(object)], axis=1)

        def groups():
            model = KPrototypes(5, init="Huang", n_init=1, gamma=1.0, random_state=1)
            labels = model.fit_predict(both, categorical=list(range(7, 15)))
            ari = adjusted_rand(crossed(labels.astype(np.intp), z))
            return model, f"cost {model.cost_:,.1f}, ARI {ari:.3f}"

        told(f"kmodes: k-prototypes, {n:,} x 15, one start", groups)
    if find_spec("stepmix"):
        classes_of_peer(n, x, codes)

    def rounds():
        from sklearn.cluster import KMeans

        model = KMeans(5, n_init=10, random_state=1).fit(x)
        return model, f"within {model.inertia_:,.1f}"

    told(f"scikit-learn: k-means, {n:,} x 7, 10 starts", rounds)
    told(
        f"k-means, {n:,} x 7, 10 starts",
        lambda: ((found := kmeans(x, 5, starts=10)), f"within {found.within:,.1f}"),
    )


def samples(n, pairs, ks):
    """Time bootstrap stability on `n` rows."""
    x, _, _ = made(n)
    told(
        f"stability, {n:,} x 7, {pairs} pairs, k = {ks[0]}..{ks[-1]}",
        lambda: (
            (found := stability(x, ks, pairs=pairs)),
            " ".join(f"{each.agreement.mean():.2f}" for each in found),
        ),
    )


if __name__ == "__main__":
    ours(100_000)
    peers(100_000)
    samples(100_000, 5, range(2, 6))
    if LARGE:
        ours(1_000_000)
        samples(1_000_000, 50, range(2, 9))
        _, codes, _ = made(10_000_000)

        def largest():
            """Fit the largest table, patterns and all."""
            found = latent_classes(patterns(codes, LEVELS), 5)
            return found, f"log likelihood {found.log_likelihood:,.2f}"

        told("latent classes, 10,000,000 x 8, 20 starts, patterns and all", largest)
