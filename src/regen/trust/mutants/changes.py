"""What an operator proposes: text to put between two offsets of a file."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from regen.trust.mutants.source import Source

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Change(NamedTuple):
    """Put `after` between `start` and `end`, offsets in characters of the whole text."""

    start: int
    end: int
    after: str


Proposals = Iterator[Change]


class Operator(NamedTuple):
    """A kind of change: for each node of these types, what it proposes."""

    name: str
    nodes: tuple[type[ast.AST], ...]
    propose: Callable[[Source, Any], Proposals]


def replace(source: Source, node: ast.AST, after: str) -> Change:
    """Return the change that puts `after` in the place of a node."""
    return Change(*source.span(node), after)
