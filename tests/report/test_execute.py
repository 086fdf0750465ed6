import os
import re
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import papermill
import pytest

from tests.report import sample
from workbench.report import engine, execute, kernel
from workbench.report.pack import Limits
from workbench.report.progress import Silent

QUICK = Limits(cell_seconds=60, notebook_seconds=120)


def job(folder, name="tiny", values=None, *, server=None, **cells):
    """Return a job that runs `cells` behind the sample's parameters cell."""
    path = folder / f"{name}.ipynb"
    source = [nbformat.v4.new_code_cell("first: str = 'a'  # a text", id="parameters")]
    source[0].metadata.tags = ["parameters"]
    source += [nbformat.v4.new_code_cell(text, id=part) for part, text in cells.items()]
    nbformat.write(nbformat.v4.new_notebook(cells=source), path)
    (folder / name).mkdir()
    return execute.Job(name, path, folder / name, values or {}, kernel.threads(2), server)


def run(*jobs, limits=QUICK, at_once=2):
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(lambda each: execute.one(each, limits, Silent()), jobs))


def failure(ran, **options):
    (outcome,) = run(ran, **options)
    return outcome.failure


def printed(ran):
    cells = nbformat.read(ran.executed, as_version=4).cells
    return "".join(out.get("text", "") for cell in cells for out in cell.get("outputs", []))


@pytest.fixture
def deep(tmp_path):
    folder = tmp_path / ("深" * 20) / ("x" * 150)
    folder.mkdir(parents=True)
    return folder


def test_a_kernel_starts_from_a_long_path_and_leaves_no_sockets(deep, monkeypatch):
    with tempfile.TemporaryDirectory(dir="/tmp") as short:
        monkeypatch.setattr(tempfile, "tempdir", short)
        ran = job(deep, look="print(first)", values={"first": "b"})
        assert run(ran)[0].failure is None
        assert list(Path(short).iterdir()) == []
    assert printed(ran) == "b\n"


def test_sockets_go_elsewhere_when_the_folder_for_temporary_files_is_too_deep(deep, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    with kernel.socket_folder() as folder:
        assert folder.parent == Path("/tmp")
        assert folder.stat().st_mode & 0o777 == 0o700
    assert not folder.exists()


HOSTILE = [
    "a\"\n'); import os; os._exit(7) #",
    "'''\"\"\"\\",
    "{first} {0} \\n \x00 \u2028",
    "\ud7ff中文”“",
]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_text_parameter_stays_a_text_whatever_it_holds(tmp_path, value):
    ran = job(tmp_path, look="print(ascii(first))", values={"first": value})
    assert run(ran)[0].failure is None
    assert printed(ran) == f"{value!a}\n"


def test_kernels_share_the_cores_and_hash_alike(tmp_path):
    look = (
        "import os, sys; print(os.environ['OMP_NUM_THREADS'], os.environ['PYTHONHASHSEED'], "
        "os.environ.get('MPLBACKEND', ''), hash('a') )"
    )
    first, second = job(tmp_path, "a", look=look), job(tmp_path, "b", look=look)
    run(first, second)
    assert printed(first) == printed(second)
    assert printed(first).startswith(f"{max(1, os.cpu_count() // 2)} 0 ")


def test_the_environment_belongs_to_one_kernel(tmp_path):
    one, two = (job(tmp_path, name, look="import os; print(os.environ['MINE'])") for name in "ab")
    jobs = [
        execute.Job(each.name, each.notebook, each.work, {}, {"MINE": each.name})
        for each in (one, two)
    ]
    run(*jobs)
    assert (printed(one), printed(two)) == ("a\n", "b\n")
    assert "MINE" not in os.environ


def test_a_kernel_gets_no_keys(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_KEY_VAULT", "ab" * 32)
    monkeypatch.setenv("WORKBENCH_KMS", "fetch-key")
    look = "import os; print([n for n in os.environ if n.startswith(('WORKBENCH_K'))])"
    ran = job(tmp_path, look=look)
    run(ran)
    assert printed(ran) == "[]\n"


def test_a_failing_cell_is_named_and_the_partial_notebook_kept(tmp_path):
    ran = job(tmp_path, fine="print('before')", boom="1 / 0", later="print('after')")
    assert failure(ran) == "tiny, cell 'boom': ZeroDivisionError: division by zero"
    assert "before" in printed(ran)
    assert "after" not in printed(ran)


def writes(monkeypatch):
    """Return a list that grows with every time papermill writes a notebook."""
    seen = []
    for place in (papermill.engines, papermill.execute):
        usual = place.write_ipynb
        monkeypatch.setattr(
            place, "write_ipynb", lambda *given, usual=usual: seen.append(1) or usual(*given)
        )
    return seen


def test_a_notebook_is_written_now_and_then_and_not_for_every_cell(tmp_path, monkeypatch):
    seen = writes(monkeypatch)
    monkeypatch.setattr(engine, "SAVE_SECONDS", 3600)
    cells = {f"look-{at}": f"print({at})" for at in range(20)}
    run(quick := job(tmp_path, "quick", **cells))
    assert printed(quick) == "".join(f"{at}\n" for at in range(20))
    few = len(seen)
    monkeypatch.setattr(engine, "SAVE_SECONDS", 0)
    run(job(tmp_path, "often", **cells))
    assert few < 5 < 40 < len(seen) - few


def test_what_a_kernel_showed_before_it_died_is_kept(tmp_path):
    ran = job(tmp_path, fine="print('before')", dies="import os; os._exit(9)")
    assert "the kernel died" in failure(ran)
    assert printed(ran) == "before\n"


def test_a_cell_that_takes_too_long_is_stopped(tmp_path):
    ran = job(tmp_path, wait="import time; time.sleep(60)")
    begun = time.monotonic()
    assert "cell 'wait': took too long" in failure(ran, limits=Limits(cell_seconds=1))
    assert time.monotonic() - begun < 20


def test_a_notebook_that_takes_too_long_is_stopped_in_a_short_cell(tmp_path):
    cells = {f"wait-{at}": "import time; time.sleep(0.8)" for at in range(20)}
    limits = Limits(cell_seconds=60, notebook_seconds=3)
    assert re.search(
        r"cell 'wait-\d': took too long", failure(job(tmp_path, **cells), limits=limits)
    )


def test_a_kernel_that_dies_is_a_failure_of_its_cell_and_the_other_notebook_finishes(tmp_path):
    dies = job(tmp_path, "dies", look="import os; os._exit(9)")
    lives = job(tmp_path, "lives", look="print('here')")
    first, second = run(dies, lives)
    assert first.failure.startswith("dies, cell 'look': the kernel died")
    assert (first.passing, second.failure) == (None, None)
    assert printed(lives) == "here\n"


def test_a_kernel_that_does_not_start_may_pass_and_is_told_apart(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    (outcome,) = run(job(tmp_path, look="print('never')"))
    assert outcome.failure.startswith("tiny, cell 'kernel start': the kernel died")
    assert outcome.passing == "kernel start"


def test_what_the_process_itself_prints_goes_to_the_log_not_to_the_terminal(tmp_path, capfd):
    ran = job(tmp_path, look="import os; os.system('echo from a child >&2')")
    run(ran)
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")


def test_braces_in_a_path_are_left_alone(tmp_path):
    folder = tmp_path / "{first}"
    folder.mkdir()
    ran = job(folder, look="print(first)", values={"first": "b"})
    run(ran)
    assert printed(ran) == "b\n"


def test_the_sample_runs(home, bank):
    path = sample.notebook(home / "notebooks" / "sample.ipynb")
    (home / "work").mkdir()
    ran = execute.Job("sample", path, home / "work", {}, {})
    assert run(ran)[0].failure is None
    assert "金融街支行" in printed(ran)
