"""What several programs answered to the same inputs: which answers are alike, who agrees with whom, what shows it best.

Answers are texts as Python writes values, or `raises TypeName` and the like; None means that a program was not asked.
Agreement of independent samples as a sign of being right is the idea of CodeT (Chen et al. 2022) and AlphaCode's
clusters (Li et al. 2022).
"""

from __future__ import annotations

import functools
import math
import re
from collections import Counter
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TOKEN = re.compile(
    r"""(?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
    r"""|(?<![\w.])(?P<number>-?(?:\d+(?:\.\d*)?(?:e[+-]?\d+)?|inf|nan)|True|False)(?![\w.])"""
)
_RAISES = re.compile(r"raises (\w+)")
Clusters = tuple[tuple[str, ...], ...]


_MISTAKES = frozenset({"IndexError", "KeyError", "AttributeError", "NameError", "UnboundLocalError", "TypeError",
                       "ZeroDivisionError", "RecursionError", "MemoryError", "SystemExit"})  # fmt: skip
_BREAKDOWNS = ("takes longer than", "ends the process", "differs from call to call", "can't be loaded")


def is_mistake(answer: str | None) -> bool:
    """Say whether an answer is an exception that programs raise by mistake rather than by intent."""
    found = _RAISES.match(answer or "")
    return bool(found and found[1] in _MISTAKES)


def is_breakdown(answer: str) -> bool:
    """Say whether an answer can't be meant: no value and no exception that a caller could expect."""
    found = _RAISES.match(answer)
    return answer.startswith(_BREAKDOWNS) or bool(found and found[1] in ("RecursionError", "MemoryError", "NameError",
                                                                        "UnboundLocalError"))  # fmt: skip


class Likeness(msgspec.Struct, frozen=True, kw_only=True):
    """When two answers count as the same.

    Floats may differ by `relative` of the larger, or by `absolute`. Numbers compare as Python's `==` compares them
    unless `number_types`, which tells 1, 1.0 and True apart. Exceptions compare by their type, unless
    `exception_types` is False: then any two do.
    """

    relative: float = 1e-9
    absolute: float = 0.0
    number_types: bool = False
    exception_types: bool = True

    def alike(self, one: str, other: str) -> bool:
        """Say whether two answers are the same."""
        if one == other:
            return True
        if one.startswith("raises ") or other.startswith("raises "):
            return not self.exception_types and bool(_RAISES.match(one) and _RAISES.match(other))
        (frame, numbers), (other_frame, other_numbers) = _parts(one), _parts(other)
        return frame == other_frame and all(map(self._same, numbers, other_numbers))

    def _same(self, one: str, other: str) -> bool:
        if one == other:
            return True
        if self.number_types and _type(one) != _type(other):
            return False
        if _type(one) != "float" and _type(other) != "float":
            return _value(one) == _value(other)
        first, second = float(_value(one)), float(_value(other))
        if math.isnan(first) or math.isnan(second):
            return math.isnan(first) and math.isnan(second)
        return math.isclose(first, second, rel_tol=self.relative, abs_tol=self.absolute)


@functools.lru_cache(maxsize=4096)
def _parts(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the text without its numbers, and the numbers; those within quotes stay."""
    numbers: list[str] = []

    def take(found: re.Match[str]) -> str:
        if found["text"] is not None:
            return found[0]
        numbers.append(found[0])
        return "\0"

    return _TOKEN.sub(take, text), tuple(numbers)


def _type(number: str) -> str:
    if number in ("True", "False"):
        return "bool"
    return "int" if number.lstrip("-").isdigit() else "float"


def _value(number: str) -> int | float:
    kind = _type(number)
    if kind == "bool":
        return int(number == "True")
    if kind == "float":
        return float(number)
    return int(number) if len(number) < 300 else math.inf  # noqa: PLR2004 - texts alike were seen before


def numbered(rows: Mapping[str, Sequence[str | None]], likeness: Likeness) -> dict[str, list[int | None]]:
    """Return the same rows with one number in place of answers that are alike at the same input."""
    found: dict[str, list[int | None]] = {name: [] for name in rows}
    count = max(map(len, rows.values()), default=0)
    for place in range(count):
        numbers: dict[str, int] = {}
        for name, row in rows.items():
            answer = row[place]
            if answer is None:
                found[name].append(None)
                continue
            if answer not in numbers:
                same = next((number for seen, number in numbers.items() if likeness.alike(seen, answer)), None)
                numbers[answer] = len(numbers) if same is None else same
            found[name].append(numbers[answer])
    return found


def cluster(rows: Mapping[str, Sequence[str | None]], likeness: Likeness | None = None) -> Clusters:
    """Return the names whose answers are alike wherever both were asked; the largest cluster first.

    Who was asked least joins last, the first cluster that fits; names keep their order.
    """
    classes = numbered(rows, likeness or Likeness())
    order = sorted(classes, key=lambda name: sum(number is None for number in classes[name]))
    heads: list[tuple[list[int | None], list[str]]] = []
    for name in order:
        row = classes[name]
        for head, members in heads:
            if _compatible(head, row):
                head[:] = [mine if theirs is None else theirs for theirs, mine in zip(head, row, strict=True)]
                members.append(name)
                break
        else:
            heads.append((list(row), [name]))
    place = {name: number for number, name in enumerate(rows)}
    clusters = [tuple(sorted(members, key=place.__getitem__)) for _, members in heads]
    return tuple(sorted(clusters, key=lambda members: (-len(members), place[members[0]])))


def _compatible(one: Sequence[int | None], other: Sequence[int | None]) -> bool:
    return all(a is None or b is None or a == b for a, b in zip(one, other, strict=True))


def splitting(
    rows: Mapping[str, Sequence[int | None]], sizes: Sequence[tuple[int, ...]], weights: Mapping[str, int]
) -> list[int]:
    """Return the inputs on which any two of `rows` differ, the best to show first.

    The best leaves the smallest group outside of the largest answer's as large as can be, so that few inputs tell all
    apart; among equals it is the smallest, by `sizes`. `weights` says how many programs a row stands for.
    """
    found: list[tuple[int, tuple[int, ...], int]] = []
    for place in range(len(sizes)):
        counts: Counter[int] = Counter()
        for name, row in rows.items():
            number = row[place]
            if number is not None:
                counts[number] += weights[name]
        if len(counts) > 1:
            found.append((-(counts.total() - max(counts.values())), sizes[place], place))
    return [place for *_, place in sorted(found)]
