import pytest

from tests.report import sample
from workbench.errors import ParameterError
from workbench.report import pack

PACK = """
[title]
zh = "月报"
en = "Monthly"
[[notebooks]]
notebook = "one"
figures = 2
facts = ["sample.nps"]
[notebooks.parameters]
share = 0.9
[[notebooks]]
notebook = "two"
"""


@pytest.fixture
def packs(home):
    for name in ("one", "two"):
        sample.notebook(home / "notebooks" / f"{name}.ipynb")
    sample.notebook(
        home / "notebooks" / "three.ipynb", parameters="depth: int = 1  # how deep to look"
    )
    (home / "reports" / "packs" / "monthly.toml").write_text(PACK, "utf-8")
    return home / "reports" / "packs"


def test_a_pack_is_read_by_name(packs):
    found = pack.chosen(["monthly"])
    assert (found.name, [entry.name for entry in found.notebooks]) == ("monthly", ["one", "two"])
    assert (found.title.said("zh"), found.languages) == ("月报", ("zh", "en"))
    assert (found.notebooks[0].figures, found.notebooks[0].facts) == (2, ("sample.nps",))


def test_notebooks_make_a_pack_of_their_own(packs, home):
    found = pack.chosen(["one", str(home / "notebooks" / "three.ipynb")])
    assert found.name == "one+three"
    assert all(entry.path.is_file() for entry in found.notebooks)


@pytest.mark.parametrize(
    ("targets", "said"),
    [
        (["montly"], "there is no 'montly'; did you mean 'monthly'"),
        (["monthly", "one"], "run the pack 'monthly' alone"),
        (["one", "one"], "named twice"),
        (["nowhere/one.ipynb"], "there is no 'nowhere/one.ipynb'"),
    ],
)
def test_what_cannot_be_run_is_refused(packs, targets, said):
    with pytest.raises(ParameterError, match=said):
        pack.chosen(targets)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x", "bad.toml: "),
        ("", "notebooks: Field required"),
        ("notebooks = []", "notebooks: "),
        ('speed = 1\n[[notebooks]]\nnotebook = "one"', "speed: Extra inputs"),
        ('languages = ["fr"]\n[[notebooks]]\nnotebook = "one"', "languages.0: "),
    ],
)
def test_a_pack_file_that_is_wrong_is_refused_in_one_line(packs, text, said):
    (packs / "bad.toml").write_text(text, "utf-8")
    with pytest.raises(ParameterError, match=said) as caught:
        pack.chosen(["bad"])
    assert "\n" not in str(caught.value)


def test_the_command_line_goes_before_the_pack_and_the_pack_before_the_notebook(packs):
    monthly = pack.chosen(["monthly"])
    assert pack.values(monthly, {}) == {"one": {"share": 0.9}, "two": {}}
    assert pack.values(monthly, {"share": "0.8"}) == {"one": {"share": 0.8}, "two": {"share": 0.8}}


def test_a_parameter_goes_to_the_notebooks_that_declare_it(packs):
    both = pack.chosen(["one", "three"])
    assert pack.values(both, {"depth": "2"}) == {"one": {}, "three": {"depth": 2}}
    with pytest.raises(ParameterError, match="no parameter 'depht'; did you mean 'depth'"):
        pack.values(both, {"depht": "2"})


def test_a_value_in_a_pack_is_checked_too(packs):
    (packs / "bad.toml").write_text(PACK.replace("0.9", '"high"'), "utf-8")
    with pytest.raises(ParameterError, match="parameter 'share' is 'high'"):
        pack.values(pack.chosen(["bad"]), {})
