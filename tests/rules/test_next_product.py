"""What may be offered next, and the guard against features that are known only afterwards."""

from datetime import date

import pytest
from pydantic import ValidationError

from workbench.errors import DataError
from workbench.rules import next_product

RULES = next_product.rules(date(2026, 9, 30))


def test_the_pack_s_own_features_pass():
    RULES.guarded(RULES.feature)


def test_the_length_of_a_call_is_a_leak():
    made_of = {"age": "customers.birth_year", "duration": "interactions.duration_s"}
    RULES.guarded(["age"], made_of)
    with pytest.raises(DataError, match=r"'duration' leaks: interactions.duration_s is known only"):
        RULES.guarded(["age", "duration"], made_of)


@pytest.mark.parametrize("name", ["approved_rate", "shoe_size"])
def test_a_feature_nobody_dated_is_refused(name):
    with pytest.raises(DataError, match=f"nobody has said when feature {name!r} is known"):
        RULES.guarded([name])


def test_every_column_written_with_the_outcome_is_refused():
    for column in RULES.known.after:
        with pytest.raises(DataError, match="leaks"):
            RULES.guarded(["x"], {"x": column})


def test_a_column_cannot_be_known_before_and_after():
    with pytest.raises(ValidationError, match="both before and after"):
        next_product.Known(before=("a.b",), after=("a.b",))


def test_segments_and_products_must_be_known():
    plain = RULES.model_dump()
    for broken in ({"mortgage": ("martians",)}, {"spaceship": ("micro",)}):
        with pytest.raises(ValidationError, match="no codes of the list"):
            next_product.NextProduct(**(plain | {"eligible": broken}))


def test_a_purpose_of_consent_must_be_known():
    plain = RULES.exclude.model_dump() | {"consent": "everything"}
    with pytest.raises(ValidationError, match="consent_purpose"):
        next_product.Exclude(**plain)
