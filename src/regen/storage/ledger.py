"""The ledger on disk: `.regen/ledger/<unit>/`, `.regen/texts/`, `.regen/locks/`, all tracked by git.

Laws of this file:
- nothing is overwritten but locks, and everything is renamed into place whole;
- a record that can't be read is told in `torn` and left where it is.
"""

from __future__ import annotations

import errno
import os
import shutil
import threading
from typing import TypeVar

from regen.errors import InputError, MachineError, Problem
from regen.ledger.records import (
    Generation,
    Lock,
    NewerVersionError,
    ReplyRecord,
    TornRecordError,
    decode,
    encode,
    seal,
)
from regen.specs.spec import digest
from regen.storage.atomic import write_atomically
from regen.storage.snapshot import ignore_caches

STATE = ".regen"

Record = TypeVar("Record", ReplyRecord, Generation)


class DiskLedger:
    """The port `Ledger` for the project at the absolute path `root`."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.torn: list[Problem] = []
        self._scratch = f"{root}/{STATE}/local/unfinished"
        self._guard = threading.Lock()
        self._replies: dict[str, dict[str, ReplyRecord]] = {}
        self._generations: dict[str, dict[str, Generation]] = {}

    def prepare(self) -> None:
        """Make the state folder, with what git is to ignore of it, and sweep up what a killed build left unfinished."""
        try:
            os.makedirs(f"{self.root}/{STATE}", exist_ok=True)
            ignore_caches(self.root)
            shutil.rmtree(self._scratch, ignore_errors=True)
        except OSError as error:
            raise write_failure(STATE, error) from None

    def put_text(self, text: str) -> str:
        name = digest(text)
        self._write(_text_path(name), text.encode("utf-8", "surrogatepass"), unless_there=True)
        return name

    def text(self, digest: str) -> str:
        path = _text_path(digest)
        try:
            with open(f"{self.root}/{path}", "rb") as file:
                text = file.read().decode("utf-8", "surrogatepass")
        except (OSError, UnicodeDecodeError) as error:
            raise MachineError(_unreadable(path, error)) from None
        if _digest_of(text) != digest:
            message = f"the stored text {path} was changed: it does not match its name"
            raise MachineError(Problem(message=message, path=path, hint=f"git checkout -- {path}", fault="machine"))
        return text

    def add_reply(self, record: ReplyRecord) -> ReplyRecord:
        sealed = seal(record)
        self._write(f"{STATE}/ledger/{sealed.unit}/reply-{sealed.id[:20]}.json", encode(sealed))
        with self._guard:
            self._known(self._replies, sealed.unit, "reply-", ReplyRecord)[sealed.id] = sealed
        return sealed

    def replies(self, unit: str) -> tuple[ReplyRecord, ...]:
        with self._guard:
            known = self._known(self._replies, unit, "reply-", ReplyRecord)
            return tuple(sorted(known.values(), key=lambda r: (r.round, r.attempt, r.at, r.id)))

    def add_generation(self, record: Generation) -> Generation:
        sealed = seal(record)
        self._write(f"{STATE}/ledger/{sealed.unit}/generation-{sealed.id[:20]}.json", encode(sealed))
        with self._guard:
            self._known(self._generations, sealed.unit, "generation-", Generation)[sealed.id] = sealed
        return sealed

    def generations(self, unit: str) -> tuple[Generation, ...]:
        with self._guard:
            known = self._known(self._generations, unit, "generation-", Generation)
            return tuple(sorted(known.values(), key=lambda g: (g.at, g.id)))

    def units(self) -> tuple[str, ...]:
        """Return the units that the ledger knows anything of."""
        try:
            return tuple(sorted(os.listdir(f"{self.root}/{STATE}/ledger")))
        except OSError:
            return ()

    def lock(self, unit: str) -> Lock | None:
        path = lock_path(unit)
        try:
            with open(f"{self.root}/{path}", "rb") as file:
                return decode(file.read(), Lock)
        except FileNotFoundError:
            return None
        except (TornRecordError, NewerVersionError, OSError) as error:
            raise broken_lock(path, error) from None

    def put_lock(self, lock: Lock) -> None:
        self._write(lock_path(lock.unit), encode(lock))

    def _known(
        self, memory: dict[str, dict[str, Record]], unit: str, prefix: str, kind: type[Record]
    ) -> dict[str, Record]:
        if unit not in memory:
            memory[unit] = {record.id: record for record in self._read_all(unit, prefix, kind)}
        return memory[unit]

    def _read_all(self, unit: str, prefix: str, kind: type[Record]) -> list[Record]:
        folder = f"{STATE}/ledger/{unit}"
        try:
            names = sorted(os.listdir(f"{self.root}/{folder}"))
        except OSError:
            return []
        found: list[Record] = []
        for name in names:
            if not (name.startswith(prefix) and name.endswith(".json")):
                continue
            path = f"{folder}/{name}"
            try:
                with open(f"{self.root}/{path}", "rb") as file:
                    found.append(decode(file.read(), kind))
            except NewerVersionError as error:
                raise InputError(_newer(path, error)) from None
            except (TornRecordError, OSError) as error:
                message = f"the ledger entry {path} can't be used: {error}"
                self.torn.append(Problem(message=message, path=path, hint=f"git checkout -- {path}", fault="machine"))
        return found

    def _write(self, path: str, data: bytes, *, unless_there: bool = False) -> None:
        place = f"{self.root}/{path}"
        if unless_there and os.path.exists(place):
            return
        try:
            write_atomically(place, data, scratch=self._scratch)
        except OSError as error:
            raise write_failure(path, error) from None


_digest_of = digest


def lock_path(unit: str) -> str:
    return f"{STATE}/locks/{unit}.json"


def _text_path(name: str) -> str:
    return f"{STATE}/texts/{name[:2]}/{name[2:]}.txt"


def _unreadable(path: str, error: Exception) -> Problem:
    message = f"the stored text {path} can't be read: {getattr(error, 'strerror', None) or error}"
    return Problem(message=message, path=path, hint=f"git checkout -- {path}", fault="machine")


def _newer(path: str, error: Exception) -> Problem:
    return Problem(message=f"{path} can't be used: {error}", path=path, hint="pip install --upgrade regen")


def broken_lock(path: str, error: Exception) -> InputError | MachineError:
    """Return what to raise for a lock that can't be read."""
    if isinstance(error, NewerVersionError):
        return InputError(_newer(path, error))
    message = f"the lock {path} can't be used: {getattr(error, 'strerror', None) or error}"
    return InputError(Problem(message=message, path=path, hint=f"git checkout -- {path}"))


def write_failure(path: str, error: OSError) -> MachineError:
    """Return what to raise when `path` can't be written."""
    reasons = {errno.ENOSPC: "the disk is full", errno.EDQUOT: "the disk quota is used up",
               errno.EROFS: "the file system is read-only", errno.EACCES: "the folder is read-only for this user",
               errno.EPERM: "the folder is read-only for this user"}  # fmt: skip
    reason = reasons.get(error.errno or 0, error.strerror or str(error))
    hint = "df -h ." if error.errno in {errno.ENOSPC, errno.EDQUOT} else f"ls -ld {os.path.dirname(path) or '.'}"
    return MachineError(Problem(message=f"can't write {path}: {reason}", path=path, hint=hint, fault="machine"))
