"""Hard budgets of a build: what a call could cost at most is reserved before it is made."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from regen.ports import Clock, Usage
    from regen.units.settings import BuildSettings


class Reservation(msgspec.Struct, frozen=True):
    """What one call may use at most: tokens, and USD."""

    tokens: int
    cost: float


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """What a build used so far; `unknown_costs` counts the calls whose price is not known."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0
    unknown_costs: int = 0


class Budget:
    """Counts tokens, money and seconds of one build, from many threads."""

    def __init__(self, settings: BuildSettings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._started = clock.running()
        self._guard = threading.Lock()
        self._reserved = Reservation(0, 0.0)
        self._charged = 0.0  # like spent.cost, but a call of unknown cost counts as what it could cost at most
        self.spent = Spent()

    def reserve(self, tokens: int, cost: float | None) -> Reservation | str:
        """Set aside what a call needs at most, or say which budget does not allow it.

        `cost` is in USD, None where the price is unknown: a budget of money then allows no call at all.
        """
        limits = self._settings
        with self._guard:
            used = self.spent.input_tokens + self.spent.output_tokens + self._reserved.tokens
            seconds = self._clock.running() - self._started
            if limits.max_seconds is not None and seconds >= limits.max_seconds:
                return f"the time budget of {limits.max_seconds:g} s is used up"
            if limits.max_tokens is not None and used + tokens > limits.max_tokens:
                return (
                    f"a call of up to {tokens} tokens does not fit into max_tokens = {limits.max_tokens}"
                    f" ({used} used or reserved)"
                )
            if limits.max_cost is not None:
                if cost is None:
                    return "the price is unknown, so max_cost can't be kept; give price_input and price_output"
                money = self._charged + self._reserved.cost
                if money + cost > limits.max_cost:
                    return (
                        f"a call of up to ${cost:.4f} does not fit into max_cost = ${limits.max_cost:.2f}"
                        f" (${money:.4f} used or reserved)"
                    )
            self._reserved = Reservation(self._reserved.tokens + tokens, self._reserved.cost + (cost or 0.0))
        return Reservation(tokens, cost or 0.0)

    def settle(self, reservation: Reservation, usage: Usage | None, estimated: tuple[int, int] = (0, 0)) -> None:
        """Give back a reservation and count what was used; None where there was no reply.

        `estimated` are input and output tokens, for generators that don't report them.
        """
        with self._guard:
            tokens, cost = self._reserved.tokens - reservation.tokens, self._reserved.cost - reservation.cost
            self._reserved = Reservation(tokens, max(cost, 0.0))
            if usage is None:
                return
            self._charged += reservation.cost if usage.cost_usd is None else usage.cost_usd
            spent, into, out = self.spent, usage.input_tokens, usage.output_tokens
            self.spent = Spent(
                calls=spent.calls + 1,
                input_tokens=spent.input_tokens + (estimated[0] if into is None else into),
                output_tokens=spent.output_tokens + (estimated[1] if out is None else out),
                cost=spent.cost + (usage.cost_usd or 0.0),
                unknown_costs=spent.unknown_costs + (usage.cost_usd is None),
            )

    def seconds_left(self) -> float | None:
        """Return how long a call may still take, None where there is no limit."""
        limit = self._settings.max_seconds
        return None if limit is None else max(0.0, limit - (self._clock.running() - self._started))
