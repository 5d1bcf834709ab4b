"""Whether values that claim to be equal are: an `__eq__` of the code under test may say anything.

A value that subclasses a builtin must be equal by the builtin's own rule too. Any other must not be equal to values
beside the expected one, nor to one whose fields differ in any way, and must be equal when asked again.
"""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any

from .guard import trusted_places
from .probes import CONTAINERS, PLAIN, SCALARS, Nobody, copies, fields, mro_of, namespace_of, needs_look, others

if TYPE_CHECKING:
    from collections.abc import Iterable

_DEEPEST, _ENOUGH, _MANY = 20, 300, 1000
_STRANGE = ("\0?", -7654321)


class Tolerance:
    """What the tests themselves may compare with: pytest's approx, and what unittest.mock makes."""

    def __init__(self) -> None:
        self.approx: Any = None
        self.approximate: frozenset[int] = frozenset()
        self.mocks: frozenset[int] = frozenset()


def liar_of(left: object, right: object, tolerance: Tolerance) -> type | None:
    """Return the type of what claims to be equal to what it is not; the two values claim to be equal."""
    return _Look(tolerance).liar(left, right)


def liar_about(left: Any, right: Any) -> type | None:
    """Return the type of what claims to be about the other, as unittest asks it, but is so for what is far off."""
    for value, other in ((left, right), (right, left)):
        if needs_look(value) and type(other) in (int, float):
            try:
                if claims(value, other + 1e9 * (abs(other) + 1)) or not round(abs(value - (other + 1e9)), 1):
                    return type(value)
            except Exception:  # noqa: BLE001, S112 - a number of another kind
                continue
    return None


class _Look:
    """One look at two values and all that they hold."""

    def __init__(self, tolerance: Tolerance) -> None:
        self._tolerance = tolerance
        self._left = _ENOUGH
        self._depth = 0

    def liar(self, left: Any, right: Any) -> type | None:
        kinds = type(left), type(right)
        self._left -= 1
        if left is right or self._left < 0 or self._depth > _DEEPEST or not (needs_look(left) or needs_look(right)):
            return None
        self._depth += 1
        try:
            return self._liar(left, right, kinds)
        finally:
            self._depth -= 1

    def _liar(self, left: Any, right: Any, kinds: tuple[type, type]) -> type | None:
        tolerance = self._tolerance
        tolerant = [any(id(kind) in tolerance.approximate for kind in mro_of(each)) for each in kinds]
        if any(tolerant):
            expected, value = (left, right) if tolerant[0] else (right, left)
            return type(value) if all(tolerant) else _far_off(tolerance.approx, value, expected.expected, _DEEPEST)
        if any(id(kind) in tolerance.mocks for each in kinds for kind in mro_of(each)):
            return None
        owns = not all(map(_is_librarys, kinds))
        if _are_scalars(kinds):
            return _stranger(kinds) if owns and _plain(left) != _plain(right) else None
        base = next((base for base in CONTAINERS if _are(base, kinds)), None)
        if base is not None:
            is_strict = owns or all(_eq_of(kind) is base.__eq__ for kind in kinds)
            return self._liar_within(base, left, right, must_match=owns, is_strict=is_strict)
        return _bent(left, right, kinds) or self._liar_in_fields(left, right)

    def _liar_in_fields(self, left: object, right: object) -> type | None:
        if type(left) is not type(right):
            return None
        mine, yours = fields(left), fields(right)
        pairs = [(mine[name], yours[name]) for name in mine if name in yours]
        pairs = [pair for pair in pairs if needs_look(pair[0]) or needs_look(pair[1])]
        return next((found for pair in pairs if claims(*pair) and (found := self.liar(*pair))), None)

    def _liar_within(self, base: Any, left: Any, right: Any, *, must_match: bool, is_strict: bool) -> type | None:
        """Look at what two containers of one base hold, as the base itself holds it."""
        kinds = type(left), type(right)
        differ = base.__len__(left) != base.__len__(right)
        if must_match and (
            differ or (base is dict and not all(dict.__contains__(left, key) for key in dict.__iter__(right)))
        ):
            return _stranger(kinds)
        for one, other in _pairs(base, left, right):
            if not (one is other or claims(one, other)):
                if is_strict:
                    return _stranger((type(one), type(other)) if needs_look(one) or needs_look(other) else kinds)
            elif (needs_look(one) or needs_look(other)) and (found := self.liar(one, other)) is not None:
                return found
        return None


def _pairs(base: Any, left: Any, right: Any) -> Iterable[tuple[Any, Any]]:
    held = dict.values if base is dict else base.__iter__
    if type(left) is base and type(right) is base and _are_plain(held(left)) and _are_plain(held(right)):
        return ()
    if base is dict:
        keys = [key for key in dict.__iter__(right) if dict.__contains__(left, key)]
        return ((dict.__getitem__(left, key), dict.__getitem__(right, key)) for key in keys)
    if base in (set, frozenset):
        mine = [each for each in base.__iter__(left) if needs_look(each)]
        theirs = {each: each for each in base.__iter__(right)} if mine else {}
        return ((each, theirs[each]) for each in mine if each in theirs)
    return zip(base.__iter__(left), base.__iter__(right), strict=False)


def _are_plain(values: Iterable[object]) -> bool:
    return set(map(id, map(type, values))) <= PLAIN


def claims(left: object, right: object) -> bool:
    """Say whether two values claim to be equal; one that refuses to be compared does not."""
    try:
        return bool(left == right)
    except Exception:  # noqa: BLE001 - a candidate's __eq__ may raise anything
        return False


def contains_all(container: object) -> bool:
    """Say whether a container claims to hold what nobody has put into it."""
    try:
        return Nobody() in container  # type: ignore[operator]
    except Exception:  # noqa: BLE001 - likewise
        return False


def liar_within(value: Any, container: Any, tolerance: Tolerance) -> type | None:
    """Return the type of what claims to be in a builtin container, or to be the value there, and is not."""
    kind = type(container)
    if not any(kind is each for each in CONTAINERS) or (len(container) > _MANY and not needs_look(value)):
        return None
    if not needs_look(value) and _are_plain(container):
        return None
    found = [each for each in container if each is value or claims(each, value)]
    if not found:
        return type(value) if needs_look(value) else kind
    return liar_of(found[0], value, tolerance)


def _are(base: type, kinds: Iterable[type]) -> bool:
    return all(any(each is base for each in mro_of(kind)) for kind in kinds)


def _are_scalars(kinds: tuple[type, type]) -> bool:
    """Say whether both are texts, both bytes, or both numbers that the interpreter compares."""
    if _are(str, kinds) or _are(bytes, kinds):
        return True
    return all(any(each is int or each is float or each is complex for each in mro_of(kind)) for kind in kinds)


def _plain(value: Any) -> Any:
    return next(strip(value) for kind, strip in SCALARS if _are(kind, (type(value),)))


def _stranger(kinds: tuple[type, type]) -> type:
    return kinds[1] if _is_librarys(kinds[0]) else kinds[0]


def _is_librarys(kind: type) -> bool:
    """Say whether the `__eq__` of a type is the interpreter's or a library's."""
    for each in mro_of(kind):
        found = namespace_of(each).get("__eq__")
        if type(found) is types.WrapperDescriptorType:
            return found.__name__ == "__eq__"
        if type(found) is types.FunctionType:
            file = found.__code__.co_filename
            return type(file) is str and file.startswith(trusted_places)
        if found is not None:
            return False
    return True


def _eq_of(kind: type) -> object:
    return next(found for each in mro_of(kind) if (found := namespace_of(each).get("__eq__")) is not None)


def _bent(left: Any, right: Any, kinds: tuple[type, type]) -> type | None:
    for value, other in ((left, right), (right, left)):
        kind = type(value)
        if not needs_look(value) or any(kind is each for each in CONTAINERS) or _eq_of(kind) is object.__eq__:
            continue
        if any(claims(value, probe) for probe in (Nobody(), *_STRANGE, *others(other))):
            return kind
        twins = [] if _is_librarys(kind) else list(copies(other))
        if twins and all(claims(value, each) for each in twins):
            return kind
    return None if claims(left, right) else _stranger(kinds)


def _far_off(approx: Any, value: Any, expected: Any, depth: int) -> type | None:
    """Look at a value that claims to be about the expected one: it must not be about one that is far off."""
    if not needs_look(value) or not depth:
        return None
    if type(value) in (list, tuple) and type(expected) in (list, tuple):
        pairs: Any = zip(value, expected, strict=False)
    elif type(value) is dict and type(expected) is dict:
        pairs = ((value[key], expected[key]) for key in value if key in expected)
    elif type(expected) in (int, float):
        return type(value) if claims(approx(expected + 1e9 * (abs(expected) + 1)), value) else None
    else:
        return None
    return next((found for one, other in pairs if (found := _far_off(approx, one, other, depth - 1))), None)
