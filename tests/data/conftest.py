import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.data.files import BRANCHES, SOURCE, customers
from workbench import settings


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A project folder with the test's source map and the real rule packs."""
    packs = settings.home() / "data" / "rulepacks"
    (tmp_path / "data" / "sources").mkdir(parents=True)
    (tmp_path / "data" / "rulepacks").symlink_to(packs)
    (tmp_path / "data" / "sources" / "test.toml").write_text(SOURCE, "utf-8")
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def drop(home):
    """A folder with a branches and a customers file."""
    folder = home / "drop"
    folder.mkdir()
    (folder / "机构.csv").write_text(BRANCHES, "utf-8")
    (folder / "customers.csv").write_text(customers(), "utf-8")
    return folder


@pytest.fixture
def bank(home):
    return home / "bank"


def programs():
    """Return the folder of PostgreSQL's server programs, if they are installed."""
    found = [*Path("/usr/lib/postgresql").glob("*/bin/initdb"), shutil.which("initdb")]
    return next((Path(path).parent for path in found if path), None)


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL server of our own, on a socket in a folder of our own.

    The folder is not pytest's: that one belongs to whoever runs the tests, and the next run
    takes it away. Its name is short, for a socket's path has at most 107 bytes.
    """
    binaries = programs()
    if binaries is None:
        pytest.skip("PostgreSQL's server programs are not installed")
    folder = Path(tempfile.mkdtemp(prefix="wbpg-", dir="/tmp"))
    # The server refuses to run as root: nobody's account owns its folder then.
    other = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    run = other if os.geteuid() == 0 else []
    if run:
        os.chown(folder, 65534, 65534)

    def call(*words):
        subprocess.run([*run, *words], check=True, capture_output=True, cwd=folder)

    options = f"-k {folder} -c listen_addresses='' -c fsync=off"
    try:
        call(binaries / "initdb", "-D", folder / "data", "-U", "me", "-E", "UTF8", "--auth=trust")
        call(binaries / "pg_ctl", "-D", folder / "data", "-w", "-o", options, "start", "-l", "log")
        try:
            yield folder
        finally:
            call(binaries / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)
