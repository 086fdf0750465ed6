"""What the demo bank planted of losses is found again, open workouts included."""

import numpy as np
import pandas as pd
import pytest

from workbench.data import demo
from workbench.stats import workout
from workbench.stats.workout import Workouts


@pytest.fixture(scope="module")
def drawn():
    return demo.tables()


@pytest.fixture(scope="module")
def planted(drawn):
    return drawn[1]["planted"]


@pytest.fixture(scope="module")
def months(drawn):
    """Give the months of loans with what they were, the balance before, and the segment."""
    tables, truth = drawn
    loans = tables["loans"][["loan_id", "customer_id", "product_id", "close_type", "facility_id"]]
    rows = tables["loan_months"].merge(loans.astype(str), on="loan_id")
    segments = dict(
        zip(truth["customers"]["core_number"], truth["customers"]["segment"], strict=True)
    )
    rows["segment"] = rows["customer_id"].map(segments)
    rows["number"] = rows["month_end"].dt.year * 12 + rows["month_end"].dt.month
    rows["before"] = rows.groupby("loan_id", observed=True)["balance"].shift()
    return rows


def test_a_sold_loan_brings_its_segments_share(months, planted):
    sold = months[(months["close_type"] == "transferred") & (months["recovered_amount"] > 0)]
    assert len(sold) > 100
    share = sold["recovered_amount"] / sold["before"]
    home_loans_aside = sold["segment"] != "mortgage"
    expected = sold["segment"].map(planted["loss.sale_price"]["value"])
    assert (share - expected)[home_loans_aside].abs().max() < 1e-4


def test_what_comes_in_behind_a_write_off_is_recovered_where_the_naive_share_errs(months, planted):
    off = months[months["written_off_amount"] > 0].set_index("loan_id")
    later = months[
        months["loan_id"].isin(off.index)
        & (months["recovered_amount"] > 0)
        & (months["balance"] == 0)
    ]
    owed, began = (
        off[name].reindex(later["loan_id"].astype(str)).to_numpy()
        for name in ("written_off_amount", "number")
    )
    place = pd.Series(np.arange(len(off)), off.index.astype(str))
    recovered = np.zeros((len(off), 36))
    at = place[later["loan_id"].astype(str)].to_numpy()
    np.add.at(
        recovered,
        (at, later["number"].to_numpy() - began - 1),
        later["recovered_amount"].to_numpy() / owed,
    )
    observed = months["number"].max() - off["number"].to_numpy()
    kept = observed > 0
    made = Workouts(recovered[kept], observed[kept])
    found = workout.loss(made, np.arange(int(kept.sum())))
    truth = planted["loss.after_write_off"]["value"]
    low, high = (1 - end for end in found.interval(0.999)[::-1])
    assert low <= truth <= high
    assert high - low < 0.12
    assert planted["loss.after_write_off"]["naive"] < 0.7 * truth


def test_a_line_in_default_owes_what_the_same_loan_owed_before(months, drawn, planted):
    facilities = drawn[0]["facilities"]
    revolving = set(facilities["facility_id"][facilities["revolving"]].astype(str))
    rows = months[months["facility_id"].isin(revolving) & (months["balance"] > 0)]
    failed = rows[rows["dpd"] > 90].groupby("loan_id", observed=True)["balance"].first()
    first = rows.groupby("loan_id", observed=True)["balance"].first()
    assert len(failed) > 30
    assert (failed - first[failed.index]).abs().max() == planted["exposure.undrawn"]["value"]
