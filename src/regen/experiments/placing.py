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
    function around it that is no other's inner function, `body` the lines of its body, `whole` those with decorators
    and head; empty where there is none. `classes` are the lines of the classes around it, with a head for each.
    """

    lines: range
    function: str = ""
    body: range = range(0)
    whole: range = range(0)
    classes: tuple[tuple[int, str], ...] = ()


class Places:
    """The statements of one module's text."""

    def __init__(self, text: str) -> None:
        # Each with its span, those around others before them; to look at all is quicker than to search a tree.
        self._statements = [(node, _span(node)) for node in _statements(parse_module(text).body)]

    def of(self, line: int, end_line: int) -> Place:
        """Return the place of a change in lines `line` to `end_line` (from 1)."""
        around = [node for node, span in self._statements if span.start <= line and end_line in span]
        if not around:
            return Place(range(line, end_line + 1))
        innermost = around[-1]
        lines = range(min(_head(innermost).start, line), max(_head(innermost).stop, end_line + 1))
        names: list[str] = []
        classes: list[tuple[int, str]] = []
        for node in around:
            if isinstance(node, ast.ClassDef):
                names.append(node.name)
                classes.append((node.lineno, f"{' ' * node.col_offset}class {node.name}:"))
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = range(node.body[0].lineno, (node.end_lineno or node.lineno) + 1)
                if line not in body or end_line not in body:
                    break  # a default or a decorator: it counts when the module is imported
                return Place(lines, ".".join((*names, node.name)), body, _span(node), tuple(classes))
            else:
                break  # defined under a condition: which one it is, an import tells
        return Place(lines)


def alone(place: Place, text: str, grown: int) -> tuple[int, str]:
    """Return the function of a place, cut out of a changed text that is `grown` lines longer, and its first line.

    The classes around it are there with nothing else in them, so that names and line numbers are as they were.
    """
    lines = text.split("\n")[place.whole.start - 1 : place.whole.stop - 1 + grown]
    first = place.classes[0][0] if place.classes else place.whole.start
    heads = dict(place.classes)
    before = [heads.get(number, "") for number in range(first, place.whole.start)]
    return first, "\n".join((*before, *lines)) + "\n"


def function_lines(place: Place, at_import: Collection[int]) -> bool:
    """Say whether the function alone can be changed: no line of its body ran while the module was imported."""
    return bool(place.function) and not any(line in place.body for line in at_import)


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield every statement, those around others before them; expressions hold none."""
    for node in body:
        yield node
        for field in ("body", "orelse", "finalbody"):
            yield from _statements(getattr(node, field, []))
        for part in (*getattr(node, "handlers", []), *getattr(node, "cases", [])):
            yield from _statements(part.body)


def _span(node: ast.stmt) -> range:
    decorators = getattr(node, "decorator_list", [])
    return range(min([node.lineno, *(d.lineno for d in decorators)]), (node.end_lineno or node.lineno) + 1)


def _head(node: ast.stmt) -> range:
    body = getattr(node, "body", None)
    span = _span(node)
    return range(span.start, max(body[0].lineno, span.start + 1)) if isinstance(body, list) and body else span
