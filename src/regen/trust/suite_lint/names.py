"""The names that a test uses: what they stand for, and which are the unit's own."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regen.trust.suite_lint.reading import SuiteFile
    from regen.units.unit import Unit


def modules_of(unit: Unit) -> frozenset[str]:
    """Return every dotted name by which a test could import the unit's files: `src.shop.cart`, `shop.cart`, `cart`."""
    found: set[str] = set()
    for target in unit.targets:
        parts = target.path.rsplit(".", 1)[0].removesuffix("/__init__").split("/")
        found |= {".".join(parts[start:]) for start in range(len(parts))}
    return frozenset(found)


def is_own(dotted: str, modules: frozenset[str]) -> bool:
    """Tell whether a dotted name is a module of the unit or something in one."""
    return any(dotted == module or dotted.startswith(f"{module}.") for module in modules)


def root_name(node: ast.AST) -> str:
    """Return the variable that a chain of attributes, subscripts and calls starts at, empty where there is none."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def dotted_name(node: ast.AST) -> str:
    """Return `a.b.c` where the expression is just that, empty otherwise."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (base := dotted_name(node.value)):
        return f"{base}.{node.attr}"
    return ""


def resolved_name(node: ast.AST, file: SuiteFile) -> str:
    """Return the dotted name of what an expression names, with imports resolved: `randint` is `random.randint`."""
    root, dot, rest = dotted_name(node).partition(".")
    return f"{file.imports.get(root, root)}{dot}{rest}"
