"""In which way one of several samples was asked for: by whom, how warm, in which order of the prompt's parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regen.ledger.records import ReplyRecord


class Way(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a sample is asked for where that is not the usual way; the defaults are the usual one.

    `generator` is a name as in regen.toml, empty for the unit's own; `temperature` is None where the provider's own
    holds; `order` counts the orders of the prompt's parts from 1 (`Prompt.in_order`).
    """

    generator: str = ""
    temperature: float | None = None
    order: int = 1

    def __str__(self) -> str:
        """Return what is not as usual, such as `temperature 0.3, prompt order 2`; whom it asks is told elsewhere."""
        warmth = [] if self.temperature is None else [f"temperature {self.temperature:g}"]
        return ", ".join([*warmth, *([f"prompt order {self.order}"] if self.order > 1 else [])])


USUAL = Way()


def ways_of(replies: Sequence[ReplyRecord]) -> str:
    """Return what was varied among replies, such as `models a, b; prompt order 2`; empty where nothing was."""
    ways = [reply.way or USUAL for reply in replies]
    models = list(dict.fromkeys(reply.generator for reply in replies))
    warm = sorted({way.temperature for way in ways if way.temperature is not None})
    orders = sorted({way.order for way in ways if way.order > 1})
    told = [f"models {', '.join(models)}"] if len(models) > 1 else []
    told += [_listed("temperature", [f"{each:g}" for each in warm])] if warm else []
    told += [_listed("prompt order", [str(each) for each in orders])] if orders else []
    return "; ".join(told)


def _listed(what: str, values: Sequence[str]) -> str:
    return f"{what}{'s' if len(values) > 1 else ''} {', '.join(values)}"
