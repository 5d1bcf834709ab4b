"""Code that type checkers are told not to read: `@no_type_check`, and what only runs where nothing is type checked."""

from __future__ import annotations

import ast
from collections import Counter
from typing import TYPE_CHECKING

from regen.python_syntax import parse_module

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHECKING = frozenset({"TYPE_CHECKING", "MYPY"})
_CODE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def unchecked(text: str, accepted: str) -> list[tuple[int, str]]:
    """Return line and words for each place that type checkers do not read, where `accepted` has fewer of its kind."""
    if not any(word in text for word in ("no_type_check", *_CHECKING)):
        return []
    try:
        found = sorted(_places(parse_module(text)))
    except (SyntaxError, ValueError, RecursionError):
        return []  # another check says so
    try:
        known = Counter(what for _, what in _places(parse_module(accepted)))
    except (SyntaxError, ValueError, RecursionError):
        known = Counter()
    more = Counter(what for _, what in found) - known
    return [(line, what) for line, what in found if what in more]


def _places(tree: ast.Module) -> Iterator[tuple[int, str]]:
    checking = set(_CHECKING)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            checking |= {name.asname for name in node.names if name.asname and name.name in _CHECKING}
            if any(name.name == "no_type_check" for name in node.names):
                yield node.lineno, "`no_type_check` keeps code from being checked"
        elif isinstance(node, ast.Attribute) and node.attr == "no_type_check":
            yield node.lineno, "`no_type_check` keeps code from being checked"
    for node in ast.walk(tree):
        if not isinstance(node, ast.If | ast.IfExp | ast.While):
            continue
        if any(_name(part) in checking for part in ast.walk(node.test)):
            plain = _name(node.test) in checking
            branches = (node.orelse,) if plain else (node.body, node.orelse)
            if any(_has_code(branch) for branch in branches):
                yield node.lineno, "code that runs only where TYPE_CHECKING is false is not checked"


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _has_code(branch: list[ast.stmt] | ast.expr) -> bool:
    nodes = branch if isinstance(branch, list) else [branch]
    return any(isinstance(part, _CODE) for node in nodes for part in ast.walk(node))
