"""How accepted code gets onto the disk.

Laws of this file:
- the lock says that code is being written before the first byte of it is, and is written again when it is there: a
  build that dies in between is finished by the next;
- what a person wrote meanwhile is never overwritten.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

import msgspec

from regen.candidates.candidate import Refusal, splice, text_of
from regen.errors import InputError, MachineError, Problem
from regen.ledger.records import Generation, Lock
from regen.plan import edited_targets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regen.ports import Code, Ledger
    from regen.units.key import Key
    from regen.units.unit import Target, Unit


class CodeOnDisk(Protocol):
    """What landing must know of a unit's code as it is at the moment; implemented in `project.py`."""

    def code_digests(self, unit: Unit) -> dict[str, str]:
        """Return the digest of each target as it is now on disk, empty where it is missing."""
        ...

    def interface_digest(self, unit: Unit) -> str:
        """Return the digest of what dependents see of the unit's code as it is now on disk."""
        ...


class Landing:
    """Writes code and locks, one unit at a time; `overwrite` are units whose edits a person gave up."""

    def __init__(self, ledger: Ledger, code: Code, disk: CodeOnDisk, overwrite: frozenset[str]) -> None:
        self._ledger, self._code, self._disk, self._overwrite = ledger, code, disk, overwrite
        self._writing = threading.Lock()

    def accept(self, unit: Unit, key: Key, lock: Lock | None, generation: Generation, texts: Mapping[str, str]) -> Lock:
        """Make `generation` the accepted one and write its code; `lock` is the one before it."""
        new = Lock(unit=unit.id, generation=generation.id, key=key, code=dict(generation.candidate),
                   generator=generation.generator, model=generation.model,
                   pinned=lock.pinned if lock else "")  # fmt: skip
        return self._land(unit, lock, new, texts)

    def restore(self, unit: Unit, lock: Lock) -> Lock:
        """Write the accepted code again, from the ledger."""
        generation = next((g for g in self._ledger.generations(unit.id) if g.id == lock.generation), None)
        if generation is None:
            message = f"the accepted generation {lock.generation[:12]} of {unit.id} is not in the ledger"
            hint = f"git checkout -- .regen/ledger/{unit.id}"
            raise MachineError(Problem(message=message, hint=hint, fault="machine"))
        texts = {target: self._ledger.text(digest) for target, digest in generation.candidate.items()}
        return self._land(unit, lock, lock, texts)

    def _land(self, unit: Unit, old: Lock | None, lock: Lock, texts: Mapping[str, str]) -> Lock:
        with self._writing:
            before = self._disk.code_digests(unit)
            if before != lock.code:
                self._refuse_edited(unit, old, lock, before)
                self._ledger.put_lock(msgspec.structs.replace(lock, landing=True, previous=before))
                for target in unit.targets:
                    self._write(target, texts[str(target)])
        interface = self._disk.interface_digest(unit)
        landed = msgspec.structs.replace(lock, landing=False, previous={}, interface=interface)
        self._ledger.put_lock(landed)
        return landed

    def _refuse_edited(self, unit: Unit, old: Lock | None, lock: Lock, code: Mapping[str, str]) -> None:
        """Raise where a person wrote a target while it was being built."""
        if unit.id in self._overwrite:
            return
        known = old or Lock(unit=unit.id, code=dict.fromkeys(code, ""))
        edited = [target for target in edited_targets(known, code) if code[target] != lock.code[target]]
        if edited:
            message = f"{edited[0]} was edited while {unit.id} was being built; nothing was written"
            raise InputError(Problem(message=message, path=edited[0], hint=f"regen diff {unit.id}"))

    def _write(self, target: Target, text: str) -> None:
        whole = text
        if target.symbol:
            spliced = splice(self._code.read(target.path) or "", target, text)
            if isinstance(spliced, Refusal):
                raise MachineError(Problem(message=f"can't write {target}: {spliced.reason}", path=target.path))
            whole = spliced
        self._code.write(target.path, whole)


def target_text(code: Code, target: Target) -> str:
    """Return a target's own text as it is now, empty where it is missing."""
    return text_of(target, code.read(target.path) or "")
