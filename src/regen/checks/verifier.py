"""Runs the gates in order: those that cost nothing first, and types, the slowest, only on what passed its tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from regen.checks.command_tests import run_command_tests
from regen.checks.imports import check_imports
from regen.checks.interface import check_interface
from regen.checks.lint import check_lint
from regen.checks.types import check_types
from regen.languages import language_of
from regen.ports import Limits, TestJob
from regen.verdicts.check_run import CheckRun

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping

    from regen.ports import Code, Sandbox, TestRunner
    from regen.units.settings import CheckSettings
    from regen.units.unit import TestRef, Unit


class Project(msgspec.Struct, frozen=True):
    """What the gates must know of the project; `hidden_paths` are the hidden test files of all its units."""

    root: str
    interpreter: str
    settings: CheckSettings
    units: Mapping[str, Unit]
    hidden_paths: tuple[str, ...]


class GateVerifier:
    """The port `Verifier`. `declared` gives the interface that a unit's spec declares."""

    def __init__(
        self, project: Project, sandbox: Sandbox, runner: TestRunner, code: Code, declared: Callable[[Unit], str]
    ) -> None:
        self._project, self._sandbox, self._runner = project, sandbox, runner
        self._code, self._declared = code, declared
        self.sandbox_name = sandbox.name
        settings = project.settings
        self._limits = Limits(
            wall_seconds=settings.timeout, cpu_seconds=settings.timeout, memory_bytes=settings.memory_mb << 20,
            processes=settings.processes, output_bytes=settings.output_kb << 10,
        )  # fmt: skip

    def verify(self, unit: Unit, files: Mapping[str, str], stop: threading.Event) -> tuple[CheckRun, ...]:
        settings = self._project.settings
        checks = [check_interface(unit, self._declared(unit), files)]
        if unit.id in settings.may_import:
            checks.append(check_imports(unit, files, settings.may_import[unit.id], self._project.units))
        if settings.lint == "ruff":
            checks.append(check_lint(self._project.root, files))
        if unit.tests:
            checks.append(self._tests(unit, unit.tests, files, stop, hidden=False))
        if unit.hidden_tests and not _failed(checks):
            checks.append(self._tests(unit, unit.hidden_tests, files, stop, hidden=True))
        if settings.types and not _failed(checks):
            project = self._project
            checks.append(check_types(settings.types, self._sandbox, project.root, files, project.interpreter))
        if not unit.has_tests:
            checks.append(CheckRun(name="tests", outcome="skipped", reason="no test is linked"))
        return tuple(checks)

    def _tests(
        self, unit: Unit, refs: tuple[TestRef, ...], files: Mapping[str, str], stop: threading.Event, *, hidden: bool
    ) -> CheckRun:
        command = unit.test_command or self._project.settings.test_command
        python = [ref for ref in refs if ref.path.endswith(".py")]
        if unit.test_command or not python:
            return self._command_tests(command, refs, files, hidden=hidden)
        job = TestJob(
            unit=unit.id, root=self._project.root, files=dict(files),
            tests=tuple(node for ref in python for node in ref.node_ids()), expected=self._expected(python),
            hidden=hidden, hidden_paths=self._project.hidden_paths, limits=self._limits,
        )  # fmt: skip
        run = self._runner.run(job, stop)
        others = tuple(ref for ref in refs if ref not in python)
        if others and run.outcome == "passed":
            return self._command_tests(command, others, files, hidden=hidden)
        return run

    def _expected(self, refs: list[TestRef]) -> tuple[str, ...]:
        """Return the ids of the tests that must report, read from the test files as text."""
        expected = []
        for ref in refs:
            for name, _ in language_of(ref.path).test_functions(self._code.read(ref.path) or ""):
                if not ref.selected or any(name == s or name.startswith(f"{s}::") for s in ref.selected):
                    expected.append(f"{ref.path}::{name}")
        return tuple(expected)

    def _command_tests(
        self, command: str, refs: tuple[TestRef, ...], files: Mapping[str, str], *, hidden: bool
    ) -> CheckRun:
        paths = tuple(ref.path for ref in refs)
        if not command:
            reason = f"no command runs {paths[0]}: set test_command in [checks] of regen.toml"
            return CheckRun(
                name="hidden tests" if hidden else "tests", outcome="inconclusive", reason=reason, hidden=hidden
            )
        masked = tuple(path for path in self._project.hidden_paths if path not in paths)
        return run_command_tests(
            self._sandbox, self._project.root, command, paths, files, junit="{junit}" in command, hidden=hidden,
            masked=masked, limits=self._limits,
        )  # fmt: skip


def _failed(checks: list[CheckRun]) -> bool:
    return any(check.outcome == "failed" for check in checks)
