"""How a reply is got: from the round that a dead build left, or from the generator, within the budgets.

A reply is in the ledger before anybody looks at it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from regen.ledger.records import PromptPart, RecordedUsage, ReplyRecord
from regen.ledger.ways import USUAL, Way
from regen.ports import PaidGeneratorError, Pending, Reply, Request, Usage
from regen.verdicts.verdict import Verdict

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from regen.budget import Budget
    from regen.ledger.records import Lock
    from regen.outcomes import Outcome
    from regen.ports import Clock, Generator, Ledger, Progress
    from regen.prompts.prompt import Prompt
    from regen.schedule import Gate
    from regen.units.key import Key
    from regen.units.unit import Unit

_BYTES_PER_TOKEN = 4


class Round(msgspec.Struct, frozen=True):
    """The replies of one round of attempts, to be used before any new one is asked for."""

    number: int
    replies: tuple[ReplyRecord, ...]
    forced: bool

    def recorded(self, attempt: int, prompt_digest: str) -> ReplyRecord | None:
        """Return the reply that this round has for an attempt with this very prompt."""
        same = [r for r in self.replies if r.attempt == attempt and r.prompt_digest == prompt_digest]
        return same[-1] if same else None


def open_round(ledger: Ledger, unit: str, key: Key, lock: Lock | None, *, attempts: int, forced: bool) -> Round:
    """Return the round that a build left unfinished, or an empty new one.

    A round is finished when its attempts are used up; an accepted reply of the same key serves again, unless a
    person asks for a fresh one and got this one already: a lock of its time or later says so.
    """
    everything = [r for r in ledger.replies(unit) if r.round]  # without those of probes
    mine = [r for r in everything if r.key == key.digest and r.forced == forced]
    new = Round(max((r.round for r in everything), default=0) + 1, (), forced=forced)
    if not mine:
        return new
    number = max(r.round for r in mine)
    replies = [r for r in mine if r.round == number]
    generations = ledger.generations(unit)
    verdicts = {g.reply: g.verdict for g in generations if g.key == key}
    landed = max((g.at for g in generations if lock is not None and g.id == lock.generation), default=0.0)
    accepted = {g.reply for g in generations if g.verdict is Verdict.ACCEPTED and g.key == key and g.at <= landed}
    used_up = len({r.attempt for r in replies}) >= attempts and all(
        verdicts.get(r.id) is Verdict.REJECTED for r in replies
    )
    if used_up or (forced and any(r.id in accepted for r in replies)):
        return new
    return Round(number, tuple(replies), forced=forced)


class CallLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What one call may take."""

    max_output_tokens: int
    seconds: float


def request_for(unit: Unit, attempt: int, prompt: Prompt, way: Way, limits: CallLimits) -> Request:
    """Return what a generator is asked; `prompt` is in the way's order already."""
    return Request(
        unit=unit.id, attempt=attempt, prompt=prompt.text, prompt_digest=prompt.digest,
        parts=tuple((part.name, part.digest) for part in prompt.parts), stable_chars=prompt.stable_chars,
        max_output_tokens=limits.max_output_tokens, timeout_seconds=limits.seconds, temperature=way.temperature,
    )  # fmt: skip


class NotAsked(NamedTuple):
    """Why there is no reply though nothing failed: interrupted, over a budget, or a person will bring it."""

    outcome: Outcome
    note: str


class Asker:
    """Asks generators, so many at a time."""

    def __init__(self, ledger: Ledger, clock: Clock, budget: Budget, gate: Gate, stop: threading.Event) -> None:
        self._ledger, self._clock, self._budget, self._gate, self._stop = ledger, clock, budget, gate, stop

    def ask(
        self,
        generator: Generator,
        request: Callable[[], Request],
        prompt: Prompt,
        *,
        weight: int,
        tell: Callable[[Progress | None], None],
    ) -> tuple[Reply, Request] | NotAsked:
        """Return the reply and what was asked, once there is a place and a budget for the call.

        `request` is made when the place is there, with the time that is left then; `tell` hears of the start (None)
        and of progress.
        """
        with self._gate.held(weight):
            if self._stop.is_set():
                return NotAsked("skipped", "interrupted")
            asked = request()
            at_most = asked.max_output_tokens
            reservation = self._budget.reserve(prompt.tokens + at_most, generator.price(prompt.tokens, at_most))
            if isinstance(reservation, str):
                return NotAsked("budget", reservation)
            tell(None)
            usage: Usage | None = None
            estimated = (prompt.tokens, 0)
            try:
                # Before the call, so that little is left to write when the reply is there.
                for part in prompt.parts:
                    self._ledger.put_text(part.text)
                reply = generator.generate(asked, tell, self._stop)
                if isinstance(reply, Reply):
                    usage = None if reply.recorded else reply.usage  # what comes from the ledger is no call
                    estimated = (prompt.tokens, len(reply.text.encode()) // _BYTES_PER_TOKEN)
            except PaidGeneratorError as error:
                usage = error.usage
                raise
            finally:
                self._budget.settle(reservation, usage, estimated)
        return NotAsked("pending", reply.instructions) if isinstance(reply, Pending) else (reply, asked)

    def record(self, generator: Generator, unit: Unit, key: Key, prompt: Prompt, turn: Round,
               answer: tuple[Reply, Request], way: Way = USUAL) -> ReplyRecord:  # fmt: skip
        """Put a reply into the ledger, or find it there if it came from there."""
        reply, request = answer
        if reply.recorded:
            return next(r for r in self._ledger.replies(unit.id) if r.id == reply.recorded)
        whom = generator.name if way.generator else ""  # its own word for itself, which shows no key
        asked = Way(generator=whom, temperature=request.temperature, order=prompt.order)
        record = self._ledger.add_reply(
            ReplyRecord(
                unit=unit.id, round=turn.number, attempt=request.attempt, forced=turn.forced, key=key.digest,
                prompt=tuple(PromptPart(part.name, part.digest) for part in prompt.parts),
                prompt_digest=prompt.digest, generator=generator.name, model=reply.model,
                reply=self._ledger.put_text(reply.text), cut=reply.cut, seconds=reply.seconds,
                usage=RecordedUsage(**msgspec.structs.asdict(reply.usage)), at=self._clock.now(),
                way=None if asked == USUAL else asked,
            )
        )  # fmt: skip
        generator.delivered(request)
        return record
