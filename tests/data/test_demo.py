"""The demo bank as data: whole, the same from one seed, of any size."""

import hashlib
import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from workbench import schema
from workbench.data import bank, demo
from workbench.data.demo import compose
from workbench.data.demo.planting import Part, Planted
from workbench.data.demo.truth import assembled
from workbench.errors import ParameterError

SMALL = {"customers": 800, "months": 14}


@pytest.fixture(scope="module")
def made():
    return demo.tables(**SMALL)


def prints(folder):
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
    }


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        demo.generate(tmp_path / name, **SMALL)
    demo.generate(tmp_path / "other", **SMALL, seed=1)
    assert prints(tmp_path / "one") == prints(tmp_path / "two")
    assert prints(tmp_path / "one") != prints(tmp_path / "other")


def test_the_tables_that_the_notebooks_need_are_all_there(made):
    tables, _ = made
    assert set(tables) >= set(schema.tables()) - {"data_loads", "default_outcomes"}


def test_branches_and_products_have_chinese_names(made):
    tables, _ = made
    names = [*tables["branches"]["branch_name"], *tables["products"]["product_name"]]
    assert all(re.search(r"[一-鿿]", name) for name in names)


def test_the_truth_can_be_stored_and_names_what_was_planted(made):
    _, truth = made
    assert {"default", "customers", "survey", "response", "traps"} <= set(
        json.loads(json.dumps(truth))
    )


def test_a_bank_is_built_whole_with_its_truth_and_pseudonyms(tmp_path):
    folder = tmp_path / "demo"
    load = demo.build(folder, **SMALL)
    assert sum(counts.quarantined for counts in load.tables.values()) == 0
    assert {name: counts.accepted for name, counts in load.tables.items()} == {
        name: len(table) for name, table in demo.tables(**SMALL)[0].items() if len(table)
    }
    assert bank.about(folder).demo
    assert (folder / "truth.json").exists()
    customers = bank.open_bank(folder).table("customers")["customer_id"]
    assert not customers.str.fullmatch(r"C\d+").any()
    assert not list(tmp_path.glob(".demo-*"))


def test_a_demo_bank_of_this_program_is_kept_and_another_replaced(tmp_path, monkeypatch):
    folder = tmp_path / "demo"
    build = demo.build
    monkeypatch.setattr(demo, "build", lambda where: build(where, **SMALL))
    assert demo.ensure(folder)
    assert not demo.ensure(folder)
    bank.About("演示", "Demo", demo=True, generator="older").write(folder)
    assert demo.ensure(folder)


def test_a_real_bank_is_never_replaced(tmp_path):
    bank.About("示例银行", "Example Bank").write(tmp_path / "demo")
    with pytest.raises(ParameterError, match="holds a real bank"):
        demo.build(tmp_path / "demo", **SMALL)
    assert not demo.ensure(tmp_path / "demo")


def test_too_small_a_bank_is_refused():
    with pytest.raises(ParameterError, match="100 customers"):
        demo.tables(customers=50)


def added(world):
    """Plant something as a module of its own would."""
    entry = Planted("test.thing", "a thing", 0.5, "share", ("customers.gender",), naive=0.6)
    return Part(planted=(entry,), detail={"thing": [1]})


def test_a_part_plants_its_truth_without_a_change_elsewhere(monkeypatch):
    monkeypatch.setattr(compose, "PARTS", (*compose.PARTS, added))
    _, truth = demo.tables(**SMALL)
    assert truth["thing"] == [1]
    assert truth["planted"]["test.thing"]["naive"] == 0.6


def test_two_parts_may_not_plant_under_one_name():
    with pytest.raises(ValueError, match=r"planted twice: test\.thing"):
        assembled([added(None), Part(planted=added(None).planted)])


def test_two_parts_may_not_make_one_table():
    world = SimpleNamespace(tables={})
    maker = lambda _: Part({"drills": None})  # noqa: E731
    with pytest.raises(ValueError, match="another part made drills"):
        list(compose.grown(world, [maker, maker]))


def test_everything_planted_is_documented_and_points_at_columns_that_exist(made):
    _, truth = made
    page = (Path(__file__).parents[2] / "docs" / "methods" / "demo-bank.md").read_text("utf-8")
    for name, entry in truth["planted"].items():
        assert f"`{name}`" in page
        for place in entry["touches"]:
            table, column = place.split(".")
            schema.table(table).column(column)
