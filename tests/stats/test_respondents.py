import numpy as np
import pandas as pd
import pytest

from tests.analysis.survey import POPULATION, SEGMENTS, survey, wave
from workbench.errors import DataError
from workbench.stats.respondents import weighted


def eligible(table):
    return table[table["status"] != "ineligible"]


def test_the_weights_add_up_to_the_eligible_population():
    table = survey()
    own = wave(table)
    for segment in SEGMENTS:
        rows = own.answers["segment"] == segment
        kept = (
            (eligible(table)["segment"] == segment).mean() / (1 / 3) * len(eligible(table)) / 2700
        )
        expected = POPULATION[segment] * kept
        assert own.design.weights[rows].sum() == pytest.approx(expected, rel=1e-9)


def test_only_answered_rows_remain_and_the_input_is_not_changed():
    table = survey()
    before = table.copy()
    own = wave(table)
    assert set(own.answers["status"]) == {"complete", "partial"}
    assert len(own.answers) == table["status"].isin(["complete", "partial"]).sum()
    pd.testing.assert_frame_equal(table, before)


def test_design_weights_are_scaled_to_the_frame():
    table = survey().assign(design_weight=1.0)
    assert wave(table, margins=()).base == pytest.approx(wave(survey(), margins=()).base)


def test_levels_with_few_answers_are_merged_and_counted():
    own = wave(survey(), least=10)
    branches = own.margins[1]
    counts = np.bincount(branches.codes)
    assert (counts >= 10).all()
    assert own.merged == 1
    assert " + " in "".join(branches.levels)


def test_merged_levels_keep_everybody():
    table = survey()
    coarse, fine = wave(table, least=200).margins[1], wave(table, least=1).margins[1]
    assert coarse.population.sum() == pytest.approx(fine.population.sum())
    assert len(coarse.levels) < len(fine.levels)


def test_a_missing_value_of_a_margin_is_a_level_of_its_own():
    table = survey()
    table.loc[table.index[::3], "branch_name"] = None
    own = wave(table, margins=("branch_name",))
    assert "" in own.margins[0].levels
    assert own.design.weights.sum() == pytest.approx(own.margins[0].population.sum())


def test_clusters_are_the_units_where_the_wave_sampled_them():
    table = survey()
    table["cluster_id"] = table["branch_id"]
    assert wave(table).design.df() == 3 * 5 - 3
    assert wave(survey()).design.df() > 300


def test_a_stratum_with_one_answer_does_not_stop_the_report():
    table = survey()
    rows = table.index[table["segment"] == "small"]
    table.loc[rows[1:], "status"] = "refused"
    table.loc[rows[0], "status"] = "complete"
    found = wave(table, margins=()).design.mean(np.ones(len(wave(table, margins=()).answers)))
    assert np.isfinite(found.se[0])


@pytest.mark.parametrize("rows", [None, 0])
def test_a_wave_that_nobody_answered_or_was_invited_to_is_silent(rows):
    found = wave(survey().assign(status="refused").iloc[:rows])
    assert found.silent
    assert found.answers.empty
    assert found.margins == ()
    assert not wave(survey()).silent


def test_margins_that_so_few_answers_cannot_meet_together_give_way_from_the_last():
    # Nobody answered by telephone in segment a nor by web in b, yet the invited are half and half.
    table = survey().assign(status="no_contact", segment="a", stratum="all", frame_count=2700)
    table["design_weight"] = 1.0
    table.loc[table.index[::2], "segment"] = "b"
    table["mode_assigned"] = np.where(np.arange(len(table)) % 10 < 7, "phone", "web")
    first = table["segment"].eq("a") & table["mode_assigned"].eq("web")
    second = table["segment"].eq("b") & table["mode_assigned"].eq("phone")
    table.loc[[*table.index[first][:20], *table.index[second][:20]], "status"] = "complete"
    found = weighted(table, name="2026Q3", margins=["segment", "mode_assigned"])
    assert found.dropped == ("mode_assigned",)
    assert [margin.name for margin in found.margins] == ["segment"]
    for level in "ab":
        own = found.design.weights[(found.answers["segment"] == level).to_numpy()]
        assert own.sum() == pytest.approx(1350)


def test_a_missing_margin_column_is_named():
    with pytest.raises(DataError, match="'region' is missing"):
        weighted(survey(), name="2026Q3", margins=["region"])


def test_a_stratum_without_a_population_is_named():
    table = survey()
    table.loc[table["stratum"] == "small", "frame_count"] = np.nan
    with pytest.raises(DataError, match="stratum 'small' has frame_count nan"):
        wave(table)
