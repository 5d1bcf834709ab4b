"""Tests that read how the unit is written."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from regen.trust.suite_lint.about import About, finding
from regen.trust.suite_lint.names import dotted_name, is_own
from regen.trust.suite_lint.reading import SuiteFile, TestCase, reach, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regen.trust.evidence import Finding

_CODE_OBJECT = {"__code__", "co_code", "co_consts", "co_names", "co_varnames", "co_argcount"}
_READERS = {"read_text", "read_bytes", "read", "readlines", "readline"}
_INSPECT = {"getsource", "getsourcelines", "getsourcefile", "findsource", "getcomments"}


def source_inspection(file: SuiteFile, case: TestCase, about: About) -> Iterator[Finding]:
    """Yield the first place where a test looks at the unit's source or byte code."""
    trees = reach(file, case)
    tainted = _holding_source(file, trees, about)
    for node in walk(trees):
        what = _inspects(node, file, about, tainted)
        if what:
            yield finding(
                "source inspection",
                file,
                case,
                getattr(node, "lineno", case.line),
                f"`{case.name}` looks at how the unit is written (`{what}`)",
                "Check what the code does; leave how it is written to lint rules and constraints.",
            )
            return


def _inspects(node: ast.AST, file: SuiteFile, about: About, tainted: set[str]) -> str:
    if isinstance(node, ast.Attribute) and node.attr in _CODE_OBJECT:
        return node.attr
    if not isinstance(node, ast.Call):
        return ""
    called = dotted_name(node.func)
    last = called.rsplit(".", 1)[-1] if called else getattr(node.func, "attr", "")
    if last in _INSPECT or called.startswith("dis."):
        return called or last
    from_source = any(_names_source(part, file, about, tainted) for part in ast.walk(node))
    reads = called in {"open", "io.open", "ast.parse", "tokenize.open", "linecache.getlines"} or last in _READERS
    return (called or last) if reads and from_source else ""


def _names_source(node: ast.AST, file: SuiteFile, about: About, tainted: set[str]) -> bool:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        ends = [target for target in about.targets if target.endswith(node.value.removeprefix("./").lstrip("/."))]
        return bool(ends) and "." in node.value and "/" in f"/{node.value}" and node.value.rsplit(".", 1)[-1] == "py"
    if isinstance(node, ast.Attribute) and node.attr == "__file__":
        root = dotted_name(node.value)
        dotted = ".".join([file.imports.get(root.split(".")[0], ""), *root.split(".")[1:]])
        return is_own(dotted, about.modules) or dotted.split(".")[0] in about.packages
    return isinstance(node, ast.Name) and node.id in tainted


def _holding_source(file: SuiteFile, trees: tuple[ast.AST, ...], about: About) -> set[str]:
    """Return variables whose value is made from the path of a target."""
    found: set[str] = set()
    pairs = list(file.constants.items())
    for node in walk(trees):
        if isinstance(node, ast.Assign):
            pairs += [(target.id, node.value) for target in node.targets if isinstance(target, ast.Name)]
    for name, value in pairs:
        if any(_names_source(part, file, about, found) for part in ast.walk(value)):
            found.add(name)
    return found
