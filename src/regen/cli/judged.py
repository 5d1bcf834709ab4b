"""How the checks of code that is there are told: by `verify`, `accept`, `pin`, and `build` where they fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from regen.cli.style import coloured, counted
from regen.verdicts.feedback import feedback
from regen.verdicts.printable import printable_check
from regen.verdicts.verdict import Verdict, judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regen.units.unit import Unit
    from regen.verdicts.check_run import CheckRun

_COLOURS = {Verdict.ACCEPTED: "green", Verdict.REJECTED: "red", Verdict.INCONCLUSIVE: "yellow"}
_PLAIN = {Verdict.ACCEPTED: "passes", Verdict.REJECTED: "fails", Verdict.INCONCLUSIVE: "can't be judged"}


def is_well(unit: Unit, checks: Sequence[CheckRun]) -> bool:
    """Tell whether code passed; without a test it is unverified, which is never called well."""
    return judge(checks) is Verdict.ACCEPTED and unit.has_tests


def print_judged(unit: Unit, checks: Sequence[CheckRun]) -> None:
    """Print a line for the unit, and what failed below it."""
    verdict = judge(checks)
    ran = ", ".join(check.name for check in checks if check.outcome == "passed")
    if verdict is Verdict.ACCEPTED and not unit.has_tests:
        print(f"{coloured('!', 'red')} {unit.id} is unverified: no test is linked" + (f" ({ran})" if ran else ""))
        return
    tests = sum(len(check.tests) for check in checks)
    counts = f"{counted(tests, 'test')}; " if tests else ""  # a command's exit status counts none
    detail = f"({counts}{ran})" if verdict is Verdict.ACCEPTED else ""
    print(f"{coloured(verdict.symbol, _COLOURS[verdict])} {unit.id} {_PLAIN[verdict]} {detail}".rstrip())
    # To its owner a hidden test is no secret.
    for line in failures([msgspec.structs.replace(check, hidden=False) for check in checks]):
        print(f"  {line}".rstrip())


def failures(checks: Sequence[CheckRun]) -> list[str]:
    """Return the lines that say what failed, and what could not be judged."""
    lines: list[str] = []
    for check in map(printable_check, checks):
        if check.outcome == "failed":
            lines += feedback("", [check]).split("\n")
        elif check.outcome == "inconclusive":
            lines.append(f"{check.name}: {check.reason}")
    return lines
