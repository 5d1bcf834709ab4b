"""`and`, `or`, `not`, and conditions forced or negated.

After PIT (Remove Conditionals, Negate Conditionals), mutmut 3 (`operator_swap_op`, `operator_remove_unary_ops`,
`operator_if_exp`) and cosmic-ray (`boolean_replacer`).
"""

from __future__ import annotations

import ast
import re
from itertools import pairwise
from typing import TYPE_CHECKING

from regen.trust.mutants.changes import Change, Proposals, replace

if TYPE_CHECKING:
    from regen.trust.mutants.source import Source

_PLATFORM = re.compile(r"\bsys\.(version_info|platform|implementation)\b|\bos\.name\b|\bplatform\.\w+\(")


def connective(source: Source, node: ast.BoolOp) -> Proposals:
    """Propose `a and b` → `a or b`, `a`, `b`."""
    token, other = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
    for left, right in pairwise(node.values):
        place = source.token_between(left, right, token + r"\b")
        if place:
            yield Change(*place, other)
    spans = [source.outer_span(value, node) for value in node.values]
    for (start, _), (following, _) in pairwise(spans):
        yield Change(start, following, "")
    yield Change(spans[-2][1], spans[-1][1], "")


def negation(source: Source, node: ast.UnaryOp) -> Proposals:
    """Propose `not x` → `x`."""
    if isinstance(node.op, ast.Not):
        yield Change(source.span(node)[0], source.outer_span(node.operand, node)[0], "")


def condition(source: Source, node: ast.If | ast.IfExp) -> Proposals:
    """Propose `if c` → `if True`, `if False`, `if not (c)`; not where it asks for the Python or system it runs on."""
    yield from _forced(source, node.test)


def filtering(source: Source, node: ast.comprehension) -> Proposals:
    """Propose `for x in y if c` → `if True`, `if False`, `if not (c)`."""
    for test in node.ifs:
        yield from _forced(source, test)


def case(source: Source, node: ast.match_case) -> Proposals:
    """Propose `case p if c` → forced or negated; `case p` → never."""
    if node.guard:
        yield from _forced(source, node.guard)
    else:
        end = source.span(node.pattern)[1]
        yield Change(end, end, " if False")


def _forced(source: Source, test: ast.expr) -> Proposals:
    text = source.segment(test)
    if _PLATFORM.search(text):
        return
    yield replace(source, test, "True")
    yield replace(source, test, "False")
    already = isinstance(test, ast.Compare) or (isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not))
    if not already and not isinstance(test, ast.Constant):
        yield replace(source, test, f"not ({text})")
