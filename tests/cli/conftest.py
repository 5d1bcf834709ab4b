"""Fixtures for black-box tests; the tiny projects are in `tiny.py`."""

from __future__ import annotations

import os
import shutil

import pytest
from tiny import FAKE, SETTINGS, Project, unit
from tiny_fees import DOWN, SPEC, TEST, answers


@pytest.fixture
def project(tmp_path, monkeypatch, capsys):
    """`project({"specs/a.md": "…"}, settings="…")`: a project in an empty folder, which becomes the current one."""
    for name in list(os.environ):
        if name.endswith("_API_KEY") or name == "NO_COLOR":
            monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))

    def make(files=None, *, settings=SETTINGS, root=None):
        made = Project(root or tmp_path / "project", capsys)
        made.root.mkdir(exist_ok=True)
        made.write({"regen.toml": settings, "fake.sh": FAKE, **(unit("a") if files is None else files)})
        monkeypatch.chdir(made.root)
        return made

    return make


@pytest.fixture
def fees(project):
    made = project(
        {"specs/fees.md": SPEC, "tests/test_fees.py": TEST},
        settings='[generator]\ndefault = "command:sh ./model"\n[build]\nattempts = 1\njobs = 1\n',
    )
    answers(made, DOWN)
    assert made.regen("build").code == 0
    (made.root / "calls").unlink()
    return made


@pytest.fixture
def without_git(tmp_path, monkeypatch):
    """A PATH with a few programs, git not among them."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "cat", "sed", "head", "grep", "echo", "rm", "mv", "mkdir", "ls"):
        (folder / name).symlink_to(shutil.which(name))
    monkeypatch.setenv("PATH", str(folder))
