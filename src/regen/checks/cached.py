"""Remembers what passed: the same candidate, tests, constraints and toolchain are not run again.

Kept in `.regen/cache`, apart from the ledger, and safe to delete. Only passes are kept: a failure, and what could not
be judged, is looked at anew each time, and so is what failed once and passed another time with nothing changed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from typing import TYPE_CHECKING

import msgspec

from regen.storage.atomic import write_atomically
from regen.verdicts.check_run import CheckRun
from regen.verdicts.verdict import Verdict, judge

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping

    from regen.ports import Verifier
    from regen.units.unit import Unit

_FOLDER = ".regen/cache/verdicts"


class CachedVerifier:
    """The port `Verifier` around another one.

    `surroundings` digests all that the verdict on a candidate depends on but its own files;
    without `believe`, everything is run, and what is found out is remembered.
    """

    def __init__(self, inner: Verifier, root: str, surroundings: Callable[[Unit, Mapping[str, str]], str], *,
                 believe: bool = True) -> None:  # fmt: skip
        self._believe = believe
        self._inner, self._root, self._surroundings = inner, root, surroundings
        self.sandbox_name = inner.sandbox_name

    def verify(
        self, unit: Unit, files: Mapping[str, str], stop: threading.Event,
        only_slow_left: Callable[[], None] = lambda: None,
    ) -> tuple[CheckRun, ...]:  # fmt: skip
        place = f"{self._root}/{_FOLDER}/{self._name(unit, files)}.json"
        known = _read(place) if self._believe else None
        if known is not None:
            return known
        checks = self._inner.verify(unit, files, stop, only_slow_left)
        verdict = judge(checks)
        if verdict is Verdict.REJECTED:
            _write(f"{place}.failed", ())
            with contextlib.suppress(OSError):
                os.unlink(place)
        elif verdict is Verdict.ACCEPTED and not os.path.exists(f"{place}.failed"):
            _write(place, checks)
        return checks

    def _name(self, unit: Unit, files: Mapping[str, str]) -> str:
        seen = hashlib.sha256(f"{unit.id}\0{self.sandbox_name}\0{self._surroundings(unit, files)}".encode())
        for path in sorted(files):
            seen.update(f"\0{path}\0{len(files[path])}\0{files[path]}".encode("utf-8", "surrogatepass"))
        return seen.hexdigest()


def _read(place: str) -> tuple[CheckRun, ...] | None:
    try:
        with open(place, "rb") as file:
            checks = msgspec.json.decode(file.read(), type=tuple[CheckRun, ...])
    except (OSError, msgspec.MsgspecError):
        return None
    # Whoever wrote it: nothing but a pass is taken from a cache.
    return checks if judge(checks) is Verdict.ACCEPTED else None


def _write(place: str, checks: tuple[CheckRun, ...]) -> None:
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        write_atomically(place, msgspec.json.encode(checks), durable=False)
    except OSError:
        return  # a cache that can't be written is no failure
