"""Probing: independent replies to one unit's prompt, verified; code and lock stay as they are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from regen.asking import NotAsked, Round, request_for
from regen.candidates.candidate import Candidate, Refusal, read_candidate
from regen.errors import RegenError
from regen.ledger.records import Generation
from regen.ledger.ways import USUAL
from regen.verdicts.verdict import Verdict, judge

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    from regen.asking import Asker, CallLimits
    from regen.errors import Problem
    from regen.ledger.records import ReplyRecord
    from regen.ledger.ways import Way
    from regen.ports import Clock, Code, Generator, Ledger, Request, Verifier
    from regen.prompts.prompt import Prompt
    from regen.units.key import Key
    from regen.units.unit import Unit


_NO_BUILD = Round(0, (), forced=False)


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One reply and what became of it: `files` is the candidate, empty where the reply was none."""

    reply: ReplyRecord
    generation: Generation
    files: dict[str, str] = {}

    @property
    def is_accepted(self) -> bool:
        return self.generation.verdict is Verdict.ACCEPTED and bool(self.files)


class Probe(NamedTuple):
    """What a probe has: the samples, and why there are fewer than were asked for, where there are.

    `waits` is what a person or a budget must do, `problems` are those of the generators, `exit_code` the worst of them.
    """

    samples: tuple[Sample, ...]
    waits: str = ""
    problems: tuple[Problem, ...] = ()
    exit_code: int = 0


class Asked(NamedTuple):
    """What a probe asks for: one unit's prompt, once in each of `ways`; `own` is the generator of those that name none.

    `generator` opens a generator by its name.
    """

    unit: Unit
    key: Key
    prompt: Prompt
    own: str
    ways: tuple[Way, ...]
    limits: CallLimits
    generator: Callable[[str], Generator]

    def name(self, way: Way) -> str:
        return way.generator or self.own


def answers(prompt: Prompt, reply: ReplyRecord) -> bool:
    """Tell whether a reply is to this prompt, in whatever order its parts were."""
    return sorted((p.name, p.text) for p in reply.prompt) == sorted((p.name, p.digest) for p in prompt.parts)


def unanswered(asked: Asked, known: Sequence[ReplyRecord]) -> list[tuple[int, Way]]:
    """Return the ways without a reply, with their numbers from 1.

    A model or a temperature is asked for where it is varied, and then only its own reply is one; the order of the parts
    is no reason to pay again.
    """
    models = any(way.generator for way in asked.ways)
    warm = any(way.temperature is not None for way in asked.ways)
    left, missing = list(known), list(enumerate(asked.ways, 1))
    for by_order in (True, False):
        for number, way in tuple(missing):
            digest = asked.prompt.in_order(way.order).digest
            whom = asked.generator(asked.name(way)).name if models else ""
            for reply in left:
                if (
                    (not models or reply.generator == whom)
                    and (not warm or (reply.way or USUAL).temperature == way.temperature)
                    and (not by_order or reply.prompt_digest == digest)
                ):
                    left.remove(reply)
                    missing.remove((number, way))
                    break
    return missing


class Prober:
    """Asks for replies to a unit's present prompt until each way has one, each without word of the others.

    Replies that the ledger has count, whoever asked for them: a probe that was killed goes on.
    """

    def __init__(
        self, ledger: Ledger, code: Code, clock: Clock, asker: Asker, verifier: Verifier, stop: threading.Event
    ) -> None:
        self._ledger, self._code, self._clock = ledger, code, clock
        self._asker, self._verifier, self._stop = asker, verifier, stop

    def probe(self, asked: Asked) -> Probe:
        """Return the samples: those that are there and, where there are ways, one for each."""
        replies = self._ledger.replies(asked.unit.id)
        known = [r for r in replies if r.key == asked.key.digest and answers(asked.prompt, r)]
        waits: list[str] = []
        errors: list[RegenError] = []
        missing = unanswered(asked, known)
        while missing and not (waits or errors):
            for outcome in self._ask_all(asked, _one_by_one(asked, missing)):
                if isinstance(outcome, NotAsked):
                    waits.append(outcome.note)
                elif isinstance(outcome, RegenError):
                    errors.append(outcome)
                else:
                    known.append(outcome)
            left = unanswered(asked, known)
            if len(left) == len(missing):
                break  # what came answers none of the ways: asking again would bring no other
            missing = left
        known.sort(key=lambda record: (not record.round, record.attempt, record.at))
        samples = tuple(self._judged(asked.unit, asked.key, record) for record in known)
        problems = tuple(dict.fromkeys(problem for error in errors for problem in error.problems))
        worst = max((error.exit_code for error in errors), default=0)
        return Probe(samples, "\n".join(dict.fromkeys(waits)), problems, worst)

    def _ask_all(self, asked: Asked, samples: list[tuple[int, Way]]) -> list[ReplyRecord | NotAsked | RegenError]:
        with ThreadPoolExecutor(len(samples), thread_name_prefix="probe") as crew:
            try:
                return list(crew.map(lambda sample: self._ask(asked, *sample), samples))
            except KeyboardInterrupt:
                self._stop.set()  # and leaving the block waits for what is under way
                raise

    def _ask(self, asked: Asked, number: int, way: Way) -> ReplyRecord | NotAsked | RegenError:
        """Return what came of one sample: an error of one is none of the others'."""
        prompt = asked.prompt.in_order(way.order)

        def request() -> Request:
            return request_for(asked.unit, number, prompt, way, asked.limits)

        try:
            generator = asked.generator(asked.name(way))
            answer = self._asker.ask(generator, request, prompt, weight=-number, tell=lambda progress: None)  # noqa: ARG005
            if isinstance(answer, NotAsked):
                return answer
            return self._asker.record(generator, asked.unit, asked.key, prompt, _NO_BUILD, answer, way)
        except RegenError as error:
            return error

    def _judged(self, unit: Unit, key: Key, record: ReplyRecord) -> Sample:
        existing = {t.path: self._code.read(t.path) or "" for t in unit.targets if t.symbol}
        text = self._ledger.text(record.reply)
        candidate = read_candidate(unit.id, unit.targets, text, existing, cut=record.cut)
        files = candidate.files if isinstance(candidate, Candidate) else {}
        for known in self._ledger.generations(unit.id):
            if known.reply == record.id and known.key == key and known.verdict is not Verdict.INCONCLUSIVE:
                return Sample(reply=record, generation=known, files=files)
        checks = self._verifier.verify(unit, files, self._stop) if files else ()
        code = candidate.code if isinstance(candidate, Candidate) else {}
        generation = self._ledger.add_generation(
            Generation(
                unit=unit.id, kind="probed", reply=record.id, attempt=record.attempt, generator=record.generator,
                model=record.model, key=key, checks=checks, at=self._clock.now(),
                candidate={target: self._ledger.put_text(text) for target, text in code.items()},
                refused=candidate.reason if isinstance(candidate, Refusal) else "",
                verdict=judge(checks) if files else Verdict.REJECTED,
                sandbox=self._verifier.sandbox_name if files else "",
            )
        )  # fmt: skip
        return Sample(reply=record, generation=generation, files=files)


def _one_by_one(asked: Asked, missing: list[tuple[int, Way]]) -> list[tuple[int, Way]]:
    """Return what is asked for now: of a person, one reply at a time."""
    by_hand = [sample for sample in missing if asked.name(sample[1]).startswith("manual")]
    return [sample for sample in missing if sample not in by_hand[1:]]
