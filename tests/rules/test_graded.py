import pandas as pd
import pytest

from workbench.rules import graded


def test_cases_are_counted_in_the_first_grade_whose_bound_they_do_not_exceed():
    table = pd.DataFrame({"pd": [0.0025, 0.0026, 0.9], "defaulted": [0, 1, 1]})
    found = graded.counted(table).set_index("grade")
    assert found.index.tolist() == ["1", "2", "9"]
    assert found["defaults"].tolist() == [0, 1, 1]
    assert found.loc["2", "predicted"] == pytest.approx(0.0026)
