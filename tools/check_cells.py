"""Run every notebook on the demo bank and keep the output of its check cell, and no other."""

import os
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from workbench.data import demo

PROJECT = Path(__file__).parents[1]
BANK = PROJECT / "data" / "demo"


def renew(path: Path) -> None:
    """Execute the notebook at `path` and store it stripped but for its check cell."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook, timeout=120, resources={"metadata": {"path": str(path.parent)}}
    ).execute()
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.id != "check":
            cell.outputs, cell.execution_count = [], None
        cell.metadata.pop("execution", None)
    notebook.metadata.pop("language_info", None)
    nbformat.write(notebook, path)


if __name__ == "__main__":
    demo.ensure(BANK)
    os.environ["WORKBENCH_BANK"] = str(BANK)
    for each in sorted((PROJECT / "notebooks").glob("*.ipynb")):
        renew(each)
