"""Whether a suite's own text can skip a test: where it can't, a skip is the doing of the code under test."""

from __future__ import annotations

import ast
import functools
import itertools
import os
import re
from typing import TYPE_CHECKING

from regen.checks.python_tests.config import chain, imports_of
from regen.checks.python_tests.file_texts import text_of
from regen.checks.python_tests.neighbours import neighbours_of
from regen.python_syntax import parse_module

if TYPE_CHECKING:
    from regen.checks.python_tests.job import Prepared

_SAYS = re.compile(
    r"skip(if|unless|test|ped)?|skip_?(if|unless|test)\w*|xfail(ed)?|importorskip|expectedfailure", re.IGNORECASE
)
_LOOKS_LIKE = re.compile(r"skip|xfail|expectedFailure", re.IGNORECASE)
_FRAMEWORKS = ("pytest", "_pytest", "unittest")
_AWAITING_PLUGINS = re.compile("asyncio|anyio|trio")
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def may_skip(prepared: Prepared, identity: str) -> bool:
    """Say whether the text of a test, of what surrounds it, or of a module beside the tests can skip it.

    `identity` is a test's id, or a file's path where its import was skipped.
    """
    path, _, inner = identity.partition("::")
    text = prepared.texts.get(path)
    if text is None or _is_strange(prepared) or any(map(_can_skip_others, _beside(prepared))):
        return True
    tree = _tree(text)
    if tree is None or not inner:
        return bool(_LOOKS_LIKE.search(text)) if tree is None else _mentions(_outside_tests(text), tree)
    if _mentions(_outside_tests(text), tree):
        return True
    name = inner.rpartition("::")[2].partition("[")[0]
    own = [node for node in ast.walk(tree) if isinstance(node, _Function) and node.name == name]
    if not own:  # it is inherited, or no function at all
        return any(map(_LOOKS_LIKE.search, prepared.texts.values()))
    # Without a plugin that awaits them, pytest itself skips such tests.
    awaits = any(map(_AWAITING_PLUGINS.search, prepared.plugins))
    skips_async = not awaits and any(isinstance(node, ast.AsyncFunctionDef) for node in own)
    return skips_async or any(_mentions(node, tree) or _has_no_cases(node) for node in own)


def _is_strange(prepared: Prepared) -> bool:
    """Say whether the settings name a plugin that is not known here: it may skip what it likes."""
    words = prepared.pytest_args
    named = {after for word, after in itertools.pairwise(words) if word == "-p"}
    return any(not name.startswith("no:") and name not in prepared.plugins for name in named)


def _beside(prepared: Prepared) -> list[str]:
    """Return the texts of the conftests, and of the modules that they and the tests use and no candidate changes."""
    root, tests = prepared.job.root, prepared.texts
    places = {os.path.join(folder, "conftest.py") for path in tests for folder in chain(os.path.dirname(path))}
    read = {place: tests.get(place) or text_of(os.path.join(root, place)) for place in places}
    conftests = {place: text for place, text in read.items() if text is not None}
    plugins = {}
    for text in (*conftests.values(), *tests.values()):
        for name in re.findall(r"[\"']([\w.]+)[\"']", text) if "pytest_plugins" in text else ():
            place = name.replace(".", "/") + ".py"
            plugins[place] = text_of(os.path.join(root, place))
    used = neighbours_of(root, prepared.job.files, {**conftests, **tests})
    return [text for text in (*conftests.values(), *plugins.values(), *used.values()) if text is not None]


@functools.lru_cache(maxsize=256)
def _can_skip_others(text: str) -> bool:
    if not any(module.partition(".")[0] in _FRAMEWORKS for module in imports_of(text)):
        return False
    tree = _tree(text)
    return tree is None or _mentions(tree, tree)


@functools.lru_cache(maxsize=64)
def _tree(text: str) -> ast.Module | None:
    try:
        return parse_module(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


@functools.lru_cache(maxsize=64)
def _outside_tests(text: str) -> ast.Module:
    """Return the file without its tests."""
    tree = parse_module(text)  # of its own: it is changed
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef):
            node.body = [one for one in node.body if not (isinstance(one, _Function) and one.name.startswith("test"))]
    return tree


def _mentions(part: ast.AST, whole: ast.Module) -> bool:
    """Say whether a part of a file names what skips; a `skip` that is no test framework's does not count."""
    owners, strangers = {"pytest", "unittest", "mark", "outcomes"}, set()
    for node in ast.walk(whole):
        if isinstance(node, ast.Import):
            owners |= {name.asname for name in node.names if name.asname and name.name in _FRAMEWORKS}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] not in _FRAMEWORKS:
            strangers |= {name.asname or name.name for name in node.names if name.name == "skip"}
    return any(_says(node, owners, strangers) for node in ast.walk(part))


def _says(node: ast.AST, owners: set[str], strangers: set[str]) -> bool:
    if isinstance(node, ast.alias):
        return bool(_SAYS.fullmatch(node.name)) and (node.asname or node.name) not in strangers
    if isinstance(node, ast.Name):
        return bool(_SAYS.fullmatch(node.id)) and node.id not in strangers
    if isinstance(node, ast.Attribute) and _SAYS.fullmatch(node.attr):
        owner = node.value
        is_plain = isinstance(owner, ast.Attribute | ast.Name)
        name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
        return node.attr != "skip" or not is_plain or name in owners
    return False


def _has_no_cases(node: _Function) -> bool:
    """Say whether a `parametrize` lists no case, in so many words: pytest skips such a test."""
    calls = (part for decorator in node.decorator_list for part in ast.walk(decorator) if isinstance(part, ast.Call))
    return any(
        isinstance(value, ast.List | ast.Tuple) and not value.elts
        for call in calls
        for value in (*call.args[1:2], *(keyword.value for keyword in call.keywords if keyword.arg == "argvalues"))
    )
