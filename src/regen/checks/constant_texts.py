"""Texts that Python code holds, as they are when it runs and put together, with the name that each is given."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from regen.python_syntax import shared_module

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST = 4096
_DEEPEST = 30
_SHORTEST_LIST = 12
_WRAPPING = frozenset({"str", "bytes", "bytearray", "SecretStr", "SecretBytes", "join"})
_PRINTABLE = range(32, 127)


def constants_of(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield line, name (empty where it has none) and value of each text; nothing where the code does not parse."""
    try:
        tree = shared_module(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        for name, value in _named(node):
            found = _value(value)
            if found:
                yield value.lineno, name, found
        if isinstance(node, ast.Constant | ast.BinOp | ast.JoinedStr | ast.List | ast.Tuple | ast.Call):
            found = _value(node)
            if found:
                yield node.lineno, "", found


def _named(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node, ast.Assign):
        yield from ((_name(target), node.value) for target in node.targets)
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
        yield _name(node.target), node.value
    elif isinstance(node, ast.keyword):
        yield node.arg or "", node.value
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield key.value, value


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return str(node.slice.value)
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _value(node: ast.expr, depth: int = _DEEPEST) -> str:
    """Return the text that an expression of constants comes to, or that it wraps; empty where it is none."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bytes):
            return node.value.decode("latin-1")[:_LONGEST]
        return node.value[:_LONGEST] if isinstance(node.value, str) else ""
    if depth == 0:
        return ""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _value(node.left, depth - 1), _value(node.right, depth - 1)
        return (left + right)[:_LONGEST] if left and right else ""
    if isinstance(node, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.FormattedValue) else part for part in node.values]
        texts = [_value(part, depth - 1) for part in parts]
        return "".join(texts)[:_LONGEST] if all(texts) else ""
    if isinstance(node, ast.List | ast.Tuple):
        return _spelt(node.elts)
    if isinstance(node, ast.Call) and not node.keywords:
        if len(node.args) == 1 and _name(node.func) in _WRAPPING:
            return _value(node.args[0], depth - 1)
        if not node.args and isinstance(node.func, ast.Attribute):  # `"…".encode()`
            return _value(node.func.value, depth - 1)
    return ""


def _spelt(elements: list[ast.expr]) -> str:
    """Return the text that a list of characters or their codes spells."""
    if not _SHORTEST_LIST <= len(elements) <= _LONGEST:
        return ""
    spelt = []
    for element in elements:
        value = element.value if isinstance(element, ast.Constant) else None
        if isinstance(value, str) and len(value) == 1:
            spelt.append(value)
        elif type(value) is int and value in _PRINTABLE:
            spelt.append(chr(value))
        else:
            return ""
    return "".join(spelt)
