"""What is there only while somebody looks: plain mistakes, bars, tools at results."""

import re
from types import SimpleNamespace

import pytest

import workbench
from tests.example import example
from workbench import display, live, progress, text
from workbench.errors import DataError, LockedError, MachineError, ParameterError
from workbench.live import bar, mistakes, sort_and_copy


class Kernel:
    """A kernel whose front end can, or cannot, ask its user."""

    def __init__(self, asks):
        self.asks = asks

    def get_parent(self, channel):
        return {"content": {"allow_stdin": self.asks}}


@pytest.mark.parametrize(("asks", "expected"), [(True, True), (False, False)])
def test_somebody_is_there_when_the_front_end_can_ask(monkeypatch, asks, expected):
    monkeypatch.setattr(live, "shell", lambda: SimpleNamespace(kernel=Kernel(asks)))
    assert live.is_live() is expected


def test_nobody_is_there_in_a_run_or_without_a_kernel(monkeypatch):
    monkeypatch.setattr(live, "shell", lambda: SimpleNamespace(kernel=Kernel(True)))
    monkeypatch.setattr("workbench.settings.run", lambda: object())
    assert not live.is_live()
    monkeypatch.setattr("workbench.settings.run", lambda: None)
    monkeypatch.setattr(live, "shell", lambda: None)
    assert not live.is_live()


@pytest.mark.parametrize("kind", [ParameterError, DataError, MachineError, LockedError])
def test_a_mistake_is_a_block_of_what_is_wrong_and_what_to_do(kind):
    error = kind("the bank has no data yet; run `workbench intake` first")
    for language in text.LANGUAGES:
        with text.spoken(language):
            head, found, step = mistakes.block(error).splitlines()
            assert kind.__name__ in head
            assert bool(re.search("[\u4e00-\u9fff]", head)) is (language == "zh")
            assert found == "the bank has no data yet"
            assert step == "→ run `workbench intake` first"


def test_a_handler_that_somebody_else_has_set_stays():
    shell = SimpleNamespace(custom_exceptions=(KeyError,), set_custom_exc=pytest.fail)
    mistakes.attach(shell)


def test_what_is_shown_has_a_script_only_while_somebody_looks(monkeypatch, example_text):
    shown = []
    monkeypatch.setattr(display, "_display", shown.append)
    display.show(example())
    monkeypatch.setattr(live, "is_live", lambda: True)
    display.show(example())
    plain, tooled = shown
    assert "<script" not in plain
    assert tooled.count("<script>") == 1
    assert plain in tooled


def test_tools_ask_nobody_and_are_said_in_the_language(monkeypatch):
    for language, said in (("zh", "复制表"), ("en", "Copy table")):
        with text.spoken(language):
            page = sort_and_copy.equipped("<table></table>")
            assert said in page
            assert 'data-copy="figure"' not in page
            assert not re.search(r"https?:", page.replace("http://www.w3.org", ""))


def test_steps_are_told_to_whoever_listens_the_outermost_alone():
    heard = []
    progress.listen(lambda *told: heard.append(told))
    try:
        for _ in progress.steps(["a", "b"], "outer"):
            assert list(progress.steps([1, 2, 3], "inner")) == [1, 2, 3]
    finally:
        progress.listen(None)
    assert heard == [("outer", 0, 2), ("outer", 1, 2), ("outer", 2, 2)]
    assert list(progress.steps([1], "nobody")) == [1]


def test_work_that_fails_leaves_no_bar_and_later_work_is_told_again():
    heard = []
    progress.listen(lambda *told: heard.append(told))
    try:
        with pytest.raises(ZeroDivisionError):
            sum(1 / each for each in progress.steps([1, 0], "first"))
        list(progress.steps([1], "second"))
    finally:
        progress.listen(None)
    assert heard[-1] == ("second", 1, 1)


def test_a_bar_comes_only_when_work_takes_long_and_goes_when_it_is_done(monkeypatch):
    clock, shown = [0.0], []
    monkeypatch.setattr(bar.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(live, "is_live", lambda: True)
    handle = SimpleNamespace(update=lambda page: shown.append(page.data))

    def displayed(page, display_id):
        shown.append(page.data)
        return handle

    monkeypatch.setattr("IPython.display.display", displayed)
    made = bar.Bar()
    for seconds, done in ((0, 0), (0.5, 1), (0.8, 2), (0.9, 3), (1.2, 4), (1.3, 5)):
        clock[0] = seconds
        made("progress.kpis", done, 5)
    assert [re.findall(r'value="(\d)"', page) for page in shown] == [["2"], ["4"], []]
    assert shown[-1] == ""


def test_what_tab_offers_is_what_there_is_to_use_and_each_explains_itself():
    assert dir(workbench) == sorted([*workbench.__all__, "__version__"])
    for name in workbench.__all__:
        doc = getattr(workbench, name).__doc__
        assert "Raises" in doc or name == "show"
        assert len(doc.splitlines()[0]) < 100
