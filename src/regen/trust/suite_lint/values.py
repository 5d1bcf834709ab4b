"""The values that tests hold: numbers, lengths, texts, and whether something is empty or there twice."""

from __future__ import annotations

import ast
import re
from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from regen.trust.suite_lint.names import dotted_name
from regen.trust.suite_lint.quantities import length_of, numbers_in, numbers_of, pieces_of
from regen.trust.suite_lint.reading import SuiteFile, TestCase, reach, walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Values(msgspec.Struct, frozen=True, kw_only=True):
    """What literals a group of tests holds.

    `numbers` are written as such or in texts, `counts` are the lengths of lists, `lengths` those of texts, and
    `pieces` how many digits, words, lines and parts a text has. `generated` is true where Hypothesis draws inputs,
    `computed` where a number comes from an imported constant.
    """

    numbers: frozenset[float]
    counts: frozenset[float]
    lengths: frozenset[float]
    pieces: frozenset[float]
    texts: tuple[str, ...]
    empty: bool
    empty_answer: bool
    repeated: bool
    generated: bool
    computed: bool
    names: str


# ── values ──────────────────────────────────────────────────────────────────────────────────────


def values_of(cases: Sequence[tuple[SuiteFile, TestCase]], said: str = "") -> Values:
    """Return the literal values of several tests, with what they lean on; `said` is the spec's own text."""
    numbers: set[float] = set()
    counts: set[float] = set()
    lengths: set[float] = set()
    texts: list[str] = []
    names: list[str] = []
    empty = empty_answer = repeated = generated = computed = False
    for file, case in cases:
        trees = reach(file, case)
        ids = set(case.marks)
        expected, passed_over = _expected(trees), _scaffolding(trees)
        names.append(case.name)
        constants: Counter[str] = Counter()
        for node in walk(trees):
            if id(node) in passed_over:
                continue
            numbers |= set(numbers_of(node, file))
            counts |= set(_counts(node))
            text, length = _text(node), length_of(node, file) if isinstance(node, ast.BinOp | ast.JoinedStr) else None
            lengths |= {length} if length is not None else set()
            if text is not None and text not in ids:
                texts.append(text)
                is_message = text.count(" ") > 1 and text in said
                numbers |= set() if is_message else set(numbers_in(text))
                lengths.add(float(len(text)))
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
        counts=frozenset(counts),
        lengths=frozenset(lengths),
        pieces=frozenset(count for text in texts for count in pieces_of(text))
        | {float(len(f"{abs(n):.0f}")) for n in numbers if n.is_integer()},
        texts=tuple(texts),
        empty=empty,
        empty_answer=empty_answer,
        repeated=repeated,
        generated=generated,
        computed=computed,
        names=" ".join(names).casefold(),
    )


def _scaffolding(trees: tuple[ast.AST, ...]) -> set[int]:
    """Return the ids of nodes that are no values of a test: the lists around parametrized rows, expected messages."""
    found: set[int] = set()
    for node in walk(trees):
        if isinstance(node, ast.Call):
            if dotted_name(node.func).endswith("parametrize"):
                found |= {id(node.args[0])} if node.args else set()
                for argument in node.args[1:2]:
                    rows = getattr(argument, "elts", [])
                    found |= {id(argument), *(id(row) for row in rows if isinstance(row, ast.Tuple))}
            found |= {id(keyword.value) for keyword in node.keywords if keyword.arg == "match"}
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found.add(id(node.value))
    return found


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


def _text(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
        return node.value if isinstance(node.value, str) else node.value.decode("latin-1")
    return None


def _counts(node: ast.AST) -> Iterator[float]:
    """Yield how many elements a display has, and how often a body calls the same function."""
    if isinstance(node, ast.List | ast.Tuple | ast.Set) and not any(isinstance(e, ast.Starred) for e in node.elts):
        yield float(len(node.elts))
    elif isinstance(node, ast.Dict):
        yield float(len(node.keys))
    body = getattr(node, "body", None)
    if isinstance(body, list):
        called = Counter(
            dotted_name(part.func)
            for statement in body
            for part in ast.walk(statement)
            if isinstance(part, ast.Call) and not isinstance(statement, ast.FunctionDef)
        )
        yield from (float(count) for name, count in called.items() if name and count > 1)


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
