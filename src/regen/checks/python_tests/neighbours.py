"""The project's own modules that a suite and its candidate import: no candidate changes them, so they are read once."""

from __future__ import annotations

import ast
import functools
import os
import sys
from typing import TYPE_CHECKING

from regen.checks.python_tests.file_texts import text_of
from regen.python_syntax import shared_module

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MOST = 200
_LARGEST_BYTES = 1 << 20


def neighbours_of(root: str, files: Mapping[str, str], tests: Mapping[str, str]) -> dict[str, str]:
    """Return path → text of every module of the project that the candidate's `files` and `tests` lead to.

    Paths are relative to `root`; neither the candidate nor the tests are among them. What is found at import time only,
    or is too large, is simply imported from disk by each candidate.
    """
    found: dict[str, str] = {}
    pending = [*tests.items(), *((path, text) for path, text in files.items() if path.endswith(".py"))]
    while pending:
        path, text = pending.pop()
        for place in _places_of(path, text):
            if place in found or place in files or place in tests:
                continue
            there = text_of(os.path.join(root, place), _LARGEST_BYTES)
            if there is not None and len(found) < _MOST:
                found[place] = there
                pending.append((place, there))
    return dict(sorted(found.items()))


@functools.lru_cache(maxsize=4096)
def _places_of(path: str, text: str) -> tuple[str, ...]:
    """Return where the modules that a file imports would be, packages on the way included."""
    if "import" not in text:
        return ()
    try:
        tree = shared_module(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    return tuple(dict.fromkeys(place for node in _imports(tree.body) for place in _places(node, path)))


def _imports(body: list[ast.stmt]) -> Iterator[ast.Import | ast.ImportFrom]:
    """Yield the imports among statements, and in those within; expressions hold none."""
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
            continue
        for field in ("body", "orelse", "finalbody"):
            yield from _imports(getattr(node, field, []))
        for part in (*getattr(node, "handlers", []), *getattr(node, "cases", [])):
            yield from _imports(part.body)


def _places(node: ast.Import | ast.ImportFrom, path: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            if alias.name.partition(".")[0] in sys.stdlib_module_names:
                continue  # a project that has one of the same name reads it from disk
            for folder in ("src/", "", os.path.dirname(path) + "/"):
                yield from _along(folder.lstrip("/"), alias.name)
    elif node.level or (node.module or "").partition(".")[0] not in sys.stdlib_module_names:
        start = path
        for _ in range(node.level):
            start = os.path.dirname(start)
        for folder in (start + "/",) if node.level else ("src/", "", os.path.dirname(path) + "/"):
            for alias in node.names:
                yield from _along(folder.lstrip("/"), ".".join(filter(None, (node.module, alias.name))))


def _along(folder: str, module: str) -> Iterator[str]:
    parts = module.split(".")
    for count in range(1, len(parts) + 1):
        place = folder + "/".join(parts[:count])
        yield f"{place}/__init__.py"
        yield f"{place}.py"
