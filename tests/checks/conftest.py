"""Tiny projects, and runners that judge candidates against their suites."""

from __future__ import annotations

import sys
import threading
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from regen.checks.python_tests import open_python_test_runner
from regen.ports import Limits, TestJob
from regen.sandboxes import open_sandbox

if TYPE_CHECKING:
    from pathlib import Path


class Project:
    """A folder with tests, and a way to run candidates against them."""

    def __init__(self, root: Path, runner) -> None:
        self.root = root
        self.runner = runner

    def write(self, path: str, text: str) -> str:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text))
        return path

    def check(self, code: str | dict[str, str], *expected: str, **job):
        """Run the candidate (the text of src/unit.py, or several files) against the files of the expected tests."""
        files = {"src/unit.py": dedent(code)} if isinstance(code, str) else {k: dedent(v) for k, v in code.items()}
        job.setdefault("limits", Limits(wall_seconds=20))
        job.setdefault("tests", tuple(dict.fromkeys(name.partition("::")[0] for name in expected)))
        made = TestJob(unit="unit", root=str(self.root), files=files, expected=expected, **job)
        return self.runner.run(made, threading.Event())


@pytest.fixture(scope="session")
def runner():
    runner = open_python_test_runner(open_sandbox("bubblewrap"), sys.executable)
    yield runner
    runner.close()


@pytest.fixture
def project(tmp_path, runner):
    root = tmp_path / "project"
    root.mkdir()
    return Project(root, runner)


class Apart:
    """Runs candidates in another process than their tests."""

    def __init__(self, project):
        self.project, self.runner = project, project.runner

    def run(self, code: str, tests: str, *names: str, hidden: bool = False, limits=None):
        path = self.project.write("tests/test_unit.py", dedent(tests))
        limits = limits or Limits(wall_seconds=10, cpu_seconds=8, memory_bytes=256 << 20, processes=24)
        job = TestJob(
            unit="unit",
            root=str(self.project.root),
            files={"src/unit.py": dedent(code)},
            tests=(path,),
            expected=tuple(f"{path}::{name}" for name in names),
            hidden=hidden,
            hidden_paths=(path,) if hidden else (),
            limits=limits,
        )
        return self.runner.run_apart(job, threading.Event())

    def agrees(self, code: str, tests: str) -> None:
        """Assert that every test passes beside the code and apart from it."""
        names = [line[4:].split("(")[0] for line in dedent(tests).splitlines() if line.startswith("def test")]
        check = self.run(code, tests, *names)
        assert (check.outcome, check.reason) == ("passed", ""), check
        beside = self.project.check(code, *(f"tests/test_unit.py::{name}" for name in names))
        assert (beside.outcome, beside.tests and [test.id for test in beside.tests]) == (
            "passed",
            [test.id for test in check.tests],
        )


@pytest.fixture
def apart(project):
    return Apart(project)
