# ruff: noqa: SLF001 - these names must not be any of the candidate's
"""The tests' end: stands in for the candidate's modules, classes and objects, which are in the other process."""

from __future__ import annotations

import random
import types
from importlib.abc import Loader
from typing import TYPE_CHECKING, Any

from .library_errors import error_of_library, is_error_of_library, make_error, name_of
from .line import HungUpError, Line
from .operators import FORWARDED
from .values import Unreachable

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from .shared_classes import SharedClasses

_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType)
_PLAIN = (str, bytes, tuple, frozenset, float, int)
_COMPARED = ("__eq__", "__ne__")
# Values of types derived from plain ones are here as what they are derived from, and are compared as such.
_OF_PLAIN_VALUES = (*_COMPARED, "__lt__", "__le__", "__gt__", "__ge__", "__hash__", "__bool__")
_OWN_PACKAGE = __name__.partition(".")[0]
_chance = random.SystemRandom()


class StandIns:
    """Reads what the candidate's process sends as stand-ins, and asks it for whatever is done with them."""

    def __init__(self, channel: socket.socket, shared: SharedClasses) -> None:
        self.line = Line(channel, self, parity=0, shared=shared)
        self._objects: dict[int, Any] = {}
        self._classes: dict[int, type] = {}
        self._owned: dict[int, Any] = {}

    def answer(self, verb: str, things: list[Any]) -> Any:
        """Do for the candidate what it may ask for: call a function of the tests that it was handed."""
        match verb, things:
            case "call", [owner, arguments, named] if any(owner is one for one in self._owned.values()):
                return owner(*arguments, **dict(named))
            case "next", [owner] if any(owner is one for one in self._owned.values()):
                return next(owner)
        raise HungUpError  # no honest end asks for anything else

    def write(self, value: Any) -> Any:
        """Return the JSON of an object that stays here, or stands for one of theirs."""
        number = number_of(value)
        if number is not None:
            return {"o": number}
        if isinstance(value, type) and is_error_of_library(value):
            return {"n": name_of(value)}
        if type(value).__module__.startswith(_OWN_PACKAGE):
            return {"u": None}
        if isinstance(value, BaseException):
            return {"e": self.write_error(value)}
        is_iterator = type(value).__module__ in ("builtins", "itertools") and hasattr(value, "__next__")
        if not (isinstance(value, _FUNCTIONS) or is_iterator):
            raise Unreachable
        self._owned[id(value)] = value
        return {"x": [id(value), getattr(value, "__name__", "function"), ["__next__"] if is_iterator else []]}

    def read(self, mark: str, inner: Any) -> Any:
        """Return what stands for their object."""
        if mark == "o":
            return self._owned[inner]
        if mark == "n":
            return error_of_library(inner)
        if mark == "e":
            return self.raised(inner)
        if mark == "X":
            return self._classes[inner]
        number, kind, plain = inner
        if number not in self._objects:
            self._objects[number] = _new(self._classes[kind], number, self.line.codec.read(plain))
        return self._objects[number]

    def write_error(self, error: BaseException) -> Any:
        """Return the JSON of an exception that a function of the tests raised."""
        write = self.line.codec.write
        return [write(type(error)), [write(one) for one in error.args], str(error), []]

    def raised(self, written: Any) -> BaseException:
        """Return the exception that the candidate raised, as one of this process."""
        kind, arguments, text, attributes = written
        found, read = self.line.codec.read(kind), self.line.codec.read
        if not (isinstance(found, type) and issubclass(found, BaseException)):
            raise HungUpError
        error = make_error(found, tuple(read(one) for one in arguments))
        error.__dict__.update({name: read(value) for name, value in attributes})
        if isinstance(found, StandInType):
            error.__dict__["_regen_text"] = text
        return error

    def new_classes(self) -> dict[str, Any]:
        """Return nothing: the candidate's process is told of no class of the tests'."""
        return {}

    def learn(self, classes: dict[str, Any]) -> None:
        """Make stand-ins for classes that are mentioned for the first time."""
        for number, description in classes.items():
            self._classes[int(number)] = self._make(int(number), description)

    def _make(self, number: int, description: list[Any]) -> type:
        name, module, qualname, written, does, does_as_type = description
        bases = [self.line.codec.read(base) for base in written]
        namespace: dict[str, Any] = {"__module__": module, "__qualname__": qualname, "_regen_line": self.line}
        found: tuple[type, ...] = tuple(base for base in bases if issubclass(base, BaseException))
        if found:
            namespace["__str__"] = _text_of
        else:
            found = tuple(base for base in bases if isinstance(base, StandInType) or base in _PLAIN)
            if not any(isinstance(base, StandInType) for base in found):
                found = (StandIn, *found)
            is_plain = any(issubclass(base, _PLAIN) for base in found)
            namespace |= {
                what: _operator(what)
                for what in (*does, "__repr__", "__str__")
                if what in FORWARDED and not (is_plain and what in _OF_PLAIN_VALUES)
            }
            if "__eq__" in namespace and "__hash__" not in does:
                namespace["__hash__"] = None
        metas = dict.fromkeys(type(base) for base in found if isinstance(base, StandInType)) or {StandInType: None}
        own = {what: _operator(what) for what in does_as_type if what in FORWARDED and what != "__call__"}
        meta = type("StandInType", tuple(metas), own) if own else next(iter(metas))
        made: type = meta(name, found, namespace)
        type.__setattr__(made, "_regen_class", number)
        return made


class StandInType(type):
    """The type of stand-ins for classes: to call one makes an object in the other process."""

    def __call__(cls, *arguments: Any, **named: Any) -> Any:
        return cls._regen_line.ask("call", cls, arguments, tuple(named.items()))

    def __getattr__(cls, name: str) -> Any:
        if name.startswith(("_regen", "__")):
            raise AttributeError(name)
        return cls._regen_line.ask("get", cls, name)


class StandIn:
    """Stands for an object of the candidate's process."""

    _regen_line: Line
    _regen_number: int

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_regen"):
            raise AttributeError(name)
        return self._regen_line.ask("get", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._regen_line.ask("set", self, name, value)

    def __delattr__(self, name: str) -> None:
        self._regen_line.ask("delete", self, name)


def number_of(value: Any) -> int | None:
    """Return the number of the object that a stand-in stands for, None for anything else."""
    if isinstance(value, StandIn | StandInModule):
        found: int = object.__getattribute__(value, "_regen_number")
        return found
    return vars(value).get("_regen_class") if isinstance(value, type) else None


def _new(kind: type, number: int, plain: Any) -> Any:
    base = next((base for base in _PLAIN if issubclass(kind, base)), None)
    made: Any = base.__new__(kind, plain) if base else object.__new__(kind)
    object.__setattr__(made, "_regen_number", number)
    return made


def _operator(name: str) -> Callable[..., Any]:
    if name in _COMPARED:
        return lambda owner, other: _compare(name, owner, other)
    if name == "__call__":
        return lambda owner, *arguments, **named: owner._regen_line.ask("call", owner, arguments, tuple(named.items()))
    if name == "__exit__":
        return lambda owner, _, error, __: owner._regen_line.ask("operator", name, owner, (error,))

    def forwarded(owner: Any, *arguments: Any) -> Any:
        return owner._regen_line.ask("operator", name, owner, arguments)

    return forwarded


def _compare(name: str, owner: Any, other: Any) -> Any:
    """Ask whether theirs equals a value, and others that it must not equal; it can't know which is which."""
    line: Line = owner._regen_line
    others = _others(other) if number_of(other) is None else []
    if not others:
        return line.ask("operator", name, owner, (other,))
    asked = [other, other, *others]
    _chance.shuffle(asked)
    answers = [(one, line.ask("operator", name, owner, (one,))) for one in asked]
    first, second = (answer for one, answer in answers if one is other)
    claims_to_be = name == "__eq__"
    if bool(first) is claims_to_be and (
        bool(second) is not claims_to_be or any(bool(a) is claims_to_be for one, a in answers if one is not other)
    ):
        raise AssertionError(f"a {type(owner).__name__} equals other values too")
    return first


def _others(value: Any) -> list[Any]:
    """Return values of the same type that are not this one."""
    if type(value) in (int, float):
        return [value + 1, value - 17]
    if type(value) is str:
        return [value + "?", "~" + value]
    if type(value) is bytes:
        return [value + b"?", b"~" + value]
    if type(value) is tuple:
        return [(*value, None), (None, *value)]
    if type(value) is list:
        return [[*value, None], [None, *value]]
    if type(value) is dict:
        return [{**value, "~": None}, {**value, "?": 0}]
    return []


def _text_of(error: BaseException) -> str:
    return str(error.__dict__.get("_regen_text", BaseException.__str__(error)))


class StandInModule(types.ModuleType):
    """Stands for a module of the candidate."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_regen") or name in ("__path__", "__file__", "__spec__", "__loader__"):
            raise AttributeError(name)
        return self._regen_line.ask("get", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("__"):
            super().__setattr__(name, value)
        else:
            self._regen_line.ask("set", self, name, value)

    def __dir__(self) -> list[str]:
        return list(self._regen_line.ask("names", self))


class StandInLoader(Loader):
    """Has a module imported in the other process, and stands in for it here."""

    def __init__(self, stand_ins: StandIns) -> None:
        self._stand_ins = stand_ins

    def create_module(self, spec: Any) -> types.ModuleType:
        return StandInModule(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        line = self._stand_ins.line
        number = number_of(line.ask("import", module.__name__))
        vars(module).update(_regen_line=line, _regen_number=number)
        names = dir(module)
        vars(module)["__all__"] = (
            line.ask("get", module, "__all__") if "__all__" in names else [one for one in names if one[0] != "_"]
        )
