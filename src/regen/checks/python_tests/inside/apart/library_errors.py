"""Exceptions of Python's own library, which both processes have: told by name."""

from __future__ import annotations

import importlib
import sys
from typing import Any

_PLAYFUL = ("antigravity", "this", "idlelib", "turtledemo", "test", "lib2to3")


def is_error_of_library(kind: type) -> bool:
    """Say whether this is an exception class of the standard library, and really the one of its name."""
    if not issubclass(kind, BaseException) or not _is_library(kind.__module__):
        return False
    module = sys.modules.get(kind.__module__)
    return getattr(module, kind.__qualname__, None) is kind


def name_of(kind: type) -> list[str]:
    """Return the module and the name of a class."""
    return [kind.__module__, kind.__qualname__]


def error_of_library(name: list[str]) -> type[BaseException]:
    """Return the exception class of that name; raise TypeError where the library has none."""
    module, inner = name
    found = getattr(importlib.import_module(module), inner, None) if _is_library(module) else None
    if not (isinstance(found, type) and issubclass(found, BaseException)):
        raise TypeError(inner)
    return found


def make_error(kind: type[BaseException], arguments: tuple[Any, ...]) -> BaseException:
    """Return an exception with these arguments, without running what its class adds, where that needs other ones."""
    try:
        if kind.__module__ == "builtins":
            return kind(*arguments)
    except TypeError:
        pass
    return kind.__new__(kind, *arguments)


def _is_library(module: str) -> bool:
    top = module.partition(".")[0]
    return top in sys.stdlib_module_names and top not in _PLAYFUL
