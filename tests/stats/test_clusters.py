import numpy as np
import pytest
from sklearn import metrics

from tests.stats.segments import KINDS, cases, crowd, groups, table
from workbench.stats.clusters import (
    across_solutions,
    adjusted_rand,
    criteria,
    crossed,
    entropy,
    gap,
    jaccard,
    silhouettes,
    valley,
)
from workbench.stats.kmeans import kmeans
from workbench.stats.search import Search
from workbench.stats.stability import stability


def test_stability_across_solutions_as_in_flexclust():
    case = cases()["slsa_entropy_labels"]
    labels = table(case)
    found = crossed(labels["a"].to_numpy() - 1, labels["b"].to_numpy() - 1)
    assert 1 - across_solutions(found) == pytest.approx(case["expected"]["entropy"], abs=1e-10)


def test_the_adjusted_rand_index_is_that_of_scikit_learn():
    rng = np.random.default_rng(1)
    for k in (2, 3, 7):
        one, two = rng.integers(0, k, 300), rng.integers(0, 3, 300)
        two = np.where(rng.random(300) < 0.5, one % 3, two)
        expected = metrics.adjusted_rand_score(one, two)
        assert adjusted_rand(crossed(one, two)) == pytest.approx(expected, abs=1e-12)
    assert adjusted_rand(crossed(one, one)) == 1.0


def test_silhouettes_are_those_of_scikit_learn():
    x, z = groups(3, 700, 4, 3, np.random.default_rng(2))
    z[0] = 3
    assert silhouettes(x, z) == pytest.approx(metrics.silhouette_samples(x, z), abs=1e-10)


def test_overlap_entropy_and_criteria_by_hand():
    assert jaccard(np.array([[8.0, 2.0], [0.0, 10.0]])) == pytest.approx([0.8, 10 / 12])
    sure, even = np.array([[1.0, 0.0], [0.0, 1.0]]), np.full((2, 2), 0.5)
    assert entropy(sure, np.ones(2)) == pytest.approx(1.0)
    assert entropy(even, np.ones(2)) == pytest.approx(0.0)
    bic, icl = criteria(-100.0, 3, even, np.ones(2))
    assert bic == pytest.approx(200 + 3 * np.log(2))
    assert icl == pytest.approx(bic + 2 * 2 * np.log(2))


def test_the_gap_is_large_for_groups_and_small_for_even_data():
    rng = np.random.default_rng(3)
    x, _ = groups(3, 300, 2, 8, rng)
    even = rng.random((300, 2)) * [4.0, 1.0]
    ones = np.ones(300)
    apart = gap(x, kmeans(x, 3).within, 3, weights=ones)
    none = gap(even, kmeans(even, 3).within, 3, weights=ones)
    assert apart.value > 0.5
    assert abs(none.value) < 0.15


@pytest.mark.parametrize("kind", KINDS)
def test_there_is_no_valley_in_a_single_crowd(kind):
    rng = np.random.default_rng([4, KINDS.index(kind)])
    for n in (400, 3_000):
        x = crowd(kind, n, 4, rng)
        found = valley(x, kmeans(x, 2).labels, (0, 1), weights=np.ones(n), z=1.645)
        assert found.high > 0.85


def test_there_is_a_valley_between_groups_that_are_apart():
    x, z = groups(2, 800, 4, 5, np.random.default_rng(5))
    found = valley(x, z, (0, 1), weights=np.ones(800), z=1.645)
    assert found.depth < 0.4
    assert found.high < 0.85


def test_bootstrap_stability_of_the_vacation_motives_as_in_flexclust(real_data):
    folder = real_data / "oracles" / "segments"
    case = cases(folder)["bootstrap_stability_vacmot"]
    x = table(case, folder).to_numpy(float)
    found = stability(x, [2, 3, 4], pairs=50, search=Search(5))
    expected = case["expected"]["mean_ari"][:3]
    assert [each.agreement.mean() for each in found] == pytest.approx(expected, abs=0.05)


@pytest.mark.full
def test_bootstrap_stability_of_all_numbers_of_groups(real_data):
    folder = real_data / "oracles" / "segments"
    case = cases(folder)["bootstrap_stability_vacmot"]
    x = table(case, folder).to_numpy(float)
    found = stability(x, range(2, 9), pairs=50, search=Search(5))
    means = np.array([each.agreement.mean() for each in found])
    expected = np.array(case["expected"]["mean_ari"])
    # A better search finds the same optimum more often: the agreement may be higher, not lower.
    assert means[:3] == pytest.approx(expected[:3], abs=0.05)
    assert (means > expected - 0.05).all()
    assert (means < expected + 0.1).all()


@pytest.mark.full
def test_overlap_of_single_groups_as_in_fpc(real_data):
    folder = real_data / "oracles" / "segments"
    case = cases(folder)["clusterboot_vacmot_k6"]
    x = table(case, folder).to_numpy(float)
    [found] = stability(x, [6], pairs=25)
    assert np.sort(found.within) == pytest.approx(case["expected"]["bootmean_sorted"], abs=0.08)


def test_noise_of_the_search_is_told_apart_from_that_of_the_sample():
    x, _ = groups(3, 400, 3, 6, np.random.default_rng(6))
    [found] = stability(x, [3], pairs=6)
    assert found.noise == pytest.approx(0.0, abs=0.01)
    assert found.agreement.mean() > 0.98
    assert (found.within > 0.98).all()
