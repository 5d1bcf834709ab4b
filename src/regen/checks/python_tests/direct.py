"""Which pytest suites use so little of pytest that their tests can be called without a session, with the same meaning.

A first sieve by the text; the process inside looks at the objects themselves (inside/direct.py).
"""

from __future__ import annotations

import ast
import functools
import os
from typing import TYPE_CHECKING

from regen.checks.python_tests.config import chain, imports_of
from regen.python_syntax import parse_module

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regen.checks.python_tests.config import PytestConfig

_NAMES = frozenset({"raises", "approx", "mark", "param"})
_MARKS = frozenset({"parametrize", "req"})
# What makes pytest do more than call the tests.
_SETUP = frozenset(f"{when}_{what}" for when in ("setup", "teardown") for what in ("module", "function"))
_SETUP_OF_CLASS = frozenset(f"{when}_{what}" for when in ("setup", "teardown") for what in ("class", "method")) | {
    *("__init__", "__new__", "setup", "teardown")
}
_SETTINGS = frozenset(
    {"pytestmark", "pytest_plugins", "collect_ignore", "load_tests", "__test__", "setUpModule", "tearDownModule"}
)
_STRANGERS = frozenset({"_pytest", "hypothesis", "pytest_asyncio", "anyio", "unittest"})


def is_direct(config: PytestConfig, root: str, texts: Mapping[str, str]) -> bool:
    """Say whether every file can be tried without a session."""
    if config.changes_plain or config.plugins:
        return False
    folders = {folder for path in texts for folder in chain(os.path.dirname(path))}
    if any(os.path.exists(os.path.join(root, folder, "conftest.py")) for folder in folders):
        return False
    return all(_is_simple(text) for text in texts.values())


@functools.lru_cache(maxsize=4096)
def _is_simple(text: str) -> bool:
    try:
        tree = parse_module(text)
    except SyntaxError:
        return False
    if "PYTEST_" in text or any(module.partition(".")[0] in _STRANGERS for module in imports_of(text)):
        return False
    return all(map(_is_simple_statement, tree.body)) and all(map(_is_simple_part, ast.walk(tree)))


def _is_simple_statement(node: ast.stmt) -> bool:
    if isinstance(node, ast.FunctionDef):
        return node.name not in _SETUP and not node.name.startswith("pytest_")
    if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
        return not (node.bases or node.keywords or node.decorator_list) and all(map(_is_simple_member, node.body))
    if isinstance(node, ast.AsyncFunctionDef):
        return not node.name.startswith("test")
    return True


def _is_simple_member(node: ast.stmt) -> bool:
    if isinstance(node, ast.FunctionDef):
        return node.name not in _SETUP_OF_CLASS
    return not isinstance(node, ast.ClassDef | ast.AsyncFunctionDef)


def _is_simple_part(node: ast.AST) -> bool:
    """Look for what only a session gives, in whatever place it is."""
    if isinstance(node, ast.Attribute):
        if isinstance(node.value, ast.Name) and node.value.id == "pytest":
            return node.attr in _NAMES
        is_name = isinstance(node.value, ast.Attribute | ast.Name)
        return not is_name or ast.unparse(node.value) not in ("pytest.mark", "mark") or node.attr in _MARKS
    if isinstance(node, ast.Import):
        return all(name.name != "pytest" or not name.asname for name in node.names)
    if isinstance(node, ast.ImportFrom) and node.module == "pytest":
        return all(name.name in _NAMES and not name.asname for name in node.names)
    return not (isinstance(node, ast.Name) and node.id in _SETTINGS)
