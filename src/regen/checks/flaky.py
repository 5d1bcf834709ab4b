"""The flakiness gate: the suite that passed runs again in other orders, hash seeds, clocks, zones, random seeds."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from regen.languages import language_of
from regen.verdicts.check_run import CheckRun, Finding

if TYPE_CHECKING:
    from regen.checks.workbench import Workbench
    from regen.units.unit import TestRef

_EXTRA_RUNS = 12
"""Runs that take the first failure apart, at most."""


def check_flaky(bench: Workbench, refs: tuple[TestRef, ...], runs: int, *, hidden: bool) -> CheckRun:
    """Return whether the Python tests of `refs` pass in `runs` variations; names the test and the variation if not."""
    name = "flaky hidden tests" if hidden else "flaky"
    python = [ref for ref in refs if ref.path.endswith(".py")]
    if not python:
        return CheckRun(name=name, outcome="skipped", reason="only Python suites are varied", hidden=hidden)
    tests = [node for ref in python for node in ref.node_ids()]
    seconds = bench.limits.wall_seconds * (runs + _EXTRA_RUNS)
    shown = tuple(ref.path for ref in python) if hidden else ()
    answer = bench.ask(
        "vary.py", {"tests": tests, "runs": runs, "expected": _expected(bench, python)}, shown=shown, wall=seconds
    )
    if isinstance(answer, str):
        return CheckRun(name=name, outcome="inconclusive", reason=answer, hidden=hidden)
    if answer["error"]:
        hint = ""
        if "status 3" in answer["error"] or "status 1 before" in answer["error"]:
            hint = f"; is pytest there? {bench.interpreter} -m pip install pytest"
        return CheckRun(name=name, outcome="inconclusive", reason=answer["error"] + hint, hidden=hidden)
    findings = tuple(
        Finding(
            path=node.partition("::")[0] or tests[0].partition("::")[0], line=line,
            message=f"{node.partition('::')[2] or 'the run'} passes as it stands and fails {cause}: {message}",
        )
        for node, line, cause, message in answer["flaky"]
    )  # fmt: skip
    if findings:
        return CheckRun(name=name, outcome="failed", findings=findings, hidden=hidden)
    note = "" if answer["clock"] else "the clock could not be varied: install time-machine"
    return CheckRun(name=name, outcome="passed", reason=note, hidden=hidden)


def _expected(bench: Workbench, refs: list[TestRef]) -> list[str]:
    """Return the ids of the tests that each run must tell of, read from the test files as text."""
    expected = []
    for ref in refs:
        with open(os.path.join(bench.root, ref.path), encoding="utf-8") as file:
            names = [name for name, _ in language_of(ref.path).test_functions(file.read())]
        wanted = ref.selected
        chosen = (n for n in names if not wanted or any(n == w or n.startswith(f"{w}::") for w in wanted))
        expected += [f"{ref.path}::{name}" for name in chosen]
    return expected
