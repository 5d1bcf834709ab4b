"""Measures mutation testing against mutmut 3 on its own mutants; exits with 1 if any goal falls short.

    python benchmarks/mutation.py [--quick]

Both sides judge the same mutants of the same module (`mutation/project`, 140 tests), in turns of one run: A B A B. mutmut
gets a virtual environment of its own, made once in REGEN_BENCH_CACHE.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "mutation"))
import mutmut_side

from regen.checks.python_tests import open_python_test_runner
from regen.checks.python_tests.cold import ColdRunner
from regen.checks.python_tests.interpreter import ask_interpreter
from regen.experiments.mutation import BatchMutantRunner
from regen.languages.python import test_functions
from regen.ports import Limits, TestJob
from regen.sandboxes import open_sandbox
from regen.units.unit import Target, TestRef, Unit

PROJECT = Path(__file__).parent / "mutation" / "project"
MODULE, TESTS = "src/bookkeeping.py", "tests/test_bookkeeping.py"
PROCESSES = 2
QUICK_MUTANTS = 24
PATIENCE = 20.0
"""Seconds that a mutant gets when it is run cold to see who is right."""


def job_for(root, module_path, test_path, text, seconds=60.0):
    """Return the whole suite as a job, with this text as the candidate."""
    tests = (Path(root) / test_path).read_text()
    expected = tuple(f"{test_path}::{name}" for name, _ in test_functions(tests))
    limits = Limits(wall_seconds=seconds)
    return TestJob(
        unit="unit", root=str(root), files={module_path: text}, tests=(test_path,), expected=expected, limits=limits
    )


def judge_with_regen(project_root, module_path, test_path, mutants):
    """Return (outcome by mutant id, seconds), everything that must be started included."""
    started = time.monotonic()
    runner = open_python_test_runner(open_sandbox("bubblewrap"), sys.executable, stop_at_failure=True)
    try:
        text = (Path(project_root) / module_path).read_text()
        unit = Unit(
            id="unit", spec="spec.md", title="", targets=(Target(module_path),), tests=(TestRef(path=test_path),)
        )
        batches = BatchMutantRunner(
            runner, lambda _, files: [job_for(project_root, module_path, test_path, files[module_path])], PROCESSES
        )
        found = batches.run(unit, {module_path: text}, mutants, threading.Event())
    finally:
        runner.close()
    return {result.mutant.id: result.outcome for result in found.results}, time.monotonic() - started


class Referee:
    """Says why two verdicts on a mutant differ, after running it again, each way by itself."""

    def __init__(self, project, python):
        self.project, self.python = project, python
        self.cold = ColdRunner(open_sandbox("bubblewrap"), ask_interpreter(sys.executable))

    def reason(self, mutant, ours, theirs) -> str:
        """Return a reason that the evidence bears, or nothing."""
        cold, seconds, test = self._cold(mutant)
        if ours == "timed out" and cold != ours and seconds > 2:
            return f"regen's limit of time: by itself it takes {seconds:.1f} s"
        if cold != ours:
            return ""
        said = f"the mutated file by itself, under plain pytest: {cold}{' by ' if test else ''}{test} ({seconds:.1f} s)"
        behind = mutmut_side.run_trampoline(self.python, self.project, mutant.id, PATIENCE)
        if behind == theirs:
            return f"{said}; behind mutmut's trampoline, the same tests in the same order: {behind}"
        if theirs == "timed out":
            return f"{said}; mutmut's exit code is that of its limit of CPU time, by itself its file is {behind}"
        if theirs in ("survived", "not covered") and test not in mutmut_side.tests_run(self.project, mutant.id):
            return f"{said}; mutmut never ran that test on it"
        return ""

    def _cold(self, mutant):
        started = time.monotonic()
        check = self.cold.run(job_for(self.project, MODULE, TESTS, mutant.text, PATIENCE), threading.Event())
        seconds = time.monotonic() - started
        if check.outcome == "passed":
            return "survived", seconds, ""
        failed = next((test.id for test in check.tests if test.outcome in ("failed", "error")), "")
        killed = check.outcome == "failed"
        return ("killed" if killed else "timed out"), seconds, failed if killed else ""


def chosen(mutants, outcomes):
    """Return mutants at equal distances, of those that end: one that does not costs mutmut 30 s of CPU."""
    ending = [mutant for mutant in mutants if outcomes[mutant.id] != "timed out"]
    return [ending[number * len(ending) // QUICK_MUTANTS] for number in range(QUICK_MUTANTS)]


def measure(quick):
    """Return (what, figure, goal, holds) of each figure; the goal is empty where there is none."""
    python = mutmut_side.environment()
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        shutil.copytree(PROJECT, project)
        mutants = mutmut_side.generate(python, project, MODULE)
        shared, names = list(mutants), ()
        ours, theirs = [], []
        for _ in range(1 if quick else 2):
            ours.append(judge_with_regen(project, MODULE, TESTS, mutants))
            if quick and not names:
                shared = chosen(mutants, ours[0][0])
                names = tuple(mutant.id for mutant in shared)
                print(
                    f"--quick: mutmut runs {len(shared)} of its {len(mutants)} mutants, evenly chosen, none that time out"
                )
            theirs.append(mutmut_side.run(python, project, MODULE, names))
        return [
            *_speed(mutants, shared, ours, theirs),
            *_verdicts(Referee(project, python), shared, ours, theirs),
        ]


def _speed(mutants, shared, ours, theirs):
    rates = [len(mutants) / seconds for _, seconds in ours]
    rate = sum(rates) / len(rates)
    # mutmut's start-up is shared by all mutants, also where only some are run.
    each = [(run.seconds - run.running) / len(mutants) + run.running / len(shared) for run in theirs]
    ending = [name for name in theirs[0].verdicts if all(run.verdicts[name] != "timed out" for run in theirs)]
    cores = os.cpu_count()
    mutmut_rate = len(each) / sum(each)
    yield (
        f"mutants a second, {len(mutants)} mutants, 140 tests, {cores} CPUs",
        f"{rate:.0f} /s",
        ">= 100 /s",
        rate >= 100,
    )
    yield "  each run", ", ".join(f"{each_rate:.0f} /s" for each_rate in rates), "", True
    yield "mutmut, start-up shared by all mutants", f"{mutmut_rate:.1f} /s", "", True
    yield "  each run", ", ".join(f"{1 / seconds:.1f} /s" for seconds in each), "", True
    yield "times faster than mutmut", f"{rate / mutmut_rate:.1f} x", ">= 10 x", rate / mutmut_rate >= 10
    if len(ending) < len(theirs[0].verdicts):
        seconds = sum(run.each[name] for run in theirs for name in ending) / len(theirs) / PROCESSES
        yield f"mutmut, only the tests of {len(ending)} mutants that end", f"{len(ending) / seconds:.1f} /s", "", True


def _verdicts(referee, shared, ours, theirs):
    regen, mutmut = ours[-1][0], theirs[-1].verdicts
    for mutant in shared:
        if ours[0][0][mutant.id] != regen[mutant.id] or theirs[0].verdicts[mutant.id] != mutmut[mutant.id]:
            said = f"regen {ours[0][0][mutant.id]}, {regen[mutant.id]}; mutmut {theirs[0].verdicts[mutant.id]}, "
            print(f"not the same in both runs: {mutant.id}: {said}{mutmut[mutant.id]}")
    differing = [mutant for mutant in shared if regen[mutant.id] != mutmut[mutant.id]]
    without = 0
    for mutant in differing:
        reason = referee.reason(mutant, regen[mutant.id], mutmut[mutant.id])
        without += not reason
        print(f"differs: {mutant.id}, line {mutant.line}: {mutant.after.strip()}")
        print(f"  regen {regen[mutant.id]}, mutmut {mutmut[mutant.id]}: {reason or 'no reason found'}", flush=True)
    yield f"verdicts of {len(shared)} that differ", str(len(differing)), "", True
    yield "  without a reason", str(without), "0", not without


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="mutmut on some of the mutants, under 45 s")
    rows = measure(parser.parse_args().quick)
    for what, figure, goal, holds in rows:
        told = f"goal {goal:<10} {'holds' if holds else 'falls short'}" if goal else "no goal"
        print(f"{what:<64} {figure:>18}   {told}")
    return int(not all(holds for *_, holds in rows))


if __name__ == "__main__":
    sys.exit(main())
