"""CR2 and Satterthwaite against their definitions, written out with full matrices."""

import numpy as np
import pytest
from statsmodels.regression.linear_model import WLS

from workbench.errors import DataError
from workbench.stats import clustered


def sample(seed=1, clusters=9, waves=3):
    rng = np.random.default_rng(seed)
    size = rng.integers(2, 6, clusters)
    cluster = np.repeat(np.arange(clusters), size * waves)
    n = len(cluster)
    group = np.concatenate([np.tile(np.arange(k), waves) for k in size]) + 100 * cluster
    x = np.column_stack([rng.normal(size=n), (cluster < 3) * rng.random(n)])
    y = x @ [1.0, 2.0] + rng.normal(size=clusters)[cluster] + rng.normal(size=n)
    return y, x, cluster, group, rng.uniform(0.5, 2, n)


def by_definition(y, x, cluster, weights):
    """Return coefficients, CR2 covariance and degrees of freedom from matrices (n, n)."""
    root = np.sqrt(weights)
    x, y = x * root[:, None], y * root
    bread = np.linalg.inv(x.T @ x)
    rest = np.eye(len(y)) - x @ bread @ x.T
    beta, scores, columns = bread @ x.T @ y, [], []
    for own in (cluster == name for name in np.unique(cluster)):
        values, axes = np.linalg.eigh(rest[np.ix_(own, own)])
        keep = values > 1e-9
        inverse = (axes[:, keep] / np.sqrt(values[keep])) @ axes[:, keep].T
        half = bread @ x[own].T @ inverse
        scores.append(half @ (rest @ y)[own])
        columns.append(half @ rest[own])
    freedom = []
    for j in range(x.shape[1]):
        form = np.array([column[j] for column in columns])
        product = form @ form.T
        freedom.append(np.trace(product) ** 2 / (product**2).sum())
    return beta, np.array(scores).T @ np.array(scores), np.array(freedom)


def with_dummies(x, group):
    return np.column_stack([x, group[:, None] == np.unique(group)])


def test_cr2_and_degrees_of_freedom_are_those_of_the_definition():
    y, x, cluster, _, weights = sample()
    columns = np.column_stack([x, np.ones(len(y))])
    found = clustered.fit(y, columns, clusters=cluster, weights=weights)
    beta, covariance, df = by_definition(y, columns, cluster, weights)
    assert found.coefficients == pytest.approx(beta, rel=1e-11)
    assert found.covariance == pytest.approx(covariance, rel=1e-10)
    assert found.df == pytest.approx(df, rel=1e-10)
    assert found.clusters == 9


def test_absorbed_constants_give_what_a_column_for_each_gives():
    y, x, cluster, group, weights = sample(2)
    found = clustered.fit(y, x, clusters=cluster, weights=weights, absorb=group)
    beta, covariance, df = by_definition(y, with_dummies(x, group), cluster, weights)
    assert found.coefficients == pytest.approx(beta[:2], rel=1e-10)
    assert found.covariance == pytest.approx(covariance[:2, :2], rel=1e-9)
    assert found.df == pytest.approx(df[:2], rel=1e-9)


def test_coefficients_are_those_of_statsmodels_and_errors_are_larger_than_its_uncorrected_ones():
    y, x, cluster, _, weights = sample(3)
    columns = np.column_stack([x, np.ones(len(y))])
    peer = WLS(y, columns, weights).fit(
        cov_type="cluster", cov_kwds={"groups": cluster, "use_correction": False}
    )
    found = clustered.fit(y, columns, clusters=cluster, weights=weights)
    assert found.coefficients == pytest.approx(peer.params, rel=1e-10)
    assert (found.se > peer.bse).all()


def test_every_row_its_own_cluster_is_the_hc2_error():
    y, x, *_ = sample(4)
    columns = np.column_stack([x, np.ones(len(y))])
    found = clustered.fit(y, columns, clusters=np.arange(len(y)))
    assert found.se == pytest.approx(WLS(y, columns).fit(cov_type="HC2").bse, rel=1e-10)


def test_two_groups_of_single_rows_have_the_degrees_of_freedom_of_welch_under_equal_spread():
    # For a difference of means HC2 is Welch's error; under equal variances its df has this form.
    size = (4, 11)
    group = np.repeat([0.0, 1.0], size)
    y = np.random.default_rng(5).normal(size=15)
    found = clustered.fit(y, np.column_stack([group, np.ones(15)]), clusters=np.arange(15))
    a, b = (1 / n for n in size)
    assert found.df[0] == pytest.approx((a + b) ** 2 / (a**2 / 3 + b**2 / 10), rel=1e-10)


def test_what_cannot_be_fitted_is_named():
    y, x, cluster, group, weights = sample()
    with pytest.raises(DataError, match="repeats the others"):
        clustered.fit(y, np.column_stack([x, x[:, 0]]), clusters=cluster)
    with pytest.raises(DataError, match="lies in several clusters"):
        clustered.fit(y, x, clusters=cluster, absorb=np.zeros(len(y)))
    with pytest.raises(DataError, match="weights above zero"):
        clustered.fit(y, x, clusters=cluster, weights=weights * 0)
    with pytest.raises(DataError, match="must be numbers"):
        clustered.fit(np.where(group == group[0], np.nan, y), x, clusters=cluster)
    with pytest.raises(DataError, match=r"expected \(\d+, columns\)"):
        clustered.fit(y, x[:-1], clusters=cluster)
