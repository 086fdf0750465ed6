import itertools

import numpy as np
import pytest

from tests.stats.segments import answers, cases, table
from workbench.errors import DataError
from workbench.stats import latent
from workbench.stats.clusters import adjusted_rand, crossed
from workbench.stats.latent import latent_classes, posteriors
from workbench.stats.patterns import patterns
from workbench.stats.search import Search

POLCA = [
    *(f"polca_carcinoma_k{k}" for k in (1, 2, 3, 4)),
    *("polca_values_k2", "polca_values_k3"),
    *("polca_election_k2_listwise", "polca_election_k3_listwise", "polca_election_k2_fiml"),
]


@pytest.mark.parametrize("name", POLCA)
def test_the_likelihood_is_never_below_that_of_r(real_data, name):
    folder = real_data / "oracles" / "segments"
    case = cases(folder)[name]
    items = [each.strip() for each in case["call"].split("cbind(")[1].split(")")[0].split(",")]
    rows = table(case, folder)[items]
    listwise = case["params"]["missing"] == "listwise"
    rows = rows.dropna() if listwise else rows.dropna(how="all")
    levels = [int(rows[item].max()) for item in items]
    data = patterns(rows.fillna(0).to_numpy(int) - 1, levels)
    found = latent_classes(data, case["params"]["nclass"], search=Search(40))
    expected = case["expected"]
    assert found.log_likelihood > expected["llik"] - 1e-4
    assert found.log_likelihood < expected["llik"] + 1e-3, "better than R: look why"
    assert found.parameters == expected["npar"]
    assert found.n == expected["N"]
    if name != "polca_values_k3" and found.shares.size > 1:
        assert found.shares == pytest.approx(sorted(expected["P"], reverse=True), abs=2e-3)


def test_one_class_is_the_product_of_the_shares():
    codes, _ = answers(500, 3, [2, 3, 4], np.random.default_rng(1))
    found = latent_classes(patterns(codes, [2, 3, 4]), 1)
    expected = sum(
        count * np.log(count / 500) for column in codes.T for count in np.bincount(column) if count
    )
    assert found.log_likelihood == pytest.approx(expected, rel=1e-9)
    assert found.parameters == 1 + 2 + 3


def likelihood(codes, shares, tables):
    """Return the log likelihood row by row, written out; missing answers count nothing."""
    total = 0.0
    for row in codes:
        parts = [
            share * np.prod([t[c][a] for t, a in zip(tables, row, strict=True) if a >= 0])
            for c, share in enumerate(shares)
        ]
        total += np.log(sum(parts))
    return total


@pytest.mark.parametrize("dense", [True, False])
def test_the_likelihood_with_missing_answers_is_that_of_the_rows(monkeypatch, dense):
    if not dense:
        monkeypatch.setattr(latent, "DENSE", 0)
    rng = np.random.default_rng(2)
    codes, _ = answers(400, 2, [3, 2, 4, 3], rng)
    codes[rng.random(codes.shape) < 0.15] = -1
    codes = codes[(codes >= 0).any(axis=1)]
    found = latent_classes(patterns(codes, [3, 2, 4, 3]), 2)
    by_hand = likelihood(codes, found.shares, found.answers)
    assert found.log_likelihood == pytest.approx(by_hand, abs=1e-6)


def test_both_ways_to_compute_find_the_same(monkeypatch):
    codes, _ = answers(800, 3, [3, 4, 2, 3, 5], np.random.default_rng(3))
    data = patterns(codes, [3, 4, 2, 3, 5])
    first = latent_classes(data, 3)
    monkeypatch.setattr(latent, "DENSE", 0)
    second = latent_classes(data, 3)
    assert first.log_likelihood == pytest.approx(second.log_likelihood, abs=1e-4)


def test_planted_classes_come_back():
    codes, z = answers(4_000, 4, [4, 5, 4, 6, 5, 4, 5, 6], np.random.default_rng(4))
    data = patterns(codes, [4, 5, 4, 6, 5, 4, 5, 6])
    found = latent_classes(data, 4)
    labels = found.posterior.argmax(axis=1)[data.rows]
    assert adjusted_rand(crossed(labels, z)) > 0.9
    again = posteriors(data, found.shares, found.answers)
    assert np.array_equal(again, found.posterior)


def test_weights_count_as_rows_repeated():
    rng = np.random.default_rng(5)
    codes, _ = answers(300, 2, [2, 3, 3, 2], rng)
    times = rng.integers(1, 5, 300)
    weighted = latent_classes(patterns(codes, [2, 3, 3, 2], times.astype(float)), 2)
    repeated = latent_classes(patterns(np.repeat(codes, times, axis=0), [2, 3, 3, 2]), 2)
    assert weighted.log_likelihood == pytest.approx(repeated.log_likelihood, abs=1e-6)
    assert weighted.n == repeated.n


def test_patterns_are_the_distinct_rows():
    rng = np.random.default_rng(6)
    codes = np.column_stack([rng.integers(-1, size, 2_000) for size in (2, 3, 4)])
    for levels in ([2, 3, 4], [2, 3, 10**18]):
        data = patterns(codes, levels)
        assert np.array_equal(data.codes[data.rows], codes)
        assert len(data.codes) == len(set(itertools.starmap(lambda *row: row, codes.tolist())))
        assert data.weights.sum() == 2_000
    with pytest.raises(DataError, match="item 2 has a code outside 0 to 1"):
        patterns(codes, [2, 2, 4])


def test_rows_without_any_answer_are_refused():
    with pytest.raises(DataError, match="no row has an answer"):
        latent_classes(patterns(np.full((5, 2), -1), [2, 2]), 2)
