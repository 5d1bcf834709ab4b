"""Which suites can be run in another process than the candidate, and mean the same there.

A suite qualifies by its text: it calls functions with values and compares what comes back. What reaches into the
process it shares with the code (patches, files, clocks, output, identity of objects) is left to the run beside it.
"""

from __future__ import annotations

import ast
import functools
import os
from typing import TYPE_CHECKING

from regen.checks.python_tests.config import chain
from regen.checks.python_tests.file_texts import text_of
from regen.python_syntax import parse_module

if TYPE_CHECKING:
    from regen.checks.python_tests.job import Prepared

# Modules whose functions neither look at the process nor change it.
_MODULES = frozenset(
    {
        *("abc", "base64", "bisect", "cmath", "collections", "dataclasses", "datetime", "decimal", "enum", "fractions"),
        *("functools", "hashlib", "heapq", "html", "ipaddress", "itertools", "json", "math", "numbers", "operator"),
        *("pytest", "re", "statistics", "string", "struct", "textwrap", "typing", "unicodedata", "unittest", "urllib"),
        *("uuid", "zoneinfo", "__future__"),
    }
)
_CONSTANTS = (None, True, False)
_REACHING_IN = frozenset(
    {
        *("mock", "patch", "globals", "locals", "vars", "eval", "exec", "compile", "open", "id", "print", "input"),
        *("__dict__", "__class__", "__wrapped__", "__code__", "cache_clear", "cache_info", "assertLogs", "assertIs"),
        *("assertIsNot", "assertWarns", "assertWarnsRegex", "warns", "deprecated_call", "IsolatedAsyncioTestCase"),
        *("isgenerator", "iscoroutine", "signature", "getsource", "__name__", "__doc__", "__module__"),
    }
)
# Fixtures of pytest that look at the process or change it.
_FIXTURES = frozenset(
    {
        *("cache", "capfd", "capfdbinary", "caplog", "capsys", "capsysbinary", "doctest_namespace", "monkeypatch"),
        *("pytestconfig", "pytester", "recwarn", "testdir", "tmp_path", "tmp_path_factory", "tmpdir", "tmpdir_factory"),
    }
)
_BASES_OF_CASES = frozenset({"TestCase", "Exception", "ValueError", "TypeError", "RuntimeError", "KeyError"})


def can_be_apart(prepared: Prepared) -> bool:
    """Say whether every file of a suite, and every file of the candidate, allows it."""
    files = prepared.job.files
    if prepared.plugins or not all(path.endswith(".py") for path in files):
        return False
    own = frozenset({_top(path) for path in files} | {_top(path) for path in prepared.neighbours})
    folders = {folder for path in prepared.texts for folder in chain(os.path.dirname(path))}
    conftests = (text_of(os.path.join(prepared.job.root, folder, "conftest.py")) for folder in folders)
    return all(_is_only_values(text, own) for text in (*prepared.texts.values(), *conftests) if text is not None)


def _top(path: str) -> str:
    return path.removeprefix("src/").partition("/")[0].removesuffix(".py")


@functools.lru_cache(maxsize=1024)
def _is_only_values(text: str, own: frozenset[str]) -> bool:
    try:
        tree = parse_module(text)
    except (SyntaxError, ValueError, RecursionError):
        return False
    return not any(_reaches_in(node, own) for node in ast.walk(tree))


def _reaches_in(node: ast.AST, own: frozenset[str]) -> bool:
    match node:
        case ast.Import(names=names):
            return any(not _is_known(name.name, own) for name in names)
        case ast.ImportFrom(module=module, level=level, names=names):
            return bool(level) or not _is_known(module or "", own) or any(one.name in _REACHING_IN for one in names)
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name in _REACHING_IN
        case ast.arg(arg=name):
            return name in _FIXTURES
        case ast.AsyncFunctionDef() | ast.Await() | ast.AsyncWith() | ast.AsyncFor() | ast.Global():
            return True
        case ast.ClassDef(name=name, bases=bases):
            is_known = all(_name(base) in _BASES_OF_CASES for base in bases)
            return not is_known or not (bases or name.startswith("Test"))
        case ast.Compare(ops=ops, comparators=others, left=left):
            is_identity = any(isinstance(one, ast.Is | ast.IsNot) for one in ops)
            return is_identity and not any(_is_constant(one) for one in (left, *others))
    return False


def _is_known(module: str, own: frozenset[str]) -> bool:
    top = module.partition(".")[0]
    return top in own or (top in _MODULES and module != "unittest.mock" and not module.startswith("urllib.req"))


def _name(base: ast.expr) -> str:
    return base.attr if isinstance(base, ast.Attribute) else base.id if isinstance(base, ast.Name) else ""


def _is_constant(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and any(node.value is one for one in _CONSTANTS)
