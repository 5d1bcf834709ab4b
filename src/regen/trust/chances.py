"""How likely a next try is accepted, as the ledger tells it: by failures so far, length of the prompt, model and kind.

Few tries draw few conclusions: everything is shrunk towards the estimates of an empty ledger.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from regen.verdicts.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from regen.ledger.records import Generation, ReplyRecord

FEEDBACK_PART = "attempt before"
"""The part of a prompt that tells of the attempt before; `prompts/compose.py` names it."""

TryKind = Literal["fresh", "feedback"]
RecordKind = Literal["first", "resample", "feedback"]


class Try(msgspec.Struct, frozen=True, kw_only=True):
    """One call and what came of it: `share` of the tests passed, `reply` the sha256 of its text.

    `model` is the name of the generator as in regen.toml, such as `api:openai:gpt-5`: what an offer names as well.
    `prompt_tokens` is None where the provider did not report it.
    """

    model: str = ""
    kind: TryKind = "fresh"
    accepted: bool
    share: float = 0.0
    reply: str = ""
    prompt_tokens: int | None = None


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What a model's calls of one kind brought; `expected` is what any calls after as many failures would have.

    `prior` is the lift where nothing is known.
    """

    tries: int = 0
    accepted: int = 0
    expected: float = 0.0
    prior: float = 1.0

    @property
    def lift(self) -> float:
        """Return how many times as often as any call these were accepted, drawn to `prior` while they are few."""
        return (self.accepted + self.prior * _SHRINKAGE) / (self.expected + _SHRINKAGE)

    @property
    def hope(self) -> float:
        """Return the lift and half its standard deviation: what was tried little is tried now and then.

        The idea is UCB's (Auer, Cesa-Bianchi and Fischer 2002), on a gamma-Poisson posterior.
        """
        deviation = math.sqrt(self.accepted + self.prior * _SHRINKAGE) / (self.expected + _SHRINKAGE)
        return self.lift + deviation / 2


class Estimates(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger tells of the chances of a try; the defaults are those of an empty ledger.

    A unit's chance is drawn from Beta(`hits`, `misses`), so each failure lowers it: it is hits / (hits + misses +
    failures). A prompt longer than `typical` (log tokens, `spread` its deviation) counts as more misses, by
    exp(`length`) a deviation; failures count less by the part `nearness` times the square of the best share passed.
    """

    hits: float = 1.0
    misses: float = 1.0
    length: float = 0.0
    nearness: float = 0.0
    typical: float = 0.0
    spread: float = 1.0
    records: dict[tuple[str, RecordKind], Record] = {}

    def chance(self, prompt_tokens: int | None, failures: int, near: float, hits: int = 0) -> float:
        """Return the chance that any next try is accepted, whatever its kind and model.

        `near` is `failures` times the square of the best share of tests that one of them passed.
        """
        misses = self.misses * math.exp(self.length * self.length_of(prompt_tokens)) - self.nearness * near
        return (self.hits + hits) / (self.hits + hits + misses + failures)

    def length_of(self, prompt_tokens: int | None) -> float:
        """Return how much longer than usual a prompt is, in deviations; 0 where nothing is known."""
        if not prompt_tokens:
            return 0.0
        return max(-_FAR, min(_FAR, (math.log(prompt_tokens) - self.typical) / self.spread))

    def record(self, model: str, kind: RecordKind) -> Record:
        return self.records.get((model, kind), _NO_FEEDBACK if kind == "feedback" else _NO_RECORD)


_SHRINKAGE = 5.0  # calls accepted as expected, beside those of the ledger
_NO_RECORD = Record()
_NO_FEEDBACK = Record(prior=1.1)  # what a build does while the ledger says nothing against it
_FAR = 2.5  # deviations; the fit knows nothing of longer prompts
_MOST_TRIES = 40  # of one unit that count, so that no unit outweighs all others


def past_tries(generations: Iterable[Generation], replies: Iterable[ReplyRecord]) -> tuple[Try, ...]:
    """Return the tries of one unit, oldest first, each reply once, from the ledger's records of it.

    Verdicts that told nothing are left out, and so is code that was written by hand or only verified again.
    """
    asked = {reply.id: reply for reply in replies}
    seen: set[str] = set()
    tries: list[Try] = []
    for generation in generations:
        reply = asked.get(generation.reply)
        if reply is None or generation.kind != "generated" or generation.reply in seen:
            continue
        if generation.verdict is Verdict.INCONCLUSIVE:
            continue
        seen.add(generation.reply)
        outcomes = [test.outcome == "passed" for check in generation.checks for test in check.tests]
        tries.append(
            Try(
                model=generation.generator or generation.model, reply=reply.reply,
                kind="feedback" if any(part.name == FEEDBACK_PART for part in reply.prompt) else "fresh",
                accepted=generation.verdict is Verdict.ACCEPTED, prompt_tokens=reply.usage.input_tokens,
                share=sum(outcomes) / len(outcomes) if outcomes else 0.0,
            )
        )  # fmt: skip
    return tuple(tries)


def fit(history: Iterable[Sequence[Try]]) -> Estimates:
    """Return what past tries tell, one sequence a unit, oldest first; without any, the estimates of an empty ledger.

    The beta-binomial's four numbers maximise the likelihood of each try given those before it (the Pólya urn), with a
    prior that draws them to the defaults; then each model's and kind's record is held against what they expect.
    """
    units = [tuple(tries[:_MOST_TRIES]) for tries in history if tries]
    known = [math.log(tries[0].prompt_tokens) for tries in units if tries[0].prompt_tokens]
    typical = sum(known) / len(known) if known else 0.0
    spread = math.sqrt(sum((each - typical) ** 2 for each in known) / len(known)) if known else 0.0
    start = Estimates(typical=typical, spread=max(spread, 0.1))
    walks = [(start.length_of(tries[0].prompt_tokens), _steps(tries)) for tries in units]
    fitted = _ascend(start, lambda estimates: _log_posterior(estimates, walks)) if units else start
    counts: dict[tuple[str, RecordKind], list[float]] = {}
    for tries in units:
        for number, (tried, step) in enumerate(zip(tries, _steps(tries), strict=True)):
            first = number == 0 or tries[number - 1].accepted  # what was accepted ended its round
            kind: RecordKind = "feedback" if tried.kind == "feedback" else "first" if first else "resample"
            count = counts.setdefault((tried.model, kind), [0, 0, 0.0])
            count[0] += 1
            count[1] += tried.accepted
            count[2] += fitted.chance(tries[0].prompt_tokens, step.failures, step.near, step.hits)
    records = {
        key: msgspec.structs.replace(start.record(*key), tries=int(count), accepted=int(accepted), expected=expected)
        for key, (count, accepted, expected) in counts.items()
    }
    return msgspec.structs.replace(fitted, records=records)


class _Step(NamedTuple):
    """A try and what was known of its unit before it; `near` are the failures by the square of the best share."""

    hits: int
    failures: int
    near: float
    accepted: bool


def _steps(tries: Sequence[Try]) -> list[_Step]:
    steps: list[_Step] = []
    failures, hits, best = 0, 0, 0.0
    for tried in tries:
        steps.append(_Step(hits, failures, 0.0 if hits else failures * best * best, tried.accepted))
        if tried.accepted:
            hits += 1
        else:
            failures, best = failures + 1, max(best, tried.share)
    return steps


def _log_posterior(estimates: Estimates, units: Sequence[tuple[float, Sequence[_Step]]]) -> float:
    """Return the logarithm of likelihood times prior, `units` being each one's length in deviations and its steps."""
    a, nearness = estimates.hits, estimates.nearness
    total = -(math.log(a) ** 2 + math.log(estimates.misses) ** 2) / 8
    total -= 2 * estimates.length**2 + 2 * nearness
    for length, steps in units:
        misses = estimates.misses * math.exp(estimates.length * length)
        for hits, failures, near, accepted in steps:
            against = misses + failures - nearness * near
            total += math.log((a + hits if accepted else against) / (a + hits + against))
    return total


def _ascend(start: Estimates, height: Callable[[Estimates], float]) -> Estimates:
    """Climb one number at a time with ever smaller steps: four numbers, one summit, no library needed."""
    best, top, step = start, height(start), 0.5
    while step > 0.02:  # noqa: PLR2004 - two hundredths change no decision
        climbed = False
        for neighbour in _neighbours(best, step):
            tried = height(neighbour)
            if tried > top + 1e-9:
                best, top, climbed = neighbour, tried, True
                break
        if not climbed:
            step /= 2
    return best


def _neighbours(at: Estimates, step: float) -> Iterable[Estimates]:
    change = msgspec.structs.replace
    for sign in (step, -step):
        yield change(at, hits=at.hits * math.exp(sign))
        yield change(at, misses=at.misses * math.exp(sign))
        yield change(at, length=at.length + sign)
        yield change(at, nearness=min(0.9, max(0.0, at.nearness + sign)))
