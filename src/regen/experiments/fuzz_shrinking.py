"""Smaller inputs than one that was found, for a whole round of tries at a time.

Hypothesis shrinks only what its own strategies drew, and asks for one input after the other; most inputs here are
mutants of examples, and a round trip to the sandbox costs as much for a hundred inputs as for one. The steps are
those of delta debugging (Zeller and Hildebrandt 2002) on plain data, each value towards the first of its kind.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

from regen.experiments.fuzz_values import Made, Source, Value, size

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST = 120
_SIMPLE_LETTERS = "ab A0"


def smaller(value: Value) -> list[Value]:
    """Return values of the same type that are smaller by `size`, the smallest first, at most 120."""
    own = size(value)
    found = {repr(each): each for each in itertools.islice(_steps(value), 4 * _MOST) if size(each) < own}
    return sorted(found.values(), key=size)[:_MOST]


def _steps(value: Value) -> Iterator[Value]:
    if value is None or isinstance(value, bool | Source):
        if value is True:
            yield False
    elif isinstance(value, int):
        yield from _ints(value)
    elif isinstance(value, float):
        yield from _floats(value)
    elif isinstance(value, str):
        yield from _texts(value)
    elif isinstance(value, list | tuple):
        for items in _items(list(value)):
            yield type(value)(items)
    elif isinstance(value, set | frozenset):
        for items in _items(sorted(value, key=repr)):
            yield type(value)(items)
    elif isinstance(value, dict):
        for pairs in _items([list(pair) for pair in value.items()], fixed=True):
            yield dict(pairs)
    elif isinstance(value, Made):
        for place, (name, inner) in enumerate(value.fields):
            for each in _steps(inner):
                yield Made(value.name, (*value.fields[:place], (name, each), *value.fields[place + 1 :]))


def _ints(value: int) -> Iterator[int]:
    yield from range(min(abs(value), 10))
    if value < 0:
        yield -value
        yield from range(-1, -min(-value, 10), -1)
    sign = 1 if value > 0 else -1
    for step in (10, 2):
        yield sign * (abs(value) // step)
    digits = str(abs(value))
    for place in range(len(digits)):
        rest = digits[:place] + digits[place + 1 :]
        if rest:
            yield sign * int(rest)
    yield value - sign


def _floats(value: float) -> Iterator[float]:
    if not math.isfinite(value):
        yield 0.0
        return
    yield from (float(number) for number in range(10))
    yield from (0.5, 1.5, 2.5, -1.0, -0.5, abs(value))
    if abs(value) < 1e15:  # noqa: PLR2004 - beyond that all are whole
        yield float(math.trunc(value))
        yield from (round(value, digits) for digits in (1, 2, 3))
    yield value / 2
    yield value - math.copysign(1.0, value)


def _texts(value: str) -> Iterator[str]:
    for letters in _items(list(value), fixed=True):
        yield "".join(letters)
    for place, letter in enumerate(value):
        for other in (*_SIMPLE_LETTERS, *dict.fromkeys(value)):
            if other != letter:
                yield value[:place] + other + value[place + 1 :]
    for letter in dict.fromkeys(value):
        for other in _SIMPLE_LETTERS:
            yield value.replace(letter, other)


def _items(items: list[Value], *, fixed: bool = False) -> Iterator[list[Value]]:
    """Yield lists with fewer items, and, unless `fixed`, with one item smaller."""
    if items:
        yield []
    width = len(items) // 2
    while width:
        for start in range(0, len(items), width):
            yield items[:start] + items[start + width :]
        width //= 2
    if fixed:
        return
    equal = {repr(item) for item in items if sum(repr(item) == repr(other) for other in items) > 1}
    for text in equal:  # ties stay ties
        first = next(item for item in items if repr(item) == text)
        for each in itertools.islice(_steps(first), 12):
            yield [each if repr(item) == text else item for item in items]
    for rounds in itertools.zip_longest(*(_limited(item) for item in items)):
        for place, each in enumerate(rounds):
            if each is not None:
                yield [*items[:place], each[0], *items[place + 1 :]]


def _limited(item: Value) -> Iterator[tuple[Value]]:
    return ((each,) for each in itertools.islice(_steps(item), 30))
