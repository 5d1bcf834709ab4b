"""Assertions over nothing but what the test itself wrote down, or told a mock to answer."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING

from regen.trust.suite_lint.assertions import PURE, is_handed_on
from regen.trust.suite_lint.mocks import COUNTS, is_stand_in, patches
from regen.trust.suite_lint.names import dotted_name, root_name

if TYPE_CHECKING:
    from regen.trust.suite_lint.reading import Function, SuiteFile

_VALUE_MODULES = {"decimal", "fractions", "datetime", "pathlib", "uuid"}
_DISPLAYS = ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp


def value_of(node: ast.expr, values: dict[str, ast.expr]) -> ast.expr:
    """Return what a variable was bound to once, through other variables too; any other expression itself."""
    passed: set[str] = set()
    while isinstance(node, ast.Name) and node.id in values and node.id not in passed:
        passed.add(node.id)
        node = values[node.id]
    return node


def of_literals(test: ast.expr, node: Function, values: dict[str, ast.expr], file: SuiteFile) -> str:
    """Return why an assertion says nothing of the unit: it has literals only, and variables that nothing else gets."""
    seen = _holds_literals_only(test, node, values, file, set())
    return f"`{ast.unparse(test)}` compares only what the test itself wrote down" if seen else ""


def _holds_literals_only(
    test: ast.expr, node: Function, values: dict[str, ast.expr], file: SuiteFile, seen: set[str]
) -> bool:
    """Tell whether an expression has nothing but literals, and variables that only ever hold them."""
    for part in ast.walk(test):
        if isinstance(part, ast.Call) and dotted_name(part.func) not in PURE and not _is_plain_value(part, file):
            return False
        if isinstance(part, ast.Name) and file.imports.get(part.id, "").split(".")[0] in _VALUE_MODULES:
            continue
        if isinstance(part, ast.Attribute | ast.Lambda | ast.comprehension | ast.Await | ast.Yield):
            return False
        if isinstance(part, ast.Name) and part.id not in PURE and not hasattr(builtins, part.id):
            value = values.get(part.id)
            if value is None or part.id in seen or part.id in file.imports:
                return False
            if isinstance(value, _DISPLAYS) and is_handed_on(part.id, node):
                return False
            if not _holds_literals_only(value, node, values, file, seen | {part.id}):
                return False
    return True


def of_stand_ins(test: ast.expr, node: Function, values: dict[str, ast.expr], file: SuiteFile) -> str:
    """Find assertions that ask a mock for the answer that the test gave it."""
    mocks = {name for name, value in values.items() if is_stand_in(value)}
    for part in ast.walk(node):
        if (
            isinstance(part, ast.withitem)
            and isinstance(part.optional_vars, ast.Name)
            and is_stand_in(part.context_expr)
        ):
            mocks.add(part.optional_vars.id)
    asked = [
        side
        for side in ast.walk(test)
        if isinstance(side, ast.Call | ast.Attribute) and (root_name(side) in mocks or _comes_from(side, values, mocks))
    ]
    resolved = [value_of(part, values) for part in ast.walk(test) if isinstance(part, ast.expr)]
    calls = [part for value in resolved for part in ast.walk(value) if isinstance(part, ast.Call)]
    asked += [value for value in resolved if isinstance(value, ast.Call | ast.Attribute) and root_name(value) in mocks]
    counting = any(
        isinstance(part, ast.Attribute) and part.attr in COUNTS | {"args", "kwargs", "calls"}
        for value in resolved
        for part in ast.walk(value)
    )
    if asked and not counting and all(_is_mock_or_pure(call, mocks) or _is_plain_value(call, file) for call in calls):  # noqa: SIM102
        if not _given_away(mocks, node):
            return f"`{ast.unparse(test)}` asks a mock for what the test told it"
    replaced = {patch.dotted.rsplit(".", 1)[-1] for patch in patches(file, (node,))} if calls else set()
    if (
        calls
        and all(
            isinstance(c.func, ast.Name | ast.Attribute) and dotted_name(c.func).rsplit(".", 1)[-1] in replaced
            for c in calls
            if dotted_name(c.func) not in PURE
        )
        and any(dotted_name(c.func) not in PURE for c in calls)
    ):
        return f"`{ast.unparse(test)}` asks the replacement that the test put in"
    return ""


def _is_plain_value(call: ast.Call, file: SuiteFile) -> bool:
    """Tell whether a call makes a number, date or path of the standard library."""
    return file.imports.get(dotted_name(call.func), "").split(".")[0] in _VALUE_MODULES


def _comes_from(side: ast.AST, values: dict[str, ast.expr], mocks: set[str]) -> bool:
    root = root_name(side)
    return root in values and root_name(values[root]) in mocks


def _is_mock_or_pure(call: ast.Call, mocks: set[str]) -> bool:
    return root_name(call.func) in mocks or dotted_name(call.func) in PURE or is_stand_in(call)


def _given_away(mocks: set[str], node: Function) -> bool:
    """Tell whether a mock is handed to code that may change it."""
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and root_name(part.func) not in mocks and dotted_name(part.func) not in PURE:
            inside = [a for a in (*part.args, *(k.value for k in part.keywords)) if isinstance(a, ast.Name)]
            if any(a.id in mocks for a in inside) and not dotted_name(part.func).startswith(("self.assert", "patch")):
                return True
    return False
