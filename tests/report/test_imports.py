import json
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.report import imports

PROJECT = Path(__file__).parents[2]
NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))


def code(path):
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def names(found, root):
    return {path.relative_to(root).as_posix() for path in found.files if path.is_relative_to(root)}


@pytest.fixture
def place(tmp_path):
    (tmp_path / "own" / "deep").mkdir(parents=True)
    (tmp_path / "own" / "__init__.py").write_text("")
    (tmp_path / "own" / "deep" / "__init__.py").write_text("from ..other import thing")
    (tmp_path / "own" / "other.py").write_text("import single\nthing = 1")
    (tmp_path / "own" / "unused.py").write_text("")
    (tmp_path / "single.py").write_text("def late():\n    from own import unused_name")
    return tmp_path


def test_imports_are_followed_into_functions_packages_and_relative_names(place):
    found = imports.closure(["import own.deep as d"], [place])
    expected = {"own/__init__.py", "own/deep/__init__.py", "own/other.py", "single.py"}
    assert names(found, place) == expected
    assert found.unknown == ()


@pytest.mark.parametrize(
    "source",
    ["%matplotlib inline", "import no_such_module", "exec('x')", "import_module(name)", "x ="],
)
def test_what_cannot_be_followed_is_unknown(source):
    assert imports.closure(["import json", source], []).unknown


def test_libraries_are_known_and_not_followed():
    found = imports.closure(["import pandas as pd, json\nfrom scipy import stats"], [])
    assert found == imports.Closure((), ())


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_depends_on_its_analyses_and_on_no_command_or_format(path):
    found = names(imports.closure(code(path), []), imports.PACKAGE)
    assert {"display.py", "data/bank.py", "record.py"} <= found
    assert not {name for name in found if name.startswith(("cli/", "report/", "data/demo/"))}


def test_a_notebook_that_explores_depends_on_what_it_explores_with():
    found = names(imports.closure(["from workbench import explain"], []), imports.PACKAGE)
    assert {"lab/explaining.py", "analysis/kpi_explained.py", "data/kpi_rows.py"} <= found


@pytest.mark.full
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_module_is_loaded_that_the_closure_does_not_know(path):
    """Run the notebook's code on the demo bank and look at what was imported."""
    look = (
        "import sys; print('loaded', *sorted(m.__file__ for n, m in list(sys.modules.items()) "
        "if n.partition('.')[0] == 'workbench'))"
    )
    shell = "import IPython.core.interactiveshell as i; i.InteractiveShell.instance()"
    done = subprocess.run(
        [sys.executable, "-c", "\n".join([shell, *code(path), look])],
        capture_output=True,
        text=True,
        check=True,
        cwd=PROJECT,
    )
    loaded = done.stdout.splitlines()[-1].split()[1:]
    assert set(loaded) <= {str(each) for each in imports.closure(code(path), []).files}
