"""Whether an answer is of the type that the interface declares: tests seldom ask, callers rely on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regen.experiments.fuzz_values import Made, Source, Value, read
from regen.python_syntax import parse_expression

if TYPE_CHECKING:
    from regen.experiments.domain_types import Kind

_UNREADABLE = (SyntaxError, ValueError, TypeError, RecursionError, MemoryError, OverflowError)
_ARGUMENTS = ", and leaves its arguments as "
_NAMES: dict[str, type | tuple[type, ...]] = {
    "str": str,
    "bytes": bytes,
    "bool": bool,
    "complex": (int, float, complex),
    "dict": dict,
    "record": dict,
}
_MANY = (list, tuple, set, frozenset)


def conforms(answer: str, kind: Kind) -> bool:
    """Say whether an answer, as Python source, may be of `kind`; what can't be read may be, and so may exceptions.

    As type checkers do, whole numbers pass for floats, and any collection for one that is only to be iterated over. Of
    truth values they say that they are whole numbers too: here they are not, as no one means `True` by a count.
    """
    if kind.name == "None":  # of a procedure nobody reads the answer
        return True
    try:
        return _is(read(parse_expression(answer.partition(_ARGUMENTS)[0])), kind)
    except _UNREADABLE:
        return True


def _is(value: Value, kind: Kind) -> bool:
    if isinstance(value, Source | Made):
        return True
    match kind.name:
        case "None":
            return value is None
        case "union":
            return any(_is(value, part) for part in kind.parts)
        case "int":
            return type(value) is int
        case "float":
            return type(value) in (int, float)
        case "list":  # also what is declared as Sequence or Iterable
            return isinstance(value, str | bytes | dict) or (isinstance(value, _MANY) and _all(value, kind.parts[0]))
        case "set" | "frozenset":
            return isinstance(value, set | frozenset) and _all(value, kind.parts[0])
        case "tuple" if kind.text == "...":
            return isinstance(value, tuple) and _all(value, kind.parts[0])
        case "tuple":
            return isinstance(value, tuple) and len(value) == len(kind.parts) and all(map(_is, value, kind.parts))
        case "dict":
            keys, values = kind.parts
            return isinstance(value, dict) and _all(value, keys) and _all(value.values(), values)
        case name if name in _NAMES:
            return isinstance(value, _NAMES[name])
    return True  # objects, iterators, choices


def _all(items: Value, kind: Kind) -> bool:
    return all(_is(item, kind) for item in items)
