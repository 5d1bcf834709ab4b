"""Small changes of example inputs that keep their shape: an element changed, doubled, dropped, swapped, negated."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from regen.experiments.fuzz_values import Made, Value

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from regen.experiments.domain_types import Kind

_LONGEST = 60
_NUMBER = re.compile("[0-9]+")
_ALL_ARE_WHOLE = 1e15
_TELLING_LENGTHS = (23, 25, 41, 49, 61, 97, 101, 113, 121, 127, 149, 169, 211, 229, 289, 307, 361, 401, 529, 601, 997)


class Words(Protocol):
    """What values are made of."""

    @property
    def ints(self) -> Sequence[int]: ...
    @property
    def floats(self) -> Sequence[float]: ...
    @property
    def texts(self) -> Sequence[str]: ...
    @property
    def letters(self) -> str: ...
    @property
    def farthest(self) -> int: ...


class Mutator:
    """Makes changes by `chance`, with the numbers, texts and letters of `words`."""

    def __init__(self, chance: random.Random, words: Words) -> None:
        self._chance, self._ints, self._floats = chance, words.ints, words.floats
        self._texts, self._letters, self._farthest = words.texts, words.letters, words.farthest

    def mutate(self, value: Value, kind: Kind, others: Sequence[Value] = ()) -> Value:
        """Return the value with one change; `others` are values that stand at the same place elsewhere."""
        if others and self._chance.random() < 0.15:  # noqa: PLR2004 - a seventh
            return self._chance.choice(others)
        if kind.name == "choice":
            return self._chance.choice(kind.choices)
        if value is None or isinstance(value, bool):
            return self._constantly(value)
        if isinstance(value, int):
            return self._int(value)
        if isinstance(value, float):
            return self._float(value)
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, bytes):
            return bytes(self._sequence(list(value), lambda byte: (byte + 1) % 256))
        if isinstance(value, list | tuple):
            return self._items(value, kind)
        if isinstance(value, set | frozenset):
            return type(value)(self._sequence(sorted(value, key=repr), lambda item: self.mutate(item, _part(kind, 0))))
        if isinstance(value, dict):
            return self._dict(value, kind)
        if isinstance(value, Made) and value.fields:
            place = self._chance.randrange(len(value.fields))
            fields = list(value.fields)
            own = kind.fields[place][1] if len(kind.fields) == len(fields) else kind
            fields[place] = (fields[place][0], self.mutate(fields[place][1], own))
            return Made(value.name, tuple(fields))
        return value

    def _constantly(self, value: Value) -> Value:
        return value if value is None else not value

    def grow(self, value: Value, times: int) -> Value:
        """Return a value of the same shape, about so many times as large: longer, its parts shuffled, or further."""
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, int):
            return value * times + self._chance.randrange(-times, times + 1)
        if isinstance(value, float):
            return value * times
        if isinstance(value, str | list):
            parts = [each for _ in range(times) for each in value]
            self._chance.shuffle(parts)
            parts = parts[len(parts) - self._length(len(parts), times) :]
            return "".join(parts) if isinstance(value, str) else parts
        if isinstance(value, tuple):
            return tuple(self.grow(each, times) for each in value)
        return value

    def _length(self, most: int, times: int) -> int:
        """Return a length: often a prime or the square of one, which tables lack and loops get wrong."""
        telling = [length for length in _TELLING_LENGTHS if most // 2 < length <= most]
        return self._chance.choice(telling) if telling else most - self._chance.randrange(times)

    def _int(self, value: int) -> int:
        near = (value + 1, value - 1, -value, value * 2, value // 2, value + 10, value * 10, 0, 1)
        if self._chance.random() < 0.3:  # noqa: PLR2004
            return self._chance.choice(self._ints)
        return self._chance.choice([number for number in near if abs(number) <= max(self._farthest, abs(value))])

    def _float(self, value: float) -> float:
        if self._chance.random() < 0.3:  # noqa: PLR2004
            return self._chance.choice(self._floats)
        whole = float(round(value)) if abs(value) < _ALL_ARE_WHOLE else value
        near = (value + 1, value - 1, -value, value * 2, value / 2, whole, value + 0.5, value + 0.25, value - 0.01, 0.0)
        return self._chance.choice(near)

    def _text(self, value: str) -> str:
        letters, chance = list(value), self._chance
        roll = chance.random()
        if roll < 0.08:  # noqa: PLR2004
            return chance.choice((value.upper(), value.lower(), value.swapcase(), value.title(), value[::-1], ""))
        if roll < 0.16:  # noqa: PLR2004
            place = chance.randint(0, len(value))
            return value[:place] + chance.choice(self._texts)[:_LONGEST] + value[place:]
        if roll < 0.24:  # noqa: PLR2004
            return chance.choice((f" {value}", f"{value} ", value * 2, value.strip(), value.replace(" ", "  ")))
        if roll < 0.3 and (number := _NUMBER.search(value, chance.randint(0, len(value)))):  # noqa: PLR2004
            return value[: number.start()] + self._digits(number[0]) + value[number.end() :]
        if " " in value and 0.3 <= roll < 0.36:  # noqa: PLR2004
            return value.replace(" ", chance.choice("\t\n"), chance.choice((1, -1)))
        return "".join(self._sequence(letters, lambda _: self._letter(value)))

    def _digits(self, text: str) -> str:
        """Return a number near one, as wide: what texts of dates, times and versions are made of."""
        number = int(text) if len(text) < _LONGEST else 0
        near = (number + 1, abs(number - 1), 0, 28, 29, 30, 31, *map(abs, self._ints[:12]))
        return str(self._chance.choice(near)).zfill(len(text))

    def _letter(self, value: str) -> str:
        if value and self._chance.random() < 0.5:  # noqa: PLR2004
            return self._chance.choice(value)
        return self._chance.choice(self._letters)

    def _items(self, value: list[Value] | tuple[Value, ...], kind: Kind) -> Value:
        if isinstance(value, tuple) and kind.text != "...":
            if not value:
                return value
            place = self._chance.randrange(len(value))
            changed = self.mutate(value[place], _part(kind, place))
            return (*value[:place], changed, *value[place + 1 :])
        return type(value)(self._sequence(list(value), lambda item: self.mutate(item, _part(kind, 0), list(value))))

    def _dict(self, value: dict[Value, Value], kind: Kind) -> Value:
        if not value:
            return value
        pairs = list(value.items())
        place = self._chance.randrange(len(pairs))
        key, inner = pairs[place]
        roll = self._chance.randrange(4)
        if roll == 0:
            del pairs[place]
        elif roll == 1 and kind.name == "dict":
            pairs.append((self.mutate(key, _part(kind, 0)), inner))
        elif roll == 2 and kind.name == "dict":  # noqa: PLR2004
            pairs[place] = (self.mutate(key, _part(kind, 0)), inner)
        else:
            pairs[place] = (key, self.mutate(inner, _part(kind, 1)))
        return {key: value for key, value in pairs if not isinstance(key, list | dict | set)}

    def _sequence(self, items: list[Value], changed: object) -> list[Value]:
        """Return the items with one of them dropped, doubled, swapped, changed or new, or all turned or cut."""
        chance = self._chance
        assert callable(changed)  # noqa: S101 - narrows the type
        if not items:
            return items
        place, other = chance.randrange(len(items)), chance.randrange(len(items))
        match chance.randrange(9):
            case 0:
                return items[:place] + items[place + 1 :]
            case 1:
                return [*items[:place], items[place], *items[place:]]
            case 2:
                items[place], items[other] = items[other], items[place]
            case 3:
                return items[::-1] if chance.random() < 0.5 else sorted(items, key=_order)  # noqa: PLR2004
            case 4:
                return items[: place + 1] if chance.random() < 0.5 else items[place:]  # noqa: PLR2004
            case 5:
                items[place] = items[other]
            case 6 if len(items) < _LONGEST:
                return [*items[:place], changed(items[other]), *items[place:]]
            case _:
                items[place] = changed(items[place])
        return items


def _order(item: Value) -> tuple[bool, object]:
    is_number = isinstance(item, int | float)
    return (not is_number, item if is_number else repr(item))


def _part(kind: Kind, place: int) -> Kind:
    """Return the kind of an item of a value of `kind`."""
    if kind.name == "union":
        return next((_part(each, place) for each in kind.parts if each.parts), kind)
    if not kind.parts:
        return kind
    return kind.parts[min(place, len(kind.parts) - 1)]
