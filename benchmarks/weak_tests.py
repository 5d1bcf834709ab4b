"""Tells how many mutants of an accepted reply the visible tests let pass: `regen audit` of a recorded task.

A user has one accepted program, so the first accepted reply is the one whose mutants are run. Those that no fuzzed input
tells from it are left out, as in every audit.
"""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, NamedTuple

from task_project import CODE, TESTS

from regen.auditing import Auditor, Effort, Laboratory
from regen.checks.python_tests import open_python_test_runner
from regen.experiments.mutation import BatchMutantRunner
from regen.ports import Limits, TestJob
from regen.specs import native
from regen.storage.code import DiskCode
from regen.testing.memory import MemoryLedger
from regen.trust.mutants.candidates import mutants_from_candidates

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recorded import Task

    from regen.ports import Comparer, Sandbox, TestRunner
    from regen.specs.spec import Spec
    from regen.trust.evidence import Mutation
    from regen.units.unit import Unit
    from regen.verdicts.check_run import CheckRun

_TEST = f"{TESTS}::test_visible"
_LIMITS = Limits(wall_seconds=20)


class Survival(NamedTuple):
    """The mutants of a task's first accepted reply.

    `rejected` is how many other programs the ledger of such a unit would hold as mutants: replies that the visible
    tests reject, so that each counts as killed without being run again. `reason` says why nothing was measured.
    """

    mutation: Mutation | None
    rejected: int = 0
    reason: str = ""

    @property
    def share(self) -> float:
        """Return 1 − the mutation score that an audit shows."""
        score = self.mutation.score if self.mutation else None
        return 0.0 if score is None else 1 - score

    def share_of_all(self, *, rejected: bool = False) -> float:
        """Return the share of all mutants that the tests let pass, those that seem the same program included."""
        if not self.mutation:
            return 0.0
        count = self.mutation.judged + (self.rejected if rejected else 0)
        return len(self.mutation.survivors) / count if count else 0.0


class _Suites:
    """The visible tests of a task, and what runs them."""

    def __init__(self, runner: TestRunner, root: str) -> None:
        self.runner, self.root = runner, root

    def jobs(self, unit: Unit, files: Mapping[str, str]) -> list[TestJob]:
        return [TestJob(unit=unit.id, root=self.root, files=files, tests=(TESTS,), expected=(_TEST,), limits=_LIMITS)]

    def run_tests(self, unit: Unit, files: Mapping[str, str], stop: threading.Event) -> tuple[CheckRun, ...]:
        return tuple(self.runner.run(job, stop) for job in self.jobs(unit, files))

    def run_variations(self, *_: object) -> tuple[CheckRun, ...]:
        return ()


def survival(task: Task, unit: Unit, root: str, sandbox: Sandbox, comparer: Comparer) -> Survival:
    """Audit a task's first accepted reply; `root` is the absolute path of the project that was written for the task."""
    accepted = next(reply.code for reply in task.replies if reply.passes_visible)
    rejected = {str(n): {CODE: reply.code} for n, reply in enumerate(task.replies) if not reply.passes_visible}
    runner = open_python_test_runner(sandbox, sys.executable, stop_at_failure=True)
    try:
        suites, code = _Suites(runner, root), DiskCode(root)
        laboratory = Laboratory(
            MemoryLedger(), code, lambda: suites, lambda: BatchMutantRunner(runner, suites.jobs, 1), lambda: comparer
        )

        def spec_of(unit: Unit) -> Spec:
            spec, problems = native.parse(unit.spec, code.read(unit.spec) or "")
            if spec is None:
                raise ValueError(problems)
            return spec

        found = Auditor(laboratory, spec_of, Effort(variations=0), threading.Event()).audit(unit, {CODE: accepted})
    finally:
        runner.close()
    others = mutants_from_candidates({CODE: accepted}, rejected)
    return Survival(found.mutation, len(others), "; ".join(found.not_measured))
