"""What regen must know of a programming language, pure text in and out; one file a language, `text` for all others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regen.languages import python, text

if TYPE_CHECKING:
    from types import ModuleType

_BY_SUFFIX: dict[str, ModuleType] = {".py": python, ".pyi": python}


def language_of(path: str) -> ModuleType:
    """Return the language module for a file by its suffix; `text` knows nothing and promises nothing."""
    dot = path.rfind(".")
    return _BY_SUFFIX.get(path[dot:], text) if dot >= 0 else text
