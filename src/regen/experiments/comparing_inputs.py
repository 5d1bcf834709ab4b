"""The inputs that programs are compared on: calls and sequences of calls that satisfy the preconditions."""

from __future__ import annotations

import ast
import builtins
import random
import re
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
from hypothesis import strategies as st

from regen.experiments.domain import ClassEntry, Domain, Entry, conditions_for
from regen.experiments.domain_types import SOURCES, fits
from regen.experiments.fuzz import drawn, grown, inputs_of, mutated, strategy
from regen.experiments.fuzz_shrinking import smaller
from regen.experiments.fuzz_values import Value, render, size
from regen.experiments.fuzz_vocabulary import Vocabulary
from regen.python_syntax import parse_module

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from regen.experiments.conversation import Conversation

_LONGEST_INPUT = 3_000
_ROUNDS = 5
_SEQUENCES = 120
_MOST_STEPS = 8
_TOGETHER = 20
_HELPERS = SOURCES | {"timezone", "OrderedDict", "deque", "math"}


class Step(msgspec.Struct, frozen=True):
    """A call of an entry with a value for each of its parameters."""

    entry: Entry
    values: tuple[Value, ...]

    def arguments(self) -> str:
        """Return the source between the brackets."""
        pairs = zip(self.entry.parameters, self.values, strict=True)
        return ", ".join(f"{p.name}={render(v)}" if p.by_name else render(v) for p, v in pairs)

    def smaller(self) -> list[Step]:
        """Return the step with one of its values smaller, of those that fit the parameter."""
        found = []
        for place, (parameter, value) in enumerate(zip(self.entry.parameters, self.values, strict=True)):
            steps = smaller(value)
            if fits(value, parameter.kind):
                steps = [each for each in steps if fits(each, parameter.kind)]
            found += [Step(self.entry, (*self.values[:place], each, *self.values[place + 1 :])) for each in steps]
        return found


class Case(msgspec.Struct, frozen=True):
    """One input: steps of which the last is compared; with more than one, the first makes an object of `made`.

    A `large` one is so much larger than examples that it says nothing of a program that takes long for it.
    """

    steps: tuple[Step, ...]
    made: str = ""
    large: bool = False

    def asked(self) -> tuple[tuple[str, ...], str, str]:
        """Return the statements to run before, the function's source and the arguments' source."""
        last = self.steps[-1]
        function = self._function(last)
        if last.entry.name.startswith("."):
            function = f"(lambda: {function})"
        return self.setup(), function, last.arguments()

    def setup(self) -> tuple[str, ...]:
        if not self.made or len(self.steps) < 2:  # noqa: PLR2004 - making it is all
            return ()
        first, *middle = self.steps[:-1]
        return (f"{self._name()} = {self.made}({first.arguments()})", *map(self._call, middle))

    def call(self) -> str:
        """Return the source of the call whose answer is compared."""
        return self._call(self.steps[-1])

    def _call(self, step: Step) -> str:
        function = self._function(step)
        return function if step.entry.name.startswith(".") else f"{function}({step.arguments()})"

    def _function(self, step: Step) -> str:
        if not self.made or step is self.steps[0]:
            return step.entry.name
        return f"{self._name()}.{step.entry.name.removeprefix('.')}"

    def _name(self) -> str:
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", self.made).lower() + ("_" if self.made.islower() else "")

    def size(self) -> tuple[int, ...]:
        """Return how large it is to a reader: its steps, then its values."""
        sizes = [size(step.values) for step in self.steps]
        return (len(self.steps), *(sum(column) for column in zip(*sizes, strict=True)))

    def smaller(self) -> list[Case]:
        """Return smaller cases, the smallest first."""
        found = []
        if self.made and len(self.steps) > 1:
            found = [Case((*self.steps[:place], *self.steps[place + 1 :]), self.made)
                     for place in range(1, len(self.steps) - 1)]  # fmt: skip
        for place, step in enumerate(self.steps):
            found += [Case((*self.steps[:place], each, *self.steps[place + 1 :]), self.made) for each in step.smaller()]
        return sorted([*found, *self._smaller_together()], key=Case.size)

    def _smaller_together(self) -> list[Case]:
        """Return cases in which equal values, or texts of equal length, become smaller at all their places at once."""
        places = [(s, p) for s, step in enumerate(self.steps) for p in range(len(step.values))]
        found = []
        for first in places:
            value = self._at(first)
            equal = [place for place in places if repr(self._at(place)) == repr(value)]
            if len(equal) > 1 and equal[0] == first:
                found += [self._with(dict.fromkeys(equal, each)) for each in smaller(value)[:_TOGETHER]]
            if isinstance(value, str):
                texts = [p for p in places if isinstance(self._at(p), str) and len(self._at(p)) == len(value)]
                if len(texts) > 1 and texts[0] == first:
                    found += [self._with({p: self._at(p)[:n] + self._at(p)[n + 1 :] for p in texts})
                              for n in range(min(len(value), _TOGETHER))]  # fmt: skip
        return found

    def _at(self, place: tuple[int, int]) -> Value:
        return self.steps[place[0]].values[place[1]]

    def _with(self, values: Mapping[tuple[int, int], Value]) -> Case:
        steps = [
            Step(step.entry, tuple(values.get((s, p), value) for p, value in enumerate(step.values)))
            for s, step in enumerate(self.steps)
        ]
        return Case(tuple(steps), self.made)


class Tries(Protocol):
    """How much is tried."""

    @property
    def draws(self) -> int: ...
    @property
    def mutants(self) -> int: ...
    @property
    def unusual(self) -> bool: ...


class Gate:
    """Asks in the sandbox whether cases satisfy the preconditions; `programs` are those to load for it, by entry."""

    def __init__(self, conversation: Conversation, programs: Mapping[str, Mapping[str, Any]]) -> None:
        self._conversation, self._programs = conversation, programs
        self.reason = ""

    def allowed(self, cases: Sequence[Case]) -> list[Case]:
        """Return those of which every step does."""
        fine = [True] * len(cases)
        for name in dict.fromkeys(step.entry.name for case in cases for step in case.steps):
            if name not in self._programs:
                continue
            asked = [(place, step) for place, case in enumerate(cases) for step in case.steps
                     if step.entry.name == name and fine[place]]  # fmt: skip
            inputs = [((), "", step.arguments()) for _, step in asked]
            told = self._conversation.ask(
                [condition_id(name)], inputs, seconds=1.0, program_seconds=20.0, options={}
            )[condition_id(name)]  # fmt: skip
            if told["unloaded"]:
                self.reason = f"the preconditions can't be evaluated: {told['unloaded']}"
            for (place, _), answer in zip(asked, told["answers"], strict=True):
                fine[place] = fine[place] and answer == ["yes"]
        return [case for case, is_fine in zip(cases, fine, strict=True) if is_fine]


class Feed(msgspec.Struct, frozen=True):
    """Cases for one function or class; `reason` says why there are none."""

    name: str
    cases: tuple[Case, ...]
    gate: Gate
    reason: str = ""


def condition_id(entry: str) -> str:
    """Return the id under which the preconditions of an entry are loaded: no program's."""
    return f"preconditions of {entry}"


def condition_programs(domain: Domain, program: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what to load for the preconditions of each entry, by condition id.

    The unit's own names come from `program`, which is loaded only where a precondition names them: it may be hostile.
    """
    found: dict[str, dict[str, Any]] = {}
    for entry in _entries(domain):
        text = conditions_for(entry, domain.conditions)
        if not text:
            continue
        bound = set(dir(builtins)) | _HELPERS | {parameter.name for parameter in entry.parameters}
        nodes = list(_walk(text))
        bound |= {n.id for n in nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
        bound |= {n.name for n in nodes if isinstance(n, ast.FunctionDef)} | {
            n.arg for n in nodes if isinstance(n, ast.arg)
        }
        foreign = any(isinstance(n, ast.Name) and n.id not in bound for n in nodes)
        own = dict(program) if foreign else {**program, "modules": {}, "uses": [], "shown": []}
        found[condition_id(entry.name)] = {**own, "conditions": text}
    return found


def _walk(text: str) -> list[ast.AST]:
    try:
        return list(ast.walk(parse_module(text)))
    except (SyntaxError, ValueError, RecursionError):
        return []


def _entries(domain: Domain) -> list[Entry]:
    return [*domain.functions, *(entry for each in domain.classes for entry in (each.make, *each.methods))]


def feeds_of(domain: Domain, conversation: Conversation, conditions: Mapping[str, Any], tries: Tries) -> list[Feed]:
    """Return the cases for each entry point of a unit."""
    named = {entry.name: conditions[condition_id(entry.name)] for entry in _entries(domain)
             if condition_id(entry.name) in conditions}  # fmt: skip
    feeds = []
    for entry in domain.functions:
        gate = Gate(conversation, named)
        cases = _calls(entry, domain, gate, tries)
        feeds.append(Feed(entry.name, tuple(cases), gate, gate.reason))
    for each in domain.classes:
        gate = Gate(conversation, named)
        cases = gate.allowed(_sequences(each, domain, tries))
        feeds.append(Feed(each.name, tuple(cases), gate, gate.reason))
    return feeds


def _calls(entry: Entry, domain: Domain, gate: Gate, tries: Tries) -> list[Case]:
    words = Vocabulary.of(entry, domain.constants, unusual=tries.unusual)
    pool = inputs_of(entry, words, draws=tries.draws, mutants=tries.mutants)
    found = {case.call(): case for case in gate.allowed(_cases(entry, pool))}
    kinds = [parameter.kind for parameter in entry.parameters]
    wanted = (tries.draws + tries.mutants) // 2
    for number in range(_ROUNDS):
        if not found or len(found) >= wanted or not kinds:
            break
        seeds = [case.steps[0].values for case in found.values()]
        random.Random(number).shuffle(seeds)  # noqa: S311 - the same inputs each time
        more = mutated(seeds, words, kinds, 2 * wanted, number + 1)
        found |= {case.call(): case for case in gate.allowed(_cases(entry, more))}
    chosen = list(found.values())[: tries.draws + tries.mutants]
    larger = [msgspec.structs.replace(case, large=True) for case in _cases(entry, grown(entry.examples, words))]
    larger = gate.allowed([case for case in larger if case.call() not in found])
    return [*sorted(chosen, key=Case.size), *sorted(larger, key=Case.size)]  # what takes longest comes last


def _cases(entry: Entry, inputs: Sequence[tuple[Value, ...]]) -> list[Case]:
    return [Case((Step(entry, values),)) for values in inputs if len(render(values)) <= _LONGEST_INPUT]


def _sequences(each: ClassEntry, domain: Domain, tries: Tries) -> list[Case]:
    """Return every beginning of sequences of calls: examples of the constructor first, then what Hypothesis draws."""

    def step(entry: Entry) -> st.SearchStrategy[Step]:
        words = Vocabulary.of(entry, domain.constants, unusual=tries.unusual)
        kinds = st.tuples(*(strategy(parameter.kind, words) for parameter in entry.parameters))
        if entry.examples:
            kinds = st.one_of(st.sampled_from(entry.examples), kinds)
        return kinds.map(lambda values: Step(entry, values))

    if not each.methods:
        return [Case((first,), each.name) for first in drawn(step(each.make), tries.draws)]
    steps = st.lists(st.one_of(*map(step, each.methods)), min_size=1, max_size=_MOST_STEPS)
    found: dict[str, Case] = {}
    for first, rest in drawn(st.tuples(step(each.make), steps), max(_SEQUENCES, tries.draws)):
        for end in range(len(rest) + 1):
            case = Case((first, *rest[:end]), each.name)
            found.setdefault(repr((case.setup(), case.call())), case)
    return list(found.values())
