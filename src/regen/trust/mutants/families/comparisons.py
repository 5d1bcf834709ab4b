"""Comparisons: the boundary moved, and the answer negated.

After PIT (Conditionals Boundary, Negate Conditionals), mutmut 3 (`operator_swap_op`, `operator_keywords`) and
cosmic-ray (`comparison_operator_replacement`). Of all replacements these few imply the rest: Kaminski, Ammann, Offutt,
"Improving logic-based testing", Journal of Systems and Software 86 (2013).
"""

from __future__ import annotations

import ast
from itertools import pairwise
from typing import TYPE_CHECKING

from regen.trust.mutants.changes import Change, Proposals

if TYPE_CHECKING:
    from regen.trust.mutants.source import Source

_INSTEAD: dict[type[ast.cmpop], tuple[str, tuple[str, ...]]] = {
    ast.Lt: ("<", ("<=", ">=")), ast.LtE: ("<=", ("<", ">")), ast.Gt: (">", (">=", "<=")), ast.GtE: (">=", (">", "<")),
    ast.Eq: ("==", ("!=",)), ast.NotEq: ("!=", ("==",)),
    ast.Is: (r"is\b", ("is not",)), ast.IsNot: (r"is\s+not\b", ("is",)),
    ast.In: (r"in\b", ("not in",)), ast.NotIn: (r"not\s+in\b", ("in",)),
}  # fmt: skip


def comparison(source: Source, node: ast.Compare) -> Proposals:
    """Propose `a < b` → `a <= b`, `a >= b`; `a == 1` → `a != 1`, `a >= 1`, `a <= 1`; `in`, `is` → their negation."""
    for (left, right), operator in zip(pairwise([node.left, *node.comparators]), node.ops, strict=True):
        token, instead = _INSTEAD[type(operator)]
        place = source.token_between(left, right, token)
        if place:
            for other in instead + (_ordered(left, right) if isinstance(operator, ast.Eq) else ()):
                yield Change(*place, other)


def _ordered(left: ast.expr, right: ast.expr) -> tuple[str, ...]:
    """Return what `==` with a number may become; a length is never below 0, so `<= 0` would say the same."""
    if not _is_number(right):
        return ()
    counts = isinstance(left, ast.Call) and isinstance(left.func, ast.Name) and left.func.id == "len"
    return (">=",) if counts and isinstance(right, ast.Constant) and right.value == 0 else (">=", "<=")


def _is_number(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return _is_number(node.operand)
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool)
