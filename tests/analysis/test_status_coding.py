import pytest

from tests.analysis import credit
from workbench import text
from workbench.analysis.status_coding import status_coding
from workbench.errors import DataError


def test_a_change_of_coding_is_found_with_its_month_and_its_move():
    found = status_coding(credit.steps(recoded=2500))
    assert found.table["verdict"].tolist() == ["ordinary"] * 7 + ["break"]
    last = found.table.iloc[-1]
    assert (last["state_from"], last["state_to"]) == ("0", "2")
    assert last["moved"] == pytest.approx(2500 / 20_000, abs=0.01)
    with text.spoken("zh"):
        assert "2026年9月" in credit.said(found)
        assert "由“未逾期”转为“逾期2个月”" in credit.said(found)
    with text.spoken("en"):
        assert "change of coding" in credit.said(found)


def test_a_steady_series_is_called_steady():
    found = status_coding(credit.steps())
    assert found.facts["breaks"].value == 0
    with text.spoken("en"):
        assert "None of 8 monthly steps breaks the series" in credit.said(found)


def test_a_small_change_is_significant_but_no_break():
    found = status_coding(credit.steps(200_000, recoded=2000))
    assert found.facts["breaks"].value == 0
    assert found.facts["different"].value >= 1


def test_the_share_that_counts_as_a_break_is_an_option():
    assert status_coding(credit.steps(recoded=1500), notable=0.2).facts["breaks"].value == 0
    assert status_coding(credit.steps(recoded=1500), notable=0.05).facts["breaks"].value == 1


def test_one_month_alone_is_refused():
    with pytest.raises(DataError, match="two or more steps"):
        status_coding(credit.steps(months=1))
