"""From a report and an exit status to the verdict of a suite; pure.

A test that must fail rides along with every part of a suite. It is the only one known to nobody but us, so a run that
ended early, a report that somebody else wrote and assertions that were silenced show by it; no run ends with status 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from regen.verdicts.check_run import CheckRun, Failure, TestResult

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Planted(NamedTuple):
    """The tests that must fail: the word in their names, and how many there are."""

    word: str
    number: int = 1


def judge(
    results: Sequence[TestResult], expected: Mapping[str, tuple[str, ...]], canary: Planted, exit_code: int, said: str,
    *, hidden: bool,
) -> CheckRun:  # fmt: skip
    """Return the verdict; `expected` maps each test file to the ids that must report, `said` is the tool's first line.

    Only ids below the files of `expected` count; the file's own id speaks for all of it.
    """
    name = "hidden tests" if hidden else "tests"
    mine = [test for test in results if canary.word not in test.id and test.id.partition("::")[0] in expected]
    planted = [test for test in results if canary.word in test.id]
    reason = ""
    if not mine:
        reason = (
            f"no test reported; the runner ended with status {exit_code}{f': {said}' if said and exit_code else ''}"
        )
    elif any(test.outcome == "passed" for test in planted):
        reason = "a test that must fail passed: assertions were tampered with"
    elif exit_code == 0 or [test.outcome for test in planted] != ["failed"] * canary.number:
        reason = f"the suite did not run to its end; the runner ended with status {exit_code}"
    told = {whole(test.id) for test in mine} | {test.id for test in mine}
    missing = [
        TestResult(id=node, outcome="missing", failure=Failure(message="it did not report"))
        for nodes in expected.values()
        for node in nodes
        if node not in told
    ]
    failed = any(test.outcome in {"failed", "error"} for test in mine)
    if reason or failed or missing:
        if not reason and not failed:
            reason = f"{missing[0].id} did not report"
        tests = (*mine, *missing) if mine and (failed or missing) else ()  # else the reason says it all
        return CheckRun(name=name, outcome="failed", reason=reason, tests=tests, hidden=hidden)
    return CheckRun(name=name, outcome="passed", tests=tuple(mine), hidden=hidden)


def whole(node: str) -> str:
    """Return the test that a part of it (`TestA/sub`, `A::m[1]`) belongs to."""
    path, mark, name = node.partition("::")
    return path + mark + name.partition("/")[0].partition("[")[0]
