"""How a candidate is judged: the checks run, so many candidates at a time, and the verdict goes into the ledger.

The verdict comes from the checks alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from regen.candidates.candidate import Candidate, Refusal
from regen.ledger.records import Generation
from regen.verdicts.verdict import Verdict, judge

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping

    from regen.ledger.records import Lock, ReplyRecord
    from regen.ports import Clock, Ledger, Verifier
    from regen.schedule import Gate
    from regen.units.key import Key
    from regen.units.unit import Unit
    from regen.verdicts.check_run import CheckRun


class Judging:
    """Verifies what may become a unit's code; `weights` say which unit goes first where several wait."""

    def __init__(
        self, ledger: Ledger, clock: Clock, verifier: Callable[[], Verifier], gate: Gate, stop: threading.Event,
        weights: Mapping[str, int],
    ) -> None:  # fmt: skip
        self._ledger, self._clock, self._verifier, self._gate = ledger, clock, verifier, gate
        self._stop, self._weights = stop, weights

    def verify(self, unit: Unit, files: Mapping[str, str]) -> tuple[tuple[CheckRun, ...], float]:
        """Return the checks of `files` (path → whole text) and the seconds that they took."""
        with self._gate.held(self._weights.get(unit.id, 0)) as give_back:
            started = self._clock.running()
            checks = self._verifier().verify(unit, files, self._stop, give_back)
            return checks, round(self._clock.running() - started, 4)

    def judge(self, unit: Unit, key: Key, record: ReplyRecord, candidate: Candidate | Refusal) -> Generation:
        """Verify the candidate and put the verdict into the ledger, once for the same reply, key and verdict."""
        checks: tuple[CheckRun, ...] = ()
        seconds, verdict, refused = 0.0, Verdict.REJECTED, ""
        if isinstance(candidate, Refusal):
            refused = candidate.reason
        else:
            checks, seconds = self.verify(unit, candidate.files)
            verdict = judge(checks)
        for known in self._ledger.generations(unit.id):
            if known.reply == record.id and known.key == key and known.verdict is verdict and known.kind == "generated":
                return known
        texts = candidate.code if isinstance(candidate, Candidate) else {}
        return self._ledger.add_generation(
            Generation(
                unit=unit.id, reply=record.id, attempt=record.attempt, generator=record.generator, model=record.model,
                key=key, candidate={target: self._ledger.put_text(text) for target, text in texts.items()},
                refused=refused, checks=checks, verdict=verdict, at=self._clock.now(), seconds=seconds,
                sandbox=self._verifier().sandbox_name if checks else "",
            )
        )  # fmt: skip

    def judge_again(
        self, unit: Unit, key: Key, lock: Lock, texts: Mapping[str, str], checks: tuple[CheckRun, ...], seconds: float,
        reason: str,
    ) -> Generation:  # fmt: skip
        """Put the verdict of `checks` on the code that is there, `texts` by target, into the ledger."""
        old = next((g for g in self._ledger.generations(unit.id) if g.id == lock.generation), None)
        return self._ledger.add_generation(
            Generation(
                unit=unit.id, kind="verified again", reply=old.reply if old else "", key=key, checks=checks,
                generator=lock.generator, model=lock.model, verdict=judge(checks), at=self._clock.now(),
                seconds=seconds, candidate={target: self._ledger.put_text(text) for target, text in texts.items()},
                reason=reason, sandbox=self._verifier().sandbox_name,
            )
        )  # fmt: skip
