"""What regen must know of a programming language, pure text in and out; one file a language, `text` for all others."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, cast

from regen.languages import python, text

if TYPE_CHECKING:
    from regen.languages.language import Language

_BY_SUFFIX: dict[str, Language] = {".py": python, ".pyi": python}

_LATER: dict[str, tuple[str, str]] = {
    ".js": ("javascript", "JAVASCRIPT"), ".mjs": ("javascript", "JAVASCRIPT"), ".cjs": ("javascript", "JAVASCRIPT"),
    ".jsx": ("javascript", "JAVASCRIPT"), ".ts": ("javascript", "TYPESCRIPT"), ".mts": ("javascript", "TYPESCRIPT"),
    ".cts": ("javascript", "TYPESCRIPT"), ".tsx": ("javascript", "TSX"),
    ".go": ("go", "GO"), ".rs": ("rust", "RUST"), ".java": ("java", "JAVA"),
}  # fmt: skip
"""Module and name in it by suffix: imported when the first file of the language is met."""


def language_of(path: str) -> Language:
    """Return the language of a file by its suffix; `text` knows nothing and promises nothing."""
    dot = path.rfind(".")
    suffix = path[dot:] if dot >= 0 else ""
    if suffix not in _BY_SUFFIX and suffix in _LATER:
        module, name = _LATER[suffix]
        _BY_SUFFIX[suffix] = cast("Language", getattr(importlib.import_module(f"regen.languages.{module}"), name))
    return _BY_SUFFIX.get(suffix, text)
