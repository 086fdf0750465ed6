import pytest

from workbench.report import fit


def test_chinese_is_twice_as_wide_as_digits_and_capitals_wider_than_small_letters():
    assert fit.width("中", 10) == 10
    assert fit.width("0", 10) < fit.width("W", 10) <= fit.width("中", 10)
    assert fit.width("a", 10, bold=True) > fit.width("a", 10)


@pytest.mark.parametrize(
    ("said", "lines"),
    [
        ("中文" * 5, 1),
        ("中文" * 6, 2),
        ("", 1),
        ("word " * 3, 1),
        ("word " * 4, 2),
        ("word " * 9, 3),
    ],
)
def test_lines_break_between_words_and_between_chinese_characters(said, lines):
    assert fit.lines(said, 10, 101) == lines


def test_a_word_longer_than_a_line_takes_several():
    assert fit.lines("a" * 60, 10, 100) == 4


def test_the_first_size_that_fits_is_taken_and_none_when_none_does():
    assert fit.size("中" * 20, (100, 30), (20, 10)) == 10
    assert fit.size("中" * 200, (100, 30), (20, 10)) is None


def test_what_is_cut_fits_and_says_that_it_was_cut():
    said = "The balance of the branch, " * 9
    found = fit.cut(said, 12, (200, 30))
    assert found.endswith("…")
    assert said.startswith(found.removesuffix("…"))
    assert fit.height(found, 12, 200) <= 30
    assert fit.cut("short", 12, (200, 30)) == "short"
