import numpy as np
import pandas as pd
import pytest

from workbench import settings
from workbench.errors import ParameterError
from workbench.rules import default


def test_more_than_ninety_days_or_a_bad_class_is_a_default():
    tape = pd.DataFrame(
        {
            "dpd": [90.0, 91.0, 0.0, np.nan, np.nan],
            "five_class": ["normal", "normal", "substandard", "loss", None],
        }
    )
    assert default.failed(tape).tolist() == [False, True, True, True, False]


def test_a_pack_without_its_days_is_named(monkeypatch):
    own = settings.rulepack("default-definition")
    monkeypatch.setattr(settings, "rulepack", lambda _: {**own, "default": {}})
    with pytest.raises(ParameterError, match=r"default-definition.toml: default.overdue_days"):
        default.read()
