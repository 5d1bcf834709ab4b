"""The runners keep what every runner must, and a runner that lies is told from them."""

from __future__ import annotations

import sys

import pytest

from regen.checks.python_tests.cold import ColdRunner
from regen.checks.python_tests.interpreter import ask_interpreter
from regen.sandboxes import open_sandbox
from regen.testing.runner_conformance import PROMISES
from regen.verdicts.check_run import CheckRun


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_warm(promise, tmp_path, runner):
    promise(runner, tmp_path)


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_cold(promise, tmp_path):
    promise(ColdRunner(open_sandbox("bubblewrap"), ask_interpreter(sys.executable)), tmp_path)


class Believer:
    """A runner that takes every candidate's word."""

    def run(self, job, stop):
        return CheckRun(name="tests", outcome="passed")


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_a_runner_that_believes_everything_keeps_none(promise, tmp_path):
    if promise.__name__ != "one_run_leaves_nothing_for_the_next":  # of a run that never was, nothing is left
        with pytest.raises((AssertionError, IndexError)):
            promise(Believer(), tmp_path)
