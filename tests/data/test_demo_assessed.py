"""What the assessment of needs finds in the demo bank is there, and nothing else moved for it."""

import numpy as np
import pandas as pd
import pytest

from workbench.data import demo
from workbench.data.demo import assessed, compose, names
from workbench.data.demo.segments import OWNER


@pytest.fixture(scope="module")
def drawn():
    return demo.tables()


@pytest.fixture(scope="module")
def planted(drawn):
    return drawn[1]["planted"]


@pytest.fixture(scope="module")
def pair():
    """Give the tables and the segments of customers, without the part and with it."""
    with pytest.MonkeyPatch.context() as patch:
        both, segments = [], []
        part = assessed.part

        def watched(world):
            segments.append(world.people.segment)
            return part(world)

        for maker in (lambda world: compose.Part(), watched):
            parts = [maker if each is part else each for each in compose.PARTS]
            patch.setattr(compose, "PARTS", tuple(parts))
            both.append(demo.tables(customers=1500, months=24)[0])
            patch.undo()
    return *both, segments[0]


def test_only_these_columns_differ_and_no_row_is_gone(pair):
    before, after, _ = pair
    # What customers say they need follows the purpose that stands on their application.
    applied = {"purpose", "decline_reason", "stated_need"}
    changed = {"applications": applied, "financials": {"basis"}}
    for name, table in before.items():
        if name == "market_series":
            pd.testing.assert_frame_equal(after[name].head(len(table)), table)
            continue
        kept = [column for column in table if column not in changed.get(name, ())]
        pd.testing.assert_frame_equal(after[name][kept], table[kept])
        for column in changed.get(name, ()):
            assert not after[name][column].astype(object).equals(table[column].astype(object))


def test_reasons_are_exchanged_among_declines_alike(pair):
    before, after, segment = pair
    counts = []
    for tables in (before, after):
        asked = tables["applications"]
        month = asked["applied_at"].to_numpy().astype("datetime64[M]")
        group = segment[asked["customer_id"].cat.codes.to_numpy()]
        keys = [group, asked["product_id"].astype(str), month, asked["decline_reason"].astype(str)]
        counts.append(asked.groupby(keys).size())
    pd.testing.assert_series_equal(*counts)
    firms = segment[before["applications"]["customer_id"].cat.codes.to_numpy()] < OWNER
    own = [t["applications"].loc[firms, "decline_reason"].astype(object) for t in (before, after)]
    pd.testing.assert_series_equal(*own)


def test_capacity_is_named_more_often_where_debt_service_is_high(drawn, planted):
    asked, stated = drawn[0]["applications"], drawn[0]["financials"]
    declined = asked[asked["decision"] == "declined"]
    known = stated.assign(service=12 * stated["debt_service"] / stated["income"])
    known = known[["customer_id", "received_on", "service"]].astype({"customer_id": str})
    joined = declined.astype({"customer_id": str}).merge(known, on="customer_id")
    joined = joined[joined["received_on"] <= joined["applied_at"]]
    newest = joined.sort_values("received_on").groupby("application_id", observed=True).tail(1)
    private = newest["product_id"].isin([line[0] for line in names.PRODUCTS[names.OWNER_TERM : 10]])
    own = newest[private]
    high = own["service"] > assessed.HIGH
    named = own["decline_reason"] == "capacity"
    # Drawn without replacement, who has weight w stays undrawn with a chance of exp(-w t).
    drawn_at = [-np.log(1 - named[at].mean()) for at in (high, ~high)]
    weight = planted["needs.capacity_declines"]["value"]
    assert drawn_at[0] / drawn_at[1] == pytest.approx(weight, rel=0.12)


def test_products_name_a_purpose_they_are_not_for_as_often_as_planted(drawn, planted):
    asked = drawn[0]["applications"]
    running = asked["product_id"].isin([names.PRODUCTS[at][0] for at in assessed.RUNNING])
    share = (asked.loc[running, "purpose"] == "equipment").mean()
    error = np.sqrt(share * (1 - share) / running.sum())
    assert share == pytest.approx(planted["needs.misused_products"]["value"], abs=3 * error)


def test_incomes_are_proved_as_planted(drawn, planted):
    stated = drawn[0]["financials"].drop_duplicates("customer_id")
    shares = stated["basis"].value_counts(normalize=True)
    owners = (stated["basis"] == "tax").sum()
    assert owners > 0
    private = shares[["verified", "self_declared"]]
    value = planted["needs.income_proof"]["value"]
    ratio = private["self_declared"] / private["verified"]
    assert ratio == pytest.approx(value["self_declared"] / value["verified"], rel=0.08)


def test_loans_of_all_banks_by_industry_add_up_to_those_by_size(drawn, planted):
    series = drawn[0]["market_series"]
    lent = series[series["series_code"] == "SYSTEM_LOANS"]
    by_size = lent[lent["industry_code"] == "ALL"].groupby("period_end")["value"].sum()
    by_section = lent[lent["industry_code"] != "ALL"].groupby("period_end")["value"].sum()
    pd.testing.assert_series_equal(by_size, by_section, atol=0.01)
    newest = lent["period_end"].max()
    before = newest - pd.DateOffset(years=1)
    for section, growth in planted["needs.market_growth"]["value"].items():
        own = lent[lent["industry_code"] == section].set_index("period_end")["value"]
        assert own[newest] / own[before] - 1 == pytest.approx(growth, abs=1e-3)
