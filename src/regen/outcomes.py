"""How units and builds end, as values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regen.budget import Spent
    from regen.errors import Problem
    from regen.verdicts.check_run import CheckRun

Outcome = Literal["accepted", "restored", "verified", "nothing", "rejected", "undecided", "inconclusive", "pending",
                  "failed", "budget", "blocked", "edited", "skipped"]  # fmt: skip

GOOD: frozenset[str] = frozenset({"accepted", "restored", "verified", "nothing"})

HINDERS: dict[Outcome, str] = {
    "rejected": "was rejected", "undecided": "is undecided", "inconclusive": "could not be judged",
    "failed": "failed", "skipped": "was skipped",
    "budget": "no budget allowed", "pending": "waits for its reply",
}  # fmt: skip
"""Outcomes that keep dependents from being built, in words that follow "it uses X, which"."""


class UnitResult(msgspec.Struct, frozen=True, kw_only=True):
    """How a unit ended; `problems` are whole, `notes` are one line each; `attempts` were asked for in this build."""

    unit: str
    outcome: Outcome
    generation: str = ""
    attempts: int = 0
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


class BuildResult(msgspec.Struct, frozen=True, kw_only=True):
    """How a build ended, in the order of the graph."""

    units: tuple[UnitResult, ...]
    spent: Spent
    seconds: float
    interrupted: bool = False


def why_not_passed(checks: Sequence[CheckRun]) -> tuple[str, ...]:
    """Return one line for each check that did not pass."""
    lines = []
    for check in checks:
        if check.outcome in {"passed", "skipped"}:
            continue
        failed = [test.id for test in check.tests if test.outcome in {"failed", "error", "missing"}]
        what = check.reason or (f"{len(failed)} of {len(check.tests)} failed" if check.tests else "")
        what = what or "; ".join(f"{f.path}:{f.line}: {f.message}" for f in check.findings[:3])
        lines.append(f"{check.name}: {what}" if what else check.name)
    return tuple(lines)
