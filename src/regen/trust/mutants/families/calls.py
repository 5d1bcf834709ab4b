"""Arguments dropped or swapped, and calls replaced by what they were given.

After mutmut 3 (`operator_arg_removal`) and PIT (Argument Propagation, Naked Receiver, Non Void Method Calls).
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from regen.trust.mutants.changes import Change, Function, Proposals, replace

if TYPE_CHECKING:
    from regen.trust.mutants.source import Source

_OF_RECEIVER = {
    "strip", "lstrip", "rstrip", "lower", "upper", "casefold", "title", "capitalize", "swapcase", "replace", "center",
    "removeprefix", "removesuffix", "ljust", "rjust", "zfill", "expandtabs", "quantize", "normalize", "astimezone",
}  # fmt: skip
_OF_TYPES = {"isinstance", "issubclass", "hasattr", "getattr", "setattr", "cast", "super", "type", "field"}
_SYMMETRIC = {"min", "max", "gcd", "lcm", "hypot", "isclose"}
_SAME_WHEN_LOOPED = {"list", "tuple", "iter", "range"}  # or no loop at all
_SAME_WHEN_ASKED = {"len", "bool"}


def passed_on(source: Source, node: ast.Call) -> Proposals:
    """Propose `f(a, b)` → `a`, `s.strip()` → `s`; not where only the call's effect counts, nor where it is the same."""
    parent, name = source.parent(node), name_of(node)
    for_effect = isinstance(parent, ast.Expr | ast.Raise | ast.Await | ast.withitem | ast.ClassDef | Function)
    looped = name in _SAME_WHEN_LOOPED and isinstance(parent, ast.For | ast.comprehension)
    asked = name in _SAME_WHEN_ASKED and isinstance(parent, ast.If | ast.While | ast.IfExp | ast.BoolOp)
    if for_effect or looped or asked or name in _OF_TYPES:
        return
    if isinstance(node.func, ast.Attribute) and name in _OF_RECEIVER:
        yield replace(source, node, source.atom(node.func.value))
    elif node.args and not isinstance(node.args[0], ast.Starred) and not _is_option(node):
        yield replace(source, node, source.atom(node.args[0]))


def positional(source: Source, node: ast.Call) -> Proposals:
    """Propose `f(a, b)` → `f(b, a)`, `f(a)`."""
    starred = any(isinstance(argument, ast.Starred) for argument in node.args)
    if starred or len(node.args) == 1 or not node.args or name_of(node) in _OF_TYPES:
        return
    (start, middle), (following, end) = (source.outer_span(argument, node) for argument in node.args[:2])
    left, right = source.text[start:middle], source.text[following:end]
    if name_of(node) not in _SYMMETRIC and left != right:
        yield Change(start, end, right + source.text[middle:following] + left)
    yield Change(source.outer_span(node.args[-2], node)[1], source.outer_span(node.args[-1], node)[1], "")


def by_keyword(source: Source, node: ast.Call) -> Proposals:
    """Propose `f(a, k=b)` → `f(a)`."""
    if not node.keywords:
        return
    given: list[ast.AST] = sorted([*node.args, *node.keywords], key=source.span)
    for number, value in enumerate(given):
        if isinstance(value, ast.keyword):
            start, end = source.outer_span(value, node)
            before = source.outer_span(given[number - 1], node)[1] if number else start
            after = source.span(given[1])[0] if not number and len(given) > 1 else end
            yield Change(before, after, "")


def _is_option(node: ast.Call) -> bool:
    """Tell whether the first argument only says how, as in `s.split(",")`."""
    return isinstance(node.func, ast.Attribute) and isinstance(node.args[0], ast.Constant)


def name_of(node: ast.Call) -> str:
    """Return the last name of what is called: `c` of `a.b.c()`."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
