import numpy as np
import pytest

from tests.example import example
from workbench.privacy.suppress import suppress, threshold


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
