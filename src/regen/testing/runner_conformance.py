"""What every test runner must keep, as checks that any adapter's test module can call."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regen.verdicts.check_run import CheckRun


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
