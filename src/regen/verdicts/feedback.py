"""What the next attempt is told about a rejected one: facts of visible checks, shortest first, never a hidden test."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regen.verdicts.check_run import CheckRun, TestResult

_MOST_FAILURES = 5
_HOW_IT_RAN = re.compile(r"(^|; )run cold, because .*", re.DOTALL)
_COUNTS = re.compile(r"\d+ of \d+ (tests failed|expected tests did not report)")


def feedback(refused: str, checks: Sequence[CheckRun]) -> str:
    """Return the text for the next prompt; the same checks give the same text, whatever the times they took.

    `refused` says why the reply was no candidate at all, empty where it was one.
    """
    if refused:
        return f"The reply could not be used: {refused}"
    sections = [_section(check) for check in checks if check.outcome == "failed"]
    return "\n\n".join(section for section in sections if section)


def _section(check: CheckRun) -> str:
    if check.hidden:
        # How many hidden tests failed, or which, would let attempts climb towards them.
        return "Tests that are not shown failed as well: the code does not do all that the spec says."
    if check.tests:
        failed = [test for test in check.tests if test.outcome in {"failed", "error", "missing"}]
        told = sorted((_told(test) for test in failed), key=lambda text: (len(text), text))
        more = len(told) - _MOST_FAILURES
        rest = f"\n\n{more} more tests failed." if more > 0 else ""
        head = f"{len(failed)} of {len(check.tests)} tests failed:"
        reason = _HOW_IT_RAN.sub("", check.reason)
        if reason and not _COUNTS.fullmatch(reason):
            head = f"{head} {reason}"
        return "\n\n".join([head, *told[:_MOST_FAILURES]]) + rest
    found = [f"- {f.path}:{f.line}: {f.code + ' ' if f.code else ''}{f.message}" for f in check.findings]
    reason = f": {check.reason}" if check.reason else ""
    return "\n".join([f"The check `{check.name}` failed{reason}", *found[:20]])


def _told(test: TestResult) -> str:
    lines = [f"- {test.id}"]
    failure = test.failure
    if failure is None:
        return lines[0] + ("\n  it did not report" if test.outcome == "missing" else "")
    pairs = (("input", failure.input), ("expected", failure.expected), ("actual", failure.actual))
    lines += [f"  {name}: {value}" for name, value in pairs if value]
    if failure.message and not (failure.expected and failure.actual):
        lines.append("  " + failure.message.replace("\n", "\n  "))
    return "\n".join(lines)
