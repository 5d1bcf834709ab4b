"""Statements left out, and values never assigned.

After PIT (Void Method Calls, Member Variable), Deng, Offutt, Li, "Empirical evaluation of the statement deletion
mutation operator" (ICST 2013), and mutmut 3 (`operator_assignment`).
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from regen.trust.mutants.changes import Function, Proposals, replace

if TYPE_CHECKING:
    from regen.trust.mutants.source import Source


def left_out(source: Source, node: ast.Expr | ast.Assert | ast.Delete | ast.AugAssign | ast.Return) -> Proposals:
    """Propose a call, assertion, `del`, `x += y`, or a `return` that is not a function's last statement → `pass`."""
    if isinstance(node, ast.Return) and ends_with(source, node, Function, deep=node.value is None):
        return  # nothing else would happen, or what `return None` does
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    yield replace(source, node, "pass")


def assigned(source: Source, node: ast.Assign | ast.AnnAssign) -> Proposals:
    """Propose `x.a = v`, `x[i] = v`, and `x = v` where x has a value already → `pass`; other `x = v` → `x = None`."""
    if node.value is None:
        return
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    if all(isinstance(target, ast.Attribute | ast.Subscript) for target in targets):
        yield replace(source, node, "pass")
    elif len(targets) == 1 and isinstance(targets[0], ast.Name):
        if isinstance(node, ast.Assign) and _has_value_before(source, node, targets[0].id):
            yield replace(source, node, "pass")
        elif not isinstance(node.value, ast.Constant):
            yield replace(source, node.value, "None")


def ends_with(source: Source, node: ast.stmt, block: Any, *, deep: bool) -> bool:
    """Tell whether a block (a function, a loop) ends with this statement; `deep`: or with an `if` that ends with it."""
    parent = source.parent(node)
    if deep and isinstance(parent, ast.If) and node in (parent.body[-1], *parent.orelse[-1:]):
        return ends_with(source, parent, block, deep=True)
    return isinstance(parent, block) and parent.body[-1] is node


def _has_value_before(source: Source, node: ast.Assign, name: str) -> bool:
    function = source.function_of(node)
    if not isinstance(function, Function):
        return False
    given = (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
    return any(parameter.arg == name for parameter in given) or any(
        isinstance(other, ast.Name)
        and other.id == name
        and isinstance(other.ctx, ast.Store)
        and other.lineno < node.lineno
        for other in ast.walk(function)
    )
