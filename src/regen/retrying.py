"""What a further try of a unit is, with feedback or afresh, and whose turn it is: what the ledger's past tries tell."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from regen.trust.chances import Estimates, fit, past_tries
from regen.trust.spending import Offer, next_call

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regen.ports import Ledger
    from regen.trust.spending import Call, Progress

_MOST_UNITS = 500
_A_TURN = 1000


class Retries:
    """Decides on retries by the tries that were made before `since` (seconds since 1970).

    What a build itself finds out does not count, so that one that goes on after a kill decides alike.
    """

    def __init__(self, ledger: Ledger, units: Sequence[str], since: float) -> None:
        self._ledger, self._units, self._since = ledger, units[:_MOST_UNITS], since
        self._guard = threading.Lock()
        self._estimates: Estimates | None = None

    def next(self, progress: Progress, generator: str) -> Call | None:
        """Return the unit's next call, its kind, chance and why; None before its first verdict."""
        if not progress.failures:
            return None
        return next_call([progress], [Offer(model=generator)], self._fitted())

    def weight(self, call: Call | None, progress: Progress, first: int) -> int:
        """Return the weight of a call among those that wait: first tries by `first`, then by failures and chance.

        So units take turns: none gets another try while one waits for its first.
        """
        if call is None:
            return first
        return round(call.chance * (_A_TURN - 1)) - _A_TURN * progress.failures

    def _fitted(self) -> Estimates:
        with self._guard:
            if self._estimates is None:
                self._estimates = fit(
                    past_tries(
                        [g for g in self._ledger.generations(unit) if g.at < self._since], self._ledger.replies(unit)
                    )
                    for unit in self._units
                )
            return self._estimates
