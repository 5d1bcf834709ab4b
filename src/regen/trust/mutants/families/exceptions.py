"""Exceptions never raised, of another type, caught too often or never; after cosmic-ray (`exception_replacer`)."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from regen.trust.mutants.changes import Change, Proposals, replace

if TYPE_CHECKING:
    from regen.trust.mutants.source import Source

_BROADEST = {"Exception", "BaseException"}


def raised(source: Source, node: ast.Raise) -> Proposals:
    """Propose `raise ValueError(x)` → `pass`, `raise Exception(x)`."""
    yield replace(source, node, "pass")
    kind = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    if kind is None or (isinstance(node.exc, ast.Call) and node.exc.keywords):
        return  # Exception takes no keywords
    name = kind.attr if isinstance(kind, ast.Attribute) else getattr(kind, "id", "")
    if name[:1].isupper():
        yield replace(source, kind, "RuntimeError" if name == "Exception" else "Exception")


def caught(source: Source, node: ast.ExceptHandler) -> Proposals:
    """Propose `except E` → `except Exception`, `except ()`, which catches nothing; `except (A, B)` → each left out."""
    kind = node.type
    if kind is None:
        return
    if not (isinstance(kind, ast.Name) and kind.id in _BROADEST):
        yield replace(source, kind, "Exception")
    if isinstance(source.parent(node), ast.Try):
        yield replace(source, kind, "()")
    if isinstance(kind, ast.Tuple) and len(kind.elts) > 1:
        for element, following in zip(kind.elts, kind.elts[1:], strict=False):
            yield Change(source.span(element)[0], source.span(following)[0], "")
        yield Change(source.span(kind.elts[-2])[1], source.span(kind.elts[-1])[1], "," if len(kind.elts) == 2 else "")  # noqa: PLR2004
