"""The candidate's end: imports the unit, and does with its objects what the other end asks for."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from .library_errors import error_of_library, is_error_of_library, make_error, name_of
from .line import Line
from .operators import FORWARDED

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from .shared_classes import SharedClasses

_WITHOUT_MEANING = ("typing", "abc", "collections.abc", "enum")  # bases that no test asks for
# How a value of a type derived from one of these is brought back to it, past what the candidate made of it.
_WHOLE = slice(None)
_PLAIN: dict[type, Callable[[Any], Any]] = {
    str: lambda value: str.__getitem__(value, _WHOLE),
    bytes: lambda value: bytes.__getitem__(value, _WHOLE),
    tuple: lambda value: tuple.__getitem__(value, _WHOLE),
    frozenset: lambda value: frozenset.__or__(value, frozenset()),
    float: float.__pos__,
    int: int.__pos__,
}


def serve(channel: socket.socket, shared: SharedClasses) -> None:
    """Answer the tests' process until it has ended."""
    Host(channel, shared).line.serve()


class Host:
    """Keeps the candidate's objects, each under a number by which the tests' process asks for it."""

    def __init__(self, channel: socket.socket, shared: SharedClasses) -> None:
        self.line = Line(channel, self, parity=1, shared=shared)
        self._objects: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}
        self._theirs: dict[int, Any] = {}
        self._described: set[int] = set()
        self._new_classes: dict[str, Any] = {}

    def answer(self, verb: str, things: list[Any]) -> Any:
        """Do what is asked."""
        match verb, things:
            case "import", [name]:
                return importlib.import_module(name)
            case "get", [owner, name]:
                return getattr(owner, name)
            case "set", [owner, name, value]:
                return setattr(owner, name, value)
            case "delete", [owner, name]:
                return delattr(owner, name)
            case "call", [owner, arguments, named]:
                return owner(*arguments, **dict(named))
            case "operator", [name, owner, arguments]:
                return FORWARDED[name](owner, *arguments)
            case "names", [owner]:
                return tuple(dir(owner))
        raise LookupError(verb)

    def write(self, value: Any) -> Any:
        """Return the JSON of an object that stays here."""
        if type(value) is TheirFunction:
            return {"o": value.number}
        if isinstance(value, BaseException):
            return {"e": self.write_error(value)}
        number = self._number(value)
        if isinstance(value, type):
            return {"n": name_of(value)} if is_error_of_library(value) else {"X": self._class_number(value)}
        base = next((base for base in _PLAIN if issubclass(type(value), base)), None)
        return {
            "x": [number, self._class_number(type(value)), self.line.codec.write(_PLAIN[base](value)) if base else None]
        }

    def _class_number(self, kind: type) -> int:
        """Return a class's number, and have it described before it is mentioned for the first time."""
        number = self._number(kind)
        if number not in self._described:
            self._described.add(number)
            name, module, qualname, bases, *does = _description(kind)
            written = [self.line.codec.write(base) for base in bases]  # and with that, described before
            self._new_classes[str(number)] = [name, module, qualname, written, *does]
        return number

    def new_classes(self) -> dict[str, Any]:
        """Return the descriptions of classes that the other end has not heard of."""
        new, self._new_classes = self._new_classes, {}
        return new

    def learn(self, classes: dict[str, Any]) -> None:
        """Take no descriptions: of the tests' classes nothing is told."""

    def _number(self, value: Any) -> int:
        number = self._numbers.get(id(value))
        if number is None:
            number = len(self._objects) + 1
            self._objects[number] = value
            self._numbers[id(value)] = number
        return number

    def read(self, mark: str, inner: Any) -> Any:
        """Return the object that some JSON stands for."""
        if mark == "o":
            return self._objects[inner]
        if mark == "x":
            return self._theirs.setdefault(inner[0], TheirFunction(self.line, *inner))
        if mark == "e":
            return self.raised(inner)
        if mark == "n":
            return error_of_library(inner)
        if mark == "u":
            return object()  # what nobody knows and nothing equals: asserts look for liars with it
        raise LookupError(mark)

    def write_error(self, error: BaseException) -> Any:
        """Return the JSON of an exception."""
        attributes = {name: value for name, value in vars(error).items() if not name.startswith("__")}
        write = self.line.codec.write
        return [
            write(type(error)),
            [write(one) for one in error.args],
            str(error),
            [[name, write(value)] for name, value in attributes.items()],
        ]

    def raised(self, written: Any) -> BaseException:
        """Return the exception that a test's own function raised."""
        kind, arguments, text, _ = written
        found = self.line.codec.read(kind)
        parts = tuple(self.line.codec.read(one) for one in arguments)
        return make_error(found, parts) if isinstance(found, type) else RuntimeError(text)


class TheirFunction:
    """A function of the tests, called from here."""

    def __init__(self, line: Line, number: int, name: str, does: list[str]) -> None:
        self.number = number
        self.__name__ = self.__qualname__ = name
        self._line, self._does = line, does

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self._line.ask("call", self, arguments, tuple(named.items()))

    def __iter__(self) -> Any:
        if "__next__" not in self._does:
            raise TypeError(f"{self.__name__!r} object is not iterable")
        return self

    def __next__(self) -> Any:
        return self._line.ask("next", self)


def _description(kind: type) -> tuple[Any, ...]:
    """Return what a stand-in for a type must know: its names, bases and operators."""
    own = [vars(one) for one in kind.__mro__ if one is not object and one not in _PLAIN]
    does = tuple(name for name in FORWARDED if any(one.get(name) is not None for one in own))
    metaclass: type = type(kind)
    of_type = [vars(one) for one in metaclass.__mro__ if one not in (type, object)]
    does_as_type = tuple(name for name in FORWARDED if any(one.get(name) is not None for one in of_type))
    bases = tuple(base for base in kind.__bases__ if base is not object and base.__module__ not in _WITHOUT_MEANING)
    plain = tuple(base for base in _PLAIN if issubclass(kind, base))
    if not any(issubclass(base, plain) for base in bases):
        bases += plain[:1]  # such as an IntEnum's
    return kind.__name__, kind.__module__, kind.__qualname__, bases, does, does_as_type
