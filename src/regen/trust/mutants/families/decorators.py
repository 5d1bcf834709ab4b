"""Decorators removed, after cosmic-ray (`remove_decorator`)."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from regen.trust.mutants.changes import Change, Definition, Proposals

if TYPE_CHECKING:
    from regen.trust.mutants.source import Source

_SHAPE = {
    "dataclass", "property", "cached_property", "setter", "getter", "deleter", "staticmethod", "classmethod",
    "abstractmethod", "contextmanager", "asynccontextmanager", "define", "frozen", "attrs", "s", "unique", "register",
    "singledispatch", "singledispatchmethod", "total_ordering", "runtime_checkable", "dataclass_transform",
}  # fmt: skip
_NO_EFFECT = {"lru_cache", "cache", "override", "final", "wraps", "overload", "no_type_check", "deprecated"}


def decorator(source: Source, node: Definition) -> Proposals:
    """Propose `@d def f` → `def f`; not `@dataclass`, `@property` and their kin, nor caches."""
    following = source.offset(node.lineno, 0)
    for each in reversed(node.decorator_list):
        start = source.offset(source.line_of(source.text.rfind("@", 0, source.span(each)[0])), 0)
        if not stays(each):
            yield Change(start, following, "")
        following = start


def stays(node: ast.expr) -> bool:
    """Tell whether a decorator makes a class or function what it is, or has no effect on what it answers."""
    called = node.func if isinstance(node, ast.Call) else node
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name in _SHAPE or name in _NO_EFFECT
