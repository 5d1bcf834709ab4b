"""Which statements of a test can run, as far as its own constants tell."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from regen.trust.suite_lint.assertions import is_handed_on, local_values
from regen.trust.suite_lint.names import dotted_name
from regen.trust.suite_lint.reading import Function, SuiteFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_THROUGH = {"sorted", "list", "tuple", "set", "frozenset", "enumerate", "reversed", "iter", "dict", "chain", "copy"}
_VIEWS = {"items", "keys", "values", "copy", "splitlines"}


def live_nodes(node: Function, file: SuiteFile) -> Iterator[ast.AST]:
    """Yield the nodes of a test that can be reached: not behind a return, in an empty loop or an uncalled function."""
    threaded = _handed_to_threads(node)
    values = {
        name: value for name, value in {**file.constants, **local_values(node)}.items() if not is_handed_on(name, node)
    }
    uses = [
        part
        for part in ast.walk(node)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load) and id(part) not in threaded
    ]
    yield from _live(node.body, values, uses)


def _handed_to_threads(node: Function) -> set[int]:
    """Return the ids of names that are a thread's target, or of a task that nobody asks: failures stay there."""
    found: set[int] = set()
    asks = any(isinstance(part, ast.Attribute) and part.attr in {"result", "exception"} for part in ast.walk(node))
    for part in ast.walk(node):
        if not isinstance(part, ast.Call):
            continue
        last = dotted_name(part.func).rsplit(".", 1)[-1] or getattr(part.func, "attr", "")
        if last in {"Thread", "Timer", "Process"}:
            handed = [*part.args[1:], *(keyword.value for keyword in part.keywords if keyword.arg != "args")]
        elif last in {"submit", "apply_async", "start_new_thread"} and not asks:
            handed = part.args[:1]
        else:
            continue
        found |= {id(argument) for argument in handed if isinstance(argument, ast.Name)}
    return found


def _live(body: list[ast.stmt], values: Mapping[str, ast.expr], uses: list[ast.Name]) -> Iterator[ast.AST]:
    for statement in body:
        if isinstance(statement, ast.If):
            truth = _truth(statement.test)
            yield statement
            yield from ast.walk(statement.test)
            yield from _live(statement.body if truth is not False else [], values, uses)
            yield from _live(statement.orelse if truth is not True else [], values, uses)
        elif isinstance(statement, ast.While | ast.For | ast.AsyncFor):
            empty = (
                _truth(statement.test) is False
                if isinstance(statement, ast.While)
                else is_empty(statement.iter, values)
            )
            yield statement
            yield from _live(statement.body if not empty else [], values, uses)
            yield from _live(statement.orelse, values, uses)
        elif isinstance(statement, ast.With | ast.AsyncWith):
            for item in statement.items:
                yield from ast.walk(item)
            yield from _live(statement.body, values, uses)
        elif isinstance(statement, ast.Try):
            for part in (statement.body, statement.orelse, statement.finalbody, *(h.body for h in statement.handlers)):
                yield from _live(part, values, uses)
        elif isinstance(statement, Function):
            own = {id(part) for part in ast.walk(statement)}
            called = any(use.id == statement.name and id(use) not in own for use in uses)
            yield from ast.walk(statement) if called or statement.decorator_list else ()
        else:
            yield from ast.walk(statement)
        if isinstance(statement, ast.Return | ast.Raise | ast.Break | ast.Continue):
            return


def _truth(node: ast.expr) -> bool | None:
    if isinstance(node, ast.Constant):
        return bool(node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        inner = _truth(node.operand)
        return None if inner is None else not inner
    return False if dotted_name(node) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"} else None


def is_empty(node: ast.expr, values: Mapping[str, ast.expr]) -> bool:
    """Tell whether what is looped over certainly holds nothing."""
    if isinstance(node, ast.Name):
        rest = {name: value for name, value in values.items() if name != node.id}
        return node.id in values and is_empty(values[node.id], rest)
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return all(isinstance(element, ast.Starred) and is_empty(element.value, values) for element in node.elts)
    if isinstance(node, ast.Dict):
        return not node.keys
    if isinstance(node, ast.Constant):
        return node.value in ("", b"") and isinstance(node.value, str | bytes)
    if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
        return is_empty(node.generators[0].iter, values)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        return is_empty(node.value, values) or _is_behind_the_end(node.value, node.slice, values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return any(isinstance(side, ast.Constant) and side.value == 0 for side in (node.left, node.right))
    return isinstance(node, ast.Call) and _is_empty_call(node, values)


def _is_behind_the_end(node: ast.expr, part: ast.Slice, values: Mapping[str, ast.expr]) -> bool:
    shown = values.get(node.id, node) if isinstance(node, ast.Name) else node
    low, high = (bound.value if isinstance(bound, ast.Constant) else None for bound in (part.lower, part.upper))
    if high == 0:
        return True
    length = len(shown.elts) if isinstance(shown, ast.List | ast.Tuple) else None
    return isinstance(low, int) and ((length is not None and low >= length) or (isinstance(high, int) and high <= low))


def _is_empty_call(node: ast.Call, values: Mapping[str, ast.expr]) -> bool:
    name = dotted_name(node.func).rsplit(".", 1)[-1]
    if isinstance(node.func, ast.Attribute) and node.func.attr in _VIEWS and not node.args:
        return is_empty(node.func.value, values)
    if isinstance(node.func, ast.Attribute) and node.func.attr == "split" and not node.args:
        return is_empty(node.func.value, values)
    if name == "range":
        bounds = [a.value if isinstance(a, ast.Constant) and isinstance(a.value, int) else None for a in node.args]
        first, last = (
            (0, bounds[0]) if len(bounds) == 1 else (bounds[0], bounds[1]) if len(bounds) > 1 else (None, None)
        )
        return first is not None and last is not None and last <= first and len(bounds) < 3  # noqa: PLR2004
    if name in {"map", "filter"} and len(node.args) > 1:
        return is_empty(node.args[1], values)
    if name == "zip":
        return any(is_empty(argument, values) for argument in node.args)
    return name in _THROUGH and all(is_empty(argument, values) for argument in node.args) and not node.keywords
