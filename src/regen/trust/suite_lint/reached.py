"""A test with all that it runs or reads, and what it replaces: what the rules on steadiness look at."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from regen.trust.suite_lint.mocks import patches
from regen.trust.suite_lint.names import resolved_name
from regen.trust.suite_lint.reading import SuiteFile, TestCase, reach, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regen.trust.suite_lint.about import About

Found = tuple[int, str]
"""A line, and words that follow a test's name: why its outcome hangs on something beside the code."""


class Reached(NamedTuple):
    """One test; `trees` holds it, its helpers, and the fixtures that it gets unasked; `replaced` is what it patches."""

    file: SuiteFile
    case: TestCase
    trees: tuple[ast.AST, ...]
    replaced: str
    about: About

    def nodes(self) -> Iterator[ast.AST]:
        return walk(self.trees)

    def calls(self) -> Iterator[tuple[ast.Call, str]]:
        """Yield each call with the dotted name of what is called, imports resolved."""
        for node in self.nodes():
            if isinstance(node, ast.Call):
                yield node, resolved_name(node.func, self.file)

    @property
    def source(self) -> str:
        return " ".join(ast.unparse(tree) for tree in self.trees)

    @property
    def unasked(self) -> tuple[ast.AST, ...]:
        return _unasked(self.file)


def reached_by(file: SuiteFile, case: TestCase, about: About) -> Reached:
    """Return what a test reaches within its file."""
    trees = (*reach(file, case), *_unasked(file))
    return Reached(file, case, trees, " ".join(patch.dotted for patch in patches(file, trees)), about)


def _unasked(file: SuiteFile) -> tuple[ast.AST, ...]:
    return tuple(
        node
        for node in file.functions.values()
        if any("autouse=True" in ast.unparse(decorator) for decorator in node.decorator_list)
    )
