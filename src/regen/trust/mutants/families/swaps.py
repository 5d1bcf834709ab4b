"""Functions and methods replaced by their opposites.

After mutmut 3 (`operator_symmetric_string_methods_swap`, `operator_unsymmetrical_string_methods_swap`,
`operator_name`).
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from regen.trust.mutants.changes import Change, Proposals
from regen.trust.mutants.families.calls import name_of

if TYPE_CHECKING:
    from regen.trust.mutants.source import Source

_BOTH_WAYS = (
    ("upper", "lower"), ("lstrip", "rstrip"), ("startswith", "endswith"), ("find", "rfind"), ("index", "rindex"),
    ("ljust", "rjust"), ("removeprefix", "removesuffix"), ("partition", "rpartition"), ("isupper", "islower"),
    ("issubset", "issuperset"), ("union", "intersection"), ("ceil", "floor"),
)  # fmt: skip
_METHODS = {
    **{one: (other,) for one, other in _BOTH_WAYS},
    **{other: (one,) for one, other in _BOTH_WAYS},
    "strip": ("lstrip", "rstrip"), "appendleft": ("append",), "popleft": ("pop",), "extendleft": ("extend",),
    "deepcopy": ("copy",),
}  # fmt: skip
_FUNCTIONS = {
    "min": "max", "max": "min", "any": "all", "all": "any", "ceil": "floor", "floor": "ceil", "deepcopy": "copy",
}  # fmt: skip
_BOTH_ENDS = {"split": "rsplit", "rsplit": "split"}


def opposite(source: Source, node: ast.Call) -> Proposals:
    """Propose `s.upper()` → `s.lower()`, `min(a, b)` → `max(a, b)`; `split` → `rsplit` where it has a limit."""
    name = name_of(node)
    others: tuple[str, ...]
    if isinstance(node.func, ast.Name):
        others = (_FUNCTIONS[name],) if name in _FUNCTIONS and (node.args or node.keywords) else ()
    elif name in _BOTH_ENDS:
        limited = len(node.args) > 1 or any(keyword.arg == "maxsplit" for keyword in node.keywords)
        others = (_BOTH_ENDS[name],) if limited else ()
    else:
        others = _METHODS.get(name, ())
    end = source.span(node.func)[1]
    for other in others:
        yield Change(end - len(name), end, other)
