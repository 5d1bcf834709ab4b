"""The entries of `schemas` in [checks]: `FILE[#POINTER] [-> CALL]`, and which files a schema file leans on."""

from __future__ import annotations

import ast
import posixpath
import re
from typing import TYPE_CHECKING

import msgspec

from regen.python_syntax import parse_expression

if TYPE_CHECKING:
    from collections.abc import Callable

_REFERENCE = re.compile(r"""["']?\$ref["']?\s*:\s*["']?(?P<path>[^"'#\s,}]+)""")


class SchemaRule(msgspec.Struct, frozen=True, kw_only=True):
    """A schema file, a place in it (`#/…` or empty), and a call whose result must fit; empty: only the file counts."""

    path: str
    pointer: str = ""
    call: str = ""

    @property
    def place(self) -> str:
        return self.path + self.pointer

    @property
    def uses_example(self) -> bool:
        """Say whether the call is made once for each example of the schema."""
        names = {node.id for node in ast.walk(parse_expression(self.call)) if isinstance(node, ast.Name)}
        return "example" in names


def parse_rule(text: str) -> SchemaRule | str:
    """Return the rule, or what is wrong with it."""
    place, arrow, call = (part.strip() for part in text.partition("->"))
    path, mark, pointer = place.partition("#")
    if not path.endswith((".json", ".yaml", ".yml")):
        return f"`{text}` names no .json or .yaml file; the form is FILE[#POINTER] [-> CALL]"
    if pointer and not pointer.startswith("/"):
        return f"`#{pointer}` in `{text}` is no JSON pointer: it must start with `#/`"
    if arrow:
        try:
            parse_expression(call)
        except (SyntaxError, ValueError):
            return f"`{call}` in `{text}` is no Python expression"
    return SchemaRule(path=path.removeprefix("./"), pointer=mark + pointer if pointer else "", call=call)


def files_of(path: str, read: Callable[[str], str | None]) -> tuple[str, ...]:
    """Return a schema file and the project's files that it refers to, and those refer to."""
    found: dict[str, None] = {}
    pending = [path]
    while pending:
        current = pending.pop()
        text = read(current)
        if text is None or current in found:
            continue
        found[current] = None
        folder = posixpath.dirname(current)
        pending += [
            posixpath.normpath(posixpath.join(folder, reference["path"]))
            for reference in _REFERENCE.finditer(text)
            if "://" not in reference["path"]
        ]
    return tuple(sorted(found))
