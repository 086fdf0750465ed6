import json
from pathlib import Path

import pytest

from tests.report import sample
from workbench.errors import GateError, LockedError, ParameterError, RunError
from workbench.report import publish
from workbench.report.progress import Silent
from workbench.report.run import Order, run


@pytest.fixture
def order(home, bank):
    """Return a function that runs the sample notebook with some of its cells changed."""

    def ordered(targets=("sample",), pairs=None, *, languages=None, as_of=None, **changed):
        sample.notebook(home / "notebooks" / "sample.ipynb", **changed)
        order = Order(targets, pairs or {}, as_of=as_of, languages=languages)
        return run(order, Silent())

    return ordered


def tree(folder: Path) -> dict[str, bytes]:
    real = folder.resolve()
    return {
        path.relative_to(real).as_posix(): path.read_bytes()
        for path in sorted(real.rglob("*"))
        if path.is_file()
    }


def runs(home):
    return sorted((home / "reports" / "runs").glob("*"))


def test_two_runs_on_one_snapshot_are_the_same_but_for_footer_and_manifest(order):
    one = tree(order().index.parent)
    two = tree(order().index.parent)
    assert one.keys() == two.keys()
    records = [name for name in one if name.startswith("record/")]
    assert len(records) == 6
    assert [name for name in records if one[name] != two[name]] == []
    pages = [name for name in one if name.endswith(".html")]
    assert sorted(pages) == ["index.en.html", "index.html", "sample.en.html", "sample.zh.html"]
    for name in pages:
        assert one[name].partition(b"<footer>")[0] == two[name].partition(b"<footer>")[0]
        assert one[name] != two[name]


def test_parameters_reach_the_page_as_text_and_the_manifest(order):
    published = order(pairs={"first": sample.EVIL}, languages=("zh",))
    page = (published.index.parent / "sample.zh.html").read_text("utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;最高" in page
    manifest = json.loads((published.index.parent / "manifest.json").read_text("utf-8"))
    assert manifest["notebooks"]["sample"]["parameters"]["first"] == repr(sample.EVIL)
    assert (manifest["snapshot"], manifest["as_of"]) == ("20260930-0001", "2026-09-30")
    assert not (published.index.parent / "sample.en.html").exists()


@pytest.mark.parametrize(
    ("changed", "error", "said"),
    [
        ({"load": "1 / 0"}, RunError, "sample, cell 'load': ZeroDivisionError: division by zero"),
        ({"check": "import warnings; warnings.warn('careful')"}, GateError, "wrote to stderr"),
        ({"takeaways-en": "## So\n\nCall 13912345678."}, GateError, "a mobile phone number"),
        (
            {"takeaways-en": "## So\n\n![x](https://x.example/a.png)"},
            GateError,
            "outside reference",
        ),
    ],
)
def test_a_run_that_fails_or_is_refused_changes_nothing_published(
    order, home, changed, error, said
):
    (home / "good").mkdir()
    (home / "good" / "index.html").write_text("the last good report", "utf-8")
    with publish.locked("sample"):
        publish.release(home / "good", "sample", "20260101T000000Z-000000")
    with pytest.raises(error, match=said):
        order(**changed)
    assert tree(publish.latest("sample")) == {"index.html": b"the last good report"}
    failed = runs(home)[-1]
    assert said in (failed / "failure.txt").read_text("utf-8")
    assert (failed / "work" / "sample" / "executed.ipynb").is_file()
    assert failed.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"pairs": {"shere": "0.5"}}, "did you mean 'share'"),
        ({"pairs": {"share": "2"}}, "less than or equal to 1"),
        ({"as_of": "2026-02-31"}, "--as-of is '2026-02-31'"),
        ({"targets": ("smple",)}, "did you mean 'sample'"),
    ],
)
def test_what_is_wrong_before_the_run_starts_nothing(order, home, options, said):
    with pytest.raises(ParameterError, match=said):
        order(**options)
    assert runs(home) == []
    assert not (home / "reports" / "published").exists()


def test_the_same_pack_twice_at_once_is_refused(order, home):
    with publish.locked("sample"), pytest.raises(LockedError, match="another run of 'sample'"):
        order()
    assert runs(home) == []
