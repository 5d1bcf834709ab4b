"""What the values of an entry point are made of: leaves of its examples, constants with their neighbours, letters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from regen.experiments.fuzz_neighbours import ODD_DAYS, Day, known_days
from regen.experiments.fuzz_values import Made, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regen.experiments.domain import Entry

_ORDINARY = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 "
_PUNCTUATION = ".,;:!?-_'\"()[]{}/\\+*=<>@#%&|\n\t"
_UNUSUAL = "éßñİıΩ中٣½\u0301\u200b🙂"
_SHORT = 8
_FAR = 120


class Vocabulary(msgspec.Struct, frozen=True, kw_only=True):
    """What values are made of: numbers and texts worth trying, the letters of texts, the most items of a collection.

    `farthest` is the largest size of a whole number, but for the known ones; `days` are (year, month, day).
    `unusual` allows what few specs think of: letters beyond ASCII, infinities, not-a-number, numbers far beyond all
    examples.
    """

    ints: tuple[int, ...]
    floats: tuple[float, ...]
    texts: tuple[str, ...]
    letters: str
    days: tuple[Day, ...]
    longest: int
    farthest: int
    unusual: bool

    @classmethod
    def of(cls, entry: Entry, constants: Sequence[Value], *, unusual: bool) -> Vocabulary:
        """Return the vocabulary of an entry's examples and the unit's constants."""
        leaves = [leaf for example in entry.examples for value in example for leaf in _leaves(value)]
        lengths = [length for example in entry.examples for value in example for length in _lengths(value)]
        named = [constant for constant in constants if isinstance(constant, int | float | str)]
        whole = [v for v in (*leaves, *named) if isinstance(v, int) and not isinstance(v, bool)]
        real = [v for v in (*leaves, *named) if isinstance(v, float)]
        near = {neighbour for number in whole for neighbour in (number - 1, number, number + 1)}
        shown = "".join(leaf for leaf in leaves if isinstance(leaf, str))
        texts = [v for v in (*leaves, *named) if isinstance(v, str)]
        return cls(
            ints=tuple(sorted({0, 1, -1, 2} | near, key=lambda number: (abs(number), number < 0)))[:200],
            floats=tuple(dict.fromkeys((0.0, 0.5, 1.0, -1.0, 1.5, 2.5, *real))),
            texts=tuple(dict.fromkeys(("", *texts)))[:120],
            letters=_letters(shown, "".join(texts), unusual=unusual),
            days=tuple(dict.fromkeys((*known_days(entry.examples), *ODD_DAYS))),
            longest=max([_SHORT, *(min(length, 40) for length in lengths)]),
            farthest=max([_FAR, *(2 * abs(leaf) for leaf in leaves if isinstance(leaf, int))]),
            unusual=unusual,
        )


def _letters(shown: str, known: str, *, unusual: bool) -> str:
    """Return the letters of texts: those of examples often, and others of their kinds."""
    found = list(dict.fromkeys(shown + known))
    kinds = "".join(letters for letters in (_ORDINARY[:26], _ORDINARY[26:52], "0123456789", " ")
                    if not shown or set(letters) & set(shown))  # fmt: skip
    others = _ORDINARY + _PUNCTUATION + (_UNUSUAL if unusual else "")
    return "".join(dict.fromkeys([*found[:80], *kinds, *others]))


def _leaves(value: Value) -> list[Value]:
    if isinstance(value, list | tuple | set | frozenset):
        return [leaf for each in value for leaf in _leaves(each)]
    if isinstance(value, dict):
        return [leaf for pair in value.items() for each in pair for leaf in _leaves(each)]
    if isinstance(value, Made):
        return [leaf for _, each in value.fields for leaf in _leaves(each)]
    return [value]


def _lengths(value: Value) -> list[int]:
    if isinstance(value, str | bytes):
        return [len(value)]
    if isinstance(value, list | tuple | set | frozenset):
        return [len(value), *(length for each in value for length in _lengths(each))]
    if isinstance(value, dict):
        return [len(value), *(length for pair in value.items() for each in pair for length in _lengths(each))]
    return []
