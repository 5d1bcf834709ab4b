"""One verification of a candidate, as data."""

from __future__ import annotations

from typing import Literal

import msgspec

Outcome = Literal["passed", "failed", "inconclusive", "skipped"]
"""`inconclusive` means that nothing was learned (timeout, sandbox gone); `skipped` that it was not asked for."""

TestOutcome = Literal["passed", "failed", "error", "skipped", "missing"]
"""`missing` is an expected test that did not report."""


class Failure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why one test failed, in the words that the next prompt may carry."""

    message: str = ""
    input: str = ""
    expected: str = ""
    actual: str = ""


class TestResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one test reported; `id` is the runner's node id, relative to the project."""

    __test__ = False

    id: str
    outcome: TestOutcome
    failure: Failure | None = None
    seconds: float = 0.0


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One complaint of a static check about one place of a candidate."""

    path: str
    line: int = 0
    code: str = ""
    message: str = ""


class CheckRun(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One check of one candidate: its name, its outcome, and what it found.

    `name` is one of `parse`, `interface`, `lint`, `imports`, `types`, `tests`, `hidden tests`,
    `security`, `boundaries`, `limits`, `flaky`, `flaky hidden tests`, `schemas`.
    `hidden` marks a check whose details never reach a prompt.
    """

    name: str
    outcome: Outcome
    reason: str = ""
    findings: tuple[Finding, ...] = ()
    tests: tuple[TestResult, ...] = ()
    hidden: bool = False
    seconds: float = 0.0
