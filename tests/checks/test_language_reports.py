"""What test tools write, read as results; and what is made of them."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regen.checks.language_tests.judge import Planted, judge
from regen.checks.language_tests.reports import Reported, failure, read_go, read_junit, read_rust
from regen.verdicts.check_run import Failure, TestResult

JUNIT = """<?xml version="1.0"?>
<testsuites><testsuite name="a">
  <testcase classname="A" name="good" time="0.5"/>
  <testcase classname="A" name="bad"><failure message="expected: &lt;3&gt; but was: &lt;2&gt;">trace</failure></testcase>
  <testcase classname="A" name="broken"><error>it broke
at line 3</error></testcase>
  <testcase classname="A" name="left"><skipped/></testcase>
</testsuite></testsuites>
"""


def test_junit_xml():
    assert read_junit(JUNIT) == (
        Reported("A", "good", "passed", "", 0.5),
        Reported("A", "bad", "failed", "expected: <3> but was: <2>"),
        Reported("A", "broken", "error", "it broke"),
        Reported("A", "left", "skipped"),
    )
    assert read_junit(JUNIT + JUNIT) == read_junit(JUNIT) * 2


def test_entities_are_refused():
    assert read_junit('<!DOCTYPE a [<!ENTITY b "c">]><testcase name="&b;"/>') == ()


def test_lines_of_rust():
    report = """
         Running tests/a.rs (target/debug/deps/a-1)

    running 3 tests
    test good ... ok
    test m::bad ... FAILED
    test left ... ignored

    failures:

    ---- m::bad stdout ----

    thread 'm::bad' (12) panicked at tests/a.rs:2:12:
    assertion `left == right` failed
      left: 2
     right: 3
    note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace


    failures:
        m::bad
    """
    assert read_rust(dedent(report)) == (
        Reported("tests/a.rs", "good", "passed"),
        Reported("tests/a.rs", "m::bad", "failed", "assertion `left == right` failed\n  left: 2\n right: 3"),
        Reported("tests/a.rs", "left", "skipped"),
    )


def test_what_failed_once_in_go_can_not_be_taken_back():
    report = '{"Action":"fail","Package":"p","Test":"TestA"}\n{"Action":"pass","Package":"p","Test":"TestA"}\nno JSON\n'
    assert read_go(report) == (Reported("p", "TestA", "failed", "TestA failed"),)


@pytest.mark.parametrize(
    ("message", "expected", "actual"),
    [
        ("expected: <3> but was: <2>", "3", "2"),
        ("assertion `left == right` failed\n  left: 2\n right: 3", "3", "2"),
        ("got 2, want 3", "3", "2"),
        ("Count() = x; got: 2 want: 3", "3", "2"),
        ("expected 2 to be 3 // Object.is equality", "3", "2"),
        ("it broke", "", ""),
    ],
)
def test_both_sides_of_a_comparison(message, expected, actual):
    assert failure(message) == Failure(message=message, expected=expected, actual=actual)


@given(st.text(st.characters()))
def test_no_report_raises(report):
    read_junit(report)
    read_rust(report)
    read_go(report)


# ── the verdict ─────────────────────────────────────────────────────────────────────────────────

GOOD, BAD = TestResult(id="a.js::a", outcome="passed"), TestResult(id="a.js::a", outcome="failed", failure=Failure())
CANARY = TestResult(id="c1", outcome="failed")
SILENT = TestResult(id="c1", outcome="passed")


@pytest.mark.parametrize(
    ("results", "exit_code", "outcome", "reason"),
    [
        ([GOOD, CANARY], 1, "passed", ""),
        ([BAD, CANARY], 1, "failed", ""),
        ([GOOD, SILENT], 0, "failed", "a test that must fail passed: assertions were tampered with"),
        ([GOOD, CANARY], 0, "failed", "the suite did not run to its end; the runner ended with status 0"),
        ([GOOD], 1, "failed", "the suite did not run to its end; the runner ended with status 1"),
        ([CANARY], 1, "failed", "no test reported; the runner ended with status 1: why"),
        ([TestResult(id="a.js::b", outcome="passed"), CANARY], 1, "failed", "a.js::a did not report"),
        ([TestResult(id="other.js::a", outcome="passed"), CANARY], 1, "failed",
         "no test reported; the runner ended with status 1: why"),
        ([TestResult(id="a.js::a[1]", outcome="passed"), CANARY], 1, "passed", ""),
        ([GOOD, BAD, CANARY], 1, "failed", ""),
    ],
)  # fmt: skip
def test_verdicts(results, exit_code, outcome, reason):
    run = judge(results, {"a.js": ("a.js::a",)}, Planted("c1"), exit_code, "why", hidden=False)
    assert (run.outcome, run.reason) == (outcome, reason)
