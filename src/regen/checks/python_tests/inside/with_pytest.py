"""Runs suites with the project's pytest, and reports from its hooks."""

from __future__ import annotations

import importlib.util
import os
from typing import TYPE_CHECKING, Any

import pytest

from .failures import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .suite import Suite


def run(suite: Suite) -> None:
    """Run each test that the suite names."""
    plugins = [word for name in suite.plugins if _is_there(name) for word in ("-p", name)]
    code = pytest.main([*suite.pytest_args, *plugins, "--", *suite.tests], plugins=[Reporter(suite)])
    if code in (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.INTERNAL_ERROR):
        suite.wire.tell("unable", missing="")


def _is_there(plugin: str) -> bool:
    try:
        return importlib.util.find_spec(plugin) is not None
    except ModuleNotFoundError:
        return False


class Reporter:
    """Tells the outcome of each test, and why one failed."""

    def __init__(self, suite: Suite) -> None:
        self._suite = suite
        self._wire = suite.wire
        self._outcome = "passed"
        self._failure: dict[str, Any] | None = None
        self._seconds = 0.0

    def pytest_configure(self, config: pytest.Config) -> None:
        config.addinivalue_line("markers", "req(*ids): the requirements that a test checks")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
        """Make the report ourselves: pytest would spend milliseconds on formatting what nobody reads."""
        outcome: Any = "passed"
        error = call.excinfo.value if call.excinfo is not None else None
        facts = None
        if error is not None:
            outcome = "skipped" if isinstance(error, pytest.skip.Exception) else "failed"
            facts = describe(error, self._suite.root, self._suite.test_files)
            facts["by_test"] = self._is_tests_own(call, item)
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
            path = str(entry.path)
            if os.sep + "_pytest" + os.sep in path or path.endswith(os.path.join("unittest", "case.py")):
                continue
            if path.startswith(self._suite.root + os.sep) and "site-packages" not in path:
                return path in self._suite.test_files or os.path.basename(path) == "conftest.py"
        return any(item.iter_markers("skip")) or any(item.iter_markers("skipif")) or call.when == "setup"

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._wire.tell("start", id=nodeid)
        self._outcome, self._failure, self._seconds = "passed", None, 0.0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        facts = getattr(report, "regen_facts", None)
        self._seconds += report.duration
        if report.failed and self._outcome in ("passed", "skipped"):
            self._outcome = "failed" if report.when == "call" else "error"
            self._failure = facts or {"type": "Failed", "text": str(report.longrepr or "")}
        elif report.skipped and self._outcome == "passed":
            self._outcome, self._failure = "skipped", facts
            if not hasattr(report, "wasxfail") and facts is not None and not facts["by_test"]:
                self._outcome = "failed"

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self._wire.tell(
            "result", id=nodeid, outcome=self._outcome, failure=self._failure, seconds=round(self._seconds, 6)
        )

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Iterator[None]:
        report: Any = yield
        if report.outcome != "passed":
            error = report.call.excinfo.value
            error = error.__cause__ or error
            facts = describe(error, self._suite.root, self._suite.test_files)
            self._wire.tell("file", path=collector.nodeid, outcome=_word(report.outcome), failure=facts)
        return report  # type: ignore[no-any-return]


def _word(outcome: str) -> str:
    return "skipped" if outcome == "skipped" else "error"
