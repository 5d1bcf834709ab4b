"""Probing: independent replies to one prompt, verified; code and lock stay as they are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from regen.asking import NotAsked, Round
from regen.candidates.candidate import Candidate, Refusal, read_candidate
from regen.ledger.records import Generation
from regen.ports import Request
from regen.verdicts.verdict import Verdict, judge

if TYPE_CHECKING:
    import threading

    from regen.asking import Asker
    from regen.ledger.records import ReplyRecord
    from regen.ports import Clock, Code, Generator, Ledger, Verifier
    from regen.prompts.prompt import Prompt
    from regen.units.key import Key
    from regen.units.unit import Unit


_NO_BUILD = Round(0, (), forced=False)


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One reply and what became of it: `files` is the candidate, empty where the reply was none."""

    generation: Generation
    files: dict[str, str] = {}

    @property
    def is_accepted(self) -> bool:
        return self.generation.verdict is Verdict.ACCEPTED and bool(self.files)


class Probe(NamedTuple):
    """What a probe has: the samples, and why there are fewer than were asked for, where there are."""

    samples: tuple[Sample, ...]
    waits: str = ""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one call may take."""

    max_output_tokens: int
    call_seconds: float


class Prober:
    """Asks for replies to a unit's present prompt until there are enough, each without word of the others.

    Replies that the ledger has to this very prompt count, whoever asked for them: a probe that was killed goes on.
    """

    def __init__(
        self, ledger: Ledger, code: Code, clock: Clock, asker: Asker, verifier: Verifier, stop: threading.Event
    ) -> None:
        self._ledger, self._code, self._clock = ledger, code, clock
        self._asker, self._verifier, self._stop = asker, verifier, stop

    def probe(
        self, unit: Unit, key: Key, prompt: Prompt, generator: Generator | None, count: int, limits: Limits
    ) -> Probe:
        """Return `count` samples, or those that are there without a generator."""
        replies = self._ledger.replies(unit.id)
        known = [r for r in replies if r.key == key.digest and r.prompt_digest == prompt.digest]
        waits, missing = "", max(0, count - len(known)) if generator is not None else 0
        if generator is not None and missing:
            first = 1 + max((r.attempt for r in replies if not r.round), default=0)
            ask = lambda number: self._ask(unit, key, prompt, generator, number, limits)  # noqa: E731
            # A person is asked one prompt at a time: it is the same, and so is the place of its reply.
            one_by_one = generator.name.startswith("manual")
            with ThreadPoolExecutor(1 if one_by_one else missing, thread_name_prefix="probe") as crew:
                for answer in crew.map(ask, range(first, first + (1 if one_by_one else missing))):
                    if isinstance(answer, NotAsked):
                        waits = answer.note
                    else:
                        known.append(answer)
        return Probe(tuple(self._judged(unit, key, record) for record in known), waits)

    def _ask(
        self, unit: Unit, key: Key, prompt: Prompt, generator: Generator, number: int, limits: Limits
    ) -> ReplyRecord | NotAsked:
        def request() -> Request:
            return Request(
                unit=unit.id, attempt=number, prompt=prompt.text, prompt_digest=prompt.digest,
                parts=tuple((part.name, part.digest) for part in prompt.parts), stable_chars=prompt.stable_chars,
                max_output_tokens=limits.max_output_tokens, timeout_seconds=limits.call_seconds,
            )  # fmt: skip

        answer = self._asker.ask(generator, request, prompt, weight=0, tell=lambda progress: None)  # noqa: ARG005
        return answer if isinstance(answer, NotAsked) else self._asker.record(
            generator, unit, key, prompt, _NO_BUILD, answer
        )  # fmt: skip

    def _judged(self, unit: Unit, key: Key, record: ReplyRecord) -> Sample:
        existing = {t.path: self._code.read(t.path) or "" for t in unit.targets if t.symbol}
        text = self._ledger.text(record.reply)
        candidate = read_candidate(unit.id, unit.targets, text, existing, cut=record.cut)
        files = candidate.files if isinstance(candidate, Candidate) else {}
        for known in self._ledger.generations(unit.id):
            if known.reply == record.id and known.key == key and known.verdict is not Verdict.INCONCLUSIVE:
                return Sample(generation=known, files=files)
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
        return Sample(generation=generation, files=files)
