"""What functions give back.

After PIT (Null, Empty, Primitive, True and False Returns: a default that fits the type) and mutmut 3
(`operator_lambda`).
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from regen.trust.mutants.changes import Proposals, replace
from regen.trust.mutants.families.arithmetic import is_text

if TYPE_CHECKING:
    from regen.trust.mutants.source import Source

_EMPTY = {
    "int": ("0",), "float": ("0.0",), "complex": ("0j",), "Decimal": ("0",), "str": ('""',), "bytes": ('b""',),
    "bool": ("True", "False"), "list": ("[]",), "List": ("[]",), "dict": ("{}",), "Dict": ("{}",), "Mapping": ("{}",),
    "set": ("set()",), "Set": ("set()",), "frozenset": ("frozenset()",), "tuple": ("()",), "Tuple": ("()",),
    "Sequence": ("()",), "Iterable": ("()",), "Iterator": ("iter(())",),
}  # fmt: skip


def returned(source: Source, node: ast.Return) -> Proposals:
    """Propose `return x` → `return None`, and the empty value of its type, told by annotation or the look of `x`."""
    if node.value is None or _is_none(node.value):
        return
    yield replace(source, node.value, "None")
    if not isinstance(node.value, ast.Constant):  # constants have an operator of their own
        for default in _of_type(getattr(source.function_of(node), "returns", None)) or _by_look(node.value):
            yield replace(source, node.value, default)


def yielded(source: Source, node: ast.Yield) -> Proposals:
    """Propose `yield x` → `yield None`."""
    if node.value is not None and not _is_none(node.value):
        yield replace(source, node.value, "None")


def computed(source: Source, node: ast.Lambda) -> Proposals:
    """Propose `lambda: x` → `lambda: None`."""
    if not _is_none(node.body):
        yield replace(source, node.body, "None")


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _of_type(annotation: ast.expr | None) -> tuple[str, ...]:
    if isinstance(annotation, ast.BinOp):
        return _of_type(annotation.left) or _of_type(annotation.right)
    if isinstance(annotation, ast.Subscript):
        return _of_type(annotation.value)
    if isinstance(annotation, ast.Attribute):
        return _EMPTY.get(annotation.attr, ())
    return _EMPTY.get(annotation.id, ()) if isinstance(annotation, ast.Name) else ()


def _by_look(value: ast.expr) -> tuple[str, ...]:
    if isinstance(value, ast.Compare) or (isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.Not)):
        return ("True", "False")
    if is_text(value):
        return ('""',)
    if isinstance(value, ast.ListComp) or (isinstance(value, ast.List) and value.elts):
        return ("[]",)
    if isinstance(value, ast.DictComp) or (isinstance(value, ast.Dict) and value.keys):
        return ("{}",)
    if isinstance(value, ast.Tuple) and value.elts:
        return ("()",)
    if isinstance(value, ast.BinOp):
        return ("0",)
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
        return _EMPTY.get(value.func.id, ())
    return ()
