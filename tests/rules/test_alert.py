"""Levels of facts with thresholds."""

import pytest

from workbench.errors import ParameterError
from workbench.rules.alert import threshold

ABOVE = {"fact": "a.b", "yellow": 0.018, "red": 0.025}
BELOW = {"fact": "a.b", "yellow": 30, "red": 20, "direction": "below"}


@pytest.mark.parametrize(
    ("given", "value", "level"),
    [
        (ABOVE, 0.01, "green"),
        (ABOVE, 0.018, "green"),
        (ABOVE, 0.0181, "yellow"),
        (ABOVE, 0.0251, "red"),
        (BELOW, 31, "green"),
        (BELOW, 30, "green"),
        (BELOW, 29, "yellow"),
        (BELOW, 19.9, "red"),
        (ABOVE, float("nan"), None),
        (ABOVE, None, None),
    ],
)
def test_a_value_past_a_limit_has_its_level(given, value, level):
    assert threshold(given).level(value) == level


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({**ABOVE, "direction": "up"}, "direction is 'up'"),
        ({**ABOVE, "red": 0.01}, "red 0.01 comes before yellow 0.018"),
        ({**BELOW, "red": 40}, "red 40.0 comes before yellow 30.0"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong, said):
    with pytest.raises(ParameterError, match=said):
        threshold(wrong)
