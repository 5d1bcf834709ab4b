"""Tests that leave something behind for others: files in the project, changed objects and variables."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from regen.trust.suite_lint.names import dotted_name, is_own, resolved_name
from regen.trust.suite_lint.reading import Function

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regen.trust.suite_lint.reached import Found, Reached

_OWN_FOLDER = re.compile(
    r"\b(?:tmp_path\w*|tmpdir\w*|TemporaryDirectory|mkdtemp|mkstemp|NamedTemporaryFile|chdir|isolated_filesystem|fs)\b"
)


def left_behind(test: Reached) -> Iterator[Found]:
    """Find files that are written where the next run, or another test, finds them."""
    if _OWN_FOLDER.search(test.source) or "open" in test.replaced:
        return
    for call, name in test.calls():
        mode = call.args[1] if len(call.args) > 1 else next((k.value for k in call.keywords if k.arg == "mode"), None)
        writes = isinstance(mode, ast.Constant) and bool(re.match(r"[wax]", str(mode.value)))
        if name == "open" and writes and _is_text(call.args[0]):
            yield call.lineno, f"writes {ast.unparse(call.args[0])}, which stays for the next run"
        method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        base = call.func.value if isinstance(call.func, ast.Attribute) else None
        if method in {"write_text", "write_bytes", "touch", "mkdir"} and isinstance(base, ast.Call):  # noqa: SIM102
            if dotted_name(base.func).rsplit(".", 1)[-1] == "Path" and base.args and _is_text(base.args[0]):
                yield call.lineno, f"writes {ast.unparse(base.args[0])}, which stays for the next run"


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def shared(test: Reached) -> Iterator[Found]:
    """Find tests that change an object of the unit, or a variable, which other tests of the file look at."""
    file, case, node = test.file, test.case, test.case.node
    if node is None:
        return
    for part in ast.walk(node):
        if isinstance(part, ast.Global):
            yield part.lineno, f"changes the global `{part.names[0]}`, so that the order of the tests matters"
    of_class = {t.id: s.value for s in (case.holder.body if case.holder else []) if isinstance(s, ast.Assign)
                for t in s.targets if isinstance(t, ast.Name)}  # fmt: skip
    fresh = case.holder is not None and any(
        isinstance(part, Function) and part.name in {"setUp", "setup_method", "asyncSetUp"} for part in case.holder.body
    )
    for statement in ast.walk(node):
        if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)):
            continue
        func = statement.value.func
        if not isinstance(func, ast.Attribute):
            continue
        owner = dotted_name(func.value)
        shared = file.constants.get(owner) if "." not in owner else None
        if owner.startswith(("self.", "cls.")) and not fresh:
            shared = of_class.get(owner.partition(".")[2])
        is_unit = isinstance(shared, ast.Call) and is_own(resolved_name(shared.func, file), test.about.modules)
        others = sum(1 for other in file.cases if other.node is not None and owner in _names(other.node))
        if is_unit and others > 1 and not test.unasked:
            yield statement.lineno, f"changes `{owner}`, which other tests use: their order matters"


def _names(node: ast.AST) -> set[str]:
    return {dotted_name(part) for part in ast.walk(node) if isinstance(part, ast.Name | ast.Attribute)}
