import subprocess
import sys
import time

import pytest

from tests.report import sample
from workbench.errors import ParameterError
from workbench.report import parameters

CELL = """from typing import Literal
from workbench.parameters import IsoDate, Positive, Share as Fraction

wave: str = "2026Q3"  # survey wave to report
share: Fraction = 0.95  # a share
bins: int = 5  # number of bins
step: float = 1  # a step
deep: bool = False  # look deeper
by: Literal["segment", "branch"] = "segment"  # column to compare
level: Literal[1, 2] = 1  # level
waves: list[str] = []  # several waves
sizes: list[int] = [1, 2]  # several sizes
day: IsoDate = "2026-09-30"  # a day
months: Positive = 12  # a horizon"""


@pytest.fixture
def notebook(tmp_path):
    return sample.notebook(tmp_path / "survey.ipynb", parameters=CELL)


def test_names_types_defaults_and_meanings_are_read_in_order(notebook):
    found = parameters.declared(notebook)
    assert list(found)[:5] == ["wave", "share", "bins", "step", "deep"]
    assert list(found)[5:] == ["by", "level", "waves", "sizes", "day", "months"]
    assert (found["share"].written, found["share"].default) == ("Fraction", 0.95)
    assert found["by"].meaning == "column to compare"


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("wave", "2026Q2", "2026Q2"),
        ("wave", "", ""),
        ("share", "0.5", 0.5),
        ("bins", "7", 7),
        ("step", "2", 2.0),
        ("deep", "true", True),
        ("by", "branch", "branch"),
        ("level", "2", 2),
        ("waves", "2026Q1, 2026Q2", ["2026Q1", "2026Q2"]),
        ("waves", '["a, b"]', ["a, b"]),
        ("waves", "", []),
        ("sizes", "3,4", [3, 4]),
        ("sizes", "[3, 4]", [3, 4]),
        ("day", "2026-06-30", "2026-06-30"),
        ("months", "6", 6),
    ],
)
def test_text_becomes_the_declared_type(notebook, name, text, value):
    parsed = parameters.parse(notebook, {name: text})[name]
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("share", "1.5", "less than or equal to 1"),
        ("share", "high", "valid number"),
        ("share", "nan", "less than or equal to 1"),
        ("step", "inf", "finite"),
        ("bins", "5.5", "valid integer"),
        ("deep", "perhaps", "valid boolean"),
        ("by", "segmant", "did you mean 'segment'"),
        ("level", "3", "there are: 1, 2"),
        ("sizes", "1,x", "valid integer"),
        ("sizes", "[1,", "parameter 'sizes'"),
        ("day", "2026-02-31", "day is out of range"),
        ("months", "0", "greater than or equal to 1"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_in_one_line(notebook, name, text, said):
    with pytest.raises(ParameterError, match=said) as caught:
        parameters.parse(notebook, {name: text})
    line = str(caught.value)
    assert line.startswith(f"parameter {name!r} is {text!r}; expected ")
    assert "\n" not in line


def test_an_unknown_name_is_refused_with_the_one_that_was_meant(notebook):
    with pytest.raises(ParameterError, match="no parameter 'shere'; did you mean 'share'"):
        parameters.parse(notebook, {"shere": "0.5"})
    with pytest.raises(ParameterError, match="there are: wave, share"):
        parameters.parse(notebook, {"xyz": "0.5"})


def test_a_long_value_is_shortened_and_a_newline_stays_in_its_quotes(notebook):
    with pytest.raises(ParameterError) as caught:
        parameters.parse(notebook, {"bins": "9\n" * 500})
    assert len(str(caught.value)) < 200
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("value", [0.5, [], "segmant", None])
def test_a_typed_value_is_checked_without_conversion(notebook, value):
    with pytest.raises(ParameterError, match="parameter 'by'"):
        parameters.declared(notebook)["by"].checked(value)
    assert parameters.declared(notebook)["by"].checked("branch") == "branch"


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("wave = 'a'  # no type", "line 1 is not"),
        ("wave: str = 'a'", "no meaning"),
        ("wave: str  # no default", "no default"),
        ("wave: dict = {}  # a dict", "type dict is not supported"),
        ("wave: __import__('os').system('true') = 1  # code", "not supported"),
        ("wave: str = open('/etc/passwd')  # code", "malformed node"),
        ("wave: int = 'a'  # wrong default", "expected int"),
        ("from workbench.parameters import Nothing\nx: Nothing = 1  # x", "no type 'Nothing'"),
        ("from workbench.parameters import Field\nx: Field = 1  # x", "no type 'Field'"),
        ("wave: str = 'a  # unterminated", "unterminated"),
    ],
)
def test_a_cell_that_is_not_plain_declarations_is_refused(tmp_path, cell, said):
    notebook = sample.notebook(tmp_path / "bad.ipynb", parameters=cell)
    with pytest.raises(ParameterError, match=said) as caught:
        parameters.declared(notebook)
    assert str(caught.value).startswith("bad.ipynb: the parameters cell: ")


def test_a_file_that_is_no_notebook_is_named(tmp_path):
    (tmp_path / "x.ipynb").write_text("{}", "utf-8")
    with pytest.raises(ParameterError, match="is not a notebook"):
        parameters.declared(tmp_path / "x.ipynb")
    with pytest.raises(ParameterError, match="cannot read"):
        parameters.declared(tmp_path / "y.ipynb")


def test_checking_takes_a_moment_and_nothing_heavy(notebook):
    script = (
        "import sys; from pathlib import Path; from workbench.report import parameters;"
        "parameters.parse(Path(sys.argv[1]), {'bins': '3'}); print(*sys.modules)"
    )
    begun = time.monotonic()
    loaded = subprocess.run(
        [sys.executable, "-c", script, str(notebook)], capture_output=True, text=True, check=True
    ).stdout.split()
    assert time.monotonic() - begun < 5
    assert not {"papermill", "pandas", "nbformat", "jupyter_client", "duckdb"} & set(loaded)
