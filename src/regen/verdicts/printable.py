"""What generated code said, as a terminal may be shown it: without the characters that move, hide and rename."""

from __future__ import annotations

import re

import msgspec

from regen.verdicts.check_run import CheckRun, Failure, Finding

# Whole sequences first: what is left of one without its first character would stand there as litter.
_CONTROLS = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f]"
)


def printable(text: str) -> str:
    """Return the text without control characters other than newlines and tabs, and without their sequences."""
    return _CONTROLS.sub("", text)


def printable_check(check: CheckRun) -> CheckRun:
    """Return a check of which every word may be shown."""
    tests = tuple(
        msgspec.structs.replace(
            test, id=printable(test.id), failure=_printable_failure(test.failure) if test.failure else None
        )
        for test in check.tests
    )
    findings = tuple(
        Finding(path=printable(f.path), line=f.line, code=printable(f.code), message=printable(f.message))
        for f in check.findings
    )
    return msgspec.structs.replace(check, reason=printable(check.reason), tests=tests, findings=findings)


def _printable_failure(failure: Failure) -> Failure:
    return Failure(
        message=printable(failure.message), input=printable(failure.input), expected=printable(failure.expected),
        actual=printable(failure.actual),
    )  # fmt: skip
