"""Inputs for one entry point: examples first, then what Hypothesis draws from kinds, then mutated examples.

Constants with their neighbours are among what is drawn, as in property-based testing guided by literals (Pynguin's and
EvoSuite's seeding); mutations of examples keep their shape, as EvalPlus's type-aware mutation does (Liu et al. 2023).
"""

from __future__ import annotations

import random
import warnings
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException, HypothesisWarning

from regen.experiments.domain_types import SOURCES, Kind
from regen.experiments.fuzz_mutations import Mutator
from regen.experiments.fuzz_neighbours import neighbours
from regen.experiments.fuzz_values import Made, Source, Value, render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regen.experiments.domain import Entry
    from regen.experiments.fuzz_vocabulary import Vocabulary

_SHORT = 8
_GROWN = 12
_TWINS = 0.3
_TIMES = (3, 10, 20, 40)


def strategy(kind: Kind, words: Vocabulary) -> st.SearchStrategy[Value]:
    """Return what Hypothesis draws for a kind; smaller values come first when it shrinks."""
    parts = [strategy(part, words) for part in kind.parts]
    longest = words.longest
    match kind.name:
        case "None":
            return st.none()
        case "bool":
            return st.booleans()
        case "int":
            return _ints(words)
        case "float":
            return _floats(words)
        case "complex":
            return st.complex_numbers(max_magnitude=100, allow_nan=False)
        case "str":
            return _texts(words)
        case "bytes":
            return st.binary(max_size=longest)
        case "list":
            return _lists(parts[0], longest)
        case "iterator":
            return _lists(parts[0], longest).map(lambda items: Source(f"iter({render(items)})"))
        case "set" | "frozenset":
            made = set if kind.name == "set" else frozenset
            return st.lists(_hashable(parts[0]), max_size=longest).map(made)
        case "tuple" if kind.text == "...":
            return _lists(parts[0], longest).map(tuple)
        case "tuple":
            return st.tuples(*parts)
        case "dict":
            return st.dictionaries(_hashable(parts[0]), parts[1], max_size=min(longest, _SHORT))
        case "union":
            return st.one_of(*parts)
        case "choice":
            return st.sampled_from(kind.choices or (None,))
        case "callable":
            given = [st.sampled_from(kind.choices)] if kind.choices else []
            return st.one_of(parts[0].map(lambda value: Source(f"lambda *a: {render(value)}")), *given)
        case "record":
            return st.fixed_dictionaries({name: strategy(each, words) for name, each in kind.fields})
        case "made":
            names = [name for name, _ in kind.fields]
            fields = st.tuples(*(strategy(each, words) for _, each in kind.fields))
            return fields.map(lambda values: Made(kind.text, tuple(zip(names, values, strict=True))))
        case name if name in SOURCES:
            return _sources(name, words)
    return st.one_of(st.none(), st.booleans(), _ints(words), _texts(words), st.lists(_ints(words), max_size=4))


def _ints(words: Vocabulary) -> st.SearchStrategy[int]:
    usual = [st.sampled_from(words.ints), st.integers(-3, 12), st.integers(-30, 120)]
    usual.append(st.integers(-min(words.farthest, 10**6), min(words.farthest, 10**6)))
    return st.one_of(*usual, *([st.integers()] if words.unusual else []))


def _floats(words: Vocabulary) -> st.SearchStrategy[float]:
    usual: list[st.SearchStrategy[float]] = [
        st.sampled_from(words.floats), st.integers(-20, 100).map(lambda n: n / 4), st.integers(-10, 10).map(float),
        st.integers(-2000, 2000).map(lambda n: n / 100), st.sampled_from(words.ints).map(_as_float),
    ]  # fmt: skip
    return st.one_of(*usual, *([st.floats()] if words.unusual else []))


def _as_float(number: int) -> float:
    return float(max(min(number, 10**15), -(10**15)))


def _texts(words: Vocabulary) -> st.SearchStrategy[str]:
    few = words.letters[:12] or "ab"
    return st.one_of(
        st.sampled_from(words.texts),
        st.text(st.sampled_from(few), max_size=max(4, words.longest // 2)),
        st.text(st.sampled_from(words.letters), max_size=words.longest),
        st.lists(st.sampled_from(words.texts), min_size=2, max_size=3).map("".join),
        st.lists(st.sampled_from(words.texts), min_size=2, max_size=3).map(" ".join),
    )


def _lists(item: st.SearchStrategy[Value], longest: int) -> st.SearchStrategy[list[Value]]:
    """Return lists of items, and lists of few different ones, in which ties and repetitions are."""
    few = st.lists(item, min_size=1, max_size=3).flatmap(
        lambda items: st.lists(st.sampled_from(items), max_size=longest)
    )
    return st.one_of(st.lists(item, max_size=4), st.lists(item, max_size=longest), few)


def _hashable(items: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    def is_hashable(value: Value) -> bool:
        try:
            hash(value)
        except TypeError:
            return False
        return True

    return items.filter(is_hashable)


def _sources(name: str, words: Vocabulary) -> st.SearchStrategy[Source]:
    match name:
        case "Decimal":
            cents = st.one_of(st.sampled_from(words.ints), st.integers(-100_000, 100_000))
            numbers = st.tuples(cents, st.integers(0, 3)).map(lambda pair: f"{pair[0]}e-{pair[1]}")
            plain = st.one_of(st.sampled_from(("0", "1", "0.5", "0.005", "2.675", "1.005")), numbers)
            return plain.map(lambda text: Source(f"Decimal('{text}')"))
        case "Fraction":
            pairs = st.tuples(st.integers(-20, 20), st.integers(1, 20))
            return pairs.map(lambda pair: Source(f"Fraction({pair[0]}, {pair[1]})"))
        case "date":
            return _days(words).map(lambda d: Source(f"date({d[0]}, {d[1]}, {d[2]})"))
        case "datetime":
            return st.tuples(_days(words), _clock()).map(
                lambda p: Source(f"datetime({', '.join(map(str, (*p[0], *p[1])))})")
            )
        case "time":
            return _clock().map(lambda c: Source(f"time({c[0]}, {c[1]}, {c[2]})"))
        case "timedelta":
            seconds = st.one_of(st.sampled_from((0, 1, 59, 60, 3600, 86_399, 86_400)), st.integers(-(10**6), 10**6))
            return seconds.map(lambda n: Source(f"timedelta(seconds={n})"))
        case "UUID":
            return st.integers(0, 9).map(lambda n: Source(f"UUID(int={n})"))
    return st.sampled_from(("a.txt", "a/b.txt", "/a", "..", "")).map(lambda text: Source(f"Path({text!r})"))


def _days(words: Vocabulary) -> st.SearchStrategy[tuple[int, int, int]]:
    any_day = st.tuples(st.integers(1990, 2040), st.integers(1, 12), st.integers(1, 28))
    return st.one_of(st.sampled_from(words.days), any_day)


def _clock() -> st.SearchStrategy[tuple[int, int, int]]:
    return st.one_of(
        st.sampled_from(((0, 0, 0), (12, 0, 0), (23, 59, 59))),
        st.tuples(st.integers(0, 23), st.integers(0, 59), st.integers(0, 59)),
    )


def drawn(drawing: st.SearchStrategy[Value], count: int) -> list[Value]:
    """Return so many values, the same ones each time."""
    found: list[Value] = []
    if count <= 0:
        return found

    @settings(
        max_examples=count, phases=[Phase.generate], database=None, derandomize=True, deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(drawing)
    def take(value: Value) -> None:
        found.append(value)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HypothesisWarning)
        try:
            take()
        except HypothesisException:
            return found  # nothing more can be drawn
    return found


def inputs_of(entry: Entry, words: Vocabulary, *, draws: int, mutants: int, seed: int = 0) -> list[tuple[Value, ...]]:
    """Return argument lists for an entry without repetitions: its examples, mutants of them, and drawn ones."""
    found: dict[str, tuple[Value, ...]] = {}
    for example in entry.examples:
        found.setdefault(render(example), example)
    kinds = [parameter.kind for parameter in entry.parameters]
    drawing = st.tuples(*(strategy(kind, words) for kind in kinds))
    for values in drawn(drawing, draws):
        found.setdefault(render(values), values)
    for values in neighbours(list(found.values()), kinds, unusual=words.unusual):
        found.setdefault(render(values), values)
    seeds = list(entry.examples) or list(found.values())[::3]
    if seeds:
        more = mutated(seeds, words, kinds, mutants, seed)
        found.update({render(values): values for values in more if render(values) not in found})
    return list(found.values())


def grown(seeds: Sequence[tuple[Value, ...]], words: Vocabulary) -> list[tuple[Value, ...]]:
    """Return a few argument lists much larger than examples: tables and recursion end somewhere, loops take time."""
    mutator = Mutator(random.Random(0), words)  # noqa: S311 - the same inputs each time
    found = []
    for number, seed in enumerate(seeds[-_GROWN:]):
        times = _TIMES[number % len(_TIMES)]
        found.append(tuple(mutator.grow(value, times) for value in seed))
        place = number % max(len(seed), 1)
        found.append((*seed[:place], *(mutator.grow(value, 10 * times) for value in seed[place : place + 1]),
                      *seed[place + 1 :]))  # fmt: skip
    return found


def mutated(
    seeds: Sequence[tuple[Value, ...]], words: Vocabulary, kinds: Sequence[Kind], count: int, seed: int
) -> list[tuple[Value, ...]]:
    """Return mutants of argument lists, each with one to three changes; arguments of one kind may become the same."""
    chance = random.Random(seed)  # noqa: S311 - the same inputs each time
    mutator = Mutator(chance, words)
    found = []
    if not kinds:
        return []
    for number in range(count):
        values = list(seeds[number % len(seeds)])
        for _ in range(chance.choice((1, 1, 2, 3))):
            place = chance.randrange(len(values))
            others = [each[place] for each in seeds]
            twin = chance.choice([n for n, kind in enumerate(kinds) if kind == kinds[place]])
            if twin != place and chance.random() < _TWINS:
                values[place] = values[twin]
            else:
                values[place] = mutator.mutate(values[place], kinds[place], others)
        found.append(tuple(values))
    return found
