"""Answers are held against the type that the interface declares."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regen.experiments.domain import Entry
from regen.experiments.domain_answers import conforms
from regen.experiments.domain_types import Types
from regen.experiments.fuzz import strategy
from regen.experiments.fuzz_values import render
from regen.experiments.fuzz_vocabulary import Vocabulary

WORDS = Vocabulary.of(Entry(name="f", parameters=()), (), unusual=True)
DECLARED = (
    "int", "float", "bool", "str", "bytes", "int | None", "Optional[str]", "list[int]", "Sequence[float]", "set[str]",
    "tuple[int, str]", "tuple[int, ...]", "dict[str, list[int]]", "list[tuple[int, bool]]", "Any", "Decimal", "date",
    "Callable[[], date]", "Callable[[int], str]",
)  # fmt: skip


def kind(annotation: str):
    return Types.of([]).kind(ast.parse(annotation, mode="eval").body)


@given(st.sampled_from(DECLARED).flatmap(lambda text: st.tuples(st.just(text), strategy(kind(text), WORDS))))
def test_what_is_drawn_for_a_type_is_of_it(pair):
    declared, value = pair
    assert conforms(render(value), kind(declared))


@pytest.mark.parametrize(
    ("answer", "declared"),
    [
        ("True", "int"), ("[1, False]", "list[int]"), ("None", "str"), ("1", "bool"), ("'1'", "float"), ("1.0", "int"),
        ("[1, 2]", "tuple[int, int]"), ("(1, 2, 3)", "tuple[int, int]"), ("None", "list[int]"), ("[1]", "set[int]"),
        ("{'a': '1'}", "dict[str, int]"), ("[1]", "dict[str, int]"), ("b'a'", "str | None"), ("3", "list[int]"),
        ("True, and leaves its arguments as ([],)", "int"), ("{1: 2}", "dict[str, int]"),
    ],
)  # fmt: skip
def test_answers_of_another_type_are_told(answer, declared):
    assert not conforms(answer, kind(declared))


@pytest.mark.parametrize(
    ("answer", "declared"),
    [
        ("raises ValueError", "int"), ("takes too long", "int"), ("3", "float"), ("(1, 2)", "Iterable[int]"),
        ("'ab'", "Sequence[str]"), ("Color.RED", "int"), ("Point(x=1)", "str"), ("iterator [1, 2]", "Iterator[str]"),
        ("[1, 2… 90 characters, sha256 0", "int"), ("3", "Unknown"), ("'x'", "None"), ("<function>", "Callable"),
        ("1, and leaves its arguments as ([],)", "int"),
    ],
)  # fmt: skip
def test_what_may_be_meant_passes(answer, declared):
    assert conforms(answer, kind(declared))
