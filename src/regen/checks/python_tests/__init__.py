"""Runs Python test suites against a candidate, in a sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regen.checks.python_tests.cold import ColdRunner
from regen.checks.python_tests.inside.system import is_supported
from regen.checks.python_tests.interpreter import ask_interpreter
from regen.checks.python_tests.warm import WarmRunner
from regen.sandboxes.bubblewrap import Bubblewrap

if TYPE_CHECKING:
    from regen.ports import Sandbox, TestRunner


def open_python_test_runner(
    sandbox: Sandbox, interpreter: str, *, stop_at_failure: bool = False, processes: int = 0
) -> TestRunner:
    """Return a runner that uses the project's `interpreter` (absolute path); close it when done.

    It keeps up to `processes` (0: one a CPU) candidates running at once. `stop_at_failure` starts with the test that
    failed last for the same unit and ends with the first failure.
    """
    asked = ask_interpreter(interpreter)
    if isinstance(sandbox, Bubblewrap) and is_supported():
        return WarmRunner(sandbox, asked, stop_at_failure=stop_at_failure, processes=processes)
    return ColdRunner(sandbox, asked)
