"""Any language that regen knows nothing of: the whole file is its interface, and every byte of a test counts.

The functions are those of `languages/python.py`, which documents them.
"""

from __future__ import annotations

NAME = "text"


def syntax_error(text: str) -> tuple[int, int, str] | None:
    return (1, 1, "the file holds a NUL byte") if "\0" in text else None


def interface(text: str) -> str:
    return text


def test_form(text: str, selected: tuple[str, ...] = ()) -> str:
    return "\n".join(line.rstrip() for line in text.strip().split("\n"))


def test_functions(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return ()


def imported_modules(text: str) -> frozenset[str]:
    return frozenset()


def missing_declarations(declared: str, text: str) -> tuple[str, ...]:
    return ()


def declared_form(declared: str) -> str:
    return declared.strip()


def definition(text: str, symbol: str) -> tuple[int, int] | None:
    return None
