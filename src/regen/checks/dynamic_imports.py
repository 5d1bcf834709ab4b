"""What Python code imports while it runs: by names that stand in it, or by ways whose names can't be known before."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from regen.checks.python_tests.folding import folded_text
from regen.python_syntax import parse_module

if TYPE_CHECKING:
    from collections.abc import Iterator

_IMPORTING = frozenset({"__import__", "import_module"})
_LOADING = frozenset({
    "exec_module", "load_module", "module_from_spec", "spec_from_file_location", "spec_from_loader",
    "SourceFileLoader", "SourcelessFileLoader", "ExtensionFileLoader", "__loader__", "__builtins__",
})  # fmt: skip
_RUNNING = frozenset({"exec", "eval"})
_MODULES = frozenset({"runpy", "imp", "zipimport"})
_OF_MODULES = {"pkgutil": {"resolve_name", "get_loader", "find_loader"}, "pydoc": {"locate", "safeimport"},
               "importlib": {"reload", "find_loader"}}  # fmt: skip
_TEXTS = _IMPORTING | {"__builtins__", "exec_module", "load_module", "SourceFileLoader"}


class DynamicImport(NamedTuple):
    """An import at run time: of the module `name`, or, where that is empty, in the `way` that hides what it imports."""

    line: int
    name: str
    way: str = ""


def dynamic_imports(text: str, module: str, *, is_package: bool) -> list[DynamicImport]:
    """Return what a module imports while it runs; raises what `ast.parse` raises."""
    tree = parse_module(text)
    return sorted(set(_Reading(tree, module if is_package else module.rpartition(".")[0]).found()))


class _Reading:
    def __init__(self, tree: ast.Module, package: str) -> None:
        self.tree, self._package = tree, package
        self._known: set[int] = set()
        self._own = {item.name for item in tree.body if isinstance(item, ast.FunctionDef | ast.ClassDef)}
        self._own -= {name.id for node in ast.walk(tree) if isinstance(node, ast.Delete)
                      for name in node.targets if isinstance(name, ast.Name)}  # fmt: skip
        self._modules = {"builtins": "builtins", **{name: name for name in _OF_MODULES}}
        self._importers = {"__import__"}

    def found(self) -> Iterator[DynamicImport]:
        nodes = list(ast.walk(self.tree))
        for node in nodes:
            if isinstance(node, ast.Import):
                self._modules |= {name.asname: name.name for name in node.names if name.asname}
            elif isinstance(node, ast.ImportFrom) and node.module == "importlib":
                self._importers |= {name.asname or name.name for name in node.names if name.name in _IMPORTING}
        for node in nodes:
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield from self._imported(node)
            elif isinstance(node, ast.Call):
                yield from self._call(node)
            elif isinstance(node, ast.Name | ast.Attribute):
                way = "" if id(node) in self._known else self._way(node)
                if way:
                    yield DynamicImport(node.lineno, "", f"`{way}`")
            elif isinstance(node, ast.expr) and folded_text(node) in _TEXTS:
                yield DynamicImport(node.lineno, "", f"the name `{folded_text(node)}` in a text")

    def _imported(self, node: ast.Import | ast.ImportFrom) -> Iterator[DynamicImport]:
        named = {name.name for name in node.names}
        if isinstance(node, ast.Import):
            hidden = named & _MODULES
        else:
            hidden = {node.module or ""} & _MODULES or named & (_OF_MODULES.get(node.module or "", set()) | _LOADING)
            hidden |= named & (_RUNNING | {"__import__"}) if node.module == "builtins" else set()
        for name in sorted(hidden):
            yield DynamicImport(node.lineno, "", f"`{name}`")

    def _call(self, node: ast.Call) -> Iterator[DynamicImport]:
        if self._imports(node.func):
            self._known.add(id(node.func))
            name = self._name(node) if node.args else ""
            yield DynamicImport(node.lineno, name, "" if name else "an import of a name that is not known before")
        elif isinstance(node.func, ast.Name) and node.func.id in _RUNNING - self._own and node.args:
            code = node.args[0]
            if isinstance(code, ast.Constant) and isinstance(code.value, str):
                self._known.add(id(node.func))
                yield from self._inside(code.value, node.lineno, node.func.id)

    def _imports(self, called: ast.expr) -> bool:
        if isinstance(called, ast.Name):
            return called.id in self._importers
        return isinstance(called, ast.Attribute) and called.attr in _IMPORTING

    def _inside(self, code: str, line: int, called: str) -> Iterator[DynamicImport]:
        """Yield what a text imports that is run as code."""
        try:
            inner = _Reading(parse_module(code.strip()), self._package)
        except (SyntaxError, ValueError, RecursionError):
            yield DynamicImport(line, "", f"`{called}` of a text")
            return
        for node in ast.walk(inner.tree):
            if isinstance(node, ast.Import):
                yield from (DynamicImport(line, name.name) for name in node.names)
            elif isinstance(node, ast.ImportFrom):
                name = self._resolved(f"{'.' * node.level}{node.module or ''}")
                yield DynamicImport(line, name, "" if name else f"`{called}` of a text")
        yield from (found._replace(line=line) for found in inner.found())

    def _name(self, node: ast.Call) -> str:
        """Return the full name that a call imports; empty where it is not known."""
        name = folded_text(node.args[0])
        others = {keyword.arg: keyword.value for keyword in node.keywords}
        if isinstance(node.func, ast.Attribute | ast.Name) and "__import__" in ast.unparse(node.func):
            level = others.get("level", node.args[4] if len(node.args) > 4 else None)  # noqa: PLR2004 - the fifth
            return name if level is None or (isinstance(level, ast.Constant) and level.value == 0) else ""
        package = others.get("package", node.args[1] if len(node.args) > 1 else None)
        if not name.startswith(".") or (isinstance(package, ast.Name) and package.id == "__package__"):
            return self._resolved(name)
        base = folded_text(package) if package is not None else ""
        return f"{base}{name}" if base and not name.startswith("..") else ""

    def _resolved(self, name: str) -> str:
        level = len(name) - len(name.lstrip("."))
        if not level:
            return name
        parts = self._package.split(".") if self._package else []
        base = parts[: len(parts) - level + 1]
        return ".".join([*base, *filter(None, [name[level:]])]) if base else ""

    def _way(self, node: ast.Name | ast.Attribute) -> str:
        """Return the name of what hides an import, where it is not called with a name that is known."""
        if isinstance(node, ast.Name):
            return node.id if node.id in self._importers | _LOADING | _RUNNING and node.id not in self._own else ""
        of = self._modules.get(node.value.id, "") if isinstance(node.value, ast.Name) else ""
        hides = node.attr in _IMPORTING | _LOADING or node.attr in _OF_MODULES.get(of, set())
        return node.attr if hides or (of == "builtins" and node.attr in _RUNNING) else ""
