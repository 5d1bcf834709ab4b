"""What can be done with an object by syntax or built-in functions, by the name of the method that does it."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_BINARY = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor", "lshift", "rshift")


def _reflected(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda owner, other: function(other, owner)


def _method(name: str) -> Callable[..., Any]:
    return lambda owner, *arguments: getattr(type(owner), name)(owner, *arguments)


FORWARDED: dict[str, Callable[..., Any]] = {
    "__call__": _method("__call__"),
    "__eq__": operator.eq,
    "__ne__": operator.ne,
    "__lt__": operator.lt,
    "__le__": operator.le,
    "__gt__": operator.gt,
    "__ge__": operator.ge,
    "__bool__": bool,
    "__len__": len,
    "__iter__": iter,
    "__next__": next,
    "__reversed__": reversed,
    "__contains__": operator.contains,
    "__getitem__": operator.getitem,
    "__setitem__": operator.setitem,
    "__delitem__": operator.delitem,
    "__hash__": hash,
    "__str__": str,
    "__repr__": repr,
    "__format__": format,
    "__int__": int,
    "__float__": float,
    "__index__": operator.index,
    "__complex__": complex,
    "__bytes__": bytes,
    "__abs__": abs,
    "__neg__": operator.neg,
    "__pos__": operator.pos,
    "__invert__": operator.invert,
    "__round__": round,
    "__divmod__": divmod,
    "__enter__": _method("__enter__"),
    "__exit__": lambda owner, error: type(owner).__exit__(owner, type(error) if error else None, error, None),
    **{f"__{name}__": getattr(operator, f"{name}_" if name in ("and", "or") else name) for name in _BINARY},
    **{
        f"__r{name}__": _reflected(getattr(operator, f"{name}_" if name in ("and", "or") else name)) for name in _BINARY
    },
    **{f"__i{name}__": getattr(operator, f"i{name}") for name in _BINARY},
}
