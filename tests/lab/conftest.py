"""A project with one short notebook, in force for the test."""

import pytest

from tests.browser import jupyter


@pytest.fixture
def home(tmp_path, monkeypatch):
    place = jupyter.home(tmp_path)
    monkeypatch.setenv("WORKBENCH_HOME", str(place))
    return place


@pytest.fixture
def place(home):
    from workbench.lab import copies

    return copies.folder()
