"""The answer about needs: it repeats numbers, and leaves none of them out in silence."""

import pandas as pd
import pytest

from tests.analysis.test_needs import (
    CHECKS,
    PACKS,
    PERSON,
    TABLE,
    assessed,
    customers,
    grown,
    judged,
    loans,
    spread,
)
from tests.analysis.test_needs_stated import (
    NOTHING,
    RULES,
    TOPICS,
    customer,
    scores,
    spoken,
)
from workbench import text
from workbench.analysis import (
    affordability_stress,
    decline_reasons,
    need_limits,
    needs_stated,
    next_product,
    purpose_consistency,
)
from workbench.analysis.need_answer import QUOTED, TABLED, need_answer
from workbench.errors import DataError


def offered(**refused):
    """Return who states what, what is proposed, and what is not, of two customers."""
    rows = pd.DataFrame([customer(name, **refused) for name in ("need", "plain")])
    equipment = list(TOPICS.topic).index("equipment")
    said = spoken(rows.head(1), equipment, "unserved")
    told = scores(*((name, "credit", 0.6) for name in rows["customer_id"]))
    proposed = next_product.next_products(rows, told, NOTHING, said, TOPICS, RULES)
    return (
        needs_stated.stated_needs(said, rows, TOPICS),
        proposed,
        next_product.exclusions(rows, proposed, RULES),
    )


@pytest.fixture(scope="module")
def parts():
    rows = spread()
    people = customers(*[PERSON] * 20)
    return (
        need_limits.need_limits(rows, assessed(rows)),
        decline_reasons.decline_mix(TABLE),
        grown(dict.fromkeys("CEFGH", 0.05)),
        affordability_stress.affordability_stress(people, loans(), PACKS),
        purpose_consistency.purpose_consistency(TABLE, judged(TABLE, CHECKS.purpose)),
        *offered(),
    )


def answer(parts, reason="capacity"):
    growth = next(each for each in parts if each.name == "needs.growth")
    return need_answer(parts, reason, growth.named)


def test_it_repeats_the_numbers_of_the_results_it_names(parts):
    found = answer(parts)
    by_name = {each.name: each.facts for each in parts}
    for name, quoted in QUOTED.items():
        for fact in quoted:
            assert found.facts[fact] == by_name[name][fact]
    assert found.table["answer_figure"].tolist() == [n for own in QUOTED.values() for n in own]
    assert (found.facts["offered"].value, found.facts["by_need"].value) == (2, 1)
    assert found.facts["unmet_share"].value == 1.0


@pytest.mark.parametrize("language", text.LANGUAGES)
@pytest.mark.parametrize("reason", ["capacity", ""])
def test_the_sentence_says_what_somebody_acts_on_and_the_table_the_rest(parts, language, reason):
    found = answer(parts, reason)
    text.use(language)
    said = found.summary().say(found.facts)
    for name in set(found.facts) - set(TABLED) - {"top_share", "decline_rate"}:
        assert f"{found.facts[name]}" in said
    assert set(TABLED) <= set(found.facts)
    assert not set(TABLED) & set(found.summary().facts)


def test_a_result_that_it_quotes_may_not_be_left_out(parts):
    with pytest.raises(DataError, match=r"the answer quotes needs\.limits; hand it"):
        answer(parts[1:])


def test_where_nothing_is_proposed_nobody_is_to_be_contacted_first(parts):
    found = answer((*parts[:5], *offered(do_not_contact=True)))
    assert (found.facts["offered"].value, found.facts["by_need"].value) == (0, 0)
