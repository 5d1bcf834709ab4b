"""Values as they cross: JSON, in which what JSON lacks is an object with one key that says what it is."""

from __future__ import annotations

import builtins
import collections
import datetime
import decimal
import fractions
import math
import re
import uuid
from typing import TYPE_CHECKING, Any

from .shared_classes import set_state, state_of

if TYPE_CHECKING:
    from collections.abc import Callable

_SAFE_INTEGER = 1 << 53
_BY_NAME: dict[str, type] = {"list": list, "dict": dict, "set": set, "bytearray": bytearray}
_MUTABLE = tuple(_BY_NAME.values())
# Types that both sides have, by name: what is sent to make them anew, and how they are made of it.
_KNOWN: dict[str, tuple[type, Callable[[Any], tuple[object, ...]]]] = {
    "date": (datetime.date, lambda v: (v.year, v.month, v.day)),
    "time": (datetime.time, lambda v: (v.hour, v.minute, v.second, v.microsecond, v.tzinfo)),
    "datetime": (
        datetime.datetime,
        lambda v: (v.year, v.month, v.day, v.hour, v.minute, v.second, v.microsecond, v.tzinfo),
    ),
    "timedelta": (datetime.timedelta, lambda v: (v.days, v.seconds, v.microseconds)),
    "timezone": (datetime.timezone, lambda v: (v.utcoffset(None),)),
    "Decimal": (decimal.Decimal, lambda v: (str(v),)),
    "Fraction": (fractions.Fraction, lambda v: (v.numerator, v.denominator)),
    "UUID": (uuid.UUID, lambda v: (str(v),)),
    "range": (range, lambda v: (v.start, v.stop, v.step)),
    "slice": (slice, lambda v: (v.start, v.stop, v.step)),
    "Counter": (collections.Counter, lambda v: (dict(v),)),
    "OrderedDict": (collections.OrderedDict, lambda v: (list(v.items()),)),
    "deque": (collections.deque, lambda v: (list(v), v.maxlen)),
}
_NAME_OF = {kind: name for name, (kind, _) in _KNOWN.items()}
_TYPES: dict[str, type] = {
    **{name: value for name, value in vars(builtins).items() if isinstance(value, type)},
    **{name: kind for name, (kind, _) in _KNOWN.items()},
    "defaultdict": collections.defaultdict,
    "re.error": re.error,
    "InvalidOperation": decimal.InvalidOperation,
}
_NAME_OF_TYPE = {kind: name for name, kind in _TYPES.items()}
_SINGLE: dict[str, object] = {"...": ..., "NotImplemented": NotImplemented}


class Unreachable(BaseException):
    """What a test does can't be done from another process, so nothing can be said from there."""

    happened = False

    def __init__(self) -> None:
        super().__init__("can't be asked from another process")
        Unreachable.happened = True


class Codec:
    """Writes values as JSON and reads them; `outside` gets what can't cross by value, and gives what did not."""

    def __init__(self, outside: Any) -> None:
        self._outside = outside

    def write(self, value: Any) -> Any:
        """Return the JSON of a value."""
        kind = type(value)
        if value is None or kind is bool or kind is str:
            return value
        if kind is int:
            return value if -_SAFE_INTEGER < value < _SAFE_INTEGER else {"i": hex(value)}
        if kind is float:
            return value if math.isfinite(value) else {"f": repr(value)}
        if kind is tuple:
            return {"t": [self.write(one) for one in value]}
        if kind in _MUTABLE:
            return {"k": self._outside.number_of(value)}
        if kind is bytes:
            return {"b": value.hex()}
        if kind is frozenset:
            return {"z": [self.write(one) for one in value]}
        if kind is complex:
            return {"c": [self.write(value.real), self.write(value.imag)]}
        if kind in _NAME_OF:
            name = _NAME_OF[kind]
            return {"v": [name, [self._part(part) for part in _KNOWN[name][1](value)]]}
        if isinstance(value, type) and value in _NAME_OF_TYPE:
            return {"y": _NAME_OF_TYPE[value]}
        single = next((name for name, one in _SINGLE.items() if one is value), None)
        return {"s": single} if single is not None else self._outside.write(value)

    def _part(self, part: Any) -> Any:
        """Return the JSON of what makes a value: new each time, so not to be kept alike."""
        if type(part) is list:
            return {"L": [self._part(one) for one in part]}
        if type(part) is dict:
            return {"D": [[self._part(key), self._part(one)] for key, one in part.items()]}
        return self.write(part)

    def read(self, text: Any) -> Any:
        """Return the value of some JSON."""
        if not isinstance(text, dict):
            return text
        ((mark, inner),) = text.items()
        match mark:
            case "t":
                return tuple(map(self.read, inner))
            case "k":
                return self._outside.numbered(inner)
            case "i":
                return int(inner, 16)
            case "f":
                return float(inner)
            case "b":
                return bytes.fromhex(inner)
            case "z":
                return frozenset(map(self.read, inner))
            case "c":
                return complex(self.read(inner[0]), self.read(inner[1]))
            case "v":
                return _KNOWN[inner[0]][0](*map(self.read, inner[1]))
            case "L":
                return [self.read(one) for one in inner]
            case "D":
                return {self.read(key): self.read(one) for key, one in inner}
            case "y":
                return _TYPES[inner]
            case "s":
                return _SINGLE[inner]
        return self._outside.read(mark, inner)

    def content(self, value: Any) -> list[Any]:
        """Return what is in a value that can change: its kind, and its parts as JSON."""
        if type(value) is list:
            return ["list", [self.write(one) for one in value]]
        if type(value) is dict:
            return ["dict", [[self.write(key), self.write(one)] for key, one in value.items()]]
        if type(value) is set:
            return ["set", [self.write(one) for one in value]]
        if type(value) is bytearray:
            return ["bytearray", bytes(value).hex()]
        return [self._outside.shared.name_of(type(value)), [[n, self.write(one)] for n, one in state_of(value).items()]]

    def fill(self, value: Any, content: list[Any]) -> None:
        """Have a value that can change hold this content."""
        parts = content[1]
        if type(value) is list:
            value[:] = [self.read(one) for one in parts]
        elif type(value) is dict:
            pairs = [(self.read(key), self.read(one)) for key, one in parts]
            value.clear()
            value.update(pairs)
        elif type(value) is set:
            found = {self.read(one) for one in parts}
            value.clear()
            value.update(found)
        elif type(value) is bytearray:
            value[:] = bytes.fromhex(parts)
        else:
            set_state(value, {name: self.read(one) for name, one in parts})

    def empty(self, content: list[Any]) -> Any:
        """Return a new value of a content's kind, with nothing in it."""
        kind = _BY_NAME.get(content[0])
        if kind is not None:
            return kind()
        shared = self._outside.shared.find(content[0])
        if not self._outside.shared.is_kept_alike(shared):
            raise TypeError(content[0])
        return object.__new__(shared)


def is_hashed(content: list[Any]) -> bool:
    """Say whether a value looks at its parts when it takes them, so that they must be whole before."""
    return content[0] in ("dict", "set")
