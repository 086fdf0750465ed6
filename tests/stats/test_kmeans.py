import os
import subprocess
import sys

import numpy as np
import pytest

from tests.stats.segments import cases, groups, table
from workbench.errors import DataError
from workbench.stats.clusters import adjusted_rand, crossed, silhouettes
from workbench.stats.kmeans import classified, kmeans, micro_clusters

IRIS = ["Sepal.Length", "Sepal.Width", "Petal.Length", "Petal.Width"]
SHOWN = """
import hashlib
import numpy as np
from tests.stats.segments import answers, groups
from workbench.stats.kmeans import kmeans
from workbench.stats.latent import latent_classes
from workbench.stats.latent_mixed import mixed_classes
from workbench.stats.patterns import patterns
from workbench.stats.prototypes import prototypes
from workbench.stats.search import Search
rng = np.random.default_rng(3)
x, _ = groups(4, 7_000, 12, 4, rng)
codes, _ = answers(7_000, 4, [3, 4, 5, 6, 4, 3, 7, 5], rng)
rows, how = patterns(codes, [3, 4, 5, 6, 4, 3, 7, 5]), Search(4)
found = hashlib.sha256()
for array in (
    kmeans(x, 4).centres,
    latent_classes(rows, 4, search=how).posterior,
    mixed_classes(x, rows, 4, search=how).posterior,
    prototypes(x, rows, 4, gamma=1.0, search=how).centres,
):
    found.update(array.tobytes())
print(found.hexdigest())
"""


def test_iris_as_in_r():
    case = cases()["kmeans_iris_raw_k3"]
    x = table(case)[IRIS].to_numpy(float)
    found = kmeans(x, 3)
    expected = case["expected"]
    assert found.within == pytest.approx(expected["tot_withinss"], abs=1e-8)
    assert sorted(np.bincount(found.labels)) == expected["sizes"]
    width = silhouettes(x, found.labels)
    assert width.mean() == pytest.approx(expected["avg_silhouette"], abs=1e-8)
    assert width[:10] == pytest.approx(expected["sil_first10"], abs=1e-8)
    scaled = (x - x.mean(axis=0)) / x.std(axis=0, ddof=1)
    standard = cases()["kmeans_iris_std_k3"]["expected"]
    assert kmeans(scaled, 3).within == pytest.approx(standard["tot_withinss"], abs=1e-8)


LONG = [pytest.param(k, marks=pytest.mark.full) for k in (7, 8)]


@pytest.mark.parametrize("k", [2, 3, 4, 5, 6, *LONG])
def test_vacation_motives_reach_the_best_known_sum(real_data, k):
    folder = real_data / "oracles" / "segments"
    case = cases(folder)["kmeans_vacmot_best_wss"]
    x = table(case, folder).to_numpy(float)
    best = dict(zip(case["params"]["k"], case["expected"]["best_known_tot_withinss"], strict=True))
    found = kmeans(x, k, starts=20, swaps=30 if k < 7 else 300)
    assert found.within <= best[k] * (1 + 1e-4)


def test_weights_count_as_rows_repeated():
    rng = np.random.default_rng(1)
    x, _ = groups(3, 200, 2, 5, rng)
    times = rng.integers(1, 4, len(x))
    weighted = kmeans(x, 3, weights=times.astype(float))
    repeated = kmeans(np.repeat(x, times, axis=0), 3)
    assert weighted.within == pytest.approx(repeated.within, rel=1e-10)


def test_polished_and_swapped_is_never_worse_than_its_starts():
    x, _ = groups(6, 400, 3, 2, np.random.default_rng(2))
    found = kmeans(x, 6, starts=8, swaps=5)
    assert found.within <= found.starts.min() + 1e-9


def test_many_rows_are_divided_as_well_as_few():
    x, z = groups(4, 30_000, 5, 5, np.random.default_rng(4))
    found = kmeans(x, 4)
    assert adjusted_rand(crossed(found.labels, z)) > 0.97
    assert (classified(x, found.centres) == found.labels).all()


def test_micro_clusters_keep_weight_and_mean():
    rng = np.random.default_rng(5)
    x, w = rng.normal(size=(9_000, 4)), rng.random(9_000)
    micro = micro_clusters(x, weights=w, most=400)
    assert 100 < len(micro.centres) <= 400
    assert micro.weights.sum() == pytest.approx(w.sum())
    assert micro.weights @ micro.centres == pytest.approx(w @ x)
    lost = w @ ((x - micro.centres[micro.labels]) ** 2).sum(axis=1)
    assert micro.within == pytest.approx(lost, rel=1e-6)


def test_bad_tables_are_refused():
    with pytest.raises(DataError, match="without missing values"):
        kmeans(np.array([[1.0], [np.nan]]), 1)
    with pytest.raises(DataError, match="3 different rows"):
        kmeans(np.ones((10, 2)), 3)


def test_all_extractions_give_the_same_bytes_on_one_and_two_threads():
    found = []
    for threads in ("1", "2"):
        names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
        environment = {**os.environ, **dict.fromkeys(names, threads)}
        done = subprocess.run(
            [sys.executable, "-c", SHOWN],
            capture_output=True,
            text=True,
            check=True,
            env=environment,
        )
        found.append(done.stdout)
    assert found[0] == found[1]
