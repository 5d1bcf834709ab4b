"""Inputs as plain data: what Python literals hold, and sources of what they can't."""

from __future__ import annotations

import ast
import math
from typing import Any

import msgspec

Value = Any
"""None, bool, int, float, complex, str, bytes, list, tuple, dict, set of those, or one of the two below."""


class Source(msgspec.Struct, frozen=True, order=True):
    """An expression that stays as it is, such as `Color.RED` or `lambda x: x`."""

    text: str


class Made(msgspec.Struct, frozen=True):
    """A call of a constructor, with its arguments by name (positional where the name is empty)."""

    name: str
    fields: tuple[tuple[str, Value], ...]


def render(value: Value) -> str:
    """Return the Python source of a value."""
    if isinstance(value, Source):
        return value.text
    if isinstance(value, Made):
        inner = (f"{name}={render(each)}" if name else render(each) for name, each in value.fields)
        return f"{value.name}({', '.join(inner)})"
    if isinstance(value, float) and not math.isfinite(value):
        return f"float('{value}')"
    if isinstance(value, list):
        return f"[{', '.join(map(render, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(render, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{render(key)}: {render(each)}' for key, each in value.items())}}}"
    if isinstance(value, set | frozenset):
        inner_text = ", ".join(sorted(map(render, value)))
        shown = f"{{{inner_text}}}" if value else "set()"
        return f"frozenset({shown})" if isinstance(value, frozenset) else shown
    return repr(value)


def read(node: ast.expr) -> Value:
    """Return the value of an expression; raise ValueError where it is more than plain data and simple calls."""
    match node:
        case ast.Constant(value=value) if value is not ...:
            return value
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            number = read(operand)
            if isinstance(number, int | float | complex):
                return -number
        case ast.List(elts=items):
            return [read(item) for item in items]
        case ast.Tuple(elts=items):
            return tuple(read(item) for item in items)
        case ast.Set(elts=items):
            return {_hashable(read(item)) for item in items}
        case ast.Dict(keys=keys, values=values) if None not in keys:
            return {_hashable(read(k)): read(v) for k, v in zip(keys, values, strict=True) if k is not None}
        case ast.BinOp(left=left, op=op, right=right):
            return _computed(op, read(left), read(right))
        case ast.Call(func=ast.Name(id="set" | "frozenset" | "list" | "tuple" | "dict" | "str"), args=[], keywords=[]):
            return {"set": set(), "frozenset": frozenset(), "list": [], "tuple": (), "dict": {}, "str": ""}[
                ast.unparse(node.func)
            ]
        case ast.Call(func=ast.Name(id="float"), args=[ast.Constant(value=str(text))], keywords=[]):
            return float(text)
        case ast.Call(func=ast.Name() | ast.Attribute()):
            return _made(node)
        case ast.Attribute(value=ast.Name(id=name)) if name[:1].isupper():
            return Source(ast.unparse(node))
    raise ValueError(ast.unparse(node))


def _hashable(value: Value) -> Value:
    hash(value)
    return value


def _made(node: ast.Call) -> Value:
    if any(isinstance(argument, ast.Starred) for argument in node.args) or any(k.arg is None for k in node.keywords):
        raise ValueError(ast.unparse(node))
    name = ast.unparse(node.func)
    if not name.rpartition(".")[2][:1].isupper() and name not in ("date", "datetime", "time", "timedelta"):
        raise ValueError(name)
    positional = (("", read(argument)) for argument in node.args)
    named = ((keyword.arg or "", read(keyword.value)) for keyword in node.keywords)
    return Made(name.removeprefix("datetime.").removeprefix("decimal."), (*positional, *named))


_LARGEST = 10_000


def _computed(op: ast.operator, left: Value, right: Value) -> Value:
    """Return what `[0] * 10` or `10 ** 6` give, where that is small."""
    if isinstance(op, ast.Mult):
        for sequence, count in ((left, right), (right, left)):
            if isinstance(sequence, list | str | tuple) and isinstance(count, int) and len(sequence) * count < _LARGEST:
                return sequence * count
    if isinstance(left, int | float) and isinstance(right, int | float):
        match op:
            case ast.Add():
                return left + right
            case ast.Sub():
                return left - right
            case ast.Mult():
                return left * right
            case ast.Pow() if 0 <= right <= 64 and abs(left) <= _LARGEST:  # noqa: PLR2004
                return left**right
    if isinstance(op, ast.Add) and isinstance(left, list | str | tuple) and type(left) is type(right):
        start: Any = left
        return start + right
    raise ValueError(type(op).__name__)


def size(value: Value) -> tuple[int, ...]:
    """Return how large a value is to a reader: the length of its source, then how odd its letters and digits are."""
    text = render(value)
    oddity = sum(_oddity(letter) for letter in text)
    return (len(text), oddity)


def _oddity(letter: str) -> int:
    """Return 0 for punctuation, little for the first digits and letters, much for what few keyboards have."""
    if letter.isascii():
        if letter.isdigit():
            return int(letter)
        return 1 + (ord(letter.lower()) - ord("a")) + 20 * letter.isupper() if letter.isalpha() else 0
    return 200 + ord(letter) % 97
