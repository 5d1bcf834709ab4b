"""Runs proposed tests, which lie in no folder of the project, on accepted programs and on mutants that survive."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from regen.experiments.mutation import BatchMutantRunner
from regen.trust.judgement import ACCEPTED
from regen.trust.trial import Trial, judge_trial, with_kills

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping, Sequence

    from regen.ports import TestJob, TestRunner
    from regen.trust.evidence import Mutant
    from regen.units.unit import Unit
    from regen.verdicts.check_run import CheckRun


class Mutants(NamedTuple):
    """Mutants of the accepted code: those that the present tests let pass, and some that they kill."""

    surviving: Sequence[Mutant]
    killed: Sequence[Mutant]


class TrialRunner:
    """Tries test files out; `job` gives a suite of one file (path, text) for a unit's files."""

    def __init__(
        self, runner: TestRunner, job: Callable[[Unit, str, str, Mapping[str, str]], TestJob], stop: threading.Event
    ) -> None:
        self._runner, self._job, self._stop = runner, job, stop

    def run(self, unit: Unit, path: str, text: str, files: Mapping[str, str]) -> CheckRun:
        """Return what the test `text` says of one program, as if it lay at `path`."""
        return self._runner.run(self._job(unit, path, text, files), self._stop)

    def judge(
        self, unit: Unit, path: str, text: str, programs: Mapping[str, Mapping[str, str]], mutants: Mutants,
        first_of: Sequence[str] = (),
    ) -> Trial:  # fmt: skip
        """Return what the test tells of accepted programs (id → files, `accepted` among them) and of mutants.

        `first_of` are the requirements that it names and no other test does.
        """
        trial = judge_trial({name: self.run(unit, path, text, files) for name, files in programs.items()})
        if trial.useless or ACCEPTED not in trial.passes:
            return trial
        killed = self._killed(unit, path, text, programs[ACCEPTED], mutants.surviving)
        if not killed and first_of:
            others = self._killed(unit, path, text, programs[ACCEPTED], mutants.killed)
            if others:
                return with_kills(trial, others, len(mutants.killed), first_of)
        return with_kills(trial, killed, len(mutants.surviving))

    def _killed(
        self, unit: Unit, path: str, text: str, files: Mapping[str, str], mutants: Sequence[Mutant]
    ) -> list[Mutant]:
        if not mutants:
            return []
        runner = BatchMutantRunner(self._runner, lambda unit, files: [self._job(unit, path, text, files)],
                                   os.cpu_count() or 1)  # fmt: skip
        found = runner.run(unit, files, mutants, self._stop)
        return [result.mutant for result in found.results if result.outcome in ("killed", "timed out")]
