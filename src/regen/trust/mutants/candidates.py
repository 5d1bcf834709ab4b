"""Candidates of the ledger that were not accepted, or are no longer, as mutants.

They are what a model really wrote from this spec, so a suite that lets one of them pass lets the next one pass as well:
faults that models make are harder to notice than an operator's (Tip et al., "LLMorpheus", IEEE TSE 2025).
"""

from __future__ import annotations

import ast
import warnings
from typing import TYPE_CHECKING

from regen.python_syntax import parse_module
from regen.specs.spec import digest
from regen.trust.evidence import Mutant
from regen.trust.mutants.changes import Definition
from regen.trust.mutants.regions import form

if TYPE_CHECKING:
    from collections.abc import Mapping

_UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
_NAME_LENGTH = 12


def mutants_from_candidates(
    accepted: Mapping[str, str], candidates: Mapping[str, Mapping[str, str]]
) -> tuple[Mutant, ...]:
    """Return a mutant for each candidate that is another program than the accepted one, and than those before it.

    `accepted` maps paths to whole texts, `candidates` ids of generations to such maps; a path that a candidate lacks is
    as accepted. Programs are compared without layout, comments and docstrings. Candidates that do not parse are left
    out: no test is needed to reject them.
    """
    seen = {tuple(_form(path, text) for path, text in sorted(accepted.items()))}
    found = []
    for generation, files in candidates.items():
        merged = {path: files.get(path, text) for path, text in accepted.items()}
        program = tuple(_form(path, text) for path, text in sorted(merged.items()))
        if None in program or program in seen:
            continue
        seen.add(program)
        changed = [path for path, text in accepted.items() if _form(path, merged[path]) != _form(path, text)]
        others = {path: merged[path] for path in changed[1:]}
        found.append(_mutant(generation, changed[0], accepted[changed[0]], merged[changed[0]], others))
    return tuple(found)


def _mutant(generation: str, path: str, text: str, candidate: str, others: dict[str, str]) -> Mutant:
    old, new = text.splitlines(keepends=True), candidate.splitlines(keepends=True)
    shorter = min(len(old), len(new))
    start = next((n for n in range(shorter) if old[n] != new[n]), shorter)
    same = next((n for n in range(shorter - start) if old[-1 - n] != new[-1 - n]), shorter - start)
    line = min(start + 1, len(old) or 1)  # what is added at the end stands on the last one
    return Mutant(
        id=f"{path}:candidate:{generation[:_NAME_LENGTH]}",
        path=path,
        line=line,
        end_line=max(len(old) - same, line),
        operator="candidate",
        before="".join(old[start : len(old) - same]),
        after="".join(new[start : len(new) - same]),
        text=candidate,
        origin=generation,
        others=others,
    )


def _form(path: str, text: str) -> object | None:
    """Return what of a file makes the program; None where it does not parse."""
    if not path.endswith(".py"):
        return digest(text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = parse_module(text)
            for node in ast.walk(tree):
                if isinstance(node, Definition | ast.Module) and ast.get_docstring(node, clean=False) is not None:
                    node.body = node.body[1:] or [ast.Pass()]
            return form(tree)
        except _UNREADABLE:
            return None
