from datetime import date

import numpy as np
import pandas as pd
import pytest

from workbench.errors import DataError, ParameterError
from workbench.rules import customer_cells, pack, segmentation, size_class, tiers
from workbench.rules.customer_cells import cells

DAY = date(2026, 9, 30)


def at_the_bounds(rng, n):
    """Return firms whose indicators lie on, just below and just above the bounds of their rule."""
    rule = size_class.rules(DAY)
    rows = []
    for _ in range(n):
        industry = rule.industries[rng.integers(len(rule.industries))]
        row = {"customer_type": "corporate", "industry_code": f"{industry.codes[0].split('-')[0]}"}
        for name in size_class.INDICATORS:
            bounds = getattr(industry, name)
            unit = 1.0 if name == "employees" else rule.units.money
            levels = [bounds.large, bounds.medium, bounds.small] if bounds else [100.0]
            value = rng.choice(levels) * unit + rng.choice([-1, 0, 1])
            row[name] = np.nan if rng.random() < 0.1 else max(value, 0.0)
        rows.append(row)
    return pd.DataFrame(rows)


def test_every_customer_is_in_exactly_one_cell_at_every_bound():
    rng = np.random.default_rng(1)
    firms = at_the_bounds(rng, 1_500)
    bounds = [tier.aum_from for tier in tiers.rules(DAY).tiers]
    people = pd.DataFrame({"customer_type": ["individual"] * 600 + ["business_owner"] * 100})
    table = pd.concat([firms, people], ignore_index=True)
    aum = rng.choice(bounds, (len(table), 6)) + rng.choice([-0.01, 0, 0.01], (len(table), 6))
    aum[rng.random(aum.shape) < 0.2] = np.nan
    found = cells(table, aum, DAY)
    assert found.proved
    assert (found.belongs == 1).all()
    assert set(found.cell) <= set(found.codes)
    assert all(each is not None for each in found.cell)


def test_cells_are_those_of_the_single_rules():
    rows = [("corporate", "J66", 5), ("corporate", None, 5), ("individual", None, None)]
    rows.append(("business_owner", "F51", 5))
    table = pd.DataFrame(rows, columns=["customer_type", "industry_code", "employees"])
    table = table.assign(revenue=1e6, assets=1e6)
    aum = np.array([[np.nan], [np.nan], [60_000.0], [1e9]])
    expected = ["not_covered", "size_unknown", "silver", "business_owner"]
    assert cells(table, aum, DAY).cell.tolist() == expected
    assert cells(table, np.full((4, 1), np.nan), DAY).cell[2] == "tier_unknown"


def test_an_unknown_type_is_named_with_its_row():
    table = pd.DataFrame({"customer_type": ["individual", "club"]})
    with pytest.raises(DataError, match="1 customers have no known type, the first in row 2"):
        cells(table, np.zeros((2, 1)), DAY)


def test_every_cell_belongs_to_one_group_of_the_pack():
    rules = segmentation.rules(DAY)
    levels = [tier.code for tier in tiers.rules(DAY).tiers]
    every = {*size_class.SIZES, size_class.NOT_COVERED, customer_cells.SIZE_UNKNOWN, *levels}
    every |= {customer_cells.OWNER, customer_cells.TIER_UNKNOWN}
    assert set(rules.group_of()) == every


def test_a_pack_with_a_cell_in_two_groups_is_refused(monkeypatch):
    from workbench import settings

    content = settings.rulepack("segmentation")
    twice = [*content["within"], {**content["within"][0], "code": "again"}]
    monkeypatch.setattr(settings, "rulepack", lambda name: {**content, "within": twice})
    with pytest.raises(ParameterError, match="stand in more than one group"):
        pack.read(segmentation.Segmentation, "segmentation")
    plans = content["plans"][:3]
    monkeypatch.setattr(settings, "rulepack", lambda name: {**content, "plans": plans})
    with pytest.raises(ParameterError, match="plans must name each of"):
        pack.read(segmentation.Segmentation, "segmentation")
