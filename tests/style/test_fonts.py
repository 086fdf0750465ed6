import pytest

from workbench.errors import MachineError
from workbench.style import fonts


def test_the_font_comes_with_the_requirements():
    assert [path.name for path in fonts.files()] == [
        "NotoSansCJKsc-Regular.otf",
        "NotoSansCJKsc-Bold.otf",
    ]
    assert fonts.family() == "Noto Sans CJK SC"


def test_a_missing_font_says_what_to_do(monkeypatch):
    monkeypatch.setenv("WORKBENCH_FONT", "/nowhere/font.ttf")
    with pytest.raises(MachineError, match=r"/nowhere/font.ttf is missing; set WORKBENCH_FONT"):
        fonts.files()
