"""What no honest candidate writes: reaching into the test runner, or asking whether it is being tested.

A first sieve before anything is run; it can be evaded by building names at run time, which is why it is not the last.
"""

from __future__ import annotations

import ast
import functools
from typing import TYPE_CHECKING

from regen.python_syntax import shared_module

if TYPE_CHECKING:
    from collections.abc import Mapping

_FRAMES = frozenset(
    {"f_back", "f_globals", "f_locals", "f_builtins", "f_code", "gi_frame", "cr_frame", "ag_frame", "tb_frame"}
)
_PRIVILEGES = frozenset(
    {"setuid", "seteuid", "setreuid", "setresuid", "setgid", "setegid", "setregid", "setresgid", "setns"}
)
_CLOCKS = frozenset({"clock_settime", "clock_settime_ns", "settimeofday"})
_SUSPICIOUS = (ast.Import, ast.ImportFrom, ast.Attribute, ast.Constant)
_FRAMEWORKS = frozenset({"pytest", "_pytest", "pluggy", "unittest", "_regen_inside"})


def screen(files: Mapping[str, str]) -> str:
    """Return where and what the first suspicious thing is, or an empty string."""
    for path, text in files.items():
        if path.endswith(".py"):
            found = _screen_one(text)
            if found is not None:
                return f"{path}:{found[0]} {found[1]}"
    return ""


@functools.lru_cache(maxsize=512)
def _screen_one(text: str) -> tuple[int, str] | None:
    try:
        tree = shared_module(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    pending: list[ast.AST] = [tree]
    found = []
    while pending:
        node = pending.pop()
        if isinstance(node, _SUSPICIOUS):
            complaint = _complaint(node)
            if complaint:
                found.append((getattr(node, "lineno", 0), complaint))
        elif isinstance(node, ast.Subscript) and _is_own_module(node):
            continue
        for part in node.__dict__.values():
            if isinstance(part, ast.AST):
                pending.append(part)
            elif isinstance(part, list):
                pending += [one for one in part if isinstance(one, ast.AST)]
    return min(found, default=None)


def _complaint(node: ast.AST) -> str:
    if isinstance(node, ast.Import | ast.ImportFrom):
        modules = [name.name for name in node.names] if isinstance(node, ast.Import) else [node.module or ""]
        for module in modules:
            if module.partition(".")[0] in _FRAMEWORKS:
                return f"imports {module}, which belongs to the tests"
    if isinstance(node, ast.Attribute):
        if node.attr in _FRAMES:
            return f"reads other functions' frames ({node.attr})"
        if node.attr in _PRIVILEGES:
            return f"changes its privileges ({node.attr})"
        if node.attr in _CLOCKS:
            return f"changes the clock ({node.attr})"
        if _is_modules(node):
            return "looks at other modules (sys.modules)"
    text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
    asks = text.startswith("PYTEST_") or text in _FRAMEWORKS
    return f"asks whether it is being tested ({text})" if asks else ""


def _is_own_module(node: ast.Subscript) -> bool:
    """Say whether this is `sys.modules[__name__]`, a usual way to name the module itself."""
    return _is_modules(node.value) and isinstance(node.slice, ast.Name) and node.slice.id == "__name__"


def _is_modules(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr == "modules"
        and isinstance(node.value, ast.Name)
        and node.value.id == "sys"
    )
