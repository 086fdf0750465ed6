"""JupyterLab as `workbench lab` starts it, on a small demo bank, and what its pages are asked."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.request import Request, urlopen

from workbench.privacy.audit import account

PROJECT = Path(__file__).parents[2]
NOTEBOOK = "risk-calibration"
SECONDS = 300.0
"""How long anything is waited for before it counts as not coming: on a busy machine all is slow."""
CELLS = (
    ("title-zh", "zh", "# 违约评分与校准"),
    ("title-en", "en", "# Default score and its calibration"),
    ("purpose-zh", "zh", "逾期状态的编码在数据期内是否一致？"),
    ("purpose-en", "en", "Do the codes of arrears mean the same all along?"),
    ("parameters", "parameters", None),
    ("form", None, 'from workbench import form\n\nform("risk-calibration")'),
    (
        "setup",
        None,
        "from workbench import open_bank, show\n"
        "from workbench.analysis.status_coding import status_coding\n\nbank = open_bank()",
    ),
    (
        "analyse",
        None,
        "coding = status_coding(bank.status_steps(), notable=break_share, confidence=confidence)\n"
        "show(coding)\nprint('used', break_share)",
    ),
    ("explain", None, 'from workbench import explain\n\nexplain("SM_RATIO")'),
    ("mistake", None, 'open_bank(snapshot="none")'),
)


def home(folder: Path, cells=CELLS) -> Path:
    """Return a project with one short notebook, whose parameters are those of the real one."""
    place = folder / "home"
    for part in ("rulepacks", "sources"):
        shutil.copytree(PROJECT / "data" / part, place / "data" / part)
    (place / "notebooks").mkdir()
    own = json.loads((PROJECT / "notebooks" / f"{NOTEBOOK}.ipynb").read_text("utf-8"))
    given = next(cell for cell in own["cells"] if cell["id"] == "parameters")["source"]
    made = [_cell(name, tag, given if said is None else said) for name, tag, said in cells]
    book = {"cells": made, "metadata": own["metadata"], "nbformat": 4, "nbformat_minor": 5}
    written = json.dumps(book, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    (place / "notebooks" / f"{NOTEBOOK}.ipynb").write_text(written, "utf-8")
    return place


def _cell(name, tag, said):
    told = tag in {"zh", "en"}
    source = said if isinstance(said, list) else said.splitlines(keepends=True)
    cell = {"cell_type": "markdown" if told else "code", "id": name, "source": source}
    cell["metadata"] = {"tags": [tag]} if tag else {}
    return cell if told else {**cell, "execution_count": None, "outputs": []}


class Lab:
    """A running server.

    Attributes
    ----------
    process : Popen
        The command `workbench lab`.
    address, token : str
        Where it listens, and what it asks for.
    folder : Path
        The working copies.
    """

    def __init__(self, process, address, token, folder):
        self.process, self.address, self.token, self.folder = process, address, token, folder

    def page(self, path: str) -> str:
        return f"{self.address}{path}?token={self.token}"

    def asked(self, path: str):
        """Return what the server answers under `path`."""
        request = Request(self.address + path, headers={"Authorization": f"token {self.token}"})
        with urlopen(request, timeout=SECONDS) as answer:
            return json.loads(answer.read())


@contextmanager
def running(place: Path, bank: Path, folder: Path, language: str = "zh"):
    """Give the server of `workbench lab` in the project `place`; it is ended afterwards."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    values = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
    values |= {
        "WORKBENCH_HOME": str(place),
        "WORKBENCH_BANK": str(bank),
        "WORKBENCH_LANG": language,
        "HOME": str(folder),
        "PYTHONPATH": str(PROJECT / "src"),
    }
    log = folder / "lab.log"
    command = [
        sys.executable,
        "-c",
        "from workbench.cli import main; main()",
        "lab",
        "--no-browser",
        "--port",
        str(port),
    ]
    with log.open("wb") as written:
        process = subprocess.Popen(
            command, env=values, stdout=written, stderr=written, start_new_session=True
        )
    try:
        address = f"http://127.0.0.1:{port}"
        yield Lab(process, address, _token(log, process, address), place / "lab" / account())
    finally:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=60)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _token(log: Path, process, address: str) -> str:
    """Return the token of the server once it answers: it prints its address before it listens."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and process.poll() is None:
        if found := re.search(r"http://127\.0\.0\.1:\d+/lab\S*\?token=(\w+)", log.read_text()):
            with (
                suppress(OSError),
                urlopen(f"{address}/api?token={found.group(1)}", timeout=SECONDS),
            ):
                return found.group(1)
        time.sleep(0.1)
    raise AssertionError(f"JupyterLab did not start: {log.read_text()}")
