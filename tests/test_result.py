import pytest

from tests.example import example
from workbench import text
from workbench.result import Column, Fact, Word

pytestmark = pytest.mark.usefixtures("example_text")


def test_a_finding_is_the_same_in_both_languages():
    result = example()
    with text.spoken("zh"):
        assert result.summary().say(result.facts) == "应答率 25.0%（20.0%～30.0%）。"
    with text.spoken("en"):
        said = result.summary().say(result.facts)
        assert said == "The response rate is 25.0% (20.0% to 30.0%)."


def test_the_table_is_written_with_labels_and_intervals():
    with text.spoken("en"):
        written = example().written()
    assert list(written.columns) == ["Mode", "Invited", "Response rate"]
    assert written.iloc[0].tolist()[1:] == ["400", "25.0% (20.0% to 30.0%)"]


def test_rows_that_are_hidden_show_words_instead_of_numbers():
    with text.spoken("en"):
        assert example().written(hidden={1}).iloc[1].tolist()[1:] == ["too few", "too few"]


def test_showing_the_object_itself_reveals_no_number():
    assert "25" not in repr(example())


def test_a_fact_is_written_by_its_unit():
    fact = Fact(12.34, "points", low=-1, high=20.5, confidence=0.9, n=1234)
    assert (
        f"{fact}|{fact:signed}|{fact:n}|{fact:confidence}|{fact:low}" == "12.3|+12.3|1,234|90%|−1.0"
    )


def test_a_proper_name_stays_as_it_is():
    assert str(Word("城东支行")) == "城东支行"


def test_a_missing_cell_is_a_dash():
    assert Column("rate", "share").cell({"rate": None}) == "–"
    assert Column("mode").cell({"mode": float("nan")}) == "–"


def test_several_codes_are_written_with_the_labels_of_their_lists():
    column = Column("bin", "codes")
    with text.spoken("zh"):
        assert column.cell({"bin": "gender:female|gender:male|other"}) == "女、男、other"
    with text.spoken("en"):
        assert column.cell({"bin": "[30, 60)"}) == "[30, 60)"


def test_a_number_without_ends_is_written_without_an_interval():
    column = Column("value", "ratio", interval=("low", "high"))
    nothing = float("nan")
    assert column.cell({"value": 1.5, "low": nothing, "high": nothing}) == "1.50"


def test_percentage_points_with_an_interval_are_named_once_and_scores_are_not_points():
    row = {"value": -0.0321, "low": -0.05, "high": 0.001}
    points, score = (
        Column("value", unit, interval=("low", "high"), signed=True) for unit in ("pp", "score")
    )
    with text.spoken("en"):
        assert points.cell(row) == "−3.21 (−5.00 to +0.10) pp"
        assert points.cell({**row, "low": None, "high": None}) == "−3.21 pp"
        assert score.cell(row) == "−0.03 (−0.05 to 0.00)"


def test_a_column_of_different_measures_writes_each_row_in_its_own_unit():
    column = Column("value", "number", units="unit", signed=True, interval=("low", "high"))
    rows = [
        {"value": 0.0032, "low": 0.001, "high": 0.005, "unit": "pp"},
        {"value": 12.0, "low": None, "high": None, "unit": "count"},
        {"value": float("nan"), "low": None, "high": None, "unit": "count"},
    ]
    written = [column.cell(row) for row in rows]
    assert written == ["+0.32 (+0.10～+0.50) 个百分点", "+12", "–"]


def test_a_text_kept_in_both_languages_is_said_in_the_current_one():
    column, cell = Column("label", "said"), {"label": {"zh": "不良贷款率", "en": "NPL ratio"}}
    assert column.cell(cell) == "不良贷款率"
    with text.spoken("en"):
        assert column.cell(cell) == "NPL ratio"
    assert column.cell({"label": None}) == "–"
    assert str(Word("x", said={"zh": "甲", "en": "A"})) == "甲"


def test_amounts_of_a_column_are_in_one_scale_and_those_of_a_row_in_their_own():
    rows = [{"a": 3.2e8, "low": 1e8, "high": 4e8}, {"a": 45_000_000.0, "low": None, "high": None}]
    column = Column("a", "money", interval=("low", "high")).beside(rows)
    assert [column.cell(row) for row in rows] == ["3.20亿元 (1.00亿元～4.00亿元)", "0.45亿元"]
    assert column.numeric()
    assert Column("a", "points").beside(rows).unit == "points"


def test_the_interval_of_a_difference_names_its_unit_once():
    fact = Fact(0.0145, "pp", -0.0408, 0.0697, 0.95, 218)
    said = {}
    for language in text.LANGUAGES:
        with text.spoken(language):
            said[language] = f"{fact:interval}"
    assert said == {"zh": "−4.08～6.97 个百分点", "en": "−4.08 to 6.97 pp"}
