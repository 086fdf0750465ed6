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
