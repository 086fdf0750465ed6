import numpy as np
import pytest

from tests.oracles.risk.cases import case, close
from workbench.errors import DataError
from workbench.stats import rating_stability as stability


def test_concentration_agrees_with_the_reference():
    own = case("ecb_concentration")["params"]
    found = stability.concentration(
        np.array(own["n_initial"], float), np.array(own["n_current"], float)
    )
    for field, value in (
        ("CV_init", found.initial),
        ("CV_curr", found.current),
        ("HI_init", found.herfindahl_initial),
        ("HI_curr", found.herfindahl_current),
        ("p", found.p_value),
    ):
        assert value == close("ecb_concentration", field)


def test_neighbouring_moves_agree_with_the_reference():
    own = case("ecb_migration_stability_row1")["params"]
    found = stability.migration(np.array(own["M"], float))
    assert found.z[0, 1:].tolist() == close("ecb_migration_stability_row1", "z_upper")


def test_equal_grades_are_not_concentrated_and_one_full_grade_is():
    even, full = np.full(5, 20.0), np.array([100.0, 0, 0, 0, 0])
    found = stability.concentration(even, full)
    assert found.herfindahl_initial == pytest.approx(0)
    assert found.herfindahl_current == pytest.approx(1)


def test_the_bandwidth_is_worked_out_by_hand():
    # Worse: 2 customers by one grade, 1 by two; at most 10 * 2 + 10 * 1 + 10 * 2 (a customer of
    # the last grade could only improve; the formula weighs moves, so only rows with moves count).
    found = stability.migration(np.array([[7.0, 2, 1], [1, 9, 0], [0, 0, 10]]))
    assert found.upper == pytest.approx((2 + 2) / (2 * (2 + 1)))
    assert found.lower == pytest.approx(1 / 1)


def test_nobody_moved_nothing_to_weigh():
    found = stability.migration(np.diag([5.0, 5, 5]))
    assert np.isnan(found.upper)
    assert np.isnan(found.lower)


def test_different_scales_are_refused():
    with pytest.raises(DataError, match="the same ones"):
        stability.concentration(np.ones(3), np.ones(4))
