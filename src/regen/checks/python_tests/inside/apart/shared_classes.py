"""Classes that both processes have: those of the project's modules that are neither the candidate nor tests.

Their objects are kept alike on both sides, attribute by attribute, as lists and dicts are.
"""

from __future__ import annotations

import enum
import functools
import importlib
import importlib.util
import os
import sys
from typing import Any


class SharedClasses:
    """The project below `root`, but for the files in `own`, which one side alone has."""

    def __init__(self, root: str, own: frozenset[str]) -> None:
        self._root = root + os.sep
        self._own = own

    @functools.cache  # noqa: B019 - one object a process
    def name_of(self, kind: type) -> str:
        """Return a class's name for the other side, empty where that has not the same class."""
        module = sys.modules.get(kind.__module__)
        if module is None or not self._is_shared(getattr(module, "__file__", None) or ""):
            return ""
        name = f"{kind.__module__}:{kind.__qualname__}"
        try:
            return name if self._found(name) is kind else ""
        except AttributeError:
            return ""

    def find(self, name: str) -> type:
        """Return the class of that name; raise TypeError where there is none that is shared."""
        module = name.partition(":")[0]
        spec = importlib.util.find_spec(module)
        if spec is None or not self._is_shared(spec.origin or ""):
            raise TypeError(name)
        importlib.import_module(module)
        found = self._found(name)
        if not isinstance(found, type):
            raise TypeError(name)
        return found

    def is_kept_alike(self, kind: type) -> bool:
        """Say whether a shared class's objects are made of their attributes alone."""
        only_python = not any(one.__module__ == "builtins" and one is not object for one in kind.__mro__)
        return only_python and not issubclass(kind, enum.Enum)

    def _found(self, name: str) -> Any:
        module, _, inner = name.partition(":")
        return functools.reduce(getattr, inner.split("."), sys.modules[module])

    def _is_shared(self, file: str) -> bool:
        return file.startswith(self._root) and file not in self._own and "site-packages" not in file


def state_of(value: Any) -> dict[str, Any]:
    """Return an object's attributes."""
    state = dict(getattr(value, "__dict__", {}))
    for kind in type(value).__mro__:
        slots = vars(kind).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            own = f"_{kind.__name__.lstrip('_')}{name}" if name.startswith("__") and not name.endswith("__") else name
            if own not in ("__dict__", "__weakref__") and hasattr(value, own):
                state[own] = getattr(value, own)
    return state


def set_state(value: Any, state: dict[str, Any]) -> None:
    """Have an object hold these attributes, past what its class makes of that."""
    for name in getattr(value, "__dict__", {}).keys() - state.keys():
        object.__delattr__(value, name)
    for name, part in state.items():
        object.__setattr__(value, name, part)
