import pytest

from workbench.data import sources
from workbench.errors import DataError, ParameterError


def change(home, old, new):
    path = home / "data" / "sources" / "test.toml"
    content = path.read_text("utf-8")
    assert old in content
    path.write_text(content.replace(old, new), "utf-8")


def test_every_source_map_of_the_project_is_valid():
    for name in sources.names():
        source = sources.read(name)
        assert source.files


def test_a_mistyped_source_is_named(home):
    with pytest.raises(ParameterError, match="did you mean 'test'"):
        sources.read("tset")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('delimiter = ";"', 'delimeter = ";"', "did you mean 'delimiter'"),
        ('table = "financials"', 'table = "finance"', "no table 'finance'"),
        ("columns.income", "columns.incomes", "no column 'incomes'"),
        ('columns.total_assets = "资产"', "", r"lacks \['total_assets'\]"),
        ('pattern = "financials*"', 'pattern = "financials*', "not valid TOML"),
        ("error_limit = 0.5", "error_limit = 5", "error_limit"),
        ('delimiter = ";"', 'delimiter = "||"', "delimiter"),
        ('delimiter = ";"', 'quote = ""', "quote"),
        ("factor = 10000", "factor = 0.00001", "more than four decimal places"),
        ("factor = 10000", "factor = nan", "factor"),
    ],
)
def test_a_mistake_in_a_source_map_is_said_in_one_line(home, old, new, message):
    change(home, old, new)
    with pytest.raises(DataError, match=message) as caught:
        sources.read("test")
    assert "\n" not in str(caught.value).removesuffix("\n") or "TOML" in str(caught.value)


def test_headers_are_compared_without_width_case_and_blanks():
    assert sources.spelled(" Ｌｏａｎ　No. ") == "loanno."


def test_one_wide_row_may_become_several():
    tables = sources.read("uci-credit-default").files[0].tables
    (target,) = (each for each in tables if each.table == "loan_months")
    assert [row["month_end"].value for row in target.rows()][:2] == ["2005-04-30", "2005-05-31"]
