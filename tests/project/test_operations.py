"""Pages for operators: their commands exist, links lead somewhere, both languages say the same."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from workbench import cli

PROJECT = Path(__file__).parents[2]
OPERATIONS = PROJECT / "docs" / "operations"
PAGES = sorted([*OPERATIONS.glob("*.md"), *PROJECT.glob("README*.md")])
BOTH = sorted(path.stem for path in OPERATIONS.glob("*.md") if path.with_suffix(".zh.md").exists())
SPAN = re.compile(r"`([^`\n]+)`")
ROW = re.compile(r"^\| (\d+) \| ([^|]*)\|", re.MULTILINE)
EVERYWHERE = {"all": "全部"}


def commands(page: Path) -> list[str]:
    """Return what of a page is a call of the command, in order: spans, and lines of code."""
    found = []
    inside = False
    for line in page.read_text("utf-8").splitlines():
        inside ^= line.startswith("```")
        code = inside or line.startswith("    ")
        for said in [line.strip()] if code else SPAN.findall(line):
            called = re.search(
                r"(?:^|[\s/;])workbench ([a-z].*)$",
                re.sub(r"\$\([^)]*\)", "", said.partition("  #")[0]),
            )
            if called:
                found.append(re.split(">>|;| \\| ", called[1])[0].strip(' "\\'))
    return found


def unknown(words: str) -> str | None:
    """Return what of a call the command line does not know."""
    parts = [each for each in words.split() if each not in {"|", "&&"}]
    command = get_command(cli.app).commands.get(parts.pop(0))
    if command is None:
        return f"workbench {words}"
    if parts and parts[0] in getattr(command, "commands", {}):
        command = command.commands[parts.pop(0)]
    known = {name for each in command.params for name in each.opts} | {"--help"}
    strange = [each for each in parts if each.startswith("-") and each.split("=")[0] not in known]
    return f"workbench {words}: {strange}" if strange else None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_a_page_is_one(page):
    calls = [each for each in commands(page) if not re.match(r"COMMAND|import ", each)]
    assert [told for each in calls if (told := unknown(each))] == []


def test_commands_are_found_and_mistakes_are_seen():
    assert "run monthly" in commands(OPERATIONS / "month-end.md")
    assert "check 文件夹 --bank data" in commands(PROJECT / "README.zh-CN.md")
    assert unknown("run monthly --fresh") is None
    assert unknown("score apply --dry-run") is None
    assert unknown("runn monthly") == "workbench runn monthly"
    assert unknown("run monthly --frehs") == "workbench run monthly --frehs: ['--frehs']"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        name, _, part = target.partition("#")
        assert "://" not in target, target
        file = page.parent / name if name else page
        assert file.exists(), target
        if part and file.suffix == ".md":
            assert part in anchors(file), target


def anchors(page: Path) -> set[str]:
    """Return the names of a page's headings, as they are linked to."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    kept = (re.sub(r"[^\w\s-]", "", each.lower()) for each in headings)
    return {each.strip().replace(" ", "-") for each in kept}


@pytest.mark.parametrize("name", ["exit-codes", "month-end"])
def test_a_page_says_the_same_in_both_languages(name):
    assert name in BOTH
    english, chinese = OPERATIONS / f"{name}.md", OPERATIONS / f"{name}.zh.md"
    assert commands(chinese) == commands(english)
    there = [
        (code, EVERYWHERE.get(of.strip(), of.strip()))
        for code, of in ROW.findall(english.read_text("utf-8"))
    ]
    told = [(code, of.strip()) for code, of in ROW.findall(chinese.read_text("utf-8"))]
    assert told == there
    assert len(there) > 8
    headings = [
        len(re.findall("^## ", page.read_text("utf-8"), re.M)) for page in (english, chinese)
    ]
    assert headings[0] == headings[1]
