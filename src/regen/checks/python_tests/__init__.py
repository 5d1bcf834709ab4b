"""Runs Python test suites against a candidate, in a sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regen.checks.python_tests.cold import ColdRunner
from regen.checks.python_tests.interpreter import ask_interpreter

if TYPE_CHECKING:
    from regen.ports import Sandbox, TestRunner


def open_python_test_runner(sandbox: Sandbox, interpreter: str) -> TestRunner:
    """Return a runner that uses the project's `interpreter` (absolute path); close it when done."""
    return ColdRunner(sandbox, ask_interpreter(interpreter))
