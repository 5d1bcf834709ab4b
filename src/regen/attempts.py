"""One unit's attempts: every stage from prompt to verdict named, in order, in `Attempts.run`.

How a reply is got, once and never twice, is in `asking.py`; what a verdict is made of, in `judging.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from regen.asking import CallLimits, NotAsked, open_round, request_for
from regen.candidates.candidate import Candidate, read_candidate
from regen.choosing import Accepted, Agree, First, Taken
from regen.ledger.ways import USUAL
from regen.outcomes import UnitResult, why_not_passed
from regen.ports import Event
from regen.trust.chances import past_tries
from regen.trust.spending import Progress as Tries
from regen.verdicts.feedback import feedback
from regen.verdicts.verdict import Verdict

if TYPE_CHECKING:
    import threading

    from regen.asking import Asker
    from regen.budget import Budget
    from regen.build_inputs import Options, Sources, World
    from regen.choosing import Policy
    from regen.judging import Judging
    from regen.ledger.records import Generation, Lock, ReplyRecord
    from regen.ledger.ways import Way
    from regen.outcomes import Outcome
    from regen.ports import Progress, Request, Stage
    from regen.prompts.prompt import Prompt
    from regen.retrying import Retries
    from regen.units.key import Key
    from regen.units.settings import BuildSettings
    from regen.units.unit import Unit


class Shared(NamedTuple):
    """What the units of one build share; `weights` say which goes first where several wait."""

    sources: Sources
    settings: BuildSettings
    world: World
    options: Options
    budget: Budget
    asker: Asker
    judging: Judging
    retries: Retries
    weights: dict[str, int]
    stop: threading.Event

    def tell(self, unit: str, stage: Stage, *, attempt: int = 0, tokens: int = 0, note: str = "") -> None:
        """Tell the reporter where a unit is, with what was spent so far."""
        spent = self.budget.spent
        cost = spent.cost if spent.calls and not spent.unknown_costs else None
        self.world.reporter.tell(
            Event(unit=unit, stage=stage, attempt=attempt, tokens=tokens, cost_usd=cost, note=note)
        )


class Attempts:
    """The attempts at one unit in one build, from its `key` and the `lock` before it.

    `changed` are the sources that differ from those of the accepted code; a forced unit is asked for as a new one.
    """

    def __init__(self, shared: Shared, unit: Unit, key: Key, lock: Lock | None, changed: tuple[str, ...]) -> None:
        self._shared, self._unit, self._key = shared, unit, key
        self._ledger = shared.world.ledger
        self._most = shared.settings.attempts
        self._forced = unit.id in shared.options.force
        self._changed = () if self._forced else changed
        self._round = open_round(self._ledger, unit.id, key, lock, attempts=self._most, forced=self._forced)
        self._tries = Tries(unit=unit.id)
        self.asked = 0
        """How many replies were asked for now, rather than found in the ledger."""

    def run(self) -> Taken | UnitResult:
        """Ask, read, judge and choose until a candidate can be taken or the attempts are used up."""
        unit, policy = self._unit, self._policy()
        told, undecided = "", ""
        for attempt in range(1, self._most + 1):
            self._tell("prompt", attempt)
            record = self._reply(attempt, told)
            if isinstance(record, UnitResult):
                return msgspec.structs.replace(record, attempts=self.asked)
            candidate = read_candidate(
                unit.id, unit.targets, self._ledger.text(record.reply), self._existing(), cut=record.cut
            )
            self._tell("verifying", attempt)
            generation = self._shared.judging.judge(unit, self._key, record, candidate)
            for tried in past_tries([generation], [record]):
                self._tries = self._tries.after(tried)
            if isinstance(candidate, Candidate) and generation.verdict is Verdict.ACCEPTED:
                chosen = policy.took(Accepted(generation, candidate, record))
                if isinstance(chosen, Taken):
                    return chosen
                told, undecided = "", chosen.reason
                if not chosen.asks:
                    break
                self._tell("verified", attempt, note=chosen.reason)
                continue
            if generation.verdict is Verdict.INCONCLUSIVE:
                return self._ended("inconclusive", generation, why_not_passed(generation.checks))
            self._tell("rejected", attempt, note=next(iter(_reasons(generation)), ""))
            told, undecided = feedback(generation.refused, generation.checks), policy.rejected()
        if undecided:
            return self._ended("undecided", generation, (undecided,))
        return self._ended("rejected", generation, _reasons(generation))

    def _policy(self) -> Policy:
        if self._shared.settings.policy == "agree":
            return Agree(self._unit, self._most, self._shared.world.comparer, self._shared.stop)
        return First()

    def _reply(self, attempt: int, told: str) -> ReplyRecord | UnitResult:
        """Return the reply to this attempt; a further one is asked for with feedback, which is `told`, or afresh."""
        shared, unit = self._shared, self._unit
        way = next(iter(shared.options.ways.get(unit.id, ())[attempt - 1 : attempt]), USUAL)
        generator = way.generator or shared.options.generators.get(unit.id, "")
        call = shared.retries.next(self._tries, generator) if told else None
        fed = ("", told) if call is not None and call.kind == "fresh" else (told, "")
        usual = [shared.sources.prompt(unit, changed=self._changed, feedback=text) for text in dict.fromkeys(fed)]
        # A reply that this round has is used, whichever way it was asked for.
        prompts = [prompt.in_order(order) for order in dict.fromkeys((way.order, 1, attempt)) for prompt in usual]
        for prompt in prompts:
            record = self._round.recorded(attempt, prompt.digest)
            if record is not None:
                return record
        if generator == "ledger":
            replies = self._ledger.replies(unit.id)
            known = {reply.prompt_digest for reply in replies if reply.attempt == attempt and reply.round}
            prompts.sort(key=lambda prompt: prompt.digest not in known)
        why = call.why if call is not None and call.kind == "fresh" and told else ""
        weight = shared.retries.weight(call, self._tries, shared.weights.get(unit.id, 0))
        return self._ask(prompts[0], attempt, way, weight, why)

    def _ask(self, prompt: Prompt, attempt: int, way: Way, weight: int, why: str) -> ReplyRecord | UnitResult:
        """Ask a generator, in the way that is the attempt's, and put its reply into the ledger."""
        shared, unit = self._shared, self._unit
        generator = shared.world.generator(way.generator or shared.options.generators[unit.id])
        whom = generator.name if way.generator else ""
        asked_how = ", ".join(filter(None, [whom, str(msgspec.structs.replace(way, order=prompt.order)), why]))
        left_out = f"left out of the prompt, which would be too long: {', '.join(prompt.dropped)}"

        def request() -> Request:
            limits = CallLimits(max_output_tokens=shared.options.max_output_tokens, seconds=self._call_seconds())
            return request_for(unit, attempt, prompt, way, limits)

        def tell(progress: Progress | None) -> None:
            note = progress.note if progress else left_out if prompt.dropped else asked_how
            tokens = prompt.tokens + (progress.output_tokens if progress else 0)
            self._tell("asking", attempt, tokens=tokens, note=note)

        answer = shared.asker.ask(generator, request, prompt, weight=weight, tell=tell)
        if isinstance(answer, NotAsked):
            return UnitResult(unit=unit.id, outcome=answer.outcome, notes=(answer.note,))
        record = shared.asker.record(generator, unit, self._key, prompt, self._round, answer, way)
        self.asked += 1
        return record

    def _call_seconds(self) -> float:
        left, most = self._shared.budget.seconds_left(), self._shared.options.call_seconds
        return most if left is None else min(most, max(left, 0.01))

    def _existing(self) -> dict[str, str]:
        """Return the files that hold the unit's single definitions, which a reply does not repeat."""
        return {t.path: self._shared.world.code.read(t.path) or "" for t in self._unit.targets if t.symbol}

    def _ended(self, outcome: Outcome, generation: Generation, notes: tuple[str, ...]) -> UnitResult:
        return UnitResult(
            unit=self._unit.id, outcome=outcome, generation=generation.id, attempts=self.asked, notes=notes
        )

    def _tell(self, stage: Stage, attempt: int, *, tokens: int = 0, note: str = "") -> None:
        self._shared.tell(self._unit.id, stage, attempt=attempt, tokens=tokens, note=note)


def _reasons(generation: Generation) -> tuple[str, ...]:
    """Return why a generation was not accepted, a line each."""
    return (generation.refused,) if generation.refused else why_not_passed(generation.checks)
