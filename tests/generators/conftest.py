from __future__ import annotations

import pytest
from projects import TEST, Project, spec


@pytest.fixture
def project(tmp_path, monkeypatch, capfd):
    """Return an empty project in the current folder with one unit, `greet`."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    made = Project(folder, capfd)
    made.write("specs/greet.md", spec())
    made.write("tests/test_greet.py", TEST)
    yield made
    made.close()
