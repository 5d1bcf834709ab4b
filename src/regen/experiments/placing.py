"""Where a change lies in a module: the statement around it, and the function that can take it by itself."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from regen.python_syntax import parse_module

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


class Place(NamedTuple):
    """The lines (from 1) around a change.

    `lines` are those of the innermost statement (its head, if it has a body). `function` is the qualified name of the
    function around it that is no other's inner function, `body` its lines, `outer` those of the module's statement
    that holds it; empty where there is none.
    """

    lines: range
    function: str = ""
    body: range = range(0)
    outer: range = range(0)


class Places:
    """The statements of one module's text."""

    def __init__(self, text: str) -> None:
        self._module = parse_module(text)

    def of(self, line: int, end_line: int) -> Place:
        """Return the place of a change in lines `line` to `end_line` (from 1)."""
        around = [node for node in _statements(self._module) if _span(node).start <= line and end_line in _span(node)]
        if not around:
            return Place(range(line, end_line + 1))
        innermost = around[-1]
        lines = range(min(_head(innermost).start, line), max(_head(innermost).stop, end_line + 1))
        names: list[str] = []
        for node in around:
            if isinstance(node, ast.ClassDef):
                names.append(node.name)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = range(node.body[0].lineno, (node.end_lineno or node.lineno) + 1)
                if line not in body or end_line not in body:
                    break  # a default or a decorator: it counts when the module is imported
                return Place(lines, ".".join((*names, node.name)), body, _span(around[0]))
            else:
                break  # defined under a condition: which one it is, an import tells
        return Place(lines)


def function_lines(place: Place, at_import: Collection[int]) -> bool:
    """Say whether the function alone can be changed: no line of its body ran while the module was imported."""
    return bool(place.function) and not any(line in place.body for line in at_import)


def _statements(node: ast.AST) -> Iterator[ast.stmt]:
    """Yield every statement, those around others before them."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child
        yield from _statements(child)


def _span(node: ast.stmt) -> range:
    decorators = getattr(node, "decorator_list", [])
    return range(min([node.lineno, *(d.lineno for d in decorators)]), (node.end_lineno or node.lineno) + 1)


def _head(node: ast.stmt) -> range:
    body = getattr(node, "body", None)
    span = _span(node)
    return range(span.start, max(body[0].lineno, span.start + 1)) if isinstance(body, list) and body else span
