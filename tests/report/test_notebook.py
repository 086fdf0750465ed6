import subprocess
import sys

import nbformat

from workbench.report import notebook


def test_a_notebook_is_read_as_nbformat_reads_it(tmp_path):
    cells = [
        nbformat.v4.new_code_cell("a = 1\nb", id="x"),
        nbformat.v4.new_markdown_cell("数", id="y"),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "n.ipynb")
    read = notebook.read(tmp_path / "n.ipynb")
    assert read == nbformat.read(tmp_path / "n.ipynb", as_version=4)


def test_reading_one_imports_neither_the_slow_checker_nor_papermill_and_hides_nothing(tmp_path):
    path = tmp_path / "n.ipynb"
    nbformat.write(nbformat.v4.new_notebook(), path)
    script = f"""
import sys
from pathlib import Path
from workbench.report import assemble, notebook
notebook.read(Path({str(path)!r}))
print({{"papermill", notebook.SLOW}} & set(sys.modules))
import {notebook.SLOW}
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
