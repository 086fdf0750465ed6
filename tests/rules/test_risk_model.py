import pytest

from workbench import settings
from workbench.analysis.scorecard import PROTECTED
from workbench.errors import ParameterError
from workbench.rules import risk_model


def test_the_pack_is_read():
    found = risk_model.read()
    assert found.limits.of("psi") == (0.1, 0.25)
    assert found.refresh.months_of("9") == 3
    assert found.refresh.months_of("1") == 12


def test_no_side_of_risk_holds_a_protected_attribute_or_what_is_known_too_late():
    found = risk_model.read()
    used = {*found.ability.variables, *found.willingness.variables}
    assert not used & {*PROTECTED, *found.fields.after_outcome}


def test_a_variable_stands_for_one_side_only(monkeypatch):
    own = settings.rulepack("risk-model")
    changed = {**own, "ability": {"variables": ["dpd_last"]}}
    monkeypatch.setattr(settings, "rulepack", lambda name: changed)
    with pytest.raises(ParameterError, match="dpd_last stands for ability and willingness"):
        risk_model.read()


def test_grades_rise_to_one():
    names, upper = risk_model.grades()
    assert len(names) == len(upper)
    assert upper[-1] == 1
