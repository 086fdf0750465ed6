import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from tests.report import sample
from workbench import cli, errors
from workbench.data import demo, intake
from workbench.data.load import Counts, Hold, Load
from workbench.lab import copies, server
from workbench.report import run as running

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations"
COMMANDS = get_command(cli.app).commands


def invoke(*words):
    return CliRunner().invoke(cli.app, list(words))


@pytest.fixture
def ordered(home, monkeypatch):
    """Catch the order instead of running it."""
    caught = []

    def catch(order, progress):
        caught.append(order)
        return running.Published(Path("x/index.html"), "p", "r", "b", "s", "2026-09-30", 1.5)

    monkeypatch.setattr(running, "run", catch)
    return caught


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_and_is_documented(name):
    outcome = invoke(name, "--help")
    assert outcome.exit_code == 0
    assert COMMANDS[name].help
    page = (OPERATIONS / "commands.md").read_text("utf-8")
    section = page.partition(f"## workbench {name}\n")[2].partition("\n## ")[0]
    assert section, f"docs/operations/commands.md lacks a section on {name}"
    within = getattr(COMMANDS[name], "commands", {})
    for each in within:
        assert f"`workbench {name} {each}` " in section
    for parameter in [p for each in (COMMANDS[name], *within.values()) for p in each.params]:
        for written in parameter.opts:
            shown = written if written.startswith("-") else parameter.metavar or written
            assert f"`{shown.split()[0]}" in section, shown


def test_every_exit_code_is_documented():
    page = (OPERATIONS / "exit-codes.md").read_text("utf-8")
    listed = dict(re.findall(r"^\| (\d+) \| `(\w+)`", page, re.MULTILINE))
    classes = [errors.WorkbenchError, *errors.WorkbenchError.__subclasses__()]
    assert {str(each.exit_code): each.__name__ for each in classes} == listed
    assert re.search(r"^\| 0 \|", page, re.MULTILINE)


def test_help_answers_in_a_moment():
    begun = time.monotonic()
    script = (
        "import sys; from workbench.cli import main; sys.argv = ['workbench', '--help']; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert time.monotonic() - begun < 3
    assert "intake" in done.stdout


def test_the_command_line_imports_nothing_heavy():
    script = "import sys, workbench.cli; print(*sorted({m.split('.')[0] for m in sys.modules}))"
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"pandas", "numpy", "papermill", "duckdb", "jinja2", "pydantic"} & set(loaded)


@pytest.mark.parametrize(
    "words",
    [
        ["-p", "first", "a b", "--parameter", "share", "0.5"],
        ["-p", "first=a b", "-p", "share=0.5"],
    ],
)
def test_parameters_are_written_as_two_words_or_as_one(ordered, words):
    outcome = invoke("run", "sample", *words)
    assert outcome.exit_code == 0, outcome.output
    assert ordered[0].pairs == {"first": "a b", "share": "0.5"}


@pytest.mark.parametrize("value", ["-1", "a=b", "x\n'); import os", '"', ""])
def test_a_parameter_keeps_its_value_as_it_is(ordered, value):
    assert invoke("run", "sample", "-p", "first", value).exit_code == 0
    assert ordered[0].pairs == {"first": value}


def test_options_become_an_order_and_the_result_one_line_of_json(ordered, tmp_path):
    words = ["--as-of", "2026-06-30", "--lang", "en", "--snapshot", "s1", "--bank", str(tmp_path)]
    words += ["--formats", "html,pdf", "--fresh", "--shard", "1/4", "--executor", "fleet:dask"]
    outcome = invoke("run", "one", "two", *words)
    order = ordered[0]
    assert (order.formats, order.fresh) == (("html", "pdf"), True)
    assert (order.shard, order.executor) == ("1/4", "fleet:dask")
    assert (order.targets, order.as_of, order.languages) == (["one", "two"], "2026-06-30", ("en",))
    assert (order.snapshot, order.bank) == ("s1", tmp_path.resolve())
    line = json.loads(outcome.stdout.splitlines()[-1])
    assert line["status"] == "published"
    assert line["index"] == "x/index.html"


def test_a_failure_says_in_its_line_what_was_published_all_the_same(ordered, monkeypatch):
    def fail(*_):
        raise errors.RunError("one of two", {"failed": ["B2/x"], "parts": {"B1": Path("i.html")}})

    monkeypatch.setattr(running, "run", fail)
    line = json.loads(invoke("run", "sample").stdout)
    assert (line["status"], line["exit_code"], line["error"]) == ("failed", 3, "one of two")
    assert (line["failed"], line["parts"]) == (["B2/x"], {"B1": "i.html"})


@pytest.mark.parametrize("error", errors.WorkbenchError.__subclasses__())
def test_an_error_is_one_line_and_the_exit_code_of_its_class(ordered, monkeypatch, error):
    def fail(*_):
        raise error("what was found\nand what to do")

    monkeypatch.setattr(running, "run", fail)
    outcome = invoke("run", "sample")
    assert outcome.exit_code == error.exit_code
    assert outcome.stderr == "error: what was found and what to do\n"
    line = json.loads(outcome.stdout)
    assert (line["status"], line["exit_code"]) == ("failed", error.exit_code)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-p", "shere", "0.5"], "did you mean 'share'"),
        (["-p", "share", "2"], "parameter 'share' is '2'; expected Share: should be less"),
        (["-p", "share"], "has no value"),
        (["-p", "share", "0.1", "-p", "share", "0.2"], "given twice"),
        (["--as-of", "yesterday"], "--as-of is 'yesterday'"),
    ],
)
def test_a_mistake_is_refused_before_anything_starts(home, words, said):
    sample.notebook(home / "notebooks" / "sample.ipynb")
    outcome = invoke("run", "sample", *words)
    assert outcome.exit_code == 2
    assert said in outcome.stderr
    assert outcome.stderr.count("\n") == 1
    assert not (home / "reports" / "runs").exists()


def test_an_unknown_language_is_refused(home):
    assert invoke("run", "sample", "--lang", "fr").exit_code == 2


def test_params_lists_names_types_defaults_and_meanings(home):
    sample.notebook(home / "notebooks" / "sample.ipynb")
    lines = invoke("params", "sample").stdout.splitlines()
    assert lines[1:] == [
        "share: Share = 0.95  # a fraction",
        "mode: Literal['all', 'none'] = 'all'  # which to show",
    ]


@pytest.fixture
def taken(monkeypatch):
    """Catch what would be taken in instead of taking it."""
    caught = []

    def catch(paths, folder, *, source=None, release=""):
        caught.append((paths, folder, source, release))
        held = (Hold("control", "control_totals: 5 apart"),) if "held" in paths else ()
        return Load(
            id="0001-aa",
            snapshot=None if held else "0001-bb",
            sources=("own",),
            tables={"customers": Counts(3, 2, 1)},
            files={"a.csv": "own"},
            skipped=(),
            unknown={"a.csv": ("备注",)},
            not_supplied={},
            negative={},
            encodings={"a.csv": "utf-8"},
            report="quarantine/0001-aa/report.csv",
            reconciled=(),
            totals=(),
            drift=(),
            checks=(),
            held=held,
            released=release,
        )

    monkeypatch.setattr(intake, "attempt", catch)
    monkeypatch.setattr(intake, "check", lambda *words, **more: catch(*words, **more))
    return caught


def test_intake_says_what_became_of_the_rows_and_ends_with_json(home, taken, tmp_path):
    outcome = invoke("intake", str(tmp_path), "--source", "own", "--bank", str(tmp_path / "b"))
    assert taken == [([str(tmp_path)], tmp_path / "b", "own", "")]
    assert (tmp_path / "b" / "loads" / "0001-aa.en.html").exists()
    assert "customers: 2 of 3 rows" in outcome.stderr
    assert "a.csv: not kept: 备注" in outcome.stderr
    line = json.loads(outcome.stdout)
    assert (line["status"], line["snapshot"]) == ("taken in", "0001-bb")
    assert line["tables"]["customers"]["quarantined"] == 1


def test_a_load_that_is_held_back_says_why_and_ends_with_code_6(home, taken, tmp_path):
    for command in ("intake", "check"):
        outcome = invoke(command, "held", "--bank", str(tmp_path))
        assert outcome.exit_code == 6
        assert "held back: control_totals: 5 apart" in outcome.stderr
        assert json.loads(outcome.stdout)["status"] == "failed"
    released = invoke("intake", "held", "--bank", str(tmp_path), "--release", "known")
    assert taken[-1][3] == "known"
    assert released.exit_code == 6


def test_the_same_files_again_are_nothing_to_do(home, monkeypatch, tmp_path):
    def refuse(*_, **__):
        raise errors.NothingToDoError("all files were taken in before")

    monkeypatch.setattr(intake, "attempt", refuse)
    outcome = invoke("intake", str(tmp_path), "--bank", str(tmp_path))
    assert outcome.exit_code == 5
    assert json.loads(outcome.stdout)["status"] == "failed"


def test_demo_builds_where_it_is_told(home, monkeypatch, tmp_path):
    built = []
    monkeypatch.setattr(demo, "build", lambda folder, **size: built.append((folder, size)))
    invoke("demo")
    invoke("demo", "--bank", str(tmp_path), "--customers", "500", "--months", "24", "--seed", "7")
    assert built == [
        (home / "data" / "demo", {"customers": 20_000, "months": 48, "seed": 20260930}),
        (tmp_path, {"customers": 500, "months": 24, "seed": 7}),
    ]


def test_lab_opens_copies_of_the_notebooks_on_the_bank_that_is_named(home, monkeypatch, tmp_path):
    started = []
    monkeypatch.setenv("WORKBENCH_BANK", "before")
    monkeypatch.setattr(
        server, "_attended", lambda *words: started.append((words, _lab_settings(words[1]))) or 0
    )
    sample.notebook(home / "notebooks" / "sample.ipynb")
    assert invoke("lab", "--bank", str(tmp_path), "--no-browser", "--port", "9999").exit_code == 0
    ((words, values, place), settings) = started[0]
    assert words[1:3] == ["-m", "jupyterlab"]
    assert {"--ServerApp.ip=127.0.0.1", "--KernelManager.transport=ipc"} <= set(words)
    assert {"--no-browser", "--ServerApp.port=9999", f"--ServerApp.root_dir={place}"} <= set(words)
    assert values["WORKBENCH_BANK"] == str(tmp_path)
    assert settings["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"
    assert sorted(path.name for path in place.glob("*.*")) == [
        *(".sources.json", "START.md", "sample.ipynb", "开始.md"),
    ]
    assert place.parents[1] == home


def _lab_settings(values):
    folder = Path(values["JUPYTER_CONFIG_DIR"]) / "labconfig"
    return json.loads((folder / "default_setting_overrides.json").read_text("utf-8"))


def test_lab_gives_no_key_and_no_token_of_somebody_else_to_the_server(home, monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBENCH_KEY_PSEUDONYM", "secret")
    monkeypatch.setenv("JUPYTER_TOKEN", "known")
    values = server.environment(tmp_path)
    assert "secret" not in values.values()
    assert "JUPYTER_TOKEN" not in values


def test_lab_takes_a_copy_back_or_puts_it_aside_and_opens_nothing(home, monkeypatch):
    monkeypatch.setattr(server, "_attended", lambda *_: pytest.fail("opened"))
    source = sample.notebook(home / "notebooks" / "sample.ipynb")
    place = copies.folder()
    copies.renewed(place)
    assert invoke("lab", "--take-back", "sample").stdout.strip() == str(source)
    assert "yours is sample.mine.ipynb" in invoke("lab", "--fresh", "sample").stdout
    assert (place / "sample.mine.ipynb").exists()
    assert invoke("lab", "--take-back", "a", "--fresh", "b").exit_code == 2
