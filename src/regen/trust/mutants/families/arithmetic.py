"""Arithmetic, bitwise and augmented operators.

After mutmut 3 (`operator_swap_op`, `operator_augmented_assignment`), cosmic-ray (`binary_operator_replacement`,
`unary_operator_replacement`), mutatest (`BinOp`, `AugAssign`) and PIT (Math, Invert Negatives).
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from regen.trust.mutants.changes import Change, Proposals, replace

if TYPE_CHECKING:
    from regen.trust.mutants.source import Source

_SYMBOLS: dict[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.LShift: "<<", ast.RShift: ">>", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.MatMult: "@",
}  # fmt: skip

_INSTEAD = {
    "+": ("-",), "-": ("+",), "*": ("/",), "/": ("*",), "//": ("/",), "%": ("//",), "**": ("*",), "<<": (">>",),
    ">>": ("<<",), "&": ("|",), "|": ("&",), "^": ("&", "|"),
}  # fmt: skip

_TYPES = {"int", "str", "float", "bool", "bytes", "list", "dict", "set", "tuple", "complex", "object", "type"}


def binary(source: Source, node: ast.BinOp) -> Proposals:
    """Propose `a + b` → `a - b`; a concatenation of strings, for which `-` means nothing, loses one side."""
    if is_text(node.left) or is_text(node.right):
        if isinstance(node.op, ast.Add):
            yield replace(source, node, source.atom(node.left))
            yield replace(source, node, source.atom(node.right))
        elif isinstance(node.op, ast.Mult):
            yield replace(source, node, source.atom(node.left if is_text(node.left) else node.right))
        return
    symbol = _SYMBOLS[type(node.op)]
    if symbol == "|" and (_is_type(node.left) or _is_type(node.right)):
        return  # int | None
    place = source.token_between(node.left, node.right, re.escape(symbol))
    if place:
        for other in _INSTEAD.get(symbol, ()):
            yield Change(*place, other)


def unary(source: Source, node: ast.UnaryOp) -> Proposals:
    """Propose `-x` → `x`, `~x` → `x`."""
    if isinstance(node.op, ast.USub | ast.Invert):
        yield replace(source, node, source.atom(node.operand))


def augmented(source: Source, node: ast.AugAssign) -> Proposals:
    """Propose `x += y` → `x -= y`, `x = y`."""
    symbol = _SYMBOLS[type(node.op)]
    place = source.token_between(node.target, node.value, re.escape(symbol + "="))
    if place:
        if not is_text(node.value):
            for other in _INSTEAD.get(symbol, ()):
                yield Change(*place, f"{other}=")
        yield Change(*place, "=")


def is_text(node: ast.expr) -> bool:
    """Tell whether an expression is plainly a string or bytes."""
    return (
        isinstance(node, ast.JoinedStr)
        or (isinstance(node, ast.Constant) and isinstance(node.value, str | bytes))
        or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod) and is_text(node.left))
    )


def _is_type(node: ast.expr) -> bool:
    if isinstance(node, ast.Subscript):
        return _is_type(node.value)
    return (isinstance(node, ast.Constant) and node.value is None) or (isinstance(node, ast.Name) and node.id in _TYPES)
