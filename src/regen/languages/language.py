"""What every language module offers; `languages/python.py` documents each function."""

from __future__ import annotations

from typing import Protocol


class Language(Protocol):
    """Pure text in and out; a module or a `TreeLanguage`."""

    NAME: str

    def syntax_error(self, text: str) -> tuple[int, int, str] | None: ...

    def interface(self, text: str) -> str: ...

    def test_form(self, text: str, selected: tuple[str, ...] = ()) -> str: ...

    def test_functions(self, text: str) -> tuple[tuple[str, tuple[str, ...]], ...]: ...

    def imported_modules(self, text: str) -> frozenset[str]: ...

    def missing_declarations(self, declared: str, text: str) -> tuple[str, ...]: ...

    def declared_form(self, declared: str) -> str: ...

    def definition(self, text: str, symbol: str) -> tuple[int, int] | None: ...
