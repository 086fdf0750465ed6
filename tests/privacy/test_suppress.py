import numpy as np
import pandas as pd
import pytest

from tests.example import Example, example
from workbench.privacy.suppress import suppress, threshold
from workbench.result import Column, Fact


@pytest.mark.parametrize(
    ("invited", "hidden"), [(0, False), (1, True), (4, True), (5, False), (6, False)]
)
def test_a_row_is_emptied_below_the_threshold_only(invited, hidden):
    assert threshold() == 5
    safe = suppress(example(invited=(400, invited)))
    assert (1 in safe.rows) is hidden
    assert np.isnan(safe.result.table.loc[1, "rate"]) == hidden
    assert ("small" in safe.facts) is hidden
    assert np.isnan(safe.result.facts["small"].value) == hidden


def test_everything_else_stays():
    safe = suppress(example())
    assert safe.result.table.loc[0, "rate"] == 0.25
    assert safe.result.table.loc[1, "mode"] == "web"
    assert safe.result.facts["rate"].value == 0.25


def test_the_input_is_not_changed():
    result = example()
    before = result.table.copy()
    suppress(result)
    assert result.table.equals(before)


class Parts(Example):
    """Groups of one whole."""

    parts = True
    about = "ledger"


def parts(*invited):
    count = len(invited)
    table = pd.DataFrame({"mode": ["web"] * count, "invited": invited, "rate": [0.5] * count})
    return Parts("parts", table.assign(low=0.1, high=0.9), {"all": Fact(sum(invited), "count")})


@pytest.mark.parametrize(
    ("invited", "hidden"),
    [
        ((400, 3, 9, 80), {1, 2}),
        ((400, 3, 2, 80), {1, 2, 3}),
        ((400, 8, 9, 80), set()),
        ((400, 3, 0, 80), {1, 3}),
        ((3, 2), {0, 1}),
    ],
)
def test_a_small_part_of_a_whole_takes_a_partner_with_it(invited, hidden):
    safe = suppress(parts(*invited))
    assert safe.rows == hidden
    assert safe.partners == len(hidden) - sum(0 < each < 5 for each in invited)
    assert safe.result.table["rate"].isna().sum() == len(hidden)


def test_a_credit_report_shows_its_ledger_and_no_people():
    assert suppress(parts(400, 2, 9), "credit").rows == frozenset()
    assert suppress(parts(400, 2, 9), "wide").rows == {1, 2}
    assert suppress(example(), "credit").rows == {1}


class Sums(Example):
    columns = (Column("sum", "money", largest=("first", "second")),)
    base = None


def test_a_sum_that_gives_its_largest_part_away_is_hidden():
    table = pd.DataFrame({"sum": [100.0, 100.0], "first": [90.0, 40.0], "second": [5.0, 30.0]})
    safe = suppress(Sums("sums", table, {}))
    assert safe.rows == {0}


def test_a_fact_that_repeats_a_hidden_row_is_hidden_with_it():
    class Repeated(Sums):
        row_facts = "mode"

    table = pd.DataFrame(
        {"mode": ["web", "paper"], "sum": [-100.0, -100.0]}
        | {"first": [90.0, 40.0], "second": [5.0, 30.0]}
    )
    facts = {"web": Fact(-100.0, "money", n=50), "paper": Fact(-100.0, "money", n=50)}
    safe = suppress(Repeated("sums", table, facts))
    assert (safe.rows, safe.facts) == ({0}, {"web"})
    assert np.isnan(safe.result.facts["web"].value)
    assert safe.result.facts["paper"].value == -100.0
