"""Inputs beside examples that chance draws rarely: two values that some rule takes for one, days around leap days."""

from __future__ import annotations

import itertools
import random
import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

from regen.experiments.fuzz_values import Made, Source, Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from regen.experiments.domain_types import Kind

Arguments = tuple[Value, ...]
Day = tuple[int, int, int]
ODD_DAYS: tuple[Day, ...] = (
    (2024, 2, 29), (2023, 2, 28), (2000, 1, 1), (1999, 12, 31), (2024, 12, 31), (1900, 3, 1), (2023, 1, 31),
    (2000, 2, 29), (2001, 2, 28), (2001, 3, 1),
)  # fmt: skip
_FOREIGN = "٠١٢٣٤٥٦٧٨٩", "０１２３４５６７８９"
_SEPARATORS = "_-.,;:/&=+*'\"()[]{}<>|#@%!?\\ \t\n"
_NUMBER = re.compile("[0-9]{1,18}")
_MOST_NUMBERS = 4
_TWO_DIGITS = 2
_ENDS = (12, 13, 23, 24, 28, 29, 30, 31, 32, 59, 60)
_NO_DAYS = ("29", "02"), ("02", "29"), ("30", "02"), ("02", "30"), ("31", "04"), ("04", "31")
_MOST_SEEDS = 60
_SEPARATED = 8
_PAIRED = 3


def neighbours(seeds: Sequence[Arguments], kinds: Sequence[Kind], *, unusual: bool) -> Iterator[Arguments]:
    """Yield argument lists near `seeds`; with `unusual`, also those that few specs think of."""
    few = seeds[:_MOST_SEEDS]
    yield from _twins(few, unusual=unusual)
    yield from _days_beside(few[:_PAIRED], kinds)
    yield from _numbers_moved(seeds[:_SEPARATED])
    if unusual:
        yield from _written_otherwise(few)


def known_days(examples: Sequence[Arguments]) -> tuple[Day, ...]:
    """Return the days that examples name, the day before and the day after each."""
    found: dict[Day, None] = {}
    for value in itertools.chain.from_iterable(examples):
        day = _day_of(value)
        for days in (0, -1, 1) if day else ():
            near = date(*day) + timedelta(days) if day else date.min
            found[(near.year, near.month, near.day)] = None
    return tuple(found)


def _day_of(value: Value) -> Day | None:
    if not isinstance(value, Made) or value.name not in ("date", "datetime"):
        return None
    numbers = [each for _, each in value.fields[:3] if isinstance(each, int)]
    try:
        day = date(*numbers)
    except (TypeError, ValueError):
        return None
    return (day.year, day.month, day.day) if 1 < day.year < 9999 else None  # noqa: PLR2004 - has neighbours


# ── two that some rule takes for one ────────────────────────────────────────────────────────────


def _twins(seeds: Sequence[Arguments], *, unusual: bool) -> Iterator[Arguments]:
    """Yield argument lists in which two texts differ in case, in ß and ss, or in a last `.0` alone."""
    for values in seeds:
        places = [place for place, value in enumerate(values) if isinstance(value, str)]
        for first, second in itertools.pairwise(places):
            for one, other in _pairs(values[first], unusual=unusual):
                yield (*values[:first], one, *values[first + 1 : second], other, *values[second + 1 :])
        for place, value in enumerate(values):
            if isinstance(value, list) and value and isinstance(value[-1], str):
                for one, other in _pairs(value[-1], unusual=unusual):
                    yield (*values[:place], [*value[:-1], one, other], *values[place + 1 :])


def _pairs(text: str, *, unusual: bool) -> Iterator[tuple[str, str]]:
    if text.swapcase() != text:
        yield text, text.swapcase()
        if unusual:
            yield f"{text}ß", f"{text}SS"
    if text.replace(".", "").isdigit():
        yield text, f"{text}.0"
        yield text, f"0{text}"


# ── numbers in texts ────────────────────────────────────────────────────────────────────────────


def _numbers_moved(seeds: Sequence[Arguments]) -> Iterator[Arguments]:
    """Yield argument lists with other numbers in a text, as wide: their neighbours, what dates and times end at."""
    for values in seeds:
        for place, value in enumerate(values):
            if isinstance(value, str):
                for other in _moved(value):
                    yield (*values[:place], other, *values[place + 1 :])


def _moved(text: str) -> Iterator[str]:
    found = list(_NUMBER.finditer(text))[:_MOST_NUMBERS]
    short = [number for number in found if len(number[0]) == _TWO_DIGITS]
    for number in found:
        value = int(number[0])
        for other in (value + 1, max(value - 1, 0), 0, *(_ENDS if number in short else ())):
            yield text[: number.start()] + str(other).zfill(len(number[0])) + text[number.end() :]
    for (one, two), (first, second) in itertools.product(itertools.pairwise(short), _NO_DAYS):
        yield f"{text[: one.start()]}{first}{text[one.end() : two.start()]}{second}{text[two.end() :]}"


# ── the same, written otherwise ─────────────────────────────────────────────────────────────────


def _written_otherwise(seeds: Sequence[Arguments]) -> Iterator[Arguments]:
    """Yield argument lists with one text's digits of another script, signs, separators in it."""
    chance = random.Random(0)  # noqa: S311 - the same inputs each time
    separated = 0
    for values in seeds:
        for place, value in enumerate(values):
            if not isinstance(value, str) or not value:
                continue
            others = list(_digits_otherwise(value))
            if separated < _SEPARATED:
                separated += 1
                others += _separated(value, chance)
            for other in others:
                yield (*values[:place], other, *values[place + 1 :])


def _digits_otherwise(text: str) -> Iterator[str]:
    digits = [place for place, letter in enumerate(text) if letter in "0123456789"]
    if not digits:
        return
    for script in _FOREIGN:
        yield text.translate({ord("0") + number: digit for number, digit in enumerate(script)})
    first, last = digits[0], digits[-1]
    yield text[:last] + _FOREIGN[0][int(text[last])] + text[last + 1 :]
    for before in ("+", "-", "0", " "):
        yield text[:first] + before + text[first:]
    if last - 1 in digits:
        yield f"{text[:last]}_{text[last:]}"


def _separated(text: str, chance: random.Random) -> Iterator[str]:
    """Yield the text with each separator in it once, behind a word that goes on with its last letter."""
    ends = [found.end() for found in re.finditer(r"[^\W_]+", text)]
    for separator in _SEPARATORS if ends else ():
        place = chance.choice(ends)
        yield text[:place] + separator + text[place - 1 :]


# ── days ────────────────────────────────────────────────────────────────────────────────────────

_TELLING: tuple[tuple[Day, Day], ...] = (
    ((2000, 2, 29), (2001, 2, 28)), ((2000, 2, 29), (2001, 3, 1)), ((2000, 2, 29), (2004, 2, 29)),
    ((2000, 2, 28), (2004, 2, 29)), ((2000, 3, 1), (2001, 2, 28)), ((2023, 12, 31), (2024, 1, 1)),
    ((2024, 1, 31), (2024, 2, 29)), ((2023, 1, 31), (2023, 2, 28)), ((2024, 2, 29), (2024, 2, 29)),
)  # fmt: skip


def _days_beside(seeds: Sequence[Arguments], kinds: Sequence[Kind]) -> Iterator[Arguments]:
    """Yield argument lists with two days that months and years of different length lie between."""
    places = [place for place, kind in enumerate(kinds) if _gives_days(kind)]
    for (first, second), values, days in itertools.product(itertools.pairwise(places), seeds, _TELLING):
        changed = list(values)
        changed[first], changed[second] = day_for(kinds[first], days[0]), day_for(kinds[second], days[1])
        yield tuple(changed)


def _gives_days(kind: Kind) -> bool:
    return kind.name in ("date", "datetime") or (kind.name == "callable" and _gives_days(kind.parts[0]))


def day_for(kind: Kind, day: Day) -> Source:
    """Return the source of a day, of noon on it, or of a function that returns it, as the kind asks for."""
    if kind.name == "callable":
        return Source(f"lambda *a: {day_for(kind.parts[0], day).text}")
    numbers = (*day, 12, 0, 0) if kind.name == "datetime" else day
    return Source(f"{kind.name}({', '.join(map(str, numbers))})")
