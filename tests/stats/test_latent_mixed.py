import numpy as np
import pytest
from scipy import stats
from sklearn.mixture import GaussianMixture

from tests.stats.segments import answers, cases, groups, no_categories, table
from workbench.errors import DataError
from workbench.stats.clusters import adjusted_rand, crossed
from workbench.stats.latent_mixed import mixed_classes
from workbench.stats.patterns import patterns
from workbench.stats.prototypes import from_rows, prototypes
from workbench.stats.search import Search


def likelihood(x, codes, found):
    """Return the log likelihood row by row, written out; what is missing counts nothing."""
    total = 0.0
    for numbers, row in zip(x, codes, strict=True):
        parts = []
        for c, share in enumerate(found.shares):
            normal = stats.norm.pdf(numbers, found.means[c], found.deviations[c])
            told = [t[c][a] for t, a in zip(found.answers, row, strict=True) if a >= 0]
            parts.append(share * np.prod(normal[np.isfinite(numbers)]) * np.prod(told))
        total += np.log(sum(parts))
    return total


def test_the_likelihood_with_missing_values_is_that_of_the_rows():
    rng = np.random.default_rng(1)
    x, z = groups(2, 300, 3, 6, rng)
    x = 1_000 + 20 * x
    codes = np.column_stack(
        [(rng.random(300) < 0.2 + 0.6 * z).astype(int), rng.integers(0, 3, 300)]
    )
    x[rng.random(x.shape) < 0.1], codes[rng.random(codes.shape) < 0.1] = np.nan, -1
    found = mixed_classes(x, patterns(codes, [2, 3]), 2)
    assert found.log_likelihood == pytest.approx(likelihood(x, codes, found), abs=1e-6)
    assert found.parameters == 1 + 2 * 2 * 3 + 2 * (1 + 2)
    assert adjusted_rand(crossed(found.posterior.argmax(axis=1), z)) > 0.85


def test_one_class_is_told_by_means_and_deviations():
    x = np.random.default_rng(2).normal(5, 3, size=(400, 2))
    found = mixed_classes(x, no_categories(400), 1)
    expected = stats.norm.logpdf(x, x.mean(axis=0), x.std(axis=0)).sum()
    assert found.log_likelihood == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("k", [2, 3, 4])
def test_without_categories_it_is_no_worse_than_scikit_learn(k):
    x, _ = groups(k, 600, 4, 3, np.random.default_rng(k))
    found = mixed_classes(x, no_categories(600), k)
    how = {"covariance_type": "diag", "tol": 1e-9, "max_iter": 2_000, "reg_covar": 1e-10}
    peer = GaussianMixture(k, n_init=10, random_state=1, **how).fit(x)
    assert found.log_likelihood > peer.score(x) * 600 - 1e-4


def test_many_rows_are_finished_from_a_sample():
    rng = np.random.default_rng(3)
    x, z = groups(3, 12_000, 4, 5, rng)
    codes, _ = answers(12_000, 2, [3, 4], rng)
    found = mixed_classes(x, patterns(codes, [3, 4]), 3, search=Search(5))
    assert adjusted_rand(crossed(found.posterior.argmax(axis=1), z)) > 0.95


def test_what_cannot_be_estimated_is_refused():
    data = no_categories(5)
    with pytest.raises(DataError, match="number 2 is missing in every row"):
        mixed_classes(np.column_stack([np.arange(5.0), np.full(5, np.nan)]), data, 2)
    with pytest.raises(DataError, match="number 1 is the same in every row"):
        mixed_classes(np.ones((5, 1)), data, 2)
    with pytest.raises(DataError, match="4 rows of numbers, but 5 of categories"):
        mixed_classes(np.ones((4, 1)), data, 2)


def mortgages():
    case = cases()["kproto_hmda_fixed_init"]
    rows = table(case)
    codes = np.column_stack(
        [np.unique(rows.iloc[:, at].astype(str), return_inverse=True)[1] for at in range(4, 10)]
    )
    data = patterns(codes, [int(size) + 1 for size in codes.max(axis=0)])
    return rows.iloc[:, :4].to_numpy(float), data, case


def test_prototypes_from_given_rows_are_those_of_r():
    x, data, case = mortgages()
    rows = np.array(case["params"]["init_rows_1based"]) - 1
    found = from_rows(x, data, rows, gamma=case["params"]["lambda"])
    assert found.cost == pytest.approx(case["expected"]["tot_withinss"], abs=1e-6)
    assert sorted(np.bincount(found.labels)) == sorted(case["expected"]["size"])


def test_prototypes_of_many_starts_are_no_worse_than_those_of_r():
    x, data, _ = mortgages()
    best = cases()["kproto_hmda_best"]["expected"]["tot_withinss"]
    assert prototypes(x, data, 4, gamma=0.8, search=Search(60)).cost <= best * (1 + 1e-6)


def test_a_missing_value_counts_no_distance():
    x = np.array([[0.0, 0.0], [0.1, np.nan], [9.0, 9.0], [9.1, 9.0]])
    codes = np.array([[0], [-1], [1], [1]])
    found = from_rows(x, patterns(codes, [2]), np.array([0, 2]), gamma=1.0)
    assert found.labels.tolist() in ([0, 0, 1, 1], [1, 1, 0, 0])
    assert found.cost == pytest.approx(2 * 0.05**2 + 2 * 0.05**2)


def test_fewer_rows_than_groups_are_refused():
    with pytest.raises(DataError, match="3 groups need at least as many rows"):
        prototypes(np.ones((2, 1)), no_categories(2), 3, gamma=1.0)


STEPMIX = {0.0: -20719.944664307095, 0.1: -18854.57694721768}
"""Log likelihood by the share of missing values; see `tests/oracles/segments/README.md`."""


@pytest.mark.parametrize("missing", STEPMIX)
def test_the_likelihood_of_mixed_rows_is_never_below_that_of_stepmix(missing):
    rng, n = np.random.default_rng(20), 3_000
    z = rng.choice(3, n, p=[0.5, 0.3, 0.2])
    x = np.array([[0.0, 0.0, 0.0], [2.5, 0.0, -1.0], [0.0, 3.0, 1.0]])[z]
    x = x + rng.normal(size=(n, 3))
    first, second = np.array([0.2, 0.5, 0.8]), np.array([0.7, 0.3, 0.5])
    codes = np.column_stack(
        [(rng.random(n) > chances[z]).astype(int) for chances in (first, second)]
        + [np.minimum(2, (rng.random(n) * np.array([1.2, 2.0, 3.0])[z]).astype(int))]
    )
    x = np.where(rng.random(x.shape) < missing, np.nan, x)
    codes = np.where(rng.random(codes.shape) < missing, -1, codes)
    found = mixed_classes(x, patterns(codes.astype(np.intp), [2, 2, 3]), 3, search=Search(20))
    assert STEPMIX[missing] - 1e-4 < found.log_likelihood < STEPMIX[missing] + 1e-3
