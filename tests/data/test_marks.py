"""What stands nowhere in a file is not looked for in its values, and what does is found."""

import duckdb
import pytest

from tests.data.files import customers
from workbench.data import marks
from workbench.data.bank import open_bank
from workbench.data.decoding import CHUNK
from workbench.data.intake import take_in
from workbench.data.marks import BLANKS, SPACES, Marks


def found(folder, text, *, delimiter=",", quote='"', rows=None):
    """Return the marks of a file with `text`."""
    path = folder / "f.csv"
    path.write_bytes(text.encode())
    return marks.marks(path, delimiter, quote, rows)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_marks_of_the_header_are_no_marks_of_values(tmp_path, end):
    text = end.join(["loan_id,the name", "L1,甲", "L2,乙", ""])
    assert found(tmp_path, text, rows=2) == found(tmp_path, text) == Marks("", grouped=False)


@pytest.mark.parametrize("space", sorted(SPACES))
def test_every_space_that_trim_strips_is_found(tmp_path, space):
    assert found(tmp_path, f"a,b\n1,{space}2\n").blanks == (BLANKS if space == "\u3000" else " ")
    assert duckdb.execute("SELECT trim(?)", [f"{space}2{space}"]).fetchone() == ("2",)


def test_trim_strips_nothing_else():
    others = [c for c in map(chr, range(1, 0xD800)) if c not in SPACES]
    kept = duckdb.execute("SELECT count(*) FROM unnest($c) t(c) WHERE trim(c) = c", {"c": others})
    assert kept.fetchone() == (len(others),)


def test_a_tab_or_a_newline_within_a_value_makes_all_blanks_strip(tmp_path):
    assert found(tmp_path, "a,b\n1,\t2\n").blanks == BLANKS
    assert found(tmp_path, 'a,b\n1,"2\n"\n', rows=1).blanks == BLANKS
    assert found(tmp_path, 'a,b\n1,"2"\n', rows=None).blanks == BLANKS
    assert found(tmp_path, 'a,b\n1,"2"\n', rows=1).blanks == ""


@pytest.mark.parametrize(
    ("text", "delimiter", "grouped"),
    [
        ("a,b\n1,2\n", ",", False),
        ('a,b\n1,"2,000"\n', ",", True),
        ("a,b\n1,2_000\n", ",", True),
        ("a;b\n1;2\n", ";", False),
        ("a;b\n1;2,000\n", ";", True),
    ],
)
def test_digits_can_be_grouped_where_a_value_may_hold_what_groups_them(
    tmp_path, text, delimiter, grouped
):
    assert found(tmp_path, text, delimiter=delimiter).grouped == grouped


def test_old_line_ends_hide_nothing(tmp_path):
    assert found(tmp_path, 'a,b\r1, "2\n"\r').blanks == BLANKS
    assert found(tmp_path, "a,b\r1,2_0\r3,4\n5,6\n").grouped


def test_a_mark_across_two_parts_of_a_file_is_found(tmp_path):
    for before in range(CHUNK - 3, CHUNK + 1):
        text = "a\n" + "x" * before + "\u2003x\n"
        assert found(tmp_path, text).blanks == " "


@pytest.mark.parametrize("count", ['"1,200"', "1200", " 1200", "\u30001200", "\u00a01200"])
def test_a_number_is_read_alike_whatever_else_the_file_holds(drop, bank, count):
    (drop / "customers.csv").write_text(customers(('"1,200"', count)), "utf-8")
    take_in([drop], bank)
    assert open_bank(bank).table("customers")["employees"].max() == 1200


@pytest.mark.parametrize("count", ['"12,00"', "1_200", "1 200"])
def test_digits_grouped_otherwise_are_refused(drop, bank, count):
    (drop / "customers.csv").write_text(customers(('"1,200"', count)), "utf-8")
    assert take_in([drop], bank).tables["customers"].quarantined == 1
