"""What the sandbox said → CheckRun. Computed here, outside: the candidate's process has no say in it."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING, Any

import msgspec

from regen.checks.python_tests.failure_text import FailureWriter
from regen.checks.python_tests.job import is_own_module
from regen.checks.python_tests.skipping import may_skip
from regen.verdicts.check_run import CheckRun, Failure, TestResult

if TYPE_CHECKING:
    from regen.checks.python_tests.interpreter import Interpreter
    from regen.checks.python_tests.job import Prepared
    from regen.ports import Ended, Limits, TestJob
    from regen.verdicts.check_run import Outcome

_NOT_LEARNED = ("wall time", "cpu time", "interrupted")
TAMPERS = "the candidate"
_ERROR_WORDS = ("Fatal Python error", "Error", "Exception", "error:")


def reported_as_broken(stdout: bytes, word: str) -> str:
    """Return why the walls around the candidate could not be raised, or nothing; then nothing of it was run."""
    sign, _, text = stdout.decode("ascii", "replace").partition(" ")
    try:
        message = json.loads(text.partition("\n")[0]) if sign == word else {}
    except ValueError:
        return ""
    return str(message.get("reason", "")) if message.get("event") == "broken" else ""


def is_odd(stdout: bytes, word: str) -> bool:
    """Say whether a run without a session of pytest came to what only a session can tell."""
    return f'{word} {{"event": "odd"}}\n'.encode() in stdout


class Told:
    """The messages of one run, those with the run's word on them."""

    def __init__(self, stdout: bytes, word: str) -> None:
        self.results: dict[str, dict[str, Any]] = {}
        self.files: dict[str, dict[str, Any]] = {}
        self.tampering: list[str] = []
        self.running = ""
        self.unable: dict[str, str] | None = None
        self.ended = False
        self.stopped = False
        for line in stdout.decode("ascii", "replace").splitlines():
            sign, _, text = line.partition(" ")
            if sign != word:
                self.tampering.append("wrote to the runner's private pipe")
                continue
            try:
                self._take(_message(text))
            except (ValueError, KeyError, TypeError):
                continue  # a line cut by the end of the process

    def _take(self, message: dict[str, Any]) -> None:
        event = message.pop("event")
        if event == "start":
            self.running = message["id"]
        elif event == "result":
            self.running = ""
            self._result(message)
        elif event == "file":
            self.files[message["path"]] = message
        elif event == "tampering":
            self.tampering.append(message["what"])
        elif event == "unable":
            self.unable = message
        elif event == "stopped":
            self.stopped = True
        elif event == "end":
            self.ended = True

    def take_out(self, canaries: list[str]) -> None:
        """Take the tests that must fail out of the results; where one passed, the others mean nothing."""
        reported = [self.results.pop(name)["outcome"] for name in canaries if name in self.results]
        if "passed" in reported or "skipped" in reported:
            self.tampering.append("makes tests pass that must fail")
        elif self.ended and len(reported) < len(canaries) and not self.stopped:
            self.tampering.append("keeps tests from being reported")
        if self.running in canaries:
            self.running = ""

    def _result(self, message: dict[str, Any]) -> None:
        earlier = self.results.get(message["id"])
        if earlier is not None and earlier["outcome"] != message["outcome"]:
            self.tampering.append(f"reported {message['id']} twice")
        self.results[message["id"]] = message


def _message(text: str) -> dict[str, Any]:
    try:
        message = msgspec.json.decode(text)
    except msgspec.DecodeError:  # such as half of a surrogate pair, which Python's own json writes and reads
        message = json.loads(text)
    if not isinstance(message, dict):
        raise TypeError(text)
    return message


def refuse(job: TestJob, reason: str) -> CheckRun:
    """Return the check of a candidate that can't be run at all."""
    tests = tuple(TestResult(id=name, outcome="missing", failure=Failure(message=reason)) for name in job.expected)
    return _check(job, "failed", reason, tests, 0.0)


def inconclusive(job: TestJob, reason: str, seconds: float = 0.0) -> CheckRun:
    """Return a check that learned nothing."""
    return _check(job, "inconclusive", reason, (), seconds)


def judge(prepared: Prepared, interpreter: Interpreter, ended: Ended, word: str, canaries: list[str]) -> CheckRun:
    """Return the check that follows from what was told and how the process ended."""
    job = prepared.job
    told = Told(ended.stdout, word)
    told.take_out(canaries)
    writer = FailureWriter(job.root, prepared.texts)
    tests = tuple(_unless_skipped_by_code(prepared, test, told) for test in _results(job, told, writer))
    line = writer.clean(_first_useful_line(ended.stderr))
    if told.tampering:
        return _check(job, "failed", f"{TAMPERS} {told.tampering[0]}", tests, ended.seconds)
    if told.unable is not None and ended.stopped == "":
        return inconclusive(job, unable(told.unable, interpreter), ended.seconds)
    if ended.stopped or not told.ended:
        outcome: Outcome = "inconclusive" if ended.stopped in _NOT_LEARNED else "failed"
        return _check(job, outcome, _end_reason(ended, told, job.limits, line), tests, ended.seconds)
    lacking = _lacking_package(told, prepared, interpreter)
    if lacking:
        return _check(job, "inconclusive", lacking, tests, ended.seconds)
    broken = next((message for message in told.files.values() if message["outcome"] == "error"), None)
    if not tests and broken is not None:
        failure = writer.write(broken["failure"])
        return inconclusive(job, f"{broken['path']}: {failure.message if failure else ''}".rstrip(": "), ended.seconds)
    return _check(job, *_summary(tests), tests, ended.seconds)


def _summary(tests: tuple[TestResult, ...]) -> tuple[Outcome, str]:
    bad = [test for test in tests if test.outcome in ("failed", "error")]
    missing = [test for test in tests if test.outcome == "missing"]
    if bad:
        return "failed", f"{len(bad)} of {len(tests)} tests failed"
    if missing:
        return "failed", f"{len(missing)} of {len(tests)} expected tests did not report"
    if not any(test.outcome == "passed" for test in tests):
        return "inconclusive", "every test was skipped" if tests else "no test was run"
    return "passed", ""


def _results(job: TestJob, told: Told, writer: FailureWriter) -> tuple[TestResult, ...]:
    """Return what each expected test reported, in the suite's order, and after that any other test that ran."""
    by_function: dict[str, list[dict[str, Any]]] = {}
    for identity, message in told.results.items():
        by_function.setdefault(_function_of(identity), []).append(message)
    results: list[TestResult] = []
    for expected in job.expected:
        reported = [told.results[expected]] if expected in told.results else by_function.pop(expected, [])
        by_function.pop(expected, None)
        results += [_result(message, writer) for message in reported]
        if not reported and not told.stopped:
            results.append(_silent(expected, told, writer))
    seen = {result.id for result in results}
    others = (message for messages in by_function.values() for message in messages if message["id"] not in seen)
    return (*results, *(_result(message, writer) for message in others))


def _unless_skipped_by_code(prepared: Prepared, test: TestResult, told: Told) -> TestResult:
    """Let only the suite's own text skip a test: what the code under test skips has failed."""
    path = test.id.partition("::")[0]
    if test.outcome != "skipped" or may_skip(prepared, test.id if test.id in told.results else path):
        return test
    said = f" ({test.failure.message})" if test.failure is not None and test.failure.message else ""
    failure = Failure(message=f"skipped, though nothing in its tests skips{said}")
    return msgspec.structs.replace(test, outcome="failed", failure=failure)


def _function_of(identity: str) -> str:
    path, separator, inner = identity.partition("::")
    return path + separator + inner.partition("[")[0]


def _result(message: dict[str, Any], writer: FailureWriter) -> TestResult:
    failure = writer.write(message.get("failure")) if message["outcome"] != "passed" else None
    return TestResult(id=message["id"], outcome=message["outcome"], failure=failure, seconds=message["seconds"])


def _silent(expected: str, told: Told, writer: FailureWriter) -> TestResult:
    """Return the result of a test that said nothing, with what is known of why."""
    file = told.files.get(expected.partition("::")[0])
    if file is not None:
        return TestResult(id=expected, outcome=file["outcome"], failure=writer.write(file["failure"]))
    if told.running and _function_of(told.running) == _function_of(expected):
        return TestResult(id=expected, outcome="missing", failure=Failure(message="did not come to its end"))
    return TestResult(id=expected, outcome="missing", failure=Failure(message="did not report"))


def _end_reason(ended: Ended, told: Told, limits: Limits, line: str) -> str:
    where = (
        f" while {told.running} was running" if told.running else " before the first test" if not told.results else ""
    )
    said = f": {line}" if line else ""
    reasons = {
        "wall time": f"took longer than {limits.wall_seconds:g} s{where}",
        "cpu time": f"used more than {limits.cpu_seconds:g} s of CPU time{where}",
        "memory": f"used more than {limits.memory_bytes >> 20} MiB of memory{where}",
        "output": f"printed more than {limits.output_bytes >> 10} KiB{where}",
        "processes": f"started more than {limits.processes} processes{where}{said}",
        "interrupted": "was interrupted",
    }
    if ended.stopped:
        return reasons[ended.stopped]
    if ended.exit_code < 0:
        return f"was killed by {_signal_name(-ended.exit_code)}{where}{said}"
    return f"ended by itself with exit code {ended.exit_code}{where}{said}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _first_useful_line(stderr: bytes) -> str:
    lines = [line.strip() for line in stderr.decode(errors="replace").splitlines() if line.strip()]
    named = (line for line in lines if any(word in line for word in _ERROR_WORDS) and not line.startswith("File "))
    return next(named, lines[-1] if lines else "")


def unable(told: dict[str, str], interpreter: Interpreter) -> str:
    """Say why the suite could not be run, and the command that mends it."""
    if told["missing"]:
        return f"the tests need {told['missing']}; run: uv pip install --python {interpreter.program} {told['missing']}"
    return f"pytest could not run the tests: {told['reason']}"


def _lacking_package(told: Told, prepared: Prepared, interpreter: Interpreter) -> str:
    """Say which package a test file itself imports that is not installed; the candidate can't be blamed for it."""
    for message in told.files.values():
        facts = message["failure"]
        name = facts.get("text", "").partition("'")[2].partition("'")[0].partition(".")[0]
        if (
            facts.get("type") == "ModuleNotFoundError"
            and "file" not in facts
            and name
            and not is_own_module(prepared.job, name)
        ):
            return f"the tests need {name}; run: uv pip install --python {interpreter.program} {name}"
    return ""


def _check(job: TestJob, outcome: Outcome, reason: str, tests: tuple[TestResult, ...], seconds: float) -> CheckRun:
    name = "hidden tests" if job.hidden else "tests"
    return CheckRun(name=name, outcome=outcome, reason=reason, tests=tests, hidden=job.hidden, seconds=seconds)
