"""What the runs of one proposed test on accepted programs tell."""

from __future__ import annotations

import pytest

from regen.trust.trial import judge_trial, with_kills
from regen.verdicts.check_run import CheckRun, Failure, TestResult

PASSED = CheckRun(name="tests", outcome="passed")


def failed(actual, expected="", message=""):
    failure = Failure(message=message, input="fee(1)", expected=expected, actual=actual)
    result = TestResult(id="tests/test_a.py::test_a", outcome="failed", failure=failure)
    return CheckRun(name="tests", outcome="failed", reason="1 of 1 tests failed", tests=(result,))


def raised(what, place):
    return failed(f"raises {what}: text", message=f"{what}: text ({place})")


IN_CODE, IN_TEST = "src/a.py:2", "tests/test_a.py:2"


def test_values_that_differ_can_be_judged():
    assert judge_trial({"accepted": failed("1", "0")}).why == ("fails on the accepted code: expected 0, got 1",)


def test_other_programs_that_fail_too_are_named():
    trial = judge_trial({"accepted": failed("1", "0"), "b": failed("2", "0")})
    assert trial.why == ("fails on the accepted code: expected 0, got 1", "fails on b too")


@pytest.mark.parametrize(("check", "why"), [
    (raised("ZeroDivisionError", IN_CODE), "fails on the accepted code: fee(1) raises ZeroDivisionError: text"),
    (raised("TypeError", IN_CODE), "fails on the accepted code: fee(1) raises TypeError: text"),
    (raised("AssertionError", IN_TEST), "fails on the accepted code: fee(1) raises AssertionError: text"),
])  # fmt: skip
def test_what_the_code_raised_can_be_judged(check, why):
    assert judge_trial({"accepted": check}).why == (why,)


@pytest.mark.parametrize("check", [
    raised("OverflowError", IN_TEST), raised("AttributeError", IN_TEST), raised("TypeError", IN_TEST),
    failed("raises TypeError: text", "3", f"TypeError: text ({IN_TEST})"),
    CheckRun(name="tests", outcome="failed", reason="1 of 1 expected tests did not report"),
])  # fmt: skip
def test_the_tests_own_fault_tells_nothing(check):
    assert judge_trial({"accepted": check}).useless.startswith("it fails for a reason that tells nothing: ")


def test_a_run_that_did_not_end_can_not_be_judged():
    hung = CheckRun(name="tests", outcome="inconclusive", reason="took longer than 3 s")
    assert judge_trial({"accepted": hung}).useless == "it can't be judged: took longer than 3 s"
    assert judge_trial({"accepted": hung, "b": PASSED, "c": failed("1", "0")}).why == (
        "splits accepted programs: passes on b; fails on c (expected 0, got 1)",
    )


def test_a_split_counts_whoever_is_right():
    trial = judge_trial({"accepted": failed("1", "0"), "b": PASSED, "c": failed("2", "0"), "d": PASSED})
    assert trial.why == (
        "fails on the accepted code: expected 0, got 1",
        "splits accepted programs: passes on b, d; fails on c (expected 0, got 2)",
    )


def test_an_exception_on_some_inputs_splits_but_a_lacking_name_does_not():
    assert judge_trial({"accepted": PASSED, "b": raised("TypeError", IN_CODE)}).fails
    lacking = judge_trial({"accepted": PASSED, "b": raised("AttributeError", IN_TEST)})
    assert with_kills(lacking, (), tried=3).useless == "it passes, and kills no surviving mutant"
