# ruff: noqa: S101, D401 - promises are asserted, and told in the present tense
"""What every runner of Python tests must keep, as checks that any adapter's test module can call.

    from regen.testing.runner_conformance import PROMISES

    @pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
    def test_my_runner(promise, tmp_path):
        promise(MyRunner(), tmp_path)

Each promise runs one candidate, the text of `src/unit.py`, and raises AssertionError where the check says something
else than it must. `JUDGEMENT` holds what an honest candidate is owed, `SUSPICION` what a dishonest one must not get.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import msgspec

from regen.ports import Limits, TestJob

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from regen.ports import TestRunner
    from regen.verdicts.check_run import CheckRun

    Promise = Callable[[TestRunner, Path], None]

_SUITE = """\
from unit import double

def test_two():
    assert double(2) == 4

def test_word():
    assert double('a') == 'aa'
"""
_RIGHT = "def double(n):\n    return n * 2\n"
_TESTS = ("test_two", "test_word")


def told(check: CheckRun) -> str:
    """Return the check as the lines that a person would read."""
    lines = [f"{check.name} {check.outcome}" + (f": {check.reason}" if check.reason else "")]
    for test in check.tests:
        lines.append(f"  {test.outcome} {test.id}")
        if test.failure is not None:
            for field in ("message", "input", "expected", "actual"):
                value = getattr(test.failure, field)
                lines += [f"    {field}: {value}"] if value else []
    return "\n".join(lines) + "\n"


def run_candidate(
    runner: TestRunner, project: Path, code: str, *, suite: str = _SUITE, tests: tuple[str, ...] = _TESTS,
    seconds: float = 20.0, hidden: bool = False, stop: threading.Event | None = None,
) -> CheckRun:  # fmt: skip
    """Run `tests` of `suite`, written to tests/test_unit.py of `project`, against `code`, for `seconds` at most."""
    (project / "tests").mkdir(exist_ok=True)
    (project / "tests/test_unit.py").write_text(suite, encoding="utf-8")
    path = "tests/test_unit.py"
    job = TestJob(
        unit="unit", root=str(project), files={"src/unit.py": code}, tests=(path,),
        expected=tuple(f"{path}::{test}" for test in tests), hidden=hidden, hidden_paths=(path,) if hidden else (),
        limits=Limits(wall_seconds=seconds, cpu_seconds=seconds, memory_bytes=256 << 20),
    )  # fmt: skip
    return runner.run(job, stop or threading.Event())


def _outcomes(check: CheckRun) -> dict[str, str]:
    return {test.id.rpartition("::")[2]: test.outcome for test in check.tests}


# ── judgement ───────────────────────────────────────────────────────────────────────────────────


def right_code_passes_every_test(runner: TestRunner, project: Path) -> None:
    """A right candidate passes, and each expected test reports."""
    check = run_candidate(runner, project, _RIGHT)
    assert (check.outcome, _outcomes(check)) == ("passed", {"test_two": "passed", "test_word": "passed"}), check


def wrong_code_fails_with_what_was_compared(runner: TestRunner, project: Path) -> None:
    """A wrong candidate fails; the failing test says what was expected and what came, the others passed."""
    check = run_candidate(runner, project, "def double(n):\n    return n + n if n != 2 else 5\n")
    failure = check.tests[0].failure
    assert (check.outcome, _outcomes(check)) == ("failed", {"test_two": "failed", "test_word": "passed"}), check
    assert failure is not None
    assert (failure.expected, failure.actual) == ("4", "5"), failure


def code_that_does_not_import_fails_every_test(runner: TestRunner, project: Path) -> None:
    """A candidate that raises at import passes nothing."""
    check = run_candidate(runner, project, "raise RuntimeError('no')\n")
    assert check.outcome == "failed", check
    assert not set(_outcomes(check).values()) & {"passed", "skipped"}, check


def an_expected_test_that_is_not_there_fails_the_check(runner: TestRunner, project: Path) -> None:
    """Every expected test must report."""
    check = run_candidate(runner, project, _RIGHT, tests=(*_TESTS, "test_gone"))
    assert (check.outcome, _outcomes(check).get("test_gone")) == ("failed", "missing"), check


def time_that_runs_out_is_no_verdict(runner: TestRunner, project: Path) -> None:
    """A candidate that hangs is neither accepted nor rejected."""
    check = run_candidate(runner, project, "def double(n):\n    while True:\n        pass\n", seconds=1.0)
    assert check.outcome == "inconclusive", check


def a_stop_ends_the_run(runner: TestRunner, project: Path) -> None:
    """Once `stop` is set the run ends, long before its limits, without a verdict."""
    stop = threading.Event()
    stop.set()
    check = run_candidate(runner, project, "import time\ntime.sleep(600)\n", seconds=600.0, stop=stop)
    assert check.outcome != "passed", check


def one_run_leaves_nothing_for_the_next(runner: TestRunner, project: Path) -> None:
    """Neither files, modules nor variables of a candidate are there for the one after it."""
    code = "import os, sys\nleft = os.path.exists('/tmp/left') or hasattr(sys, 'left')\n"
    code += "open('/tmp/left', 'w').close()\nsys.left = 1\ndef double(n):\n    return 0 if left else n * 2\n"
    for _ in range(2):
        check = run_candidate(runner, project, code)
        assert check.outcome == "passed", check


def unittest_cases_are_judged_one_by_one(runner: TestRunner, project: Path) -> None:
    """A suite of unittest reports each case under its class."""
    suite = "import unittest\nfrom unit import double\n\nclass Cases(unittest.TestCase):\n"
    suite += "".join(f"    def test_{n}(self): self.assertEqual(double(1), {n})\n" for n in (2, 3))
    check = run_candidate(runner, project, _RIGHT, suite=suite, tests=("Cases::test_2", "Cases::test_3"))
    assert (check.outcome, _outcomes(check)) == ("failed", {"test_2": "passed", "test_3": "failed"}), check


def a_test_on_trial_is_in_no_folder(runner: TestRunner, project: Path) -> None:
    """A test that the project does not have is run in the place where it would lie, and is not written there."""
    (project / "tests").mkdir(exist_ok=True)
    (project / "tests/conftest.py").write_text("import pytest\n\n@pytest.fixture\ndef four():\n    return 4\n")
    suite = "from unit import double\n\ndef test_two(four):\n    assert double(2) == four\n"
    job = TestJob(
        unit="unit", root=str(project), files={"src/unit.py": _RIGHT}, tests=("tests/test_trial.py",),
        expected=("tests/test_trial.py::test_two",), trial={"tests/test_trial.py": suite},
    )  # fmt: skip
    before = {*project.rglob("*")}
    assert _outcomes(check := runner.run(job, threading.Event())) == {"test_two": "passed"}, check
    wrong = msgspec.structs.replace(job, files={"src/unit.py": "def double(n):\n    return 5\n"})
    assert _outcomes(check := runner.run(wrong, threading.Event())) == {"test_two": "failed"}, check
    assert {*project.rglob("*")} == before


# ── suspicion ───────────────────────────────────────────────────────────────────────────────────


def an_early_exit_is_no_pass(runner: TestRunner, project: Path) -> None:
    """A candidate that ends the process politely, at import or in a test, is not accepted."""
    for code in ("import os\nos._exit(0)\n", "import sys\nsys.exit(0)\n",
                 "import os\ndef double(n):\n    os._exit(0)\n"):  # fmt: skip
        check = run_candidate(runner, project, code)
        assert check.outcome in ("failed", "inconclusive"), (code, check)


def tests_can_not_be_replaced(runner: TestRunner, project: Path) -> None:
    """A candidate that holds a test file or a conftest is refused."""
    run_candidate(runner, project, _RIGHT)  # writes the suite
    for path in ("tests/test_unit.py", "conftest.py"):
        job = TestJob(
            unit="unit", root=str(project), files={"src/unit.py": _RIGHT, path: "def test_two(): pass\n"},
            tests=("tests/test_unit.py",), expected=("tests/test_unit.py::test_two",),
        )  # fmt: skip
        check = runner.run(job, threading.Event())
        assert check.outcome == "failed", (path, check)


def tests_can_not_be_skipped_by_the_code(runner: TestRunner, project: Path) -> None:
    """A candidate that raises what skips a test has failed it."""
    check = run_candidate(runner, project, "def double(n):\n    import unittest as u\n    raise u.SkipTest('no')\n")
    assert check.outcome in ("failed", "inconclusive"), check


def hidden_tests_are_not_on_disk(runner: TestRunner, project: Path) -> None:
    """A candidate finds no text of a hidden suite, and the run says nothing but that it is hidden."""
    code = "def double(n):\n    text = open('tests/test_unit.py').read()\n    return 4 if '== 4' in text else None\n"
    check = run_candidate(runner, project, code, hidden=True)
    assert (check.outcome == "passed", check.hidden, check.name) == (False, True, "hidden tests"), check


def values_that_equal_everything_are_found_out(runner: TestRunner, project: Path) -> None:
    """A result that claims to equal whatever it is compared with is not accepted."""
    code = "class Any:\n    def __eq__(self, other): return True\n\ndef double(n):\n    return Any()\n"
    check = run_candidate(runner, project, code)
    assert check.outcome in ("failed", "inconclusive"), check


JUDGEMENT: tuple[Promise, ...] = (
    right_code_passes_every_test, wrong_code_fails_with_what_was_compared, code_that_does_not_import_fails_every_test,
    an_expected_test_that_is_not_there_fails_the_check, time_that_runs_out_is_no_verdict, a_stop_ends_the_run,
    one_run_leaves_nothing_for_the_next, unittest_cases_are_judged_one_by_one, a_test_on_trial_is_in_no_folder,
)  # fmt: skip
SUSPICION: tuple[Promise, ...] = (
    an_early_exit_is_no_pass, tests_can_not_be_replaced, tests_can_not_be_skipped_by_the_code,
    hidden_tests_are_not_on_disk, values_that_equal_everything_are_found_out,
)  # fmt: skip
PROMISES = (*JUDGEMENT, *SUSPICION)
