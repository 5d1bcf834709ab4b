"""Runs suites that need no pytest: functions with asserts, and unittest's cases."""

from __future__ import annotations

import importlib
import os
import sys
import time
import unittest
from typing import TYPE_CHECKING, Any

from .failures import describe
from .guard import trusted_places

if TYPE_CHECKING:
    import types
    from collections.abc import Callable, Iterator

    from .suite import Suite

clock = time.perf_counter


class PlainSuite:
    """The files of a suite, in order; there is nothing to prepare but their compiled code."""

    def __init__(self, suite: Suite) -> None:
        self._suite = suite
        self._paths = list(dict.fromkeys(test.partition("::")[0] for test in suite.tests))
        self._groups: list[_Group] | None = None

    def load(self) -> None:
        """Import the files."""
        self._groups = [group for path in self._paths for group in _groups(self._suite, path)]

    def run(self) -> None:
        """Import the files, then run each test that the suite names."""
        if self._groups is None:
            self.load()
        chosen = [group for group in self._groups or () if group.is_chosen()]
        groups = self._suite.in_order(chosen, lambda group: group.name_of(self._suite.first))
        must_fail: list[_Group] = [
            Function(self._suite, name, test, is_brief=True) for name, test in self._suite.canary_tests()
        ]
        for group in (*must_fail[::2], *groups, *must_fail[1::2]):
            group.run()
            if self._suite.stop_at_failure and group.has_failed and group not in must_fail:
                self._suite.wire.tell("stopped")
                break


def _groups(suite: Suite, path: str) -> Iterator[_Group]:
    """Import a file and give its functions one by one, its unittest classes whole: they share their set-up."""
    try:
        module = import_test_file(os.path.join(suite.root, path))
        suite.expect_own(module)
    except unittest.SkipTest as skip:
        suite.wire.tell("file", path=path, outcome="skipped", failure=describe(skip, suite.root, suite.test_files))
        return
    except Exception as error:  # noqa: BLE001 - a candidate may raise anything
        suite.wire.tell("file", path=path, outcome="error", failure=describe(error, suite.root, suite.test_files))
        return
    for name, value in list(vars(module).items()):
        prefix = f"{path}::{name}"
        if isinstance(value, type) and issubclass(value, unittest.TestCase):
            methods = unittest.defaultTestLoader.getTestCaseNames(value)
            wanted = [method for method in methods if suite.wants(f"{prefix}::{method}")]
            if wanted:
                yield _Cases(suite, prefix, value, wanted)
        elif isinstance(value, type) and name.startswith("Test"):
            for method in _methods(value):
                if suite.wants(f"{prefix}::{method}"):
                    yield Function(suite, f"{prefix}::{method}", _bound_later(value, method))
        elif name.startswith("test") and callable(value) and not isinstance(value, type) and suite.wants(prefix):
            yield Function(suite, prefix, value)


def import_test_file(file: str) -> types.ModuleType:
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


def _bound_later(owner: type, method: str) -> Callable[[], object]:
    return lambda: getattr(owner(), method)()  # noqa: PLW0108 - the object is made when the test starts


class _Group:
    """What runs together."""

    has_failed = False

    def name_of(self, first: str) -> str:
        """Return `first` if that test is in the group."""
        raise NotImplementedError

    def is_chosen(self) -> bool:
        """Say whether this run is asked for any of the group."""
        raise NotImplementedError

    def run(self) -> None:
        raise NotImplementedError


class Function(_Group):
    """One function, reported under its name; why it failed is told too, unless nobody will ask (`is_brief`)."""

    def __init__(self, suite: Suite, identity: str, function: Callable[[], object], *, is_brief: bool = False) -> None:
        self._is_brief = is_brief
        self._suite = suite
        self._identity = identity
        self._function = function

    def name_of(self, first: str) -> str:
        del first
        return self._identity

    def is_chosen(self) -> bool:
        return self._suite.is_chosen(self._identity)

    def run(self) -> None:
        suite = self._suite
        suite.wire.tell("start", id=self._identity)
        started = clock()
        outcome, failure = "passed", None
        try:
            self._function()
        except unittest.SkipTest as skip:
            outcome, failure = _skipped(suite, skip)
        except BaseException as error:  # noqa: BLE001 - a candidate may raise anything, even SystemExit
            outcome = "failed"
            failure = None if self._is_brief else describe(error, suite.root, suite.test_files)
        self.has_failed = outcome == "failed"
        tell_result(suite, self._identity, outcome, failure, started)


class _Cases(_Group):
    def __init__(self, suite: Suite, prefix: str, owner: type[unittest.TestCase], methods: list[str]) -> None:
        self._suite = suite
        self._prefix = prefix
        self._owner = owner
        self._methods = methods

    def name_of(self, first: str) -> str:
        return first if first.startswith(self._prefix + "::") else self._prefix

    def is_chosen(self) -> bool:
        return bool(self._chosen())

    def _chosen(self) -> list[str]:
        return [method for method in self._methods if self._suite.is_chosen(f"{self._prefix}::{method}")]

    def run(self) -> None:
        recorder = _Recorder(self._suite, self._prefix)
        methods = self._chosen()
        unittest.TestSuite([self._owner(method) for method in methods]).run(recorder)
        for method in methods:  # what the class's own set-up kept from running
            if method not in recorder.told:
                outcome = "skipped" if recorder.outcome == "skipped" else "error"
                tell_result(self._suite, f"{self._prefix}::{method}", outcome, recorder.failure, clock())
                recorder.has_failed |= outcome == "error"
        self.has_failed = recorder.has_failed


def _skipped(suite: Suite, skip: BaseException) -> tuple[str, dict[str, Any]]:
    """Only the test's own side may skip: code under test that skips its test has failed it."""
    facts = describe(skip, suite.root, suite.test_files)
    return ("skipped" if _is_tests_own(suite, skip) else "failed"), facts


def _is_tests_own(suite: Suite, error: BaseException) -> bool:
    """Say whether the test's own side raised: the last function that is not a library's is in a test file."""
    own, traceback = True, error.__traceback__
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        if type(file) is not str or not file.startswith(trusted_places):
            own = file in suite.test_files or suite.is_conftest(file)
        traceback = traceback.tb_next
    return own


def tell_result(suite: Suite, identity: str, outcome: str, failure: dict[str, Any] | None, started: float) -> None:
    """Tell how a test ended."""
    seconds = round(clock() - started, 6)
    suite.wire.tell("result", id=identity, outcome=outcome, failure=failure, seconds=seconds)


class _Recorder(unittest.TestResult):
    """Tells how each case of one class ended."""

    def __init__(self, suite: Suite, prefix: str) -> None:
        super().__init__()
        self.told: set[str] = set()
        self.has_failed = False
        self.outcome = "passed"
        self.failure: dict[str, Any] | None = None
        self._suite = suite
        self._prefix = prefix
        self._started = clock()

    def _note(self, outcome: str, error: BaseException) -> None:
        if self.outcome == "passed":
            self.outcome = outcome
            self.failure = describe(error, self._suite.root, self._suite.test_files)

    def startTest(self, test: unittest.TestCase) -> None:  # noqa: N802
        self.outcome, self.failure, self._started = "passed", None, clock()
        self._suite.wire.tell("start", id=f"{self._prefix}::{test._testMethodName}")  # noqa: SLF001

    def stopTest(self, test: unittest.TestCase) -> None:  # noqa: N802
        name = test._testMethodName  # noqa: SLF001
        self.told.add(name)
        self.has_failed |= self.outcome in ("failed", "error")
        tell_result(self._suite, f"{self._prefix}::{name}", self.outcome, self.failure, self._started)
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
        raised = sys.exc_info()[1]  # nothing where a decorator skips
        if isinstance(raised, unittest.SkipTest):
            self.outcome, self.failure = _skipped(self._suite, raised)
        elif self.outcome == "passed":
            self.outcome, self.failure = "skipped", {"type": "SkipTest", "text": reason}

    def addExpectedFailure(self, test: unittest.TestCase, err: Any) -> None:  # noqa: N802
        del test
        self._note("skipped", err[1])

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:  # noqa: N802
        del test
        self._note("failed", AssertionError("passed, though it is marked as an expected failure"))
