import pytest

from tests.report import sample
from workbench.errors import ParameterError
from workbench.report import formats, pack

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
        (
            '[[notebooks]]\nnotebook = "one"\n[[notebooks]]\nnotebook = "two"\nreads = ["one"]',
            "'two' reads 'one' of this pack; name it in `needs`",
        ),
        (
            '[[notebooks]]\nnotebook = "one"\nformats = ["html", "pdf"]',
            "'one' names the format 'pdf', but its pack has",
        ),
        (
            'formats = ["html", "pdf"]\n[[notebooks]]\nnotebook = "one"\nformats = ["pdf"]',
            "'one' leaves out 'html', the first format of its pack",
        ),
        ('[mail]\nto = []\n[[notebooks]]\nnotebook = "one"', "mail.to: "),
        ("x", "bad.toml: "),
        ("", "notebooks: Field required"),
        ("notebooks = []", "notebooks: "),
        ('speed = 1\n[[notebooks]]\nnotebook = "one"', "speed: Extra inputs"),
        ('languages = ["fr"]\n[[notebooks]]\nnotebook = "one"', "languages.0: "),
        ('formats = ["ps"]\n[[notebooks]]\nnotebook = "one"', "formats.0: Input should be 'html'"),
        ('for_each = "days"\n[[notebooks]]\nnotebook = "one"', "for_each: "),
        ('deadline = "late"\n[[notebooks]]\nnotebook = "one"', "deadline: "),
        ('[[notebooks]]\nnotebook = "oen"', "bad.toml: there is no 'oen'; did you mean 'one'"),
        ('[[notebooks]]\nnotebook = "one"\nas = "../x"', "notebooks.0.as: "),
        (
            '[[notebooks]]\nnotebook = "one"\n[[notebooks]]\nnotebook = "one"',
            "bad.toml: 'one' is there twice; name one of them with `as",
        ),
        (
            '[[notebooks]]\nnotebook = "one"\nneeds = ["tow"]\n[[notebooks]]\nnotebook = "two"',
            "'one' needs 'tow', which nothing provides; did you mean 'two'",
        ),
        (
            '[thresholds]\n"sample.nps" = {}\n[[notebooks]]\nnotebook = "one"',
            "thresholds.sample.nps: give `above` or `below`",
        ),
        (
            '[thresholds]\n"a.b" = { below = { yellow = 1, red = 2 } }\n[[notebooks]]\n'
            'notebook = "one"',
            "red of `below` is higher than yellow",
        ),
        ('[retries]\non = ["cells"]\n[[notebooks]]\nnotebook = "one"', "retries.on.0: "),
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


def test_one_notebook_is_there_twice_under_two_names(packs):
    twice = PACK + '[[notebooks]]\nnotebook = "one"\nas = "one-low"\nparameters = { share = 0.1 }\n'
    (packs / "twice.toml").write_text(twice, "utf-8")
    found = pack.chosen(["twice"])
    assert [entry.name for entry in found.notebooks] == ["one", "two", "one-low"]
    assert found.notebooks[2].path == found.notebooks[0].path
    assert pack.values(found, {})["one-low"] == {"share": 0.1}


def test_a_format_nothing_here_can_make_is_refused_before_anything_starts(packs, monkeypatch):
    monkeypatch.setattr(formats, "MAKERS", {**formats.MAKERS, "pdf": ("no_such_module", "pdf")})
    text = PACK.replace("[title]", 'formats = ["html", "pdf"]\n[title]')
    (packs / "bad.toml").write_text(text, "utf-8")
    with pytest.raises(ParameterError, match="format 'pdf' cannot be made here"):
        pack.chosen(["bad"])


def test_formats_of_the_command_line_are_known_ones():
    assert formats.read("html, xlsx,html") == ("html", "xlsx")
    with pytest.raises(ParameterError, match="--formats names 'pfd'; did you mean 'pdf'"):
        formats.read("html,pfd")


def test_many_notebooks_have_a_name_that_a_folder_can_have(home):
    names = [f"报告{number}-{'长' * 20}" for number in range(12)]
    for name in names:
        (home / "notebooks" / f"{name}.ipynb").touch()
    found = pack.chosen(names).name
    assert len(found.encode()) <= 160
    assert found.startswith(f"{names[0]}+{names[1]}")
    assert pack.chosen(names).name == found
    assert pack.chosen(names[::-1]).name != found != pack.chosen(names[:-1]).name
    assert pack.chosen(names[:2]).name == "+".join(names[:2])
    assert pack.known(found).keep == pack.chosen(names).keep


def test_the_template_of_decks_is_the_pack_s_own_else_the_setting_s(packs, home, monkeypatch):
    monkeypatch.delenv("WORKBENCH_DECK_TEMPLATE", raising=False)
    assert pack.chosen(["monthly"]).deck_template is None
    monkeypatch.setenv("WORKBENCH_DECK_TEMPLATE", str(home / "bank.pptx"))
    assert pack.chosen(["monthly"]).deck_template == home / "bank.pptx"
    (packs / "own.toml").write_text(f'template = "templates/own.pptx"\n{PACK}', "utf-8")
    assert pack.chosen(["own"]).deck_template == home / "templates" / "own.pptx"


def test_a_template_that_is_missing_is_refused_before_anything_starts_if_a_deck_is_made(tmp_path):
    absent = tmp_path / "absent.pptx"
    formats.require(("html", "xlsx"), absent)
    with pytest.raises(ParameterError, match=r"absent\.pptx cannot be read .*name a \.pptx file"):
        formats.require(("html", "pptx"), absent)
