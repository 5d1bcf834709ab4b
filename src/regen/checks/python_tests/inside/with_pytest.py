"""Runs suites with the project's pytest, and reports from its hooks.

Preparing (settings, plugins, conftests, finding the files) depends on nothing that a candidate can change, so a warm
process does it once; importing the test files and running them is each candidate's own.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.config import _prepareconfig  # what pytest.main calls first; nothing public stops before the collection

from .failures import describe
from .guard import trusted_places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .suite import Suite


class PytestSuite:
    """A pytest session that has found its files and imported none of them."""

    def __init__(self, suite: Suite) -> None:
        self._suite = suite
        self._reporter = Reporter(suite)
        plugins = [word for name in suite.plugins if _is_there(name) for word in ("-p", name)]
        paths = list(dict.fromkeys(test.partition("::")[0] for test in suite.tests))
        config = self.config = _prepareconfig([*suite.pytest_args, *plugins, "--", *paths], [self._reporter])
        config._do_configure()  # noqa: SLF001 - see above
        self._session = pytest.Session.from_config(config)
        config.hook.pytest_sessionstart(session=self._session)
        self._files = list(self._session.perform_collect(paths, genitems=False))
        self._items: list[pytest.Item] | None = None

    def load(self) -> None:
        """Import the files, and have the plugins order the tests that the suite names."""
        session, suite = self._session, self._suite
        hook = session.config.hook
        items = [item for file in self._files for item in session.genitems(file) if suite.wants(item.nodeid)]
        session.items = items
        session.config.pluginmanager.check_pending()
        hook.pytest_collection_modifyitems(session=session, config=session.config, items=items)
        hook.pytest_collection_finish(session=session)
        self._items = items

    def run(self) -> None:
        """Import the files, then run each test that the suite names."""
        if self._items is None:
            self.load()
        session, suite = self._session, self._suite
        hook, items = session.config.hook, list(self._items or ())
        items = suite.in_order([item for item in items if suite.is_chosen(item.nodeid)], lambda item: item.nodeid)
        must_fail = [
            _Canary.from_parent(session, name=name, nodeid=name, test=test) for name, test in suite.canary_tests()
        ]
        items[:] = [*must_fail[::2], *items, *must_fail[1::2]]
        session.items, session.testscollected = items, len(items)
        for number, item in enumerate(items):
            following = items[number + 1] if number + 1 < len(items) else None
            hook.pytest_runtest_protocol(item=item, nextitem=following)
            if suite.stop_at_failure and self._reporter.has_failed:
                suite.wire.tell("stopped")
                break
        suite.wire.flush()
        with contextlib.suppress(Exception):
            hook.pytest_sessionfinish(session=session, exitstatus=pytest.ExitCode.OK)


class _Canary(pytest.Item):
    """A test that must fail, run by the same hooks as the others."""

    def __init__(self, *, test: Callable[[], None], **rest: Any) -> None:
        super().__init__(**rest)
        self._test = test

    def runtest(self) -> None:
        self._test()

    def reportinfo(self) -> tuple[str, int, str]:
        return "", 0, self.name


def prepare(suite: Suite) -> PytestSuite:
    """Return the suite ready to run; raise ValueError with the reason where pytest refuses it."""
    try:
        return PytestSuite(suite)
    except pytest.UsageError as error:
        raise ValueError(" ".join(str(error).split())) from error


def _is_there(plugin: str) -> bool:
    try:
        return importlib.util.find_spec(plugin) is not None
    except ModuleNotFoundError:
        return False


class Reporter:
    """Tells the outcome of each test, and why one failed."""

    def __init__(self, suite: Suite) -> None:
        self.has_failed = False
        self._suite = suite
        self._outcome = "passed"
        self._failure: dict[str, Any] | None = None
        self._seconds = 0.0

    def pytest_configure(self, config: pytest.Config) -> None:
        config.addinivalue_line("markers", "req(*ids): the requirements that a test checks")

    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
        """Make the report ourselves: pytest would spend milliseconds on formatting what nobody reads.

        Not `tryfirst`: pytest's unittest plugin must come before us, it knows how a case ended.
        """
        outcome: Any = "passed"
        error = call.excinfo.value if call.excinfo is not None else None
        facts = None
        if error is not None:
            outcome = "skipped" if isinstance(error, pytest.skip.Exception) else "failed"
            facts = describe(error, self._suite.root, self._suite.test_files)
            facts["by_test"] = self._is_tests_own(call, item)
            facts["xfails"] = isinstance(error, pytest.xfail.Exception)
        report = pytest.TestReport(
            nodeid=item.nodeid,
            location=item.location,
            keywords={},
            outcome=outcome,
            longrepr=None,
            when=call.when,  # type: ignore[arg-type]  # never "collect" in this hook
            duration=call.duration,
            start=call.start,
            stop=call.stop,
        )
        report.regen_facts = facts  # type: ignore[attr-defined]
        return report

    def _is_tests_own(self, call: pytest.CallInfo[None], item: pytest.Item) -> bool:
        """Say whether the test's own side raised: the last frame that is not pytest's or unittest's."""
        if call.excinfo is None:
            return False
        for entry in reversed(call.excinfo.traceback):
            path = str(entry.frame.code.raw.co_filename)
            if not path.startswith(trusted_places):
                return path in self._suite.test_files or self._suite.is_conftest(path)
        return any(item.iter_markers("skip")) or any(item.iter_markers("skipif")) or call.when == "setup"

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._suite.wire.tell("start", id=nodeid)
        self._outcome, self._failure, self._seconds = "passed", None, 0.0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        facts = getattr(report, "regen_facts", None)
        self._seconds += report.duration
        if report.failed and self._outcome in ("passed", "skipped"):
            self._outcome = "failed" if report.when == "call" else "error"
            self._failure = facts or {"type": "Failed", "text": str(report.longrepr or "")}
        elif report.skipped and self._outcome == "passed":
            self._outcome, self._failure = "skipped", facts
            is_expected = hasattr(report, "wasxfail") and not (facts is not None and facts["xfails"])
            if not is_expected and facts is not None and not facts["by_test"]:
                self._outcome = "failed"

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self.has_failed |= self._outcome in ("failed", "error") and nodeid not in self._suite.canaries
        self._suite.wire.tell(
            "result", id=nodeid, outcome=self._outcome, failure=self._failure, seconds=round(self._seconds, 6)
        )

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Iterator[None]:
        report: Any = yield
        if report.outcome != "passed":
            error = report.call.excinfo.value
            error = error.__cause__ or error
            facts = describe(error, self._suite.root, self._suite.test_files)
            outcome = "skipped" if report.outcome == "skipped" else "error"
            self._suite.wire.tell("file", path=collector.nodeid, outcome=outcome, failure=facts)
        return report  # type: ignore[no-any-return]


def warm_up(folder: str) -> None:
    """Run a suite of pytest's usual features once, so that nothing is left to be imported or cached by a candidate."""
    path = os.path.join(folder, "test_warm_up.py")
    with open(path, "w", encoding="utf-8") as file:
        file.write(_EVERYDAY_TESTS)
    quiet = [
        "-c",
        os.devnull,
        "--rootdir",
        folder,
        "--assert=plain",
        "-s",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:terminal",
    ]
    pytest.main([*quiet, path])
    sys.modules.pop("test_warm_up", None)
    sys.path.remove(folder)


_EVERYDAY_TESTS = """
import unittest
import pytest

@pytest.fixture
def number(tmp_path, monkeypatch):
    yield 1

@pytest.mark.parametrize(("a", "b"), [(1, 2), (2, 3)])
def test_parameters(a, b, number):
    assert a + number == b

def test_raises(capsys):
    with pytest.raises(ValueError, match="x"):
        raise ValueError("x")

def test_fails():
    assert 1 == 2

class TestClass:
    def test_method(self):
        assert pytest.approx(1.0) == 1

class Case(unittest.TestCase):
    def test_case(self):
        self.assertEqual(1, 1)
"""
