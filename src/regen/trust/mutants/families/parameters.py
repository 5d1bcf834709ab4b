"""Defaults of parameters: another one, or none, which only a call without the argument notices.

A literal default is mutated by `constants.py`, as by PIT's Inline Constant and mutmut 3's `operator_number`.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from regen.trust.mutants.changes import Change, Proposals, replace

if TYPE_CHECKING:
    from regen.trust.mutants.source import Source


def default(source: Source, node: ast.arguments) -> Proposals:
    """Propose `def f(a, b=X)` → `b=None`, `def f(a, b)`."""
    positional = [*node.posonlyargs, *node.args]
    pairs = list(zip(positional[len(positional) - len(node.defaults) :], node.defaults, strict=True))
    by_name = [(p, value) for p, value in zip(node.kwonlyargs, node.kw_defaults, strict=True) if value is not None]
    for _, value in [*pairs, *by_name]:
        if not isinstance(value, ast.Constant):
            yield replace(source, value, "None")
    # Of the positional ones only the first can go: none without a default may follow one with it.
    for parameter, value in [*pairs[:1], *by_name]:
        yield Change(source.span(parameter)[1], source.span(value)[1], "")
