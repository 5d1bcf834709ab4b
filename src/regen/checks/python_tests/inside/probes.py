"""Values beside an expected one, to see whether what claims to be equal to that is equal to these too."""

from __future__ import annotations

import types
from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SCALARS: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (str, str.__str__),
    (int, int.__pos__),
    (float, float.__pos__),
    (complex, complex.__pos__),
    (bytes, lambda value: bytes.__add__(value, b"")),
)
# By identity: a metaclass of the code under test may have an `__eq__` and a `__hash__`.
PLAIN = frozenset(map(id, (*(kind for kind, _ in SCALARS), bool, type(None), bytearray, range, slice, type)))
CONTAINERS = (list, tuple, dict, set, frozenset, deque)
_FEW = 8
mro_of = type.__dict__["__mro__"].__get__
namespace_of = type.__dict__["__dict__"].__get__


class Nobody:
    """Equal to nothing."""


def needs_look(value: object) -> bool:
    """Say whether a value is of another kind than the plain ones, whose equality is the interpreter's."""
    return id(type(value)) not in PLAIN


def others(value: Any) -> list[Any]:
    """Return values beside this one; nothing for kinds that are not known."""
    kind = type(value)
    if kind is bool:
        return [not value]
    if kind is int or kind is float or kind is complex:
        return [value + 1, -value - 1]
    if kind is str:
        return [value + "?", "?" + value]
    if kind is bytes:
        return [value + b"?", b"?" + value]
    if kind is list or kind is tuple:
        replaced = [kind([*value[:n], _changed(value[n]), *value[n + 1 :]]) for n in range(min(len(value), _FEW))]
        return [value + kind([Nobody()]), *replaced]
    if kind is dict:
        return [{**value, Nobody(): 0}, *({**value, key: _changed(value[key])} for key in list(value)[:_FEW])]
    return [value | {Nobody()}] if kind is set or kind is frozenset else []


def _changed(value: object) -> object:
    return next(iter(others(value)), Nobody())


def copies(value: object) -> Iterator[object]:
    """Yield copies of an object of which each differs in one field that holds data."""
    held_by = fields(value)
    data = [name for name, held in held_by.items() if _is_data(held)][:_FEW]
    for name in data:
        try:
            twin: Any = object.__new__(type(value))
            for each, held in held_by.items():
                object.__setattr__(twin, each, _changed(held) if each == name else held)
        except Exception:  # noqa: BLE001 - not every object can be made so
            return
        yield twin


def _is_data(value: object) -> bool:
    return value is not None and (not needs_look(value) or any(type(value) is each for each in CONTAINERS))


def fields(value: object) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for kind in mro_of(type(value)):
        for name, member in namespace_of(kind).items():
            if type(member) is types.MemberDescriptorType and member.__objclass__ is kind:
                try:
                    found[name] = member.__get__(value)
                except Exception:  # noqa: BLE001, S112 - a slot that holds nothing yet
                    continue
    try:
        held = object.__getattribute__(value, "__dict__")
    except Exception:  # noqa: BLE001 - it has none
        return found
    return {**found, **held} if type(held) is dict else found
