"""What a proposed test is worth: it fails with a mutant, splits accepted programs, or fails so that a person can judge.

Mutants that the present tests kill already count too for a requirement that no test names: else it would stay so.

A test that splits programs which a suite took for equal pins what was open, whoever of them is right (Chen et al.:
CodeT, ICLR 2023, uses such splits to choose among programs; here a person chooses).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from regen.trust.judgement import ACCEPTED, change_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from regen.trust.evidence import Mutant
    from regen.verdicts.check_run import CheckRun, Failure

# Raised in the test itself these are its own fault: a name that is not there, a call that can't be made.
_OWN_FAULT = re.compile(r"raises (?:Attribute|Name|Import|ModuleNotFound|Type)Error\b")
_PLACE = re.compile(r" \((.+):\d+\)$")
_MOST_NAMED = 4


class Failed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an accepted program (`accepted`, or a generation's id) gave where a test failed on it."""

    program: str
    expected: str = ""
    got: str

    def __str__(self) -> str:
        return f"expected {self.expected}, got {self.got}" if self.expected else self.got


class Trial(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How one proposed test did: the accepted programs that pass it and those that fail it, and what it kills.

    `kills` are mutants that pass the present tests; where there are none, any others for the first test of the
    requirements `first_of`. `useless` is empty, or why the test is not worth a person's look.
    """

    passes: tuple[str, ...] = ()
    fails: tuple[Failed, ...] = ()
    kills: tuple[Mutant, ...] = ()
    first_of: tuple[str, ...] = ()
    useless: str = ""

    @property
    def why(self) -> tuple[str, ...]:
        """Return why a person should look at it, a line a reason."""
        reasons = []
        own = next((failed for failed in self.fails if failed.program == ACCEPTED), None)
        if own is not None:
            reasons.append(f"fails on the accepted code: {own}")
        if self.passes and self.fails:
            others = [f"fails on {failed.program} ({failed})" for failed in self.fails if failed is not own]
            told = "; ".join([f"passes on {_named(self.passes)}", *others[:_MOST_NAMED], *_more(others)])
            reasons.append(f"splits accepted programs: {told}")
        elif len(self.fails) > 1:
            reasons.append(f"fails on {_named([failed.program for failed in self.fails if failed is not own])} too")
        if self.first_of:
            reasons.append(f"is the first test of {' and '.join(self.first_of)}")
        changes = [f"fails with {change_of(mutant)} in {mutant.path}:{mutant.line}" for mutant in self.kills]
        left = len(changes) - _MOST_NAMED
        return (*reasons, *changes[:_MOST_NAMED], *([f"and with {left} more"] if left > 0 else ()))


def judge_trial(checks: Mapping[str, CheckRun]) -> Trial:
    """Return what a test's run on each accepted program tells: `checks` maps `accepted` and other ids to it."""
    passes = tuple(name for name, check in checks.items() if check.outcome == "passed")
    fails = tuple(
        Failed(program=name, expected=failure.expected, got=_got(failure))
        for name, check in checks.items()
        if (failure := _judgeable(check)) is not None
    )
    own, splits = checks[ACCEPTED], bool(passes and fails)
    if own.outcome not in ("passed", "failed") and not splits:
        return Trial(useless=f"it can't be judged: {own.reason}")
    if own.outcome == "failed" and not splits and ACCEPTED not in {failed.program for failed in fails}:
        return Trial(useless=f"it fails for a reason that tells nothing: {_said(own)}")
    return Trial(passes=passes, fails=fails)


def with_kills(trial: Trial, killed: Sequence[Mutant], tried: int, first_of: Sequence[str] = ()) -> Trial:
    """Return the trial of a test that the accepted code passes, with the mutants that it killed of those `tried`."""
    if killed or trial.fails:
        return msgspec.structs.replace(trial, kills=tuple(killed), first_of=tuple(first_of))
    none = "it passes, and kills no surviving mutant"
    useless = none if tried else "it passes, and there is no surviving mutant that it could kill"
    return msgspec.structs.replace(trial, useless=useless)


def _judgeable(check: CheckRun) -> Failure | None:
    """Return the failure of a check that a person can judge: values were compared, or the code under test raised."""
    if check.outcome != "failed":
        return None
    for test in check.tests:
        failure = test.failure
        if test.outcome != "failed" or failure is None or not failure.actual:
            continue
        place = _PLACE.search(failure.message)
        in_code = place is not None and not test.id.startswith(f"{place[1]}::")
        compared = failure.expected or failure.actual.startswith("raises AssertionError")
        if in_code or (compared and not _OWN_FAULT.match(failure.actual)):
            return failure
    return None


def _got(failure: Failure) -> str:
    called = f"{failure.input} " if failure.input and not failure.expected else ""
    return f"{called}{failure.actual}"


def _said(check: CheckRun) -> str:
    failure = next((test.failure for test in check.tests if test.failure is not None), None)
    return failure.message if failure is not None else check.reason


def _named(names: Sequence[str]) -> str:
    shown = ["the accepted code" if name == ACCEPTED else name for name in names[:_MOST_NAMED]]
    return ", ".join([*shown, *_more(names)])


def _more(items: Sequence[str]) -> list[str]:
    return [f"and {len(items) - _MOST_NAMED} more"] if len(items) > _MOST_NAMED else []
