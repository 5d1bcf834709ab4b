"""Runs a unit's tests on mutants of its code: first which test runs which line, then each mutant by the tests it meets.

Mutants share the walls that each candidate has for itself (see checks/python_tests/inside/variants.py); those that were
candidates of a model, and what can't be run that way, get the full treatment of a candidate.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol

import msgspec

from regen.checks.python_tests.variants import Seconds, Variant
from regen.experiments.placing import Places, alone, function_lines
from regen.trust.evidence import MutantResult, Mutation

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from regen.checks.python_tests.variants import VariantResult
    from regen.experiments.placing import Place
    from regen.ports import TestJob, TestRunner
    from regen.trust.evidence import Mutant, MutantOutcome
    from regen.units.unit import Unit
    from regen.verdicts.check_run import CheckRun

_LEAST_BATCH, _MOST_BATCH = 12, 80
_BATCHES_A_PROCESS = 4
_LEAST_CPU_SECONDS, _LEAST_WALL_SECONDS = 0.25, 3.0
_TIMES_SLOWER = 10
_BASE_SECONDS = Seconds(60, 120)
_OF_ALL, _UNWATCHED = "", "unwatched"


class RunsVariants(Protocol):
    """A runner that can run many variants at once; `checks/python_tests/warm.py`."""

    def run_variants(
        self, job: TestJob, variants: Sequence[Variant], seconds: Seconds, stop: threading.Event
    ) -> tuple[dict[str, VariantResult], str]: ...


class BatchMutantRunner:
    """The port `MutantRunner`.

    `jobs` gives the suites of a unit, visible and hidden ones, with a candidate's files; `runner` runs one candidate,
    and many at once where it can; `processes` at a time.
    """

    def __init__(
        self, runner: TestRunner, jobs: Callable[[Unit, Mapping[str, str]], Sequence[TestJob]], processes: int = 2
    ) -> None:
        self._runner, self._jobs, self._processes = runner, jobs, max(1, processes)

    def run(
        self,
        unit: Unit,
        files: Mapping[str, str],
        mutants: Sequence[Mutant],
        stop: threading.Event,
        only: Collection[str] = (),
    ) -> Mutation:
        """Return what became of each mutant; with `only`, these test functions alone are run."""
        started = time.monotonic()
        results: dict[str, MutantResult] = {}
        left = list(mutants)
        for job in self._jobs(unit, files):
            found = _Suite(self._runner, job, self._processes, stop, only).judge(left)
            for result in found:
                before = results.get(result.mutant.id)
                results[result.mutant.id] = _better(before, result)
            left = [m for m in left if results[m.id].outcome not in ("killed", "timed out")]
            if not left or stop.is_set():
                break
        lost = (MutantResult(mutant=m, outcome="not judged", reason="the unit has no tests") for m in mutants)
        ordered = tuple(results.get(result.mutant.id, result) for result in lost)
        return Mutation(results=ordered, seconds=time.monotonic() - started)


def _better(before: MutantResult | None, result: MutantResult) -> MutantResult:
    """Return what counts of two suites' words: what was learned, and all tests that run the line."""
    if before is None:
        return result
    tests = (*before.tests, *result.tests)
    if result.outcome in ("not covered", "not judged") and before.outcome == "survived":
        result = before
    return msgspec.structs.replace(result, tests=tests)


class _Suite:
    """One suite of a unit, and what its tests run of the code."""

    def __init__(
        self, runner: TestRunner, job: TestJob, processes: int, stop: threading.Event, only: Collection[str]
    ) -> None:
        self._runner, self._job, self._processes, self._stop, self._only = runner, job, processes, stop, only
        self._lines: dict[str, dict[str, tuple[int, ...]]] = {}
        self._functions: tuple[str, ...] = ()
        self._limit = Seconds(_LEAST_CPU_SECONDS, _LEAST_WALL_SECONDS)
        self._last_killer: dict[str, str] = {}
        self._guard = threading.Lock()

    def judge(self, mutants: Sequence[Mutant]) -> list[MutantResult]:
        """Return a result for each mutant."""
        reason = self._look_at_accepted()
        if reason:
            return [MutantResult(mutant=mutant, outcome="not judged", reason=reason) for mutant in mutants]
        places = {path: Places(text) for path, text in self._job.files.items() if path.endswith(".py")}
        results: list[MutantResult] = []
        batched: list[tuple[Mutant, Variant]] = []
        singles: list[tuple[Mutant, tuple[str, ...]]] = []
        for mutant in mutants:
            if mutant.origin or mutant.path not in places:
                singles.append((mutant, self._functions))
                continue
            place = places[mutant.path].of(mutant.line, mutant.end_line or mutant.line)
            tests = self._meeting(mutant.path, place)
            if not tests:
                results.append(MutantResult(mutant=mutant, outcome="not covered"))
            else:
                batched.append((mutant, self._variant(mutant, place, tests)))
        batched.sort(key=lambda pair: bool(pair[1].function))
        size = len(batched) // (_BATCHES_A_PROCESS * self._processes)
        batches = list(_batches(batched, min(max(size, _LEAST_BATCH), _MOST_BATCH)))
        with ThreadPoolExecutor(self._processes, thread_name_prefix="mutants") as crew:
            for found in crew.map(self._run_batch, batches):
                results += found
            results += crew.map(lambda pair: self._run_alone(*pair), singles)
        return results

    def _look_at_accepted(self) -> str:
        """Run the accepted code once, watching its lines; return why mutants can't be judged, or nothing."""
        if not hasattr(self._runner, "run_variants"):
            return self._run_accepted_cold()
        watched = tuple(path for path in self._job.files if path.endswith(".py"))
        functions = tuple(test for test in self._job.expected if not self._only or test in self._only)
        base = Variant(id=_OF_ALL, tests=functions, watched=watched)
        unwatched = Variant(id=_UNWATCHED, tests=functions)
        found, reason = self._runner.run_variants(self._job, [unwatched, base], _BASE_SECONDS, self._stop)
        result = found.get(_OF_ALL)
        if result is None:
            return self._run_accepted_cold() if reason else "the suite ended before its last test"
        if result.outcome != "survived":
            what = result.test or result.reason or result.outcome
            return f"the accepted code does not pass its own tests: {what}"
        usual = found.get(_UNWATCHED, result).seconds
        self._limit = Seconds(
            max(_LEAST_CPU_SECONDS, _TIMES_SLOWER * usual), max(_LEAST_WALL_SECONDS, 4 * _TIMES_SLOWER * usual)
        )
        self._lines, self._functions = result.lines, result.functions
        return ""

    def _run_accepted_cold(self) -> str:
        check = self._runner.run(self._job, self._stop)
        if check.outcome != "passed":
            return f"the accepted code does not pass its own tests: {check.reason}"
        self._functions = self._job.expected
        return ""

    def _meeting(self, path: str, place: Place) -> tuple[str, ...]:
        """Return the test functions that run any line of the place, those with fewer lines first: they are quicker."""
        if not self._lines or _ran(self._lines.get(_OF_ALL, {}).get(path, ()), place.lines):
            met = list(self._functions)
        else:
            met = [test for test in self._functions if _ran(self._lines.get(test, {}).get(path, ()), place.lines)]
        return tuple(met)

    def _variant(self, mutant: Mutant, place: Place, tests: tuple[str, ...]) -> Variant:
        with self._guard:
            first = next((self._last_killer[test] for test in tests if test in self._last_killer), "")
        if not function_lines(place, self._lines.get(_OF_ALL, {}).get(mutant.path, ())):
            return Variant(id=mutant.id, path=mutant.path, text=mutant.text, tests=tests, first=first)
        grown = mutant.text.count("\n") - self._job.files[mutant.path].count("\n")
        line, text = alone(place, mutant.text, grown)
        return Variant(
            id=mutant.id, path=mutant.path, text=text, tests=tests, first=first, function=place.function, line=line
        )

    def _run_batch(self, batch: Sequence[tuple[Mutant, Variant]]) -> list[MutantResult]:
        """Run a batch; what could not be run in it is run again as a whole file, and then by itself."""
        results: list[MutantResult] = []
        mutants = {variant.id: mutant for mutant, variant in batch}
        left = {variant.id: variant for _, variant in batch}
        for _ in range(2):
            found = self._run_variants(list(left.values()))
            for result in found.values():
                if result.outcome == "odd":
                    mutant = mutants[result.id]
                    left[result.id] = msgspec.structs.replace(left[result.id], function="", line=1, text=mutant.text)
                else:
                    results.append(self._result(mutants[result.id], left.pop(result.id), result))
            if not left or self._stop.is_set():
                break
        return [*results, *(self._run_alone(mutants[name], variant.tests) for name, variant in left.items())]

    def _run_variants(self, variants: list[Variant]) -> dict[str, VariantResult]:
        if not hasattr(self._runner, "run_variants") or self._stop.is_set():
            return {}
        found: dict[str, VariantResult] = self._runner.run_variants(self._job, variants, self._limit, self._stop)[0]
        return found

    def _result(self, mutant: Mutant, variant: Variant, found: VariantResult) -> MutantResult:
        outcome: MutantOutcome = "not judged" if found.outcome == "odd" else found.outcome
        reason = found.reason
        silent = sorted(set(variant.tests) - set(found.functions))
        if outcome == "survived" and silent:
            outcome, reason = "killed", f"{silent[0]} did not report"
        if found.test:
            with self._guard:
                for test in variant.tests:
                    self._last_killer[test] = found.test
        return MutantResult(
            mutant=mutant, outcome=outcome, test=found.test, tests=variant.tests, reason=reason, seconds=found.seconds
        )

    def _run_alone(self, mutant: Mutant, tests: tuple[str, ...]) -> MutantResult:
        """Run a mutant as a candidate is run."""
        if self._stop.is_set():
            return MutantResult(mutant=mutant, outcome="not judged", reason="interrupted", tests=tests)
        job = msgspec.structs.replace(self._job, files={**self._job.files, mutant.path: mutant.text, **mutant.others})
        check = self._runner.run(job, self._stop)
        failed = next((test.id for test in check.tests if test.outcome in ("failed", "error", "missing")), "")
        return MutantResult(
            mutant=mutant, outcome=_outcome_of(check), test=failed, tests=tests, reason=check.reason,
            seconds=check.seconds,
        )  # fmt: skip


def _outcome_of(check: CheckRun) -> MutantOutcome:
    if check.outcome == "passed":
        return "survived"
    if check.outcome == "failed":
        return "killed"
    return "timed out" if check.reason.startswith(("took longer", "used more")) else "not judged"


def _ran(lines: Iterable[int], place: range) -> bool:
    return any(line in place for line in lines)


def _batches(pairs: list[tuple[Mutant, Variant]], size: int) -> Iterator[list[tuple[Mutant, Variant]]]:
    for start in range(0, len(pairs), size):
        yield pairs[start : start + size]
