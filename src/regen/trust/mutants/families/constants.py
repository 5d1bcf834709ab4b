"""Numbers, strings, True, False and None.

After mutmut 3 (`operator_number`, `operator_string`, `operator_name`), cosmic-ray (`number_replacer`) and PIT (Inline
Constant).
"""

from __future__ import annotations

import ast
import math
import re
from typing import TYPE_CHECKING

from regen.trust.mutants.changes import Change, Proposals, replace

if TYPE_CHECKING:
    from regen.trust.mutants.source import Source

_OPENING = re.compile(r"[rRbBuU]*(\"\"\"|'''|\"|')")
_LARGEST = 10**100
_NAMING = {"TypeVar", "ParamSpec", "TypeVarTuple", "NewType", "namedtuple", "NamedTuple", "TypedDict", "getLogger"}


def constant(source: Source, node: ast.Constant) -> Proposals:
    """Propose `1` → `2`, `0`; `"a"` → `"XXaXX"`, `""`; `True` ↔ `False`; `None` → `""`."""
    value = node.value
    if isinstance(value, bool):
        yield replace(source, node, str(not value))
    elif value is None:
        if not isinstance(source.parent(node), ast.Compare):
            yield replace(source, node, '""')
    elif isinstance(value, complex):
        yield replace(source, node, repr(value + 1j))
    elif isinstance(value, int | float):
        yield from _number(source, node, value)
    elif isinstance(value, str | bytes) and not _only_names(source, node):
        yield from _string(source, node, value)


def formatted(source: Source, node: ast.JoinedStr) -> Proposals:
    """Propose `f"{a}"` → `""`."""
    yield replace(source, node, '""')


def _number(source: Source, node: ast.Constant, value: float) -> Proposals:
    if not math.isfinite(value) or abs(value) > _LARGEST:
        return
    hexadecimal = isinstance(value, int) and source.segment(node)[:2].lower() == "0x"
    for other in (value + 1, value - 1):
        if other != value:
            yield replace(source, node, f"{other:#x}" if hexadecimal else repr(other))


def _string(source: Source, node: ast.Constant, value: str | bytes) -> Proposals:
    start, end = source.span(node)
    opening = _OPENING.match(source.text, start, end)
    if opening is None:
        return
    quotes = opening[1]
    if not value:
        yield Change(start, end, f"{opening[0]}XX{quotes}")
        return
    closing = quotes if source.text.endswith(quotes, start, end) else source.text[end - 1]
    inside = source.text[opening.end() : end - len(closing)]
    yield Change(start, end, f"{opening[0]}XX{inside}XX{closing}")
    yield Change(start, end, f"{'b' if isinstance(value, bytes) else ''}{quotes[0]}{quotes[0]}")


def _only_names(source: Source, node: ast.Constant) -> bool:
    """Tell whether a string only repeats the name of what it is assigned to, as in `T = TypeVar("T")`."""
    call = source.parent(node)
    if not isinstance(call, ast.Call) or not call.args or call.args[0] is not node:
        return False
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return name in _NAMING
