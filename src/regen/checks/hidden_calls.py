"""Calls that a linter can't see, of functions used as values or by names put together, as the calls they amount to."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from regen.checks.python_tests.folding import folded_text
from regen.python_syntax import shared_module

if TYPE_CHECKING:
    from collections.abc import Iterator

_RUNNING = frozenset({"eval", "exec"})
_IMPORTING = frozenset({"__import__", "import_module"})
_NAMESPACES = ("__builtins__", "builtins", "globals(", "__dict__", "vars(")
_ANY = {"os": "system", "subprocess": "getoutput", "pickle": "loads", "marshal": "loads", "builtins": "eval"}
"""What stands for a function whose name is not known: the worst of its module."""


def hidden_calls(text: str) -> list[tuple[int, str]]:
    """Return lines and, for each, a line of code that calls outright what is used there in a roundabout way."""
    try:
        tree = shared_module(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    return sorted(set(_Reading(tree).found()))


class _Reading:
    def __init__(self, tree: ast.Module) -> None:
        self._nodes = list(ast.walk(tree))
        self._own = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
        self._called = {id(node.func) for node in self._nodes if isinstance(node, ast.Call)}
        self._modules: dict[str, str] = {}  # as they are imported
        self._loaded: dict[str, str] = {}  # as they are got by a name at run time

    def found(self) -> Iterator[tuple[int, str]]:
        for node in self._nodes:
            if isinstance(node, ast.Import):
                names = [(a.asname, a.name) if a.asname else (a.name.partition(".")[0],) * 2 for a in node.names]
                self._modules |= dict(names)
            elif isinstance(node, ast.Assign | ast.NamedExpr) and self._loads(node.value):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                self._loaded |= {t.id: self._loads(node.value) for t in targets if isinstance(t, ast.Name)}
        for node in self._nodes:
            for called in self._amounts_to(node):
                yield getattr(node, "lineno", 0), called

    def _amounts_to(self, node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.Name):
            if node.id in _RUNNING - self._own and id(node) not in self._called and isinstance(node.ctx, ast.Load):
                yield f"{node.id}(_)"
        elif isinstance(node, ast.Attribute):
            name, is_hidden = self._module(node.value)
            if name and (is_hidden or id(node) not in self._called):
                yield f"import {name}; {name}.{node.attr}(_)"
        elif isinstance(node, ast.Subscript):
            if folded_text(node.slice) in _RUNNING and any(word in ast.unparse(node.value) for word in _NAMESPACES):
                yield f"{folded_text(node.slice)}(_)"
        elif isinstance(node, ast.ImportFrom) and node.module == "builtins":
            yield from (f"{name.name}(_)" for name in node.names if name.name in _RUNNING)
        elif isinstance(node, ast.Call) and len(node.args) > 1 and _name(node.func) == "getattr":
            module = self._module(node.args[0])[0]
            attribute = folded_text(node.args[1]) or _ANY.get(module, "")
            if module and attribute.isidentifier():
                yield f"import {module}; {module}.{attribute}(_)"

    def _module(self, node: ast.expr) -> tuple[str, bool]:
        """Return the module that an expression is, and whether it was got by a name at run time."""
        name = self._loads(node) or self._loaded.get(_name(node), "")
        if name:
            return name, True
        return (self._modules.get(node.id, ""), False) if isinstance(node, ast.Name) else ("", False)

    def _loads(self, node: ast.expr) -> str:
        if not isinstance(node, ast.Call) or not node.args:
            return ""
        called = node.func.attr if isinstance(node.func, ast.Attribute) else _name(node.func)
        name = folded_text(node.args[0]) if called in _IMPORTING else ""
        return name if name and all(map(str.isidentifier, name.split("."))) else ""


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""
