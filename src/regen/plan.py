"""Graph × locks → actions, each with its reasons.

`decide` is the only judge of what a unit needs: status, build, check and explain all call it, and "why?" is part of
what it returns. A build calls it again for a unit once the units it uses are done, which is the early cut-off of
ninja's `restat`: an interface that did not change leaves its dependents fresh.
"""

from __future__ import annotations

import enum
import shlex
from typing import TYPE_CHECKING

import msgspec

from regen.units.key import Key, differences

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regen.ledger.records import Lock
    from regen.units.unit import Unit


class State(enum.Enum):
    """What a unit is, in the words of the design; `mend` is the command that mends it, with `{unit}` to fill in."""

    FRESH = "fresh"
    STALE = "stale"
    OUTDATED = "outdated"
    EDITED = "edited"
    MISSING = "missing"
    ORPHAN = "orphan"
    BLOCKED = "blocked"
    UNVERIFIED = "unverified"
    PINNED = "pinned"

    @property
    def symbol(self) -> str:
        return {"fresh": "✓", "stale": "●", "outdated": "○", "edited": "✎", "missing": "+", "orphan": "∅",
                "blocked": "?", "unverified": "!", "pinned": "⌖"}[self.value]  # fmt: skip


class Step(enum.Enum):
    """The cheapest thing that suffices."""

    NONE = "nothing"
    RESTORE = "restore from the ledger"
    VERIFY = "verify"
    GENERATE = "regenerate"
    ASK = "a person decides"


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """What one unit is and needs, and why; `mend` is the one command that mends what `check` fails on."""

    unit: str
    state: State
    step: Step
    reasons: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    mend: str = ""

    @property
    def fails_check(self) -> bool:
        return self.state not in {State.FRESH, State.OUTDATED, State.PINNED} or self.step is not Step.NONE

    @property
    def is_work(self) -> bool:
        return self.step in {Step.RESTORE, Step.VERIFY, Step.GENERATE}


def decide(
    unit: Unit,
    key: Key,
    lock: Lock | None,
    code: Mapping[str, str],
    generator: str = "",
    *,
    force: bool = False,
    discard_edits: bool = False,
) -> Action:
    """Return the action for one unit.

    `code` maps each target to the digest of its text as it is now, empty where it is missing; `generator` is the one
    that would be asked; `force` regenerates what needs nothing, though never over a person's edits, which only
    `discard_edits` gives up.
    """

    def action(state: State, step: Step, *reasons: str, mend: str = "", changed: tuple[str, ...] = ()) -> Action:
        mend = mend or (f"regen build {unit.id}" if step is not Step.NONE else "")
        return Action(unit=unit.id, state=state, step=step, reasons=reasons, changed=changed, mend=mend)

    if unit.questions:
        where = unit.questions[0].split(": ", 1)[0]
        return action(State.BLOCKED, Step.NONE, *unit.questions, mend=f"edit {where}, then: regen build {unit.id}")
    missing = [target for target in map(str, unit.targets) if not code.get(target)]
    if lock is not None and lock.pinned:
        return _pinned(unit, key, lock, code, missing)
    if lock is None or not lock.generation:
        return _never_accepted(unit, missing)
    changes = differences(lock.key, key)
    edited = edited_targets(lock, code)
    if lock.landing and _covers(lock, unit) and (discard_edits or not edited):
        return action(State.MISSING, Step.RESTORE, "an accepted generation is not written yet: it was interrupted")
    if edited and not discard_edits:
        reasons = [f"{target} differs from what was accepted" for target in edited]
        return action(State.EDITED, Step.ASK, *reasons, mend=f"regen accept {unit.id}")
    if any(change.asks_for_new_code for change in changes):
        requirements = tuple(change.thing for change in changes if change.field == "requirements")
        return action(State.STALE, Step.GENERATE, *map(str, changes), changed=requirements)
    if force:
        return action(State.STALE, Step.GENERATE, "asked for with --force")
    if edited:
        return action(State.EDITED, Step.RESTORE, *[f"the edits of {target} are given up" for target in edited])
    if missing:
        return action(State.MISSING, Step.RESTORE, *[f"{target} is gone" for target in missing])
    if changes:
        return action(State.STALE, Step.VERIFY, *map(str, changes))
    if not unit.has_tests:
        return _unverified(unit)
    if _asks_a_model(generator) and _asks_a_model(lock.generator) and generator != lock.generator:
        return action(State.OUTDATED, Step.NONE, f"made by {lock.generator}; {generator} is chosen now",
                      mend=f"regen build --force {unit.id}")  # fmt: skip
    return action(State.FRESH, Step.NONE)


def _covers(lock: Lock, unit: Unit) -> bool:
    """Tell whether the lock has code for every target, so that it can be written again."""
    return all(str(target) in lock.code for target in unit.targets)


def edited_targets(lock: Lock, code: Mapping[str, str]) -> list[str]:
    """Return the targets whose text is neither what was accepted nor, while that is being written, what was before."""
    own = lock.code
    # A target that the lock does not know is a person's file, unless it is regen's own text, moved.
    known = {
        target: {"", own[target], lock.previous.get(target, "")}
        if target in own
        else {"", lock.previous.get(target, ""), *own.values()}
        for target in {**own, **code}
    }
    return [target for target, digests in known.items() if code.get(target, "") not in digests]


def _pinned(unit: Unit, key: Key, lock: Lock, code: Mapping[str, str], missing: list[str]) -> Action:
    reasons = [f"{target} is gone" for target in missing]
    reasons += [str(change) for change in differences(lock.key, key)]
    reasons += [f"{target} changed" for target, now in code.items() if now and lock.code.get(target) != now]
    if missing and lock.generation and _covers(lock, unit):
        step, mend = Step.RESTORE, f"regen build {unit.id}"
    elif missing:
        step, mend = Step.ASK, f"regen unpin {unit.id}"
    elif reasons:
        step, mend = Step.VERIFY, f"regen build {unit.id}"
    elif not unit.has_tests:
        return _unverified(unit)
    else:
        step, mend = Step.NONE, ""
    return Action(unit=unit.id, state=State.PINNED, step=step, reasons=tuple(reasons), mend=mend)


def _unverified(unit: Unit) -> Action:
    mend = f"edit {unit.spec}: add `tests:`, then: regen build {unit.id}"
    return Action(unit=unit.id, state=State.UNVERIFIED, step=Step.NONE, reasons=("no test is linked",), mend=mend)


def _never_accepted(unit: Unit, missing: list[str]) -> Action:
    there = [str(target) for target in unit.targets if str(target) not in missing]
    if there:
        reasons = tuple(f"{target} exists, but no generation of it was ever accepted" for target in there)
        return Action(unit=unit.id, state=State.EDITED, step=Step.ASK, reasons=reasons, mend=f"regen accept {unit.id}")
    return Action(unit=unit.id, state=State.MISSING, step=Step.GENERATE, reasons=("never built",),
                  mend=f"regen build {unit.id}")  # fmt: skip


def _asks_a_model(generator: str) -> bool:
    return generator.startswith(("api:", "command:"))


def orphan(lock: Lock) -> Action:
    """Return the action for a lock that no spec claims any more."""
    files = ", ".join(lock.code) or "nothing"
    reasons = (f"no spec declares it; it owns {files}",)
    return Action(unit=lock.unit, state=State.ORPHAN, step=Step.NONE, reasons=reasons,
                  mend=shlex.join(["rm", "-f", *_files(lock), f".regen/locks/{lock.unit}.json"]))  # fmt: skip


def _files(lock: Lock) -> list[str]:
    return sorted({target.partition("::")[0] for target in lock.code if "::" not in target})
