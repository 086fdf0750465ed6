import concurrent.futures
import os
import threading
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import nbformat
import pytest

from tests.report.heard import Told
from workbench.errors import MachineError, ParameterError
from workbench.report import execute, executor, kernel
from workbench.report.cache import Cache
from workbench.report.execute import Job, Outcome
from workbench.report.pack import Limits, Retries
from workbench.report.schedule import Schedule, Task, Terms

QUIET = nbformat.v4.new_notebook()
LOUD = nbformat.v4.new_notebook(
    cells=[
        nbformat.v4.new_code_cell(
            "x", execution_count=1, outputs=[nbformat.v4.new_output("stream", name="stderr")]
        )
    ]
)


class Inline(Executor):
    """Does the work at once, and notes the order."""

    def __init__(self, work):
        self.work, self.order = work, []

    def submit(self, _, job, *__):
        self.order.append(job.name)
        future = Future()
        try:
            future.set_result(self.work(job))
        except Exception as error:
            future.set_exception(error)
        return future


class Bench:
    """Tasks, what happens to them, and what is left of it."""

    def __init__(self, folder):
        self.folder, self.told, self.ended = folder, Told(), []
        self.failures = {}
        self.shown = QUIET

    def task(self, name, *needs, key=None):
        work, record = self.folder / "work" / name, self.folder / "record" / name
        for place in (work, record):
            place.mkdir(parents=True, exist_ok=True)
        return Task(Job(name, self.folder / name, work, {}, {}), record, needs, key)

    def work(self, job):
        record = self.folder / "record" / job.name
        assert list(record.iterdir()) == [], "a record holds each result once"
        (record / "facts.json").write_text(f'"{job.name}"')
        nbformat.write(self.shown, job.executed)
        failures = self.failures.get(job.name, [])
        failure, passing = failures.pop(0) if failures else (None, None)
        if isinstance(failure, Exception):
            raise failure
        return Outcome(job, 0.5, failure, passing)

    def run(self, *tasks, run="run-1", fresh=False, **retries):
        self.pool = Inline(self.work)
        kept = Cache(self.folder / "cache", run)
        terms = Terms(Limits(), Retries(wait_seconds=0.01, **retries), kept, fresh)
        schedule = Schedule(tasks, terms, self.pool, self.told, local=False)
        return schedule.run(self.ended.append)


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def test_each_notebook_runs_after_those_it_needs(bench):
    bench.run(bench.task("c", "b"), bench.task("b", "a"), bench.task("a"), bench.task("d"))
    assert sorted(bench.pool.order) == ["a", "b", "c", "d"]
    assert bench.pool.order.index("a") < bench.pool.order.index("b") < bench.pool.order.index("c")
    assert len(bench.ended) == 4


def test_a_failure_takes_only_those_with_it_that_need_it(bench):
    bench.failures["a"] = [("a broke", None)]
    tasks = [bench.task("a"), bench.task("b", "a"), bench.task("c", "b", "d"), bench.task("d")]
    ended = bench.run(*tasks)
    assert bench.pool.order == ["a", "d"]
    assert {name: each.failure for name, each in ended.items()} == {
        "a": "a broke",
        "b": "b was not run, because it needs a",
        "c": "c was not run, because it needs b",
        "d": None,
    }


def test_what_may_pass_is_tried_again_with_growing_waits_and_counted(bench):
    bench.failures["a"] = [("no kernel", "kernel start"), ("no kernel", "kernel start")]
    ended = bench.run(bench.task("a"), bench.task("b", "a"))
    assert bench.pool.order == ["a", "a", "a", "b"]
    assert (ended["a"].failure, ended["a"].retries, ended["b"].retries) == (None, 2, 0)
    assert bench.told.lines == [
        "no kernel; trying again in 0.01 s",
        "no kernel; trying again in 0.02 s",
    ]
    assert ended["a"].manifest["retries"] == 2


def test_tries_come_to_an_end(bench):
    bench.failures["a"] = [("down", "database")] * 5
    ended = bench.run(bench.task("a"), times=1)
    assert (ended["a"].failure, ended["a"].retries) == ("down", 1)
    assert bench.pool.order == ["a", "a"]


@pytest.mark.parametrize(
    ("passing", "retries"),
    [(None, {}), ("database", {"on": ("machine",)}), ("database", {"times": 0})],
)
def test_nothing_else_is_tried_again(bench, passing, retries):
    bench.failures["a"] = [("broke", passing)]
    assert bench.run(bench.task("a"), **retries)["a"].failure == "broke"
    assert bench.pool.order == ["a"]


def test_what_has_not_changed_is_reused_and_said(bench):
    bench.run(bench.task("a", key="k1"), bench.task("b", "a", key="k2"))
    for each in ("a", "b"):
        (bench.folder / "record" / each / "facts.json").unlink()
    ended = bench.run(bench.task("a", key="k1"), bench.task("b", "a", key="k3"), run="run-2")
    assert bench.pool.order == ["b"]
    assert (ended["a"].reused, ended["b"].reused) == ("run-1", None)
    assert ended["a"].manifest == {"seconds": 0.5, "retries": 0, "reused": "run-1", "key": "k1"}
    assert (bench.folder / "record" / "a" / "facts.json").read_text() == '"a"'
    assert bench.told.lines == ["a: unchanged, reused from run run-1"]


@pytest.mark.parametrize("how", ["fresh", "unknown", "failed", "loud"])
def test_nothing_is_reused_when_it_should_not_be(bench, how):
    bench.failures["a"] = [("broke", None)] if how == "failed" else []
    bench.shown = LOUD if how == "loud" else QUIET
    key = None if how == "unknown" else "k"
    bench.run(bench.task("a", key=key))
    (bench.folder / "record" / "a" / "facts.json").unlink()
    ended = bench.run(bench.task("a", key=key), run="run-2", fresh=how == "fresh")
    assert (ended["a"].reused, bench.pool.order) == (None, ["a"])


def test_a_damaged_entry_is_named_and_made_again(bench):
    bench.run(bench.task("a", key="k"))
    (bench.folder / "record" / "a" / "facts.json").unlink()
    (bench.folder / "cache" / "k" / "record" / "facts.json").write_text("other")
    ended = bench.run(bench.task("a", key="k"), run="run-2")
    assert (ended["a"].reused, bench.pool.order) == (None, ["a"])
    assert "facts.json was changed; executing it again" in bench.told.lines[0]
    (bench.folder / "record" / "a" / "facts.json").unlink()
    assert bench.run(bench.task("a", key="k"), run="run-3")["a"].reused == "run-2"


def test_a_disk_that_is_full_while_keeping_is_said_and_stops_nothing(bench, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Cache, "keep", full)
    assert bench.run(bench.task("a", key="k"))["a"].failure is None
    assert bench.told.lines == ["a: not kept for reuse: No space left on device"]


def test_an_executor_that_loses_its_workers_is_an_error_of_the_machine(bench):
    bench.failures["a"] = [(concurrent.futures.BrokenExecutor("gone"), None)]
    with pytest.raises(MachineError, match="the executor lost its workers: gone"):
        bench.run(bench.task("a"))


def test_independent_notebooks_run_at_the_same_time_and_an_interrupt_waits_for_none(
    tmp_path, monkeypatch
):
    bench, both, hold = Bench(tmp_path), threading.Barrier(2, timeout=20), threading.Event()

    def one(job, limits, progress, stops):
        stops.append(hold.set)
        both.wait()
        if job.name == "b":
            raise KeyboardInterrupt
        hold.wait(20)
        return Outcome(job, 0.1, None)

    monkeypatch.setattr(execute, "one", one)
    terms = Terms(Limits(), Retries(), Cache(tmp_path / "cache", "r"))
    tasks = [bench.task("a"), bench.task("b")]
    schedule = Schedule(tasks, terms, ThreadPoolExecutor(2), bench.told, local=True)
    with pytest.raises(KeyboardInterrupt):
        schedule.run(bench.ended.append)
    assert hold.is_set()


def processes():
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"))


def threads():
    return ThreadPoolExecutor(1)


def nothing():
    return 7


@pytest.mark.parametrize("name", ["processes", "threads"])
def test_any_executor_can_do_the_work(tmp_path, name):
    path, told = tmp_path / "tiny.ipynb", Told()
    cell = nbformat.v4.new_code_cell("import os; print(os.getppid())", id="look")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    for place in ("work", "record"):
        (tmp_path / place).mkdir()
    job = Job("tiny", path, tmp_path / "work", {}, kernel.threads(1))
    pool = executor.opened(f"{__name__}:{name}", 1)
    terms = Terms(Limits(), Retries(), Cache(tmp_path / "cache", "r"))
    ended = Schedule([Task(job, tmp_path / "record")], terms, pool, told, local=False).run(
        lambda _: None
    )
    assert (ended["tiny"].failure, told.through) == (None, [("tiny", False)])
    (output,) = nbformat.read(job.executed, as_version=4).cells[0].outputs
    assert (int(output["text"]) == os.getpid()) == (name == "threads")


@pytest.mark.parametrize(
    ("maker", "said"),
    [
        ("no_such:thing", "expected module:factory: No module named 'no_such'"),
        (f"{__name__}:absent", "has no attribute 'absent'"),
        ("json", "expected module:factory"),
        (f"{__name__}:QUIET", "expected module:factory, a function"),
    ],
)
def test_an_executor_that_cannot_be_found_is_refused(maker, said):
    with pytest.raises(ParameterError, match=said):
        executor.require(maker)


def test_a_factory_that_makes_no_executor_is_refused():
    with pytest.raises(
        ParameterError, match=r"makes a int; expected a concurrent.futures.Executor"
    ):
        executor.opened(f"{__name__}:nothing", 1)
