"""Runs suites that need no pytest: functions with asserts, and unittest's cases."""

from __future__ import annotations

import importlib
import os
import sys
import time
import unittest
from typing import TYPE_CHECKING, Any

from .failures import describe

if TYPE_CHECKING:
    import types
    from collections.abc import Callable

    from .suite import Suite

_clock = time.perf_counter


def run(suite: Suite) -> None:
    """Run each test that the suite names, in the order of its files."""
    wanted: dict[str, list[str]] = {}
    for test in suite.tests:
        path, _, inner = test.partition("::")
        wanted.setdefault(path, []).append(inner)
    for path, names in wanted.items():
        _run_file(suite, path, names)


def _run_file(suite: Suite, path: str, names: list[str]) -> None:
    try:
        module = _import_test_file(os.path.join(suite.root, path))
    except unittest.SkipTest as skip:
        suite.wire.tell("file", path=path, outcome="skipped", failure=describe(skip, suite.root, suite.test_files))
        return
    except Exception as error:  # noqa: BLE001 - a candidate may raise anything
        suite.wire.tell("file", path=path, outcome="error", failure=describe(error, suite.root, suite.test_files))
        return
    asked = [name for name in names if name]

    def wants(name: str) -> bool:
        return "" in names or any(name == one or name.startswith(one + "::") for one in asked)

    for name, value in list(vars(module).items()):
        if isinstance(value, type) and issubclass(value, unittest.TestCase):
            methods = unittest.defaultTestLoader.getTestCaseNames(value)
            _run_cases(suite, f"{path}::{name}", value, [method for method in methods if wants(f"{name}::{method}")])
        elif isinstance(value, type) and name.startswith("Test"):
            for method in [method for method in _methods(value) if wants(f"{name}::{method}")]:
                _run_function(suite, f"{path}::{name}::{method}", getattr(value(), method))
        elif name.startswith("test") and callable(value) and not isinstance(value, type) and wants(name):
            _run_function(suite, f"{path}::{name}", value)


def _import_test_file(file: str) -> types.ModuleType:
    """Import it under the name, and with the module path, that pytest would use."""
    folder, name = os.path.dirname(file), os.path.basename(file).removesuffix(".py")
    while os.path.exists(os.path.join(folder, "__init__.py")):
        name = f"{os.path.basename(folder)}.{name}"
        folder = os.path.dirname(folder)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return importlib.import_module(name)


def _methods(owner: type) -> list[str]:
    found: dict[str, None] = {}
    for base in reversed(owner.__mro__):
        found |= {name: None for name, value in vars(base).items() if name.startswith("test") and callable(value)}
    return list(found)


def _run_function(suite: Suite, identity: str, function: Callable[[], object]) -> None:
    suite.wire.tell("start", id=identity)
    started = _clock()
    outcome, failure = "passed", None
    try:
        function()
    except unittest.SkipTest as skip:
        outcome, failure = _skipped(suite, skip)
    except BaseException as error:  # noqa: BLE001 - see above
        outcome, failure = "failed", describe(error, suite.root, suite.test_files)
    _tell(suite, identity, outcome, failure, started)


def _run_cases(suite: Suite, prefix: str, owner: type[unittest.TestCase], methods: list[str]) -> None:
    recorder = _Recorder(suite, prefix)
    unittest.TestSuite([owner(method) for method in methods]).run(recorder)
    for method in methods:  # what the class's own set-up kept from running
        if method not in recorder.told:
            outcome = "skipped" if recorder.outcome == "skipped" else "error"
            _tell(suite, f"{prefix}::{method}", outcome, recorder.failure, _clock())


def _skipped(suite: Suite, skip: BaseException) -> tuple[str, dict[str, Any]]:
    """Only the test's own side may skip: code under test that skips its test has failed it."""
    facts = describe(skip, suite.root, suite.test_files)
    if "file" not in facts:
        return "skipped", facts
    return "failed", facts


def _tell(suite: Suite, identity: str, outcome: str, failure: dict[str, Any] | None, started: float) -> None:
    seconds = round(_clock() - started, 6)
    suite.wire.tell("result", id=identity, outcome=outcome, failure=failure, seconds=seconds)


class _Recorder(unittest.TestResult):
    """Tells how each case of one class ended."""

    def __init__(self, suite: Suite, prefix: str) -> None:
        super().__init__()
        self.told: set[str] = set()
        self.outcome = "passed"
        self.failure: dict[str, Any] | None = None
        self._suite = suite
        self._prefix = prefix
        self._started = _clock()

    def _note(self, outcome: str, error: BaseException) -> None:
        if self.outcome == "passed":
            self.outcome = outcome
            self.failure = describe(error, self._suite.root, self._suite.test_files)

    def startTest(self, test: unittest.TestCase) -> None:  # noqa: N802
        self.outcome, self.failure, self._started = "passed", None, _clock()
        self._suite.wire.tell("start", id=f"{self._prefix}::{test._testMethodName}")  # noqa: SLF001

    def stopTest(self, test: unittest.TestCase) -> None:  # noqa: N802
        name = test._testMethodName  # noqa: SLF001
        self.told.add(name)
        _tell(self._suite, f"{self._prefix}::{name}", self.outcome, self.failure, self._started)
        self.outcome = "passed"

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:  # noqa: N802
        del test
        self._note("failed", err[1])

    def addError(self, test: unittest.TestCase, err: Any) -> None:  # noqa: N802
        del test
        if isinstance(err[1], unittest.SkipTest):
            self.outcome, self.failure = _skipped(self._suite, err[1])
        else:
            self._note("failed", err[1])

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: Any) -> None:  # noqa: N802
        del test, subtest
        if err is not None:
            self._note("failed", err[1])

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:  # noqa: N802
        del test
        if self.outcome == "passed":
            self.outcome, self.failure = "skipped", {"type": "SkipTest", "text": reason}

    def addExpectedFailure(self, test: unittest.TestCase, err: Any) -> None:  # noqa: N802
        del test
        self._note("skipped", err[1])

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:  # noqa: N802
        del test
        self._note("failed", AssertionError("passed, though it is marked as an expected failure"))
