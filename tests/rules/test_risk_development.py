import pytest

from workbench import settings
from workbench.errors import ParameterError
from workbench.rules import risk_development


def test_the_shipped_pack_is_read_and_marked_as_an_example():
    found = risk_development.read()
    assert found.pack.verification == "unconfirmed"
    assert found.selection.inflation == 5.0
    assert found.reject_inference.odds_factors[0] == 1.0


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("selection", "inflation", 0.5),
        ("scale", "ratio", 1.0),
        ("scale", "slices", 1000),
        ("reject_inference", "odds_factors", []),
    ],
)
def test_a_value_that_makes_no_sense_is_named(monkeypatch, part, name, value):
    own = settings.rulepack("risk-development")
    wrong = {**own, part: {**own[part], name: value}}
    monkeypatch.setattr(settings, "rulepack", lambda _: wrong)
    with pytest.raises(ParameterError, match=rf"risk-development.toml: {part}.{name}"):
        risk_development.read()
