"""The loop: a unit's sources in, verified code out. Every stage is named, in order, in `Build._generate`.

Laws of this file:
- a reply is in the ledger before it is verified, and the next build uses it if this one dies;
- the verdict comes from the checks alone; only an accepted candidate is written;
- the lock says that code is being written before the first byte of it is.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

import msgspec

from regen.budget import Budget, Spent
from regen.candidates.candidate import Candidate, Refusal, read_candidate, splice, text_of
from regen.errors import GeneratorError, InputError, MachineError, Problem, RegenError
from regen.ledger.records import Generation, Lock, PromptPart, RecordedUsage, ReplyRecord
from regen.plan import Action, State, Step, decide, edited_targets
from regen.ports import Event, Pending, Progress, Reply, Request, Usage
from regen.schedule import Gate, critical_path, run_graph
from regen.verdicts.feedback import feedback
from regen.verdicts.verdict import Verdict, judge

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from regen.ports import Clock, Code, Generator, Ledger, Reporter, Stage, Verifier
    from regen.prompts.prompt import Prompt
    from regen.units.graph import Graph
    from regen.units.key import Key
    from regen.units.settings import BuildSettings
    from regen.units.unit import Target, Unit
    from regen.verdicts.check_run import CheckRun

Outcome = Literal["accepted", "restored", "verified", "nothing", "rejected", "inconclusive", "pending", "failed",
                  "budget", "blocked", "edited", "skipped"]  # fmt: skip

GOOD: frozenset[str] = frozenset({"accepted", "restored", "verified", "nothing"})


class UnitResult(msgspec.Struct, frozen=True, kw_only=True):
    """How a unit ended; `problems` are whole, `notes` are one line each; `attempts` were asked for in this build."""

    unit: str
    outcome: Outcome
    generation: str = ""
    attempts: int = 0
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


class BuildResult(msgspec.Struct, frozen=True, kw_only=True):
    """How a build ended, in the order of the graph."""

    units: tuple[UnitResult, ...]
    spent: Spent
    seconds: float
    interrupted: bool = False


class Sources(Protocol):
    """What a build must be told of the project; implemented in `project.py`."""

    @property
    def graph(self) -> Graph: ...

    @property
    def keys(self) -> Mapping[str, Key]: ...

    @property
    def locks(self) -> Mapping[str, Lock]: ...

    def code_digests(self, unit: Unit) -> dict[str, str]:
        """Return the digest of each target as it is now on disk, empty where it is missing."""
        ...

    def interface_digest(self, unit: Unit) -> str:
        """Return the digest of what dependents see of the unit's code as it is now on disk."""
        ...

    def prompt(self, unit: Unit, *, changed: tuple[str, ...], feedback: str) -> Prompt:
        """Return the prompt that the unit's sources make now."""
        ...


class World(NamedTuple):
    """The adapters that a build works with; generators and the verifier are opened when first needed."""

    ledger: Ledger
    code: Code
    clock: Clock
    reporter: Reporter
    verifier: Callable[[], Verifier]
    generator: Callable[[str], Generator]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What the user asked for. `generators` names the generator of each unit; `cores` verify at a time.

    `max_output_tokens` and `call_seconds` limit one call.
    """

    generators: dict[str, str]
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
        self._asking = Gate(settings.jobs)
        self._verifying = Gate(max(1, options.cores))
        self._weight: dict[str, int] = {}
        self._writing = threading.Lock()
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
            result = UnitResult(unit=name, outcome="failed", problems=error.problems)
        self._results[name] = result
        self._tell(
            name, _STAGE_OF[result.outcome], attempt=result.attempts, note=result.notes[0] if result.notes else ""
        )

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
            result, lock = self._restore(unit, lock)
            action = decide(unit, key, lock, self.sources.code_digests(unit), generator)
            if not action.is_work:
                return result
        if action.step is Step.VERIFY and lock is not None:
            return self._verify_again(unit, key, lock, action)
        if action.step is Step.GENERATE:
            return self._generate(unit, key, lock, action.changed)
        return self._untouched(action, interrupted=False)

    def _hindered_by(self, unit: Unit) -> str:
        for used in unit.uses:
            result = self._results.get(used)
            if result is not None and result.outcome in _HINDERS:
                return f"it uses {used}, which {_HINDERS[result.outcome]}"
            if not all(self.sources.code_digests(self.sources.graph.units[used]).values()):
                return f"it uses {used}, which has no code yet"
        return ""

    def _key(self, unit: Unit) -> Key:
        key = self.sources.keys[unit.id]
        uses = {used: self._interfaces.get(used, digest) for used, digest in key.uses.items()}
        return msgspec.structs.replace(key, uses=uses)

    def _restore(self, unit: Unit, lock: Lock) -> tuple[UnitResult, Lock]:
        generation = next((g for g in self.ledger.generations(unit.id) if g.id == lock.generation), None)
        if generation is None:
            message = f"the accepted generation {lock.generation[:12]} of {unit.id} is not in the ledger"
            hint = f"git checkout -- .regen/ledger/{unit.id}"
            raise MachineError(Problem(message=message, hint=hint, fault="machine"))
        texts = {target: self.ledger.text(digest) for target, digest in generation.candidate.items()}
        landed = self._land(unit, lock, lock, texts)
        return UnitResult(unit=unit.id, outcome="restored", generation=lock.generation), landed

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
            return UnitResult(unit=unit.id, outcome=_OUTCOME_OF[verdict], notes=_why(checks), generation=generation.id)
        self._accept(unit, key, lock, generation, texts)
        return UnitResult(unit=unit.id, outcome="verified", generation=generation.id)

    def _generate(self, unit: Unit, key: Key, lock: Lock | None, changed: tuple[str, ...]) -> UnitResult:
        """Ask, read, verify and judge until a candidate is accepted or the attempts are used up."""
        forced = unit.id in self.options.force
        before = None if forced else self._made_before(unit, key, lock)
        if before is not None:
            return before
        chain = self._chain(unit, key, lock, forced=forced)
        told, asked = "", 0
        for attempt in range(1, self.settings.attempts + 1):
            self._tell(unit.id, "prompt", attempt=attempt)
            prompt = self.sources.prompt(unit, changed=() if forced else changed, feedback=told)
            record = chain.recorded(attempt, prompt.digest)
            if record is None:
                answer = self._ask(unit, key, prompt, attempt, chain)
                if isinstance(answer, UnitResult):
                    return msgspec.structs.replace(answer, attempts=asked)
                record, asked = answer, asked + 1
            candidate = read_candidate(
                unit.id, unit.targets, self.ledger.text(record.reply), self._existing(unit), cut=record.cut
            )
            self._tell(unit.id, "verifying", attempt=attempt)
            generation = self._judge(unit, key, record, candidate)
            if isinstance(candidate, Candidate) and generation.verdict is Verdict.ACCEPTED:
                same = lock is not None and lock.code == candidate.digests and not forced
                self._accept(unit, key, lock, generation, candidate.code)
                notes = ("the spec changed, but the code is byte for byte the same",) if same else ()
                return UnitResult(
                    unit=unit.id, outcome="accepted", generation=generation.id, attempts=asked, notes=notes
                )
            if generation.verdict is Verdict.INCONCLUSIVE:
                return UnitResult(unit=unit.id, outcome="inconclusive", generation=generation.id, attempts=asked,
                                  notes=_why(generation.checks))  # fmt: skip
            self._tell(unit.id, "rejected", attempt=attempt, note=_first_reason(generation))
            told = feedback(generation.refused, generation.checks)
        return UnitResult(unit=unit.id, outcome="rejected", generation=generation.id, attempts=asked,
                          notes=(generation.refused,) if generation.refused else _why(generation.checks))  # fmt: skip

    def _made_before(self, unit: Unit, key: Key, lock: Lock | None) -> UnitResult | None:
        """Take code that was accepted for this very key once: an edit taken back costs no call.

        The generator `ledger` replays the attempts instead, one by one.
        """
        if self.options.generators.get(unit.id) == "ledger":
            return None
        known = [g for g in self.ledger.generations(unit.id) if g.key == key and g.verdict is Verdict.ACCEPTED]
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

    def _chain(self, unit: Unit, key: Key, lock: Lock | None, *, forced: bool) -> _Chain:
        """Return the replies of the round that a build left unfinished, or an empty new round.

        A round is finished when its attempts are used up; an accepted reply of the same key serves again, unless a
        person asks for a fresh one and got this one already: a lock of its time or later says so.
        """
        mine = [r for r in self.ledger.replies(unit.id) if r.key == key.digest and r.forced == forced]
        latest = max((r.round for r in self.ledger.replies(unit.id)), default=0)
        if not mine:
            return _Chain(latest + 1, (), forced=forced)
        number = max(r.round for r in mine)
        replies = [r for r in mine if r.round == number]
        generations = self.ledger.generations(unit.id)
        verdicts = {g.reply: g.verdict for g in generations if g.key == key}
        landed = max((g.at for g in generations if lock is not None and g.id == lock.generation), default=0.0)
        accepted = {g.reply for g in generations if g.verdict is Verdict.ACCEPTED and g.key == key and g.at <= landed}
        used_up = len({r.attempt for r in replies}) >= self.settings.attempts and all(
            verdicts.get(r.id) is Verdict.REJECTED for r in replies
        )
        if used_up or (forced and any(r.id in accepted for r in replies)):
            return _Chain(latest + 1, (), forced=forced)
        return _Chain(number, tuple(replies), forced=forced)

    def _ask(self, unit: Unit, key: Key, prompt: Prompt, attempt: int, chain: _Chain) -> ReplyRecord | UnitResult:
        """Ask the unit's generator, within the budgets, and put its reply into the ledger."""
        generator = self.world.generator(self.options.generators[unit.id])
        at_most = self.options.max_output_tokens
        with self._asking.held(self._weight.get(unit.id, 0)):
            if self.stop.is_set():
                return UnitResult(unit=unit.id, outcome="skipped", notes=("interrupted",))
            reservation = self.budget.reserve(prompt.tokens + at_most, generator.price(prompt.tokens, at_most))
            if isinstance(reservation, str):
                return UnitResult(unit=unit.id, outcome="budget", notes=(reservation,))
            left_out = f"left out of the prompt, which would be too long: {', '.join(prompt.dropped)}"
            self._tell(
                unit.id, "asking", attempt=attempt, tokens=prompt.tokens, note=left_out if prompt.dropped else ""
            )
            request = Request(
                unit=unit.id, attempt=attempt, prompt=prompt.text, prompt_digest=prompt.digest,
                parts=tuple((part.name, part.digest) for part in prompt.parts), stable_chars=prompt.stable_chars,
                max_output_tokens=at_most, timeout_seconds=self._call_seconds(),
            )  # fmt: skip
            usage: Usage | None = None
            estimated = (prompt.tokens, 0)
            try:
                # Before the call, so that little is left to write when the reply is there.
                parts = tuple(PromptPart(part.name, self.ledger.put_text(part.text)) for part in prompt.parts)
                reply = generator.generate(request, self._progress(unit, attempt, prompt.tokens), self.stop)
                if isinstance(reply, Reply):
                    usage = Usage(cost_usd=0.0, input_tokens=0, output_tokens=0) if reply.recorded else reply.usage
                    estimated = (prompt.tokens, len(reply.text.encode()) // 4)
            except GeneratorError as error:
                usage = getattr(error, "usage", None)  # what a call that brought no reply was charged for
                raise
            finally:
                self.budget.settle(reservation, usage, estimated)
        if isinstance(reply, Pending):
            return UnitResult(unit=unit.id, outcome="pending", notes=(reply.instructions,))
        if reply.recorded:
            return next(r for r in self.ledger.replies(unit.id) if r.id == reply.recorded)
        record = self.ledger.add_reply(
            ReplyRecord(
                unit=unit.id, round=chain.round, attempt=attempt, forced=chain.forced, key=key.digest,
                prompt=parts, prompt_digest=prompt.digest, generator=generator.name, model=reply.model,
                reply=self.ledger.put_text(reply.text), cut=reply.cut,
                usage=RecordedUsage(**msgspec.structs.asdict(reply.usage)), at=self.clock.now(), seconds=reply.seconds,
            )
        )  # fmt: skip
        generator.delivered(request)
        return record

    def _call_seconds(self) -> float:
        left = self.budget.seconds_left()
        return self.options.call_seconds if left is None else min(self.options.call_seconds, max(left, 0.01))

    def _progress(self, unit: Unit, attempt: int, tokens: int) -> Callable[[Progress], None]:
        def tell(progress: Progress) -> None:
            self._tell(unit.id, "asking", attempt=attempt, tokens=tokens + progress.output_tokens, note=progress.note)

        return tell

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
        with self._verifying.held(self._weight.get(unit.id, 0)):
            started = self.clock.running()
            checks = self.world.verifier().verify(unit, files, self.stop)
            return checks, round(self.clock.running() - started, 4)

    def _accept(
        self, unit: Unit, key: Key, lock: Lock | None, generation: Generation, texts: Mapping[str, str]
    ) -> None:
        new = Lock(unit=unit.id, generation=generation.id, key=key, code=dict(generation.candidate),
                   generator=generation.generator, model=generation.model,
                   pinned=lock.pinned if lock else "")  # fmt: skip
        self._land(unit, lock, new, texts)

    def _land(self, unit: Unit, old: Lock | None, lock: Lock, texts: Mapping[str, str]) -> Lock:
        """Write lock, code and lock again, so that a build that dies in between is finished by the next."""
        with self._writing:
            before = self.sources.code_digests(unit)
            if before != lock.code:
                self._refuse_edited(unit, old, lock, before)
                self.ledger.put_lock(msgspec.structs.replace(lock, landing=True, previous=before))
                for target in unit.targets:
                    self._write(target, texts[str(target)])
        interface = self.sources.interface_digest(unit)
        landed = msgspec.structs.replace(lock, landing=False, previous={}, interface=interface)
        self.ledger.put_lock(landed)
        self._interfaces[unit.id] = interface
        return landed

    def _refuse_edited(self, unit: Unit, old: Lock | None, lock: Lock, code: Mapping[str, str]) -> None:
        """Raise where a person wrote a target while it was being built."""
        if unit.id in self.options.discard_edits:
            return
        known = old or Lock(unit=unit.id, code=dict.fromkeys(code, ""))
        edited = [target for target in edited_targets(known, code) if code[target] != lock.code[target]]
        if edited:
            message = f"{edited[0]} was edited while {unit.id} was being built; nothing was written"
            raise InputError(Problem(message=message, path=edited[0], hint=f"regen diff {unit.id}"))

    def _write(self, target: Target, text: str) -> None:
        whole = text
        if target.symbol:
            spliced = splice(self.code.read(target.path) or "", target, text)
            if isinstance(spliced, Refusal):
                raise MachineError(Problem(message=f"can't write {target}: {spliced.reason}", path=target.path))
            whole = spliced
        self.code.write(target.path, whole)

    def _existing(self, unit: Unit) -> dict[str, str]:
        return {t.path: self.code.read(t.path) or "" for t in unit.targets if t.symbol}

    def _tell(self, unit: str, stage: Stage, *, attempt: int = 0, tokens: int = 0, note: str = "") -> None:
        spent = self.budget.spent
        cost = spent.cost if spent.calls and not spent.unknown_costs else None
        self.world.reporter.tell(
            Event(unit=unit, stage=stage, attempt=attempt, tokens=tokens, cost_usd=cost, note=note)
        )


class _Chain(msgspec.Struct, frozen=True):
    """The replies of one round, to be used before any new one is asked for."""

    round: int
    replies: tuple[ReplyRecord, ...]
    forced: bool

    def recorded(self, attempt: int, prompt_digest: str) -> ReplyRecord | None:
        same = [r for r in self.replies if r.attempt == attempt and r.prompt_digest == prompt_digest]
        return same[-1] if same else None


def target_text(code: Code, target: Target) -> str:
    """Return a target's own text as it is now, empty where it is missing."""
    from_file = code.read(target.path) or ""
    return text_of(target, from_file)


def _why(checks: Sequence[CheckRun]) -> tuple[str, ...]:
    """Return one line for each check that did not pass."""
    lines = []
    for check in checks:
        if check.outcome in {"passed", "skipped"}:
            continue
        failed = [test.id for test in check.tests if test.outcome in {"failed", "error", "missing"}]
        what = check.reason or (f"{len(failed)} of {len(check.tests)} failed" if check.tests else "")
        what = what or "; ".join(f"{f.path}:{f.line}: {f.message}" for f in check.findings[:3])
        lines.append(f"{check.name}: {what}" if what else check.name)
    return tuple(lines)


def _first_reason(generation: Generation) -> str:
    return generation.refused or next(iter(_why(generation.checks)), "")


_HINDERS: dict[Outcome, str] = {
    "rejected": "was rejected", "inconclusive": "could not be judged", "failed": "failed", "skipped": "was skipped",
    "budget": "no budget allowed", "pending": "waits for its reply",
}  # fmt: skip
_OUTCOME_OF: dict[Verdict, Outcome] = {Verdict.ACCEPTED: "accepted", Verdict.REJECTED: "rejected",
                                       Verdict.INCONCLUSIVE: "inconclusive"}  # fmt: skip
_STAGE_OF: dict[Outcome, Stage] = {
    "accepted": "accepted", "restored": "restored", "verified": "verified", "nothing": "nothing to do",
    "rejected": "rejected", "inconclusive": "inconclusive", "pending": "pending", "failed": "failed",
    "budget": "failed", "blocked": "skipped", "edited": "skipped", "skipped": "skipped",
}  # fmt: skip
