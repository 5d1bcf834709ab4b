"""The line between the two processes: questions and answers, and the values that are kept alike on both ends."""

from __future__ import annotations

import enum
import json
import struct
import sys
from typing import TYPE_CHECKING, Any

from .values import Codec, Unreachable, is_hashed

if TYPE_CHECKING:
    import socket

    from .shared_classes import SharedClasses

_LENGTH = struct.Struct("!I")
_LARGEST_BYTES = 64 << 20
_MOST_KEPT, _MOST_QUESTIONS = 200_000, 5_000
# Who refers to a value that nobody else wants: the table, and the call that counts.
_REFERENCES_OF_OURS = 2


class HungUpError(BaseException):
    """The other process is gone, or does not keep to the rules: no test shall take it for the error that it expects."""


class Line:
    """One end. `ends` says what own and foreign objects are; numbers of values made here have `parity`."""

    def __init__(self, channel: socket.socket, ends: Any, parity: int, shared: SharedClasses) -> None:
        self.shared = shared
        self.codec = Codec(self)
        self._channel = channel
        self._ends = ends
        self._next = parity
        self._asked = 0
        self._kept: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}
        self._alike: dict[int, list[Any]] = {}
        self._dropped: list[int] = []

    # ── values that can change are the same on both ends ────────────────────────────────────────

    def number_of(self, value: Any) -> int:
        number = self._numbers.get(id(value))
        if number is None:
            if len(self._kept) >= _MOST_KEPT:
                raise Unreachable
            self._next += 2
            number = self._next
            self._keep(number, value)
        return number

    def numbered(self, number: int) -> Any:
        return self._kept[number]

    def _keep(self, number: int, value: Any) -> None:
        self._kept[number] = value
        self._numbers[id(value)] = number

    def _forget(self, number: int) -> None:
        value = self._kept.pop(number, None)
        self._numbers.pop(id(value), None)
        self._alike.pop(number, None)

    def _changes(self) -> dict[str, list[Any]]:
        """Return the content of what has changed here since both ends were alike; and what that leads to."""
        changes: dict[str, list[Any]] = {}
        looked: set[int] = set()
        while pending := [number for number in self._kept if number not in looked]:
            for number in pending:
                looked.add(number)
                content = self.codec.content(self._kept[number])
                if content != self._alike.get(number):
                    self._alike[number] = changes[str(number)] = content
        for number in list(self._alike):
            if str(number) not in changes and sys.getrefcount(self._kept[number]) <= _REFERENCES_OF_OURS:
                self._dropped.append(number)
                self._forget(number)
        return changes

    def _take_changes(self, changes: dict[str, list[Any]]) -> None:
        for name, content in changes.items():
            if int(name) not in self._kept:
                self._keep(int(name), self.codec.empty(content))
        for name, content in sorted(changes.items(), key=lambda change: is_hashed(change[1])):
            self.codec.fill(self._kept[int(name)], content)
        for name in changes:
            self._alike[int(name)] = self.codec.content(self._kept[int(name)])

    # ── what can't cross by value ───────────────────────────────────────────────────────────────

    def write(self, value: Any) -> Any:
        kind: type = type(value)
        name = self.shared.name_of(kind)
        if name and isinstance(value, enum.Enum):
            return {"M": [name, value.name]}
        if name and self.shared.is_kept_alike(kind):
            return {"k": self.number_of(value)}
        if isinstance(value, type) and self.shared.name_of(value):
            return {"N": self.shared.name_of(value)}
        return self._ends.write(value)

    def read(self, mark: str, inner: Any) -> Any:
        if mark == "N":
            return self.shared.find(inner)
        if mark == "M":
            return self.shared.find(inner[0])[inner[1]]  # type: ignore[index]
        return self._ends.read(mark, inner)

    # ── questions and answers ───────────────────────────────────────────────────────────────────

    def ask(self, verb: str, *things: Any) -> Any:
        """Return the other end's answer, or raise what it raised; meanwhile answer its own questions."""
        self._asked += 1
        if self._asked > _MOST_QUESTIONS:
            raise Unreachable
        self._send({"ask": [verb, *(self.codec.write(thing) for thing in things)]})
        while True:
            message = self._receive()
            if "ask" in message:
                self._answer(message["ask"])
            elif "raised" in message:
                raise self._ends.raised(message["raised"])
            else:
                return self.codec.read(message["answer"])

    def serve(self) -> None:
        """Answer questions until the other end hangs up."""
        while True:
            try:
                message = self._receive()
            except HungUpError:
                return
            self._answer(message["ask"])

    def _answer(self, question: list[Any]) -> None:
        try:
            verb, *things = question
            value = self._ends.answer(verb, [self.codec.read(thing) for thing in things])
            message = {"answer": self.codec.write(value)}
        except (HungUpError, Unreachable):
            raise
        except BaseException as error:  # noqa: BLE001 - the code under test may raise anything
            message = {"raised": self._ends.write_error(error)}
        self._send(message)

    def _send(self, message: dict[str, Any]) -> None:
        changes = self._changes()
        if changes:
            message["changes"] = changes
        classes = self._ends.new_classes()
        if classes:
            message["classes"] = classes
        if self._dropped:
            message["dropped"], self._dropped = self._dropped, []
        data = json.dumps(message).encode()
        if len(data) > _LARGEST_BYTES:
            raise Unreachable
        try:
            self._channel.sendall(_LENGTH.pack(len(data)) + data)
        except OSError as error:
            raise HungUpError from error

    def _receive(self) -> dict[str, Any]:
        size = _LENGTH.unpack(self._exactly(_LENGTH.size))[0]
        if size > _LARGEST_BYTES:
            raise HungUpError
        message: dict[str, Any] = json.loads(self._exactly(size))
        for number in message.pop("dropped", ()):
            self._forget(number)
        # Before anything is kept alike: nothing may be asked while it is half there.
        self._ends.learn(message.pop("classes", {}))
        self._take_changes(message.pop("changes", {}))
        return message

    def _exactly(self, size: int) -> bytes:
        parts = []
        while size:
            try:
                part = self._channel.recv(min(size, 1 << 20))
            except OSError as error:
                raise HungUpError from error
            if not part:
                raise HungUpError
            parts.append(part)
            size -= len(part)
        return b"".join(parts)
