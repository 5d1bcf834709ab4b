"""Values as text: what two programs answer alike has the same text, whatever their own classes are."""

from __future__ import annotations

import asyncio
import datetime
import decimal
import enum
import fractions
import hashlib
import inspect
import pathlib
import re
import types
import uuid
from typing import Any

_DEEPEST = 60
_LARGEST = 20_000
_LONGEST = 4_000
_DRAINED = 1_000
_LARGEST_INT = 10**4_000
_OWN_REPR = (
    decimal.Decimal, fractions.Fraction, uuid.UUID, pathlib.PurePath, range, slice, complex,
    datetime.date, datetime.time, datetime.timedelta, datetime.tzinfo, bytes, bytearray,
)  # fmt: skip
_OPAQUE = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.ModuleType)


def text_of(value: Any) -> str:
    """Return the text of a value: Python source where there is some, `Name(field=…)` for other objects.

    Sets and dictionaries are sorted, iterators drained up to a limit, long texts cut with a digest of the whole.
    """
    text = _Writer().write(value, 0)
    if len(text) <= _LONGEST:
        return text
    mark = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{text[: _LONGEST // 2]}… {len(text)} characters, sha256 {mark}"


class _Writer:
    """Writes one value; counts what it has written, so that the largest value takes no longer than a large one."""

    def __init__(self) -> None:
        self._left = _LARGEST
        self._open: set[int] = set()

    def write(self, value: Any, depth: int) -> str:
        self._left -= 1
        if self._left < 0 or depth > _DEEPEST:
            return "…"
        if isinstance(value, enum.Enum):
            return f"{type(value).__name__}.{value._name_}"
        kind = type(value)
        if value is None or kind is bool:
            return repr(value)
        if isinstance(value, int):
            small = -_LARGEST_INT < value < _LARGEST_INT
            return int.__repr__(value) if small else hex(value)
        if isinstance(value, float):
            return float.__repr__(value)
        if isinstance(value, str):
            return str.__repr__(value)
        if isinstance(value, _OWN_REPR):
            return repr(value)
        if id(value) in self._open:
            return "<cycle>"
        self._open.add(id(value))
        try:
            return self._compound(value, depth + 1)
        finally:
            self._open.discard(id(value))

    def _compound(self, value: Any, depth: int) -> str:
        if isinstance(value, list):
            return f"[{self._all(list.__iter__(value), depth)}]"
        if isinstance(value, tuple):
            return self._tuple(value, depth)
        if isinstance(value, dict):
            pairs = sorted(f"{self.write(k, depth)}: {self.write(v, depth)}" for k, v in dict.items(value))
            return f"{{{', '.join(pairs)}}}"
        if isinstance(value, set | frozenset):
            inner = ", ".join(sorted(self.write(each, depth) for each in value))
            shown = f"{{{inner}}}" if inner else "set()"
            return f"frozenset({shown if inner else ''})" if isinstance(value, frozenset) else shown
        if isinstance(value, type):
            return f"<class {value.__name__}>"
        if isinstance(value, BaseException):
            return f"{type(value).__name__}({self._all(value.args, depth)})"
        if isinstance(value, _OPAQUE):
            return f"<{type(value).__name__}>"
        if inspect.iscoroutine(value):
            return self.write(asyncio.run(value), depth)
        if hasattr(value, "__next__"):
            return f"iterator [{self._drained(value, depth)}]"
        if isinstance(value, {}.keys().__class__ | {}.values().__class__ | {}.items().__class__):
            return f"{type(value).__name__}([{self._all(value, depth)}])"
        return self._object(value, depth)

    def _all(self, items: Any, depth: int) -> str:
        texts = []
        for each in items:
            if self._left < 0:
                texts.append("…")
                break
            texts.append(self.write(each, depth))
        return ", ".join(texts)

    def _tuple(self, value: Any, depth: int) -> str:
        fields = getattr(type(value), "_fields", None)
        if isinstance(fields, tuple) and len(fields) == len(value):
            inner = (f"{name}={self.write(each, depth)}" for name, each in zip(fields, value, strict=True))
            return f"{type(value).__name__}({', '.join(inner)})"
        return f"({self._all(tuple.__iter__(value), depth)}{',' if len(value) == 1 else ''})"

    def _drained(self, iterator: Any, depth: int) -> str:
        texts: list[str] = []
        for each in iterator:
            if len(texts) >= _DRAINED or self._left < 0:
                texts.append("…")
                break
            texts.append(self.write(each, depth))
        return ", ".join(texts)

    def _object(self, value: Any, depth: int) -> str:
        kind = type(value)
        names = set(getattr(value, "__dict__", ()))
        for base in kind.__mro__:
            slots = base.__dict__.get("__slots__", ())
            names.update([slots] if isinstance(slots, str) else slots)
        names.update(getattr(kind, "__dataclass_fields__", ()))
        names.update(getattr(kind, "__struct_fields__", ()))
        shown = []
        for name in sorted(name for name in names if not name.startswith("_")):
            try:
                inner = getattr(value, name)
            except AttributeError:
                continue
            shown.append(f"{name}={self.write(inner, depth)}")
        if not shown and isinstance(value, re.Match | re.Pattern):
            return repr(value)
        return f"{kind.__name__}({', '.join(shown)})"
