"""The loop: a unit's sources in, verified code out, unit after unit along the graph.

Only an accepted candidate is written. What is done for one unit is decided in `Build._do`; its attempts, stage by
stage, are in `attempts.py`; how code gets onto the disk, whole or not at all, in `landing.py`.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import msgspec

from regen.asking import Asker
from regen.attempts import Attempts, Shared
from regen.budget import Budget
from regen.errors import RegenError
from regen.judging import Judging
from regen.landing import Landing, target_text
from regen.outcomes import HINDERS, BuildResult, UnitResult, why_not_passed
from regen.plan import Action, State, Step, decide
from regen.retrying import Retries
from regen.schedule import Gate, critical_path, run_graph
from regen.verdicts.verdict import Verdict, judge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regen.build_inputs import Options, Sources, World
    from regen.choosing import Taken
    from regen.ledger.records import Generation, Lock
    from regen.outcomes import Outcome
    from regen.ports import Stage
    from regen.units.key import Key
    from regen.units.settings import BuildSettings
    from regen.units.unit import Unit


class Build:
    """One build of the units in `sources`, within the budgets of `settings`."""

    def __init__(self, sources: Sources, settings: BuildSettings, world: World, options: Options) -> None:
        self.sources, self.settings, self.options = sources, settings, options
        self.ledger, self.code, self.clock, self.reporter = world.ledger, world.code, world.clock, world.reporter
        self.budget, self.stop = Budget(settings, world.clock), threading.Event()
        weights: dict[str, int] = {}
        judging = Judging(world.ledger, world.clock, world.verifier, Gate(max(1, options.cores)), self.stop, weights)
        self._shared = Shared(
            sources, settings, world, options, self.budget,
            Asker(world.ledger, world.clock, self.budget, Gate(settings.jobs), self.stop), judging,
            Retries(world.ledger, sources.graph.order, world.clock.now()), weights, self.stop,
        )  # fmt: skip
        self._judging = judging
        self._landing = Landing(world.ledger, world.code, sources, options.discard_edits)
        self._results: dict[str, UnitResult] = {}
        self._interfaces: dict[str, str] = {}

    def run(self, actions: Mapping[str, Action]) -> BuildResult:
        """Do what `actions` (in build order) ask for, and what follows from it for dependents among them."""
        started = self.clock.running()
        work = self._affected(actions)
        generate = sum(action.step is Step.GENERATE for action in actions.values())
        self.reporter.start(len(work), generate)
        uses = {unit: self.sources.graph.units[unit].uses for unit in work}
        self._shared.weights.update(critical_path(work, self.sources.graph.dependents()))
        try:
            run_graph(work, uses, self._work, threads=2 * self.settings.jobs + 2 * self.options.cores, stop=self.stop)
        except KeyboardInterrupt:
            self.stop.set()
        finally:
            self.reporter.end()
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
        self._shared.tell(name, _STAGE_OF[result.outcome], attempt=result.attempts, note=note)

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
        self._shared.tell(unit.id, "verifying")
        texts = {str(target): target_text(self.code, target) for target in unit.targets}
        checks, seconds = self._judging.verify(unit, {t.path: self.code.read(t.path) or "" for t in unit.targets})
        verdict = judge(checks)
        if verdict is Verdict.REJECTED and not lock.pinned:
            return self._generate(unit, key, lock, action.changed)
        reason = "; ".join(action.reasons)
        generation = self._judging.judge_again(unit, key, lock, texts, checks, seconds, reason)
        if verdict is not Verdict.ACCEPTED:
            return UnitResult(
                unit=unit.id, outcome=_OUTCOME_OF[verdict], notes=why_not_passed(checks), generation=generation.id
            )
        self._accept(unit, key, lock, generation, texts)
        return UnitResult(unit=unit.id, outcome="verified", generation=generation.id)

    def _generate(self, unit: Unit, key: Key, lock: Lock | None, changed: tuple[str, ...]) -> UnitResult:
        """Take what was accepted for this key before, else ask until a candidate is accepted."""
        before = None if unit.id in self.options.force else self._made_before(unit, key, lock)
        if before is not None:
            return before
        attempts = Attempts(self._shared, unit, key, lock, changed)
        ended = attempts.run()
        return ended if isinstance(ended, UnitResult) else self._take(unit, key, lock, ended, attempts.asked)

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
        self._shared.tell(unit.id, "verifying")
        checks, _ = self._judging.verify(unit, files)
        if judge(checks) is not Verdict.ACCEPTED:
            return None
        self._accept(unit, key, lock, generation, texts)
        note = f"taken from the ledger: generation {generation.id[:12]} was accepted for the same key"
        return UnitResult(unit=unit.id, outcome="accepted", generation=generation.id, notes=(note,))

    def _accept(
        self, unit: Unit, key: Key, lock: Lock | None, generation: Generation, texts: Mapping[str, str]
    ) -> None:
        self._interfaces[unit.id] = self._landing.accept(unit, key, lock, generation, texts).interface


_OUTCOME_OF: dict[Verdict, Outcome] = {Verdict.ACCEPTED: "accepted", Verdict.REJECTED: "rejected",
                                       Verdict.INCONCLUSIVE: "inconclusive"}  # fmt: skip
_STAGE_OF: dict[Outcome, Stage] = {
    "accepted": "accepted", "restored": "restored", "verified": "verified", "nothing": "nothing to do",
    "rejected": "rejected", "inconclusive": "inconclusive", "pending": "pending", "failed": "failed",
    "undecided": "undecided", "budget": "failed", "blocked": "skipped", "edited": "skipped", "skipped": "skipped",
}  # fmt: skip
