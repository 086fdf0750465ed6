"""Print `environment.yml` as it follows from `pyproject.toml`: for those who use conda."""

import re
import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).parents[1]
NAMES = {"duckdb": "python-duckdb", "jupyter-client": "jupyter_client", "xlsxwriter": "xlsxwriter"}
"""Packages that conda-forge calls otherwise."""
BY_PIP = {"mpl-font", "editables"}
"""Packages that conda-forge lacks."""


def render() -> str:
    """Return the text of `environment.yml`."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    parts = [re.match(r"([A-Za-z0-9_.-]+)(.*)", line) for line in sorted(wanted)]
    pairs = [(part[1], part[2].strip()) for part in parts if part]
    lines = [
        "# Generated from pyproject.toml by tools/environment.py; a test checks that they agree.",
        "name: loan-customer-workbench",
        "channels: [conda-forge]",
        "dependencies:",
        f"  - python {project['requires-python']}",
        *(f"  - {NAMES.get(name, name)} {limits}" for name, limits in pairs if name not in BY_PIP),
        "  - pip",
        "  - pip:",
        *(f"      - {name}{limits}" for name, limits in pairs if name in BY_PIP),
        "      - --no-deps -e .",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(render())
