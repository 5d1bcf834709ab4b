"""Tests that count how often the unit calls what it works with, or its own parts."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from regen.trust.suite_lint.about import About, finding
from regen.trust.suite_lint.mocks import COUNTS, is_inside, patches, stand_ins
from regen.trust.suite_lint.names import dotted_name, root_name
from regen.trust.suite_lint.reading import Function, SuiteFile, TestCase, reach, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regen.trust.evidence import Finding

_ADVICE = "Check the result or the state after the call instead of the calls."
_COMPARING = (
    r"\bcompar(?:es|ed|isons?)\b|\blazy\b|\blazily\b|\bconsum\w+|\bevaluat(?:es|ed) (?:once|only)\b|\bhashe[sd]\b"
)
# What the language calls of its own accord.
_BY_LANGUAGE = {
    "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__hash__", "__getitem__", "__contains__", "__len__",
    "__bool__", "__iter__", "__next__", "__getattr__", "__getattribute__", "__setitem__", "__str__", "__repr__",
    "__add__", "__sub__", "__mul__",
}  # fmt: skip
_CALLING = (
    r"\b(?:calls|called|calling|call(?:s|ed)? (?:it|the|each|every)|invok\w+|notif\w+|callbacks?|once"
    r"|twice|times|again|retr(?:y|ies|ied)"
    r"|attempts?|subscri\w+|listeners?|handlers?|observers?|publish\w*|emit\w*|sends|sent|logs|logged"
    r"|memoi[sz]\w*|hook\w*)\b"
)


def call_counts(file: SuiteFile, case: TestCase, about: About) -> Iterator[Finding]:
    """Yield a finding where a test judges the calls of a stand-in and the spec promises no calls."""
    trees = reach(file, case)
    inside = any(is_inside(patch.dotted, about) for patch in patches(file, trees))
    text = about.said.get(case.id) or about.text
    promised = bool(re.search(_CALLING, text, re.IGNORECASE))
    made = stand_ins(trees)
    counters = _counters(trees, inside=inside)
    for node in walk(trees):
        line = _counts_itself(node, counters)
        if line and (inside or not about.mentions(_COMPARING)):
            yield finding(
                "call count", file, case, line, f"`{case.name}` counts by itself how often the unit calls", _ADVICE
            )
            return
        if not (isinstance(node, ast.Attribute) and node.attr in COUNTS):
            continue
        root = root_name(node.value)
        if node.attr in {"called", "call_count"} and root not in made and not inside:
            continue
        method = node.value.attr if isinstance(node.value, ast.Attribute) else ""
        named = method and bool(re.search(rf"`[^`]*\b{re.escape(method)}\b[^`]*`", text))
        by_language = bool(re.fullmatch(r"__\w+__", method)) and root in made and not about.mentions(_COMPARING)
        if inside or by_language or not (promised or named):
            yield finding(
                "call count",
                file,
                case,
                node.lineno,
                f"`{case.name}` checks `{ast.unparse(node)}`: how the unit calls, not what comes of it",
                _ADVICE,
            )
            return


def _counters(trees: tuple[ast.AST, ...], *, inside: bool) -> set[str]:
    """Return the variables and attributes that count calls: in methods that the language calls, or in a spy."""
    found: set[str] = set()
    for node in walk(trees):
        counting = isinstance(node, Function) and (inside or node.name in _BY_LANGUAGE or _is_property(node))
        for part in ast.walk(node) if counting and node is not trees[0] else ():
            if isinstance(part, ast.AugAssign):
                found.add(_last_name(part.target))
            elif isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr == "append":
                found.add(_last_name(part.func.value))
    return found - {""}


def _is_property(node: Function) -> bool:
    return any(dotted_name(decorator) in {"property", "cached_property"} for decorator in node.decorator_list)


def _last_name(node: ast.AST) -> str:
    while isinstance(node, ast.Subscript):
        node = node.value
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _counts_itself(node: ast.AST, counters: set[str]) -> int:
    """Return the line of an assertion on a counter, 0 for anything else."""
    if not (counters and isinstance(node, ast.Assert) and isinstance(node.test, ast.Compare | ast.UnaryOp)):
        return 0
    asked = any(isinstance(part, ast.Name | ast.Attribute) and _last_name(part) in counters for part in ast.walk(node))
    return node.lineno if asked else 0
