import json

import pytest

from tests.example import Example, example
from workbench import display, settings, text

pytestmark = pytest.mark.usefixtures("example_text")


@pytest.fixture
def shown(monkeypatch):
    pages = []
    monkeypatch.setattr(display, "_display", pages.append)
    return pages


def test_an_interactive_show_displays_and_writes_nothing(shown):
    display.show(example())
    assert "25.0%" in shown[0]
    assert "<svg" in shown[0]


def test_a_small_cell_is_not_displayed(shown):
    display.show(example())
    assert "33.3%" not in shown[0]
    assert "样本过少" in shown[0]


def test_inside_a_run_everything_is_recorded_in_all_languages(shown, tmp_path, monkeypatch):
    run = settings.Run(tmp_path / "record", tmp_path, "0001", "2026-09-30", ("zh", "en"))
    run.write(tmp_path / "run.json")
    monkeypatch.setenv("WORKBENCH_RUN", str(tmp_path / "run.json"))
    display.show(example())
    facts = json.loads((tmp_path / "record" / "facts.json").read_text("utf-8"))
    assert facts["example.rate"]["value"] == 0.25
    assert facts["example.small"] == {
        "value": None,
        "unit": "share",
        "low": None,
        "high": None,
        "confidence": None,
        "n": None,
        "suppressed": True,
    }
    assert len(list((tmp_path / "record" / "figures").glob("*.svg"))) == 2


def test_a_figure_is_the_same_bytes_for_the_same_input():
    assert display.drawing(example(), "zh") == display.drawing(example(), "zh")


def test_a_figure_that_draws_nothing_leaves_no_empty_space(shown, monkeypatch):
    monkeypatch.setattr(Example, "plot", lambda _, ax: ax.set_axis_off() or ax)
    assert display.drawing(example(), "zh") == b""
    display.show(example())
    assert "<svg" not in shown[0]
    assert "25.0%" in shown[0]


def test_a_name_with_markup_is_shown_as_text(shown):
    result = example(invited=(400, 500))
    result.table["mode"] = ["<script>alert(1)</script>", "=cmd()"]
    with text.spoken("en"):
        display.show(result)
    assert "<script>" not in shown[0]
