"""The deck's template is what its tool makes."""

from io import BytesIO
from zipfile import ZipFile


def parts(content):
    archive = ZipFile(BytesIO(content))
    return {name: archive.read(name) for name in archive.namelist()}


def test_the_committed_template_is_what_the_tool_makes(tool):
    made = tool("deck_template")
    assert parts(made.TARGET.read_bytes()) == parts(made.render()), "run: tools/deck_template.py"
