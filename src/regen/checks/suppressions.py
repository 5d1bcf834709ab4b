"""Comments that switch a checker off count only in lines that the project's own file has already."""

from __future__ import annotations

import io
import os
import re
import tokenize
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LINT = re.compile(r"#\s*(?:noqa\b|ruff\s*:|flake8\s*[:=]|isort\s*:)", re.IGNORECASE)
"""What ruff takes for a word to itself."""

TYPES = re.compile(
    r"#\s*(?:type:\s*ignore\b(?!\[(?:import|import-untyped|import-not-found)\])|mypy\s*:|pyright\s*:|pyrefly\s*:"
    r"|ty\s*:(?!\s*ignore\[unresolved-import\]))",
    re.IGNORECASE,
)
"""The same for type checkers, but for a package that has no types: there is nothing in the code to mend."""


def accepted_text(root: str, path: str) -> str:
    """Return the text of the project's file, which was accepted or written by a person; empty where there is none."""
    try:
        with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def without_suppressions(root: str, files: Mapping[str, str], form: re.Pattern[str]) -> dict[str, str]:
    """Return the files, line for line, without the comments of a form that the project does not have yet."""
    return {
        path: _without(text, accepted_text(root, path), form)
        if path.endswith((".py", ".pyi")) and form.search(text)
        else text
        for path, text in files.items()
    }


def _without(text: str, accepted: str, form: re.Pattern[str]) -> str:
    if text == accepted:
        return text
    kept = {line.strip() for line in accepted.splitlines()}
    lines = io.StringIO(text).readlines()
    try:
        tokens = list(tokenize.generate_tokens(iter(lines).__next__))
    except (tokenize.TokenError, SyntaxError):
        return text  # it does not parse either, which another check says
    for token in tokens:
        found = form.search(token.string) if token.type == tokenize.COMMENT else None
        row, column = token.start
        if found is None or (line := lines[row - 1]).strip() in kept:
            continue
        before = line[: column + found.start()].rstrip()
        lines[row - 1] = (before or f"{line[:column]}# -") + line[len(line.rstrip("\r\n")) :]
    return "".join(lines)
