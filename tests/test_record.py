import json
from dataclasses import replace

import pytest

from tests.example import example
from workbench import chart, record, text

pytestmark = pytest.mark.usefixtures("example_text")


def test_what_was_recorded_is_read_back(tmp_path):
    record.add(tmp_path, example(), {"zh": b"<svg/>"}, hidden_rows=[1], execution_count=4)
    block = record.read(tmp_path).blocks[0]
    assert (block.name, block.execution_count) == ("example", 4)
    with text.spoken("en"):
        assert block.title() == "Example"
        assert block.finding() == "The response rate is 25.0% (20.0% to 30.0%)."
        written = block.table.written()
    assert written.rows[1][1:] == ("too few", "too few")
    assert written.numeric == (False, True, True)
    assert list(block.figures) == ["zh"]


def test_facts_carry_the_name_of_their_result(tmp_path):
    record.add(tmp_path, example("a"), {})
    record.add(tmp_path, example("a.b"), {})
    assert set(record.read(tmp_path).facts()) == {"a.rate", "a.small", "a.b.rate", "a.b.small"}


def test_whether_a_table_is_folded_is_kept(tmp_path):
    class Folded(type(example())):
        folded = True

    record.add(tmp_path, example(), {})
    record.add(tmp_path, Folded("folded", example().table, example().facts), {})
    assert [block.folded for block in record.read(tmp_path).blocks] == [False, True]


def test_a_name_may_be_used_once(tmp_path):
    record.add(tmp_path, example(), {})
    with pytest.raises(ValueError, match="shown before"):
        record.add(tmp_path, example(), {})


def test_missing_numbers_are_null_and_the_file_is_plain_json(tmp_path):
    result = example()
    result.table.loc[0, "rate"] = float("nan")
    record.add(tmp_path, result, {})
    stored = json.loads((tmp_path / "tables" / "example.json").read_text("utf-8"))
    assert stored["rows"][0]["rate"] is None


def test_an_empty_record_has_no_blocks(tmp_path):
    assert record.read(tmp_path).blocks == ()


def test_the_same_result_is_the_same_bytes(tmp_path):
    for part in ("one", "two"):
        record.add(tmp_path / part, example(), {})
    one, two = (sorted((tmp_path / part).rglob("*.json")) for part in ("one", "two"))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


def test_a_chart_is_recorded_beside_its_drawing_and_read_back(tmp_path):
    shown = chart.Chart(
        "lines", ("a", "b"), (chart.Series("s", (0.5, None), "#000000"),), "share", "x"
    )
    record.add(tmp_path, example(), {"zh": b"<svg/>"}, charts={"zh": shown})
    assert record.read(tmp_path).blocks[0].charts == {"zh": shown}


def test_key_and_hidden_facts_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(type(example()), "key", ("rate",))
    record.add(tmp_path, example(), {}, hidden_facts=("small",))
    block = record.read(tmp_path).blocks[0]
    assert (block.key, block.hidden) == (("rate",), {"small"})


def test_a_fact_is_called_by_its_own_label_its_name_s_or_its_result_s(tmp_path, monkeypatch):
    record.add(tmp_path, example(), {})
    block, known = record.read(tmp_path).blocks[0], dict(text.catalogue())
    monkeypatch.setattr(text, "catalogue", lambda: known)
    with text.spoken("en"):
        assert block.label("small") == "Example"
        assert block.label("rate") == "Example"
        assert block.named("rate") is None
        for key in ("fact.rate", "fact.example.rate"):
            known[key] = {"zh": key, "en": key}
            assert block.label("rate") == key


def test_a_column_without_anything_in_any_row_is_not_written(tmp_path):
    record.add(tmp_path, example(), {})
    table = record.read(tmp_path).blocks[0].table
    name = table.columns[-1].name
    empty = replace(table, rows=tuple({**row, name: None} for row in table.rows))
    with text.spoken("en"):
        assert empty.written().headings == table.written().headings[:-1]
        assert {len(row) for row in empty.written().rows} == {len(table.columns) - 1}
        hidden = replace(empty, suppressed=(True, *empty.suppressed[1:]))
        assert hidden.written().headings == table.written().headings


def test_what_is_added_to_a_file_leaves_the_bytes_of_one_that_is_written_whole(tmp_path):
    parts = [{}, {"b.z": {"value": 1.5, "n": None}}, {"a.y": {"value": "a\n}"}}, {}, {"a.x": {}}]
    for number in range(len(parts) + 1):
        path = tmp_path / f"{number}.json"
        for part in parts[:number] or [{}]:
            record._extend(path, part)
        whole = {name: value for part in parts[:number] for name, value in part.items()}
        assert path.read_text("utf-8") == json.dumps(whole, indent=1) + "\n"
    for more in ([], [{"name": "a", "finding": ["]"]}], [], [{"name": "b"}, {"name": "c"}]):
        record._extend(tmp_path / "list.json", more)
    listed = [{"name": "a", "finding": ["]"]}, {"name": "b"}, {"name": "c"}]
    assert (tmp_path / "list.json").read_text("utf-8") == json.dumps(listed, indent=1) + "\n"
