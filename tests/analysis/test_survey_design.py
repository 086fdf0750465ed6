"""The statement of the design says what the wave was, and nothing it was not."""

import pandas as pd
import pytest

from tests.analysis.survey import POPULATION, survey, wave
from workbench import schema, text
from workbench.analysis.survey_design import ITEMS, statement
from workbench.errors import DataError

FIELDED = pd.DataFrame(
    {
        "wave_id": ["2026Q3"],
        "field_from": pd.to_datetime(["2026-08-10"]),
        "field_to": pd.to_datetime(["2026-08-28"]),
    }
)


def stated(lot=False, **columns):
    table = survey(1).assign(mode_randomised=lot, **columns)
    return statement(table, wave(table), FIELDED, draws=500)


def written(result, language="en"):
    with text.spoken(language):
        found = result.written()
    return dict(zip(result.table["design_item"], found.iloc[:, 1], strict=True))


def test_every_item_is_stated_in_both_languages():
    result = stated()
    assert result.table["design_item"].tolist() == list(ITEMS) == list(schema.values("design_item"))
    for language, stop in (("zh", "。"), ("en", ".")):
        statements = written(result, language).values()
        assert all(each.endswith(stop) for each in statements)
        assert not any("{" in each or "nan" in each for each in statements)
        with text.spoken(language):
            assert result.summary().say(result.facts).endswith(stop)
            assert all(text.known(f"fact.{result.name}.{fact}") for fact in result.facts)


def test_the_numbers_are_those_of_the_wave():
    result, table = stated(), survey(1)
    answered = table["status"].isin(["complete", "partial"]).sum()
    assert result.facts["population"].value == sum(POPULATION.values())
    assert result.facts["invited"].value == len(table)
    assert result.facts["answered"].value == answered
    own = written(result)
    assert own["fieldwork"] == "10 August 2026 to 28 August 2026."
    assert f"{answered} answers" in own["response"]
    assert "500 bootstrap samples" in own["draws"]


def test_a_lot_and_clusters_are_stated_where_there_were_any():
    assert "none was drawn by lot" in written(stated())["modes"]
    assert "part of those invited" in written(stated(lot=True))["modes"]
    assert "clusters drawn" not in written(stated())["sample"]
    clusters = survey(1)["branch_id"]
    assert "clusters drawn" in written(stated(cluster_id=clusters))["sample"]


def test_a_wave_without_fieldwork_is_refused():
    table = survey(1).assign(mode_randomised=False)
    with pytest.raises(DataError, match="'2026Q3' is not among"):
        statement(table, wave(table), FIELDED.assign(wave_id="w"), draws=10)
