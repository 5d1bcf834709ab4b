"""Where the next call of a build is spent best: on which unit, with feedback or afresh, by which model.

Laws of this file:
- the same history and the same progress give the same call, so a build can be replayed;
- whatever the estimates say, no open unit falls behind an even share of all calls made: whenever every unit could have
  had n calls, every open one has had n, so that then even wrong estimates did no worse than independent sampling.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from regen.trust.chances import TryKind  # noqa: TC001 - msgspec looks fields up at run time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regen.trust.chances import Estimates, RecordKind, Try

_HIGHEST = 0.99


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a unit is with its present key: `failures` are rejected tries, `under_way` calls without a verdict yet.

    `best` is the largest share of tests that a rejected candidate passed; `fresh` counts the tries without feedback,
    of which `same` gave the reply `first` again. `told` says whether there is feedback for the next try.
    """

    unit: str
    prompt_tokens: int | None = None
    accepted: bool = False
    failures: int = 0
    under_way: int = 0
    best: float = 0.0
    fresh: int = 0
    same: int = 0
    first: str = ""
    told: bool = False

    @property
    def tries(self) -> int:
        return self.failures + self.accepted + self.under_way

    def after(self, tried: Try) -> Progress:
        """Return the progress with one more verdict."""
        if tried.accepted:
            return msgspec.structs.replace(self, accepted=True)
        fresh = tried.kind == "fresh"
        again = fresh and bool(self.first) and tried.reply == self.first
        return msgspec.structs.replace(
            self, failures=self.failures + 1, best=max(self.best, tried.share), fresh=self.fresh + fresh,
            same=self.same + again, first=self.first or (tried.reply if fresh else ""), told=True,
        )  # fmt: skip


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A model that may be asked; `price` is what a call costs, in USD or any one unit, None where it is unknown."""

    model: str
    price: float | None = None
    kinds: tuple[TryKind, ...] = ("feedback", "fresh")


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """The next call, the chance (0 to 1) that its candidate is accepted, and why it is this one, in a sentence."""

    unit: str
    model: str
    kind: TryKind
    chance: float
    why: str


def next_call(
    units: Sequence[Progress], offers: Sequence[Offer], estimates: Estimates, *, attempts: int | None = None
) -> Call | None:
    """Return the call to make next, or None where no unit is open: accepted, or its `attempts` (failures) used up.

    `units` are all of the build, accepted ones too, in the order that breaks ties. The best is the largest chance for
    its price: the chance falls with each failure, so equal units are served in turn (round-robin). Where offers have
    prices, one of unknown price counts as the dearest.
    """
    open_units = [
        unit for unit in units if not unit.accepted and (attempts is None or unit.failures + unit.under_way < attempts)
    ]
    if not open_units or not offers:
        return None
    behind = _behind(units, open_units)
    weights = _price_weights(offers)
    choices = [_best_for(unit, offers, weights, estimates) for unit in behind or open_units]
    best = max(choices, key=lambda choice: choice.value)
    chance = min(_HIGHEST, best.chance)
    why = _why(best, chance, estimates, others=len(open_units) - 1, behind=bool(behind), priced=len(set(weights)) > 1)
    return Call(unit=best.unit.unit, model=best.offer.model, kind=best.kind, chance=chance, why=why)


class _Choice(msgspec.Struct, frozen=True):
    """What would be asked for a unit: `value` is the hoped-for chance for its price."""

    unit: Progress
    offer: Offer
    kind: TryKind
    chance: float
    value: float


def _behind(units: Sequence[Progress], open_units: Sequence[Progress]) -> list[Progress]:
    """Return the open units that must come first, so that each gets its even share of calls in time; often none."""
    made = sum(unit.tries for unit in units)
    share = made // len(units) + 1
    owed = sum(max(0, share - unit.tries) for unit in open_units)
    if owed < share * len(units) - made:
        return []
    fewest = min(unit.tries for unit in open_units)
    return [unit for unit in open_units if unit.tries == fewest < share]


def _price_weights(offers: Sequence[Offer]) -> list[float]:
    """Return each offer's price, unknown ones as the dearest; one for nothing takes time all the same."""
    known = [offer.price for offer in offers if offer.price]
    if not known:
        return [1.0] * len(offers)
    least = min(known) / 100
    return [max(known) if offer.price is None else max(offer.price, least) for offer in offers]


def _best_for(unit: Progress, offers: Sequence[Offer], weights: Sequence[float], estimates: Estimates) -> _Choice:
    near = unit.failures * unit.best * unit.best
    base = estimates.chance(unit.prompt_tokens, unit.failures + unit.under_way, near)
    best: _Choice | None = None
    for offer, weight in zip(offers, weights, strict=True):
        for kind in offer.kinds:
            if kind == "feedback" and not unit.told:
                continue
            record = estimates.record(offer.model, _record_kind(unit, kind))
            new = 1 / unit.fresh if kind == "fresh" and _always_the_same(unit) else 1.0
            value = base * record.hope * new / weight
            if best is None or value > best.value:
                best = _Choice(unit, offer, kind, base * record.lift * new, value)
    if best is None:  # only feedback is offered, and there is none yet
        return _Choice(unit, offers[0], "fresh", base, base / weights[0])
    return best


def _record_kind(unit: Progress, kind: TryKind) -> RecordKind:
    return "feedback" if kind == "feedback" else "resample" if unit.failures else "first"


def _always_the_same(unit: Progress) -> bool:
    return unit.fresh > 1 and unit.same == unit.fresh - 1


def _why(best: _Choice, chance: float, estimates: Estimates, *, others: int, behind: bool, priced: bool) -> str:
    """Return the reason in one sentence, facts first."""
    unit = best.unit
    facts = "no try yet" if not unit.tries else f"{_count(unit.failures, 'rejected try', 'rejected tries')}"
    if unit.best:
        facts += f", the best passed {unit.best:.0%} of the tests"
    if best.kind == "fresh" and unit.told:
        facts += ", asked afresh without feedback"
    elif best.kind == "feedback":
        facts += ", asked with feedback"
        if _always_the_same(unit):
            facts += " because the same prompt always gave the same reply"
    record = estimates.record(best.offer.model, _record_kind(unit, best.kind))
    if record.tries:
        facts += f" ({record.accepted} of {record.tries} such calls to {best.offer.model} were accepted)"
    if not others:
        rank = "it is the only open unit"
    elif behind:
        rank = f"each of {others + 1} open units gets an even share of the calls first"
    else:
        rank = f"that is the best of {others + 1} open units" + (" for the price" if priced else "")
    return f"{unit.unit}: {facts}; a chance of {chance:.0%}, and {rank}."


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
