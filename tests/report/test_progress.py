import io
import re
import sys

from rich.console import Console
from rich.progress import Progress, TextColumn

from workbench.report import progress


def test_lines_name_notebook_cell_and_seconds():
    stream = io.StringIO()
    shown = progress.Lines(stream)
    shown.cell("survey", "load", 1, 4)
    shown.finished("survey", 2.5, False)
    shown.finished("risk", 1.0, True)
    lines = stream.getvalue().splitlines()
    assert [re.sub(r"^ *\d+\.\d s  ", "", line) for line in lines] == [
        "survey: load (2/4)",
        "survey: done in 2.5 s",
        "risk: failed in 1.0 s",
    ]


def test_bars_name_notebook_and_cell_and_take_any_text():
    stream = io.StringIO()
    columns = [TextColumn("{task.fields[" + name + "]}", markup=False) for name in ("name", "cell")]
    console = Console(file=stream, force_terminal=True, width=80)
    with Progress(*columns, console=console) as bars:
        shown = progress.Bars(bars)
        shown.say("[bold]plain")
        shown.cell("survey", "load", 0, 2)
        shown.cell("survey", "analyse", 1, 2)
        shown.finished("survey", 1.0, False)
        shown.finished("never begun", 1.0, True)
    assert "[bold]plain" in stream.getvalue()
    assert "survey done" in stream.getvalue()


def test_a_stream_that_is_no_terminal_gets_lines(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with progress.shown() as shown:
        shown.say("begin")
    assert stream.getvalue().endswith("s  begin\n")
