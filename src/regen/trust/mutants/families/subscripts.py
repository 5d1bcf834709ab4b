"""Slices and indexes off by one or without a bound; literal bounds are mutated by `constants.py`.

After mutatest (`Index`, `SliceUS`).
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from regen.trust.mutants.changes import Proposals, replace

if TYPE_CHECKING:
    from regen.trust.mutants.source import Source

_COUNTERS = {"i", "j", "k", "n", "index", "idx", "pos", "position", "start", "end", "stop", "offset", "length"}


def part(source: Source, node: ast.Slice) -> Proposals:
    """Propose `x[a:b]` → `x[:b]`, `x[a:]`, `x[a + 1:b]`, `x[a:b - 1]`; `x[a:b:c]` → `x[a:b:]`."""
    for bound, step in ((node.lower, "+ 1"), (node.upper, "- 1"), (node.step, "")):
        if bound is None:
            continue
        if not (bound is node.lower and isinstance(bound, ast.Constant) and bound.value in {0, 1}):
            yield replace(source, bound, "")  # `[0:]` is `[:]`, and what becomes of `[1:]` anyway
        if step and not _is_literal(bound):
            yield replace(source, bound, f"{source.atom(bound)} {step}")


def index(source: Source, node: ast.Subscript) -> Proposals:
    """Propose `x[i]` → `x[i + 1]` where `i` looks like a number."""
    if isinstance(node.ctx, ast.Load) and _is_count(node.slice):
        yield replace(source, node.slice, f"{source.atom(node.slice)} + 1")


def _is_literal(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) or (isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant))


def _is_count(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub | ast.FloorDiv):
        return not isinstance(node.right, ast.Constant)  # `i + 1` has a literal already
    return isinstance(node, ast.Name) and node.id in _COUNTERS
