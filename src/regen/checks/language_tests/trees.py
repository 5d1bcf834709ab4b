"""The syntax trees of a suite's texts, for what must be known of them beyond tests and interfaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from regen.languages import language_of

if TYPE_CHECKING:
    from tree_sitter import Node

    from regen.languages.trees import Test, TreeLanguage


def root_of(path: str, text: str) -> Node:
    """Return the tree of a file in a language that tree-sitter parses."""
    return cast("TreeLanguage", language_of(path))._root(text)  # noqa: SLF001 - the one place outside of languages/


def tests_of(path: str, text: str) -> list[Test]:
    """Return the tests of a file with their nodes."""
    return cast("TreeLanguage", language_of(path))._tests(root_of(path, text))  # noqa: SLF001 - as above
