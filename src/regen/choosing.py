"""Which accepted candidate a build takes: the policies `first` and `agree`, behind one question."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from regen.ledger.ways import ways_of
from regen.trust.agreement import Agreed, Agreement, More, Undecided
from regen.trust.evidence import Comparison

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from regen.candidates.candidate import Candidate
    from regen.ledger.records import Generation, ReplyRecord
    from regen.ports import Comparer
    from regen.trust.evidence import Disagreement
    from regen.units.unit import Unit


_NOTHING = Comparison()


class Accepted(NamedTuple):
    """A candidate that passed every check, with its records."""

    generation: Generation
    candidate: Candidate
    reply: ReplyRecord


class Taken(NamedTuple):
    """The candidate to take, and why, where that is worth a line."""

    accepted: Accepted
    note: str = ""


class Open(NamedTuple):
    """None can be taken: `asks` says whether another attempt may change that, `reason` why, with an input to show."""

    asks: bool
    reason: str = ""


class Policy(Protocol):
    """Is told of each attempt of one unit in one build."""

    def took(self, accepted: Accepted) -> Taken | Open:
        """Return what to do now that one more candidate was accepted."""
        ...

    def rejected(self) -> str:
        """Return why nothing can be taken after the last attempt failed; empty where it was for want of candidates."""
        ...


class First:
    """Takes the first that is accepted."""

    def took(self, accepted: Accepted) -> Taken | Open:
        return Taken(accepted)

    def rejected(self) -> str:
        return ""


class Agree:
    """Takes one of those that answer alike on fuzzed inputs: to pass weak tests by the same mistake twice is rare.

    Code agreement as evidence of correctness: Chen et al., "CodeT" (ICLR 2023); here the inputs are not the model's.
    """

    def __init__(self, unit: Unit, attempts: int, comparer: Callable[[], Comparer], stop: threading.Event) -> None:
        self._unit, self._comparer, self._stop = unit, comparer, stop
        self._state = Agreement(attempts=attempts)
        self._accepted: dict[str, Accepted] = {}
        self._compared: dict[tuple[str, ...], Comparison] = {}

    def took(self, accepted: Accepted) -> Taken | Open:
        # The same reply twice is two samples: only the place in the round tells them apart.
        name = f"{accepted.generation.attempt}:{accepted.generation.id[:12]}"
        if name in self._accepted:  # the ledger gave one reply for two attempts: it agrees with itself
            return Open(asks=False, reason="there is no further reply to compare")
        self._accepted[name] = accepted
        self._state = self._state.took(name, tuple(accepted.candidate.files.values()))
        return self._decide()

    def rejected(self) -> str:
        self._state = self._state.rejected()
        if not self._accepted:
            return ""
        decision = self._decide()
        return decision.reason if isinstance(decision, Open) and not decision.asks else ""

    def _comparison(self) -> Comparison:
        """Compare what is accepted so far, once."""
        names = tuple(self._accepted)
        if names not in self._compared:
            programs = {name: one.candidate.files for name, one in self._accepted.items()}
            self._compared[names] = self._comparer().compare(self._unit, programs, self._stop)
        return self._compared[names]

    def _decide(self) -> Taken | Open:
        if not self._state.compares:
            decision = self._state.decide(_NOTHING)
        else:
            comparison = self._comparison()
            decision = self._state.decide(comparison)
            if isinstance(decision, Agreed):
                count = len(self._accepted)
                inputs = min(comparison.answered.get(name, comparison.inputs) for name in decision.votes)
                note = f"{len(decision.votes)} of {count} accepted candidates agree on {inputs} inputs"
                varied = ways_of([self._accepted[name].reply for name in decision.votes])
                return Taken(self._accepted[decision.candidate], f"{note} ({varied})" if varied else note)
        if isinstance(decision, More):
            return Open(asks=True, reason=decision.reason)
        if isinstance(decision, Undecided):
            return Open(asks=False, reason=_told(decision))
        raise TypeError(decision)


def _told(undecided: Undecided) -> str:
    shown = undecided.disagreement
    return f"{undecided.reason}: {_answers(shown)}" if shown is not None else undecided.reason


def _answers(disagreement: Disagreement) -> str:
    call = "; ".join((*disagreement.setup, disagreement.call))
    return f"{call} gives " + " or ".join(group.answer for group in disagreement.groups)
