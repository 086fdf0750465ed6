"""Factors against R lavaan and psych, and recovery of planted structure."""

import numpy as np
import pandas as pd
import pytest

from tests.stats.oracle import FOLDER, agrees, cases
from workbench.errors import DataError
from workbench.stats import factors

NAMES = {"lambda": "slopes", "theta": "unique", "chisq": "chi2", "omega": "omega", "cfi": "cfi"}


def items(name):
    return pd.read_csv(FOLDER / "inputs" / f"{name}.csv").to_numpy(float)


@pytest.mark.parametrize("field", [*NAMES, "rmsea", "srmr"])
def test_one_factor_agrees_with_lavaan(field):
    own = factors.one_factor(items("bfi_C_complete"))
    agrees(getattr(own, NAMES.get(field, field)), "bfi.omega_cfa", field)


def test_the_standardised_factor_agrees_with_psych():
    own = factors.one_factor(items("bfi_C_complete"))
    agrees(own.standardised, "bfi.omega1_ml", "omega_corr")
    agrees(own.loadings, "bfi.omega1_ml", "loadings")


@pytest.mark.parametrize(
    ("field", "name"), [("communality", "communality"), ("RMSEA", "rmsea"), ("TLI", "tli")]
)
def test_five_factors_agree_with_psych(field, name):
    own = factors.several_factors(items("bfi25_complete"), 5)
    agrees(getattr(own, name), "bfi25.fa5_varimax", field)


def test_varimax_goes_on_to_its_end():
    # R's varimax(eps = 1e-5), which psych calls, stops early; with eps = 1e-12 R gives these.
    settled = [2.70949087833, 2.47011237028, 2.04102083644, 1.84735230571, 1.52250218948]
    own = (factors.several_factors(items("bfi25_complete"), 5).loadings ** 2).sum(axis=0)
    assert own == pytest.approx(settled, rel=2e-5)
    assert own == pytest.approx(cases()["bfi25.fa5_varimax"]["expected"]["SS"], rel=2e-3)


@pytest.mark.parametrize(("field", "name"), [("omega_h", "hierarchical"), ("omega_tot", "total")])
def test_the_general_factor_agrees_with_psych(field, name):
    own = factors.general_factor(items("bfi25_complete"), 5)
    agrees(getattr(own, name), "bfi25.omega5", field)


def planted(general, group, seed=1, n=20_000):
    """Return twelve items: `general` loads on all of them, one group factor on four each."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(n, 1)) * general
    groups = np.repeat(rng.normal(size=(n, 3)), 4, axis=1) * group
    own = np.sqrt(1 - general**2 - group**2)
    return common + groups + rng.normal(size=(n, 12)) * own


@pytest.mark.parametrize(("general", "group"), [(0.6, 0.4), (0.3, 0.7)])
def test_the_planted_share_of_a_general_factor_is_found(general, group):
    whole = (12 * general) ** 2 + 3 * (4 * group) ** 2 + 12 * (1 - general**2 - group**2)
    own = factors.general_factor(planted(general, group), 3)
    assert own.hierarchical == pytest.approx((12 * general) ** 2 / whole, abs=0.03)
    assert own.total == pytest.approx(1 - 12 * (1 - general**2 - group**2) / whole, abs=0.01)


def test_without_a_general_factor_only_chance_is_left():
    assert factors.general_factor(planted(0.0, 0.8), 3).hierarchical < 0.1


def test_one_factor_does_not_fit_three():
    one, three = factors.one_factor(planted(0.7, 0.0)), factors.one_factor(planted(0.3, 0.7))
    assert one.rmsea < 0.01
    assert one.cfi > 0.999
    assert three.rmsea > 0.15
    assert three.cfi < 0.7
    # A chi-square of a model that holds has the mean of its degrees of freedom, 54, and sd 10.4.
    chi2 = [factors.one_factor(planted(0.7, 0.0, seed, 1000)).chi2 for seed in range(60)]
    assert np.mean(chi2) == pytest.approx(54, abs=3 * 10.4 / np.sqrt(60))


def test_what_has_no_factor_is_refused():
    rng = np.random.default_rng(1)
    with pytest.raises(DataError, match="three items and more answers"):
        factors.one_factor(rng.normal(size=(10, 2)))
    with pytest.raises(DataError, match="cannot tell 3 factors apart"):
        factors.several_factors(rng.normal(size=(50, 5)), 3)
    with pytest.raises(DataError, match="three groups of items"):
        factors.general_factor(rng.normal(size=(50, 9)), 2)
