"""JupyterLab on the working copies: kernels on Unix sockets, nothing asked of the internet.

The only port is the server's own, on 127.0.0.1 and behind a token. Whatever the account's own
Jupyter configuration says about addresses and passwords is not read.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from workbench import settings
from workbench.report import forked
from workbench.report.kernel import socket_folder, threads

SETTINGS: Mapping[str, Mapping[str, object]] = {
    "@jupyterlab/apputils-extension:notification": {
        "checkForUpdates": False,
        "fetchNews": "false",
        "doNotDisturbMode": False,
    },
    "@jupyterlab/docmanager-extension:plugin": {
        "defaultViewers": {"markdown": "Markdown Preview"},
    },
    "@jupyterlab/notebook-extension:tracker": {
        "autoStartDefaultKernel": True,
        "windowingMode": "defer",
    },
}
"""Defaults of JupyterLab's settings that a user may still change."""
KERNEL: Mapping[str, object] = {
    "argv": [sys.executable, "-m", forked.PROGRAM, "-f", "{connection_file}"],
    "display_name": "Python 3 (workbench)",
    "language": "python",
    # A debugger would open a port of its own.
    "metadata": {"debugger": False},
}
"""What JupyterLab starts for a notebook, in the place of the kernel that every notebook names."""


def options(place: Path, page: Path, *, port: int | None, browser: bool) -> list[str]:
    """Return what JupyterLab is started with to open `page` in the folder of copies `place`."""
    own = [
        f"--ServerApp.root_dir={place}",
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.allow_remote_access=False",
        "--ServerApp.password=",
        "--PasswordIdentityProvider.hashed_password=",
        f"--LabApp.default_url=/lab/tree/{quote(page.name)}",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
    ]
    if os.name != "nt":
        own.append("--KernelManager.transport=ipc")
        if os.geteuid() == 0:
            # In a container there is often no other account.
            own.append("--ServerApp.allow_root=True")
    if port is not None:
        own += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    if not browser:
        own.append("--no-browser")
    return own


def environment(folder: Path) -> dict[str, str]:
    """Return the server's environment: configuration and sockets in the private `folder`.

    Kernels compute on one thread unless the account says otherwise: threads of linear algebra wait
    for one another by turning, and what notebooks compute is too small to be shared.
    """
    values = {**threads(os.cpu_count() or 1), **os.environ}
    settings.scrub(values)
    defaults = folder / "config" / "labconfig"
    defaults.mkdir(parents=True, exist_ok=True)
    (defaults / "default_setting_overrides.json").write_text(json.dumps(SETTINGS), "utf-8")
    spec = folder / "share" / "kernels" / "python3"
    spec.mkdir(parents=True, exist_ok=True)
    (spec / "kernel.json").write_text(json.dumps(KERNEL), "utf-8")
    values["WORKBENCH_HOME"] = str(settings.home())
    values["JUPYTER_CONFIG_DIR"] = str(folder / "config")
    # Sockets stand beside the files that say where they are; their paths have to be short.
    values["JUPYTER_RUNTIME_DIR"] = str(folder)
    others = os.environ.get("JUPYTER_PATH")
    values["JUPYTER_PATH"] = os.pathsep.join(filter(None, [str(folder / "share"), others]))
    values.pop("MPLBACKEND", None)
    values.pop("JUPYTER_TOKEN", None)
    return values


def serve(place: Path, page: Path, *, port: int | None = None, browser: bool = True) -> int:
    """Run JupyterLab until it is ended, and return what it returned to the shell."""
    with socket_folder() as folder:
        words = [
            sys.executable,
            "-m",
            "jupyterlab",
            *options(place, page, port=port, browser=browser),
        ]
        return _attended(words, environment(folder), place)


def _attended(words: Sequence[str], values: Mapping[str, str], place: Path) -> int:
    """Run the program `words`; Ctrl-C is for it alone, and being ended ends it as well."""
    process = subprocess.Popen(words, env=dict(values), cwd=place)
    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN),
        signal.SIGTERM: signal.signal(signal.SIGTERM, lambda *_: process.terminate()),
    }
    try:
        return process.wait()
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
