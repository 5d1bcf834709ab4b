"""What checks come to, and what of them the next prompt may carry."""

from __future__ import annotations

import itertools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regen.verdicts.check_run import CheckRun, Failure, Finding, TestResult
from regen.verdicts.feedback import feedback
from regen.verdicts.verdict import Verdict, judge


@pytest.mark.parametrize(
    ("outcomes", "verdict"),
    [
        ([], "inconclusive"),
        (["passed"], "accepted"),
        (["passed", "skipped"], "accepted"),
        (["skipped"], "accepted"),
        (["failed"], "rejected"),
        (["passed", "failed"], "rejected"),
        (["inconclusive"], "inconclusive"),
        (["passed", "inconclusive"], "inconclusive"),
        (["failed", "inconclusive"], "rejected"),
    ],
)
def test_judge(outcomes, verdict):
    for order in itertools.permutations(outcomes):
        assert judge(CheckRun(name="tests", outcome=outcome) for outcome in order) is Verdict(verdict)


def test_every_verdict_has_a_symbol_of_its_own():
    assert len({verdict.symbol for verdict in Verdict}) == 3


def reported(name, outcome="failed", **failure):
    return TestResult(id=f"tests/test_a.py::{name}", outcome=outcome, failure=Failure(**failure) if failure else None)


def failed(*tests, **fields):
    return CheckRun(name="tests", outcome="failed", tests=tests, **fields)


def test_a_reply_that_was_no_candidate():
    assert feedback("the reply is empty", ()) == "The reply could not be used: the reply is empty"


def test_nothing_failed():
    assert (
        feedback("", [CheckRun(name="tests", outcome="passed"), CheckRun(name="types", outcome="inconclusive")]) == ""
    )


def test_the_shortest_failure_first_with_input_expected_and_actual():
    run = failed(
        reported("test_long", message="assert 1 == 2\nand more", input="f(1)"),
        reported("test_ok", "passed"),
        reported("test_gone", "missing"),
        reported("test_b", input="f(2)", expected="3", actual="4", message="not told: it says nothing more"),
        reported("test_e", "error", message="ImportError"),
    )
    assert feedback("", [run]) == (
        "4 of 5 tests failed:\n"
        "\n"
        "- tests/test_a.py::test_e\n"
        "  ImportError\n"
        "\n"
        "- tests/test_a.py::test_gone\n"
        "  it did not report\n"
        "\n"
        "- tests/test_a.py::test_b\n"
        "  input: f(2)\n"
        "  expected: 3\n"
        "  actual: 4\n"
        "\n"
        "- tests/test_a.py::test_long\n"
        "  input: f(1)\n"
        "  assert 1 == 2\n"
        "  and more"
    )


def test_of_many_failures_the_shortest_five():
    told = feedback("", [failed(*(reported("test_" + "x" * n, message="no") for n in range(9, 0, -1)))])
    assert [line for line in told.split("\n") if line.startswith("- ")] == [
        f"- tests/test_a.py::test_{'x' * n}" for n in range(1, 6)
    ]
    assert told.endswith("\n\n4 more tests failed.")


def test_findings_of_static_checks():
    run = CheckRun(name="lint", outcome="failed", reason="ruff", findings=(
        Finding(path="a.py", line=3, code="F401", message="`os` is unused"), Finding(path="a.py", message="odd")))  # fmt: skip
    assert feedback("", [run]) == "The check `lint` failed: ruff\n- a.py:3: F401 `os` is unused\n- a.py:0: odd"


def test_hidden_tests_say_only_that_they_failed():
    one = failed(reported("test_secret", message="secret"), hidden=True)
    many = failed(*(reported(f"test_{n}") for n in range(9)), hidden=True, reason="9 failed")
    assert feedback("", [one]) == feedback("", [many])
    assert (
        feedback("", [one]) == "Tests that are not shown failed as well: the code does not do all that the spec says."
    )


CANARY = "CANARY-7f"
WORDS = st.text("ab \n`", max_size=8)


def results(word):
    failures = st.builds(Failure, message=word, input=word, expected=word, actual=word)
    return st.builds(TestResult, id=word, outcome=st.sampled_from(["passed", "failed", "error", "missing"]),
                     failure=st.none() | failures, seconds=st.floats(0, 9))  # fmt: skip


def checks(word, hidden):
    return st.builds(
        CheckRun, name=word if hidden else st.sampled_from(["tests", "lint"]), hidden=st.just(hidden), reason=word,
        outcome=st.sampled_from(["passed", "failed", "inconclusive"]), seconds=st.floats(0, 9),
        tests=st.lists(results(word), max_size=3).map(tuple),
        findings=st.lists(st.builds(Finding, path=word, message=word, code=word), max_size=2).map(tuple),
    )  # fmt: skip


RUNS = st.lists(
    st.one_of(checks(WORDS, hidden=False), checks(WORDS.map(lambda w: CANARY + w), hidden=True)), max_size=5
)


@given(RUNS)
def test_nothing_of_hidden_tests_is_ever_told(runs):
    assert CANARY not in feedback("", runs)


@given(RUNS)
def test_how_long_checks_took_changes_nothing(runs):
    again = [msgspec.structs.replace(run, seconds=run.seconds + 1) for run in runs]
    assert feedback("", again) == feedback("", runs)


@given(RUNS)
def test_what_is_accepted_has_nothing_to_tell(runs):
    assert bool(feedback("", runs)) == (judge(runs) is Verdict.REJECTED)
