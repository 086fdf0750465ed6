"""The `workbench` command: text in, one call, one line out."""

from workbench.cli import (
    comments,
    exploring,
    files,
    history,
    needs,
    reports,
    safekeeping,
    score,
    segments,
    survey,
)
from workbench.cli.terminal import app

__all__ = [
    "app",
    "comments",
    "exploring",
    "files",
    "history",
    "main",
    "needs",
    "reports",
    "safekeeping",
    "score",
    "segments",
    "survey",
]


def main() -> None:
    """Run the command line."""
    app()
