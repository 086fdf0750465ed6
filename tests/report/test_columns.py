import pytest

from workbench.record import Written
from workbench.report import columns

SIZES = (8.5, 8.0, 7.5, 7.0, 6.5, 6.0)


def table(*rows, numeric=None, headings=None):
    return Written(
        headings or ("h",) * len(rows[0]),
        tuple(rows),
        numeric or (False,) * len(rows[0]),
        (False,) * len(rows),
    )


@pytest.mark.parametrize("width", [200.0, 470.0, 900.0])
def test_columns_never_are_wider_than_the_page(width):
    wide = table(("净推荐值最低的支行" * 6, "1,234,567.89", "x" * 90), numeric=(False, True, False))
    fitted = columns.fitted(wide, width, SIZES)
    assert sum(fitted.widths) <= width + 1e-6
    assert fitted.size in SIZES


def test_a_small_table_has_the_largest_letters_and_fills_the_page():
    fitted = columns.fitted(table(("a", "1"), numeric=(False, True)), 470, SIZES)
    assert fitted.size == SIZES[0]
    assert sum(fitted.widths) == pytest.approx(470)


def test_numbers_do_not_wrap_while_text_can():
    number = "13,014,243,462.31"
    wide = table(("words " * 30, number), numeric=(False, True))
    fitted = columns.fitted(wide, 300, SIZES)
    assert fitted.widths[1] >= columns.ems(number) * fitted.size + columns.GUTTER


def test_where_intervals_do_not_fit_they_go_below_their_number():
    cell = "-0.002 (-0.010 to 0.006)"
    many = table((cell,) * 7, numeric=(True,) * 7)
    one = columns.needed(table((cell,), numeric=(True,)), 0)
    fitted = columns.fitted(many, 470, SIZES)
    assert fitted.widths[0] < one * fitted.size
    assert fitted.widths[0] >= columns.ems("(-0.010 to 0.006)") * fitted.size


def test_what_is_short_gets_its_need_and_the_widest_are_cut_to_one_width():
    assert columns.shared([4.0, 30.0, 50.0], 44.0) == [4.0, 20.0, 20.0]
    assert columns.shared([4.0, 10.0, 50.0], 44.0) == [4.0, 10.0, 30.0]
    assert columns.shared([1.0, 3.0], 8.0) == [2.0, 6.0]


def test_a_chinese_character_is_wider_than_a_latin_letter():
    assert columns.ems("净推荐值") == 4
    assert columns.ems("npsx") < 2.6
    assert columns.ems("100.0%") == pytest.approx(4 * 0.58 + 0.38 + 0.93)
