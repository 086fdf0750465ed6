import pytest

from workbench.data import demo
from workbench.data.bank import About
from workbench.errors import ParameterError
from workbench.report import source
from workbench.report.progress import Silent


@pytest.fixture
def built(home, monkeypatch):
    """Note which demo banks are built, instead of building them."""
    folders = []

    def build(folder, **_):
        folders.append(folder)
        About("示例银行", "", demo=True, generator=demo.fingerprint()).write(folder)

    monkeypatch.setattr(demo, "build", build)
    return folders


def test_a_missing_demo_bank_is_built_once(home, built):
    source.prepare(Silent())
    source.prepare(Silent())
    assert built == [home / "data" / "demo"]


def test_a_demo_bank_of_another_version_is_built_anew(home, built):
    About("示例银行", "", demo=True, generator="older").write(home / "data" / "demo")
    source.prepare(Silent())
    assert built == [home / "data" / "demo"]


def test_a_bank_of_one_s_own_is_never_replaced_by_the_demo(home, built, monkeypatch):
    (home / "data" / "bank.json").write_text("{}", "utf-8")
    source.prepare(Silent())
    (home / "data" / "bank.json").unlink()
    monkeypatch.setenv("WORKBENCH_BANK", str(home / "elsewhere"))
    source.prepare(Silent())
    assert built == []


def test_files_are_never_taken_into_the_demo_bank_by_default(home, built, monkeypatch):
    source.prepare(Silent())
    assert source.own_folder() == home / "data"
    monkeypatch.setenv("WORKBENCH_BANK", str(home / "elsewhere"))
    assert source.own_folder() == home / "elsewhere"


def test_a_day_is_a_calendar_day():
    assert source.day("2026-09-30") == "2026-09-30"
    assert source.day(None) is None
    for wrong in ("2026-02-31", "yesterday", "30/09/2026", ""):
        with pytest.raises(ParameterError, match="expected a day as 2026-09-30"):
            source.day(wrong)
