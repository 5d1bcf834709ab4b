"""Tests that import or touch what the unit keeps to itself."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from regen.trust.suite_lint.about import About, finding
from regen.trust.suite_lint.names import dotted_name, is_own, root_name
from regen.trust.suite_lint.reading import SuiteFile, TestCase, reach, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regen.trust.evidence import Finding

_PRIVATE = re.compile(r"_(?!_)\w*[A-Za-z]\w*")
_PUBLIC_BY_CUSTOM = {"_asdict", "_replace", "_fields", "_make", "_field_defaults", "_name_", "_value_", "_missing_"}
_ADVICE = "Test the effect that callers see instead of `{}`."


def private_names(file: SuiteFile, case: TestCase, about: About) -> Iterator[Finding]:
    """Yield one finding a private name that a test uses."""
    trees = reach(file, case)
    local = _made_here(file, trees)
    seen: set[str] = set()
    for node in walk(trees):
        for name in _private(node, file, about, local):
            if name not in seen and not re.search(rf"(?<![\w]){re.escape(name)}(?!\w)", about.text):
                seen.add(name)
                line = getattr(node, "lineno", case.line)
                message = f"`{case.name}` uses the private name `{name}` of the unit"
                yield finding("private name", file, case, line, message, _ADVICE.format(name))


def _is_private(name: str) -> bool:
    return bool(_PRIVATE.fullmatch(name)) and name not in _PUBLIC_BY_CUSTOM


def _private(node: ast.AST, file: SuiteFile, about: About, local: set[str]) -> Iterator[str]:
    if isinstance(node, ast.Attribute) and _is_private(node.attr):
        root = root_name(node.value)
        if root and root not in local and not _is_foreign(root, file, about) and not _is_own_attribute(node):
            yield node.attr
    elif isinstance(node, ast.Name) and is_own(file.imports.get(node.id, ""), about.modules):
        parts = file.imports[node.id].split(".")
        yield from (part for part in parts if _is_private(part))
    elif isinstance(node, ast.ImportFrom) and is_own(node.module or "", about.modules):
        yield from (alias.name for alias in node.names if _is_private(alias.name))
    elif isinstance(node, ast.Call) and dotted_name(node.func) in {"getattr", "setattr", "hasattr", "delattr"}:
        named = node.args[1] if len(node.args) > 1 else None
        if isinstance(named, ast.Constant) and isinstance(named.value, str) and _is_private(named.value):
            root = root_name(node.args[0])
            if root not in local and not _is_foreign(root, file, about):
                yield named.value
    elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        base = node.value
        inner = (isinstance(base, ast.Attribute) and base.attr == "__dict__") or (
            isinstance(base, ast.Call) and dotted_name(base.func) == "vars"
        )
        if inner and isinstance(node.slice.value, str) and _is_private(node.slice.value):
            yield node.slice.value


def _is_own_attribute(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id in {"self", "cls", "super"}


def _is_foreign(root: str, file: SuiteFile, about: About) -> bool:
    """Tell whether a variable is a module or name that the file imports from elsewhere than the unit's packages."""
    dotted = file.imports.get(root, "")
    return bool(dotted) and not is_own(dotted, about.modules) and dotted.split(".")[0] not in about.packages


def _made_here(file: SuiteFile, trees: tuple[ast.AST, ...]) -> set[str]:
    """Return variables that hold what the test file itself defines: its classes, functions and their instances."""
    arguments = {part.arg for tree in trees for part in ast.walk(tree) if isinstance(part, ast.arg)}
    own = set(file.classes) | (set(file.functions) - arguments)
    found = set(own)
    for node in walk(trees):
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name not in arguments:
            own.add(node.name)
            found.add(node.name)
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            maker = root_name(node.value)
            if (maker in own and maker in file.classes) or maker.startswith(("Mock", "MagicMock")):
                found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return found
