"""A tiny evaluator of Python expressions over literals: no names but those given, no calls but a few pure ones."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_SMALL = 10_000
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}
_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_TYPES: dict[str, type] = {
    "int": int,
    "str": str,
    "float": float,
    "bool": bool,
    "list": list,
    "dict": dict,
    "tuple": tuple,
    "set": set,
    "bytes": bytes,
}
_CALLS: dict[str, Callable[..., Any]] = {
    "len": len,
    "abs": abs,
    "min": min,
    "max": max,
    "sum": sum,
    "sorted": sorted,
    "set": set,
    "list": list,
    "tuple": tuple,
    "any": any,
    "all": all,
}
_METHODS = {
    "strip",
    "lower",
    "upper",
    "isdigit",
    "isalpha",
    "isalnum",
    "isascii",
    "isupper",
    "islower",
    "isspace",
    "startswith",
    "endswith",
    "count",
    "isidentifier",
}


class NotLiteral(Exception):  # noqa: N818
    """The expression holds something whose value can't be told from literals."""


def evaluate(node: ast.AST, names: Mapping[str, Any]) -> Any:
    """Return the value of an expression where `names` are known; raise NotLiteral where it can't be told."""
    try:
        return _value(node, names)
    except NotLiteral:
        raise
    except Exception as error:  # what a wrong type or index raises
        raise NotLiteral(str(error)) from error


def _value(node: ast.AST, names: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name) and node.id in names:
        return names[node.id]
    if isinstance(node, ast.List):
        return [_value(element, names) for element in node.elts]
    if isinstance(node, ast.Tuple):
        return tuple(_value(element, names) for element in node.elts)
    if isinstance(node, ast.Set):
        return {_value(element, names) for element in node.elts}
    if isinstance(node, ast.Dict):
        return {
            _value(k, names): _value(v, names) for k, v in zip(node.keys, node.values, strict=True) if k is not None
        }
    if isinstance(node, ast.UnaryOp):
        inner = _value(node.operand, names)
        return not inner if isinstance(node.op, ast.Not) else -inner if isinstance(node.op, ast.USub) else inner
    if isinstance(node, ast.BoolOp):
        wanted = isinstance(node.op, ast.Or)
        result: Any = None
        for value in node.values:
            result = _value(value, names)
            if bool(result) is wanted:
                break
        return result
    if isinstance(node, ast.BinOp):
        return _binary(node, names)
    if isinstance(node, ast.Compare):
        left = _value(node.left, names)
        for sign, right_node in zip(node.ops, node.comparators, strict=True):
            right = _value(right_node, names)
            if not _COMPARE[type(sign)](left, right):
                return False
            left = right
        return True
    if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Slice):
        return _value(node.value, names)[_value(node.slice, names)]
    if isinstance(node, ast.GeneratorExp | ast.ListComp | ast.SetComp):
        return _comprehension(node, names)
    if isinstance(node, ast.Call) and not node.keywords:
        return _call(node, names)
    raise NotLiteral(type(node).__name__)


def _binary(node: ast.BinOp, names: Mapping[str, Any]) -> Any:
    left, right = _value(node.left, names), _value(node.right, names)
    if isinstance(node.op, ast.Mult):
        for thing, count in ((left, right), (right, left)):
            if isinstance(thing, str | bytes | list | tuple) and isinstance(count, int):  # noqa: SIM102
                if len(thing) * count > _SMALL * 100:
                    raise NotLiteral("too large")
    if type(node.op) not in _BINARY or (isinstance(left, str) and isinstance(node.op, ast.Mod)):
        raise NotLiteral(type(node.op).__name__)
    return _BINARY[type(node.op)](left, right)


def _comprehension(node: ast.GeneratorExp | ast.ListComp | ast.SetComp, names: Mapping[str, Any]) -> list[Any]:
    loop = node.generators[0]
    if len(node.generators) != 1 or not isinstance(loop.target, ast.Name):
        raise NotLiteral("nested")
    found = []
    for count, item in enumerate(_value(loop.iter, names)):
        if count > _SMALL:
            raise NotLiteral("too long")
        inner = {**names, loop.target.id: item}
        if all(_value(condition, inner) for condition in loop.ifs):
            found.append(_value(node.elt, inner))
    return found


def _call(node: ast.Call, names: Mapping[str, Any]) -> Any:
    if isinstance(node.func, ast.Name) and node.func.id == "isinstance" and len(node.args) == 2:  # noqa: PLR2004
        kinds = node.args[1]
        listed = kinds.elts if isinstance(kinds, ast.Tuple) else _union(kinds)
        types = [_TYPES[kind.id] for kind in listed if isinstance(kind, ast.Name) and kind.id in _TYPES]
        if len(types) != len(listed):
            raise NotLiteral("isinstance")
        return isinstance(_value(node.args[0], names), tuple(types))
    arguments = [_value(argument, names) for argument in node.args]
    if isinstance(node.func, ast.Name) and node.func.id in _CALLS:
        return _CALLS[node.func.id](*arguments)
    if isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS:
        owner = _value(node.func.value, names)
        if isinstance(owner, str):
            return getattr(owner, node.func.attr)(*arguments)
    raise NotLiteral("call")


def _union(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return [*_union(node.left), *_union(node.right)]
    return [node]
