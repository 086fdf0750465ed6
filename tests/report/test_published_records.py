"""Records of other packs: the newest one that a run may read, and what the run depends on by it."""

import json
from datetime import date
from types import SimpleNamespace

import pytest

from tests.report import published as made
from tests.report import sample
from tests.report.heard import Told
from workbench import record
from workbench.report import publish, published_records
from workbench.report.run import Order, run

BANK = {"zh": "示例银行", "en": "Sample Bank"}


@pytest.fixture
def place(tmp_path, home, monkeypatch):
    monkeypatch.setenv("WORKBENCH_PUBLISHED", str(tmp_path / "published"))
    return tmp_path


def release(place, name, day, **said):
    said = {"bank": BANK, "demo": True, **said}
    with publish.locked("pack"):
        folder = made.content(place / f"work-{name}", name, as_of=day, **said)
        (folder / "record" / "sample" / "blocks.json").write_text("[]", "utf-8")
        publish.seal(folder, json.loads((folder / "manifest.json").read_text("utf-8")))
        return publish.release(folder, "pack", name).resolve()


def plan(day=date(2026, 9, 30), *, branch=None, pack="other"):
    origin = SimpleNamespace(pack=pack, as_of=day, bank=BANK, demo=True)
    return SimpleNamespace(origin=origin, part=SimpleNamespace(branch=branch))


def found(*names, **kind):
    places = published_records.found(plan(**kind), names or ("sample",))
    return {name: each.parents[1].name for name, each in places.items()}


def test_the_newest_day_up_to_the_run_s_own_is_read(place):
    release(place, "r1", "2026-08-31")
    release(place, "r2", "2026-09-30")
    release(place, "r3", "2026-10-31")
    assert found() == {"sample": "r2"}
    assert found(day=date(2026, 8, 31)) == {"sample": "r1"}
    assert found(day=date(2026, 7, 31)) == {}
    assert found("sample", "absent") == {"sample": "r2"}


def test_neither_another_bank_nor_the_own_pack_nor_a_branch_reads_it(place):
    release(place, "r1", "2026-08-31", bank={"zh": "他行", "en": "Another"})
    assert found() == {}
    release(place, "r2", "2026-08-31")
    assert found(pack="pack") == {}
    assert found(branch="B1") == {}
    assert found() == {"sample": "r2"}


def test_a_run_depends_on_the_whole_report_it_reads_of(place):
    one = release(place, "r1", "2026-08-31", facts={"sample.rate": 0.1})
    two = release(place, "r2", "2026-08-31", facts={"sample.rate": 0.2})
    sums = {published_records.digest(each / "record" / "sample") for each in (one, two)}
    assert len(sums) == 2


READS = """from workbench import open_records
upstream = open_records("first", "absent")
days = [str(day) for day in upstream.days.values()]
said = " ".join([str(upstream.day), *sorted(upstream.records), *days])
result = sample.branches("sample-2", first=said)"""


def test_a_pack_reads_what_another_published_and_says_its_day(home, bank, monkeypatch):
    bank.pin()
    sample.notebook(home / "notebooks" / "first.ipynb")
    sample.notebook(home / "notebooks" / "second.ipynb", load=READS)
    packs = home / "reports" / "packs"
    (packs / "a.toml").write_text('[[notebooks]]\nnotebook = "first"\n', "utf-8")
    text = '[[notebooks]]\nnotebook = "second"\nreads = ["first", "absent"]\n'
    (packs / "b.toml").write_text(text, "utf-8")

    def told():
        done = run(Order(["b"]), Told())
        file = done.index.parent / "record" / "second" / "tables" / "sample-2.json"
        return done, json.loads(file.read_text("utf-8"))["rows"][0]["sample_branch"]

    assert told()[1] == "2026-09-30"
    first = run(Order(["a"]), Told())
    done, said = told()
    assert (said, done.reused) == ("2026-09-30 first 2026-09-30", [])
    assert told()[0].reused == ["second"]
    monkeypatch.delenv("WORKBENCH_RUN", raising=False)
    # In JupyterLab, too, the newest published ones.
    opened = record.open_records("first", "absent")
    assert (opened.day, set(opened.records)) == (date(2026, 9, 30), {"first"})
    assert (
        opened.records["first"].facts()
        == record.read(first.index.parent / "record" / "first").facts()
    )
