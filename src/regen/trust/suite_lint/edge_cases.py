"""Requirements that state a boundary which the values in their tests never touch."""

from __future__ import annotations

import ast
import re
from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from regen.trust.evidence import Finding
from regen.trust.suite_lint.boundaries import Boundary, boundaries
from regen.trust.suite_lint.reading import SuiteFile, TestCase, dotted_name, reach, walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from regen.trust.sections import Statement

_SCALES = (1.0, 10.0, 60.0, 100.0, 1000.0, 1024.0, 3600.0, 86400.0, 1e6, 1048576.0, 1e9)
_TOO_LARGE = 10_000_000


class Values(msgspec.Struct, frozen=True, kw_only=True):
    """What literals a group of tests holds: numbers (values and lengths), texts, and whether something is empty.

    `generated` is true where Hypothesis draws inputs, `computed` where a number comes from an imported constant.
    """

    numbers: frozenset[float]
    texts: tuple[str, ...]
    empty: bool
    empty_answer: bool
    repeated: bool
    generated: bool
    computed: bool
    names: str


def no_edge_cases(
    judged: Sequence[tuple[Statement, Sequence[tuple[SuiteFile, TestCase]]]], path: str
) -> tuple[Finding, ...]:
    """Return a finding for each requirement with boundaries that none of its tests touches."""
    found: list[Finding] = []
    for statement, cases in judged:
        stated = boundaries(statement.text) if statement.kind != "limits" else ()
        if not cases or not stated or any(case.node is None for _, case in cases):
            continue
        values = values_of(cases)
        missed = [boundary for boundary in stated if not _touches(boundary, values)]
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


def _touches(boundary: Boundary, values: Values) -> bool:
    kind = boundary.kind
    if kind == "number":
        return values.computed or _near(boundary.number, values.numbers)
    if values.generated or (kind != "case" and kind.replace(" ", "_") in values.names):
        return True
    touched = {
        "empty": values.empty
        or (values.empty_answer and boundary.words.casefold() != "empty")
        or any((text and not text.strip()) or "\n\n" in text or ",," in text for text in values.texts),
        "zero": 0.0 in values.numbers or any(re.search(r"(?<![\d.])0(?:[.,]0+)?(?!\d)|zero", t) for t in values.texts),
        "negative": any(n < 0 for n in values.numbers) or any(re.search(r"-\.?\d|negative", t) for t in values.texts),
        "duplicates": values.repeated or "duplicate" in values.names,
        "case": any((c.islower() if "upper" in boundary.words else c.isupper()) for t in values.texts for c in t),
        "unicode": any(not text.isascii() for text in values.texts),
        "white space": any(t != t.strip() or re.search(r"\s\s|[\t\n\r]", t) for t in values.texts)
        or ("separat" in boundary.words),
    }
    return touched[kind]


def _near(number: float, numbers: Iterable[float]) -> bool:
    """Tell whether a value stands at the boundary or one step beside it, in the same or another usual unit."""
    for value in numbers:
        if abs(value - number) <= 1:
            return True
        if any(number * scale and abs(value - number * scale) <= 1 for scale in _SCALES[1:]):
            return True
        if number and abs(value * 100 - number) <= 1 and value != 0 and abs(value) < 1:
            return True
    return False


# ── values ──────────────────────────────────────────────────────────────────────────────────────


def values_of(cases: Sequence[tuple[SuiteFile, TestCase]]) -> Values:
    """Return the literal values of several tests, with what they lean on."""
    numbers: set[float] = set()
    texts: list[str] = []
    names: list[str] = []
    empty = empty_answer = repeated = generated = computed = False
    for file, case in cases:
        trees = reach(file, case)
        ids = set(case.marks)
        expected = _expected(trees)
        names.append(case.name)
        constants: Counter[str] = Counter()
        for node in walk(trees):
            number, text = _value(node, file)
            if number is not None:
                numbers |= {number}
            if text is not None and text not in ids:
                texts.append(text)
                numbers |= {float(len(text)), *_numbers_in(text)}
                constants[text] += 1
                words = re.findall(r"[^\s,;|]+", text)
                repeated |= len(words) != len(set(words)) or bool(
                    re.search(r"([A-Za-z0-9])\1", text) and len(text) <= 12  # noqa: PLR2004
                )
            empty |= (id(node) not in expected and _is_empty(node)) or _is_fresh(node, file)
            empty_answer |= _is_empty(node)
            names += [node.id] if isinstance(node, ast.Name) else [node.attr] if isinstance(node, ast.Attribute) else []
            repeated |= _repeats(node)
            generated |= isinstance(node, ast.Call) and dotted_name(node.func).rsplit(".", 1)[-1] == "given"
            computed |= _is_computed(node, file)
        repeated |= any(count > 1 and text for text, count in constants.items())
    return Values(
        numbers=frozenset(numbers),
        texts=tuple(texts),
        empty=empty,
        empty_answer=empty_answer,
        repeated=repeated,
        generated=generated,
        computed=computed,
        names=" ".join(names).casefold(),
    )


def _expected(trees: tuple[ast.AST, ...]) -> set[int]:
    """Return the ids of nodes that stand where a test writes down the answer, not the input."""
    found: set[int] = set()
    for node in walk(trees):
        sides: list[ast.expr] = []
        if isinstance(node, ast.Assert) and isinstance(node.test, ast.Compare):
            sides = node.test.comparators
        elif isinstance(node, ast.Call) and "assert" in ast.unparse(node.func):
            sides = node.args[1:]
        for side in sides:
            found |= {id(side)} | {id(part) for part in getattr(side, "elts", [])}
    return found


def _numbers_in(text: str) -> list[float]:
    return [
        float(piece.replace(",", ""))
        for piece in re.findall(r"-?\d+(?:,\d{3})*(?:\.\d+)?", text[:2000])
        if len(piece) < 20  # noqa: PLR2004
    ]


def _value(node: ast.AST, file: SuiteFile) -> tuple[float | None, str | None]:
    """Return the number that a node is or is as long as, and the text that it is."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            return None, node.value
        if isinstance(node.value, bytes):
            return float(len(node.value)), node.value.decode("latin-1")
        if isinstance(node.value, int | float) and not isinstance(node.value, bool) and abs(node.value) < 1e300:  # noqa: PLR2004
            return float(node.value), None
        return None, None
    if isinstance(node, ast.List | ast.Tuple | ast.Set) and not any(isinstance(e, ast.Starred) for e in node.elts):
        return float(len(node.elts)), None
    if isinstance(node, ast.Dict):
        return float(len(node.keys)), None
    if isinstance(node, ast.BinOp | ast.UnaryOp | ast.JoinedStr):
        number = _number(node, file)
        return (number if number is not None else _length(node, file)), None
    if isinstance(node, ast.Call) and dotted_name(node.func) == "range" and node.args:
        bounds = [_number(argument, file) for argument in node.args]
        known = [bound for bound in bounds if bound is not None]
        return (known[1] - known[0] if len(known) > 1 else known[0] if known else None), None
    return None, None


def _number(node: ast.AST, file: SuiteFile) -> float | None:
    """Return the number that an expression of literals and the file's constants comes to."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return float(node.value) if abs(node.value) < 1e300 else None  # noqa: PLR2004
    if isinstance(node, ast.Name) and node.id in file.constants and not isinstance(file.constants[node.id], ast.Name):
        return _number(file.constants[node.id], file)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _number(node.operand, file)
        return -inner if inner is not None else None
    if isinstance(node, ast.BinOp):
        left, right = _number(node.left, file), _number(node.right, file)
        if left is None or right is None:
            return None
        if isinstance(node.op, ast.Pow):
            return left**right if abs(left) <= 1024 and 0 <= right <= 64 else None  # noqa: PLR2004
        return {ast.Add: left + right, ast.Sub: left - right, ast.Mult: left * right}.get(type(node.op))
    if isinstance(node, ast.Call) and dotted_name(node.func) == "len" and node.args:
        return _length(node.args[0], file)
    return None


def _length(node: ast.AST, file: SuiteFile) -> float | None:
    """Return how long a text or list is that literals make: `"x" * 255`, `"a" + "b" * 3`, `f"{'x' * 63}.com"`."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
        return float(len(node.value))
    if isinstance(node, ast.List | ast.Tuple):
        return float(len(node.elts))
    if isinstance(node, ast.Name) and node.id in file.constants and not isinstance(file.constants[node.id], ast.Name):
        return _length(file.constants[node.id], file)
    if isinstance(node, ast.JoinedStr):
        parts = [_length(p.value if isinstance(p, ast.FormattedValue) else p, file) for p in node.values]
        return sum(known) if len(known := [part for part in parts if part is not None]) == len(parts) else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        for thing, count in ((node.left, node.right), (node.right, node.left)):
            length, times = _length(thing, file), _number(count, file)
            if length is not None and times is not None and length * times < _TOO_LARGE:
                return length * times
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _length(node.left, file), _length(node.right, file)
        return left + right if left is not None and right is not None else None
    return None


def _is_empty(node: ast.AST) -> bool:
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return not node.elts
    if isinstance(node, ast.Dict):
        return not node.keys
    if isinstance(node, ast.Constant):
        return node.value is None or (node.value in ("", b"") and not isinstance(node.value, int))
    if isinstance(node, ast.Call) and not node.args and not node.keywords:
        name = dotted_name(node.func).rsplit(".", 1)[-1]
        return name[:1].isupper() or name in {
            "set",
            "list",
            "dict",
            "tuple",
            "frozenset",
            "iter",
            "deque",
            "str",
            "bytes",
        }
    return False


def _is_fresh(node: ast.AST, file: SuiteFile) -> bool:
    """Tell whether a helper of the file makes a new thing, which nothing was put into yet."""
    return (
        isinstance(node, ast.Call) and not node.args and not node.keywords and dotted_name(node.func) in file.functions
    )


def _repeats(node: ast.AST) -> bool:
    """Tell whether something is there twice: equal elements, equal calls in one body, a loop, a product."""
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        dumps = [ast.dump(element) for element in node.elts]
        return len(dumps) != len(set(dumps))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return isinstance(node.left, ast.List | ast.Tuple | ast.Constant)
    body = getattr(node, "body", None)
    if isinstance(body, list):
        calls = [
            ast.dump(part)
            for statement in body
            for part in ast.walk(statement)
            if isinstance(part, ast.Call) and part.args
        ]
        return len(calls) != len(set(calls)) or isinstance(node, ast.For | ast.While)
    return False


def _is_computed(node: ast.AST, file: SuiteFile) -> bool:
    """Tell whether a constant of the unit, such as `MAX_LENGTH`, is computed with."""
    if isinstance(node, ast.BinOp):
        for side in (node.left, node.right):
            name = side.id if isinstance(side, ast.Name) else side.attr if isinstance(side, ast.Attribute) else ""
            if name.isupper() and name not in file.constants:
                return True
    return False
