"""Write the module list of ARCHITECTURE.md as it follows from the modules' own first lines."""

import ast
from pathlib import Path

PROJECT = Path(__file__).parents[1]
PACKAGE = PROJECT / "src" / "workbench"
PAGE = PROJECT / "ARCHITECTURE.md"
HEADING = "## Modules\n\n"
LAYERS = """
cli lab report analysis rules stats plots data display live privacy record result style chart
schema sql text check parameters progress durable settings errors
"""
ORDER = [*LAYERS.split()]
"""The layers, from the top."""


def render() -> str:
    """Return ARCHITECTURE.md with the list of modules as they are."""
    rows = {_name(path): _purpose(path) for path in PACKAGE.rglob("*.py")}
    rows.pop("", None)
    names = sorted(rows, key=lambda name: (ORDER.index(name.partition("/")[0]), name))
    table = "\n".join(
        ["| module | what |", "|---|---|", *(f"| `{n}` | {rows[n]} |" for n in names)]
    )
    return PAGE.read_text("utf-8").partition(HEADING)[0] + HEADING + table + "\n"


def _name(path: Path) -> str:
    name = path.relative_to(PACKAGE).with_suffix("").as_posix()
    return name.removesuffix("__init__").rstrip("/")


def _purpose(path: Path) -> str:
    text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return " ".join(text.partition("\n\n")[0].split()).rstrip(".").replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(render(), "utf-8")
