"""A mutant as a unified diff."""

from __future__ import annotations

from difflib import unified_diff
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regen.trust.evidence import Mutant

CONTEXT_LINES = 2


def diff_of(mutant: Mutant, text: str) -> str:
    """Return the unified diff from the accepted `text` to a mutant, with two lines around each change."""
    lines = unified_diff(
        text.split("\n"), mutant.text.split("\n"), mutant.path, mutant.path, n=CONTEXT_LINES, lineterm=""
    )
    return "\n".join(lines)
