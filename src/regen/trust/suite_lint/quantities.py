"""The numbers that expressions of literals come to, the lengths of what they make, and the pieces of texts."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from regen.trust.suite_lint.names import dotted_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regen.trust.suite_lint.reading import SuiteFile

_TOO_LARGE = 10_000_000
_DATES = {"date": 3, "datetime": 6, "time": 3, "timedelta": 1}


def numbers_in(text: str) -> Iterator[float]:
    """Yield the numbers written in a text, with and without a sign."""
    for pattern in (r"-?\d+(?:[,_]\d{3})*(?:\.\d+)?", r"(?<![\d.])\d+"):
        for piece in re.findall(pattern, text[:2000]):
            if len(piece) < 20:  # noqa: PLR2004
                yield float(re.sub("[,_]", "", piece))


def pieces_of(text: str) -> Iterator[float]:
    """Yield how long each run of digits is, and how many words, lines and parts there are."""
    short = text[:5000]
    yield from (float(len(run)) for run in re.findall(r"\d+", short))
    yield float(len(short.split()))
    yield float(len(short.splitlines()))
    yield float(len(re.split(r"[^\w]+", short)))


def numbers_of(node: ast.AST, file: SuiteFile) -> Iterator[float]:
    """Yield the numbers that a node is or stands for: itself, what is computed, a range's ends, a date's midnight."""
    if isinstance(node, ast.Constant | ast.BinOp | ast.UnaryOp):
        number = _number(node, file)
        if number is not None:
            yield number
    elif isinstance(node, ast.Call):
        name = dotted_name(node.func).rsplit(".", 1)[-1]
        if name == "range" and node.args:
            bounds = [bound for argument in node.args if (bound := _number(argument, file)) is not None]
            if bounds:
                first, last = (0.0, bounds[0]) if len(bounds) == 1 else (bounds[0], bounds[1])
                yield from (first, last, last - 1, last - first)
        elif name in _DATES and len(node.args) + len(node.keywords) <= _DATES[name]:
            yield 0.0


def _number(node: ast.AST, file: SuiteFile) -> float | None:
    """Return the number that an expression of literals and the file's constants comes to."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return float(node.value) if abs(node.value) < 1e300 else None  # noqa: PLR2004
    if isinstance(node, ast.Name) and node.id in file.constants and not isinstance(file.constants[node.id], ast.Name):
        return _number(file.constants[node.id], file)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _number(node.operand, file)
        return -inner if inner is not None else None
    if isinstance(node, ast.BinOp):
        left, right = _number(node.left, file), _number(node.right, file)
        if left is None or right is None:
            return None
        if isinstance(node.op, ast.Pow):
            return left**right if abs(left) <= 1024 and 0 <= right <= 64 else None  # noqa: PLR2004
        if isinstance(node.op, ast.Div | ast.FloorDiv):
            return left / right if right else None
        return {ast.Add: left + right, ast.Sub: left - right, ast.Mult: left * right}.get(type(node.op))
    if isinstance(node, ast.Call) and dotted_name(node.func) == "len" and node.args:
        return length_of(node.args[0], file)
    return None


def length_of(node: ast.AST, file: SuiteFile) -> float | None:
    """Return how long a text or list is that literals make: `"x" * 255`, `"a" + "b" * 3`, `f"{'x' * 63}.com"`."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
        return float(len(node.value))
    if isinstance(node, ast.List | ast.Tuple):
        return float(len(node.elts))
    if isinstance(node, ast.Name) and node.id in file.constants and not isinstance(file.constants[node.id], ast.Name):
        return length_of(file.constants[node.id], file)
    if isinstance(node, ast.JoinedStr):
        parts = [length_of(p.value if isinstance(p, ast.FormattedValue) else p, file) for p in node.values]
        return sum(known) if len(known := [part for part in parts if part is not None]) == len(parts) else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        for thing, count in ((node.left, node.right), (node.right, node.left)):
            length, times = length_of(thing, file), _number(count, file)
            if length is not None and times is not None and length * times < _TOO_LARGE:
                return length * times
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = length_of(node.left, file), length_of(node.right, file)
        return left + right if left is not None and right is not None else None
    return None
