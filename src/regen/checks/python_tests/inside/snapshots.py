"""What verdicts stand on, as it was before the candidate came: functions and classes, and the tests themselves."""

from __future__ import annotations

import ctypes
import gc
import sys
import types
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_OWN_PACKAGE = "_regen_inside"
_FUNCTIONS_ONLY = frozenset({"builtins", "time", "math"})
_WATCHED_MODULES = _FUNCTIONS_ONLY | frozenset(
    {
        *("pytest", "unittest", "pluggy"),
        *(f"unittest.{name}" for name in ("case", "suite", "result", "loader")),
        *(f"pluggy.{name}" for name in ("_hooks", "_manager", "_callers", "_caller", "_execution", "_result")),
        *(f"_pytest.{name}" for name in ("runner", "python", "outcomes", "raises", "reports", "python_api", "approx")),
        *(f"_pytest.{name}" for name in ("nodes", "main", "skipping", "unittest", "fixtures", "capture", "recwarn")),
        *(f"_pytest.{name}" for name in ("_code.code", "logging", "monkeypatch", "tmpdir", "mark.structures")),
    }
)
# No properties: pytest's own plugins set some anew for each suite.
_BEHAVIOUR = (types.FunctionType, classmethod, staticmethod, type, types.BuiltinFunctionType)


class Snapshots:
    """The watched namespaces, and where the interpreter counts the changes of each."""

    def __init__(self) -> None:
        self._watched = list(_namespaces())
        # Beside each other: to look at each of the watched would copy its page of memory in a forked process.
        self._counters = [watched[4] for watched in self._watched]
        self._counts = [watched[5] for watched in self._watched]

    def replaced(self) -> Iterator[str]:
        """Name what is another now."""
        for number, changes in enumerate(self._counters):
            if changes is not None and changes.value == self._counts[number]:
                continue
            name, namespace, before, identities, _, _ = self._watched[number]
            if list(map(id, namespace.values())) == identities:
                continue  # forty times quicker than looking at each
            for key, value in before.items():
                if namespace.get(key) is not value:
                    yield f"{name}.{key}"


class TestFiles:
    """The modules that test files have become, with the tests that each held when it was imported."""

    def __init__(self) -> None:
        self._held: dict[int, tuple[dict[str, Any], dict[str, object]]] = {}
        self._classes: list[tuple[type, dict[str, object]]] = []

    def note(self, namespace: dict[str, Any]) -> None:
        """Keep what a test file holds, now that it was imported."""
        name = namespace.get("__name__")
        held: dict[str, object] = {}
        for key, value in list(namespace.items()):
            if type(value) is types.FunctionType:
                if value.__globals__ is namespace:
                    held[key] = value
            elif isinstance(value, type):
                if value.__module__ == name:
                    held[key] = value
                    self._classes.append((value, _behaviour_of(value)))
            elif type(value) is types.ModuleType and value.__name__ in _WATCHED_MODULES:
                held[key] = value
        self._held[id(namespace)] = namespace, held

    def knows(self, module: types.ModuleType) -> bool:
        """Say whether a module was made by running a test file."""
        return id(vars(module)) in self._held

    def replaced(self) -> Iterator[str]:
        """Name what is another now."""
        for namespace, held in self._held.values():
            yield from (f"the tests' {key}" for key, value in held.items() if namespace.get(key) is not value)
        for owner, members in self._classes:
            now = type.__dict__["__dict__"].__get__(owner)
            yield from (f"{owner.__name__}.{key}" for key, value in members.items() if now.get(key) is not value)


def _namespaces() -> Any:
    for name, module in list(sys.modules.items()):
        is_own = name.partition(".")[0] == _OWN_PACKAGE
        if module is None or not (is_own or name in _WATCHED_MODULES):
            continue
        namespace = vars(module)
        functions = {key: value for key, value in namespace.items() if callable(value)}
        yield name, namespace, functions, list(map(id, namespace.values())), *_changes_of(namespace)
        if name in _FUNCTIONS_ONLY:
            continue
        for key, owner in list(namespace.items()):
            if isinstance(owner, type) and owner.__module__ == name:
                inner = gc.get_referents(vars(owner))[0]
                identities = list(map(id, inner.values()))
                yield f"{name}.{key}", vars(owner), _behaviour_of(owner), identities, *_changes_of(inner)


def _behaviour_of(owner: type) -> dict[str, object]:
    return {key: value for key, value in vars(owner).items() if isinstance(value, _BEHAVIOUR)}


def _changes_of(namespace: Any) -> tuple[Any, int]:
    """Return where the interpreter counts a dict's changes (until Python 3.13), and the count now; else None."""
    if sys.implementation.name != "cpython" or type(namespace) is not dict:
        return None, 0
    probe: dict[str, int] = {}
    count = _count_in(probe)
    seen = [count.value]
    for change in (lambda: probe.update(a=1), lambda: probe.update(a=2), lambda: probe.pop("a")):
        change()
        seen.append(count.value)
    if len(set(seen)) < len(seen):
        return None, 0
    found = _count_in(namespace)
    return found, found.value


def _count_in(namespace: dict[Any, Any]) -> Any:
    place = id(namespace) + object.__basicsize__ + ctypes.sizeof(ctypes.c_ssize_t)
    return ctypes.c_uint64.from_address(place)
