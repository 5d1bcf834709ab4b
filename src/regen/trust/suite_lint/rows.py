"""The rows of parametrized tests: which value each argument has in each run."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from regen.trust.suite_lint.names import dotted_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from regen.trust.suite_lint.reading import Function

MOST_ROWS = 200


def parametrized(node: Function, constants: Mapping[str, ast.expr] | None = None) -> Iterator[dict[str, ast.expr]]:
    """Yield the values of each parametrized run; one empty row where there is none."""
    rows: list[dict[str, ast.expr]] = [{}]
    for decorator in node.decorator_list:
        if not (isinstance(decorator, ast.Call) and dotted_name(decorator.func).endswith("parametrize")):
            continue
        given = [*decorator.args, *(k.value for k in decorator.keywords if k.arg in {"argnames", "argvalues"})][:2]
        if len(given) < 2:  # noqa: PLR2004
            continue
        elements = elements_of(given[1], constants or {})
        if not elements:
            continue
        names = _names(given[0])
        new = [row_of(names, element) for element in elements]
        rows = [{**row, **other} for row in rows for other in new][:MOST_ROWS]
    yield from rows


def _names(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [name.strip() for name in node.value.split(",")]
    return [e.value for e in getattr(node, "elts", []) if isinstance(e, ast.Constant) and isinstance(e.value, str)]


def row_of(names: list[str], element: ast.expr) -> dict[str, ast.expr]:
    """Return the value of each name in one row of a table, `pytest.param` taken off."""
    if isinstance(element, ast.Call) and dotted_name(element.func).endswith("param"):
        values = list(element.args)
    elif len(names) == 1:
        values = [element]
    else:
        values = list(element.elts) if isinstance(element, ast.Tuple | ast.List) else []
    return dict(zip(names, values, strict=False))


def elements_of(node: ast.expr, names: Mapping[str, ast.expr]) -> list[ast.expr]:
    """Return the elements of a literal list, or the pairs of a literal dict's items, known by name perhaps."""
    if isinstance(node, ast.Name):
        node = names.get(node.id, node)
    is_items = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "items"
    if is_items and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        table = node.func.value
        table = names.get(table.id, table) if isinstance(table, ast.Name) else table
        pairs = zip(table.keys, table.values, strict=True) if isinstance(table, ast.Dict) else ()
        return [ast.Tuple(elts=[key, value], ctx=ast.Load()) for key, value in pairs if key is not None]
    return list(node.elts) if isinstance(node, ast.List | ast.Tuple | ast.Set) else []


def assigned_values(statement: ast.stmt) -> dict[str, ast.expr]:
    """Return the names that an assignment binds, those of a tuple one by one, with their values."""
    found: dict[str, ast.expr] = {}
    for target in statement.targets if isinstance(statement, ast.Assign) else ():
        if isinstance(target, ast.Name) and isinstance(statement, ast.Assign):
            found[target.id] = statement.value
        elif isinstance(target, ast.Tuple) and isinstance(statement, ast.Assign):
            values = statement.value.elts if isinstance(statement.value, ast.Tuple) else []
            found |= {t.id: v for t, v in zip(target.elts, values, strict=False) if isinstance(t, ast.Name)}
    return found
