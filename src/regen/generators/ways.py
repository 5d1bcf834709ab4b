"""Settings → the ways in which several samples of one unit are asked for, and what of the settings can't be.

The first sample is asked for as usual, so its prompt is that of any build. The others differ in what is set: samples of
one model at one temperature repeat its mistakes, and then their agreement says little. See Wang et al., "On the Effect
of Sampling Diversity in Scaling LLM Inference" (2025); that several models err alike as well, Kim et al., "Correlated
Errors in Large Language Models" (ICML 2025).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from regen.ledger.ways import Way

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regen.units.generator_settings import GeneratorSettings, VarySettings

TEMPERATURE = "REGEN_TEMPERATURE"
"""The environment variable that tells a command the temperature; a command line without this word takes none."""

_VARIED = ("api", "command", "manual")
_Value = TypeVar("_Value")


class Wrong(NamedTuple):
    """A line of `[generator.vary]` that can't be: its key, the word it is about, and what is wrong."""

    key: str
    needle: str
    message: str


def ways(own: str, vary: VarySettings, count: int, *, given: bool = False) -> tuple[Way, ...]:
    """Return how each of `count` samples is asked for; `own` is the unit's generator.

    Of each list, the usual comes first and then one after the other, round and round: by its number alone, a sample is
    asked for the same way again. A generator that is `given` on the command line is the only one asked; one that takes
    no temperature is asked without.
    """
    models = ("",) if given or own == "ledger" else ("", *vary.models)
    found = []
    for number in range(1, count + 1):
        model = _turn(models, number)
        warm = _turn((None, *vary.temperatures), number) if takes_temperature(model or own) else None
        asks_another = model != own
        found.append(
            Way(generator=model if asks_another else "", temperature=warm, order=number if vary.prompt_order else 1)
        )
    return tuple(found)


def _turn(values: Sequence[_Value], number: int) -> _Value:
    return values[(number - 1) % len(values)]


def takes_temperature(generator: str) -> bool:
    """Tell whether a temperature can be sent to the generator of this name."""
    kind, _, detail = generator.partition(":")
    return kind == "api" or (kind == "command" and TEMPERATURE in detail)


def wrong_ways(settings: GeneratorSettings) -> tuple[Wrong, ...]:
    """Return what of `[generator.vary]` can't be, whatever unit it is for."""
    vary, found = settings.vary, []
    for name in vary.models:
        if name.partition(":")[0] not in _VARIED:
            message = (
                f"`{name}` can't be asked for a sample; it can be {', '.join(f'{kind}:…' for kind in _VARIED[:2])}"
            )
            found.append(Wrong("models", name, f"{message} or {_VARIED[2]}"))
    if vary.temperatures:
        asked = [name for name in dict.fromkeys((settings.default, *vary.models)) if name and name != "ledger"]
        for name in (name for name in asked if not takes_temperature(name)):
            why = f" unless its line names {TEMPERATURE}" if name.startswith("command:") else ""
            found.append(Wrong("temperatures", "temperatures", f"`{name}` takes no temperature{why}"))
    return tuple(found)
