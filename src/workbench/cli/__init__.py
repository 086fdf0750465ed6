"""The `workbench` command: text in, one call, one line out."""

from workbench.cli import files, history, reports, safekeeping
from workbench.cli.terminal import app

__all__ = ["app", "files", "history", "main", "reports", "safekeeping"]


def main() -> None:
    """Run the command line."""
    app()
