"""Runs the gates: those that cost nothing first, then the tests, and the slow ones side by side on what passed them."""

from __future__ import annotations

import functools
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import msgspec

from regen.checks.boundaries import check_boundaries
from regen.checks.command_tests import run_command_tests
from regen.checks.flaky import check_flaky
from regen.checks.imports import check_imports
from regen.checks.interface import check_interface
from regen.checks.language_tests import LanguageJob, run_language_tests, runs
from regen.checks.limits import check_limits
from regen.checks.lint import check_lint
from regen.checks.schemas import check_schemas
from regen.checks.security import check_security
from regen.checks.types import check_types
from regen.checks.workbench import Workbench
from regen.languages import language_of
from regen.ports import Limits, TestJob
from regen.schedule import Gate
from regen.verdicts.check_run import CheckRun, TestResult

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping

    from regen.ports import Code, Sandbox, TestRunner
    from regen.units.settings import CheckSettings
    from regen.units.unit import TestRef, Unit


class Project(msgspec.Struct, frozen=True):
    """What the gates must know of the project.

    `hidden_paths` are the hidden test files of all its units; `dependents` maps a unit to those that use it and are
    fresh, so that a failure of their tests is the candidate's.
    """

    root: str
    interpreter: str
    settings: CheckSettings
    units: Mapping[str, Unit]
    hidden_paths: tuple[str, ...]
    dependents: Mapping[str, tuple[str, ...]] = {}


class GateVerifier:
    """The port `Verifier`.

    `declared` gives the interface that a unit's spec declares, `accepted` the files that were accepted for it last.
    """

    def __init__(
        self, project: Project, sandbox: Sandbox, runner: TestRunner, code: Code, declared: Callable[[Unit], str],
        accepted: Callable[[Unit], Mapping[str, str]] = lambda unit: {},  # noqa: ARG005 - nothing was accepted yet
    ) -> None:  # fmt: skip
        self._accepted = accepted
        self._project, self._sandbox, self._runner = project, sandbox, runner
        self._code, self._declared = code, declared
        self.sandbox_name = sandbox.name
        self._slow_slots = Gate(os.cpu_count() or 1)
        settings = project.settings
        self._limits = Limits(
            wall_seconds=settings.timeout, cpu_seconds=settings.timeout, memory_bytes=settings.memory_mb << 20,
            processes=settings.processes, output_bytes=settings.output_kb << 10,
        )  # fmt: skip

    def verify(
        self, unit: Unit, files: Mapping[str, str], stop: threading.Event,
        only_slow_left: Callable[[], None] = lambda: None,
    ) -> tuple[CheckRun, ...]:  # fmt: skip
        settings = self._project.settings
        checks = [check_interface(unit, self._declared(unit), files)]
        if unit.id in settings.may_import:
            checks.append(check_imports(unit, files, settings.may_import[unit.id], self._project.units))
        if settings.lint == "ruff":
            checks.append(check_lint(self._project.root, files))
        if settings.security == "ruff":
            checks.append(check_security(self._project.root, files))
        if unit.tests:
            checks.append(self._tests(unit, unit.tests, files, stop, hidden=False))
        if unit.hidden_tests and not _failed(checks):
            checks.append(self._tests(unit, unit.hidden_tests, files, stop, hidden=True))
        slow = [] if _failed(checks) else self._slow(unit, files, stop)
        if slow:
            only_slow_left()
            with self._slow_slots.held(0), ThreadPoolExecutor(len(slow), thread_name_prefix="check") as crew:
                checks += filter(None, crew.map(lambda check: check(), slow))
        if not unit.has_tests:
            checks.append(CheckRun(name="tests", outcome="skipped", reason="no test is linked"))
        return tuple(checks)

    def _slow(
        self, unit: Unit, files: Mapping[str, str], stop: threading.Event
    ) -> list[Callable[[], CheckRun | None]]:  # fmt: skip
        """Return the checks that take long; none of them waits for another."""
        project, settings = self._project, self._project.settings
        bench = self._bench(unit, files, stop)
        place = (self._sandbox, project.root, files, project.interpreter, stop, project.hidden_paths)
        slow: list[Callable[[], CheckRun | None]] = [
            functools.partial(self._apart, job, stop) for job in self.python_jobs(unit, files)
        ]
        if settings.types:
            slow.append(lambda: check_types(settings.types, *place))
        if settings.imports == "import-linter":
            slow.append(lambda: check_boundaries(*place))
        if settings.schemas.get(unit.id):
            slow.append(lambda: check_schemas(bench, settings.schemas[unit.id], self._code.read))
        if settings.limits == "measure" and unit.limits:
            slow.append(lambda: check_limits(bench, self._accepted(unit)))
        if project.dependents.get(unit.id) and self._changes_body_only(unit, files):
            slow.append(functools.partial(self._dependents, unit, files, stop))
        if settings.flaky_runs and not unit.test_command:
            for refs, hidden in ((unit.tests, False), (unit.hidden_tests, True)):
                if refs:
                    slow.append(functools.partial(check_flaky, bench, refs, settings.flaky_runs, hidden=hidden))
        return slow

    def _apart(self, job: TestJob, stop: threading.Event) -> CheckRun | None:
        """Return what tests say that a candidate has passed, if they say another thing from another process."""
        run = self._runner.run_apart(job, stop)
        if run is None or run.outcome == "passed":
            return None
        reason = f"{run.reason} in another process than the candidate's, where it can't reach them"
        return msgspec.structs.replace(run, name=f"{run.name} apart", reason=reason)

    def _bench(self, unit: Unit, files: Mapping[str, str], stop: threading.Event) -> Workbench:
        project = self._project
        return Workbench(
            sandbox=self._sandbox, root=project.root, interpreter=project.interpreter, limits=self._limits,
            hidden_paths=project.hidden_paths, unit=unit, files=files, stop=stop,
        )  # fmt: skip

    def _changes_body_only(self, unit: Unit, files: Mapping[str, str]) -> bool:
        """Tell whether dependents see what they saw, of other code.

        If the interface changes they are regenerated, and their tests say nothing yet; if nothing does, nor can they.
        """
        accepted = self._accepted(unit)
        before = {t.path: accepted.get(t.path) or self._code.read(t.path) for t in unit.targets}
        if before == {path: files[path] for path in before}:
            return False
        return all(
            text is not None and language_of(path).interface(text) == language_of(path).interface(files[path])
            for path, text in before.items()
        )

    def _dependents(self, unit: Unit, files: Mapping[str, str], stop: threading.Event) -> CheckRun:
        """Run the tests of the units that use this one, with the candidate in its place."""
        name, passed = "dependents' tests", list[TestResult]()
        for dependent in (self._project.units[other] for other in self._project.dependents[unit.id]):
            for refs, hidden in ((dependent.tests, False), (dependent.hidden_tests, True)):
                run = self._tests(dependent, refs, files, stop, hidden=hidden) if refs else None
                if run is not None and run.outcome != "passed":
                    return msgspec.structs.replace(run, name=name, reason=run.reason or f"of {dependent.id}")
                passed += run.tests if run else ()
        return CheckRun(name=name, outcome="passed", tests=tuple(passed))

    def _tests(
        self, unit: Unit, refs: tuple[TestRef, ...], files: Mapping[str, str], stop: threading.Event, *, hidden: bool
    ) -> CheckRun:
        command = unit.test_command or self._project.settings.test_command
        python = [ref for ref in refs if ref.path.endswith(".py")]
        if unit.test_command or not python:
            return self._command_tests(command, refs, files, stop, hidden=hidden)
        run = self._runner.run(self._job(unit, python, files, hidden=hidden), stop)
        others = tuple(ref for ref in refs if ref not in python)
        if others and run.outcome == "passed":
            return self._command_tests(command, others, files, stop, hidden=hidden)
        return run

    def python_jobs(self, unit: Unit, files: Mapping[str, str]) -> tuple[TestJob, ...]:
        """Return the unit's suites in Python, the visible one first, to be run on `files`."""
        suites = ((unit.tests, False), (unit.hidden_tests, True)) if not unit.test_command else ()
        python = [([ref for ref in refs if ref.path.endswith(".py")], hidden) for refs, hidden in suites]
        return tuple(self._job(unit, refs, files, hidden=hidden) for refs, hidden in python if refs)

    def job_on_trial(self, unit: Unit, path: str, text: str, files: Mapping[str, str]) -> TestJob:
        """Return one test file, as if it lay at `path` of the project, as a suite to run on the unit's files."""
        names = language_of(path).test_functions(text)
        return TestJob(
            unit=unit.id, root=self._project.root, files=dict(files), tests=(path,),
            expected=tuple(f"{path}::{name}" for name, _ in names), hidden_paths=self._project.hidden_paths,
            trial={path: text}, limits=self._limits,
        )  # fmt: skip

    def run_tests(self, unit: Unit, files: Mapping[str, str], stop: threading.Event) -> tuple[CheckRun, ...]:
        """Return one check for each suite of the unit, visible and hidden."""
        suites = ((unit.tests, False), (unit.hidden_tests, True))
        return tuple(self._tests(unit, refs, files, stop, hidden=hidden) for refs, hidden in suites if refs)

    def run_variations(
        self, unit: Unit, files: Mapping[str, str], runs: int, stop: threading.Event
    ) -> tuple[CheckRun, ...]:
        """Return one check for each suite, run again in other orders, hash seeds, clocks and zones."""
        suites = ((unit.tests, False), (unit.hidden_tests, True))
        bench = self._bench(unit, files, stop)
        return tuple(check_flaky(bench, refs, runs, hidden=hidden) for refs, hidden in suites if refs)

    def _job(self, unit: Unit, refs: list[TestRef], files: Mapping[str, str], *, hidden: bool) -> TestJob:
        return TestJob(
            unit=unit.id, root=self._project.root, files=dict(files),
            tests=tuple(node for ref in refs for node in ref.node_ids()), expected=self._expected(refs),
            hidden=hidden, hidden_paths=self._project.hidden_paths, limits=self._limits,
        )  # fmt: skip

    def _expected(self, refs: list[TestRef]) -> tuple[str, ...]:
        """Return the ids of the tests that must report, read from the test files as text."""
        expected = []
        for ref in refs:
            for name, _ in language_of(ref.path).test_functions(self._code.read(ref.path) or ""):
                if not ref.selected or any(name == s or name.startswith(f"{s}::") for s in ref.selected):
                    expected.append(f"{ref.path}::{name}")
        return tuple(expected)

    def _command_tests(
        self,
        command: str,
        refs: tuple[TestRef, ...],
        files: Mapping[str, str],
        stop: threading.Event,
        *,
        hidden: bool,
    ) -> CheckRun:
        paths = tuple(ref.path for ref in refs)
        masked = tuple(path for path in self._project.hidden_paths if path not in paths)
        if not command and all(runs(path) for path in paths):
            others = (ref.path for unit in self._project.units.values() for ref in unit.tests if ref.path not in paths)
            return run_language_tests(
                self._sandbox,
                LanguageJob(
                    root=self._project.root, files=files, tests={path: self._code.read(path) or "" for path in paths},
                    selected={ref.path: ref.selected for ref in refs}, hidden=hidden,
                    masked=(*masked, *(path for path in others if path.endswith("_test.go"))), limits=self._limits,
                ),
                stop,
            )  # fmt: skip
        if not command:
            reason = f"no command runs {paths[0]}: set test_command in [checks] of regen.toml"
            return CheckRun(
                name="hidden tests" if hidden else "tests", outcome="inconclusive", reason=reason, hidden=hidden
            )
        return run_command_tests(
            self._sandbox, self._project.root, command, paths, files, junit="{junit}" in command, hidden=hidden,
            masked=masked, limits=self._limits, stop=stop,
        )  # fmt: skip


def _failed(checks: list[CheckRun]) -> bool:
    return any(check.outcome == "failed" for check in checks)
