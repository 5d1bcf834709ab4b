"""Loops that never run, end early or don't.

After cosmic-ray (`zero_iteration_for_loop`, `break_continue`) and mutmut 3 (`operator_keywords`). A `while` is never
forced to be true: a mutant that only runs out of time tells little and costs most.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from regen.trust.mutants.changes import Proposals, replace
from regen.trust.mutants.families.statements import ends_with

if TYPE_CHECKING:
    from regen.trust.mutants.source import Source


def never(source: Source, node: ast.For | ast.While) -> Proposals:
    """Propose `for x in y` → `for x in ()`, `while c` → `while False`."""
    if isinstance(node, ast.While):
        yield replace(source, node.test, "False")
    else:
        yield replace(source, node.iter, "()")


def jump(source: Source, node: ast.Break | ast.Continue) -> Proposals:
    """Propose `break` ↔ `continue`, and either left out, but no `continue` that ends the loop's body anyway."""
    yield replace(source, node, "continue" if isinstance(node, ast.Break) else "break")
    if isinstance(node, ast.Break) or not ends_with(source, node, ast.For | ast.AsyncFor | ast.While, deep=True):
        yield replace(source, node, "pass")
