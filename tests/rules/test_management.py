"""The rule pack of the report to management is whole, and what is wrong in it is named."""

from datetime import date

import pytest

from workbench import settings, text
from workbench.errors import ParameterError
from workbench.rules import management, pack

DAY = date(2026, 9, 30)


def test_every_decision_is_written_in_both_languages_and_ends_with_somebody():
    for decision in management.rules(DAY).decision:
        entry = text.catalogue()[f"decision.{decision.id}"]
        assert entry["zh"]
        assert entry["en"]


def test_a_value_on_the_limit_is_not_beyond_it():
    above = management.Decision(id="a", notebook="n", fact="r.f", above=0.2, owner="risk", days=1)
    assert (above.asked(0.2), above.asked(0.21)) == (False, True)
    below = above.model_copy(update={"above": None, "below": 5.0})
    assert (below.asked(5.0), below.asked(4.9)) == (False, True)


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ({"board": {"kpis": ["NPL_RATE"]}}, "'NPL_RATE' is no KPI"),
        ({"decision": [{"above": None}]}, "takes one limit"),
        ({"decision": [{"below": 1}]}, "takes one limit"),
        ({"decision": [{"owner": "nobody"}]}, "not in dept_role"),
        ({"decision": [{}, {}]}, "two decisions have one id"),
    ],
)
def test_what_is_wrong_is_named(monkeypatch, part, said):
    content = settings.rulepack("management")
    first = content["decision"][0]
    changed = {
        name: [{**first, **each} for each in value] if name == "decision" else value
        for name, value in part.items()
    }
    changed = {
        name: [{k: v for k, v in each.items() if v is not None} for each in value]
        if name == "decision"
        else value
        for name, value in changed.items()
    }
    monkeypatch.setattr(settings, "rulepack", lambda name: {**content, **changed})
    with pytest.raises(ParameterError, match=said):
        pack.read(management.Management, "management")
