"""The form of a notebook's parameters says what the runner's own check says."""

import shlex
from typing import Literal

import pytest

from tests.browser.jupyter import NOTEBOOK, PROJECT
from workbench import live, text
from workbench.errors import ParameterError
from workbench.lab import form as forms
from workbench.lab.fields import Field
from workbench.parameters import IsoDate, Share
from workbench.report import parameters
from workbench.report.parameters import Parameter

NOTEBOOKS = [path.stem for path in sorted((PROJECT / "notebooks").glob("*.ipynb"))]


def _asked(values, *, apply=False, language="en", notebook=NOTEBOOK):
    return {"notebook": notebook, "values": values, "apply": apply, "language": language}


@pytest.mark.parametrize("name", NOTEBOOKS)
@pytest.mark.parametrize("language", text.LANGUAGES)
def test_every_notebook_has_a_form_whose_defaults_are_right(name, language):
    with text.spoken(language):
        fields = forms.declared(name)
        now = {each: field.written(field.parameter.default) for each, field in fields.items()}
        page = forms.page(name, fields, now)
        for each, field in fields.items():
            assert f'name="{each}"' in page
            assert field.meaning()
            assert field.parameter.from_text(now[each]) == field.parameter.default
    namespace = {}
    told = forms.answer(_asked(now, apply=True, notebook=name, language=language), namespace)
    assert told == {"errors": {}, "command": f"workbench run {name}", "applied": True}
    assert namespace == {each: field.parameter.default for each, field in fields.items()}


def test_a_wrong_value_is_named_and_nothing_is_set():
    namespace = {"folds": 5}
    told = forms.answer(_asked({"folds": "0", "break_share": "0.2"}, apply=True), namespace)
    assert told["errors"] == {"folds": "Expected a whole number, at least 1"}
    assert not told["applied"]
    assert namespace == {"folds": 5}
    with text.spoken("zh"):
        told = forms.answer(_asked({"confidence": "1"}, language="zh"), namespace)
    assert told["errors"] == {"confidence": "应为数字，不小于 0.5 且小于 1"}


def test_the_command_beneath_the_form_sets_the_same_parameters():
    values = {"break_share": "0.2", "folds": "7"}
    namespace = {}
    told = forms.answer(_asked(values, apply=True), namespace)
    words = shlex.split(told["command"])
    assert words[:3] == ["workbench", "run", NOTEBOOK]
    pairs = dict(zip(words[4::3], words[5::3], strict=True))
    path = PROJECT / "notebooks" / f"{NOTEBOOK}.ipynb"
    assert parameters.parse(path, pairs) == namespace == {"break_share": 0.2, "folds": 7}


@pytest.mark.parametrize(
    ("kind", "value", "widget", "expected"),
    [
        (bool, True, 'type="checkbox"', "yes or no"),
        (Literal["a", "b"], "b", "<option selected>b</option>", "one of a, b"),
        (IsoDate, "2026-09-30", 'type="date"', "a day, such as 2026-09-30"),
        (Share, 0.5, 'min="0" max="1"', "a number, at least 0 and at most 1"),
        (list[str], ["a", "b, c"], 'type="text"', "one or more, separated by commas"),
    ],
    ids=["bool", "choice", "day", "share", "list"],
)
def test_each_type_has_a_field_of_its_kind(kind, value, widget, expected):
    field = Field("x", Parameter("name", "type", kind, value, "what it means"))
    with text.spoken("en"):
        assert widget in forms._input("mark", field, field.written(value))
        assert field.expected() == expected
    assert field.parameter.from_text(field.written(value)) == value


def test_what_is_written_into_a_field_is_no_html():
    field = Field("x", Parameter("name", "str", str, "", '<script>alert("x")</script>'))
    page = forms._row("mark", field, '"><script>alert(1)</script>')
    assert "<script" not in page


def test_a_name_that_is_none_is_said():
    with pytest.raises(ParameterError, match="did you mean 'risk-calibration'"):
        forms.form("risk-calibrations")


def test_without_anybody_in_front_of_it_a_form_does_nothing(capsys, monkeypatch):
    monkeypatch.setattr(live, "shell", lambda: None)
    assert forms.form(NOTEBOOK) is None
    assert capsys.readouterr().out == ""
