"""Notebook files: read by nbformat, imported without what makes that slow."""

import json
import sys
from pathlib import Path
from typing import Any

SLOW = "rfc3987_syntax"
"""Checks addresses of a kind that no notebook holds; importing it takes three times as long as all
the rest of nbformat. jsonschema, which nbformat imports, does without it where it is missing."""


def read(path: Path) -> Any:
    """Return the notebook in `path`, as format 4."""
    return _nbformat().reads(path.read_text("utf-8"), as_version=4)


def text(book: Any) -> str:
    """Return the notebook `book` as the text of a file."""
    written: str = _nbformat().writes(book)
    return written


def executed(path: Path) -> list[dict[str, Any]]:
    """Return the cells of a notebook that this run or an earlier one executed.

    nbformat wrote the file and need not judge it again; that took longer than all gates.
    """
    cells: list[dict[str, Any]] = json.loads(path.read_bytes())["cells"]
    return [{**cell, "source": "".join(cell["source"])} for cell in cells]


def _nbformat() -> Any:
    if SLOW not in sys.modules and "nbformat" not in sys.modules:
        hidden: Any = None
        sys.modules[SLOW] = hidden
        try:
            import nbformat
        finally:
            sys.modules.pop(SLOW, None)
        return nbformat
    import nbformat

    return nbformat
