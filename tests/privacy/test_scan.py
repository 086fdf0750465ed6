"""The leak scan finds every planted identity, in every disguise, and nothing else."""

import json
import random
import zipfile

import duckdb
import pytest
import xlsxwriter

from tests.privacy import leak_corpus as corpus
from workbench.errors import DataError
from workbench.privacy import numbers, scan


def planted(count, seed=1):
    draw = random.Random(seed)
    kinds = list(corpus.MAKERS)
    return [(kind, corpus.MAKERS[kind](draw)) for at in range(count) for kind in [kinds[at % 6]]]


def missed(count):
    """Return what of `count` planted identities the scan does not find."""
    items, draw = planted(count), random.Random(2)
    names = scan.Names.of(value for kind, value in items if kind == "name")
    found = []
    for at, (kind, value) in enumerate(items):
        shown = corpus.disguised(draw, kind, value)
        forms = {
            "html": corpus.html(draw, kind, shown),
            "json": json.dumps({"a": [1.5, {"b": shown}]}, ensure_ascii=bool(at % 2)),
            "csv": f"x,y\n1,{shown}\n",
            "text": f"前文{shown}后文",
            "ipynb": json.dumps({"cells": [{"outputs": [{"text": [shown]}]}]}, ensure_ascii=False),
        }
        form = draw.choice(list(forms))
        if kind not in {each for _, each in scan.leaks(forms[form], names)}:
            found.append((kind, form, forms[form]))
    return found


def test_a_planted_corpus_is_found_whole():
    assert missed(600) == []


@pytest.mark.full
def test_a_planted_corpus_of_ten_thousand_is_found_whole():
    assert missed(10_000) == []


def test_a_hundred_clean_reports_raise_no_alarm():
    draw = random.Random(3)
    alarms = [found for _ in range(100) if (found := scan.leaks(corpus.clean(draw)))]
    assert len(alarms) <= 1


@pytest.mark.parametrize("kind", ["resident", "card", "credit_code"])
def test_a_wrong_check_digit_is_no_alarm(kind):
    draw = random.Random(5)
    letters = {"resident": "0123456789", "card": "0123456789"}.get(kind, numbers.CODE_LETTERS)
    for _ in range(200):
        value = corpus.MAKERS[kind](draw)
        others = [each for each in letters if each != value[-1]]
        assert {each for _, each in scan.leaks(f"no. {value}")} == {kind}
        assert scan.leaks(f"no. {value[:-1]}{draw.choice(others)}") == []


@pytest.mark.parametrize(
    "text",
    [
        "110101199002300012",
        "990101199003070012",
        "110101209903070012",
        "0.13800138000",
        "13800138000.55",
        "113800138000",
        "a13800138000",
        "12800138000",
        "0000 0000 0000 0000",
        "user@localhost",
        "2026-09-30 2026-10-31",
    ],
)
def test_what_only_looks_like_one_is_none(text):
    assert scan.leaks(f"<p>{text}</p>") == []


def test_a_number_is_found_with_another_one_behind_it():
    draw = random.Random(6)
    for _ in range(50):
        number = corpus.card(draw)
        groups = [number[at : at + 4] for at in range(0, len(number), 4)]
        if len(groups[-1]) > 2:
            assert scan.leaks(f"{' '.join(groups)} 2026-09-30 12:00") == [(1, "card")]
    assert scan.leaks("12 2026 138-0013-8000 4711") == [(1, "mobile")]
    assert scan.leaks("1.5 1380013800 13800138000") == [(1, "mobile")]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_files_are_read_in_the_encoding_they_are_saved_in(tmp_path, encoding):
    (tmp_path / "list.csv").write_bytes("例甲乙,13800138000\n".encode(encoding))
    found = {leak.kind for leak in scan.scan(tmp_path, scan.Names.of(["例甲乙"]))}
    named = encoding not in ("utf-16-le", "utf-16-be")
    assert found == ({"mobile", "name"} if named else {"mobile"})


def test_whole_numbers_in_parquet_are_looked_at(tmp_path):
    rows = "SELECT 13800138000 AS n, 1.5 AS x, ['13900139000'] AS many"
    duckdb.sql(f"COPY ({rows}) TO '{tmp_path / 'rows.parquet'}' (FORMAT parquet)")
    assert [leak.kind for leak in scan.scan(tmp_path)] == ["mobile", "mobile"]


def test_the_line_is_told_and_the_value_is_not(tmp_path):
    (tmp_path / "a.txt").write_text("one\ntwo 13800138000\n\nfour x@y.com 13900139000")
    found = scan.scan(tmp_path)
    assert [(leak.line, leak.kind) for leak in found] == [
        (2, "mobile"),
        (4, "address"),
        (4, "mobile"),
    ]
    assert not any("138" in str(leak) or "y.com" in str(leak) for leak in found)


def test_names_are_found_as_they_stand_in_the_vault():
    names = scan.Names.of(["例甲乙", "Jane Example Doe", "余额", "设丙"], common="贷款余额")
    assert scan.leaks("客户例甲乙的余额", names) == [(1, "name")]
    assert scan.leaks("x\nseen: jane example doe.", names) == [(2, "name")]
    assert scan.leaks("例甲、乙；设施，丙", names) == []


@pytest.mark.parametrize("between", ["", "\u00ad", "\u200b"])
def test_a_number_is_found_across_markup_alone_and_what_cannot_be_seen(between):
    for inner in (
        f"<b>1380{between}</b><i>0138000</i>",
        f"138 <span x='1'>{between}0013</span>-8000",
    ):
        assert scan.leaks(f"<p>\n{inner}</p>") == [(2, "mobile")]
    assert scan.leaks(f"<td>1380{between}</td><td>0138000</td>") == []


def test_a_name_is_found_as_json_escapes_it_and_on_its_line():
    names = scan.Names.of(["例甲乙"])
    content = json.dumps({"a": "x\u000ay", "who": "客户例甲乙"}, indent=1)
    assert content.isascii()
    assert scan.leaks(content, names) == [(3, "name")]


def test_a_part_that_several_files_share_is_told_of_each(tmp_path):
    for at in (1, 2):
        with zipfile.ZipFile(tmp_path / f"{at}.docx", "w") as archive:
            archive.writestr("word/styles.xml", "<w:t>nothing</w:t>")
            archive.writestr("word/document.xml", "<w:t>\n例甲乙 13800138000</w:t>")
    found = scan.scan(tmp_path, scan.Names.of(["例甲乙"]))
    assert [(leak.file, leak.line, leak.kind) for leak in found] == [
        (f"{at}.docx!word/document.xml", 2, kind) for at in (1, 2) for kind in ("mobile", "name")
    ]


def test_workbooks_decks_parquet_and_file_names_are_looked_into(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "list.xlsx") as book:
        book.add_worksheet().write(3, 2, "13800138000")
    with zipfile.ZipFile(tmp_path / "deck.pptx", "w") as archive:
        archive.writestr(
            "ppt/slides/slide1.xml", "<a:t>138</a:t><a:t>x</a:t>\n<a:t>13900139000</a:t>"
        )
        archive.write(tmp_path / "list.xlsx", "embedded/list.xlsx")
    place = tmp_path / "rows.parquet"
    duckdb.sql(f"COPY (SELECT 1 AS n, '13700137000' AS t) TO '{place}' (FORMAT parquet)")
    (tmp_path / "13600136000.txt").write_text("nothing")
    found = scan.scan(tmp_path)
    assert {leak.file.partition("!")[0] for leak in found} == {
        "13600136000.txt",
        "deck.pptx",
        "list.xlsx",
        "rows.parquet",
    }
    assert sum(leak.file.startswith("deck.pptx!") for leak in found) == 2
    assert [leak.line for leak in found if leak.file == "13600136000.txt"] == [0]


def test_what_cannot_be_looked_into_is_refused(tmp_path):
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7")
    with pytest.raises(DataError, match="cannot look into PDF"):
        scan.scan(tmp_path)
    (tmp_path / "a.pdf").unlink()
    (tmp_path / "a.xlsx").write_bytes(b"\xd0\xcf\x11\xe0 encrypted")
    with pytest.raises(DataError, match="is not a whole archive, or is encrypted"):
        scan.scan(tmp_path)
