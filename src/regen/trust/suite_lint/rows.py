"""The rows of parametrized tests: which value each argument has in each run."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from regen.trust.suite_lint.reading import Function, dotted_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
        table = (constants or {}).get(given[1].id, given[1]) if isinstance(given[1], ast.Name) else given[1]
        if isinstance(table, ast.Call) and isinstance(table.func, ast.Attribute) and table.func.attr == "items":
            table = table.func.value
        if isinstance(table, ast.Name):
            table = (constants or {}).get(table.id, table)
        if isinstance(table, ast.Dict):
            pairs = [(k, v) for k, v in zip(table.keys, table.values, strict=True) if k is not None]
            table = ast.List(elts=[ast.Tuple(elts=[k, v], ctx=ast.Load()) for k, v in pairs], ctx=ast.Load())
        if not isinstance(table, ast.List | ast.Tuple):
            continue
        names = _names(given[0])
        new = [row_of(names, element) for element in table.elts]
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
