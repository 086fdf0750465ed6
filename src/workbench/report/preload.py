"""The process that preloaded kernels are forked from: what it imports, and how a kernel begins.

Run as `python -m workbench.report.preload LISTENER ALIVE`, with two inherited file numbers: the
socket that takes orders, and a pipe that ends when the runner does. The loop is the standard
library's fork server. Until a kernel is forked, nothing here starts a thread, reads a bank or
opens a connection.
"""

import contextlib
import ctypes
import gc
import importlib
import os
import pkgutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import forkserver, resource_tracker
from pathlib import Path
from types import ModuleType
from typing import Any

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Variables that say how many threads linear algebra uses; they are read when it is loaded."""
MODULES = (
    "workbench.report.preload",
    "workbench.report.kernel_program",
    "IPython.core.completerlib",
    "IPython.extensions.storemagic",
    "pandas",
    "scipy.stats",
    "statsmodels.api",
    "matplotlib.pyplot",
    "matplotlib.backends.backend_svg",
    "matplotlib.backends.backend_agg",
    "babel.numbers",
    "babel.dates",
    "workbench.display",
    "workbench.data",
    "workbench.analysis",
    "workbench.plots",
    "workbench.stats",
)
"""What is imported before the first fork; of a package of ours, every module in it.

Left to the kernel are duckdb and deltalake: either starts a thread when it is imported.
"""
COLLECTED = (50_000, 20, 20)
"""When a kernel looks for garbage: looking every 700 objects took a tenth of a notebook's time."""


@dataclass(frozen=True)
class Start:
    """How one kernel begins; the fork server unpickles it in the child and calls `_bootstrap`.

    Attributes
    ----------
    arguments : sequence of str
        Of the kernel's command line, behind the program.
    environment : mapping
        All of its environment.
    folder : str
        Where it works.
    """

    arguments: Sequence[str]
    environment: Mapping[str, str]
    folder: str

    def _bootstrap(self, _sentinel: int) -> int:
        (log,) = forkserver.get_inherited_fds() or (2,)
        for stream in (1, 2):
            os.dup2(log, stream)
        os.setsid()
        os.chdir(self.folder)
        server = str(os.getppid())
        os.environ.clear()
        os.environ.update({**self.environment, "JPY_PARENT_PID": server})
        _forget_server()
        gc.set_threshold(*COLLECTED)
        _independent(int(self.environment.get(THREADS[0], "0")))
        from workbench.report import kernel_program

        sys.argv = [str(kernel_program.__file__), *self.arguments]
        # The kernel watches its parent, and ends with it; the server ends with the runner.
        kernel_program.launch([*self.arguments, f"--IPKernelApp.parent_handle={server}"])
        return 0


def serve(listener: int, alive: int) -> None:
    """Import everything, then fork a kernel for every order until the runner is gone."""
    # As ipykernel's launcher: a file in the working directory must not pass for a library.
    if sys.path[0] in {"", str(Path.cwd())}:
        del sys.path[0]
    for name in MODULES:
        # What cannot be imported is missed by the cell that imports it, where it is shown.
        with contextlib.suppress(Exception):
            _load(name)
    with contextlib.suppress(Exception):
        _warm()
    gc.collect()
    gc.freeze()
    forkserver.main(listener, alive, [])


def _load(name: str) -> None:
    module = importlib.import_module(name)
    if name.startswith("workbench.") and hasattr(module, "__path__"):
        for each in pkgutil.iter_modules(module.__path__, f"{name}."):
            importlib.import_module(each.name)


def _warm() -> None:
    """Read the texts, tables and rules that every notebook reads: they stand beside the code.

    Nothing is drawn. Fonts are read as letters are met, through files whose place in them kernels
    would share.
    """
    from workbench import schema, settings, text

    text.catalogue()
    schema.tables()
    for name in settings.rulepacks():
        settings.rulepack(name)


def _forget_server() -> None:
    """Let what the notebook does with multiprocessing begin anew, not at this server."""
    server: Any = forkserver._forkserver
    tracker: Any = resource_tracker._resource_tracker
    os.close(server._forkserver_alive_fd)
    os.close(tracker._fd)
    server._forkserver_address = server._forkserver_alive_fd = server._inherited_fds = None
    tracker._fd = None


def _independent(threads: int) -> None:
    """Give this child random numbers of its own and its share of the cores."""
    import numpy as np

    np.random.seed()  # noqa: NPY002 - the generator that notebooks may still use
    if threads > 1:
        for library in _linear_algebra():
            for name in ("scipy_openblas_set_num_threads64_", "scipy_openblas_set_num_threads"):
                if hasattr(library, name):
                    getattr(library, name)(threads)


def _linear_algebra() -> Iterator[ctypes.CDLL]:
    """Give the OpenBLAS of numpy and that of scipy: each wheel brings one, already loaded."""
    import numpy as np
    import scipy

    for package in (np, scipy):
        for folder in _libraries(package):
            yield from (ctypes.CDLL(str(path)) for path in sorted(folder.glob("*openblas*")))


def _libraries(package: ModuleType) -> list[Path]:
    inside = Path(str(package.__file__)).parent
    return [inside.parent / f"{inside.name}.libs", inside / ".dylibs"]


if __name__ == "__main__":
    serve(*map(int, sys.argv[1:]))
