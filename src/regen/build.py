"""The loop: a unit's sources in, verified code out. Every stage is named, in order, in `Build._generate`.

The verdict comes from the checks alone, and only an accepted candidate is written. How a reply is got, once and never
twice, is in `asking.py`; how code gets onto the disk, whole or not at all, in `landing.py`.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

from regen.asking import Asker, CallLimits, NotAsked, open_round, request_for
from regen.budget import Budget
from regen.candidates.candidate import Candidate, Refusal, read_candidate
from regen.choosing import Accepted, Agree, First, Taken
from regen.errors import RegenError
from regen.landing import CodeOnDisk, Landing, target_text
from regen.ledger.records import Generation
from regen.ledger.ways import USUAL, Way
from regen.outcomes import HINDERS, BuildResult, UnitResult, why_not_passed
from regen.plan import Action, State, Step, decide
from regen.ports import Event
from regen.retrying import Retries
from regen.schedule import Gate, critical_path, run_graph
from regen.trust.chances import past_tries
from regen.trust.spending import Progress as Tries
from regen.verdicts.feedback import feedback
from regen.verdicts.verdict import Verdict, judge

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from regen.asking import Round
    from regen.choosing import Policy
    from regen.ledger.records import Lock, ReplyRecord
    from regen.outcomes import Outcome
    from regen.ports import Clock, Code, Comparer, Generator, Ledger, Progress, Reporter, Request, Stage, Verifier
    from regen.prompts.prompt import Prompt
    from regen.units.graph import Graph
    from regen.units.key import Key
    from regen.units.settings import BuildSettings
    from regen.units.unit import Unit
    from regen.verdicts.check_run import CheckRun


class Sources(CodeOnDisk, Protocol):
    """What a build must be told of the project; implemented in `project.py`."""

    @property
    def graph(self) -> Graph: ...

    @property
    def keys(self) -> Mapping[str, Key]: ...

    @property
    def locks(self) -> Mapping[str, Lock]: ...

    def prompt(self, unit: Unit, *, changed: tuple[str, ...], feedback: str) -> Prompt:
        """Return the prompt that the unit's sources make now."""
        ...


def no_comparer() -> Comparer:
    """Stand in where no policy compares programs."""
    raise RuntimeError("a build that compares programs needs a comparer")


class World(NamedTuple):
    """The adapters that a build works with; generators and the verifier are opened when first needed."""

    ledger: Ledger
    code: Code
    clock: Clock
    reporter: Reporter
    verifier: Callable[[], Verifier]
    generator: Callable[[str], Generator]
    comparer: Callable[[], Comparer] = no_comparer


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What the user asked for. `generators` names the generator of each unit; `cores` verify at a time.

    `ways` says for each attempt at a unit in which way it is asked for, where not as usual. `max_output_tokens` and
    `call_seconds` limit one call.
    """

    generators: dict[str, str]
    ways: dict[str, tuple[Way, ...]] = {}
    force: frozenset[str] = frozenset()
    discard_edits: frozenset[str] = frozenset()
    cores: int = 2
    max_output_tokens: int = 16_384
    call_seconds: float = 600.0


class Build:
    """One build of the units in `sources`, within the budgets of `settings`."""

    def __init__(self, sources: Sources, settings: BuildSettings, world: World, options: Options) -> None:
        self.sources, self.settings, self.world, self.options = sources, settings, world, options
        self.ledger, self.code, self.clock = world.ledger, world.code, world.clock
        self.budget = Budget(settings, world.clock)
        self.stop = threading.Event()
        self._asker = Asker(world.ledger, world.clock, self.budget, Gate(settings.jobs), self.stop)
        self._landing = Landing(world.ledger, world.code, sources, options.discard_edits)
        self._retries = Retries(world.ledger, sources.graph.order, world.clock.now())
        self._verifying = Gate(max(1, options.cores))
        self._weight: dict[str, int] = {}
        self._results: dict[str, UnitResult] = {}
        self._interfaces: dict[str, str] = {}

    def run(self, actions: Mapping[str, Action]) -> BuildResult:
        """Do what `actions` (in build order) ask for, and what follows from it for dependents among them."""
        started = self.clock.running()
        work = self._affected(actions)
        generate = sum(action.step is Step.GENERATE for action in actions.values())
        self.world.reporter.start(len(work), generate)
        uses = {unit: self.sources.graph.units[unit].uses for unit in work}
        self._weight = critical_path(work, self.sources.graph.dependents())
        try:
            run_graph(work, uses, self._work, threads=2 * self.settings.jobs + 2 * self.options.cores, stop=self.stop)
        except KeyboardInterrupt:
            self.stop.set()
        finally:
            self.world.reporter.end()
        for unit in actions:
            self._results.setdefault(
                unit, self._untouched(actions[unit], interrupted=self.stop.is_set() and unit in set(work))
            )
        return BuildResult(
            units=tuple(self._results[unit] for unit in actions),
            spent=self.budget.spent,
            seconds=self.clock.running() - started,
            interrupted=self.stop.is_set(),
        )

    def _affected(self, actions: Mapping[str, Action]) -> list[str]:
        """Return the units with work, and their dependents, which may turn out to have some."""
        affected: set[str] = set()
        for unit, action in actions.items():
            if action.is_work or any(used in affected for used in self.sources.graph.units[unit].uses):
                affected.add(unit)
        return [unit for unit in actions if unit in affected]

    def _untouched(self, action: Action, *, interrupted: bool) -> UnitResult:
        if interrupted:
            return UnitResult(unit=action.unit, outcome="skipped", notes=("interrupted",))
        outcome: Outcome = (
            "blocked" if action.state is State.BLOCKED else "edited" if action.step is Step.ASK else "nothing"
        )
        return UnitResult(unit=action.unit, outcome=outcome, notes=action.reasons)

    # ── one unit ────────────────────────────────────────────────────────────────────────────────

    def _work(self, name: str) -> None:
        unit = self.sources.graph.units[name]
        try:
            result = self._do(unit)
        except RegenError as error:
            if self.stop.is_set():
                result = UnitResult(unit=name, outcome="skipped", notes=("interrupted",))
            else:
                result = UnitResult(unit=name, outcome="failed", problems=error.problems)
        self._results[name] = result
        # A problem is told whole at the end; here, its unit's line is enough.
        note = result.notes[0] if result.notes else ""
        self._tell(name, _STAGE_OF[result.outcome], attempt=result.attempts, note=note)

    def _do(self, unit: Unit) -> UnitResult:
        hindered = self._hindered_by(unit)
        if hindered:
            return UnitResult(unit=unit.id, outcome="skipped", notes=(hindered,))
        key = self._key(unit)
        lock = self.sources.locks.get(unit.id)
        digests = self.sources.code_digests(unit)
        generator = self.options.generators.get(unit.id, "")
        action = decide(unit, key, lock, digests, generator, force=unit.id in self.options.force,
                        discard_edits=unit.id in self.options.discard_edits)  # fmt: skip
        if action.step is Step.RESTORE and lock is not None:
            lock = self._landing.restore(unit, lock)
            self._interfaces[unit.id] = lock.interface
            action = decide(unit, key, lock, self.sources.code_digests(unit), generator)
            if not action.is_work:
                return UnitResult(unit=unit.id, outcome="restored", generation=lock.generation)
        if action.step is Step.VERIFY and lock is not None:
            return self._verify_again(unit, key, lock, action)
        if action.step is Step.GENERATE:
            return self._generate(unit, key, lock, action.changed)
        return self._untouched(action, interrupted=False)

    def _hindered_by(self, unit: Unit) -> str:
        for used in unit.uses:
            result = self._results.get(used)
            if result is not None and result.outcome in HINDERS:
                return f"it uses {used}, which {HINDERS[result.outcome]}"
            if not all(self.sources.code_digests(self.sources.graph.units[used]).values()):
                return f"it uses {used}, which has no code yet"
        return ""

    def _key(self, unit: Unit) -> Key:
        key = self.sources.keys[unit.id]
        uses = {used: self._interfaces.get(used, digest) for used, digest in key.uses.items()}
        return msgspec.structs.replace(key, uses=uses)

    def _verify_again(self, unit: Unit, key: Key, lock: Lock, action: Action) -> UnitResult:
        """Verify the code that is there against new tests or constraints; regenerate only if it fails."""
        self._tell(unit.id, "verifying")
        texts = {str(target): target_text(self.code, target) for target in unit.targets}
        checks, seconds = self._verify(unit, {t.path: self.code.read(t.path) or "" for t in unit.targets})
        verdict = judge(checks)
        old = next((g for g in self.ledger.generations(unit.id) if g.id == lock.generation), None)
        if verdict is Verdict.REJECTED and not lock.pinned:
            return self._generate(unit, key, lock, action.changed)
        generation = self.ledger.add_generation(
            Generation(
                unit=unit.id, kind="verified again", reply=old.reply if old else "", key=key, checks=checks,
                generator=lock.generator, model=lock.model, verdict=verdict, at=self.clock.now(), seconds=seconds,
                candidate={target: self.ledger.put_text(text) for target, text in texts.items()},
                reason="; ".join(action.reasons), sandbox=self.world.verifier().sandbox_name,
            )
        )  # fmt: skip
        if verdict is not Verdict.ACCEPTED:
            return UnitResult(
                unit=unit.id, outcome=_OUTCOME_OF[verdict], notes=why_not_passed(checks), generation=generation.id
            )
        self._accept(unit, key, lock, generation, texts)
        return UnitResult(unit=unit.id, outcome="verified", generation=generation.id)

    def _generate(self, unit: Unit, key: Key, lock: Lock | None, changed: tuple[str, ...]) -> UnitResult:
        """Ask, read, verify and judge until a candidate is accepted or the attempts are used up."""
        forced = unit.id in self.options.force
        before = None if forced else self._made_before(unit, key, lock)
        if before is not None:
            return before
        turn = open_round(self.ledger, unit.id, key, lock, attempts=self.settings.attempts, forced=forced)
        policy: Policy = First()
        if self.settings.policy == "agree":
            policy = Agree(unit, self.settings.attempts, self.world.comparer, self.stop)
        told, asked, undecided, tries = "", 0, "", Tries(unit=unit.id)
        for attempt in range(1, self.settings.attempts + 1):
            self._tell(unit.id, "prompt", attempt=attempt)
            reply = self._reply(unit, key, turn, attempt, changed=() if forced else changed, told=told, tries=tries)
            if isinstance(reply, UnitResult):
                return msgspec.structs.replace(reply, attempts=asked)
            record, is_new = reply
            asked += is_new
            candidate = read_candidate(
                unit.id, unit.targets, self.ledger.text(record.reply), self._existing(unit), cut=record.cut
            )
            self._tell(unit.id, "verifying", attempt=attempt)
            generation = self._judge(unit, key, record, candidate)
            for tried in past_tries([generation], [record]):
                tries = tries.after(tried)
            if isinstance(candidate, Candidate) and generation.verdict is Verdict.ACCEPTED:
                chosen = policy.took(Accepted(generation, candidate, record))
                if isinstance(chosen, Taken):
                    return self._take(unit, key, lock, chosen, asked)
                told, undecided = "", chosen.reason
                if not chosen.asks:
                    break
                self._tell(unit.id, "verified", attempt=attempt, note=chosen.reason)
                continue
            if generation.verdict is Verdict.INCONCLUSIVE:
                return UnitResult(unit=unit.id, outcome="inconclusive", generation=generation.id, attempts=asked,
                                  notes=why_not_passed(generation.checks))  # fmt: skip
            self._tell(unit.id, "rejected", attempt=attempt, note=next(iter(_reasons(generation)), ""))
            told, undecided = feedback(generation.refused, generation.checks), policy.rejected()
        if undecided:
            return UnitResult(
                unit=unit.id, outcome="undecided", generation=generation.id, attempts=asked, notes=(undecided,)
            )
        return UnitResult(unit=unit.id, outcome="rejected", generation=generation.id, attempts=asked,
                          notes=_reasons(generation))  # fmt: skip

    def _reply(
        self, unit: Unit, key: Key, turn: Round, attempt: int, *, changed: tuple[str, ...], told: str, tries: Tries
    ) -> tuple[ReplyRecord, bool] | UnitResult:
        """Return the reply to this attempt and whether it was asked for now; a further one with feedback or afresh."""
        way = next(iter(self.options.ways.get(unit.id, ())[attempt - 1 : attempt]), USUAL)
        generator = way.generator or self.options.generators.get(unit.id, "")
        call = self._retries.next(tries, generator) if told else None
        fed = ("", told) if call is not None and call.kind == "fresh" else (told, "")
        usual = [self.sources.prompt(unit, changed=changed, feedback=text) for text in dict.fromkeys(fed)]
        # A reply that this round has is used, whichever way it was asked for.
        prompts = [prompt.in_order(order) for order in dict.fromkeys((way.order, 1, attempt)) for prompt in usual]
        for prompt in prompts:
            record = turn.recorded(attempt, prompt.digest)
            if record is not None:
                return record, False
        if generator == "ledger":
            replies = self.ledger.replies(unit.id)
            known = {reply.prompt_digest for reply in replies if reply.attempt == attempt and reply.round}
            prompts.sort(key=lambda prompt: prompt.digest not in known)
        why = call.why if call is not None and call.kind == "fresh" and told else ""
        weight = self._retries.weight(call, tries, self._weight.get(unit.id, 0))
        answer = self._ask(unit, key, prompts[0], attempt, turn, way, weight, why)
        return answer if isinstance(answer, UnitResult) else (answer, True)

    def _take(self, unit: Unit, key: Key, lock: Lock | None, chosen: Taken, asked: int) -> UnitResult:
        generation, candidate, _ = chosen.accepted
        same = lock is not None and lock.code == candidate.digests and unit.id not in self.options.force
        self._accept(unit, key, lock, generation, candidate.code)
        notes = (chosen.note, "the spec changed, but the code is byte for byte the same" if same else "")
        return UnitResult(
            unit=unit.id, outcome="accepted", generation=generation.id, attempts=asked, notes=tuple(filter(None, notes))
        )

    def _made_before(self, unit: Unit, key: Key, lock: Lock | None) -> UnitResult | None:
        """Take code that was accepted for this very key once: an edit taken back costs no call.

        The generator `ledger` replays the attempts instead, one by one; the policy `agree` needs them all as well.
        """
        if self.options.generators.get(unit.id) == "ledger" or self.settings.policy == "agree":
            return None
        known = [g for g in self.ledger.generations(unit.id)
                 if g.key == key and g.verdict is Verdict.ACCEPTED and g.kind != "probed"]  # fmt: skip
        if not known or not known[-1].candidate:
            return None
        generation = known[-1]
        texts = {target: self.ledger.text(digest) for target, digest in generation.candidate.items()}
        files = {t.path: texts[str(t)] for t in unit.targets if not t.symbol}
        if len(files) != len(unit.targets):
            return None
        self._tell(unit.id, "verifying")
        checks, _ = self._verify(unit, files)
        if judge(checks) is not Verdict.ACCEPTED:
            return None
        self._accept(unit, key, lock, generation, texts)
        note = f"taken from the ledger: generation {generation.id[:12]} was accepted for the same key"
        return UnitResult(unit=unit.id, outcome="accepted", generation=generation.id, notes=(note,))

    def _ask(
        self, unit: Unit, key: Key, prompt: Prompt, attempt: int, turn: Round, way: Way, weight: int, why: str
    ) -> ReplyRecord | UnitResult:
        """Ask a generator, in the way that is the attempt's, and put its reply into the ledger."""
        generator = self.world.generator(way.generator or self.options.generators[unit.id])
        whom = generator.name if way.generator else ""
        asked_how = ", ".join(filter(None, [whom, str(msgspec.structs.replace(way, order=prompt.order)), why]))
        left_out = f"left out of the prompt, which would be too long: {', '.join(prompt.dropped)}"

        def request() -> Request:
            limits = CallLimits(max_output_tokens=self.options.max_output_tokens, seconds=self._call_seconds())
            return request_for(unit, attempt, prompt, way, limits)

        def tell(progress: Progress | None) -> None:
            note = progress.note if progress else left_out if prompt.dropped else asked_how
            tokens = prompt.tokens + (progress.output_tokens if progress else 0)
            self._tell(unit.id, "asking", attempt=attempt, tokens=tokens, note=note)

        answer = self._asker.ask(generator, request, prompt, weight=weight, tell=tell)
        if isinstance(answer, NotAsked):
            return UnitResult(unit=unit.id, outcome=answer.outcome, notes=(answer.note,))
        return self._asker.record(generator, unit, key, prompt, turn, answer, way)

    def _call_seconds(self) -> float:
        left = self.budget.seconds_left()
        return self.options.call_seconds if left is None else min(self.options.call_seconds, max(left, 0.01))

    # ── verdict and acceptance ──────────────────────────────────────────────────────────────────

    def _judge(self, unit: Unit, key: Key, record: ReplyRecord, candidate: Candidate | Refusal) -> Generation:
        """Verify the candidate and put the verdict into the ledger, once for the same reply, key and verdict."""
        checks: tuple[CheckRun, ...] = ()
        seconds, verdict, refused = 0.0, Verdict.REJECTED, ""
        if isinstance(candidate, Refusal):
            refused = candidate.reason
        else:
            checks, seconds = self._verify(unit, candidate.files)
            verdict = judge(checks)
        for known in self.ledger.generations(unit.id):
            if known.reply == record.id and known.key == key and known.verdict is verdict and known.kind == "generated":
                return known
        texts = candidate.code if isinstance(candidate, Candidate) else {}
        return self.ledger.add_generation(
            Generation(
                unit=unit.id, reply=record.id, attempt=record.attempt, generator=record.generator, model=record.model,
                key=key, candidate={target: self.ledger.put_text(text) for target, text in texts.items()},
                refused=refused, checks=checks, verdict=verdict, at=self.clock.now(), seconds=seconds,
                sandbox=self.world.verifier().sandbox_name if checks else "",
            )
        )  # fmt: skip

    def _verify(self, unit: Unit, files: Mapping[str, str]) -> tuple[tuple[CheckRun, ...], float]:
        with self._verifying.held(self._weight.get(unit.id, 0)) as give_back:
            started = self.clock.running()
            checks = self.world.verifier().verify(unit, files, self.stop, give_back)
            return checks, round(self.clock.running() - started, 4)

    def _accept(
        self, unit: Unit, key: Key, lock: Lock | None, generation: Generation, texts: Mapping[str, str]
    ) -> None:
        self._interfaces[unit.id] = self._landing.accept(unit, key, lock, generation, texts).interface

    def _existing(self, unit: Unit) -> dict[str, str]:
        return {t.path: self.code.read(t.path) or "" for t in unit.targets if t.symbol}

    def _tell(self, unit: str, stage: Stage, *, attempt: int = 0, tokens: int = 0, note: str = "") -> None:
        spent = self.budget.spent
        cost = spent.cost if spent.calls and not spent.unknown_costs else None
        self.world.reporter.tell(
            Event(unit=unit, stage=stage, attempt=attempt, tokens=tokens, cost_usd=cost, note=note)
        )


def _reasons(generation: Generation) -> tuple[str, ...]:
    """Return why a generation was not accepted, a line each."""
    return (generation.refused,) if generation.refused else why_not_passed(generation.checks)


_OUTCOME_OF: dict[Verdict, Outcome] = {Verdict.ACCEPTED: "accepted", Verdict.REJECTED: "rejected",
                                       Verdict.INCONCLUSIVE: "inconclusive"}  # fmt: skip
_STAGE_OF: dict[Outcome, Stage] = {
    "accepted": "accepted", "restored": "restored", "verified": "verified", "nothing": "nothing to do",
    "rejected": "rejected", "inconclusive": "inconclusive", "pending": "pending", "failed": "failed",
    "undecided": "undecided", "budget": "failed", "blocked": "skipped", "edited": "skipped", "skipped": "skipped",
}  # fmt: skip
