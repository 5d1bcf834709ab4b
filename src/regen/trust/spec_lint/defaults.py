"""Defaults that a sentence gives in another value than the signature."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from regen.python_syntax import parse_module
from regen.trust.evidence import Finding
from regen.trust.sections import statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regen.specs.spec import Spec

_NUMBER = re.compile(r"(?<![\w.-])-?\d[\d_]*(?:,\d{3})*(?:\.\d+)?(?![\w-]*[.:]?\d)")
_SCALES = {60.0, 3600.0, 86400.0, 24.0, 7.0, 1000.0, 1024.0, 1e6, 1048576.0, 100.0}


def contradicted_defaults(spec: Spec) -> Iterator[Finding]:
    """Yield a finding for each requirement that says another default of a parameter than the signature."""
    declared = dict(_numbers_by_default(spec.interface))
    for statement in statements(spec):
        for sentence in re.split(r"(?<=[.;!?])\s+", statement.text):
            for name, default in declared.items():
                told = _told(sentence, name)
                if told is not None and told != default and not _in_other_units(told, default):
                    yield Finding(
                        kind="contradiction",
                        path=spec.path,
                        line=statement.line,
                        requirement=statement.id,
                        message=f"{statement.name} says that `{name}` is {told:g} by default, "
                        f"the signature says {default:g}",
                        advice=f"Decide on the default of `{name}`, and say it alike in both places.",
                        source=statement.text,
                    )


def _numbers_by_default(interface: str) -> Iterator[tuple[str, float]]:
    """Yield each parameter and field with a number as its default; those declared twice with different ones not."""
    try:
        tree = parse_module(interface)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    found: dict[str, set[float]] = {}
    for node in ast.walk(tree):
        pairs: list[tuple[str, ast.expr | None]] = []
        if isinstance(node, ast.arguments):
            named = [*node.posonlyargs, *node.args]
            pairs += [(a.arg, d) for a, d in zip(reversed(named), reversed(node.defaults), strict=False)]
            pairs += [(a.arg, d) for a, d in zip(node.kwonlyargs, node.kw_defaults, strict=True)]
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            pairs.append((node.target.id, node.value))
        for name, default in pairs:
            if not isinstance(default, ast.Constant) or isinstance(default.value, bool):
                continue
            if isinstance(default.value, int | float):
                found.setdefault(name, set()).add(float(default.value))
    yield from ((name, values.pop()) for name, values in found.items() if len(values) == 1)


def _told(sentence: str, name: str) -> float | None:
    """Return the only number of a sentence that says what a parameter is by default."""
    word = rf"`?{re.escape(name).replace('_', '[ _]')}`?(?![\w-])"
    says = (
        rf"\b[Ww]ithout (?:an? |the |its |any )?(?:given )?{word}"
        rf"|{word}[^.;]{{0,30}}\bdefaults? (?:to|is|of|:)|{word}[^.;]{{0,40}}\bby default"
        rf"|\bdefault (?:value (?:of|for) )?{word}[^.;]{{0,20}}\b(?:is|of|:)|\b[Bb]y default[^.;]{{0,20}}{word}"
    )
    if not re.search(says, sentence):
        return None
    numbers = {float(number.replace("_", "").replace(",", "")) for number in _NUMBER.findall(sentence)}
    return numbers.pop() if len(numbers) == 1 else None


def _in_other_units(told: float, default: float) -> bool:
    return bool(told and default) and (default / told in _SCALES or told / default in _SCALES)
