"""Requirements that state a boundary which the values in their tests never touch."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from regen.trust.evidence import Finding
from regen.trust.suite_lint.boundaries import Boundary, boundaries
from regen.trust.suite_lint.values import Values, values_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regen.trust.sections import Statement
    from regen.trust.suite_lint.reading import SuiteFile, TestCase

# By which a test may write a number in another unit than the requirement, where the requirement speaks of such.
_SCALES = (
    (re.compile(r"euros?|cents?|dollars?|percent|%|amount|price|€|\$|pounds?", re.IGNORECASE), (100.0, 0.01)),
    (re.compile(r"seconds?|minutes?|hours?|days?|weeks?|time", re.IGNORECASE), (60.0, 1000.0, 3600.0, 86400.0)),
    (
        re.compile(r"[kmg]i?b\b|bytes?|thousand|million|milli|kilo", re.IGNORECASE),
        (1000.0, 1024.0, 1e6, 1048576.0, 1e9),
    ),
)
# A part of a text with nothing in it: `a=`, `a,,b`, `""`.
_EMPTY_PART = re.compile(r"[=,;|][ \t]*(?:$|[,;|&\n])|[=:][ ]|\"\"|''|//|\(\)|\[\]|\{\}")
# A shorter text or list stands in most tests, whatever they are about.
_TELLING_LENGTH = 4


def no_edge_cases(
    judged: Sequence[tuple[Statement, Sequence[tuple[SuiteFile, TestCase]]]],
    path: str,
    numeric: frozenset[str],
    said: str = "",
) -> tuple[Finding, ...]:
    """Return a finding for each requirement with boundaries that none of its tests touches.

    `numeric` are the names of parameters that are numbers, `said` is the spec's text.
    """
    found: list[Finding] = []
    for statement, cases in judged:
        stated = boundaries(statement.text, numeric) if statement.kind != "limits" else ()
        if not cases or not stated or any(case.node is None for _, case in cases):
            continue
        values = values_of(cases, said)
        missed = [boundary for boundary in stated if not _touches(boundary, values, statement.text)]
        if missed:
            words = ", ".join(f"“{boundary.words}”" for boundary in missed)
            found.append(
                Finding(
                    kind="no edge case",
                    path=path,
                    line=statement.line,
                    requirement=statement.id,
                    message=f"{statement.name} says {words}, and no test of it has such a value",
                    advice=f"Add a test {_wanted(missed[0])}.",
                    source=statement.text,
                )
            )
    return tuple(found)


def _wanted(boundary: Boundary) -> str:
    if boundary.kind == "number":
        return f"at {boundary.number:g} and one beyond it"
    wanted = {
        "empty": "with an empty value",
        "zero": "with 0",
        "negative": "with a negative number",
        "duplicates": "with the same value twice",
        "case": "with upper and lower case mixed",
        "unicode": "with letters outside ASCII",
        "white space": "with spaces, tabs or newlines around and inside",
    }
    return wanted[boundary.kind]


def _touches(boundary: Boundary, values: Values, text: str) -> bool:
    kind = boundary.kind
    if kind == "number":
        return values.computed or _near(boundary, values, text)
    if values.generated or (kind != "case" and kind.replace(" ", "_") in values.names):
        return True
    touched = {
        "empty": values.empty
        or (values.empty_answer and boundary.words.casefold() != "empty")
        or any((text and not text.strip()) or "\n\n" in text or _EMPTY_PART.search(text) for text in values.texts),
        "zero": 0.0 in values.numbers or any(re.search(r"(?<![\d.])0+(?:[.,]0+)?(?!\d)|zero", t) for t in values.texts),
        "negative": any(n < 0 for n in values.numbers) or any(re.search(r"-\.?\d|negative", t) for t in values.texts),
        "duplicates": values.repeated or "duplicate" in values.names,
        "case": any((c.islower() if "upper" in boundary.words else c.isupper()) for t in values.texts for c in t),
        "unicode": any(not text.isascii() for text in values.texts),
        "white space": any(t != t.strip() or re.search(r"\s\s|[\t\n\r]", t) for t in values.texts)
        or ("separat" in boundary.words),
    }
    return touched[kind]


def _near(boundary: Boundary, values: Values, text: str) -> bool:
    """Tell whether a value stands at the boundary or one step beside it, in the same or another usual unit."""
    number, step = boundary.number, boundary.step + 1e-9
    candidates = set(values.numbers)
    if boundary.measure != "value":
        candidates |= values.counts
    if boundary.measure == "pieces":
        candidates |= values.pieces
    elif boundary.measure != "value":
        candidates |= {n for n in values.lengths if boundary.measure == "length" or n >= _TELLING_LENGTH}
    if any(abs(value - number) <= step for value in candidates):
        return True
    scales = [scale for spoken_of, wanted in _SCALES if spoken_of.search(text) for scale in wanted]
    return any(
        abs(value - number * scale) <= max(1.0, scale / 100) * (scale >= 1) + 1e-9
        for value in values.numbers
        for scale in scales
        if number and value
    )
