"""Runs proposed tests, which lie in no folder of the project, on accepted programs and on mutants that survive."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

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
        self, unit: Unit, path: str, text: str, programs: Mapping[str, Mapping[str, str]], mutants: Sequence[Mutant]
    ) -> Trial:
        """Return what the test tells of accepted programs (id → files, `accepted` among them) and of mutants."""
        trial = judge_trial({name: self.run(unit, path, text, files) for name, files in programs.items()})
        if trial.useless or ACCEPTED not in trial.passes:
            return trial
        mutant_runner = BatchMutantRunner(
            self._runner, lambda unit, files: [self._job(unit, path, text, files)], os.cpu_count() or 1
        )
        found = mutant_runner.run(unit, programs[ACCEPTED], mutants, self._stop) if mutants else None
        killed = [r.mutant for r in found.results if r.outcome in ("killed", "timed out")] if found else []
        return with_kills(trial, killed, len(mutants))
