"""Preloaded kernels: clean when they are forked, and in what they do the same as ordinary ones."""

import os
import re
import signal
import subprocess
import sys
import tempfile
from importlib.metadata import entry_points
from pathlib import Path

import nbformat
import pytest

from tests.faults.test_run_faults import gone
from tests.report import sample
from tests.report.test_execute import failure, job, printed, run
from workbench import settings
from workbench.errors import ParameterError
from workbench.report import execute, forked, kernel, preload
from workbench.report.pack import Limits
from workbench.report.progress import Silent

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks, and reads /proc")


@pytest.fixture(scope="module")
def server():
    """Return the address of one server for all tests here: what it imports takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_KEY_VAULT", "ab" * 32)
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
        with kernel.source("preloaded", 1) as address:
            yield address


def look(folder, server, *cells, name="tiny"):
    """Return what a notebook of `cells` printed."""
    ran = job(folder, name, server=server, **{f"look-{at}": cell for at, cell in enumerate(cells)})
    run(ran)
    return printed(ran)


def parent(folder, server):
    """Return the process that kernels of `server` are forked from."""
    return int(look(folder, server, "import os; print(os.getppid())"))


def outputs(path):
    """Return all outputs of a notebook but the pid and the times of a run."""
    cells = nbformat.read(path, as_version=4).cells
    return [cell.outputs for cell in cells if cell.cell_type == "code"]


def tree(folder):
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def test_the_provisioner_is_registered():
    (found,) = entry_points(group=kernel.PROVISIONERS, name=forked.PROVISIONER)
    assert found.load() is forked.Provisioner


def test_before_a_fork_there_is_one_thread_no_connection_no_data_and_no_key(tmp_path, server):
    process = Path("/proc", str(parent(tmp_path, server)))
    assert len(list((process / "task").iterdir())) == 1
    opened = {str(file.readlink()) for file in (process / "fd").iterdir()}
    kinds = {name.partition(":")[0] for name in opened}
    assert kinds <= {"/dev/null", "pipe", "socket", "anon_inode", str(forked.log(server))}
    sockets = [name for name in opened if name.startswith("socket:")]
    (listening,) = [
        line
        for line in (process / "net" / "unix").read_text().splitlines()
        if any(line.split()[6:7] == [name[8:-1]] for name in sockets)
    ]
    assert listening.endswith(str(server))
    assert len(sockets) == 1
    environment = (process / "environ").read_bytes().decode()
    assert "WORKBENCH_KEY_" not in environment
    assert "PYTHONHASHSEED=0" in environment


def test_every_module_that_is_to_be_preloaded_is_there_and_starts_no_thread():
    script = (
        "import os, sys; from workbench.report import preload\n"
        "for name in preload.MODULES: preload._load(name)\n"
        "print(len(os.listdir('/proc/self/task')), 'duckdb' in sys.modules)"
    )
    environment = {**os.environ, **dict.fromkeys(preload.THREADS, "1")}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "1 False\n"


STATE = """import os, signal, sys, warnings
hidden = {"JPY_PARENT_PID", "IPYTHONDIR", "JPY_SESSION_NAME"}
print(sorted((k, v) for k, v in os.environ.items() if k not in hidden))
print(sys.path, sys.executable, os.getcwd(), sys.flags, hash("a"), sys.argv[1:2])
print(os.environ["IPYTHONDIR"][:8], os.environ["JPY_PARENT_PID"] == str(os.getppid()))
print([signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGPIPE)])
print(os.getpid() == os.getpgid(0) == os.getsid(0))
print([os.path.basename(os.readlink(f"/proc/self/fd/{at}")) for at in (1, 2)])
print(type(get_ipython()).__name__, __name__, sys.modules["__main__"].__dict__ is globals())"""
DRAWING = """import matplotlib.pyplot as plt
plt.plot([1, 3, 2])
plt.title("one")"""
SHOWN = """fig, ax = plt.subplots()
ax.bar(["a", "b"], [1, 2])
plt.show()
fig, ax = plt.subplots()"""
FRAME = "import pandas as pd; pd.DataFrame({'b': list({'x', 'y', 'z'}), 'a': [1.5, 2, 3]})"


def test_environment_outputs_and_bytes_of_figures_are_those_of_an_ordinary_kernel(
    tmp_path, server, monkeypatch
):
    monkeypatch.setenv("WORKBENCH_KEY_VAULT", "ab" * 32)
    monkeypatch.setenv("MPLBACKEND", "svg")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    ran = {}
    for name, source in {"ordinary": None, "preloaded": server}.items():
        folder = tmp_path / name
        folder.mkdir()
        ran[name] = job(folder, server=source, state=STATE, draw=DRAWING, shown=SHOWN, frame=FRAME)
    run(*ran.values())
    ordinary, preloaded = (outputs(each.executed) for each in ran.values())
    assert preloaded == ordinary
    images = [out for cell in preloaded for out in cell if "image/png" in out.get("data", {})]
    assert len(images) == 3
    assert "WORKBENCH_KEY" not in printed(ran["preloaded"])


def test_the_record_is_byte_for_byte_that_of_an_ordinary_kernel(home, bank, server, tmp_path):
    path = sample.notebook(home / "notebooks" / "sample.ipynb")
    records = []
    for name, source in {"ordinary": None, "preloaded": server}.items():
        work, record = tmp_path / name, tmp_path / name / "record"
        record.mkdir(parents=True)
        told = settings.Run(record, bank.folder, bank.snapshot, "2026-09-30", ("zh", "en"))
        told.write(work / execute.RUN)
        environment = {"WORKBENCH_RUN": str(work / execute.RUN)}
        run(execute.Job("sample", path, work, {}, environment, source))
        records.append(tree(record))
    assert len(records[0]) == 6 - 1
    assert records[0] == records[1]


def test_each_kernel_has_random_numbers_of_its_own(tmp_path, server):
    draw = (
        "import random, uuid, numpy as np; print(np.random.rand(), random.random(), uuid.uuid4())"
    )
    one, two = (look(tmp_path, server, draw, name=name) for name in "ab")
    assert not set(one.split()) & set(two.split())


def test_linear_algebra_gets_its_share_of_the_cores_after_the_fork(tmp_path, server):
    count = (
        "from workbench.report import preload\n"
        "for library in preload._linear_algebra():\n"
        "    for bits in ('64_', ''):\n"
        "        if hasattr(library, name := f'scipy_openblas_get_num_threads{bits}'):\n"
        "            print(getattr(library, name)())"
    )
    ran = job(tmp_path, server=server, look=count)
    shared = execute.Job(
        ran.name, ran.notebook, ran.work, {}, dict.fromkeys(preload.THREADS, "3"), server
    )
    run(shared)
    assert printed(ran) == "3\n3\n"


def test_a_notebook_may_use_multiprocessing(tmp_path, server):
    cell = """import multiprocessing as mp
from multiprocessing import shared_memory
with mp.get_context("fork").Pool(2) as pool:
    print(pool.map(abs, [-1, 2]))
piece = shared_memory.SharedMemory(create=True, size=8)
piece.close(); piece.unlink()
with mp.get_context("forkserver").Pool(1) as pool:
    print(pool.map(abs, [-3]))"""
    assert look(tmp_path, server, cell) == "[1, 2]\n[3]\n"


LISTENING = """import os, socket
from pathlib import Path
def ports():
    lines = [line.split() for name in ("tcp", "tcp6")
             for line in Path("/proc/self/net", name).read_text().splitlines()[1:]]
    listens = {f"socket:[{line[9]}]": line[1] for line in lines if line[3] == "0A"}
    opened = {os.readlink(each) for each in Path("/proc/self/fd").iterdir() if each.is_symlink()}
    return [listens[name] for name in opened if name in listens]
print(ports())
with socket.create_server(("127.0.0.1", 0)):
    print(len(ports()))"""
CHILD = """import os, sys
child = os.fork()
if not child:
    print("from the child", flush=True)
    os._exit(0)
print(os.waitpid(child, 0)[1])"""


@pytest.mark.parametrize("kind", kernel.KINDS)
def test_a_kernel_listens_on_no_port_and_a_process_forked_from_it_says_nothing(
    tmp_path, server, kind
):
    source = server if kind == "preloaded" else None
    assert look(tmp_path, source, LISTENING, CHILD) == "[]\n1\n0\n"


def test_what_the_process_itself_prints_goes_to_the_log_of_its_run(tmp_path, server):
    ran = job(tmp_path, server=server, look="import os; os.system('echo from a child >&2')")
    run(ran)
    assert "from a child" in (ran.work / kernel.LOG).read_text()


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("1 / 0", "tiny, cell 'look': ZeroDivisionError: division by zero"),
        ("import os; os._exit(9)", "tiny, cell 'look': the kernel died"),
        ("import os; os.kill(os.getpid(), 9)", "tiny, cell 'look': the kernel died"),
        ("import time; time.sleep(60)", "tiny, cell 'look': took too long"),
    ],
)
def test_failures_are_named_as_those_of_an_ordinary_kernel(tmp_path, server, cell, said):
    failed = failure(job(tmp_path, server=server, look=cell), limits=Limits(cell_seconds=3))
    assert said in failed


class Impatient(list):
    """Stops every kernel before it has started."""

    def append(self, stop):
        stop()


@pytest.mark.parametrize("kind", kernel.KINDS)
def test_a_run_that_is_interrupted_while_a_kernel_starts_does_not_wait_for_its_cells(
    tmp_path, server, kind
):
    ran = job(tmp_path, server=server if kind == "preloaded" else None, look="print('ran')")
    outcome = execute.one(ran, Limits(), Silent(), Impatient())
    assert "the kernel died" in outcome.failure
    assert "ran" not in printed(ran)


def test_an_interrupt_reaches_the_kernel_and_neither_server_nor_runner(tmp_path, server):
    caught = """import os, signal, time
try:
    os.killpg(0, signal.SIGINT); time.sleep(20)
except KeyboardInterrupt:
    print("caught")"""
    assert look(tmp_path, server, caught, name="a") == "caught\n"
    assert look(tmp_path, server, "print('alive')", name="b") == "alive\n"


def test_no_kernel_can_be_forked_when_the_server_is_gone_and_the_error_says_why(tmp_path):
    with kernel.source("preloaded", 1) as address:
        os.kill(parent(tmp_path, address), signal.SIGKILL)
        failed = failure(job(tmp_path, "late", server=address, look="1"))
    assert re.search(r"kernel died \(no kernel could be forked: .*killed", failed)


def test_a_server_that_is_killed_takes_its_kernels_along(tmp_path):
    kill = "import os, signal, time; os.kill(os.getppid(), signal.SIGKILL); time.sleep(30)"
    with kernel.source("preloaded", 1) as address:
        assert "the kernel died" in failure(job(tmp_path, server=address, look=kill))


def test_the_server_and_its_folder_are_gone_after_the_block(tmp_path):
    with kernel.source("preloaded", 1) as address:
        process = parent(tmp_path, address)
        assert not gone(process)
    assert gone(process)
    assert not address.parent.exists()


def test_folders_that_a_killed_run_left_are_removed_and_those_in_use_are_not(monkeypatch):
    with tempfile.TemporaryDirectory(dir="/tmp") as short:
        monkeypatch.setattr(tempfile, "tempdir", short)
        leave = (
            "import os; from workbench.report import kernel\n"
            "with kernel.socket_folder(): os._exit(0)"
        )
        subprocess.run(
            [sys.executable, "-c", leave], env={**os.environ, "TMPDIR": short}, check=True
        )
        (left,) = Path(short).iterdir()
        with kernel.socket_folder() as used, kernel.socket_folder() as other:
            assert {path.name for path in Path(short).iterdir()} == {used.name, other.name}
        assert not left.exists()


def test_the_kind_is_chosen_by_option_then_environment_then_number_of_notebooks(monkeypatch):
    def forks(kind, notebooks):
        with kernel.source(kind, notebooks) as address:
            return address is not None

    assert [forks(None, 1), forks(None, 2), forks("ordinary", 2)] == [False, True, False]
    monkeypatch.setenv("WORKBENCH_KERNEL", "ordinary")
    assert [forks(None, 2), forks("preloaded", 1)] == [False, True]
    monkeypatch.setenv("WORKBENCH_KERNEL", "fast")
    with pytest.raises(
        ParameterError, match=r"'fast'; expected one of \['ordinary', 'preloaded'\]"
    ):
        forks(None, 2)


@pytest.mark.parametrize(
    ("where", "name", "said"),
    [
        (os, "fork", "need a system that forks; or use --kernel ordinary"),
        (forked, "PROVISIONER", "are newer than this installation: install it again"),
    ],
)
def test_where_kernels_cannot_be_preloaded_they_are_refused_or_ordinary(
    monkeypatch, where, name, said
):
    monkeypatch.setattr(where, name, "not registered")
    if where is os:
        monkeypatch.delattr(os, "fork")
    with pytest.raises(ParameterError, match=said), kernel.source("preloaded", 1):
        pass
    with kernel.source(None, 5) as address:
        assert address is None
